//! The name to ask for.

use std::fmt;
use std::str::FromStr;

use rustls::pki_types::ServerName;

use super::handshake::Offer;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::values::{Fqdn, HostPort, Invalid, text_type};

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

impl Offer {
    /// What to offer to a target. The name that its certificate is held against is `sni`
    /// where that is one, else the target's host.
    ///
    /// # Errors
    /// The host is neither a name nor an address.
    pub(crate) fn to(target: &HostPort, sni: Option<&Sni>, alpn: Vec<Vec<u8>>) -> Result<Self, ProbeError> {
        let (expected, send_name) = match sni {
            Some(Sni::Name(name)) => (name.folded(), true),
            Some(Sni::None) => (target.host.clone(), false),
            None => (target.host.clone(), target.address().is_none()),
        };
        let name = ServerName::try_from(expected.clone()).map_err(|_| {
            ProbeError::new(
                ErrorClass::NotAsked,
                format!("tls {target}: `{expected}` is neither a name nor an address"),
            )
        })?;
        Ok(Self { name, expected, send_name, alpn })
    }
}
