//! What a chain is worth: whether it is trusted, and whether a client could rely on it.

use std::net::IpAddr;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, Error, OtherError, RootCertStore};
use rustls_platform_verifier::Verifier;

use super::certificate;
use super::facts::Certificate;
use super::handshake::Handshake;
use super::witness::provider;
use crate::observe::network::Trust;
use crate::observe::observation::{ErrorClass, ProbeError};

/// What a chain is worth.
#[derive(Debug)]
pub(super) struct Verdict {
    pub(super) trusted: bool,
    pub(super) name_matches: bool,
    /// Empty where a client could rely on it.
    pub(super) reasons: Vec<String>,
}

/// Judges a handshake's chain at `now`, for `name`.
///
/// # Errors
/// The trusted roots can't be used: nothing can be said.
pub(super) fn judge(
    handshake: &Handshake,
    chain: &[Certificate],
    name: &str,
    trust: &Trust,
    now: Timestamp,
) -> Result<Verdict, ProbeError> {
    let ([leaf, ..], [own, ..]) = (handshake.chain.as_slice(), chain) else {
        return Err(ProbeError::new(ErrorClass::Protocol, "no certificate was sent"));
    };
    let mut reasons = dates(own, now);
    let judge = Judge { chain: &handshake.chain, name: own_name(own, name), trust };
    let at_now = judge.verify(now)?;
    let trusted = match &at_now {
        Err(error) if is_about_dates(error) => judge.verify(nearest_valid(chain, now))?,
        other => other.clone(),
    };
    match (&at_now, &trusted) {
        (_, Err(error)) => reasons.push(in_words(error, own)),
        (Err(_), Ok(())) if reasons.is_empty() => {
            reasons.push("a certificate that it rests on is not within its dates".to_owned());
        }
        _ => {}
    }
    let name_matches = certificate::is_for(leaf, name);
    if !name_matches {
        reasons.push(format!("it is for {}, not for {name}", listed(own)));
    }
    reasons.extend(handshake.doubt.clone());
    Ok(Verdict { trusted: trusted.is_ok(), name_matches, reasons })
}

struct Judge<'a> {
    chain: &'a [CertificateDer<'static>],
    /// A name that the certificate is for: names are judged apart.
    name: ServerName<'static>,
    trust: &'a Trust,
}

impl Judge<'_> {
    /// Whether the chain leads to a trusted root at a moment.
    fn verify(&self, at: Timestamp) -> Result<Result<(), Error>, ProbeError> {
        match self.trust {
            Trust::Platform => self.by_platform(at),
            Trust::Roots(roots) => self.by_roots(roots, at),
            Trust::PlatformAnd(roots) => match self.by_roots(roots, at)? {
                Ok(()) => Ok(Ok(())),
                Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)) => self.by_platform(at),
                Err(error) => Ok(self.by_platform(at)?.map_err(|_| error)),
            },
        }
    }

    fn by_roots(&self, roots: &[Vec<u8>], at: Timestamp) -> Result<Result<(), Error>, ProbeError> {
        let mut store = RootCertStore::empty();
        for (at, root) in roots.iter().enumerate() {
            store.add(CertificateDer::from(root.as_slice())).map_err(|error| {
                ProbeError::new(ErrorClass::Unsupported, format!("trusted root {at} can't be used: {error}"))
            })?;
        }
        let Some((leaf, intermediates)) = self.chain.split_first() else {
            return Ok(Err(Error::NoCertificatesPresented));
        };
        Ok(ParsedCertificate::try_from(leaf).and_then(|leaf| {
            let algorithms = provider().signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&leaf, &store, intermediates, unix(at), algorithms)
        }))
    }

    fn by_platform(&self, at: Timestamp) -> Result<Result<(), Error>, ProbeError> {
        static PLATFORM: LazyLock<Result<Verifier, Error>> = LazyLock::new(|| Verifier::new(Arc::clone(provider())));
        let verifier = PLATFORM.as_ref().map_err(|error| {
            ProbeError::new(ErrorClass::Unsupported, format!("the platform's trusted roots can't be used: {error}"))
        })?;
        let Some((leaf, intermediates)) = self.chain.split_first() else {
            return Ok(Err(Error::NoCertificatesPresented));
        };
        let outcome = verifier.verify_server_cert(leaf, intermediates, &self.name, &[], unix(at)).map(drop);
        // Names come last in a verifier: all the rest was well.
        let apart_from_names = outcome.or_else(|error| if is_about_names(&error) { Ok(()) } else { Err(error) });
        Ok(apart_from_names)
    }
}

