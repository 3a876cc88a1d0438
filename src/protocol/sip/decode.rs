//! Bytes to messages.

use super::headers::{Header, Headers};
use super::message::{Message, Start};

/// How much of a message is read.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the first line and the header.
    pub head: usize,
    /// Header fields.
    pub headers: usize,
    /// Bytes of the body.
    pub body: usize,
}

impl Default for Limits {
    /// Far beyond what a server sends; the longest sample has 3 KB and 30 fields.
    fn default() -> Self {
        Self { head: 64 << 10, headers: 500, body: 256 << 10 }
    }
}

/// Why bytes are not a message. Nothing after them can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The first line is neither a request's nor a response's.
    #[error("`{0}` begins no SIP message")]
    Start(String),
    /// A header line that is none.
    #[error("`{0}` is no header field")]
    Header(String),
    /// There is no usable Content-Length, so that nobody knows where the message ends.
    #[error("{0}")]
    Length(String),
    /// A line ends with a carriage return or a line feed alone.
    #[error("a line doesn't end with CR LF")]
    LineEnd,
    /// It is larger than a limit.
    #[error("{0}")]
    TooLarge(String),
}

/// Takes bytes as they arrive, in pieces of any size, and gives messages.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// Bytes of the buffer in which no header ends.
    searched: usize,
    /// The message whose body is still to come, and the body's length.
    waiting: Option<(Message, usize)>,
}

impl Decoder {
    /// A decoder within limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: Vec::new(), searched: 0, waiting: None }
    }

    /// Takes what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes that have arrived and belong to no message yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }

    /// What has arrived of a message that is not complete, in words; `None` where nothing has.
    #[must_use]
    pub fn pending(&self) -> Option<String> {
        match &self.waiting {
            Some((_, length)) => Some(format!("{} of the {length} bytes of its body", self.buffer.len())),
            None if self.buffer.is_empty() => None,
            None => Some(format!("{} bytes of its header", self.buffer.len())),
        }
    }

    /// The next message, if it is complete.
    ///
    /// # Errors
    /// What has arrived is no message, or a message beyond the limits.
    pub fn message(&mut self) -> Result<Option<Message>, Malformed> {
        if self.waiting.is_none() {
            let Some(head) = self.head()? else { return Ok(None) };
            let message = read_head(&head, self.limits.headers)?;
            let length = length(&message.headers)?;
            if length > self.limits.body {
                let message = format!("a body of {length} bytes, of which {} are read", self.limits.body);
                return Err(Malformed::TooLarge(message));
            }
            self.waiting = Some((message, length));
        }
        match self.waiting.take() {
            Some((mut message, length)) if self.buffer.len() >= length => {
                message.body = self.take(length);
                Ok(Some(message))
            }
            waiting => {
                self.waiting = waiting;
                Ok(None)
            }
        }
    }

    /// The next complete head, without the empty line after it. Empty lines before it are
    /// keep-alives (RFC 3261 7.5, RFC 5626 4.4.1).
    fn head(&mut self) -> Result<Option<Vec<u8>>, Malformed> {
        let blank = self.buffer.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        // A carriage return that ends what has come may begin a line.
        if blank > 0 {
            drop(self.take(blank));
            self.searched = 0;
        }
        let from = self.searched.saturating_sub(END.len() - 1);
        let found = self.buffer.get(from..).and_then(|new| new.windows(END.len()).position(|window| window == END));
        let end = found.map(|at| from + at);
        if end.unwrap_or(self.buffer.len()) > self.limits.head {
            let message = format!("a header of more than the {} bytes that are read", self.limits.head);
            return Err(Malformed::TooLarge(message));
        }
        let Some(end) = end else {
            self.searched = self.buffer.len();
            return early(&self.buffer).map(|()| None);
        };
        let head = self.take(end);
        drop(self.take(END.len()));
        self.searched = 0;
        Ok(Some(head))
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(count.min(self.buffer.len()));
        std::mem::replace(&mut self.buffer, rest)
    }
}

const END: &[u8] = b"\r\n\r\n";

/// Refuses what can't become a message any more, so that a peer which speaks another
/// protocol is told at once and not when the time is over.
fn early(buffer: &[u8]) -> Result<(), Malformed> {
    match buffer.iter().position(|byte| *byte == b'\n') {
        Some(at) => {
            let line = buffer.get(..at).unwrap_or_default();
            let line = line.strip_suffix(b"\r").ok_or(Malformed::LineEnd)?;
            start(line).map(drop)
        }
        None => Ok(()),
    }
}

