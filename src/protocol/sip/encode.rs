//! Messages to bytes.

use super::headers::Headers;
use super::message::{Message, Start};

impl Message {
    /// The message as it goes over the wire. Content-Length is written anew, at the end,
    /// whatever the headers hold: it must agree with the body.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.head().into_bytes_with(&self.headers);
        bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", self.body.len()).as_bytes());
        bytes.extend_from_slice(&self.body);
        bytes
    }

    fn head(&self) -> Line {
        Line(match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0\r\n"),
            Start::Response { status, reason } => format!("SIP/2.0 {status:03} {reason}\r\n"),
        })
    }
}

struct Line(String);

impl Line {
    fn into_bytes_with(self, headers: &Headers) -> Vec<u8> {
        let mut bytes = self.0.into_bytes();
        for header in headers.0.iter().filter(|header| header.long_name() != "content-length") {
            bytes.extend_from_slice(header.name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(&header.raw);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes
    }
}
