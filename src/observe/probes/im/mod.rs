//! `im`: whether an instant message gets from one account to another, or to an address of a
//! partner's who agreed.
//!
//! Both accounts sign in, each by its own way, and are signed out again. Delivered means that
//! the other endpoint has received the text, not that a server has taken it.

mod ask;
mod exchange;
mod facts;
mod spec;

pub use facts::ImFacts;
pub use spec::{ImSpec, Receiver};

use serde_json::{Map, Value};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe, Review, Touched};
use crate::values::{Effect, HostPort, SipAddress};

/// The `im` probe.
#[derive(Debug)]
pub struct Im;

impl Probe for Im {
    type Spec = ImSpec;
    type Facts = ImFacts;

    const NAME: &'static str = "im";
    const SUMMARY: &'static str = "Sends an instant message as the check's `account`, and shows whether it arrives";
    const SIGNS_IN: bool = true;

    fn target(spec: &ImSpec) -> Option<HostPort> {
        Some(HostPort::new(&spec.host, spec.port))
    }

    fn review(_: &Map<String, Value>) -> Review {
        Review { effects: vec![Effect::SendsIm], faults: Vec::new() }
    }

    fn touches(spec: &ImSpec) -> Vec<Touched> {
        vec![Touched::Address(spec.to.clone())]
    }

    fn companions(spec: &ImSpec) -> Vec<SipAddress> {
        vec![spec.to.clone()]
    }

    async fn ask(spec: ImSpec, context: Context) -> Result<Answer<ImFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
