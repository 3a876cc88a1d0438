//! `relay`: whether an account gets credentials for a media relay, and a relayed address with them.
//!
//! What a client does before a call: it signs in, reads from its settings who gives credentials, asks
//! for them, and asks the relay that it is told of. The address is given back at once, the account
//! signed out again. Without an account, `turn` asks whether a relay is there at all.

mod ask;
mod credentials;
mod facts;
mod spec;

pub use facts::{RelayFacts, ToldRelay};
pub use spec::RelaySpec;

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `relay` probe.
#[derive(Debug)]
pub struct Relay;

impl Probe for Relay {
    type Spec = RelaySpec;
    type Facts = RelayFacts;

    const NAME: &'static str = "relay";
    const SUMMARY: &'static str =
        "Gets credentials for a media relay as the check's `account`, and a relayed address with them";
    const SIGNS_IN: bool = true;

    fn target(spec: &RelaySpec) -> Option<HostPort> {
        Some(HostPort::new(&spec.host, spec.port))
    }

    async fn ask(spec: RelaySpec, context: Context) -> Result<Answer<RelayFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
