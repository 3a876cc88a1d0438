//! What a failed handshake says, in words.

use rustls::{Error, InvalidMessage};

use super::handshake::{Broken, is_cut};
use crate::observe::observation::{ErrorClass, ProbeError};

/// What this build offers, and what that means for old servers.
const OFFER: &str = "no common TLS parameters, or refused. This build speaks TLS 1.3, and TLS 1.2 with ECDHE and \
                     AES-GCM or ChaCha20; a default Windows Server 2012 R2 offers neither with an RSA certificate and \
                     can't be reached by it: the server may well be healthy";

/// The error of a handshake with `peer`.
pub(crate) fn error(peer: &str, broken: Broken) -> ProbeError {
    let (class, cause) = read(broken);
    ProbeError::new(class, format!("tls handshake with {peer}: {cause}"))
}

fn read(broken: Broken) -> (ErrorClass, String) {
    match broken {
        Broken::Closed => (ErrorClass::Tls, format!("{OFFER} (closed without an answer)")),
        Broken::Io(cause) if is_cut(&cause) => (ErrorClass::Tls, format!("{OFFER} ({cause})")),
        Broken::Io(cause) => (ErrorClass::Connect, cause.to_string()),
        Broken::NotTls(head) => (ErrorClass::Protocol, format!("it doesn't speak TLS, it said `{}`", printable(&head))),
        Broken::Tls(cause @ (Error::AlertReceived(_) | Error::PeerIncompatible(_))) => {
            (ErrorClass::Tls, format!("{OFFER} ({cause})"))
        }
        Broken::Tls(Error::InvalidMessage(
            cause @ (InvalidMessage::HandshakePayloadTooLarge | InvalidMessage::CertificatePayloadTooLarge),
        )) => (ErrorClass::Protocol, format!("its certificates are larger than the 64 KiB that are read ({cause:?})")),
        Broken::Tls(cause @ (Error::InvalidMessage(_) | Error::PeerMisbehaved(_) | Error::NoCertificatesPresented)) => {
            (ErrorClass::Protocol, format!("it breaks the rules of TLS ({cause})"))
        }
        Broken::Tls(Error::InvalidCertificate(cause)) => {
            (ErrorClass::Tls, format!("it could not prove that the certificate is its own ({cause})"))
        }
        Broken::Tls(cause) => (ErrorClass::Tls, cause.to_string()),
    }
}

/// The first line of what came, as far as it can be shown.
fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    line.escape_ascii().to_string()
}
