//! What a failed exchange says, in words.

use std::error::Error;
use std::io;

use crate::observe::observation::{ErrorClass, ProbeError};

/// How far an exchange had come.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase<'a> {
    /// The request is on its way; this is how the peer began.
    Answer { heard: &'a [u8], asked_for_certificate: bool },
    /// Its status and headers are here, and so many bytes of its body.
    Body { received: usize },
}

/// The error of an exchange: `asked` is what was asked of whom, `GET https://… at 10.0.0.1:443`.
pub(super) fn error(asked: &str, phase: Phase<'_>, error: &hyper::Error) -> ProbeError {
    let (class, cause) = match phase {
        Phase::Answer { heard, asked_for_certificate } => {
            let (class, mut cause) = before_answer(heard, error);
            if asked_for_certificate && is_over(error) {
                cause.push_str(". It asked for a client certificate, and none is shown: it may insist on one");
            }
            (class, cause)
        }
        Phase::Body { received } => within_body(received, error),
    };
    ProbeError::new(class, format!("{asked}: {cause}"))
}

/// The error of an exchange that took too long.
pub(super) fn late(asked: &str, phase: Phase<'_>) -> ProbeError {
    let cause = match phase {
        Phase::Answer { heard: [], .. } => "connected, but no answer began in time".to_owned(),
        Phase::Answer { .. } => "its answer began, but its headers did not end in time".to_owned(),
        Phase::Body { received } => format!("its body did not end in time, {received} bytes of it came"),
    };
    ProbeError::new(ErrorClass::Timeout, format!("{asked}: {cause}"))
}

fn before_answer(heard: &[u8], error: &hyper::Error) -> (ErrorClass, String) {
    const BEGINNING: &[u8] = b"HTTP/";
    if error.is_parse_too_large() {
        return (ErrorClass::Protocol, "its headers are more than the 100, or longer than the 64 KiB, that are read".to_owned());
    }
    if let Some(cause) = cut(error) {
        return (ErrorClass::Connect, format!("the connection broke before an answer ({cause})"));
    }
    let speaks_http = heard.iter().zip(BEGINNING).all(|(heard, expected)| heard == expected);
    // HTTP/2 begins with a frame; what was agreed on by ALPN is spoken.
    if !speaks_http && !is_http2(error) {
        return (ErrorClass::Protocol, format!("it doesn't speak HTTP, it said `{}`", printable(heard)));
    }
    if error.is_canceled() && !heard.is_empty() {
        return (ErrorClass::Protocol, "it answered before it was asked".to_owned());
    }
    if is_over(error) {
        let how = if heard.is_empty() { "without an answer" } else { "within its headers" };
        return (ErrorClass::Protocol, format!("it closed the connection {how}"));
    }
    (ErrorClass::Protocol, format!("it breaks the rules of HTTP ({})", in_words(error)))
}

fn within_body(received: usize, error: &hyper::Error) -> (ErrorClass, String) {
    if let Some(cause) = cut(error) {
        return (ErrorClass::Connect, format!("the connection broke after {received} bytes of its body ({cause})"));
    }
    let ended = io_cause(error).is_some_and(|cause| cause.kind() == io::ErrorKind::UnexpectedEof);
    if ended || error.is_incomplete_message() {
        return (ErrorClass::Protocol, format!("its body ended early, after {received} bytes"));
    }
    (ErrorClass::Protocol, format!("its body breaks the rules of HTTP after {received} bytes ({})", in_words(error)))
}

/// The peer ended it without a word.
fn is_over(error: &hyper::Error) -> bool {
    let ended = io_cause(error).is_some_and(|cause| cause.kind() != io::ErrorKind::InvalidData);
    ended || error.is_incomplete_message() || error.is_canceled() || error.is_closed()
}

/// The connection broke, as opposed to: was ended.
fn cut(error: &hyper::Error) -> Option<&io::Error> {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NetworkUnreachable, TimedOut};
    io_cause(error).filter(|cause| {
        matches!(cause.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NetworkUnreachable | TimedOut)
    })
}

fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
    causes(error).find_map(|cause| cause.downcast_ref::<io::Error>())
}

/// The library tells of HTTP/2 by a cause of a type that it doesn't name.
fn is_http2(error: &hyper::Error) -> bool {
    error.to_string().starts_with("http2")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| error.source())
}

fn in_words(error: &hyper::Error) -> String {
    let mut words: Vec<String> = causes(error).map(ToString::to_string).collect();
    words.dedup();
    words.join(": ")
}

/// The first line of what came, as far as it can be shown.
fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    line.escape_ascii().to_string()
}
