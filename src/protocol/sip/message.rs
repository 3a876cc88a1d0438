//! A message, and what belongs together.

use super::headers::Headers;

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    /// The header fields.
    pub headers: Headers,
    /// The body, as long as Content-Length says.
    pub body: Vec<u8>,
}

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// `OPTIONS sip:contoso.com SIP/2.0`
    Request {
        /// The method: any token, such as Microsoft's SERVICE and BENOTIFY ([MS-SIP] 2.2.1).
        method: String,
        /// The request URI.
        uri: String,
    },
    /// `SIP/2.0 200 OK`
    Response {
        /// The status, 100 to 699.
        status: u16,
        /// The reason phrase, for people; may be empty. Bytes that are not UTF-8 are U+FFFD.
        reason: String,
    },
}

impl Message {
    /// A request without headers.
    #[must_use]
    pub fn request(method: impl Into<String>, uri: impl Into<String>) -> Self {
        let start = Start::Request { method: method.into(), uri: uri.into() };
        Self { start, headers: Headers::default(), body: Vec::new() }
    }

    /// A response without headers.
    #[must_use]
    pub fn response(status: u16, reason: impl Into<String>) -> Self {
        let start = Start::Response { status, reason: reason.into() };
        Self { start, headers: Headers::default(), body: Vec::new() }
    }

    /// The number and the method of `CSeq` (RFC 3261 20.16).
    #[must_use]
    pub fn cseq(&self) -> Option<(u32, String)> {
        let value = self.headers.first("cseq")?;
        let mut parts = value.split_ascii_whitespace();
        let number = parts.next().filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
        let (number, method) = (number.parse().ok()?, parts.next()?.to_owned());
        parts.next().is_none().then_some((number, method))
    }

    /// Whether this is an answer to a request: the same Call-ID and `CSeq`. Clients
    /// of this family send no branch in Via, so RFC 3261 17.1.3 can't be followed.
    #[must_use]
    pub fn answers(&self, request: &Self) -> bool {
        matches!(self.start, Start::Response { .. })
            && self.cseq().is_some_and(|cseq| request.cseq() == Some(cseq))
            && self.headers.first("call-id").is_some_and(|id| request.headers.first("call-id") == Some(id))
    }

    /// The answer to a request as far as every answer has it (RFC 3261 8.2.6): its Via,
    /// From, To, Call-ID and `CSeq`.
    #[must_use]
    pub fn reply(request: &Self, status: u16, reason: impl Into<String>) -> Self {
        let mut reply = Self::response(status, reason);
        for name in ["via", "from", "to", "call-id", "cseq"] {
            reply.headers.0.extend(request.headers.all(name).cloned());
        }
        reply
    }
}
