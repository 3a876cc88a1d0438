//! `turn`: whether a port answers as the A/V Edge does, and, with credentials, whether it
//! relays.
//!
//! Without credentials one request for a relayed address is sent, and the refusal tells all.
//! With them the relayed address is asked for in earnest, and given back at once; also where
//! the question is given up in between.

mod allocate;
mod ask;
mod carrier;
mod credentials;
mod facts;
mod spec;

pub(crate) use ask::in_earnest;
pub(crate) use credentials::Credentials;
pub use facts::{Allocation, TransportAddress, TurnFacts};
pub use spec::{TurnCredentials, TurnSpec, TurnTransport};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `turn` probe.
#[derive(Debug)]
pub struct Turn;

impl Probe for Turn {
    type Spec = TurnSpec;
    type Facts = TurnFacts;

    const NAME: &'static str = "turn";
    const SUMMARY: &'static str = "Asks for a media relay, as clients ask the A/V Edge, and shows what comes back";

    fn target(spec: &TurnSpec) -> Option<HostPort> {
        Some(spec.target())
    }

    async fn ask(spec: TurnSpec, context: Context) -> Result<Answer<TurnFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
