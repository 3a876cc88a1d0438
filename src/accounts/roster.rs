//! The accounts that may sign in: who they are, and what is still to be said for them.

use std::collections::HashMap;
use std::future::Future;
use std::time::Duration;

use tokio_util::task::TaskTracker;

use super::turn::Accounts;
use crate::environment::{Account, Secret, SecretReference};
use crate::values::SipAddress;

/// The accounts of an environment, for one run.
#[derive(Debug)]
pub struct Roster {
    members: HashMap<String, Member>,
    turns: Accounts,
    farewells: TaskTracker,
}

/// An account that may sign in.
#[derive(Clone, Debug)]
pub struct Member {
    address: SipAddress,
    user: String,
    password: SecretReference,
    any_certificate: bool,
}

impl Roster {
    /// These accounts, with what became of them.
    #[must_use]
    pub fn of(accounts: &[Account], turns: Accounts) -> Self {
        let member = |account: &Account| Member {
            address: account.sip.value.clone(),
            user: account.user.clone(),
            password: account.password.value.clone(),
            any_certificate: account.any_certificate,
        };
        let members = accounts.iter().map(|account| (account.sip.value.folded(), member(account))).collect();
        Self { members, turns, farewells: TaskTracker::new() }
    }

    /// Nobody may sign in.
    #[must_use]
    pub fn nobody() -> Self {
        Self::of(&[], Accounts::of_this_run(""))
    }

    /// The account of an address, however it is spelled.
    #[must_use]
    pub fn member(&self, address: &str) -> Option<&Member> {
        let address: SipAddress = address.parse().ok()?;
        self.members.get(&address.folded())
    }

    /// The right to sign in.
    #[must_use]
    pub fn turns(&self) -> &Accounts {
        &self.turns
    }

    /// Does in the background what must be done also where the question was given up.
    pub fn afterwards(&self, farewell: impl Future<Output = ()> + Send + 'static) {
        // Without a runtime the connection ends with the process, and with it what was registered.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            self.farewells.spawn_on(farewell, &runtime);
        }
    }

    /// Waits for all that was left to be done, but no longer than that; whether it is done.
    pub async fn settled(&self, within: Duration) -> bool {
        self.farewells.close();
        tokio::time::timeout(within, self.farewells.wait()).await.is_ok()
    }
}

impl Member {
    /// Its address, without `sip:`.
    #[must_use]
    pub fn address(&self) -> &str {
        let address = self.address.as_str();
        address
            .get(..4)
            .filter(|scheme| scheme.eq_ignore_ascii_case("sip:"))
            .and_then(|_| address.get(4..))
            .unwrap_or(address)
    }

    /// Its logon name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Whether its credential may go over a connection whose certificate can't be relied on.
    #[must_use]
    pub fn takes_any_certificate(&self) -> bool {
        self.any_certificate
    }

    /// Reads its password, which may take a while.
    ///
    /// # Errors
    /// Why it can't be read.
    pub async fn password(&self) -> Result<Secret, String> {
        self.password.resolve().await
    }
}
