//! Headers, there and back.

use std::collections::BTreeSet;

use hyper::header::{ACCEPT_ENCODING, HOST, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use hyper::http::uri::Authority;

use super::facts::HttpHeader;
use super::spec::HttpSpec;
use crate::observe::observation::{ErrorClass, ProbeError};

/// What stands where a value is not shown.
const HIDDEN: &str = "(hidden)";

/// Headers that carry credentials, or what is as good as one.
const SECRET: [&str; 9] = [
    "authorization",
    "proxy-authorization",
    "authentication-info",
    "proxy-authentication-info",
    "cookie",
    "cookie2",
    "set-cookie",
    "set-cookie2",
    "x-ms-webticket",
];

/// Headers that say how the message itself is sent, which is not the author's to say.
const FRAMING: [&str; 11] = [
    "connection",
    "content-length",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "accept-encoding",
];

/// The headers that every request of a question carries, and the host of the first one.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) headers: HeaderMap,
    pub(super) host: Option<HeaderValue>,
}

impl Wanted {
    /// Those that the question names, and ours.
    ///
    /// # Errors
    /// One can't be sent, carries a credential, or isn't the author's to say.
    pub(super) fn of(spec: &HttpSpec) -> Result<Self, ProbeError> {
        let refused = |name: &str, cause: &str| {
            ProbeError::new(ErrorClass::NotAsked, format!("http {}: the header `{name}` {cause}", spec.url))
        };
        let (mut headers, mut named) = (HeaderMap::new(), BTreeSet::new());
        headers.insert(USER_AGENT, HeaderValue::from_static(concat!("poolproof/", env!("CARGO_PKG_VERSION"))));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        for (text, value) in &spec.headers {
            let name: HeaderName = text.parse().map_err(|_| refused(text, "has a name that can't be sent"))?;
            if SECRET.contains(&name.as_str()) {
                return Err(refused(text, "carries a credential, and nobody signs in here"));
            }
            if FRAMING.contains(&name.as_str()) {
                return Err(refused(text, "is for the probe to say"));
            }
            let value = value.parse().map_err(|_| refused(text, "has a value that can't be sent"))?;
            if !named.insert(name.as_str().to_owned()) {
                return Err(refused(text, "is there twice, in another case"));
            }
            headers.insert(name, value);
        }
        let host = headers.remove(HOST);
        // What is no host would be left out, or be taken for the beginning of a path.
        if host.as_ref().is_some_and(|host| !is_host(host)) {
            return Err(refused("host", "has a value that can't be sent: it is no host"));
        }
        Ok(Self { headers, host })
    }
}

/// A host and perhaps its port, without a user before them (RFC 9110 7.2).
fn is_host(value: &HeaderValue) -> bool {
    !value.as_bytes().contains(&b'@') && Authority::try_from(value.as_bytes()).is_ok()
}

/// As facts, without what is nobody's business.
pub(super) fn shown(headers: &HeaderMap) -> Vec<HttpHeader> {
    let value = |name: &HeaderName, value: &HeaderValue| {
        if SECRET.contains(&name.as_str()) { HIDDEN.to_owned() } else { text(value) }
    };
    headers.iter().map(|(name, one)| HttpHeader { name: name.as_str().to_owned(), value: value(name, one) }).collect()
}

/// The first header of a name.
pub(super) fn first(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(text)
}

/// Every header of a name, in order.
pub(super) fn all(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    headers.get_all(name).iter().map(text)
}

/// UTF-8 where it is, else every byte a character (RFC 9110 5.5).
fn text(value: &HeaderValue) -> String {
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}
