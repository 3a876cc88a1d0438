//! One handshake: what is offered, what is learned, and how it ends early.

use std::io;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};

use super::facts::TlsVersion;
use super::witness::{Witness, provider};

/// What to offer.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    /// The name for SNI, or whatever stands for the peer where none is sent.
    pub(crate) name: ServerName<'static>,
    /// The name that the certificate is held against.
    pub(crate) expected: String,
    pub(crate) send_name: bool,
    pub(crate) alpn: Vec<Vec<u8>>,
}

/// A handshake that told us all it could.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) version: TlsVersion,
    pub(crate) suite: String,
    /// Version and suite as administrators know them, where older TLS was spoken.
    pub(crate) legacy: Option<String>,
    pub(crate) alpn: Option<String>,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) doubt: Option<String>,
    pub(crate) client_certificate_requested: bool,
    pub(crate) took: Duration,
}

/// Why a handshake ended early.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Io(io::Error),
    /// The peer said, or did, something.
    Tls(rustls::Error),
    /// What came was not TLS; the beginning of it.
    NotTls(Vec<u8>),
}

/// The configuration for one handshake.
pub(crate) fn config(offer: &Offer, witness: &Arc<Witness>) -> Result<ClientConfig, Broken> {
    let mut config = TEMPLATE.clone().map_err(Broken::Tls)?;
    config.dangerous().set_certificate_verifier(Arc::<Witness>::clone(witness));
    config.client_auth_cert_resolver = Arc::<Witness>::clone(witness);
    config.enable_sni = offer.send_name;
    config.alpn_protocols.clone_from(&offer.alpn);
    Ok(config)
}

/// What all handshakes share. A copy of it is cheap, while a new one sets up a store of
/// sessions, of 100 KB and more, only to have it thrown away.
static TEMPLATE: LazyLock<Result<ClientConfig, rustls::Error>> = LazyLock::new(|| {
    let witness = Arc::new(Witness::default());
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider())).with_safe_default_protocol_versions()?;
    let mut config = builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Witness>::clone(&witness))
        .with_client_cert_resolver(witness);
    config.resumption = Resumption::disabled();
    Ok(config)
});

/// Bytes kept of what a peer says first.
pub(crate) const HEAD: usize = 64;

/// A server's first record is a handshake message or an alert (RFC 8446 5.1).
pub(crate) fn is_tls(head: &[u8]) -> bool {
    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    matches!(head, [ALERT | HANDSHAKE, 3, ..] | [ALERT | HANDSHAKE] | [])
}

/// The peer ended it, rather than broke the rules.
pub(crate) fn is_refusal(broken: &Broken) -> bool {
    match broken {
        Broken::Closed | Broken::Tls(rustls::Error::AlertReceived(_)) => true,
        Broken::Io(error) => is_cut(error),
        Broken::Tls(_) | Broken::NotTls(_) => false,
    }
}

/// The peer, or something before it, cut the connection.
pub(crate) fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}

impl Handshake {
    /// What a connection has agreed on and its witness has seen.
    pub(crate) fn of(connection: &ClientConnection, witness: &Witness, took: Duration) -> Result<Self, Broken> {
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
            Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
            _ => return Err(Broken::Tls(rustls::Error::HandshakeNotComplete)),
        };
        let suite = connection.negotiated_cipher_suite().ok_or(Broken::Tls(rustls::Error::HandshakeNotComplete))?;
        // The library marks the suites of TLS 1.3 by a prefix that their IANA names don't have.
        let suite = suite.suite().as_str().map_or_else(String::new, |name| name.replacen("TLS13_", "TLS_", 1));
        Ok(Self {
            version,
            suite,
            legacy: None,
            alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
            chain: witness.chain(),
            doubt: witness.doubt(),
            client_certificate_requested: witness.asked_for_certificate(),
            took,
        })
    }
}
