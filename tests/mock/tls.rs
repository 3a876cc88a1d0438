use std::io::ErrorKind;
use std::sync::Arc;

use poolproof::mock::Mock;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, ProtocolVersion, RootCertStore, SignatureScheme, version,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::{Client, NOW, contoso, serve};

/// Records what is presented, and judges it as webpki does at the run's time.
#[derive(Debug)]
struct Judge {
    webpki: Arc<rustls::client::WebPkiServerVerifier>,
    verdict: std::sync::Mutex<Option<Result<(), rustls::Error>>>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(NOW.unsigned_abs()));
        let verdict = self.webpki.verify_server_cert(certificate, chain, name, &[], now).map(drop);
        *self.verdict.lock().expect("not poisoned") = Some(verdict);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.webpki.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.webpki.supported_verify_schemes()
    }
}

/// A handshake that came to its end.
struct Shaken {
    stream: TlsStream<TcpStream>,
    verdict: Result<(), rustls::Error>,
    chain: Vec<CertificateDer<'static>>,
}

impl Shaken {
    fn leaf(&self) -> X509Certificate<'_> {
        X509Certificate::from_der(self.chain.first().expect("a certificate")).expect("X.509").1
    }
}

#[derive(Clone, Copy, Default)]
struct Options {
    old: bool,
    certificate: bool,
}

async fn handshake(client: &Client, address: &str, name: &str, options: Options) -> std::io::Result<Shaken> {
    let mut roots = RootCertStore::empty();
    for root in client.roots() {
        roots.add(root.into()).expect("a root");
    }
    let provider = Arc::new(default_provider());
    let webpki = rustls::client::WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
        .build()
        .expect("a verifier");
    let judge = Arc::new(Judge { webpki, verdict: std::sync::Mutex::default() });
    let versions = if options.old { &[&version::TLS12][..] } else { rustls::ALL_VERSIONS };
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .expect("versions")
        .dangerous()
        .with_custom_certificate_verifier(Arc::<Judge>::clone(&judge));
    let config = if options.certificate {
        let made = rcgen::generate_simple_self_signed(["sip.fabrikam.com".to_owned()]).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        config.with_client_auth_cert(vec![made.cert.der().clone()], key).expect("a client certificate")
    } else {
        config.with_no_client_auth()
    };
    let stream = client.connect(address).await;
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    let verdict = judge.verdict.lock().expect("not poisoned").take().expect("judged");
    Ok(Shaken { stream, verdict, chain })
}

async fn shake(mock: &Mock, vantage: &str, address: &str, name: &str) -> Shaken {
    let client = Client::at(mock, vantage);
    handshake(&client, address, name, Options::default()).await.unwrap_or_else(|error| panic!("{address}: {error}"))
}

#[tokio::test]
async fn contoso_presents_good_certificates() {
    let mock = contoso(None).await;
    for (vantage, address, name) in [
        ("internal", "10.1.0.21:5061", "pool02.contoso.com"),
        ("internal", "10.1.0.22:5061", "fe22.contoso.com"),
        ("internal", "10.1.0.11:5061", "sip.contoso.net"),
        ("internal", "10.1.0.20:443", "lyncdiscoverinternal.contoso.net"),
        ("internal", "10.2.0.21:443", "meet.contoso.com"),
        ("internal", "10.1.9.21:5062", "edge02.contoso.com"),
        ("external", "198.51.100.10:443", "sip.contoso.com"),
        ("external", "198.51.100.20:443", "sip.contoso.net"),
        ("external", "198.51.100.21:443", "wc2.contoso.com"),
        ("external", "198.51.100.32:443", "webext02.contoso.com"),
        ("external", "203.0.113.10:5061", "sip.fabrikam.com"),
    ] {
        let shaken = shake(&mock, vantage, address, name).await;
        assert_eq!(shaken.verdict, Ok(()), "{address} {name}");
    }
    let shaken = shake(&mock, "external", "198.51.100.20:443", "sip.contoso.com").await;
    assert_eq!(shaken.chain.len(), 2, "the intermediate is presented, the root is not");
    let leaf = shaken.leaf();
    assert_eq!(leaf.subject().to_string(), "CN=sip.contoso.com");
    assert_eq!(leaf.issuer().to_string(), "CN=Example Public Issuing CA");
    let names = leaf.subject_alternative_name().expect("readable").expect("there").value.general_names.clone();
    assert_eq!(names, ["sip.contoso.com", "wc2.contoso.com", "sip.contoso.net"].map(GeneralName::DNSName).to_vec());
    assert_eq!((leaf.validity().not_after.timestamp() - NOW) / 86_400, 300);
    assert_eq!(leaf.validity().not_before.timestamp(), NOW - 30 * 86_400);
    let purposes = leaf.extended_key_usage().expect("readable").expect("there").value;
    assert!(purposes.server_auth && purposes.client_auth);
    assert!(
        leaf.extensions()
            .iter()
            .any(|extension| extension.oid == x509_parser::oid_registry::OID_X509_EXT_CRL_DISTRIBUTION_POINTS)
    );
}

