//! `relay`, at a pool and a relay that this test plays: the ways in which a user's settings come.

use std::sync::Arc;
use std::time::Duration;

use poolproof::observe::ErrorClass;
use poolproof::protocol::mras::{self, Credentials, CredentialsResponse, Location, MediaRelay, Settings};
use poolproof::protocol::msturn::{self, AttributeKind, Kind};
use poolproof::protocol::sip::{Message, Start};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use zeroize::Zeroizing;

use super::registrar::{ok, registrar};
use super::turn::{UDP, key, server};
use super::world::World;

pub const SERVICE: &str = "sip:edge02.contoso.com@contoso.com;gruu;opaque=srvr:MRAS:AB";

pub fn question(transport: &str) -> Value {
    json!({"host": "10.0.0.1", "port": 5061, "location": "internet", "transport": transport})
}

/// What a pool says to a request of somebody who is signed in.
pub enum Say {
    Signed(Message),
    Bytes(Vec<u8>),
    /// Again and again, with a pause after each time, and whatever comes meanwhile.
    Endless(Vec<u8>, Duration),
}

/// What a pool heard.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer, and whether it is signed.
    Answer(u16, bool),
    /// A farewell, and whether it is signed.
    Farewell(bool),
    Closed,
}

/// A pool that signs in whoever has the password, says what the script says, and takes farewells.
pub async fn pool(
    script: impl Fn(&str, &Message) -> Vec<Say> + Send + Sync + 'static,
) -> (World, UnboundedReceiver<Heard>) {
    pool_that(true, script).await
}

/// One that may leave farewells without an answer.
pub async fn pool_that(
    answers_farewells: bool,
    script: impl Fn(&str, &Message) -> Vec<Say> + Send + Sync + 'static,
) -> (World, UnboundedReceiver<Heard>) {
    let (tell, told) = unbounded_channel();
    let script = Arc::new(script);
    let world = registrar(move |mut client| {
        let (tell, script) = (tell.clone(), Arc::clone(&script));
        async move {
            let Some((credential, mut association)) = client.credential().await else { return };
            client.say(&ok(&credential, &mut association)).await;
            let mut next = client.hear().await;
            while let Some(message) = next {
                let signed = association.verify(&message).is_ok();
                let mut endless = None;
                match &message.start {
                    Start::Response { status, .. } => drop(tell.send(Heard::Answer(*status, signed))),
                    Start::Request { method, .. } if method == "REGISTER" => {
                        assert_eq!(message.headers.first("expires").as_deref(), Some("0"), "nobody registers twice");
                        let _ = tell.send(Heard::Farewell(signed));
                        if answers_farewells {
                            client.say(&ok(&message, &mut association)).await;
                        }
                    }
                    Start::Request { method, .. } => {
                        for say in script(method, &message) {
                            match say {
                                Say::Signed(mut said) => {
                                    association.sign(&mut said, 3).expect("signed");
                                    client.say(&said).await;
                                }
                                Say::Bytes(bytes) => client.say_bytes(&bytes).await,
                                Say::Endless(bytes, pause) => endless = Some((bytes, pause)),
                            }
                        }
                    }
                }
                next = match endless {
                    Some((bytes, pause)) => client.hear_while_saying(&bytes, pause).await,
                    None => client.hear().await,
                };
            }
            let _ = tell.send(Heard::Closed);
        }
    })
    .await;
    (world, told)
}

/// Waits for the farewell.
pub async fn left(heard: &mut UnboundedReceiver<Heard>) {
    loop {
        match heard.recv().await {
            Some(Heard::Answer(..)) => {}
            other => {
                assert_eq!(other, Some(Heard::Farewell(true)), "signed out, and signed");
                return;
            }
        }
    }
}

/// An answer with a body.
pub fn with_body(request: &Message, status: u16, content: &str, body: impl Into<Vec<u8>>) -> Message {
    let mut reply = Message::reply(request, status, "OK");
    reply.headers.push("Content-Type", content);
    reply.body = body.into();
    reply
}

pub fn settings(service: &str) -> String {
    Settings { mras: Some(service.to_owned()) }.write()
}

/// The settings as they come in an answer.
pub fn provisioned(request: &Message) -> Vec<Say> {
    vec![Say::Signed(with_body(request, 200, Settings::CONTENT_TYPE, settings(SERVICE)))]
}

/// Credentials for the relay of `turn`'s tests.
pub fn credentials() -> String {
    let (user, password) = (Zeroizing::new(b"probe".to_vec()), Zeroizing::new(b"secret".to_vec()));
    let relay = MediaRelay {
        location: Some(Location::Internet),
        host: "198.51.100.22".to_owned(),
        udp_port: Some(3478),
        tcp_port: Some(443),
    };
    let credentials = Some(Credentials { user, password, minutes: Some(480) });
    let response = CredentialsResponse { phrase: "OK".to_owned(), credentials, relays: vec![relay] };
    response.write(SERVICE, "sip:probe1@contoso.com").to_string()
}

pub fn given(request: &Message) -> Vec<Say> {
    vec![Say::Signed(with_body(request, 200, mras::CONTENT_TYPE, credentials()))]
}

/// A relay that gives an address and takes it back.
pub fn granted(request: &msturn::Message) -> msturn::Message {
    let answer = msturn::Message::new(Kind::ALLOCATE_RESPONSE, request.transaction);
    match request.number(AttributeKind::LIFETIME) {
        Some(0) => answer,
        _ => answer.with_address(AttributeKind::MAPPED_ADDRESS, "203.0.113.9:50123".parse().expect("an address")),
    }
}

