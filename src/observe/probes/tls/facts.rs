//! What is learned.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::observe::secure::{Certificate, TlsEndpoint, TlsVersion};

/// What a TLS server shows of itself. With `addresses: all` the truths (`verified`,
/// `trusted`, `name_matches`) hold only where they hold at every address, and the rest
/// tells of the lowest address; `endpoints` has them one by one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "facts, not states")]
pub struct TlsFacts {
    /// The host that was asked for.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The port that was asked for.
    pub port: u16,
    /// The address that was connected to.
    pub address: IpAddr,
    /// The protocol version that was agreed on.
    pub version: TlsVersion,
    /// The cipher suite that was agreed on, by its IANA name.
    pub suite: String,
    /// What was agreed on where only older TLS could: `TLS 1.0, AES128-SHA`; null where the modern library spoke.
    pub legacy: Option<String>,
    /// The application protocol that was agreed on (ALPN); null where none was.
    pub alpn: Option<String>,
    /// The server's own certificate.
    pub certificate: Certificate,
    /// The certificates as the server sent them, its own first.
    pub chain: Vec<Certificate>,
    /// Whether a client could rely on it now: trusted, in its dates, for this name, and its key proven.
    pub verified: bool,
    /// Why it is not verified, in words; null where it is.
    pub verify_error: Option<String>,
    /// Whether the certificate is for the name: one of its alternative names, or its common name where it has none (RFC 6125 6.4).
    pub name_matches: bool,
    /// Whether the chain leads to a trusted root and is meant for servers; names and dates apart.
    pub trusted: bool,
    /// Whether the server asked for a client certificate; none is ever shown.
    pub client_certificate_requested: bool,
    /// What each address showed, ascending; one entry without `addresses: all`.
    pub endpoints: Vec<TlsEndpoint>,
    /// The handshake alone, in milliseconds.
    pub handshake_ms: u64,
    /// From the start, name resolution included, to the last handshake's end, in milliseconds.
    pub elapsed_ms: u64,
}
