//! `sip`: what a SIP server answers before anybody signs in.
//!
//! One request that leaves no state, over TLS or TCP, without credentials. Any final
//! answer is a fact, a refusal as well as a 200: a server that wants to know who asks
//! answers with its challenges ([MS-SIPAE] 3.3.5), and those name it.

mod ask;
mod exchange;
mod facts;
mod request;
mod spec;

pub use facts::{SipEndpoint, SipFacts, SipHeader};
pub use spec::{SipMethod, SipSpec, Transport};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `sip` probe.
#[derive(Debug)]
pub struct Sip;

impl Probe for Sip {
    type Spec = SipSpec;
    type Facts = SipFacts;

    const NAME: &'static str = "sip";
    const SUMMARY: &'static str = "Sends a SIP request that leaves no state, and shows what answers it";

    fn target(spec: &SipSpec) -> Option<HostPort> {
        let host = spec.address.map_or_else(|| spec.host.clone(), |address| address.to_string());
        Some(HostPort::new(&host, spec.port))
    }

    async fn ask(spec: SipSpec, context: Context) -> Result<Answer<SipFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