fn read_head(head: &[u8], most: usize) -> Result<Message, Malformed> {
    let mut lines = lines(head)?.into_iter();
    let start = start(lines.next().unwrap_or_default())?;
    let mut headers: Vec<Header> = Vec::new();
    for line in lines {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match headers.last_mut() {
            // Written again, a fold with nothing in it would end the header.
            Some(_) if folded && line.trim_ascii().is_empty() => {}
            Some(header) if folded => {
                header.raw.extend_from_slice(b"\r\n");
                header.raw.extend_from_slice(line.trim_ascii_end());
            }
            _ => {
                if headers.len() >= most {
                    return Err(Malformed::TooLarge(format!("more than the {most} header fields that are read")));
                }
                headers.push(field(line)?);
            }
        }
    }
    for header in &mut headers {
        // A value may begin on the line after its name.
        let trimmed = header.raw.trim_ascii();
        if trimmed.len() < header.raw.len() {
            header.raw = trimmed.to_vec();
        }
    }
    Ok(Message { start, headers: Headers(headers), body: Vec::new() })
}

/// The lines of a head. A carriage return or line feed alone ends no line: whoever read
/// it as one would see other headers than the next hop (RFC 3261 7).
fn lines(head: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let parts: Vec<&[u8]> = head.split(|byte| *byte == b'\n').collect();
    let last = parts.len().saturating_sub(1);
    let mut lines = Vec::with_capacity(parts.len());
    for (at, part) in parts.into_iter().enumerate() {
        let line = if at == last { part } else { part.strip_suffix(b"\r").ok_or(Malformed::LineEnd)? };
        if line.contains(&b'\r') {
            return Err(Malformed::LineEnd);
        }
        lines.push(line);
    }
    Ok(lines)
}

fn start(line: &[u8]) -> Result<Start, Malformed> {
    read_start(line).ok_or_else(|| Malformed::Start(shown(line)))
}

/// `SIP/2.0 status reason` or `method uri SIP/2.0`, apart by one blank each (RFC 3261 7.1, 7.2).
fn read_start(line: &[u8]) -> Option<Start> {
    if let Some(rest) = line.strip_prefix(b"SIP/2.0 ") {
        let (digits, rest) = rest.split_at_checked(3)?;
        let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?;
        let status = digits.parse().ok().filter(|status| (100..700).contains(status))?;
        // RFC 3261 has a blank even before an empty reason; not everyone sends it.
        let reason = if rest.is_empty() { rest } else { rest.strip_prefix(b" ")? };
        return Some(Start::Response { status, reason: String::from_utf8_lossy(reason).into_owned() });
    }
    let line = std::str::from_utf8(line).ok()?;
    let mut parts = line.split(' ');
    let (method, uri, version) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = parts.next().is_none() && version.eq_ignore_ascii_case("SIP/2.0") && !uri.is_empty();
    let plain = plain && !uri.contains(|letter: char| letter.is_control() || letter == '\t');
    (plain && is_token(method)).then(|| Start::Request { method: method.to_owned(), uri: uri.to_owned() })
}

fn field(line: &[u8]) -> Result<Header, Malformed> {
    let none = || Malformed::Header(shown(line));
    let colon = line.iter().position(|byte| *byte == b':').ok_or_else(none)?;
    let (name, value) = line.split_at_checked(colon).ok_or_else(none)?;
    // Blanks may stand before the colon (RFC 3261 25.1, HCOLON).
    let name = std::str::from_utf8(name).map_err(|_| none())?.trim_end_matches([' ', '\t']);
    if !is_token(name) {
        return Err(none());
    }
    Ok(Header { name: name.to_owned(), raw: value.get(1..).unwrap_or_default().to_vec() })
}

/// RFC 3261 25.1, token.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}

/// Over a stream only Content-Length says where a message ends (RFC 3261 18.3): it must
/// be there, and say one thing.
fn length(headers: &Headers) -> Result<usize, Malformed> {
    let mut found: Option<usize> = None;
    for header in headers.all("content-length") {
        let value = header.value();
        let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let length = digits.then(|| value.parse().ok()).flatten();
        let length = length
            .ok_or_else(|| Malformed::Length(format!("Content-Length `{}` is no length", shown(value.as_bytes()))))?;
        if found.is_some_and(|other| other != length) {
            return Err(Malformed::Length("two Content-Lengths that differ".to_owned()));
        }
        found = Some(length);
    }
    found.ok_or_else(|| Malformed::Length("no Content-Length: where the message ends is not known".to_owned()))
}

/// As much of a line as helps to tell what it is.
fn shown(line: &[u8]) -> String {
    const SHOWN: usize = 60;
    let head = line.get(..SHOWN).unwrap_or(line);
    let more = if line.len() > SHOWN { "…" } else { "" };
    format!("{}{more}", head.escape_ascii())
}
