//! The users of a deployment, and who of them is signed in where: one for all of its ports.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc::Sender;

use zeroize::Zeroizing;

use super::partners::Partners;
use crate::mock::deployment::{Deployment, MediaService, User};
use crate::protocol::sip::Message;
use crate::values::{Fqdn, fold};

/// Transactions that are remembered at one time.
const MOST_TRANSACTIONS: usize = 10_000;

/// The users of a deployment, and who of them is signed in where.
#[derive(Debug, Default)]
pub(in crate::mock) struct Registry {
    users: BTreeMap<String, User>,
    media: BTreeMap<Fqdn, MediaService>,
    partners: Partners,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    visitors: u64,
    attempts: BTreeMap<String, usize>,
    present: Vec<Present>,
    /// Whose request it is that an answer belongs to, by the branch that it was sent on with.
    transactions: HashMap<String, Sender<Message>>,
    branches: u64,
    /// Passwords that were given for media relays, by Edge and user name.
    issued: HashMap<(Fqdn, Vec<u8>), Zeroizing<Vec<u8>>>,
}

/// Somebody who is signed in.
#[derive(Debug)]
struct Present {
    address: String,
    epid: String,
    visitor: u64,
    outbox: Sender<Message>,
}

impl Registry {
    pub(in crate::mock) fn of(deployment: &Deployment) -> Self {
        let users = deployment.users.iter().map(|(address, user)| (address.folded(), user.clone())).collect();
        let (media, partners) = (deployment.media.clone(), Partners::of(deployment));
        Self { users, media, partners, state: Mutex::default() }
    }

    /// The partners of the deployment.
    pub(super) fn partners(&self) -> &Partners {
        &self.partners
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of a new connection.
    pub(super) fn visitor(&self) -> u64 {
        let mut state = self.state();
        state.visitors += 1;
        state.visitors
    }

    /// The user of an address, `user@domain`.
    pub(super) fn user(&self, address: &str) -> Option<&User> {
        self.users.get(&fold(address))
    }

    /// The user with a logon name: domain and name, or a user principal name without a domain.
    pub(super) fn with_logon(&self, domain: &str, name: &str) -> Option<(&str, &User)> {
        let wanted = if domain.is_empty() { name.to_owned() } else { format!("{domain}\\{name}") };
        let found = self.users.iter().find(|(_, user)| user.user.eq_ignore_ascii_case(&wanted));
        found.map(|(address, user)| (address.as_str(), user))
    }

    /// What the pool of the user with an address uses for media.
    pub(super) fn media(&self, address: &str) -> Option<&MediaService> {
        self.media.get(&self.user(address)?.pool)
    }

    /// Remembers credentials that were given for the relays of an Edge.
    pub(super) fn issue(&self, edge: &Fqdn, user: &[u8], password: &[u8]) {
        let mut state = self.state();
        if state.issued.len() >= MOST_TRANSACTIONS {
            state.issued.clear();
        }
        state.issued.insert((edge.clone(), user.to_vec()), Zeroizing::new(password.to_vec()));
    }

    /// The password that was given for a user name at an Edge.
    pub(in crate::mock::services) fn issued(&self, edge: &Fqdn, user: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.state().issued.get(&(edge.clone(), user.to_vec())).cloned()
    }

    /// Counts a credential that has come, by the logon name in it.
    pub(super) fn count(&self, logon: &str) {
        *self.state().attempts.entry(logon.to_lowercase()).or_default() += 1;
    }

    /// How many credentials have come, by logon name in lower case.
    pub(in crate::mock) fn attempts(&self) -> BTreeMap<String, usize> {
        self.state().attempts.clone()
    }

    /// Who is signed in: an address for each endpoint, sorted.
    pub(in crate::mock) fn present(&self) -> Vec<String> {
        let mut all: Vec<String> = self.state().present.iter().map(|one| one.address.clone()).collect();
        all.sort();
        all
    }

    pub(super) fn enter(&self, address: &str, epid: &str, visitor: u64, outbox: &Sender<Message>) {
        let mut state = self.state();
        state.present.retain(|one| !(one.visitor == visitor && one.epid == epid));
        let (address, epid, outbox) = (fold(address), epid.to_owned(), outbox.clone());
        state.present.push(Present { address, epid, visitor, outbox });
    }

    pub(super) fn leave(&self, epid: &str, visitor: u64) {
        self.state().present.retain(|one| !(one.visitor == visitor && one.epid == epid));
    }

    /// All that a connection had is gone with it.
    pub(super) fn forget(&self, visitor: u64) {
        self.state().present.retain(|one| one.visitor != visitor);
    }

    /// Where an address can be reached: the endpoint that is asked for, else the last that came.
    pub(super) fn find(&self, address: &str, epid: Option<&str>) -> Option<Sender<Message>> {
        let (state, address) = (self.state(), fold(address));
        let mut there = state.present.iter().rev().filter(|one| one.address == address);
        let wanted = |one: &&Present| epid.is_none_or(|epid| one.epid == epid);
        there.clone().find(wanted).or_else(|| there.next()).map(|one| one.outbox.clone())
    }

    /// A branch for a request that is sent on; its answers go to whoever sent it.
    pub(super) fn branch(&self, answers: Sender<Message>) -> String {
        let mut state = self.state();
        state.branches += 1;
        let branch = format!("z9hG4bKmock{:X}", state.branches);
        if state.transactions.len() >= MOST_TRANSACTIONS {
            state.transactions.clear();
        }
        state.transactions.insert(branch.clone(), answers);
        branch
    }

    /// Whom an answer with this branch belongs to.
    pub(super) fn asked(&self, branch: &str) -> Option<Sender<Message>> {
        self.state().transactions.get(branch).cloned()
    }
}
