//! A certificate authority of our own, for servers that are not.

use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// The authority.
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority"))
    }

    /// Its own certificate, in DER.
    pub fn root(&self) -> Vec<u8> {
        self.0.der().to_vec()
    }

    /// Writes `<name>.pem` and `<name>.key`: a certificate for these names, and its key.
    pub fn issue(&self, folder: &Path, name: &str, names: &[&str]) {
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let key = KeyPair::generate().expect("a key");
        let certificate =
            CertificateParams::new(names).expect("names").signed_by(&key, &self.0).expect("a certificate");
        std::fs::write(folder.join(format!("{name}.pem")), certificate.pem()).expect("a certificate's file");
        std::fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).expect("a key's file");
    }
}
