//! What a failed handshake says, in words.

use rustls::{Error, InvalidMessage};

use super::handshake::{Broken, is_cut};
use crate::observe::observation::{ErrorClass, ProbeError};

/// What is offered, and what that means for old servers.
const OFFER: &str = "no common TLS parameters, or refused. What was offered is TLS 1.3, and TLS 1.2 with ECDHE and \
                     AES-GCM or ChaCha20; a default Windows Server 2012 R2 takes neither with an RSA certificate and \
                     can't be reached by it: the server may well be healthy";

/// A failed handshake.
pub(crate) struct Failure {
    pub(crate) error: ProbeError,
    /// Whether older TLS may help: the two share no parameters, or the peer refused without a word.
    pub(crate) nothing_in_common: bool,
}

/// The failure of a handshake with `peer`.
pub(crate) fn failure(peer: &str, broken: Broken) -> Failure {
    let nothing_in_common = match &broken {
        Broken::Closed | Broken::Tls(Error::AlertReceived(_) | Error::PeerIncompatible(_)) => true,
        Broken::Io(cause) => is_cut(cause),
        Broken::Tls(_) | Broken::NotTls(_) => false,
    };
    let (class, cause) = read(broken);
    Failure { error: ProbeError::new(class, format!("tls handshake with {peer}: {cause}")), nothing_in_common }
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
pub(super) fn printable(bytes: &[u8]) -> String {
    let line = bytes.split(|byte| *byte == b'\r' || *byte == b'\n').next().unwrap_or_default();
    line.escape_ascii().to_string()
}
