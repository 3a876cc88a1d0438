//! A receiver over TLS is held against what the machine trusts. Elsewhere than on Linux, that is not
//! named by a variable.

use std::io::BufReader;
use std::sync::Arc;

use super::notify::run;
use super::receiver::{Receiver, read, respond};

/// A receiver with a certificate by this authority.
fn over_tls(issuer: &rcgen::Issuer<'_, rcgen::KeyPair>) -> Receiver {
    let key = rcgen::KeyPair::generate().expect("a key");
    let parameters = rcgen::CertificateParams::new(["127.0.0.1".to_owned()]).expect("parameters");
    let certificate = parameters.signed_by(&key, issuer).expect("a certificate");
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("a configuration");
    let config = Arc::new(config);
    Receiver::over(Vec::new(), move |stream, answer, keep| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).expect("a connection");
        let mut secured = BufReader::new(rustls::StreamOwned::new(connection, stream));
        if let Some(request) = read(&mut secured) {
            keep(request);
            respond(secured.get_mut(), answer);
        }
    })
}

#[test]
fn certificates_are_held_against_what_the_machine_trusts() {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut parameters = rcgen::CertificateParams::new(Vec::<String>::new()).expect("parameters");
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = parameters.self_signed(&key).expect("a certificate").pem();
    let receiver = over_tls(&rcgen::Issuer::new(parameters, key));
    let url = format!("https://{}/", receiver.address());
    let run = run(&url).file("ca.pem", &pem);
    let ca = run.path("ca.pem").display().to_string();
    run.env("SSL_CERT_FILE", &ca).stderr(" was told").ok();
    assert_eq!(receiver.requests().len(), 1);
    let ran = super::notify::run(&url).args(["--notify-within", "100ms"]).stderr("was not told: ").ok();
    assert!(ran.stderr.contains("certificate"), "{}", ran.stderr);
    assert_eq!(receiver.requests().len(), 1);
}
