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
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::world::World;

/// Reads a request's header, and hands it over.
async fn request(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.expect("a request"));
    }
    String::from_utf8(read).expect("text")
}

/// A server that says this, and closes.
async fn saying(at: &str, answer: impl Into<Vec<u8>>) -> World {
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

/// A server that says the beginning, and then the rest again and again.
async fn endless(world: World, beginning: &'static str, rest: &'static [u8]) -> World {
    let peer = move |mut stream: TcpStream| async move {
        request(&mut stream).await;
        let _ = stream.write_all(beginning.as_bytes()).await;
        while stream.write_all(rest).await.is_ok() {}
    };
    world.listen("10.0.0.1:80", peer).await
}

fn asked() -> Value {
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
async fn a_redirect_loop_is_told() {
    let world = saying("10.0.0.1:80", "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n").await;
    let question = json!({"url": "http://10.0.0.1/", "redirects": 10});
    let message = world.error("http", question, ErrorClass::Protocol).await;
    assert!(message.contains("redirect loop: http://10.0.0.1/ → http://10.0.0.1/"), "{message}");
}

#[tokio::test]
async fn what_breaks_the_rules_is_an_error_that_says_so() {
    for (answer, words) in [
        ("SSH-2.0-OpenSSH_9.6\r\n", "it said `SSH-2.0-OpenSSH_9.6`"),
        ("SIP/2.0 400 Bad Request\r\n\r\n", "it said `SIP/2.0 400 Bad Request`"),
        ("", "closed the connection"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "its body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", "its body"),
        ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain", "can't be decoded"),
    ] {
        let world = saying("10.0.0.1:80", answer).await;
        let message = world.error("http", asked(), ErrorClass::Protocol).await;
        assert!(message.contains(words) && message.contains("http://10.0.0.1/"), "{words}: {message}");
    }
}

#[tokio::test]
async fn an_endless_header_is_an_error() {
    let world = endless(World::new(), "HTTP/1.1 200 OK\r\n", b"x-more: and more\r\n").await;
    let message = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(message.contains("larger than"), "{message}");
}

#[tokio::test]
async fn an_endless_body_is_cut() {
    let world = endless(World::new(), "HTTP/1.1 200 OK\r\n\r\n", &[b'a'; 4096]).await;
    let (facts, unknown) = world.partial("http", asked()).await;
    assert_eq!((&facts["body_truncated"], &facts["body_bytes"]), (&json!(true), &json!(256 << 10)));
    assert_eq!(unknown, ["json"]);
}

#[tokio::test]
async fn silence_is_told_by_its_phase() {
    for (said, phase) in [("", "its answer's header"), ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na", "its body")] {
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

/// An HTTPS server that tells its HTTP version, with a certificate that nobody knows.
async fn secured(world: World, at: &str) -> World {
    let key = rcgen::KeyPair::generate().expect("a key");
    let params = rcgen::CertificateParams::new(vec!["web01.contoso.test".to_owned()]).expect("parameters");
    let own = params.self_signed(&key).expect("a certificate").der().clone();
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a certificate with its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    world
        .listen(at, move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let service = service_fn(async |request: Request<Incoming>| {
                    let host = request.uri().host().map(str::to_owned);
                    let host = host.or_else(|| Some(request.headers().get("host")?.to_str().ok()?.to_owned()));
                    let body = Full::new(Bytes::from(format!("{:?} {}", request.version(), host.unwrap_or_default())));
                    Ok::<_, Infallible>(Response::new(body))
                });
                drop(auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await);
            }
        })
        .await
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

#[tokio::test]
async fn a_connection_that_breaks_in_the_body() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream| {
            request(&mut stream).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf").await;
            let _ = stream.set_zero_linger();
        })
        .await;
    let answer = world.ask("http", asked()).await.expect_err("half a body");
    assert!(matches!(answer.class, ErrorClass::Connect | ErrorClass::Protocol), "{answer:?}");
}

#[tokio::test]
async fn one_byte_a_second_gets_a_verdict_in_time() {
    let world = World::new().impatient().listen("10.0.0.1:80", async |mut stream| {
        request(&mut stream).await;
        for byte in b"HTTP/1.1 200 OK\r\n" {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
    let error = world.await.error("http", asked(), ErrorClass::Timeout).await;
    assert!(error.contains("header was not complete in time"), "{error}");
}

#[tokio::test]
async fn a_banner_before_the_request_is_told() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream| {
            let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n").await;
            let _ = stream.read(&mut [0; 1024]).await;
        })
        .await;
    let error = world.error("http", asked(), ErrorClass::Protocol).await;
    assert!(error.contains("it doesn't speak HTTP, it said `SSH-2.0-OpenSSH_9.2`"), "{error}");
}
