//! One handshake, driven by hand: what was learned before a peer broke off is kept, and
//! the cause of a failure stays what it was.

use std::io;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, ProtocolVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::facts::TlsVersion;
use super::witness::{Witness, provider};

/// What to offer.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    /// The name for SNI, or whatever stands for the peer where none is sent.
    pub(super) name: ServerName<'static>,
    pub(super) send_name: bool,
    pub(super) alpn: Vec<Vec<u8>>,
}

/// A handshake that told us all it could.
#[derive(Debug)]
pub(super) struct Handshake {
    pub(super) version: TlsVersion,
    pub(super) suite: String,
    pub(super) alpn: Option<String>,
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) doubt: Option<String>,
    pub(super) client_certificate_requested: bool,
    pub(super) took: Duration,
}

/// Why a handshake ended early.
#[derive(Debug)]
pub(super) enum Broken {
    /// The peer closed the connection.
    Closed,
    /// The connection broke.
    Io(io::Error),
    /// The peer said, or did, something.
    Tls(rustls::Error),
    /// What came was not TLS; the beginning of it.
    NotTls(Vec<u8>),
}

/// Completes a handshake and closes the connection. Takes as long as the peer takes.
pub(super) async fn shake(mut stream: TcpStream, offer: Offer) -> Result<Handshake, Broken> {
    let started = Instant::now();
    let witness = Arc::new(Witness::default());
    let mut connection = ClientConnection::new(Arc::new(config(&offer, &witness)?), offer.name).map_err(Broken::Tls)?;
    let ended = drive(&mut connection, &mut stream).await;
    let took = started.elapsed();
    if let Err(broken) = ended {
        // A server that insists on a client certificate breaks off in TLS 1.2 before its
        // last message. By then it has proven who it is, which is all that was asked.
        let insists = witness.asked_for_certificate() && witness.is_proven() && is_refusal(&broken);
        if !insists {
            return Err(broken);
        }
    }
    goodbye(&mut connection, &mut stream).await;
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => TlsVersion::Tls12,
        Some(ProtocolVersion::TLSv1_3) => TlsVersion::Tls13,
        _ => return Err(Broken::Tls(rustls::Error::HandshakeNotComplete)),
    };
    let suite = connection.negotiated_cipher_suite().ok_or(Broken::Tls(rustls::Error::HandshakeNotComplete))?;
    // The library marks the suites of TLS 1.3 by a prefix that their IANA names don't have.
    let suite = suite.suite().as_str().map_or_else(String::new, |name| name.replacen("TLS13_", "TLS_", 1));
    Ok(Handshake {
        version,
        suite,
        alpn: connection.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        chain: witness.chain(),
        doubt: witness.doubt(),
        client_certificate_requested: witness.asked_for_certificate(),
        took,
    })
}

fn config(offer: &Offer, witness: &Arc<Witness>) -> Result<ClientConfig, Broken> {
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

async fn drive(connection: &mut ClientConnection, stream: &mut TcpStream) -> Result<(), Broken> {
    let mut head = Vec::new();
    let mut buffer = [0; 8192];
    loop {
        send(connection, stream).await.map_err(Broken::Io)?;
        if !connection.is_handshaking() {
            return Ok(());
        }
        let count = stream.read(&mut buffer).await.map_err(Broken::Io)?;
        let mut received = buffer.get(..count).unwrap_or_default();
        if received.is_empty() {
            return Err(Broken::Closed);
        }
        head.extend(received.iter().copied().take(HEAD.saturating_sub(head.len())));
        if !is_tls(&head) {
            return Err(Broken::NotTls(head));
        }
        while !received.is_empty() && connection.is_handshaking() {
            connection.read_tls(&mut received).map_err(Broken::Io)?;
            if let Err(error) = connection.process_new_packets() {
                // The alert that says why; whether it arrives makes no difference.
                let _ = send(connection, stream).await;
                return Err(Broken::Tls(error));
            }
        }
    }
}

/// Bytes kept of what a peer says first.
const HEAD: usize = 64;

/// A server's first record is a handshake message or an alert (RFC 8446 5.1).
fn is_tls(head: &[u8]) -> bool {
    const ALERT: u8 = 21;
    const HANDSHAKE: u8 = 22;
    matches!(head, [ALERT | HANDSHAKE, 3, ..] | [ALERT | HANDSHAKE] | [])
}

async fn send(connection: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    let mut bytes = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut bytes)?;
    }
    stream.write_all(&bytes).await
}

/// A polite end. The peer may be gone already.
async fn goodbye(connection: &mut ClientConnection, stream: &mut TcpStream) {
    connection.send_close_notify();
    let _ = send(connection, stream).await;
    let _ = stream.shutdown().await;
}

fn is_refusal(broken: &Broken) -> bool {
    match broken {
        Broken::Closed | Broken::Tls(rustls::Error::AlertReceived(_)) => true,
        Broken::Io(error) => is_cut(error),
        Broken::Tls(_) | Broken::NotTls(_) => false,
    }
}

/// The peer, or something before it, cut the connection.
pub(super) fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}
