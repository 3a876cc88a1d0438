//! The question.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observe::secure::Sni;

/// Signs in over TLS as the account that the check's `account` names, and signs out again. Nothing of it is ever tried twice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInSpec {
    /// The server to begin with, a name or an address: a pool, a Director or an Access Edge.
    pub host: String,
    /// The port: 5061 inside, 443 of an Access Edge, where nothing else was configured.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The User-Agent header, which a client version policy may act on; `Poolproof/…` where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The name to ask for in the first handshake (SNI), `none` for no name at all; `host` where it isn't given and is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sni: Option<Sni>,
    /// The address to connect to, instead of those that `host` resolves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
}
