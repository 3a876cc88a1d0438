//! The question.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{Fqdn, HostPort, Invalid, text_type};

/// Asks one name server for the records of a name.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsSpec {
    /// The name to ask for, fully qualified.
    pub name: Fqdn,
    /// The type of the records.
    #[serde(rename = "type")]
    pub kind: RecordKind,
    /// The name server to ask, as an address or name, with its port if it isn't 53; the vantage's first resolver where it isn't given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<NameServer>,
}

/// A type of DNS records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordKind {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// The canonical name behind an alias.
    Cname,
    /// Where a service is: target, port, priority and weight (RFC 2782).
    Srv,
    /// Free text.
    Txt,
}

/// A name server: `10.0.0.53`, `[2001:db8::53]:5353`, `dns01.contoso.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer(HostPort);

text_type!(
    NameServer,
    "name-server",
    "NameServer",
    "A name server: an address or a name, with its port if it isn't 53"
);

impl NameServer {
    /// The well-known port (RFC 1035 4.2).
    pub const PORT: u16 = 53;

    /// Where it is.
    #[must_use]
    pub fn target(&self) -> HostPort {
        self.0.clone()
    }
}

impl FromStr for NameServer {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let bare = text.trim();
        if bare.parse::<IpAddr>().is_ok() || bare.parse::<Fqdn>().is_ok() {
            return Ok(Self(HostPort::new(bare, Self::PORT)));
        }
        bare.parse().map(Self)
    }
}

impl fmt::Display for NameServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_needs_no_port() {
        for (text, shown) in [
            ("10.0.0.53", "10.0.0.53:53"),
            ("2001:db8::53", "[2001:db8::53]:53"),
            ("[2001:db8::53]:5353", "[2001:db8::53]:5353"),
            ("dns01.contoso.com", "dns01.contoso.com:53"),
            ("dns01.contoso.com:5353", "dns01.contoso.com:5353"),
        ] {
            assert_eq!(text.parse::<NameServer>().expect(text).to_string(), shown);
        }
        for text in ["", "dns01", "10.0.0.53:0", "10.0.0.53:x"] {
            assert!(text.parse::<NameServer>().is_err(), "{text}");
        }
    }
}
