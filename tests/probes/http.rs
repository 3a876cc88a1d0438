//! `http`.

use std::convert::Infallible;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use poolproof::observe::{ErrorClass, Wire};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::world::World;

/// Reads a request's header, and hands it over.
pub async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.expect("a request"));
    }
    String::from_utf8(read).expect("text")
}

/// A server that says this, and closes.
pub async fn saying(at: &str, answer: impl Into<Vec<u8>>) -> World {
    let answer = answer.into();
    let peer = move |mut stream: TcpStream| {
        let answer = answer.clone();
        async move {
            request(&mut stream).await;
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    };
    World::new().listen(at, peer).await
}

pub fn asked() -> Value {
    json!({"url": "http://10.0.0.1/"})
}

#[tokio::test]
async fn an_answer_is_taken_apart() {
    let answer = "HTTP/1.1 401 Unauthorized\r\nServer: Microsoft-IIS/8.5\r\nContent-Type: application/json\r\n\
                  X-MS-Server-Fqdn: FE11.contoso.com\r\nSet-Cookie: secret=hunter2\r\n\
                  WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n\
                  X-Ms-diagnostics: 28020;source=\"fe11.contoso.com\";reason=\"No valid security token.\"\r\n\
                  Content-Length: 8\r\n\r\n{\"a\": 1}";
    let world = saying("10.0.0.1:80", answer).await;
    let facts = world.facts("http", asked()).await;
    assert_eq!((&facts["status"], &facts["version"]), (&json!(401), &json!("HTTP/1.1")));
    assert_eq!((&facts["server_fqdn"], &facts["json"]["a"]), (&json!("FE11.contoso.com"), &json!(1)));
    assert_eq!(facts["schemes"], json!(["Negotiate", "NTLM"]));
    assert_eq!(facts["diagnostics"][0]["id"], 28020);
    assert_eq!((&facts["tls"], &facts["body_bytes"]), (&Value::Null, &json!(8)));
    assert!(!facts.to_string().contains("hunter2"), "{facts}");
    assert!(
        facts["headers"]
            .as_array()
            .is_some_and(|all| all.contains(&json!({"name": "set-cookie", "value": "(hidden)"})))
    );
}

#[tokio::test]
async fn redirects_are_followed_one_by_one_as_far_as_wanted() {
    let peer = |mut stream: TcpStream| async move {
        let line = request(&mut stream).await;
        let answer = if line.starts_with("GET /b ") {
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        } else {
            "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    };
    let world = World::new().listen("10.0.0.1:80", peer).await;
    let facts = world.facts("http", json!({"url": "http://10.0.0.1/a", "redirects": 3})).await;
    assert_eq!((&facts["status"], &facts["url"]), (&json!(200), &json!("http://10.0.0.1/b")));
    let hop = &facts["redirects"][0];
    assert_eq!((&hop["url"], &hop["location"]), (&json!("http://10.0.0.1/a"), &json!("http://10.0.0.1/b")));
    let (facts, unknown) = world.partial("http", json!({"url": "http://10.0.0.1/a"})).await;
    assert_eq!((&facts["status"], &facts["redirects"]), (&json!(302), &json!([])));
    assert_eq!(unknown, ["json"]);
}

#[tokio::test]
async fn silence_is_told_by_its_phase() {
    for (said, phase) in [
        ("", "no byte of an answer came in time"),
        ("HTTP/1.1 200 OK\r\nServer: x\r\n", "it began to answer, but its header was not complete in time"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", "its body was not complete in time"),
    ] {
        let peer = move |mut stream: TcpStream| async move {
            let _ = stream.write_all(said.as_bytes()).await;
            std::future::pending::<()>().await;
        };
        let world = World::new().impatient().listen("10.0.0.1:80", peer).await;
        let message = world.error("http", asked(), ErrorClass::Timeout).await;
        assert!(message.contains(phase), "{message}");
    }
    let world = World::new().impatient().wire("10.0.0.1:80", Wire::Silent);
    let message = world.error("http", asked(), ErrorClass::Timeout).await;
    assert!(message.contains("connect to 10.0.0.1:80"), "{message}");
}

#[tokio::test]
async fn credentials_are_never_sent() {
    let question = json!({"url": "http://10.0.0.1/", "headers": {"Authorization": "Basic hunter2"}});
    let message = World::new().error("http", question, ErrorClass::NotAsked).await;
    assert!(message.contains("authorization") || message.contains("Authorization"), "{message}");
    assert!(!message.contains("hunter2"), "{message}");
}

/// An HTTPS server that tells the HTTP version and the host that it was asked for, with a
/// certificate that nobody knows.
pub async fn secured(world: World, at: &str) -> World {
    let acceptor = TlsAcceptor::from(Arc::new(configuration(&["h2", "http/1.1"])));
    world
        .listen(at, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(async |request: Request<Incoming>| {
                    let host = request.uri().authority().map(ToString::to_string);
                    let host = host.or_else(|| Some(request.headers().get("host")?.to_str().ok()?.to_owned()));
                    let body = Full::new(Bytes::from(format!("{:?} {}", request.version(), host.unwrap_or_default())));
                    Ok::<_, Infallible>(Response::new(body))
                });
                drop(auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
            }
        })
        .await
}

/// TLS with a certificate for `web01.contoso.test` that nobody knows.
pub fn configuration(alpn: &[&str]) -> rustls::ServerConfig {
    let (own, key) = identity();
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own], key)
        .expect("a certificate with its key");
    config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
    config
}

/// A certificate that stands for itself, and its key.
pub fn identity() -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["web01.contoso.test".to_owned()]).expect("parameters");
    let own = params.self_signed(&key).expect("a certificate").der().clone();
    (own, PrivateKeyDer::Pkcs8(key.serialize_der().into()))
}

