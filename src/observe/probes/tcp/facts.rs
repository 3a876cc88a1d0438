//! What is learned.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

/// Whether a port is open. Of a host with several addresses, one open port makes it open;
/// it is refused only where every address refuses.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TcpFacts {
    /// The host that was asked for.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The port that was asked for.
    pub port: u16,
    /// The address that accepted the connection, else the one that was tried last.
    pub address: IpAddr,
    /// What came back.
    pub state: TcpState,
    /// Whether a connection was accepted.
    pub open: bool,
    /// Whether the port is proven closed: refused, or silent while the control target answered. Unknown where nothing proves it.
    pub closed: bool,
    /// From the start, name resolution included, to the decision, in milliseconds.
    pub elapsed_ms: u64,
}

/// What came back from a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TcpState {
    /// The connection was accepted.
    Open,
    /// The host said no.
    Refused,
    /// Nothing came back in time.
    NoAnswer,
    /// The network says that there is no way to the host.
    Unreachable,
}
