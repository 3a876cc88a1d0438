//! `tls`.

use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use poolproof::observe::{ErrorClass, Trust, Wire};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::world::World;

/// A certificate authority, thrown away after the test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        Self::named("Contoso Test CA")
    }

    fn named(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let der = params.self_signed(&key).expect("a certificate").der().clone();
        Self { issuer: Issuer::new(params, key), der }
    }

    fn issue(&self, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let own = params.signed_by(&key, &self.issuer).expect("a certificate").der().clone();
        Identity { chain: vec![own, self.der.clone()], key }
    }
}

/// What a server shows.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: KeyPair,
}

#[derive(Debug)]
struct Shown(Arc<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

impl Identity {
    fn self_signed(params: &CertificateParams) -> Self {
        let key = KeyPair::generate().expect("a key");
        Self { chain: vec![params.self_signed(&key).expect("a certificate").der().clone()], key }
    }

    /// A server that shows this, whatever it is worth.
    fn server(&self, versions: &[&'static rustls::SupportedProtocolVersion]) -> ServerConfig {
        self.server_asking(versions, WebPkiClientVerifier::no_client_auth())
    }

    fn server_asking(
        &self,
        versions: &[&'static rustls::SupportedProtocolVersion],
        clients: Arc<dyn rustls::server::danger::ClientCertVerifier>,
    ) -> ServerConfig {
        let provider = Arc::new(ring::default_provider());
        let key = PrivateKeyDer::Pkcs8(self.key.serialize_der().into());
        let key = provider.key_provider.load_private_key(key).expect("a key");
        ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions")
            .with_client_cert_verifier(clients)
            .with_cert_resolver(Arc::new(Shown(Arc::new(CertifiedKey::new(self.chain.clone(), key)))))
    }
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut params = CertificateParams::new(names).expect("parameters");
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "sip.contoso.test");
    params
}

/// The moment at which most certificates here are in their dates.
fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().expect("a time")
}

const BOTH: &[&rustls::SupportedProtocolVersion] = rustls::ALL_VERSIONS;

async fn serving(world: World, at: &str, config: ServerConfig) -> World {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    world
        .listen(at, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                if let Ok(mut stream) = acceptor.accept(stream).await {
                    // Stays until the client has gone.
                    let _ = stream.read(&mut [0; 64]).await;
                }
            }
        })
        .await
}

fn sip() -> Value {
    json!({"host": "sip.contoso.test", "port": 5061})
}

async fn world_with(config: ServerConfig, authority: &Authority) -> World {
    let world = World::new().trusting(&authority.der).a("sip.contoso.test.", "10.0.0.1").zone().await;
    serving(world, "10.0.0.1:5061", config).await
}

async fn seen(world: &World) -> Value {
    let answer = world.ask_at("tls", sip(), now()).await.unwrap_or_else(|error| panic!("facts, not {error}"));
    assert!(answer.facts.unknown.is_empty(), "{:?}", answer.facts.unknown);
    Value::Object(answer.facts.values)
}

fn dated(mut params: CertificateParams, from: i32, until: i32) -> CertificateParams {
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    params
}

fn says(facts: &Value, part: &str) {
    let error = facts["verify_error"].as_str().unwrap_or_default();
    assert!(error.contains(part), "`{part}` is missing in `{error}`");
}

#[tokio::test]
async fn a_good_certificate() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test", "*.contoso.test", "10.0.0.1"]), 2025, 2027));
    let world = world_with(identity.server(BOTH), &authority).await;
    let answer = world.ask_at("tls", sip(), now()).await.expect("facts");
    let facts = Value::Object(answer.facts.values);
    assert_eq!(facts["verified"], true, "{}", facts["verify_error"]);
    assert_eq!(facts["verify_error"], json!(null));
    assert_eq!((&facts["trusted"], &facts["name_matches"]), (&json!(true), &json!(true)));
    assert_eq!((&facts["version"], &facts["suite"]), (&json!("TLS 1.3"), &json!("TLS_AES_256_GCM_SHA384")));
    assert_eq!((&facts["address"], &facts["alpn"]), (&json!("10.0.0.1"), &json!(null)));
    assert_eq!(facts["client_certificate_requested"], false);
    let certificate = &facts["certificate"];
    assert_eq!(certificate["names"], json!(["sip.contoso.test", "*.contoso.test", "10.0.0.1"]));
    assert_eq!(certificate["common_name"], "sip.contoso.test");
    assert_eq!(certificate["issuer"], facts["chain"][1]["subject"]);
    assert_eq!(
        (&certificate["not_before"], &certificate["not_after"]),
        (&json!("2025-01-01T00:00:00Z"), &json!("2027-01-01T00:00:00Z"))
    );
    assert_eq!(certificate["days_left"], 305);
    assert_eq!(certificate["key"], json!({"algorithm": "EC", "bits": 256}));
    assert_eq!(certificate["signature_algorithm"], "ecdsa-with-SHA256");
    assert_eq!((&certificate["self_signed"], &facts["chain"][1]["self_signed"]), (&json!(false), &json!(true)));
    assert_eq!(
        (certificate["sha256"].as_str().map(str::len), certificate["sha1"].as_str().map(str::len)),
        (Some(64), Some(40))
    );
    assert_eq!(facts["chain"].as_array().map(Vec::len), Some(2));
    assert_eq!(facts["chain"][0], *certificate);
    assert_eq!(facts["endpoints"].as_array().map(Vec::len), Some(1));
    assert_eq!(answer.evidence.len(), 2);
    assert!(answer.evidence[0].text.starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(answer.connect.is_empty());
}

