//! What is learned of a TLS server, by whichever probe.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::values::Fqdn;

/// What one address showed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "facts, not states")]
pub struct TlsEndpoint {
    /// The address.
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
    /// The handshake alone, in milliseconds.
    pub handshake_ms: u64,
}

/// A version of TLS. The first two are spoken with the feature `legacy-tls` alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum TlsVersion {
    /// RFC 2246.
    #[serde(rename = "TLS 1.0")]
    Tls10,
    /// RFC 4346.
    #[serde(rename = "TLS 1.1")]
    Tls11,
    /// RFC 5246.
    #[serde(rename = "TLS 1.2")]
    Tls12,
    /// RFC 8446.
    #[serde(rename = "TLS 1.3")]
    Tls13,
}

/// An X.509 certificate.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[expect(clippy::struct_excessive_bools, reason = "facts, not states")]
pub struct Certificate {
    /// Whom it names, as a distinguished name.
    pub subject: String,
    /// The subject's common name; null where it has none.
    #[schemars(extend("format" = "fqdn"))]
    pub common_name: Option<String>,
    /// Who issued it, as a distinguished name.
    pub issuer: String,
    /// The subject alternative names: DNS names and addresses, as they are in the certificate, at most 1000.
    #[schemars(with = "Vec<Fqdn>")]
    pub names: Vec<String>,
    /// Whether it has more names than are listed.
    pub names_truncated: bool,
    /// The first moment at which it is valid (UTC).
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub not_before: Timestamp,
    /// The last moment at which it is valid (UTC).
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub not_after: Timestamp,
    /// Whole days from the run's clock to `not_after`; negative once it has expired.
    pub days_left: i64,
    /// Whether `not_after` has passed.
    pub expired: bool,
    /// Whether `not_before` is still to come.
    pub not_yet_valid: bool,
    /// Its public key.
    pub key: PublicKey,
    /// How it is signed: `sha256WithRSAEncryption`, `rsassaPss`, `ecdsa-with-SHA256`, …, else the algorithm's object identifier.
    pub signature_algorithm: String,
    /// Whether issuer and subject are the same.
    pub self_signed: bool,
    /// Whether it may serve TLS servers: it says so (extended key usage `serverAuth`), or doesn't restrict its use.
    pub server_auth: bool,
    /// The SHA-256 fingerprint, as upper-case hexadecimal digits.
    pub sha256: String,
    /// The SHA-1 fingerprint, as upper-case hexadecimal digits: what Windows calls the thumbprint.
    pub sha1: String,
    /// The serial number, as upper-case hexadecimal digits.
    pub serial: String,
}

/// A public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PublicKey {
    /// The kind of key.
    pub algorithm: KeyAlgorithm,
    /// Its length in bits.
    pub bits: u32,
}

/// A kind of public key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum KeyAlgorithm {
    /// RSA.
    #[serde(rename = "RSA")]
    Rsa,
    /// An elliptic curve.
    #[serde(rename = "EC")]
    Ec,
    /// Edwards curve 25519.
    Ed25519,
    /// Any other.
    #[serde(rename = "other")]
    Other,
}
