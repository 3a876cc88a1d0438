//! `http`: what is sent, what is shown of it, and what is made of the answer.

use std::sync::Arc;

use poolproof::observe::ErrorClass;
use rustls::RootCertStore;
use rustls::server::WebPkiClientVerifier;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::http::{asked, configuration, identity, request, saying, secured};
use super::world::World;

/// A server whose body is the request that it got.
async fn mirror(at: &str) -> World {
    World::new()
        .listen(at, async |mut stream: TcpStream| {
            let asked = request(&mut stream).await;
            let length = asked.len();
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{asked}");
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await
}

/// The header fields that arrived, names in lower case.
async fn sent(world: &World, question: Value) -> Vec<String> {
    let (facts, _) = world.partial("http", question).await;
    let body = facts["body"].as_str().expect("a text").to_owned();
    let mut fields: Vec<String> = body.lines().skip(1).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    fields.sort();
    fields
}

#[tokio::test]
async fn nothing_is_asked_for_that_the_question_does_not_name() {
    let world = mirror("10.0.0.1:80").await;
    let ours = format!("user-agent: poolproof/{}", env!("CARGO_PKG_VERSION"));
    let expected = ["accept-encoding: identity", "connection: close", "host: 10.0.0.1", ours.as_str()];
    assert_eq!(sent(&world, asked()).await, expected);
    let accept = "application/vnd.microsoft.rtc.autodiscover+xml;v=1";
    let question =
        json!({"url": "http://10.0.0.1/", "headers": {"Accept": accept, "Host": "lyncdiscover.contoso.test"}});
    let found = sent(&world, question).await;
    assert!(found.contains(&format!("accept: {accept}")), "{found:?}");
    assert!(found.contains(&"host: lyncdiscover.contoso.test".to_owned()), "{found:?}");
}

#[tokio::test]
async fn a_host_of_the_question_is_sent_in_either_version() {
    let world = secured(World::new().a("web01.contoso.test.", "10.0.0.1").zone().await, "10.0.0.1:443").await;
    for (version, told) in [("1.1", "HTTP/1.1"), ("2", "HTTP/2.0")] {
        let mut question = json!({"url": "https://web01.contoso.test/", "version": version});
        let (facts, _) = world.partial("http", question.clone()).await;
        assert_eq!(facts["body"], format!("{told} web01.contoso.test"));
        question["headers"] = json!({"host": "meet.contoso.test:8443"});
        let (facts, _) = world.partial("http", question.clone()).await;
        assert_eq!(facts["body"], format!("{told} meet.contoso.test:8443"));
    }
    // Left out, it would be another question: what answers to the URL's host would pass.
    for host in ["a host", "b\u{fc}cher.test", "meet.contoso.test/path", "user@meet.contoso.test", ""] {
        for version in ["1.1", "2"] {
            let question = json!({"url": "https://web01.contoso.test/", "version": version, "headers": {"host": host}});
            let message = world.error("http", question, ErrorClass::NotAsked).await;
            assert!(message.contains("`host` has a value that can't be sent"), "{message}");
        }
    }
}

#[tokio::test]
async fn a_header_named_twice_is_not_half_sent() {
    let world = World::new();
    for (one, other) in [("X-Ms-Origin", "x-ms-origin"), ("User-Agent", "user-agent")] {
        let question = json!({"url": "http://10.0.0.1/", "headers": {one: "a", other: "b"}});
        let message = world.error("http", question, ErrorClass::NotAsked).await;
        assert!(message.contains("is there twice"), "{message}");
    }
}

#[tokio::test]
async fn a_host_is_for_the_first_request_alone() {
    let world = World::new()
        .listen("10.0.0.1:80", async |mut stream: TcpStream| {
            let asked = request(&mut stream).await;
            let answer = if asked.starts_with("GET / ") {
                "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n".to_owned()
            } else {
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{asked}", asked.len())
            };
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
    let question = json!({"url": "http://10.0.0.1/", "redirects": 1, "headers": {"host": "meet.contoso.test"}});
    let answer = world.ask("http", question).await.expect("facts");
    assert!(answer.facts.values["body"].as_str().is_some_and(|body| body.contains("host: 10.0.0.1\r\n")));
    let requests: Vec<_> = answer.evidence.iter().filter(|one| one.label.starts_with("request")).collect();
    assert_eq!(requests.len(), 2);
    assert!(requests[0].text.contains("host: meet.contoso.test\n") && requests[0].text.starts_with("GET / HTTP/1.1\n"));
    assert!(requests[1].text.contains("host: 10.0.0.1\n") && requests[1].text.starts_with("GET /next HTTP/1.1\n"));
}

#[tokio::test]
async fn the_evidence_shows_the_request() {
    let world = secured(World::new().a("web01.contoso.test.", "10.0.0.1").zone().await, "10.0.0.1:443").await;
    for (version, line) in
        [("1.1", "GET /root?a=b HTTP/1.1\n"), ("2", "GET https://web01.contoso.test/root?a=b HTTP/2.0\n")]
    {
        let question =
            json!({"url": "https://web01.contoso.test/root?a=b", "version": version, "headers": {"x-a": "b"}});
        let answer = world.ask("http", question).await.expect("facts");
        let text = &answer.evidence.iter().find(|one| one.label == "request").expect("a request").text;
        assert!(text.starts_with(line) && text.contains("x-a: b\n"), "{text}");
    }
}

#[tokio::test]
async fn a_server_that_wants_a_client_certificate_is_told() {
    let (root, _) = identity();
    let (own, key) = identity();
    let mut roots = RootCertStore::empty();
    roots.add(root).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("a version")
        .with_client_cert_verifier(verifier.build().expect("a verifier"))
        .with_single_cert(vec![own], key)
        .expect("a certificate with its key");
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let world = World::new().a("web01.contoso.test.", "10.0.0.1").zone().await;
    let world = world
        .listen("10.0.0.1:443", move |stream| {
            let acceptor = acceptor.clone();
            async move {
                // The client is refused, and told so by an alert.
                if let Err((error, mut stream)) = acceptor.accept(stream).into_fallible().await {
                    drop(error);
                    let _ = stream.read(&mut [0; 1024]).await;
                }
            }
        })
        .await;
    let error = world.ask("http", json!({"url": "https://web01.contoso.test/"})).await.expect_err("refused");
    assert!(matches!(error.class, ErrorClass::Tls | ErrorClass::Connect), "{error:?}");
    assert!(error.message.contains("client certificate") && error.message.contains("none is shown"), "{error:?}");
}

#[tokio::test]
async fn a_server_that_closes_after_the_handshake_may_want_a_client_certificate() {
    for alpn in ["h2", "http/1.1"] {
        let acceptor = TlsAcceptor::from(Arc::new(configuration(&[alpn])));
        let world = World::new().a("web01.contoso.test.", "10.0.0.1").zone().await;
        let world = world
            .listen("10.0.0.1:443", move |stream| {
                let acceptor = acceptor.clone();
                async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let _ = stream.read(&mut [0; 1024]).await;
                    let _ = stream.shutdown().await;
                }
            })
            .await;
        let error = world.ask("http", json!({"url": "https://web01.contoso.test/"})).await.expect_err("closed");
        assert!(error.message.contains("before any answer"), "{error:?}");
        assert!(error.message.contains("or it wants a client certificate; none is shown"), "{error:?}");
    }
}

#[tokio::test]
async fn an_autodiscover_answer_is_taken_apart() {
    let body = r#"{"AccessLocation":"External","Root":{"Links":[
        {"token":"Domain","href":"https://webext02.contoso.com/Autodiscover/AutodiscoverService.svc/root/domain"},
        {"token":"User","href":"https://WebExt02.contoso.com/Autodiscover/AutodiscoverService.svc/root/user"},
        {"token":"XFrame","href":"/Autodiscover/XFrame/XFrame.html"},
        {"token":"Odd","href":"https://:0/"}]}}"#;
    let length = body.len();
    let world = saying("10.0.0.1:80", format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")).await;
    let facts = world.facts("http", json!({"url": "http://10.0.0.1/root?sipuri=x"})).await;
    let found = &facts["autodiscover"];
    assert_eq!((&found["resource"], &found["access_location"]), (&json!("root"), &json!("External")));
    assert_eq!(found["user"]["host"], "webext02.contoso.com");
    assert_eq!((&found["redirect"], &found["sip_client_external_access"]), (&Value::Null, &Value::Null));
    assert_eq!(found["hosts"], json!(["webext02.contoso.com", "10.0.0.1"]));
    let expected =
        json!({"token": "xframe", "href": "http://10.0.0.1/Autodiscover/XFrame/XFrame.html", "host": "10.0.0.1"});
    assert_eq!(found["links"][2], expected);
    assert_eq!(found["links"][3], json!({"token": "odd", "href": "https://:0/", "host": null}));
}

#[tokio::test]
async fn what_is_no_autodiscover_answer_is_null_and_half_of_one_is_unknown() {
    let whole = "<AutodiscoverResponse AccessLocation=\"Internal\"><Domain><SipClientInternalAccess fqdn=\"pool02.contoso.com \" port=\"443\"/></Domain></AutodiscoverResponse>";
    for (body, known) in [("<html></html>", true), ("", true), (whole, true), (&whole[..90], false)] {
        let length = body.len();
        let world = saying("10.0.0.1:80", format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}")).await;
        let (facts, unknown) = world.partial("http", asked()).await;
        assert_eq!(!unknown.contains(&"autodiscover".to_owned()), known, "{body}");
        let point = &facts["autodiscover"]["sip_client_internal_access"];
        let expected = if body == whole { json!({"fqdn": "pool02.contoso.com", "port": 443}) } else { Value::Null };
        assert_eq!(point, &expected, "{body}");
    }
}
