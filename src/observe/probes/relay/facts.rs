//! What is learned.

use schemars::JsonSchema;
use serde::Serialize;

use crate::observe::probes::turn::{Allocation, TransportAddress, TurnTransport};
use crate::protocol::diagnostics::Diagnostics;
use crate::protocol::mras::{Location, MediaRelay};

/// How an account fares that wants a media relay.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct RelayFacts {
    /// The account's SIP address.
    pub account: String,
    /// The server that it is registered with, as its challenge names it.
    #[schemars(extend("format" = "fqdn"))]
    pub registrar: Option<String>,
    /// The address of the service that gives credentials (`mrasUri`); null where the user's settings name none: no Edge belongs to the pool then.
    pub service: Option<String>,
    /// Whether the service gave credentials, and a relay to use them at.
    pub granted: bool,
    /// Whether the relay gave a relayed address for them, in an answer that it signed.
    pub allocated: bool,
    /// Why there is no relayed address, or none that is proven, in words; null where there is.
    pub why: Option<String>,
    /// The status of the answer to the request for credentials; null where it was not sent.
    pub status: Option<u16>,
    /// Its reason phrase, for people.
    pub reason: Option<String>,
    /// What the service itself says beside it: `OK` where all is well; null where it said nothing that can be read.
    pub phrase: Option<String>,
    /// What servers say of a failure, every header in order.
    pub diagnostics: Vec<Diagnostics>,
    /// How long the credentials last, in minutes; null where that isn't told.
    pub lifetime_minutes: Option<u32>,
    /// The relays that it told of, in order.
    pub relays: Vec<ToldRelay>,
    /// The name of the relay that was asked: of the first that fits; null where none was.
    #[schemars(extend("format" = "fqdn"))]
    pub host: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// Over what it was asked.
    pub transport: TurnTransport,
    /// The address that answered.
    #[schemars(with = "Option<std::net::IpAddr>")]
    pub address: Option<std::net::IpAddr>,
    /// The server that the relay's refusal sends clients on to: over UDP the public address that the Edge takes itself to have.
    pub alternate_server: Option<TransportAddress>,
    /// What the relay gave, proven or not, and took back; null where it gave nothing.
    pub allocation: Option<Allocation>,
    /// Whether the account was signed out again, and the server proved that it knows.
    pub signed_out: bool,
    /// From the request for credentials to its answer, in milliseconds.
    pub credentials_ms: Option<u64>,
    /// From the start, signing in included, to the end, in milliseconds.
    pub elapsed_ms: u64,
}

/// A relay as the service tells clients of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ToldRelay {
    /// For clients where; null where it isn't told.
    pub location: Option<Location>,
    /// Its name.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// Its UDP port; null where it has none.
    pub udp_port: Option<u16>,
    /// Its TCP port; null where it has none.
    pub tcp_port: Option<u16>,
}

impl From<&MediaRelay> for ToldRelay {
    fn from(relay: &MediaRelay) -> Self {
        let MediaRelay { location, host, udp_port, tcp_port } = relay.clone();
        Self { location, host, udp_port, tcp_port }
    }
}
