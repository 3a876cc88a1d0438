//! `cmdlet`: what the product's own shell says.
//!
//! One call of one listed `Get-Cs*` or `Test-Cs*` cmdlet through the configured PowerShell.
//! Parameters go as data and are bound to the cmdlet's parameters; no text of a check ever
//! becomes script. No credential can be given: a synthetic transaction uses the test users
//! that its pool is configured with, or fails for want of them. Who else is touched (the
//! receiver of a message, a number that is called) has to have agreed: see [`Probe::touches`].

mod ask;
mod diagnosis;
mod facts;
mod latency;
mod review;
mod script;
mod spec;
mod touched;

pub use diagnosis::Diagnosis;
pub use facts::CmdletFacts;
pub use script::script;
pub use spec::{CmdletName, CmdletSpec};

use serde_json::{Map, Value};

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe, Review, Touched};
use crate::values::HostPort;

/// The `cmdlet` probe.
#[derive(Debug)]
pub struct Cmdlet;

impl Probe for Cmdlet {
    type Spec = CmdletSpec;
    type Facts = CmdletFacts;

    const NAME: &'static str = "cmdlet";
    const SUMMARY: &'static str = "Calls one listed `Get-Cs*` or `Test-Cs*` cmdlet through PowerShell, and shows its result or records. \
         Starting a shell and loading the product's module takes many seconds: give such a check a `timeout` of \
         a minute or more";

    /// The shells of this machine share it: no more than a few at a time.
    fn target(_: &CmdletSpec) -> Option<HostPort> {
        Some(HostPort::new("powershell", 0))
    }

    fn review(given: &Map<String, Value>) -> Review {
        review::review(given)
    }

    fn touches(spec: &CmdletSpec) -> Vec<Touched> {
        touched::touched(spec)
    }

    async fn ask(spec: CmdletSpec, context: Context) -> Result<Answer<CmdletFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
