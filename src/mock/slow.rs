//! A stream that sends one byte at a time.

use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Between two bytes.
const PAUSE: Duration = Duration::from_millis(1);

/// A stream that sends one byte at a time, with a pause after each.
pub(super) struct Slow<S> {
    stream: S,
    pause: Pin<Box<Sleep>>,
}

impl<S> Slow<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, pause: Box::pin(tokio::time::sleep(Duration::ZERO)) }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Slow<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Slow<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.pause.as_mut().poll(cx));
        let written = ready!(pin!(&mut self.stream).poll_write(cx, bytes.get(..1).unwrap_or_default()))?;
        self.pause.as_mut().reset(Instant::now() + PAUSE);
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        pin!(&mut self.stream).poll_shutdown(cx)
    }
}
