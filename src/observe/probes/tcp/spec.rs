//! The question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::HostPort;

/// Connects to a port, sends nothing, and closes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TcpSpec {
    /// The host, a name or an address.
    pub host: String,
    /// The port.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// A target that is known to answer from here. Silence proves a closed port only while this one accepts a connection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<HostPort>,
}

impl TcpSpec {
    pub(super) fn target(&self) -> HostPort {
        HostPort::new(&self.host, self.port)
    }
}
