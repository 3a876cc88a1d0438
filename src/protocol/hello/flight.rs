//! What a server says before anything is encrypted, read as it comes.

use std::fmt;

use super::suites::Suite;

/// Bytes that are read of one flight: long chains of certificates fit.
pub const MOST_BYTES: usize = 256 << 10;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;
/// A record's longest fragment (RFC 5246 6.2.3).
const LONGEST_RECORD: usize = (1 << 14) + 2048;
/// Bytes that are kept of a `ServerHello`: all up to its suite fit, whatever its session.
const KEPT: usize = 128;

const SERVER_HELLO: u8 = 2;
const CERTIFICATE_REQUEST: u8 = 13;
const SERVER_HELLO_DONE: u8 = 14;

/// A protocol version, as it is on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u16);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0300 => f.write_str("SSL 3.0"),
            0x0301 => f.write_str("TLS 1.0"),
            0x0302 => f.write_str("TLS 1.1"),
            0x0303 => f.write_str("TLS 1.2"),
            other => write!(f, "a protocol version {other:#06x}"),
        }
    }
}

/// What a server agrees on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerHello {
    /// The version.
    pub version: Version,
    /// The suite.
    pub suite: Suite,
}

/// Why a server ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert(pub u8);

impl fmt::Display for Alert {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            40 => f.write_str("handshake_failure"),
            47 => f.write_str("illegal_parameter"),
            70 => f.write_str("protocol_version"),
            71 => f.write_str("insufficient_security"),
            80 => f.write_str("internal_error"),
            112 => f.write_str("unrecognized_name"),
            other => write!(f, "alert {other}"),
        }
    }
}

/// Why bytes are no flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It doesn't begin as a record of TLS does.
    #[error("it doesn't speak TLS")]
    NotTls,
    /// A record or a message longer than there are, or all of it longer than is read.
    #[error("more than is read of a server's first flight")]
    Long,
    /// A `ServerHello` without its parts.
    #[error("a ServerHello that is cut short")]
    Hello,
}

/// A server's first flight, as far as it has come. Only what is asked for is kept.
#[derive(Clone, Debug, Default)]
pub struct Flight {
    read: usize,
    record: Vec<u8>,
    record_kind: u8,
    record_left: usize,
    message: Vec<u8>,
    message_left: usize,
    alert: Vec<u8>,
    hello: Option<ServerHello>,
    asks_for_certificate: bool,
    over: bool,
}

impl Flight {
    /// Takes bytes as they come. Behind the flight's end they are ignored: they may be encrypted.
    ///
    /// # Errors
    /// They are no flight of a TLS server.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        for byte in bytes {
            if self.over {
                return Ok(());
            }
            self.read += 1;
            if self.read > MOST_BYTES {
                return Err(Malformed::Long);
            }
            self.take(*byte)?;
        }
        Ok(())
    }

    /// What the server agrees on, once it is there.
    #[must_use]
    pub fn hello(&self) -> Option<ServerHello> {
        self.hello
    }

    /// Why it ends the handshake, if it does.
    #[must_use]
    pub fn alert(&self) -> Option<Alert> {
        const FATAL: u8 = 2;
        match *self.alert.as_slice() {
            [FATAL, description] => Some(Alert(description)),
            _ => None,
        }
    }

    /// Whether it asks for the client's certificate.
    #[must_use]
    pub fn asks_for_certificate(&self) -> bool {
        self.asks_for_certificate
    }

    fn take(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.record_left == 0 {
            return self.begin(byte);
        }
        self.record_left -= 1;
        if self.record_kind == HANDSHAKE {
            return self.handshake(byte);
        }
        self.alert.push(byte);
        if self.alert.len() == 2 {
            self.over |= self.alert().is_some();
            if !self.over {
                // A warning.
                self.alert.clear();
            }
        }
        Ok(())
    }

    /// A record's header: type, version, length.
    fn begin(&mut self, byte: u8) -> Result<(), Malformed> {
        self.record.push(byte);
        match *self.record.as_slice() {
            [ALERT | HANDSHAKE] | [_, 3] | [_, _, _] | [_, _, _, _] => Ok(()),
            [kind, _, _, high, low] => {
                self.record.clear();
                self.record_kind = kind;
                self.record_left = usize::from(u16::from_be_bytes([high, low]));
                if self.record_left > LONGEST_RECORD { Err(Malformed::Long) } else { Ok(()) }
            }
            // What follows is encrypted, or no TLS at all.
            _ if self.hello.is_some() => {
                self.over = true;
                Ok(())
            }
            _ => Err(Malformed::NotTls),
        }
    }

    /// A message's type and length, and then the message, over as many records as it takes.
    fn handshake(&mut self, byte: u8) -> Result<(), Malformed> {
        if self.message.len() < 4 {
            self.message.push(byte);
            let [_, top, high, low] = *self.message.as_slice() else { return Ok(()) };
            self.message_left = usize::from(top) << 16 | usize::from(u16::from_be_bytes([high, low]));
            if self.message_left > MOST_BYTES {
                return Err(Malformed::Long);
            }
        } else {
            self.message_left -= 1;
            if self.message.len() < KEPT {
                self.message.push(byte);
            }
        }
        if self.message_left > 0 {
            return Ok(());
        }
        let message = std::mem::take(&mut self.message);
        match message.split_first() {
            Some((&SERVER_HELLO, rest)) => self.hello = Some(read_hello(rest).ok_or(Malformed::Hello)?),
            Some((&CERTIFICATE_REQUEST, _)) => self.asks_for_certificate = true,
            Some((&SERVER_HELLO_DONE, _)) => self.over = true,
            _ => {}
        }
        Ok(())
    }
}

/// Length, version, random, session, suite.
fn read_hello(message: &[u8]) -> Option<ServerHello> {
    let [_, _, _, major, minor, rest @ ..] = message else { return None };
    let session = usize::from(*rest.get(32)?);
    let [high, low] = *rest.get(33 + session..)?.first_chunk()?;
    let version = Version(u16::from_be_bytes([*major, *minor]));
    Some(ServerHello { version, suite: Suite(u16::from_be_bytes([high, low])) })
}