/// The moment nearest to `now` at which every certificate that was sent is within its
/// dates, or, where there is none, the server's own.
fn nearest_valid(chain: &[Certificate], now: Timestamp) -> Timestamp {
    let clamped = |from: Option<Timestamp>, until: Option<Timestamp>| match (from, until) {
        (Some(from), Some(until)) if from <= until => Some(now.clamp(from, until)),
        _ => None,
    };
    let all = clamped(chain.iter().map(|one| one.not_before).max(), chain.iter().map(|one| one.not_after).min());
    let own = || chain.first().and_then(|own| clamped(Some(own.not_before), Some(own.not_after)));
    all.or_else(own).unwrap_or(now)
}

fn unix(at: Timestamp) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0)))
}

fn own_name(own: &Certificate, asked: &str) -> ServerName<'static> {
    let concrete = |name: &String| ServerName::try_from(name.replacen('*', "any", 1)).ok();
    let nameless = || ServerName::IpAddress(IpAddr::from([0, 0, 0, 0]).into());
    own.names.iter().find_map(concrete).or_else(|| ServerName::try_from(asked.to_owned()).ok()).unwrap_or_else(nameless)
}

fn dates(own: &Certificate, now: Timestamp) -> Vec<String> {
    let days = |from: Timestamp, to: Timestamp| to.as_second().saturating_sub(from.as_second()) / 86_400;
    if own.expired {
        vec![format!("expired at {}, {} days ago", own.not_after, days(own.not_after, now))]
    } else if own.not_yet_valid {
        vec![format!("not valid before {}, in {} days", own.not_before, days(now, own.not_before))]
    } else {
        Vec::new()
    }
}

fn is_about_dates(error: &Error) -> bool {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    matches!(
        error,
        Error::InvalidCertificate(Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. })
    )
}

fn is_about_names(error: &Error) -> bool {
    use CertificateError::{NotValidForName, NotValidForNameContext};
    matches!(error, Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }))
}

#[expect(deprecated, reason = "the platform verifiers still use the older forms")]
fn in_words(error: &Error, own: &Certificate) -> String {
    use CertificateError as Bad;
    let Error::InvalidCertificate(cause) = error else { return error.to_string() };
    match cause {
        Bad::UnknownIssuer if own.self_signed => "unknown issuer: it is self-signed, and not trusted itself".to_owned(),
        Bad::Other(other) if own.self_signed => format!("it is self-signed, and {}", unusual(other)),
        Bad::UnknownIssuer => {
            format!("unknown issuer: {} leads to no trusted root, or a certificate between is missing", own.issuer)
        }
        Bad::Expired | Bad::ExpiredContext { .. } | Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            "its chain is at no time within its dates".to_owned()
        }
        Bad::InvalidPurpose | Bad::InvalidPurposeContext { .. } => {
            "its extended key usage does not allow server authentication".to_owned()
        }
        Bad::BadSignature => {
            "a signature in its chain is wrong, or made with a key that is too weak to be checked".to_owned()
        }
        Bad::UnsupportedSignatureAlgorithm
        | Bad::UnsupportedSignatureAlgorithmContext { .. }
        | Bad::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            format!("its chain is signed in a way that is not accepted ({})", own.signature_algorithm)
        }
        Bad::BadEncoding => "a certificate in its chain is malformed".to_owned(),
        Bad::Revoked => "revoked".to_owned(),
        Bad::Other(other) => unusual(other),
        other => format!("not accepted by the verifier: {other}"),
    }
}

/// What the verifier has no own word for; its parser's name for it is all there is.
fn unusual(other: &OtherError) -> String {
    match other.to_string().as_str() {
        "CaUsedAsEndEntity" => "marked as an authority's certificate, which no server may show".to_owned(),
        "UnsupportedCertVersion" => "a certificate in its chain is not of version 3".to_owned(),
        name => format!("not accepted by the verifier ({name})"),
    }
}

fn listed(own: &Certificate) -> String {
    const NAMED: usize = 5;
    let names: Vec<&str> =
        own.names.iter().chain(own.common_name.iter().filter(|_| own.names.is_empty())).map(String::as_str).collect();
    match names.as_slice() {
        [] => "no name".to_owned(),
        few if few.len() <= NAMED => few.join(", "),
        many => format!(
            "{} and {} more",
            many.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "),
            many.len() - NAMED
        ),
    }
}
