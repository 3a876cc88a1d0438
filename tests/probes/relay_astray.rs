//! `relay`, at relays that are silent, lie, or never end: the account is signed out by then, and there
//! is a verdict in time.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use poolproof::observe::ErrorClass;
use poolproof::protocol::msturn::{self, AttributeKind, Kind, framed, server_hello};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc::UnboundedReceiver;

use super::relay::{Heard, given, granted, left, pool, provisioned, question};
use super::turn::{TCP, UDP, connection, key, refusal, server};
use super::world::World;

/// A healthy pool.
async fn healthy() -> (World, UnboundedReceiver<Heard>) {
    pool(|method, request| match method {
        "SUBSCRIBE" => provisioned(request),
        "SERVICE" => given(request),
        _ => Vec::new(),
    })
    .await
}

/// A healthy pool, before a relay that answers so over UDP, or over TCP behind the prologue.
async fn before(
    transport: &str,
    peer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static,
) -> (World, UnboundedReceiver<Heard>) {
    let (world, heard) = healthy().await;
    if transport == "udp" {
        return (world.datagrams(UDP, peer).await, heard);
    }
    let peer = Arc::new(Mutex::new(peer));
    let serve = move |stream| {
        let peer = Arc::clone(&peer);
        async move { connection(stream, |bytes| peer.lock().expect("whole")(bytes)).await }
    };
    (world.listen(TCP, serve).await, heard)
}

/// What is said to each piece that comes.
type Answers = Box<dyn Fn(&[u8]) -> Vec<Vec<u8>> + Send>;

#[tokio::test]
async fn a_relay_that_says_nothing_proves_nothing() {
    let verdicts = ["udp", "tcp"].into_iter().flat_map(|transport| [(transport, true), (transport, false)]);
    let verdicts = verdicts.map(async |(transport, from_the_start)| {
        let deaf: Answers = if from_the_start { Box::new(|_| Vec::new()) } else { Box::new(server(|_, _| Vec::new())) };
        let (world, mut heard) = before(transport, deaf).await;
        let world = world.half_patient();
        let error = world.error("relay", question(transport), ErrorClass::Timeout).await;
        assert!(error.contains("turn at 198.51.100.22") && error.contains("no answer in time"), "{error}");
        left(&mut heard).await;
    });
    futures::future::join_all(verdicts).await;
}

