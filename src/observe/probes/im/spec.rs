//! The question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::SipAddress;

/// Signs in as the check's `account`, and sends an instant message to another. Nothing of it is ever tried twice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ImSpec {
    /// The server where the sender begins to sign in, a name or an address.
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Who gets it: one of the environment's `accounts`, or a partner's `probe`.
    pub to: SipAddress,
    /// Where an account that gets it begins to sign in; where the sender does if absent. Without meaning where a partner gets it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receiver: Option<Receiver>,
    /// The User-Agent header of both, which a client version policy may act on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// Where the receiver begins to sign in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Receiver {
    /// The server.
    pub host: String,
    /// Its port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
}
