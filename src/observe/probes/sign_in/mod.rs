//! `sign-in`: whether an account can sign in, where it ends up, and how the server says no.
//!
//! What a client does, and no more: a REGISTER that is challenged, the credential by NTLM, the
//! answer, redirects to the home pool, and the end of the registration, also where the question
//! is given up in between. A refusal is a fact as much as a registration is.

mod ask;
mod facts;
mod outcome;
mod spec;

pub use facts::{Redirect, SignInFacts, SignInOutcome};
pub use spec::SignInSpec;

use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context, Probe};
use crate::values::HostPort;

/// The `sign-in` probe.
#[derive(Debug)]
pub struct SignIn;

impl Probe for SignIn {
    type Spec = SignInSpec;
    type Facts = SignInFacts;

    const NAME: &'static str = "sign-in";
    const SUMMARY: &'static str = "Signs in as the check's `account`, as a client does, and signs out again";
    const SIGNS_IN: bool = true;

    fn target(spec: &SignInSpec) -> Option<HostPort> {
        let host = spec.address.map_or_else(|| spec.host.clone(), |address| address.to_string());
        Some(HostPort::new(&host, spec.port))
    }

    async fn ask(spec: SignInSpec, context: Context) -> Result<Answer<SignInFacts>, ProbeError> {
        ask::ask(spec, context).await
    }
}
