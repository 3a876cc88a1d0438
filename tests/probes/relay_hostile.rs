//! `relay`, at pools and services that are silent, lie, or never end: a verdict in time each
//! time, and the account signed out.

use std::sync::Arc;
use std::time::{Duration, Instant};

use poolproof::observe::ErrorClass;
use poolproof::protocol::mras;
use poolproof::protocol::msturn;
use poolproof::protocol::sip::Message;
use serde_json::json;
use tokio::sync::mpsc::UnboundedReceiver;

use super::relay::{
    Heard, SERVICE, Say, credentials, given, granted, left, pool, pool_that, provisioned, question, settings, with_body,
};
use super::turn::{UDP, server};
use super::world::World;

/// What is said to one kind of request.
type Script = Box<dyn Fn(&Message) -> Vec<Say> + Send + Sync>;

fn script(said: impl Fn(&Message) -> Vec<Say> + Send + Sync + 'static) -> Script {
    Box::new(said)
}

/// A pool that is healthy but for what it says to one method.
async fn but_for(method: &'static str, said: Script) -> (World, UnboundedReceiver<Heard>) {
    pool(move |asked, request| match asked {
        _ if asked == method => said(request),
        "SUBSCRIBE" => provisioned(request),
        "SERVICE" => given(request),
        _ => Vec::new(),
    })
    .await
}

/// An answer of the service with status 200, signed, and this body.
fn body(body: impl Into<Vec<u8>>) -> Script {
    let body = body.into();
    script(move |request| vec![Say::Signed(with_body(request, 200, mras::CONTENT_TYPE, body.clone()))])
}

/// A head that announces a body, and some of it.
fn announced(request: &Message, length: usize, begins: &[u8]) -> Vec<u8> {
    let mut bytes = Message::reply(request, 200, "OK").encode();
    let at = bytes.len() - b"0\r\n\r\n".len();
    bytes.splice(at.., [format!("{length}\r\n\r\n").as_bytes(), begins].concat());
    bytes
}

fn another_call(request: &Message) -> Message {
    let mut other = with_body(request, 200, mras::CONTENT_TYPE, credentials());
    for header in other.headers.0.iter_mut().filter(|header| header.long_name() == "call-id") {
        header.raw = b"another".to_vec();
    }
    other
}

const BOMB: &str = "<!DOCTYPE response [<!ENTITY a \"lol\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                    <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>\
                    <response reasonPhrase=\"&c;\"><credentialsResponse>&c;</credentialsResponse></response>";

