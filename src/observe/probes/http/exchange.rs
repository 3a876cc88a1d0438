//! One request and its answer, over one connection.

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use futures::FutureExt as _;
use http_body_util::Empty;
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::rt::Executor;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::body::Bytes as Body;
use super::heard::Heard;
use crate::observe::observation::{ErrorClass, ProbeError};

/// Bytes of header that are read.
const HEADER_BYTES: usize = 64 << 10;
/// Header fields that hyper reads unless it is told another number, which would cost each
/// answer an allocation.
const HEADER_FIELDS: usize = 100;

/// An answer as it came.
pub(super) struct Raw {
    pub(super) head: hyper::http::response::Parts,
    pub(super) body: Body,
    pub(super) first_byte: Duration,
}

/// Who is asked.
pub(super) struct Peer<'a> {
    /// What is asked and where, as it is told to people.
    pub(super) about: &'a str,
    pub(super) security: Security,
}

/// What stands between the connection and HTTP.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Security {
    None,
    /// `wants_certificate`: the server asked for the client's in its handshake.
    Tls {
        wants_certificate: bool,
    },
}

/// Sends the request and reads the answer.
pub(super) async fn exchange<S>(
    stream: S,
    request: Request<Empty<Bytes>>,
    over_http2: bool,
    peer: &Peer<'_>,
    deadline: Instant,
) -> Result<Raw, ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let started = Instant::now();
    let (stream, beginning) = Heard::of(stream);
    let tasks = Tasks(CancellationToken::new());
    let _end = tasks.0.clone().drop_guard();
    let late = |phase: &str| ProbeError::new(ErrorClass::Timeout, format!("{}: {phase}", peer.about));
    let mut connection = Connection::default();
    let answer = timeout_at(deadline, connection.send(TokioIo::new(stream), request, over_http2, &tasks)).await;
    let answer = answer.map_err(|_| {
        late(if !beginning.is_heard() {
            "connected and asked, but no byte of an answer came in time"
        } else if over_http2 {
            // HTTP/2 begins with frames that are no answer.
            "connected and asked, but its answer's header was not complete in time"
        } else {
            "it began to answer, but its header was not complete in time"
        })
    })?;
    // Frames are not for people.
    let words = if over_http2 { None } else { beginning.line() };
    let response = answer.map_err(|error| {
        if beginning.is_heard() { failed(peer, "its answer", &error, words) } else { unheard(peer, &error) }
    })?;
    let first_byte = started.elapsed();
    let (head, mut incoming) = response.into_parts();
    let mut body = Body::default();
    let read = timeout_at(deadline, connection.drive(body.read(&mut incoming))).await;
    let read = read.map_err(|_| late("answered, but its body was not complete in time"))?;
    read.map_err(|error| failed(peer, "its body", &error, None))?;
    Ok(Raw { head, body, first_byte })
}

/// A connection, as long as it is held.
#[derive(Default)]
struct Connection {
    sender: Option<Sender>,
    /// Reads and writes for HTTP/1.1, as a part of whatever waits for it: a task of its own would
    /// cost each case two turns more. None where it has ended, or a task does it.
    driver: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

/// Without it, the connection ends.
enum Sender {
    One { _held: http1::SendRequest<Empty<Bytes>> },
    Two { _held: http2::SendRequest<Empty<Bytes>> },
}

impl Connection {
    async fn send<S>(
        &mut self,
        stream: TokioIo<S>,
        request: Request<Empty<Bytes>>,
        over_http2: bool,
        tasks: &Tasks,
    ) -> Result<Response<Incoming>, hyper::Error>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        if over_http2 {
            let mut builder = http2::Builder::new(tasks.clone());
            builder.max_header_list_size(u32::try_from(HEADER_BYTES).unwrap_or(u32::MAX));
            let (mut sender, connection) = builder.handshake(stream).await?;
            tasks.execute(connection);
            let response = sender.send_request(request).await?;
            self.sender = Some(Sender::Two { _held: sender });
            Ok(response)
        } else {
            let mut builder = http1::Builder::new();
            builder.max_buf_size(HEADER_BYTES);
            // Obsolete, and still sent (RFC 9112 5.2).
            builder.allow_obsolete_multiline_headers_in_responses(true);
            let (mut sender, connection) = builder.handshake(stream).await?;
            // How it ended is told by the answer, or its lack. Dropping it closes it.
            self.driver = Some(Box::pin(connection.without_shutdown().map(drop)));
            let response = self.drive(sender.send_request(request)).await?;
            self.sender = Some(Sender::One { _held: sender });
            Ok(response)
        }
    }

