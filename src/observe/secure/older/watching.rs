//! A connection whose peer's first words are read along.

use tokio::net::TcpStream;

use crate::observe::secure::handshake::HEAD;
use crate::protocol::hello::{Flight, Malformed};

/// A connection whose peer's first words are read along.
pub(super) struct Watching {
    pub(super) stream: TcpStream,
    pub(super) head: Vec<u8>,
    pub(super) flight: Flight,
    /// Why they are no flight of a TLS server.
    pub(super) malformed: Option<Malformed>,
}

impl Watching {
    pub(super) fn new(stream: TcpStream) -> Self {
        Self { stream, head: Vec::new(), flight: Flight::default(), malformed: None }
    }

    /// Reads along.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        self.head.extend(bytes.iter().copied().take(HEAD.saturating_sub(self.head.len())));
        if self.malformed.is_none() {
            self.malformed = self.flight.push(bytes).err();
        }
    }
}
