//! OpenSSL's handshake: TLS 1.0 to 1.2 with every suite that authenticates the server.

use std::io;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use openssl::error::ErrorStack;
use openssl::ssl::{Ssl, SslContext, SslMethod, SslRef, SslVerifyMode, SslVersion};
use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_openssl::SslStream;

use super::watching::Watching;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::secure::channel::Secured;
use crate::observe::secure::facts::TlsVersion;
use crate::observe::secure::failure::printable;
use crate::observe::secure::handshake::{Handshake, Offer, is_cut, is_tls};
use crate::observe::secure::place::Place;
use crate::observe::secure::witness::doubt_about;

/// Whether this build speaks older TLS.
pub(in crate::observe::secure) const SPEAKS: bool = true;

/// What is offered. The first level of security would refuse SHA-1 in handshakes, which
/// TLS 1.0 and 1.1 can't do without; `DEFAULT` leaves out every suite in which nobody
/// proves who he is, or nothing is encrypted.
const SUITES: &str = "DEFAULT@SECLEVEL=0";

/// What all handshakes share. The chain is judged afterwards, as that of every handshake is.
static CONTEXT: LazyLock<Result<SslContext, ErrorStack>> = LazyLock::new(|| {
    let mut context = SslContext::builder(SslMethod::tls_client())?;
    context.set_min_proto_version(Some(SslVersion::TLS1))?;
    context.set_max_proto_version(Some(SslVersion::TLS1_2))?;
    context.set_cipher_list(SUITES)?;
    context.set_verify(SslVerifyMode::NONE);
    Ok(context.build())
});

/// Completes a handshake, whatever the certificate is worth.
///
/// # Errors
/// The server shares nothing with OpenSSL either, insists on a client certificate, or breaks off.
pub(in crate::observe::secure) async fn open(
    stream: TcpStream,
    offer: &Offer,
    place: &Place<'_>,
) -> Result<(Secured, Handshake), ProbeError> {
    let started = Instant::now();
    let peer = place.peer;
    let failed = |class, cause: &str| ProbeError::new(class, format!("tls handshake with {peer} by OpenSSL: {cause}"));
    let internal = |error: ErrorStack| failed(ErrorClass::Internal, &error.to_string());
    let ssl = connection(offer).map_err(internal)?;
    let mut stream = SslStream::new(ssl, Watching::new(stream)).map_err(internal)?;
    let Ok(connected) = timeout_at(place.deadline, Pin::new(&mut stream).connect()).await else {
        return Err(failed(ErrorClass::Timeout, "connected, but not completed in time"));
    };
    if let Err(error) = connected {
        let (class, cause) = broken(&error, stream.get_ref());
        return Err(failed(class, &cause));
    }
    let handshake = seen(stream.ssl(), stream.get_ref().flight.asks_for_certificate(), started.elapsed());
    let handshake = handshake.map_err(|cause| failed(ErrorClass::Protocol, &cause))?;
    Ok((Box::new(stream), handshake))
}

fn connection(offer: &Offer) -> Result<Ssl, ErrorStack> {
    let context = CONTEXT.as_ref().map_err(Clone::clone)?;
    let mut ssl = Ssl::new(context)?;
    if offer.send_name {
        ssl.set_hostname(&offer.expected)?;
    }
    let names = offer.alpn.iter().filter_map(|name| Some((u8::try_from(name.len()).ok()?, name)));
    let names: Vec<u8> = names.flat_map(|(length, name)| [vec![length], name.clone()].concat()).collect();
    if !names.is_empty() {
        ssl.set_alpn_protos(&names)?;
    }
    Ok(ssl)
}

/// What was agreed on and shown.
fn seen(ssl: &SslRef, client_certificate_requested: bool, took: Duration) -> Result<Handshake, String> {
    let (version, name) = match ssl.version2() {
        Some(SslVersion::TLS1) => (TlsVersion::Tls10, "TLS 1.0"),
        Some(SslVersion::TLS1_1) => (TlsVersion::Tls11, "TLS 1.1"),
        Some(SslVersion::TLS1_2) => (TlsVersion::Tls12, "TLS 1.2"),
        _ => return Err(format!("it agreed on {}, which was not offered", ssl.version_str())),
    };
    let cipher = ssl.current_cipher().ok_or("no cipher suite was agreed on")?;
    let mut chain = Vec::new();
    for certificate in ssl.peer_cert_chain().into_iter().flatten() {
        chain.push(CertificateDer::from(certificate.to_der().map_err(|error| error.to_string())?));
    }
    let own = chain.first().ok_or("it shows no certificate")?;
    Ok(Handshake {
        version,
        suite: cipher.standard_name().unwrap_or_else(|| cipher.name()).to_owned(),
        legacy: Some(format!("{name}, {}", cipher.name())),
        alpn: ssl.selected_alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        // The handshake ended well, so that whoever is there has the key; but is it one to rely on?
        doubt: doubt_about(own),
        chain,
        client_certificate_requested,
        took,
    })
}

/// How a handshake ended early.
fn broken(error: &openssl::ssl::Error, heard: &Watching) -> (ErrorClass, String) {
    if !is_tls(&heard.head) {
        return (ErrorClass::Protocol, format!("it doesn't speak TLS, it said `{}`", printable(&heard.head)));
    }
    let cut = error.io_error().is_some_and(is_cut) || (error.io_error().is_none() && error.ssl_error().is_none());
    if heard.flight.asks_for_certificate() && (cut || is_alert(error)) {
        return (ErrorClass::Tls, "it insists on a client certificate, and none is shown".to_owned());
    }
    let none = "no common TLS parameters by TLS 1.0 to 1.2 either, or refused";
    match (heard.flight.alert(), error.io_error()) {
        (Some(alert), _) => (ErrorClass::Tls, format!("{none} ({alert})")),
        (None, Some(cause)) if !is_cut(cause) => (ErrorClass::Connect, cause.to_string()),
        (None, _) if cut => (ErrorClass::Tls, format!("{none} (closed without an answer)")),
        (None, _) => (ErrorClass::Tls, error.to_string()),
    }
}

/// Whether it is the peer's alert: OpenSSL numbers those from 1000 on.
fn is_alert(error: &openssl::ssl::Error) -> bool {
    let reasons = error.ssl_error().into_iter().flat_map(ErrorStack::errors).map(openssl::error::Error::reason_code);
    reasons.into_iter().any(|reason| (1000..1256).contains(&reason))
}

impl AsyncRead for Watching {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.hear(buffer.filled().get(before..).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Watching {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
