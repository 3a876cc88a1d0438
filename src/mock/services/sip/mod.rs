//! A registrar, or an Access Edge before one: it challenges whoever asks, signs in the
//! deployment's users, and carries what they say to each other.

mod challenges;
mod handshake;
mod media;
mod partners;
mod registry;
mod routing;
mod visitor;

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::Stream;
use crate::mock::deployment::SipServer;
use crate::protocol::sip::{Decoder, Limits};
pub(in crate::mock) use registry::Registry;
use visitor::Visitor;

/// Messages that wait for one client.
const WAITING: usize = 64;

/// A SIP port, and the users of the deployment, which all ports share.
#[derive(Debug)]
pub(in crate::mock) struct SipPort {
    server: SipServer,
    registry: Arc<Registry>,
}

impl SipPort {
    pub(super) fn new(server: SipServer, registry: Arc<Registry>) -> Self {
        Self { server, registry }
    }

    /// Answers every request until the client leaves, or stops speaking SIP. Whoever was
    /// registered over the connection is no longer then.
    pub(super) async fn serve(&self, mut stream: Box<dyn Stream>) -> io::Result<()> {
        let (outbox, mut inbox) = mpsc::channel(WAITING);
        let mut visitor = Visitor::new(&self.server, &self.registry, outbox);
        let mut decoder = Decoder::new(Limits::default());
        let mut buffer = [0; 4096];
        loop {
            while let Some(message) = decoder.message().map_err(io::Error::other)? {
                for bytes in visitor.hear(&message) {
                    stream.write_all(&bytes).await?;
                }
                stream.flush().await?;
            }
            tokio::select! {
                count = stream.read(&mut buffer) => match count? {
                    0 => return stream.shutdown().await,
                    count => decoder.push(buffer.get(..count).unwrap_or_default()),
                },
                Some(message) = inbox.recv() => {
                    stream.write_all(&visitor.hand_on(message)).await?;
                    stream.flush().await?;
                }
            }
        }
    }
}
