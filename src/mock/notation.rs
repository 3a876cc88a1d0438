//! What `deployment.yaml` writes as text: addresses, ports, service records.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::values::Fqdn;

/// A service record: `0 0 5061 sip.contoso.com`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// The share among equals.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The host.
    pub target: Fqdn,
}

impl FromStr for Srv {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [priority, weight, port, target] = parts.as_slice() else {
            return Err(format!("`{text}` is not `priority weight port target`"));
        };
        let number = |part: &str| part.parse().map_err(|_| format!("`{part}` is not a number up to 65535"));
        Ok(Self {
            priority: number(priority)?,
            weight: number(weight)?,
            port: number(port)?,
            target: target.parse().map_err(|error| format!("{error}"))?,
        })
    }
}

/// A name in a certificate: a host, or all hosts of a domain (`*.contoso.com`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateName(String);

impl CertificateName {
    /// As a certificate carries it: without a trailing dot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.trim_end_matches('.')
    }
}

impl FromStr for CertificateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let covered = text.strip_prefix("*.").unwrap_or(text);
        let covered: Fqdn = covered.parse().map_err(|error| format!("{error}"))?;
        let wildcard = if text.starts_with("*.") { "*." } else { "" };
        Ok(Self(format!("{wildcard}{}", covered.as_str())))
    }
}

/// An IP address; as a mapping's key too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub IpAddr);

/// A port of a host: `443`, `443/tcp` or `3478/udp`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortKey {
    /// The number.
    pub number: u16,
    /// Over what.
    pub transport: Transport,
}

/// What a port is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is not an IP address"))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for PortKey {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, transport) = match text.split_once('/') {
            None => (text, Transport::Tcp),
            Some((number, "tcp")) => (number, Transport::Tcp),
            Some((number, "udp")) => (number, Transport::Udp),
            Some(_) => ("", Transport::Tcp),
        };
        match number.parse() {
            Ok(number) if number > 0 => Ok(Self { number, transport }),
            _ => Err(format!("`{text}` is not a port: write 443 or 3478/udp")),
        }
    }
}

impl fmt::Display for PortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let transport = match self.transport {
            Transport::Tcp => "tcp",
            Transport::Udp => "udp",
        };
        write!(f, "{}/{transport}", self.number)
    }
}

/// Serde and schema for a type that is parsed from text.
macro_rules! from_text {
    ($type:ty, $schema:tt) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

from_text!(Address, { "type": "string", "format": "ip" });
from_text!(PortKey, { "type": "string" });
from_text!(Srv, { "type": "string" });
from_text!(CertificateName, { "type": "string" });