    /// Waits for something that needs the connection.
    async fn drive<F: Future>(&mut self, work: F) -> F::Output {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(output) = work.as_mut().poll(context) {
                return Poll::Ready(output);
            }
            if let Some(driver) = &mut self.driver
                && driver.as_mut().poll(context).is_ready()
            {
                self.driver = None;
            }
            // What it read, or its end, is told at once.
            work.as_mut().poll(context)
        })
        .await
    }
}

/// The tasks of one connection: they end with it, whatever the peer does.
#[derive(Clone)]
struct Tasks(CancellationToken);

impl<F> Executor<F> for Tasks
where
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, task: F) {
        let end = self.0.clone();
        tokio::spawn(async move {
            drop(end.run_until_cancelled(task).await);
        });
    }
}

/// How a connection broke, as far as an error tells it.
#[derive(Default)]
struct Cause {
    words: String,
    /// Cut off by the peer or the way to it.
    cut: bool,
    /// Refused by an alert of TLS, after the handshake.
    alert: bool,
}

impl Cause {
    fn of(error: &hyper::Error) -> Self {
        let mut found = Self { words: error.to_string(), ..Self::default() };
        let mut next = error.source();
        while let Some(inner) = next {
            if let Some(error) = inner.downcast_ref::<io::Error>() {
                use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
                found.cut |= matches!(error.kind(), ConnectionReset | BrokenPipe | ConnectionAborted);
                let tls = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
                found.alert |= matches!(tls, Some(rustls::Error::AlertReceived(_)));
            }
            found.words = inner.to_string();
            next = inner.source();
        }
        found
    }
}

/// The connection ended before a byte of an answer.
fn unheard(peer: &Peer<'_>, error: &hyper::Error) -> ProbeError {
    let cause = Cause::of(error);
    let how = if cause.cut || cause.alert {
        format!("the connection broke before any answer ({})", cause.words)
    } else {
        "it closed the connection before any answer".to_owned()
    };
    let why = match peer.security {
        Security::None => "",
        Security::Tls { wants_certificate: true } => {
            ": it asked for a client certificate in the handshake, and none is shown"
        }
        // IIS asks for one only when it knows what is asked for.
        Security::Tls { wants_certificate: false } => {
            ": it speaks no HTTP there, or it wants a client certificate; none is shown"
        }
    };
    let class = if cause.alert {
        ErrorClass::Tls
    } else if cause.cut {
        ErrorClass::Connect
    } else {
        ErrorClass::Protocol
    };
    ProbeError::new(class, format!("{}: {how}{why}", peer.about))
}

/// The connection ended, or was left, in the middle of `what`; `said` is how the peer began.
fn failed(peer: &Peer<'_>, what: &str, error: &hyper::Error, said: Option<String>) -> ProbeError {
    let Cause { words, cut, alert } = Cause::of(error);
    let said = said.filter(|said| !said.is_empty() && !said.starts_with("HTTP/"));
    let (class, words) = if let Some(said) = said {
        (ErrorClass::Protocol, format!("it doesn't speak HTTP, it said `{said}`"))
    } else if cut {
        (ErrorClass::Connect, format!("the connection broke before the end of {what} ({words})"))
    } else if alert {
        (ErrorClass::Tls, format!("it ended the connection before the end of {what} ({words})"))
    } else if error.is_parse_too_large() {
        let bounds = format!("{HEADER_BYTES} bytes and {HEADER_FIELDS} fields");
        (ErrorClass::Protocol, format!("its header is larger than the {bounds} that are read"))
    } else if error.is_incomplete_message() {
        (ErrorClass::Protocol, format!("it closed the connection before the end of {what}"))
    } else {
        (ErrorClass::Protocol, format!("{what} breaks the rules of HTTP, or was cut short ({words})"))
    };
    ProbeError::new(class, format!("{}: {words}", peer.about))
}
