//! Users who can sign in.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SipAnswer;
use crate::values::Fqdn;

/// A user of the deployment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct User {
    /// The logon name, `DOMAIN\name` or a user principal name.
    pub user: String,
    /// The password: the mock's own, and nobody's.
    pub password: String,
    /// The pool that it is homed on. Other pools send it on to there.
    pub pool: Fqdn,
    /// Whether it may sign in by way of an Edge.
    #[serde(default = "yes")]
    pub remote: bool,
    /// The number (`HRESULT`) with which its credential is rejected, whatever the password: a disabled account, an
    /// expired password.
    #[serde(default)]
    pub rejected: Option<String>,
    /// What others get for an answer who write to it, instead of reaching it.
    #[serde(default)]
    pub messages: Option<SipAnswer>,
    /// What its REGISTER is answered with, signed, once its credential was accepted.
    #[serde(default)]
    pub answer: Option<SipAnswer>,
}

fn yes() -> bool {
    true
}
