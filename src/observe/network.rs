//! The world as seen from one vantage: which servers resolve names, where connections
//! really go, and who is trusted.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;

use super::observation::ErrorClass;
use super::question::Vantage;
use crate::values::HostPort;

/// Everything a probe needs to know of the way to its target.
#[derive(Debug, Default)]
pub struct Network {
    /// The vantage this is the view of.
    pub vantage: Option<Vantage>,
    /// The name servers to ask, in order; the machine's own where there are none.
    pub resolvers: Vec<SocketAddr>,
    /// "Ask the future": a name and port reached elsewhere, as the environment's `connect` says.
    pub connect: BTreeMap<HostPort, Vec<HostPort>>,
    /// The lowest layer: where an address really is.
    pub wiring: Wiring,
    /// Whose certificates are trusted.
    pub trust: Trust,
}

/// Where addresses really are.
#[derive(Clone, Debug, Default)]
pub enum Wiring {
    /// Where they say.
    #[default]
    Direct,
    /// As the maps say, and nowhere else: a mock deployment on loopback.
    Mapped {
        /// TCP listeners.
        tcp: HashMap<SocketAddr, Wire>,
        /// UDP sockets.
        udp: HashMap<SocketAddr, Wire>,
        /// A port of a known host that nothing listens on: connecting is refused.
        closed: SocketAddr,
        /// Hosts that exist: an address that isn't one of them is unreachable.
        hosts: std::collections::HashSet<IpAddr>,
    },
}

/// One end of a mapped wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Goes there.
    To(SocketAddr),
    /// Swallows everything, as a dropping firewall does.
    Silent,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The platform's roots.
    #[default]
    Platform,
    /// These roots (DER), and no others.
    Roots(Vec<Vec<u8>>),
    /// The platform's and these.
    PlatformAnd(Vec<Vec<u8>>),
}

/// A connection that was made.
#[derive(Debug)]
pub struct Dialed {
    /// The connection.
    pub stream: TcpStream,
    /// The address it was meant for, before any wiring.
    pub address: SocketAddr,
    /// `name:port → address:port`, where `connect` redirected it.
    pub connect: Option<String>,
}

/// Why no connection was made.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DialError {
    /// The kind of trouble.
    pub class: ErrorClass,
    /// Whether the peer said no (a TCP reset), as opposed to saying nothing.
    pub refused: bool,
    /// The address that was tried last, if a name was resolved at all.
    pub address: Option<SocketAddr>,
    /// What happened, in one sentence.
    pub message: String,
}