/// No relayed address, and why.
async fn no_address(transport: &str, words: &str, peer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Value {
    let (world, mut heard) = before(transport, peer).await;
    let facts = world.facts("relay", question(transport)).await;
    let why = facts["why"].as_str().expect(words);
    assert!(why.contains(words) && why.len() < 1_000, "{words}: {why}");
    assert_eq!((&facts["granted"], &facts["allocated"]), (&json!(true), &json!(false)), "{facts}");
    assert_eq!(facts["signed_out"], true, "{facts}");
    left(&mut heard).await;
    facts
}

#[tokio::test]
async fn a_nonce_that_is_stale_for_ever_is_renewed_once() {
    for transport in ["udp", "tcp"] {
        let signed = Arc::new(Mutex::new(HashSet::new()));
        let seen = Arc::clone(&signed);
        let stale = server(move |request, _| {
            seen.lock().expect("whole").insert(request.transaction);
            let answer = msturn::Message::new(Kind::ALLOCATE_ERROR, request.transaction)
                .with_error(438, "Stale Nonce")
                .with(AttributeKind::REALM, *b"\"rtcmedia\"")
                .with(AttributeKind::NONCE, request.transaction);
            vec![answer.encode().expect("short")]
        });
        no_address(transport, "was stale, twice", stale).await;
        assert_eq!(signed.lock().expect("whole").len(), 2, "asked twice, and no more");
    }
}

#[tokio::test]
async fn what_is_no_answer_of_a_relay_is_shown_and_bounded() {
    for transport in ["udp", "tcp"] {
        no_address(transport, "gave no relayed address: ", |_| vec![vec![0xee; 8_000]]).await;
        no_address(transport, "in place of an answer it said", server(|_, _| vec![vec![0xee; 8_000]])).await;
        let others = server(|request, _| {
            let mut other = granted(request);
            other.transaction[0] ^= 1;
            vec![key().sign(&other).expect("short"); 200]
        });
        no_address(transport, "64 messages, none of them the answer", others).await;
        let nameless = server(|request, _| {
            vec![key().sign(&msturn::Message::new(Kind::ALLOCATE_RESPONSE, request.transaction)).expect("short")]
        });
        no_address(transport, "names no relayed address", nameless).await;
        let unsigned = server(|request, _| vec![granted(request).encode().expect("short")]);
        no_address(transport, "it is not signed", unsigned).await;
        let wordy = server(|request, _| {
            let answer = msturn::Message::new(Kind::ALLOCATE_ERROR, request.transaction);
            vec![answer.with_error(486, &"\u{1b}[31m".repeat(1_000)).encode().expect("short")]
        });
        no_address(transport, "it gave no relayed address (486", wordy).await;
        let words = |bytes: &[u8]| {
            let request = msturn::Message::decode(bytes).expect("a request");
            let answer = msturn::Message::new(Kind::ALLOCATE_ERROR, request.transaction);
            vec![answer.with_error(500, &"\u{1b}[31m".repeat(1_000)).encode().expect("short")]
        };
        let facts = no_address(transport, "it refused: 500", words).await;
        assert!(!facts["why"].as_str().expect("words").contains('\u{1b}'), "{facts}");
    }
}

#[tokio::test]
async fn a_refusal_that_fills_the_message_is_answered() {
    let large = |bytes: &[u8]| {
        let request = msturn::Message::decode(bytes).expect("a request");
        let answer = msturn::Message::new(Kind::ALLOCATE_ERROR, request.transaction)
            .with_error(401, "Unauthorized")
            .with(AttributeKind::REALM, vec![b'r'; 4_000])
            .with(AttributeKind::NONCE, vec![b'n'; 4_000]);
        vec![answer.encode().expect("short")]
    };
    for transport in ["udp", "tcp"] {
        no_address(transport, "the credentials were rejected", large).await;
    }
}

#[tokio::test]
async fn a_server_to_go_on_with_that_is_none() {
    for there in ["0.0.0.0:0", "198.51.100.22:0", "224.0.0.1:3478", "255.255.255.255:3478"] {
        let astray = move |bytes: &[u8]| {
            let request = msturn::Message::decode(bytes).expect("a request");
            let there = there.parse().expect("an address");
            vec![refusal(&request).with_address(AttributeKind::ALTERNATE_SERVER, there).encode().expect("short")]
        };
        let (world, mut heard) = before("udp", astray).await;
        let world = world.half_patient();
        let facts = world.facts("relay", question("udp")).await;
        let why = facts["why"].as_str().unwrap_or_default();
        assert!(why.contains(&format!("sends clients on to {there}, where nobody can be")), "{facts}");
        assert_eq!(facts["allocated"], false, "{facts}");
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn a_release_that_is_never_answered_is_told() {
    for transport in ["udp", "tcp"] {
        let keeping = server(|request, _| match request.number(AttributeKind::LIFETIME) {
            Some(0) => Vec::new(),
            _ => vec![key().sign(&granted(request)).expect("short")],
        });
        let (world, mut heard) = before(transport, keeping).await;
        let facts = world.facts("relay", question(transport)).await;
        assert_eq!((&facts["allocated"], &facts["allocation"]["released"]), (&json!(true), &json!(false)), "{facts}");
        left(&mut heard).await;
    }
}

/// A healthy pool, before a relay that says these bytes over TCP once the prologue is done, byte by byte or at once.
async fn saying(bytes: Vec<u8>, pause: Option<Duration>) -> (World, UnboundedReceiver<Heard>) {
    let (world, heard) = healthy().await;
    let serve = move |mut stream: tokio::net::TcpStream| {
        let bytes = bytes.clone();
        async move {
            let mut buffer = [0; 4096];
            if stream.read_exact(&mut buffer[..50]).await.is_err() {
                return;
            }
            let _ = stream.write_all(&server_hello(&[1; 32], &[2; 32])).await;
            let _ = stream.read(&mut buffer).await;
            let Some(pause) = pause else {
                let _ = stream.write_all(&bytes).await;
                let _ = stream.shutdown().await;
                while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
                return;
            };
            for byte in bytes {
                if stream.write_all(&[byte]).await.is_err() {
                    return;
                }
                tokio::time::sleep(pause).await;
            }
        }
    };
    (world.listen(TCP, serve).await, heard)
}

#[tokio::test]
async fn frames_that_end_too_soon_or_too_late() {
    let whole =
        framed(&refusal(&msturn::Message::new(Kind::ALLOCATE, [1; 16])).encode().expect("short")).expect("short");
    for length in [1, 3, 4, 5, whole.len() - 1, whole.len()] {
        let (world, mut heard) = saying(whole[..length].to_vec(), None).await;
        let error = world.error("relay", question("tcp"), ErrorClass::Protocol).await;
        assert!(error.contains("it closed the connection without an answer"), "{length}: {error}");
        left(&mut heard).await;
    }
    let (world, mut heard) = saying(whole, Some(Duration::from_secs(1))).await;
    let world = world.half_patient();
    let error = world.error("relay", question("tcp"), ErrorClass::Timeout).await;
    assert!(error.contains("turn at 198.51.100.22:443/tcp") && error.contains("no answer in time"), "{error}");
    left(&mut heard).await;
}
