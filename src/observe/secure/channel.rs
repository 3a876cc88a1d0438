//! A connection that more is said over once its handshake is done.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::failure::{self, Failure};
use super::handshake::{Broken, HEAD, Handshake, Offer, config, is_cut, is_refusal, is_tls};
use super::witness::Witness;
use crate::observe::observation::{ErrorClass, ProbeError};

/// What is said over a connection, whichever library encrypts it.
pub(crate) trait Channel: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Channel for S {}

/// A TLS connection.
pub(crate) type Secured = Box<dyn Channel>;

/// Completes a handshake with `peer`, as it is told to people, whatever its certificate is worth.
///
/// # Errors
/// The handshake fails, is refused without a client certificate, or takes too long.
pub(super) async fn open(
    stream: TcpStream,
    offer: &Offer,
    peer: &str,
    deadline: Instant,
) -> Result<(Secured, Handshake), ProbeError> {
    try_open(stream, offer, peer, deadline).await.map_err(|failure| failure.error)
}

/// The same, with a failure that tells whether older TLS may help.
///
/// # Errors
/// As [`open`].
pub(super) async fn try_open(
    stream: TcpStream,
    offer: &Offer,
    peer: &str,
    deadline: Instant,
) -> Result<(Secured, Handshake), Failure> {
    let started = Instant::now();
    let witness = Arc::new(Witness::default());
    let failed = |broken| failure::failure(peer, broken);
    let certain = |class, cause: &str| Failure {
        error: ProbeError::new(class, format!("tls handshake with {peer}: {cause}")),
        nothing_in_common: false,
    };
    let config = config(offer, &witness).map_err(failed)?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(offer.name.clone(), Listening::to(stream));
    let Ok(connected) = timeout_at(deadline, connecting.into_fallible()).await else {
        return Err(certain(ErrorClass::Timeout, "connected, but not completed in time"));
    };
    let secured: TlsStream<Listening> = connected.map_err(|(error, stream)| {
        let broken = broken(error, stream.head);
        if witness.asked_for_certificate() && witness.is_proven() && is_refusal(&broken) {
            return certain(ErrorClass::Tls, "it insists on a client certificate, and none is shown");
        }
        failed(broken)
    })?;
    let handshake = Handshake::of(secured.get_ref().1, &witness, started.elapsed()).map_err(failed)?;
    Ok((Box::new(secured), handshake))
}

fn broken(error: io::Error, head: Vec<u8>) -> Broken {
    if !is_tls(&head) {
        return Broken::NotTls(head);
    }
    match error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>()) {
        Some(cause) => Broken::Tls(cause.clone()),
        None if is_cut(&error) && error.raw_os_error().is_none() => Broken::Closed,
        None => Broken::Io(error),
    }
}

/// A stream that remembers how the peer began, so that one which doesn't speak TLS can be
/// told by what it said.
#[derive(Debug)]
pub(crate) struct Listening {
    stream: TcpStream,
    head: Vec<u8>,
}

impl Listening {
    fn to(stream: TcpStream) -> Self {
        Self { stream, head: Vec::new() }
    }
}

impl AsyncRead for Listening {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let missing = HEAD.saturating_sub(self.head.len());
        let received = buffer.filled().get(before..).unwrap_or_default();
        self.head.extend(received.iter().take(missing));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Listening {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