#[tokio::test]
async fn both_versions_of_http_over_tls() {
    let world = secured(World::new().a("web01.contoso.test.", "10.0.0.1").zone().await, "10.0.0.1:443").await;
    for (version, alpn, told) in [("2", "h2", "HTTP/2"), ("1.1", "http/1.1", "HTTP/1.1")] {
        let params = json!({"url": "https://web01.contoso.test/", "version": version});
        let facts = world.ask("http", params).await.expect("facts").facts.values;
        assert_eq!((&facts["status"], &facts["version"]), (&json!(200), &json!(told)));
        assert_eq!(facts["tls"]["alpn"], alpn);
        assert_eq!((&facts["tls"]["name_matches"], &facts["tls"]["verified"]), (&json!(true), &json!(false)));
        assert!(facts["body"].as_str().is_some_and(|body| body.ends_with(" web01.contoso.test")), "{facts:?}");
    }
    let params = json!({"url": "https://web01.contoso.test/"});
    let facts = world.ask("http", params).await.expect("facts").facts.values;
    assert_eq!(facts["version"], "HTTP/2");
}

#[tokio::test]
async fn every_address_says_where_it_leads_users() {
    let says = |body: &str| format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes();
    let bodies = [
        r#"{"_links":{"user":{"href":"https://webext.contoso.test/u"}}}"#,
        r#"<AutodiscoverResponse><Root><Link token="User" href="https://web.contoso.test/u"/></Root></AutodiscoverResponse>"#,
        "<html></html>",
    ];
    let mut world = World::new();
    for (at, body) in bodies.iter().enumerate() {
        let answer = says(body);
        let peer = move |mut stream: TcpStream| {
            let answer = answer.clone();
            async move {
                request(&mut stream).await;
                let _ = stream.write_all(&answer).await;
            }
        };
        world = world.listen(&format!("10.0.0.{}:80", at + 1), peer).await;
    }
    let world = world.connect("lyncdiscover.contoso.test:80", &["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"]);
    let facts = world.facts("http", json!({"url": "http://lyncdiscover.contoso.test/", "addresses": "all"})).await;
    let led: Vec<&Value> = (0..3).map(|at| &facts["endpoints"][at]["user_host"]).collect();
    assert_eq!(led, [&json!("webext.contoso.test"), &json!("web.contoso.test"), &Value::Null]);
}

#[tokio::test]
async fn connect_and_every_address() {
    let world = secured(World::new(), "10.0.0.1:4443").await;
    let world =
        secured(world, "10.0.0.2:4443").await.connect("web01.contoso.test:443", &["10.0.0.1:4443", "10.0.0.2:4443"]);
    let answer =
        world.ask("http", json!({"url": "https://web01.contoso.test/", "addresses": "all"})).await.expect("facts");
    let endpoints = answer.facts.values["endpoints"].as_array().expect("a list").len();
    assert_eq!(endpoints, 2);
    assert!(answer.connect.iter().any(|connect| connect.contains("10.0.0.2:4443")), "{:?}", answer.connect);
    let error = world
        .closed("10.0.0.2:4443")
        .error("http", json!({"url": "https://web01.contoso.test/", "addresses": "all"}), ErrorClass::Connect)
        .await;
    assert!(error.contains("gave no answer"), "{error}");
}
