//! The question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::environment::SecretReference;
use crate::values::HostPort;

/// Asks for a relayed address (Allocate). Without `credentials` it is refused, and the refusal shows who answers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnSpec {
    /// The host, a name or an address.
    pub host: String,
    /// The port: 3478 for `udp` and 443 for `tcp`, where nothing else was configured.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Over what.
    pub transport: TurnTransport,
    /// With these the address is asked for in earnest, and given back at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credentials: Option<TurnCredentials>,
}

/// What MS-TURN is carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TurnTransport {
    /// Datagrams.
    Udp,
    /// A connection that begins as if it were TLS, as clients do it from networks that let nothing else out.
    Tcp,
}

/// Credentials of a media relay, as its authentication service hands them out: both are Base64.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnCredentials {
    /// Where the user name is read from.
    pub username: SecretReference,
    /// Where the password is read from.
    pub password: SecretReference,
}

impl TurnSpec {
    pub(super) fn target(&self) -> HostPort {
        HostPort::new(&self.host, self.port)
    }
}

impl TurnTransport {
    /// As it stands behind a port.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}
