//! `sip`, against servers that answer what they are told to.

use std::sync::Arc;

use poolproof::observe::{ErrorClass, Evidence};
use poolproof::protocol::sip::{Decoder, Limits, Message};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::registrar::acceptor;
use super::world::World;

pub const FRONT_END: &str = "10.0.0.1:5060";

pub fn question() -> Value {
    json!({"host": "10.0.0.1", "port": 5060, "transport": "tcp"})
}

/// Reads a request, answers it, and closes.
async fn answer<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, answer: &(impl Fn(&Message) -> Vec<u8> + ?Sized)) {
    let mut decoder = Decoder::new(Limits::default());
    let mut buffer = [0; 4096];
    let request = loop {
        if let Some(request) = decoder.message().expect("a request") {
            break request;
        }
        let count = stream.read(&mut buffer).await.expect("a request");
        assert_ne!(count, 0, "the request is whole");
        decoder.push(&buffer[..count]);
    };
    let _ = stream.write_all(&answer(&request)).await;
    let _ = stream.shutdown().await;
    // Closing with unread bytes would reset what is on its way.
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// A Front End that answers so.
pub async fn front_end(script: impl Fn(&Message) -> Vec<u8> + Send + Sync + 'static) -> World {
    let script = Arc::new(script);
    World::new()
        .listen(FRONT_END, move |stream| {
            let script = Arc::clone(&script);
            async move { answer(stream, &*script).await }
        })
        .await
}

fn unauthorized(request: &Message) -> Message {
    let mut reply = Message::reply(request, 401, "Unauthorized");
    let headers = &mut reply.headers;
    headers.push("Date", "Thu, 31 Jan 2008 00:01:56 GMT");
    headers.push(
        "WWW-Authenticate",
        r#"NTLM realm="SIP Communications Service", targetname="FE11.contoso.test", version=4"#,
    );
    headers.push(
        "WWW-Authenticate",
        r#"Kerberos realm="SIP Communications Service", targetname="sip/fe11.contoso.test", version=4"#,
    );
    headers.push(
        "WWW-Authenticate",
        r#"TLS-DSK realm="SIP Communications Service", targetname="fe11.contoso.test", version=4, sts-uri="https://web.contoso.test:443/CertProv/CertProvisioningService.svc""#,
    );
    headers.push("Server", "RTC/6.0");
    reply
}

#[tokio::test]
async fn challenges_name_the_server_behind() {
    let world = front_end(|request| unauthorized(request).encode()).await;
    let facts = world.facts("sip", question()).await;
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(401), &json!("Unauthorized")));
    assert_eq!(facts["schemes"], json!(["NTLM", "Kerberos", "TLS-DSK"]));
    assert_eq!(facts["registrars"], json!(["FE11.contoso.test"]));
    assert_eq!(facts["generation"], "Skype for Business Server 2015");
    assert_eq!(facts["date"], "2008-01-31T00:01:56Z");
    assert!(facts["clock_offset_seconds"].as_i64().is_some_and(|offset| offset < -500_000_000), "{facts}");
    assert_eq!((&facts["faults"], &facts["tls"]), (&json!([]), &Value::Null));
    assert_eq!(facts["endpoints"][0]["registrars"], facts["registrars"]);
}

