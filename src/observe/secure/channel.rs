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

use super::failure;
use super::handshake::{Broken, HEAD, Handshake, Offer, config, is_cut, is_refusal, is_tls};
use super::witness::Witness;
use crate::observe::observation::{ErrorClass, ProbeError};

/// A TLS connection.
pub(super) type Secured = TlsStream<Listening>;

/// Completes a handshake with `peer`, as it is told to people, whatever its certificate is worth.
///
/// # Errors
/// The handshake fails, is refused without a client certificate, or takes too long.
pub(crate) async fn open(
    stream: TcpStream,
    offer: &Offer,
    peer: &str,
    deadline: Instant,
) -> Result<(Secured, Handshake), ProbeError> {
    let started = Instant::now();
    let witness = Arc::new(Witness::default());
    let config = config(offer, &witness).map_err(|broken| failure::error(peer, broken))?;
    let connecting = TlsConnector::from(Arc::new(config)).connect(offer.name.clone(), Listening::to(stream));
    let Ok(connected) = timeout_at(deadline, connecting.into_fallible()).await else {
        let message = format!("tls handshake with {peer}: connected, but not completed in time");
        return Err(ProbeError::new(ErrorClass::Timeout, message));
    };
    let secured = connected.map_err(|(error, stream)| {
        let broken = broken(error, stream.head);
        if witness.asked_for_certificate() && witness.is_proven() && is_refusal(&broken) {
            let message = format!("tls handshake with {peer}: it insists on a client certificate, and none is shown");
            return ProbeError::new(ErrorClass::Tls, message);
        }
        failure::error(peer, broken)
    })?;
    let handshake = Handshake::of(secured.get_ref().1, &witness, started.elapsed());
    let handshake = handshake.map_err(|broken| failure::error(peer, broken))?;
    Ok((secured, handshake))
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