fn relay() -> impl Fn(&[u8]) -> Vec<Vec<u8>> {
    server(|request, _| vec![key().sign(&granted(request)).expect("short")])
}

/// A message of the subscription, from the server.
fn notification(method: &str, subscribe: &Message, body: &str) -> Say {
    let mut request = Message::request(method, "sip:probe1@contoso.com");
    let field = |name: &str| subscribe.headers.first(name).expect(name).into_owned();
    for (name, value) in [
        ("Via", "SIP/2.0/TLS 10.0.0.1".to_owned()),
        ("From", format!("{};tag=77", field("to"))),
        ("To", field("from")),
        ("Call-ID", field("call-id")),
        ("CSeq", format!("1 {method}")),
        ("Event", Settings::EVENT.to_owned()),
        // One that has nothing to tell yet doesn't end it.
        ("subscription-state", if body.is_empty() { "pending" } else { "terminated;expires=0" }.to_owned()),
        ("Content-Type", Settings::CONTENT_TYPE.to_owned()),
    ] {
        request.headers.push(name, value);
    }
    request.body = body.as_bytes().to_vec();
    Say::Signed(request)
}

/// Asks where the settings come so, over UDP: what was learned, and what the pool heard but for the farewell.
async fn asked(settings: impl Fn(&Message) -> Vec<Say> + Send + Sync + 'static) -> (Value, Vec<Heard>) {
    let (world, mut heard) = pool(move |method, request| match method {
        "SUBSCRIBE" => settings(request),
        "SERVICE" => given(request),
        _ => Vec::new(),
    })
    .await;
    let facts = world.datagrams(UDP, relay()).await.facts("relay", question("udp")).await;
    let mut before = Vec::new();
    loop {
        match heard.recv().await.expect("a farewell") {
            Heard::Farewell(signed) => {
                assert!(signed);
                return (facts, before);
            }
            other => before.push(other),
        }
    }
}

fn reply(request: &Message, status: u16) -> Say {
    Say::Signed(Message::reply(request, status, "OK"))
}

#[tokio::test]
async fn settings_come_in_the_answer_or_behind_it_or_before_it() {
    for method in ["NOTIFY", "BENOTIFY"] {
        for (status, before) in [(200, false), (202, false), (200, true)] {
            let (facts, heard) = asked(move |request| {
                let answer = reply(request, status);
                let told = notification(method, request, &settings(SERVICE));
                if before { vec![told, answer] } else { vec![answer, told] }
            })
            .await;
            assert_eq!(
                (&facts["service"], &facts["granted"], &facts["allocated"], &facts["signed_out"]),
                (&json!(SERVICE), &json!(true), &json!(true), &json!(true)),
                "{method} {status}: {facts}"
            );
            // BENOTIFY is a NOTIFY that nobody answers.
            let answers = if method == "NOTIFY" { vec![Heard::Answer(200, true)] } else { Vec::new() };
            assert_eq!(heard, answers, "{method} {status}");
        }
    }
    let (facts, _) = asked(provisioned).await;
    assert_eq!((&facts["service"], &facts["allocated"]), (&json!(SERVICE), &json!(true)), "{facts}");
}

#[tokio::test]
async fn a_notification_of_another_subscription_and_an_empty_one_are_none() {
    let (facts, heard) = asked(|request| {
        let mut other = request.clone();
        for header in other.headers.0.iter_mut().filter(|header| header.long_name() == "call-id") {
            header.raw = b"another".to_vec();
        }
        let elsewhere = settings("sip:somebody@else.where");
        vec![
            reply(request, 202),
            notification("BENOTIFY", &other, &elsewhere),
            notification("NOTIFY", &other, &elsewhere),
            notification("NOTIFY", request, ""),
            notification("BENOTIFY", request, &settings(SERVICE)),
        ]
    })
    .await;
    assert_eq!((&facts["service"], &facts["allocated"]), (&json!(SERVICE), &json!(true)), "{facts}");
    assert_eq!(heard, [Heard::Answer(200, true), Heard::Answer(200, true)]);
}

#[tokio::test]
async fn settings_without_a_service_by_notification_are_a_fact() {
    let (facts, _) =
        asked(|request| vec![reply(request, 202), notification("BENOTIFY", request, &Settings::default().write())])
            .await;
    assert_eq!((&facts["granted"], &facts["service"], &facts["status"]), (&json!(false), &Value::Null, &Value::Null));
    assert!(facts["why"].as_str().is_some_and(|why| why.contains("no Edge is associated")), "{facts}");
}

#[tokio::test]
async fn a_notification_that_nobody_signed_is_nobodys() {
    let (world, mut heard) = pool(|method, request| {
        let Say::Signed(told) = notification("BENOTIFY", request, &settings(SERVICE)) else { return Vec::new() };
        if method == "SUBSCRIBE" { vec![reply(request, 200), Say::Bytes(told.encode())] } else { Vec::new() }
    })
    .await;
    // It is there until the farewell, which comes behind the verdict.
    let world = world.half_patient();
    let error = world.error("relay", question("udp"), ErrorClass::Timeout).await;
    assert!(error.contains("the user's settings: ") && error.contains("no answer in time"), "{error}");
    left(&mut heard).await;
}
