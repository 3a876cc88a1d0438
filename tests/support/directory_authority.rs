//! A certificate authority, thrown away with the test.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

/// A certificate and its key, as PEM.
pub struct Identity {
    pub certificate: String,
    pub key: String,
}

/// An authority.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, as DER.
    pub root: Vec<u8>,
    /// The same, as PEM.
    pub pem: String,
}

/// Two of one name would be told apart by their signatures only.
static COUNT: AtomicU32 = AtomicU32::new(1);

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let name = format!("Contoso Test CA {}", COUNT.fetch_add(1, Ordering::Relaxed));
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        let certificate = params.clone().self_signed(&key).expect("a certificate");
        let (root, pem) = (certificate.der().to_vec(), certificate.pem());
        Self { issuer: Issuer::new(params, key), root, pem }
    }

    /// A certificate for a name, valid now.
    pub fn identity(&self, name: &str) -> Identity {
        self.made(name, SystemTime::now() + Duration::from_hours(24))
    }

    /// A certificate for a name, expired yesterday.
    pub fn expired(&self, name: &str) -> Identity {
        self.made(name, SystemTime::now() - Duration::from_hours(24))
    }

    fn made(&self, name: &str, until: SystemTime) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        params.not_before = (until - Duration::from_hours(24 * 30)).into();
        params.not_after = until.into();
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}
