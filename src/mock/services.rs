//! What is spoken on a connection once it is made, below TLS or without it: one module
//! for each service.

mod idle;
mod sip;

use tokio::io::{AsyncRead, AsyncWrite};

use super::deployment::{Port, SipServer};

/// A connection, whatever is below it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a port serves.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// Nothing that would be said first, nor answered.
    Idle,
    /// SIP.
    Sip(SipServer),
}

impl Service {
    pub(super) fn of(port: &Port) -> Self {
        port.sip.clone().map_or(Self::Idle, Self::Sip)
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, stream: &mut dyn Stream) -> std::io::Result<()> {
        match self {
            Self::Idle => idle::serve(stream).await,
            Self::Sip(server) => sip::serve(stream, server).await,
        }
    }
}