#[tokio::test]
async fn dates_are_held_against_the_clock_of_the_run() {
    let authority = Authority::new();
    let expired = authority.issue(&dated(params(&["sip.contoso.test"]), 2024, 2026));
    let facts = seen(&world_with(expired.server(BOTH), &authority).await).await;
    assert_eq!(
        (&facts["verified"], &facts["trusted"], &facts["name_matches"]),
        (&json!(false), &json!(true), &json!(true))
    );
    assert_eq!((&facts["certificate"]["expired"], &facts["certificate"]["days_left"]), (&json!(true), &json!(-60)));
    says(&facts, "expired at 2026-01-01T00:00:00Z, 59 days ago");

    let early = authority.issue(&dated(params(&["sip.contoso.test"]), 2027, 2028));
    let facts = seen(&world_with(early.server(BOTH), &authority).await).await;
    assert_eq!((&facts["verified"], &facts["trusted"]), (&json!(false), &json!(true)));
    assert_eq!(facts["certificate"]["not_yet_valid"], true);
    says(&facts, "not valid before 2027-01-01T00:00:00Z");
}

#[tokio::test]
async fn a_wrong_name() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["access.contoso.test"]), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &authority).await).await;
    assert_eq!(
        (&facts["verified"], &facts["trusted"], &facts["name_matches"]),
        (&json!(false), &json!(true), &json!(false))
    );
    says(&facts, "it is for access.contoso.test, not for sip.contoso.test");
}

#[tokio::test]
async fn a_common_name_counts_where_there_are_no_others() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&[]), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &authority).await).await;
    assert_eq!((&facts["verified"], &facts["name_matches"]), (&json!(true), &json!(true)), "{}", facts["verify_error"]);
}

#[tokio::test]
async fn issuers_that_nobody_knows() {
    let identity = Identity::self_signed(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &Authority::new()).await).await;
    assert_eq!(
        (&facts["verified"], &facts["trusted"], &facts["name_matches"]),
        (&json!(false), &json!(false), &json!(true))
    );
    assert_eq!(facts["certificate"]["self_signed"], true);
    says(&facts, "unknown issuer: it is self-signed");

    let identity = Authority::named("Fabrikam CA").issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &Authority::new()).await).await;
    assert_eq!((&facts["verified"], &facts["trusted"]), (&json!(false), &json!(false)));
    says(&facts, "unknown issuer: CN=Fabrikam CA");

    // Another authority of the same name.
    let identity = Authority::new().issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &Authority::new()).await).await;
    assert_eq!(facts["trusted"], false);
    says(&facts, "a signature in its chain is wrong");
}

#[tokio::test]
async fn all_that_is_wrong_is_told() {
    let identity = Authority::named("Fabrikam CA").issue(&dated(params(&["access.contoso.test"]), 2020, 2021));
    let facts = seen(&world_with(identity.server(BOTH), &Authority::new()).await).await;
    for part in ["expired", "unknown issuer", "not for sip.contoso.test"] {
        says(&facts, part);
    }
}

#[tokio::test]
async fn a_certificate_for_clients_only() {
    let authority = Authority::new();
    let mut params = dated(params(&["sip.contoso.test"]), 2025, 2027);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    let facts = seen(&world_with(authority.issue(&params).server(BOTH), &authority).await).await;
    assert_eq!((&facts["verified"], &facts["certificate"]["server_auth"]), (&json!(false), &json!(false)));
    says(&facts, "server authentication");
}

