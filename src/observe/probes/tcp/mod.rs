//! `tcp`: whether a port is open, closed, or says nothing.

mod ask;
mod facts;
mod spec;

pub use facts::{TcpFacts, TcpState};
pub use spec::TcpSpec;

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `tcp` probe.
#[derive(Debug)]
pub struct Tcp;

impl Probe for Tcp {
    type Spec = TcpSpec;
    type Facts = TcpFacts;

    const NAME: &'static str = "tcp";
    const SUMMARY: &'static str = "Connects to a port and says whether it is open, refused or silent";

    fn target(spec: &TcpSpec) -> Option<HostPort> {
        Some(spec.target())
    }

    async fn ask(spec: TcpSpec, context: Context) -> Result<Answer<TcpFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
