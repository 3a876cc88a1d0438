//! The question.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{Fqdn, Invalid, text_type};

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

/// Which addresses of a host are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Addresses {
    /// The first that accepts a connection.
    #[default]
    First,
    /// Every one; all of them must complete the handshake.
    All,
}

impl Addresses {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What to ask for in the handshake: `sip.contoso.com`, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sni {
    /// Nothing.
    None,
    /// This name.
    Name(Fqdn),
}

text_type!(Sni, "sni", "Sni", "A fully qualified host name, or `none`");

impl FromStr for Sni {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.trim() == "none" { Ok(Self::None) } else { text.parse().map(Self::Name) }
    }
}

impl fmt::Display for Sni {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Name(name) => name.fmt(f),
        }
    }
}
