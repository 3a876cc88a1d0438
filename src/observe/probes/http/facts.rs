//! What is learned.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::autodiscover::HttpAutodiscover;
use crate::observe::secure::TlsEndpoint;
use crate::protocol::diagnostics::Diagnostics;
use crate::protocol::parameters::Parameter;

/// What a web server answers: the last answer, and the redirects that led to it. With
/// `addresses: all` it is that of the lowest address; `endpoints` has them one by one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HttpFacts {
    /// The URL that gave the answer.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// The version that was spoken.
    pub version: HttpVersion,
    /// The headers in the order of their first appearance; at most 100, of 64 KiB in all. Credentials and cookies are hidden.
    pub headers: Vec<HttpHeader>,
    /// The content-type header; null without one.
    pub content_type: Option<String>,
    /// Where it points (the location header), as a whole URL; null without one.
    pub location: Option<String>,
    /// The server that answered behind whatever stands before it (the header X-MS-Server-Fqdn); null without one.
    #[schemars(extend("format" = "fqdn"))]
    pub server_fqdn: Option<String>,
    /// The server header; null without one.
    pub server: Option<String>,
    /// What it wants to be shown (the www-authenticate headers), in order.
    pub challenges: Vec<HttpChallenge>,
    /// The schemes of the challenges, in order: `Negotiate`, `NTLM`, `Bearer`, `MsRtcOAuth`, …
    pub schemes: Vec<String>,
    /// What the server says of a failure (X-Ms-diagnostics), taken apart.
    pub diagnostics: Vec<Diagnostics>,
    /// The body as text, decoded; its first 256 KiB where it is longer.
    pub body: String,
    /// The length of the body in bytes, decoded, as far as it was read.
    pub body_bytes: u64,
    /// Whether there is more of the body than was read.
    pub body_truncated: bool,
    /// The body as JSON. Unknown where it isn't.
    pub json: Value,
    /// The body as an answer of the Autodiscover service; null where it is something else. Unknown where it breaks off.
    pub autodiscover: Option<HttpAutodiscover>,
    /// The redirects that were followed, in order.
    pub redirects: Vec<HttpRedirect>,
    /// The host of `url`.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The address that answered.
    pub address: IpAddr,
    /// What TLS showed at that address; null where it isn't spoken.
    pub tls: Option<TlsEndpoint>,
    /// What each address of the host that was asked for showed, ascending, before any redirect; one entry without `addresses: all`.
    pub endpoints: Vec<HttpEndpoint>,
    /// Name resolution and connection for the last answer, in milliseconds.
    pub connect_ms: u64,
    /// Its TLS handshake alone, in milliseconds; null where TLS isn't spoken.
    pub tls_ms: Option<u64>,
    /// From its request to its headers, in milliseconds.
    pub first_byte_ms: u64,
    /// From the start to the end of the last body, in milliseconds.
    pub elapsed_ms: u64,
}

/// A version of HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum HttpVersion {
    /// RFC 1945.
    #[serde(rename = "HTTP/1.0")]
    Http10,
    /// RFC 9112.
    #[serde(rename = "HTTP/1.1")]
    Http11,
    /// RFC 9113.
    #[serde(rename = "HTTP/2")]
    Http2,
}

/// A header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpHeader {
    /// Its name, lower case.
    pub name: String,
    /// Its value; `(hidden)` where it carries a credential or a cookie.
    pub value: String,
}

/// An authentication challenge (RFC 9110 11.6.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpChallenge {
    /// The scheme, as it was written.
    pub scheme: String,
    /// Its parameters, in order; a bare token has the name `token68`.
    pub parameters: Vec<Parameter>,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpRedirect {
    /// The URL that was asked for.
    pub url: String,
    /// The status code.
    pub status: u16,
    /// Where it led, as a whole URL.
    pub location: String,
    /// The host of `url`.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The address that answered.
    pub address: IpAddr,
    /// Whether its certificate could be relied on; null where TLS isn't spoken.
    pub tls_verified: Option<bool>,
    /// The server that answered behind whatever stands before it (the header X-MS-Server-Fqdn); null without one.
    #[schemars(extend("format" = "fqdn"))]
    pub server_fqdn: Option<String>,
}

/// What one address showed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct HttpEndpoint {
    /// The address.
    pub address: IpAddr,
    /// The status code.
    pub status: u16,
    /// The server that answered behind whatever stands before it (the header X-MS-Server-Fqdn); null without one.
    #[schemars(extend("format" = "fqdn"))]
    pub server_fqdn: Option<String>,
    /// The host that an answer of the Autodiscover service leads users to; null where it names none, or the body is something else.
    #[schemars(extend("format" = "fqdn"))]
    pub user_host: Option<String>,
    /// What TLS showed; null where it isn't spoken.
    pub tls: Option<TlsEndpoint>,
}
