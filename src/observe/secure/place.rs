//! Where a handshake takes place.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::time::Instant;

use super::handshake::Offer;
use crate::observe::network::{Network, Older};

/// Where a handshake takes place, and until when.
pub(crate) struct Place<'a> {
    pub(crate) network: &'a Network,
    /// The address, before any wiring.
    pub(crate) address: SocketAddr,
    /// The peer, as it is told to people.
    pub(crate) peer: &'a str,
    pub(crate) deadline: Instant,
}

impl Place<'_> {
    /// How the peer may be asked by older TLS.
    pub(super) fn older(&self, offer: &Offer) -> Older {
        self.network.older_tls.at(&offer.expected, self.address.ip())
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }
}
