//! Asks by the probes' registry, as a live run does: nothing is mapped.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use poolproof::accounts::Roster;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, Facts, Network, OlderTls, ProbeError, Trust, Wiring};
use poolproof::values::HostPort;
use serde_json::Value;

use crate::accounts::People;

/// Long enough for a busy machine; nothing waits for it.
const PATIENT: Duration = Duration::from_mins(1);

/// Where we stand.
pub struct Here {
    resolvers: Vec<SocketAddr>,
    connect: BTreeMap<HostPort, Vec<HostPort>>,
    trust: Trust,
    older_tls: OlderTls,
    timeout: Duration,
    now: Timestamp,
    signing_in: Option<(Arc<Roster>, String)>,
}

impl Here {
    pub fn new() -> Self {
        Self {
            resolvers: Vec::new(),
            connect: BTreeMap::new(),
            trust: Trust::Roots(Vec::new()),
            older_tls: OlderTls::default(),
            timeout: PATIENT,
            now: Timestamp::now(),
            signing_in: None,
        }
    }

    pub fn resolver(mut self, server: SocketAddr) -> Self {
        self.resolvers.push(server);
        self
    }

    pub fn trusting(mut self, root: Vec<u8>) -> Self {
        self.trust = Trust::Roots(vec![root]);
        self
    }

    /// With a host that is known to speak nothing but older TLS.
    pub fn asked_by_older_tls(mut self, host: &str) -> Self {
        self.older_tls.asked.insert(host.to_owned());
        self
    }

    /// With a host that may be asked by older TLS.
    pub fn older_tls_after_failure(mut self, host: &str) -> Self {
        self.older_tls.after_failure.insert(host.to_owned());
        self
    }

    /// With an Edge.
    pub fn spared(mut self, address: std::net::IpAddr) -> Self {
        self.older_tls.spared.insert(address);
        self
    }

    /// At another time.
    pub fn at(mut self, now: Timestamp) -> Self {
        self.now = now;
        self
    }

    /// As one of these accounts.
    pub fn signing_in(mut self, people: &People, account: &str) -> Self {
        self.signing_in = Some((Arc::clone(&people.roster), account.to_owned()));
        self
    }

    /// With less patience.
    pub fn waiting(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub fn connect(mut self, from: &str, to: &[SocketAddr]) -> Self {
        let to = to.iter().map(|address| address.to_string().parse().expect("an address")).collect();
        self.connect.insert(from.parse().expect(from), to);
        self
    }

    pub fn network(&self) -> Network {
        Network {
            vantage: None,
            resolvers: self.resolvers.clone(),
            connect: self.connect.clone(),
            wiring: Wiring::Direct,
            trust: self.trust.clone(),
            older_tls: self.older_tls.clone(),
            shell: None,
        }
    }

    pub fn ask(&self, probe: &str, params: Value) -> Result<Answer<Facts>, ProbeError> {
        let mut context = Context::new(Arc::new(self.network()), self.timeout, self.now);
        if let Some((roster, account)) = &self.signing_in {
            (context.roster, context.account) = (Arc::clone(roster), Some(account.clone()));
        }
        let kind = PROBES.iter().find(|kind| kind.name == probe).expect("a probe");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on((kind.ask)(params, context))
    }

    /// Asks, and expects all facts.
    pub fn facts(&self, probe: &str, params: Value) -> Value {
        let answer = self.ask(probe, params).unwrap_or_else(|error| panic!("facts, not {error:?}"));
        assert!(answer.facts.unknown.is_empty(), "{:?}", answer.facts.unknown);
        Value::Object(answer.facts.values)
    }
}
