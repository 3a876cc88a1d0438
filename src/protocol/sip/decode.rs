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

/// Takes bytes as they arrive, in pieces of any size, and gives messages. Each byte is
/// looked at once, however small the pieces and however many messages are in one.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    buffer: Vec<u8>,
    /// Where in the buffer the first message that was not given begins.
    begin: usize,
    /// Where its last line begins, as far as has been searched.
    line: usize,
    /// Up to where its header has been searched for line ends.
    searched: usize,
    /// The message whose body is still to come, and the body's length.
    waiting: Option<(Message, usize)>,
}

impl Decoder {
    /// A decoder within limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, buffer: Vec::new(), begin: 0, line: 0, searched: 0, waiting: None }
    }

    /// Takes what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        // What was given makes room, once it is worth the move.
        if self.begin > self.buffer.len() / 2 {
            self.buffer.drain(..self.begin);
            self.line -= self.begin;
            self.searched -= self.begin;
            self.begin = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes that have arrived and belong to no message yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.begin..).unwrap_or_default()
    }

    /// What has arrived of a message that is not complete, in words; `None` where nothing has.
    #[must_use]
    pub fn pending(&self) -> Option<String> {
        match &self.waiting {
            Some((_, length)) => Some(format!("{} of the {length} bytes of its body", self.rest().len())),
            None if self.rest().is_empty() => None,
            None => Some(format!("{} bytes of its header", self.rest().len())),
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
            Some((mut message, length)) if self.rest().len() >= length => {
                message.body = self.rest().get(..length).unwrap_or_default().to_vec();
                self.pass(self.begin + length);
                Ok(Some(message))
            }
            waiting => {
                self.waiting = waiting;
                Ok(None)
            }
        }
    }

    /// The next complete head, without the empty line after it. Empty lines before it are
    /// keep-alives (RFC 3261 7.5, RFC 5626 4.4.1). What can't become a message any more is
    /// refused line by line, so that a peer which speaks another protocol is told at once
    /// and not when the time is over.
    fn head(&mut self) -> Result<Option<Vec<u8>>, Malformed> {
        if self.searched == self.begin {
            // A carriage return that ends what has come may begin a line.
            let blank = self.rest().iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            self.pass(self.begin + blank);
        }
        while let Some(end) = self.line_end() {
            let line = self.buffer.get(self.line..end).unwrap_or_default();
            let line = line.strip_suffix(b"\r").ok_or(Malformed::LineEnd)?;
            if line.is_empty() {
                let head = self.buffer.get(self.begin..self.line).unwrap_or_default();
                let head = head.strip_suffix(b"\r\n").unwrap_or(head).to_vec();
                self.pass(end + 1);
                return if head.len() > self.limits.head { Err(self.too_large()) } else { Ok(Some(head)) };
            }
            if self.line == self.begin {
                start(line)?;
            }
            self.line = end + 1;
            self.searched = end + 1;
        }
        self.searched = self.buffer.len();
        // The empty line may have come but for its last byte.
        if self.rest().len() > self.limits.head + b"\r\n\r".len() { Err(self.too_large()) } else { Ok(None) }
    }

    /// Where the next line feed is that was not seen yet.
    fn line_end(&self) -> Option<usize> {
        let new = self.buffer.get(self.searched..)?;
        new.iter().position(|byte| *byte == b'\n').map(|at| self.searched + at)
    }

    /// The next message begins here.
    fn pass(&mut self, to: usize) {
        (self.begin, self.line, self.searched) = (to, to, to);
    }

    fn too_large(&self) -> Malformed {
        Malformed::TooLarge(format!("a header of more than the {} bytes that are read", self.limits.head))
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

/// `SIP/2.0 status reason` or `method uri SIP/2.0`, apart by one blank each, the version in
/// whatever case (RFC 3261 7.1, 7.2).
fn read_start(line: &[u8]) -> Option<Start> {
    const VERSION: &[u8] = b"SIP/2.0 ";
    if let Some((version, rest)) = line.split_at_checked(VERSION.len())
        && version.eq_ignore_ascii_case(VERSION)
    {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    const SMALL: &[u8] = b"SIP/2.0 200 OK\r\nl: 2\r\n\r\nab";

    /// Gives the pieces, and counts the messages. What is looked at again and again takes
    /// a hundred times as long as this waits.
    fn count<'a>(limits: Limits, pieces: impl Iterator<Item = &'a [u8]>) -> Result<usize, Malformed> {
        let (mut decoder, mut count, started) = (Decoder::new(limits), 0, Instant::now());
        for piece in pieces {
            decoder.push(piece);
            while decoder.message()?.is_some() {
                count += 1;
                assert!(started.elapsed() < Duration::from_secs(20), "{count} messages");
            }
            assert!(started.elapsed() < Duration::from_secs(20), "{} bytes pending", decoder.rest().len());
        }
        Ok(count)
    }

    #[test]
    fn a_long_message_byte_by_byte_is_looked_at_once() {
        let limits = Limits { head: 1 << 20, headers: 2, body: 1 << 20 };
        let line = "x".repeat(1 << 19);
        for head in [format!("SIP/2.0 200 {line}\r\n"), format!("SIP/2.0 200 OK\r\nSubject: {line}\r\n")] {
            let bytes = format!("{head}l: {}\r\n\r\n{line}", line.len()).into_bytes();
            assert_eq!(count(limits, bytes.chunks(1)), Ok(1));
        }
        // Nothing but its first line, which doesn't end, or does and is followed by one that doesn't.
        for bytes in [line.clone(), format!("SIP/2.0 200 {}\r\n{line}", line.split_at(1 << 18).0)] {
            assert_eq!(count(limits, bytes.as_bytes().chunks(1)), Ok(0));
        }
    }

    #[test]
    fn many_messages_in_one_piece_are_looked_at_once() {
        let many = SMALL.repeat(100_000);
        assert_eq!(count(Limits::default(), std::iter::once(many.as_slice())), Ok(100_000));
        assert_eq!(count(Limits::default(), many.chunks(7)), Ok(100_000));
    }

    #[test]
    fn a_limit_is_the_same_in_any_pieces() {
        let head = b"SIP/2.0 200 OK\r\nl: 2".len();
        for size in 1..=SMALL.len() {
            let within = |head| count(Limits { head, headers: 1, body: 2 }, SMALL.chunks(size));
            assert_eq!(within(head), Ok(1), "pieces of {size}");
            assert!(matches!(within(head - 1), Err(Malformed::TooLarge(_))), "pieces of {size}");
        }
    }

    #[test]
    fn a_line_feed_alone_is_refused_when_it_comes() {
        let mut decoder = Decoder::new(Limits::default());
        decoder.push(b"SIP/2.0 200 OK\r\nServer: RTC/6.0\n");
        assert_eq!(decoder.message(), Err(Malformed::LineEnd));
    }

    #[test]
    fn the_version_is_read_in_any_case() {
        for line in ["sip/2.0 200 OK", "OPTIONS sip:a Sip/2.0"] {
            assert_eq!(count(Limits::default(), std::iter::once(format!("{line}\r\nl: 0\r\n\r\n").as_bytes())), Ok(1));
        }
    }
}