#[tokio::test]
async fn a_certificate_that_verifiers_refuse_to_parse_is_told_about() {
    // Version 3 becomes version 1: its own signature is spoilt, the key still fits.
    let authority = Authority::new();
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
        let mut identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
        let mut der = identity.chain[0].to_vec();
        let version = der.windows(5).position(|bytes| bytes == [0xa0, 3, 2, 1, 2]).expect("a version");
        der[version + 4] = 0;
        identity.chain[0] = der.into();
        let facts = seen(&world_with(identity.server(versions), &authority).await).await;
        assert_eq!((&facts["verified"], &facts["trusted"]), (&json!(false), &json!(false)));
        assert_eq!(facts["certificate"]["common_name"], "sip.contoso.test");
        assert!(facts["verify_error"].is_string());
    }
}

#[tokio::test]
async fn versions_suites_and_protocols() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let mut config = identity.server(&[&rustls::version::TLS12]);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let world = world_with(config, &authority).await;
    let question = json!({"host": "sip.contoso.test", "port": 5061, "alpn": ["http/1.1", "h2"]});
    let answer = world.ask_at("tls", question, now()).await.expect("facts");
    let facts = answer.facts.values;
    assert_eq!((&facts["version"], &facts["alpn"]), (&json!("TLS 1.2"), &json!("h2")));
    assert_eq!(facts["suite"], "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384");
}

#[tokio::test]
async fn the_name_is_chosen_apart_from_the_address() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let (names, mut asked) = tokio::sync::mpsc::unbounded_channel();
    let config = Arc::new(identity.server(BOTH));
    let world = World::new()
        .trusting(&authority.der)
        .listen("10.0.0.7:443", move |stream| {
            let (names, config) = (names.clone(), Arc::clone(&config));
            async move {
                let hello = tokio_rustls::LazyConfigAcceptor::new(Acceptor::default(), stream).await.expect("a hello");
                let name = hello.client_hello().server_name().map(str::to_owned);
                names.send(name).expect("the test listens");
                let _ = hello.into_stream(config).await;
            }
        })
        .await;
    for (question, sni, matches) in [
        (json!({"host": "sip.contoso.test", "address": "10.0.0.7", "port": 443}), Some("sip.contoso.test"), true),
        (json!({"host": "10.0.0.7", "port": 443, "sni": "other.contoso.test"}), Some("other.contoso.test"), false),
        (json!({"host": "10.0.0.7", "port": 443}), None, false),
        (json!({"host": "sip.contoso.test", "address": "10.0.0.7", "port": 443, "sni": "none"}), None, true),
    ] {
        let facts = world.ask_at("tls", question.clone(), now()).await.expect("facts").facts.values;
        assert_eq!(asked.recv().await.expect("a hello").as_deref(), sni, "{question}");
        assert_eq!(facts["name_matches"], matches, "{question}");
        assert_eq!(facts["address"], "10.0.0.7");
    }
}

#[tokio::test]
async fn every_address_is_looked_at() {
    let authority = Authority::new();
    let good = authority.issue(&dated(params(&["pool.contoso.test"]), 2025, 2027));
    let old = authority.issue(&dated(params(&["pool.contoso.test"]), 2020, 2021));
    let world = World::new()
        .trusting(&authority.der)
        .a("pool.contoso.test.", "10.0.0.1")
        .a("pool.contoso.test.", "10.0.0.2")
        .zone()
        .await;
    let world = serving(world, "10.0.0.1:443", good.server(BOTH)).await;
    let world = serving(world, "10.0.0.2:443", old.server(BOTH)).await;
    let question = json!({"host": "pool.contoso.test", "port": 443, "addresses": "all"});
    let answer = world.ask_at("tls", question.clone(), now()).await.expect("facts");
    let facts = Value::Object(answer.facts.values);
    let endpoints = facts["endpoints"].as_array().expect("a list");
    let told: Vec<_> = endpoints.iter().map(|one| (&one["address"], &one["verified"])).collect();
    assert_eq!(told, [(&json!("10.0.0.1"), &json!(true)), (&json!("10.0.0.2"), &json!(false))]);
    assert_eq!((&facts["verified"], &facts["address"]), (&json!(false), &json!("10.0.0.1")));
    says(&facts, "10.0.0.2: expired");
    assert_eq!(answer.evidence[0].label, "certificate 0 of 10.0.0.1");

    // One that can't be looked at: not all were seen.
    let world = world.closed("10.0.0.2:443");
    let message = world.ask_at("tls", question, now()).await.expect_err("one is missing").message;
    assert!(message.starts_with("1 of 2 addresses of pool.contoso.test:443"), "{message}");
}

