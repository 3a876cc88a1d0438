//! Lets every handshake complete, and remembers what was seen on the way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{
    CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature, verify_tls13_signature_with_raw_key,
};
use rustls::pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

use super::certificate;
use super::facts::{KeyAlgorithm, PublicKey};

/// The cryptography of every handshake; never the process's default, which others may set.
pub(crate) fn provider() -> &'static Arc<CryptoProvider> {
    static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(ring::default_provider()));
    &PROVIDER
}

/// What was seen of the peer in one handshake.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    doubt: Mutex<Option<String>>,
    proven: AtomicBool,
    asked_for_certificate: AtomicBool,
}

impl Witness {
    /// The certificates as sent, the server's own first; empty before they came.
    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Why the peer's possession of its key could not be checked.
    pub(crate) fn doubt(&self) -> Option<String> {
        self.doubt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether the peer has signed the handshake with its certificate's key.
    pub(crate) fn is_proven(&self) -> bool {
        self.proven.load(Ordering::Acquire)
    }

    /// Whether the peer asked for a client certificate.
    pub(crate) fn asked_for_certificate(&self) -> bool {
        self.asked_for_certificate.load(Ordering::Acquire)
    }

    /// Takes the check of a signature, and finds out what a failure means: a forged
    /// signature ends the handshake; a certificate or key that the library can't handle
    /// is a fact about that certificate.
    fn weigh(
        &self,
        checked: Result<HandshakeSignatureValid, Error>,
        certificate: &CertificateDer<'_>,
        again: impl FnOnce(&SubjectPublicKeyInfoDer<'static>) -> Option<Result<HandshakeSignatureValid, Error>>,
    ) -> Result<HandshakeSignatureValid, Error> {
        let checked = checked.or_else(|error| {
            let (key, info) = certificate::public_key(certificate)
                .map_err(|_| Error::InvalidCertificate(CertificateError::BadEncoding))?;
            if let Some(reason) = beyond_us(key) {
                return Ok(self.note(reason));
            }
            if !is_about_the_certificate(&error) {
                return Err(error);
            }
            again(&info).unwrap_or_else(|| {
                Ok(self.note("whether the key is the server's could not be checked with such a certificate"))
            })
        })?;
        self.proven.store(true, Ordering::Release);
        Ok(checked)
    }

    fn note(&self, reason: impl Into<String>) -> HandshakeSignatureValid {
        *self.doubt.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.into());
        HandshakeSignatureValid::assertion()
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = std::iter::once(end_entity).chain(intermediates).map(|one| one.clone().into_owned()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        self.weigh(verify_tls12_signature(message, certificate, signed, algorithms), certificate, |_| None)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &provider().signature_verification_algorithms;
        self.weigh(verify_tls13_signature(message, certificate, signed, algorithms), certificate, |info| {
            Some(verify_tls13_signature_with_raw_key(message, info, signed, algorithms))
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        provider().signature_verification_algorithms.supported_schemes()
    }
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked_for_certificate.store(true, Ordering::Release);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Why a handshake with a certificate's key proves nothing to rely on, by whichever library
/// it was made: both ask the same of a key.
#[cfg(feature = "legacy-tls")]
pub(super) fn doubt_about(certificate: &CertificateDer<'_>) -> Option<String> {
    match certificate::public_key(certificate) {
        Ok((key, _)) => beyond_us(key),
        Err(_) => Some("its key can't be read".to_owned()),
    }
}

/// Keys that the cryptography in use refuses to work with, whatever the signature.
fn beyond_us(key: PublicKey) -> Option<String> {
    let fits = match key.algorithm {
        KeyAlgorithm::Rsa => (2048..=8192).contains(&key.bits),
        KeyAlgorithm::Ec => key.bits == 256 || key.bits == 384,
        KeyAlgorithm::Ed25519 => true,
        KeyAlgorithm::Other => false,
    };
    let kind = match key.algorithm {
        KeyAlgorithm::Rsa => "RSA",
        KeyAlgorithm::Ec => "elliptic-curve",
        KeyAlgorithm::Ed25519 => "Ed25519",
        KeyAlgorithm::Other => "unusual",
    };
    (!fits).then(|| format!("its {kind} key of {} bits is not one that this build accepts", key.bits))
}

/// The certificate could not be parsed, as opposed to: the signature is wrong.
fn is_about_the_certificate(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidCertificate(
            CertificateError::BadEncoding
                | CertificateError::Other(_)
                | CertificateError::UnhandledCriticalExtension
                | CertificateError::InvalidPurpose
        )
    )
}