#[tokio::test]
async fn every_diagnostics_header_is_taken_apart() {
    let world = front_end(|request| {
        let mut reply = Message::reply(request, 504, "Server time-out");
        reply
            .headers
            .push("ms-diagnostics", r#"1008;reason="Unable to resolve DNS SRV record";source="sip.contoso.test""#);
        reply.headers.push("ms-diagnostics-public", r#"1034; reason="x; y";"#);
        reply.encode()
    })
    .await;
    let facts = world.facts("sip", question()).await;
    assert_eq!(facts["diagnostics"][0]["id"], 1008);
    assert_eq!(facts["diagnostics"][0]["responsible"], "federation DNS");
    assert_eq!(facts["diagnostics"][0]["source"], "sip.contoso.test");
    assert_eq!(facts["diagnostics"][1]["header"], "ms-diagnostics-public");
    assert_eq!(facts["diagnostics"][1]["reason"], "x; y");
}

#[tokio::test]
async fn what_comes_before_the_answer_is_passed_over() {
    let world = front_end(|request| {
        let mut bytes = b"\r\n\r\n".to_vec();
        bytes.extend(Message::reply(request, 100, "Trying").encode());
        let mut other = Message::reply(request, 200, "OK");
        other.headers.0.retain(|header| header.name != "Call-ID");
        other.headers.push("Call-ID", "somebody-else");
        bytes.extend(other.encode());
        bytes.extend(Message::reply(request, 486, "Busy Here").encode());
        bytes.extend(Message::reply(request, 200, "OK").encode());
        bytes
    })
    .await;
    let facts = world.facts("sip", question()).await;
    assert_eq!(facts["status"], 486);
    let faults = facts["faults"].to_string();
    assert!(faults.contains("another request, Call-ID somebody-else") && faults.contains("bytes follow"), "{faults}");
}

#[tokio::test]
async fn parameters_cannot_add_headers() {
    let world = front_end(|request| Message::reply(request, 200, "OK").encode()).await;
    for (name, value) in [("uri", "sip:a\r\nX: y"), ("uri", "sip:a b"), ("user_agent", "a\r\nX: y")] {
        let mut params = question();
        params[name] = json!(value);
        let error = world.error("sip", params, ErrorClass::NotAsked).await;
        assert!(error.contains("can't stand in a request"), "{error}");
    }
}

#[tokio::test]
async fn signatures_are_hidden() {
    let world = front_end(|request| {
        let mut reply = Message::reply(request, 200, "OK");
        reply.headers.push("Authentication-Info", r#"NTLM rspauth="0100SECRET""#);
        reply.encode()
    })
    .await;
    let answer = world.ask("sip", question()).await.expect("facts");
    let shown = format!("{:?} {:?}", answer.facts, answer.evidence);
    assert!(!shown.contains("SECRET") && shown.contains("(hidden)"), "{shown}");
}

#[tokio::test]
async fn over_tls_the_certificate_is_shown_beside_the_answer() {
    let acceptor = acceptor();
    let world = World::new()
        .listen("10.0.0.1:5061", move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let stream = acceptor.accept(stream).await.expect("a handshake");
                answer(stream, &|request: &Message| unauthorized(request).encode()).await;
            }
        })
        .await;
    let question = json!({"host": "10.0.0.1", "port": 5061, "sni": "pool01.contoso.test"});
    let answer = world.ask("sip", question).await.expect("facts");
    let facts = &answer.facts.values;
    assert_eq!(facts["status"], 401);
    assert_eq!(facts["tls"]["certificate"]["names"], json!(["pool01.contoso.test"]));
    assert_eq!((&facts["tls"]["name_matches"], &facts["tls"]["verified"]), (&json!(true), &json!(false)));
    let labels: Vec<&str> = answer.evidence.iter().map(|Evidence { label, .. }| label.as_str()).collect();
    assert_eq!(labels, ["request", "answer", "certificate 0"]);
}

#[tokio::test]
async fn closed_after_the_handshake_points_at_the_client_certificate() {
    let acceptor = acceptor();
    let world = World::new()
        .listen("10.0.0.1:5061", move |stream| {
            let acceptor = acceptor.clone();
            async move {
                let mut stream = acceptor.accept(stream).await.expect("a handshake");
                let _ = stream.shutdown().await;
            }
        })
        .await;
    let error = world.error("sip", json!({"host": "10.0.0.1", "port": 5061}), ErrorClass::Protocol).await;
    assert!(error.contains("before any answer") && error.contains("client certificate"), "{error}");
}

#[tokio::test]
async fn a_port_that_speaks_sip_in_the_clear_is_told() {
    let world = World::new()
        .listen("10.0.0.1:5061", async |mut stream| {
            let _ = stream.write_all(b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await;
            let _ = stream.read(&mut [0; 4096]).await;
        })
        .await;
    let error = world.error("sip", json!({"host": "10.0.0.1", "port": 5061}), ErrorClass::Protocol).await;
    assert!(error.contains("doesn't speak TLS, it said `SIP/2.0 400 Bad Request`"), "{error}");
}

#[tokio::test]
async fn every_address_is_asked() {
    let reply = |status: u16| {
        move |stream| async move {
            answer(stream, &|request: &Message| Message::reply(request, status, "As told").encode()).await;
        }
    };
    let question = json!({"host": "pool01.contoso.test", "port": 5060, "transport": "tcp", "addresses": "all"});
    let world = World::new()
        .listen("10.0.0.1:5060", reply(200))
        .await
        .listen("10.0.0.2:5060", reply(503))
        .await
        .a("pool01.contoso.test.", "10.0.0.2")
        .a("pool01.contoso.test.", "10.0.0.1")
        .zone()
        .await;
    let facts = world.facts("sip", question.clone()).await;
    let statuses: Vec<&Value> =
        facts["endpoints"].as_array().expect("a list").iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [&json!(200), &json!(503)]);

    let error = world.closed("10.0.0.2:5060").error("sip", question, ErrorClass::Connect).await;
    assert!(error.contains("1 of 2 addresses of pool01.contoso.test:5060 gave no answer"), "{error}");
}