#[tokio::test]
async fn connect_is_reported() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let world = World::new().trusting(&authority.der).connect("sip.contoso.test:5061", &["198.51.100.20:443"]);
    let world = serving(world, "198.51.100.20:443", identity.server(BOTH)).await;
    for extra in ["first", "all"] {
        let question = json!({"host": "sip.contoso.test", "port": 5061, "addresses": extra});
        let answer = world.ask_at("tls", question, now()).await.expect("facts");
        assert_eq!(answer.connect, ["sip.contoso.test:5061 → 198.51.100.20:443"]);
        assert_eq!(answer.facts.values["address"], "198.51.100.20");
        assert_eq!(answer.facts.values["verified"], true);
    }
}

#[tokio::test]
async fn a_server_that_insists_on_a_client_certificate_is_still_seen() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.der.clone()).expect("a root");
    let provider = Arc::new(ring::default_provider());
    let clients = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().expect("a verifier");
    for versions in [&[&rustls::version::TLS12][..], &[&rustls::version::TLS13]] {
        let config =
            identity.server_asking(versions, Arc::<dyn rustls::server::danger::ClientCertVerifier>::clone(&clients));
        let facts = seen(&world_with(config, &authority).await).await;
        assert_eq!(facts["client_certificate_requested"], true);
        assert_eq!(facts["verified"], true, "{}", facts["verify_error"]);
        assert!(facts["suite"].as_str().expect("a suite").starts_with("TLS_"), "{}", facts["suite"]);
    }
}