#[tokio::test]
async fn an_answer_of_the_service_that_can_not_be_used_is_a_fact() {
    let whole = credentials().replace("<?xml version=\"1.0\"?>", "");
    let changed = |from: &str, to: &str| {
        let changed = whole.replace(from, to);
        assert_ne!(changed, whole, "{from}");
        changed
    };
    let relay = "<mediaRelay><hostName>a</hostName><udpPort>1</udpPort></mediaRelay>";
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "it is no XML"),
        (b"\xff\xfe\0<".to_vec(), "it is no text"),
        (BOMB.into(), "a document type or entities of its own"),
        (changed("OK", "&lol;").into(), "a document type or entities of its own"),
        ("<response>".repeat(1_000).into(), "32 elements in each other"),
        (changed("</mediaRelayList>", &format!("{}</mediaRelayList>", relay.repeat(3_000))).into(), "64 relays"),
        (changed("</response>", &format!("{}</response>", "<a/>".repeat(9_000))).into(), "4,000 elements"),
        (changed("c2VjcmV0", &"QUFB".repeat(5_000)).into(), "4,000 characters in one element"),
        (changed("cHJvYmU=", &"QUFB".repeat(40_000)).into(), "4,000 characters in one element"),
        (changed("c2VjcmV0", "").into(), "`password` can't be read"),
        (changed("480", "99999999999999999999").into(), "`duration` can't be read"),
        (changed("480", "-1").into(), "`duration` can't be read"),
        (changed("3478", "65536").into(), "`udpPort` can't be read"),
        (changed("198.51.100.22", &"a".repeat(300)).into(), "`hostName` can't be read"),
        (changed("reasonPhrase=\"OK\"", &format!("reasonPhrase=\"{}\"", "x".repeat(200_000))).into(), "one attribute"),
        // As long as a body may be.
        (vec![b' '; 256 << 10], "it is no XML"),
    ];
    for (said, words) in cases {
        let (world, mut heard) = but_for("SERVICE", body(said)).await;
        let facts = world.facts("relay", question("udp")).await;
        let why = facts["why"].as_str().expect(words);
        assert!(why.contains(words) && why.len() < 1_000, "{words}: {why}");
        assert_eq!((&facts["granted"], &facts["signed_out"]), (&json!(false), &json!(true)), "{facts}");
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn words_of_the_service_are_bounded_and_harmless() {
    let refusal = script(|request| {
        let mut reply = Message::reply(request, 403, "x".repeat(30_000));
        reply.headers.push("ms-diagnostics", format!("1;reason=\"{}\"", "y".repeat(30_000)));
        vec![Say::Signed(reply)]
    });
    let (world, mut heard) = but_for("SERVICE", refusal).await;
    let facts = world.facts("relay", question("udp")).await;
    let why = facts["why"].as_str().expect("words");
    assert!(why.contains("gave no credentials: 403 xxx") && why.len() < 2_000, "{}", why.len());
    left(&mut heard).await;

    let long = credentials().replace("\"OK\"", &format!("\"&#27;[31m{}\"", "x".repeat(3_000)));
    let (world, mut heard) = but_for("SERVICE", body(long)).await;
    let facts = world.facts("relay", question("udp")).await;
    let why = facts["why"].as_str().expect("words");
    assert!(why.len() < 1_000 && !why.contains('\u{1b}'), "{why}");
    assert!(facts["phrase"].as_str().is_some_and(|phrase| phrase.len() <= 200), "{facts}");
    left(&mut heard).await;
}

/// An error that says so, of a pool that is healthy but for what it says to one method; the account is signed out.
async fn verdict(method: &'static str, said: Script, class: ErrorClass, words: &str) {
    let (world, mut heard) = but_for(method, said).await;
    // What is told by bounds needs no time to run out, however busy the machine is.
    let world = if class == ErrorClass::Timeout { world.half_patient() } else { world };
    let error = world.error("relay", question("udp"), class).await;
    assert!(error.contains(words) && error.len() < 2_000, "{words}: {error}");
    left(&mut heard).await;
}

/// A method, what is said to it, and words of the verdict.
type Case = (&'static str, Script, &'static str);

#[tokio::test]
async fn a_pool_that_is_silent_or_slow_gets_a_verdict() {
    let slow = Duration::from_secs(1);
    let cases: Vec<Case> = vec![
        ("SERVICE", script(|_| Vec::new()), "no answer in time"),
        (
            "SERVICE",
            script(move |request| {
                vec![Say::Bytes(announced(request, 200_000, b"<")), Say::Endless(b"a".to_vec(), slow)]
            }),
            "of the 200000 bytes of its body",
        ),
        ("SERVICE", script(|request| vec![Say::Signed(another_call(request))]), "no answer in time"),
        ("SUBSCRIBE", script(|_| Vec::new()), "the user's settings"),
        ("SUBSCRIBE", script(|request| vec![Say::Signed(Message::reply(request, 200, "OK"))]), "the user's settings"),
        (
            "SUBSCRIBE",
            script(move |request| {
                vec![Say::Bytes(announced(request, 200_000, b"<")), Say::Endless(b"a".to_vec(), slow)]
            }),
            "of the 200000 bytes of its body",
        ),
    ];
    let verdicts = cases.into_iter().map(|(method, said, words)| verdict(method, said, ErrorClass::Timeout, words));
    futures::future::join_all(verdicts).await;
}

#[tokio::test]
async fn a_pool_that_says_too_much_gets_a_verdict() {
    let nothing = Duration::ZERO;
    let cases: Vec<Case> = vec![
        (
            "SERVICE",
            script(|request| vec![Say::Bytes(announced(request, 9_999_999_999, b"<"))]),
            "a body of 9999999999 bytes",
        ),
        (
            "SERVICE",
            script(|request| {
                vec![
                    Say::Bytes(announced(request, 9_999_999_999, b"<")),
                    Say::Endless(vec![b'a'; 4096], Duration::ZERO),
                ]
            }),
            "a body of 9999999999 bytes",
        ),
        (
            "SERVICE",
            script(move |_| {
                vec![
                    Say::Bytes(b"SIP/2.0 200 OK\r\n".to_vec()),
                    Say::Endless(b"X-Endless: yes\r\n".repeat(64), nothing),
                ]
            }),
            "a header of more than the 65536 bytes",
        ),
        (
            "SERVICE",
            script(move |request| vec![Say::Endless(Message::reply(request, 200, "OK").encode(), nothing)]),
            "64 messages, none of them signed",
        ),
        (
            "SERVICE",
            script(|request| (0..64).map(|_| Say::Signed(another_call(request))).collect()),
            "64 messages, none of them the answer",
        ),
        (
            "SERVICE",
            script(|request| (0..64).map(|_| Say::Signed(Message::reply(request, 183, "Wait"))).collect()),
            "64 messages, none of them the answer",
        ),
        (
            "SUBSCRIBE",
            script(|request| (0..64).map(|_| Say::Signed(Message::reply(request, 200, "OK"))).collect()),
            "the user's settings: 64 messages, none of them the answer",
        ),
        ("SUBSCRIBE", body(BOMB), "a document type or entities of its own"),
        ("SUBSCRIBE", body(settings("http://x")), "`mrasUri` can't be read"),
        ("SUBSCRIBE", body(settings(&format!("sip:{}", "x".repeat(3_900)))), "`mrasUri` can't be read"),
        (
            "SUBSCRIBE",
            script(|request| vec![Say::Signed(Message::reply(request, 403, "x".repeat(50_000)))]),
            "settings were refused: 403 x",
        ),
    ];
    for (method, said, words) in cases {
        verdict(method, said, ErrorClass::Protocol, words).await;
    }
}

#[tokio::test]
async fn nobody_waits_for_a_farewell_where_there_is_no_answer() {
    // A server that has nothing to say to anything once it let somebody in.
    let (world, mut heard) = pool_that(false, |method, request| match method {
        "SUBSCRIBE" => provisioned(request),
        _ => Vec::new(),
    })
    .await;
    let world = world.half_patient();
    let asking = world.error("relay", question("udp"), ErrorClass::Timeout);
    let (error, told) = tokio::join!(async { (asking.await, Instant::now()) }, async {
        left(&mut heard).await;
        Instant::now()
    });
    let (error, verdict) = error;
    assert!(error.contains("credentials for media relays, asked of"), "{error}");
    let waited = verdict.saturating_duration_since(told);
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}

#[tokio::test]
async fn absurd_lifetimes_and_long_credentials_are_used_as_they_are() {
    for (minutes, user) in [("4294967295", vec![7; 2_990]), ("0", vec![0xff; 1])] {
        let key = msturn::Key::of(&user, b"rtcmedia", b"secret");
        let said = credentials()
            .replace("480", minutes)
            .replace("cHJvYmU=", &base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &user));
        let (world, mut heard) = but_for("SERVICE", body(said)).await;
        let peer = server(move |request, _| vec![key.sign(&granted(request)).expect("short")]);
        let facts = world.datagrams(UDP, peer).await.facts("relay", question("udp")).await;
        assert_eq!((&facts["allocated"], &facts["lifetime_minutes"].to_string()), (&json!(true), &minutes.to_owned()));
        assert_eq!(facts["allocation"]["released"], true, "{facts}");
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn a_question_that_is_given_up_leaves_nobody_signed_in() {
    let asked = Arc::new(tokio::sync::Notify::new());
    let seen = Arc::clone(&asked);
    let silent = script(move |_| {
        seen.notify_one();
        Vec::new()
    });
    let (world, mut heard) = but_for("SERVICE", silent).await;
    tokio::select! {
        answer = world.ask("relay", question("udp")) => panic!("no answer, and yet {:?}", answer.map(|one| one.facts)),
        () = asked.notified() => {}
    }
    left(&mut heard).await;
}

#[tokio::test]
async fn the_service_is_asked_as_the_settings_name_it() {
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let (world, mut heard) = but_for(
        "SERVICE",
        script(move |request| {
            let to = request.headers.first("to").map(std::borrow::Cow::into_owned);
            let _ = tell.send((to, mras::CredentialsRequest::read(&request.body).map(|asked| asked.to)));
            vec![Say::Signed(Message::reply(request, 404, "Not Found"))]
        }),
    )
    .await;
    let facts = world.facts("relay", question("udp")).await;
    assert_eq!((&facts["status"], &facts["signed_out"]), (&json!(404), &json!(true)), "{facts}");
    assert_eq!(told.recv().await, Some((Some(format!("<{SERVICE}>")), Ok(SERVICE.to_owned()))));
    left(&mut heard).await;
}
