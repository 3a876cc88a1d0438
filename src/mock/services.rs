//! What is spoken on a connection once it is made, below TLS or without it: one module
//! for each service.

mod idle;

use tokio::io::{AsyncRead, AsyncWrite};

use super::deployment::Port;

/// A connection, whatever is below it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a port serves.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// Nothing that would be said first, nor answered.
    Idle,
}

impl Service {
    pub(super) fn of(_: &Port) -> Self {
        Self::Idle
    }

    /// Serves one connection to its end.
    pub(super) async fn serve(&self, stream: &mut dyn Stream) -> std::io::Result<()> {
        match self {
            Self::Idle => idle::serve(stream).await,
        }
    }
}
