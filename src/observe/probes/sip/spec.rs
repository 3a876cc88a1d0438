//! The question.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observe::network::Addresses;
use crate::observe::secure::Sni;
use crate::values::SipAddress;

/// Sends one SIP request without credentials, waits for its final answer, and closes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SipSpec {
    /// The host, a name or an address.
    pub host: String,
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// What SIP is spoken over.
    #[serde(default, skip_serializing_if = "Transport::is_default")]
    pub transport: Transport,
    /// The request's method. Only such as change nothing on a server.
    #[serde(default, skip_serializing_if = "SipMethod::is_default")]
    pub method: SipMethod,
    /// The request URI; `sip:` and the host where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// Who asks; `poolproof` at the host where it isn't given. Servers may answer a domain of their own otherwise than a foreign one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<SipAddress>,
    /// Whom the request is for; its URI where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<SipAddress>,
    /// The User-Agent header, which a client version policy may act on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The name to ask for in the handshake (SNI), `none` for no name at all; `host` where it isn't given and is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sni: Option<Sni>,
    /// The address to connect to, instead of those that `host` resolves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// Which addresses of the host to ask.
    #[serde(default, skip_serializing_if = "Addresses::is_default")]
    pub addresses: Addresses,
}

/// What SIP is spoken over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// TLS from the first byte on.
    #[default]
    Tls,
    /// TCP in the clear.
    Tcp,
}

impl Transport {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// As Via and a URI's `transport` name it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Tls => "TLS",
            Self::Tcp => "TCP",
        }
    }
}

/// A method that changes nothing on a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SipMethod {
    /// Asks what the server can do (RFC 3261 11).
    #[default]
    #[serde(rename = "OPTIONS")]
    Options,
}

impl SipMethod {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Options => "OPTIONS",
        }
    }
}
