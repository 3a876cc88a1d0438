//! What is learned.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

use super::spec::TurnTransport;

/// Who answers where a media relay should, and what it gives.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct TurnFacts {
    /// The host that was asked for.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The port that was asked for.
    pub port: u16,
    /// Over what it was asked.
    pub transport: TurnTransport,
    /// The address that answered.
    pub address: IpAddr,
    /// Whether it answers as an A/V Edge: by MS-TURN, and with what credentials are made for, or with another server since it has no relay left.
    pub av_edge: bool,
    /// Why it doesn't answer as an A/V Edge, in words; null where it does.
    pub otherwise: Option<String>,
    /// The error code of its refusal, 401 of a healthy one; null where there was none.
    pub code: Option<u16>,
    /// The reason phrase beside it.
    pub reason: Option<String>,
    /// What credentials are made for, without quotation marks.
    pub realm: Option<String>,
    /// The server that it sends the client on to: over UDP the public address that the Edge takes itself to have.
    pub alternate_server: Option<TransportAddress>,
    /// What it gave, and took back; null without credentials.
    pub allocation: Option<Allocation>,
    /// From the first byte sent to the answer, in milliseconds.
    pub answer_ms: u64,
    /// From the start, name resolution included, to the end, in milliseconds.
    pub elapsed_ms: u64,
}

/// A relayed address that was given.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Allocation {
    /// The address that others would send to. An Edge gives ports from 50000 to 59999, unless it is configured otherwise.
    pub relay: TransportAddress,
    /// Our address as the server sees it.
    pub reflexive: Option<TransportAddress>,
    /// How long it would have lasted, in seconds.
    pub lifetime_seconds: Option<u32>,
    /// What it may carry, in kilobits per second.
    pub bandwidth_kbps: Option<u32>,
    /// Whether the answer is signed: whoever signs it knows the credentials too. A wrong signature is an error.
    pub signed: bool,
    /// Whether the first nonce had gone stale and another one was needed.
    pub nonce_renewed: bool,
    /// Whether the server said that it took the address back.
    pub released: bool,
}

/// An address and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TransportAddress {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
}

impl From<SocketAddr> for TransportAddress {
    fn from(address: SocketAddr) -> Self {
        Self { address: address.ip(), port: address.port() }
    }
}