const CERTIFICATES: &str = "\
authorities:
  ca: { subject: CA }
  rsa: { subject: RSA CA, key: rsa-2048 }
  unknown: { subject: Unknown CA, trusted: false }
  between: { subject: Between, issuer: ca }
certificates:
  good: { subject: a.b, names: [a.b], issuer: ca }
  expired: { subject: a.b, names: [a.b], issuer: ca, days_left: -3 }
  early: { subject: a.b, names: [a.b], issuer: ca, starts_in_days: 5 }
  other: { subject: a.b, names: [c.d], issuer: ca }
  stranger: { subject: a.b, names: [a.b], issuer: unknown }
  alone: { subject: a.b, names: [a.b] }
  chained: { subject: a.b, names: [a.b], issuer: between, key: ec-p384 }
  unchained: { subject: a.b, names: [a.b], issuer: between, missing_intermediate: true }
  pss: { subject: a.b, names: [a.b], issuer: rsa, signature: rsassa-pss }
  rsa: { subject: a.b, names: [a.b], issuer: rsa, key: rsa-2048 }
  signing: { subject: a.b, names: [a.b], issuer: ca, extended_key_usage: [code-signing] }
dns: { internal: { server: 10.0.0.53, zones: [b.c] } }
hosts:
  10.0.0.1:
    name: web
    from: [internal]
    ports:
      1: { tls: good }
      2: { tls: expired }
      3: { tls: early }
      4: { tls: other }
      5: { tls: stranger }
      6: { tls: alone }
      7: { tls: chained }
      8: { tls: unchained }
      9: { tls: pss }
      10: { tls: rsa }
      11: { tls: signing }
      20: { tls: good, versions: [TLS1.2] }
      21: { tls: good, versions: [TLS1.3] }
      30: { tls: good, client_certificate: required }
      31: { tls: good, client_certificate: asked }
      40: { tls: good, fault: { kind: reset } }
      41: { tls: good, fault: { kind: close } }
      42: { tls: good, fault: { kind: garbage } }
      43: { tls: good, fault: { kind: slow } }
      44: { tls: good, fault: { kind: close, times: 2 } }
      45: { tls: good, fault: { delay: 200ms } }
";

#[tokio::test]
async fn bad_certificates_are_bad_in_the_way_they_say() {
    let mock = serve(CERTIFICATES).await;
    let certificate = |error: &rustls::Error| match error {
        rustls::Error::InvalidCertificate(error) => error.clone(),
        other => panic!("{other}"),
    };
    for (port, chain, wanted) in [
        (1, 1, "good"),
        (2, 1, "expired"),
        (3, 1, "early"),
        (4, 1, "name"),
        (5, 1, "issuer"),
        (6, 1, "issuer"),
        (7, 2, "good"),
        (8, 1, "issuer"),
        (9, 1, "good"),
        (10, 1, "good"),
        (11, 1, "purpose"),
    ] {
        let shaken = shake(&mock, "internal", &format!("10.0.0.1:{port}"), "a.b").await;
        assert_eq!(shaken.chain.len(), chain, "port {port}");
        let verdict = match shaken.verdict.as_ref().map_err(certificate) {
            Ok(()) => "good",
            Err(CertificateError::Expired | CertificateError::ExpiredContext { .. }) => "expired",
            Err(CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. }) => "early",
            Err(CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. }) => "name",
            Err(CertificateError::UnknownIssuer) => "issuer",
            Err(CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. }) => "purpose",
            Err(other) => panic!("port {port}: {other}"),
        };
        assert_eq!(verdict, wanted, "port {port}");
    }
    let pss = shake(&mock, "internal", "10.0.0.1:9", "a.b").await;
    assert_eq!(pss.leaf().signature_algorithm.algorithm, x509_parser::oid_registry::OID_PKCS1_RSASSAPSS);
    assert_eq!(pss.leaf().signature_algorithm, pss.leaf().signature);
    let alone = shake(&mock, "internal", "10.0.0.1:6", "a.b").await;
    assert_eq!(alone.leaf().subject(), alone.leaf().issuer());
}

