//! The throw-away authorities and certificates of a run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, SanType, date_time_ymd,
};
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};

use super::deployment::{Authority, Certificate, Deployment, Key, Purpose, Signature};
use super::pss;

/// Anybody can read this key: it protects nothing and must never be used outside a mock.
const WELL_KNOWN_RSA: &str = include_str!("throwaway-rsa-2048.pem");

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
#[error("can't make the certificate `{name}`: {reason}")]
pub struct CertificateError {
    name: String,
    reason: String,
}

impl CertificateError {
    fn of(name: &str) -> impl Fn(&dyn std::fmt::Display) -> Self {
        move |reason| Self { name: name.to_owned(), reason: reason.to_string() }
    }
}

/// All authorities and certificates of a deployment.
#[derive(Debug)]
pub(super) struct Store {
    /// Trusted roots, by the authority's name.
    pub(super) roots: BTreeMap<String, Root>,
    /// What ports present, by the certificate's name.
    pub(super) certificates: BTreeMap<String, Arc<CertifiedKey>>,
}

/// A trusted root, as clients take it.
#[derive(Clone, Debug)]
pub(super) struct Root {
    pub(super) der: Vec<u8>,
    pub(super) pem: String,
}

impl Store {
    /// Makes them, valid as seen at `now`.
    pub(super) fn make(deployment: &Deployment, now: Timestamp) -> Result<Self, CertificateError> {
        let mut made = BTreeMap::new();
        for name in deployment.authorities.keys() {
            authority(name, &deployment.authorities, now, &mut made)?;
        }
        let roots = deployment
            .authorities
            .iter()
            .filter(|(_, authority)| authority.is_trusted_root())
            .filter_map(|(name, _)| Some((name.clone(), made.get(name)?.root.clone())))
            .collect();
        let certificates = deployment
            .certificates
            .iter()
            .map(|(name, certificate)| Ok((name.clone(), Arc::new(leaf(name, certificate, &made, now)?))))
            .collect::<Result<_, CertificateError>>()?;
        Ok(Self { roots, certificates })
    }
}

/// An authority that can sign.
struct Signer {
    issuer: Issuer<'static, KeyPair>,
    root: Root,
    /// Itself and those above it, without the root.
    chain: Vec<CertificateDer<'static>>,
    crl: Option<String>,
}

/// Makes an authority after those above it. The deployment is known to have no circles.
fn authority(
    name: &str,
    authorities: &BTreeMap<String, Authority>,
    now: Timestamp,
    made: &mut BTreeMap<String, Signer>,
) -> Result<(), CertificateError> {
    let Some(authority) = authorities.get(name).filter(|_| !made.contains_key(name)) else { return Ok(()) };
    let failed = CertificateError::of(name);
    if let Some(issuer) = &authority.issuer {
        self::authority(&issuer.value, authorities, now, made)?;
    }
    let above = authority.issuer.as_ref().and_then(|issuer| made.get(&issuer.value));
    let key = key(authority.key).map_err(|error| failed(&error))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&authority.subject);
    set_validity(&mut params, now, -3650, authority.days_left);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = match above {
        Some(above) => params.signed_by(&key, &above.issuer),
        None => params.self_signed(&key),
    }
    .map_err(|error| failed(&error))?;
    let root = Root { der: certificate.der().to_vec(), pem: certificate.pem() };
    let chain = above.map_or_else(Vec::new, |above| {
        std::iter::once(certificate.der().clone()).chain(above.chain.iter().cloned()).collect()
    });
    let signer = Signer { issuer: Issuer::new(params, key), root, chain, crl: authority.crl.clone() };
    made.insert(name.to_owned(), signer);
    Ok(())
}

fn leaf(
    name: &str,
    certificate: &Certificate,
    authorities: &BTreeMap<String, Signer>,
    now: Timestamp,
) -> Result<CertifiedKey, CertificateError> {
    let failed = CertificateError::of(name);
    let signer = match &certificate.issuer {
        Some(issuer) => Some(authorities.get(&issuer.value).ok_or_else(|| failed(&"its issuer doesn't exist"))?),
        None => None,
    };
    let key = key(certificate.key).map_err(|error| failed(&error))?;
    let params = leaf_params(certificate, signer, now).map_err(|error| failed(&error))?;
    let made = match signer {
        Some(signer) => params.signed_by(&key, &signer.issuer),
        None => params.self_signed(&key),
    };
    let mut der = made.map_err(|error| failed(&error))?.der().clone();
    if certificate.signature == Signature::RsassaPss {
        let issuer = signing_key(signer.map_or(&key, |signer| signer.issuer.key())).map_err(|error| failed(&error))?;
        der = pss::sign_again(&der, &*issuer).ok_or_else(|| failed(&"its issuer's key can't sign with RSASSA-PSS"))?;
    }
    let above = signer.filter(|_| !certificate.missing_intermediate).map_or(&[][..], |signer| &signer.chain);
    let chain = std::iter::once(der).chain(above.iter().cloned()).collect();
    Ok(CertifiedKey::new(chain, signing_key(&key).map_err(|error| failed(&error))?))
}

fn leaf_params(
    certificate: &Certificate,
    signer: Option<&Signer>,
    now: Timestamp,
) -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(&certificate.subject);
    params.subject_alt_names = certificate
        .names
        .iter()
        .map(|name| Ok(SanType::DnsName(name.as_str().try_into()?)))
        .collect::<Result<_, rcgen::Error>>()?;
    set_validity(&mut params, now, certificate.starts_in_days, certificate.days_left);
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = certificate.extended_key_usage.iter().copied().map(purpose).collect();
    params.use_authority_key_identifier_extension = signer.is_some();
    params.crl_distribution_points = signer
        .and_then(|signer| signer.crl.clone())
        .map(|uri| CrlDistributionPoint { uris: vec![uri] })
        .into_iter()
        .collect();
    Ok(params)
}

fn key(kind: Key) -> Result<KeyPair, rcgen::Error> {
    match kind {
        Key::EcP256 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256),
        Key::EcP384 => KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384),
        Key::Rsa2048 => KeyPair::from_pem(WELL_KNOWN_RSA),
    }
}

fn signing_key(key: &KeyPair) -> Result<Arc<dyn SigningKey>, rustls::Error> {
    any_supported_type(&PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())))
}

fn common_name(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn purpose(purpose: Purpose) -> ExtendedKeyUsagePurpose {
    match purpose {
        Purpose::Server => ExtendedKeyUsagePurpose::ServerAuth,
        Purpose::Client => ExtendedKeyUsagePurpose::ClientAuth,
        Purpose::CodeSigning => ExtendedKeyUsagePurpose::CodeSigning,
    }
}

/// Sets from when until when, in days from `now`, within what a certificate can say.
fn set_validity(params: &mut CertificateParams, now: Timestamp, from: i32, until: i32) {
    const END_OF_9999: i64 = 253_402_300_799;
    let since_1970 = |days: i32, seconds: i64| {
        let second = now.as_second() + i64::from(days) * 86_400 + seconds;
        Duration::from_secs(second.clamp(0, END_OF_9999).unsigned_abs())
    };
    params.not_before = date_time_ymd(1970, 1, 1) + since_1970(from, 0);
    // A second into the last day: who counts whole days from `now` finds as many.
    params.not_after = date_time_ymd(1970, 1, 1) + since_1970(until, 1);
}