#[tokio::test]
async fn very_many_names_are_bounded() {
    let authority = Authority::new();
    let names: Vec<String> = (0..2_000).map(|n| format!("n{n}.contoso.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let identity = authority.issue(&dated(params(&names), 2025, 2027));
    let facts = seen(&world_with(identity.server(BOTH), &authority).await).await;
    assert_eq!(facts["certificate"]["names"].as_array().map(Vec::len), Some(1000));
    assert_eq!(facts["certificate"]["names_truncated"], true);
    says(&facts, "not for sip.contoso.test");

    let names: Vec<String> = (0..10_000).map(|n| format!("n{n}.contoso.test")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let identity = authority.issue(&dated(params(&names), 2025, 2027));
    let world = world_with(identity.server(BOTH), &authority).await;
    let message = world.error("tls", sip(), ErrorClass::Protocol).await;
    assert!(message.contains("larger than the 64 KiB"), "{message}");
}

#[tokio::test]
async fn a_very_long_chain_is_bounded() {
    let authority = Authority::new();
    let mut identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    identity.chain.extend(std::iter::repeat_n(authority.der.clone(), 40));
    let world = world_with(identity.server(BOTH), &authority).await;
    let answer = world.ask_at("tls", sip(), now()).await.expect("facts");
    assert!(answer.facts.unknown["chain"].contains("42 certificates"), "{:?}", answer.facts.unknown);
    assert_eq!(answer.evidence.len(), 16);
}

/// A server that is no TLS server, or a bad one.
async fn misbehaving<F>(world: World, peer: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> World
where
    F: Future<Output = ()> + Send + 'static,
{
    world.listen("10.0.0.1:5061", peer).await.connect("sip.contoso.test:5061", &["10.0.0.1:5061"])
}

#[tokio::test]
async fn handshakes_that_are_cut_are_not_called_down() {
    let eof = misbehaving(World::new(), |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let reset = misbehaving(World::new(), |stream| async move {
        // Closing with unread bytes resets.
        stream.readable().await.expect("a hello");
        drop(stream);
    })
    .await;
    let alert = misbehaving(World::new(), |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        // handshake_failure(40), fatal.
        let _ = stream.write_all(&[21, 3, 3, 0, 2, 2, 40]).await;
    })
    .await;
    let old = misbehaving(World::new(), |mut stream| async move {
        let _ = stream.read(&mut [0; 4096]).await;
        // protocol_version(70), fatal.
        let _ = stream.write_all(&[21, 3, 1, 0, 2, 2, 70]).await;
    })
    .await;
    for (world, raw) in [(eof, "closed"), (reset, "reset"), (alert, "HandshakeFailure"), (old, "ProtocolVersion")] {
        let message = world.error("tls", sip(), ErrorClass::Tls).await;
        for part in ["no common TLS parameters, or refused", "Windows Server 2012 R2", raw] {
            assert!(message.contains(part), "`{part}` is missing in: {message}");
        }
        assert!(!message.contains("down"), "{message}");
    }
}

#[tokio::test]
async fn other_protocols_are_told() {
    let world = misbehaving(World::new(), |mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        let _ = stream.read(&mut [0; 4096]).await;
    })
    .await;
    let message = world.error("tls", sip(), ErrorClass::Protocol).await;
    assert!(message.contains("doesn't speak TLS, it said `HTTP/1.1 400 Bad Request`"), "{message}");
}

#[tokio::test]
async fn peers_without_haste_get_a_verdict_in_time() {
    let mute = misbehaving(World::new().impatient(), |stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let slow = misbehaving(World::new().impatient(), |mut stream| async move {
        for byte in [22, 3, 3, 0, 122].into_iter().chain(std::iter::repeat(0)) {
            if stream.write_all(&[byte]).await.is_err() {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    })
    .await;
    let silent = World::new()
        .impatient()
        .wire("10.0.0.1:5061", Wire::Silent)
        .connect("sip.contoso.test:5061", &["10.0.0.1:5061"]);
    for world in [mute, slow, silent] {
        world.error("tls", sip(), ErrorClass::Timeout).await;
    }
}

#[tokio::test]
async fn a_refused_connection_is_an_error() {
    let world = World::new().host("10.0.0.1").connect("sip.contoso.test:5061", &["10.0.0.1:5061"]);
    let message = world.error("tls", sip(), ErrorClass::Connect).await;
    assert_eq!(
        message,
        "connect to sip.contoso.test:5061 (sip.contoso.test:5061 → 10.0.0.1:5061): 10.0.0.1:5061: refused"
    );
}

#[tokio::test]
async fn a_thousandth_of_a_day_is_no_day() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let world = world_with(identity.server(BOTH), &authority).await;
    let end: Timestamp = "2027-01-01T00:00:00Z".parse().expect("a time");
    for (at, left) in [(end - 1.second(), 0), (end, 0), (end + 1.second(), -1)] {
        let facts = world.ask_at("tls", sip(), at).await.expect("facts").facts.values;
        assert_eq!(facts["certificate"]["days_left"], left, "{at}");
        assert_eq!(facts["certificate"]["expired"], left < 0, "{at}");
    }
}

#[tokio::test]
async fn the_platforms_roots_do_not_know_a_private_authority() {
    let authority = Authority::new();
    let identity = authority.issue(&dated(params(&["sip.contoso.test"]), 2025, 2027));
    let mut network_of = world_with(identity.server(BOTH), &authority).await;
    for (trust, trusted) in [(Trust::Platform, false), (Trust::PlatformAnd(vec![authority.der.to_vec()]), true)] {
        network_of.trust_in(trust);
        let answer = network_of.ask_at("tls", sip(), now()).await.expect("facts");
        // A machine without any roots can't judge by them: then it says so.
        match answer.facts.values.get("trusted") {
            Some(judged) => assert_eq!(*judged, json!(trusted)),
            None => assert!(answer.facts.unknown["trusted"].contains("platform")),
        }
    }
}

/// What a server says to the second hello: by OpenSSL, or by hand in a build without it.
#[tokio::test]
async fn a_server_that_is_asked_by_older_tls_is_told_by_what_it_says() {
    let flood = [vec![22, 3, 1, 0x40, 0], vec![0; 1 << 14]].concat().repeat(20);
    let cases: [(&[u8], &str, &str); 4] = [
        (&[21, 3, 1, 0, 2, 2, 40], "it refuses too (handshake_failure)", "either, or refused (handshake_failure)"),
        (
            b"220 mail.contoso.test",
            "it answers what can't be read: it doesn't speak TLS",
            "it doesn't speak TLS, it said `220 m",
        ),
        (b"", "it ends the connection too", "either, or refused (closed without an answer)"),
        (&flood, "more than is read of a server's first flight", "by OpenSSL"),
    ];
    for (said, by_hand, by_openssl) in cases {
        let words = if cfg!(feature = "legacy-tls") { by_openssl } else { by_hand };
        let said = said.to_vec();
        let asked = std::sync::atomic::AtomicBool::new(false);
        let serve = move |mut stream: tokio::net::TcpStream| {
            let again = asked.swap(true, std::sync::atomic::Ordering::Relaxed);
            let said = if again { said.clone() } else { vec![21, 3, 3, 0, 2, 2, 40] };
            async move {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut hello = [0; 16];
                drop(stream.read(&mut hello).await);
                drop(stream.write_all(&said).await);
                drop(stream.shutdown().await);
                drop(stream.read_to_end(&mut Vec::new()).await);
            }
        };
        let world = World::new().listen("10.1.0.11:5061", serve).await.older_tls_after_failure("10.1.0.11");
        let message = world.error("tls", json!({"host": "10.1.0.11", "port": 5061}), ErrorClass::Tls).await;
        assert!(message.contains("the server may well be healthy (received fatal alert"), "{message}");
        assert!(message.contains(words), "{message}");
    }
}