#[tokio::test]
async fn versions_are_what_the_port_says() {
    let mock = serve(CERTIFICATES).await;
    let client = Client::at(&mock, "internal");
    let version = async |address, old| {
        let options = Options { old, ..Options::default() };
        let shaken = handshake(&client, address, "a.b", options).await?;
        std::io::Result::Ok(shaken.stream.get_ref().1.protocol_version())
    };
    assert_eq!(version("10.0.0.1:20", false).await.expect("connects"), Some(ProtocolVersion::TLSv1_2));
    assert_eq!(version("10.0.0.1:21", false).await.expect("connects"), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(version("10.0.0.1:1", true).await.expect("connects"), Some(ProtocolVersion::TLSv1_2));
    let refused = version("10.0.0.1:21", true).await.expect_err("no common version");
    assert!(refused.to_string().contains("ProtocolVersion"), "{refused}");
}

#[tokio::test]
async fn who_has_no_certificate_is_turned_away_after_the_handshake() {
    let mock = serve(CERTIFICATES).await;
    let client = Client::at(&mock, "internal");
    for old in [true, false] {
        let options = Options { old, certificate: false };
        let mut shaken = handshake(&client, "10.0.0.1:30", "a.b", options).await.expect("the handshake is completed");
        assert_eq!(shaken.verdict, Ok(()));
        let mut rest = Vec::new();
        let ended = shaken.stream.read_to_end(&mut rest).await;
        assert!(rest.is_empty() && matches!(ended, Ok(0) | Err(_)), "it hangs up");
    }
    for (port, certificate) in [(30, true), (31, false), (31, true)] {
        let options = Options { old: false, certificate };
        let address = format!("10.0.0.1:{port}");
        let mut shaken = handshake(&client, &address, "a.b", options).await.expect("connects");
        // It stays until we leave: only then does the end come.
        shaken.stream.write_all(b"REGISTER").await.expect("it reads");
        shaken.stream.flush().await.expect("it reads");
        let mut byte = [0; 1];
        let silence = std::time::Duration::from_millis(100);
        assert!(tokio::time::timeout(silence, shaken.stream.read(&mut byte)).await.is_err(), "{address} stays");
    }
}

#[tokio::test]
async fn faults_in_the_handshake() {
    let mock = serve(CERTIFICATES).await;
    let client = Client::at(&mock, "internal");
    let shake = async |port: u16| {
        let address = format!("10.0.0.1:{port}");
        handshake(&client, &address, "a.b", Options::default()).await.map(|shaken| shaken.verdict)
    };
    assert_eq!(shake(40).await.expect_err("reset").kind(), ErrorKind::ConnectionReset);
    assert_eq!(shake(41).await.expect_err("end of file").kind(), ErrorKind::UnexpectedEof);
    assert_eq!(shake(42).await.expect_err("not TLS").kind(), ErrorKind::InvalidData);
    assert_eq!(shake(44).await.expect_err("the first").kind(), ErrorKind::UnexpectedEof);
    assert_eq!(shake(44).await.expect_err("the second").kind(), ErrorKind::UnexpectedEof);
    assert_eq!(shake(44).await.expect("the third is served"), Ok(()));
    let begun = tokio::time::Instant::now();
    assert_eq!(shake(45).await.expect("late"), Ok(()));
    assert!(begun.elapsed().as_millis() >= 200);
}

#[tokio::test]
async fn slow_bytes_come_one_by_one_and_are_right() {
    let mock = serve(CERTIFICATES).await;
    let client = Client::at(&mock, "internal");
    let begun = tokio::time::Instant::now();
    let shaken = handshake(&client, "10.0.0.1:43", "a.b", Options::default()).await.expect("slow, and served");
    assert_eq!(shaken.verdict, Ok(()));
    let certificate = shaken.chain.first().expect("a certificate").len();
    assert!(begun.elapsed().as_millis() >= certificate as u128, "at least a millisecond a byte");
}
