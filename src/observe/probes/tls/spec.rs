//! The question.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observe::network::Addresses;
use crate::observe::secure::Sni;

/// Completes a TLS handshake, sends nothing, and closes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSpec {
    /// The host, a name or an address. The certificate is held against it, unless `sni` names another.
    pub host: String,
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// The name to ask for in the handshake (SNI), `none` for no name at all; `host` where it isn't given and is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sni: Option<Sni>,
    /// The address to connect to, instead of those that `host` resolves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// The application protocols to offer (ALPN), such as `h2` and `http/1.1`; none where it isn't given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alpn: Vec<String>,
    /// Which addresses of the host to connect to.
    #[serde(default, skip_serializing_if = "Addresses::is_default")]
    pub addresses: Addresses,
}
