//! `turn` against peers that are slow, hostile, or watch what is sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use poolproof::observe::ErrorClass;
use poolproof::protocol::msturn::{
    AttributeKind, Frame, Frames, Integrity, Key, Kind, LONGEST, Message, SERVER_HELLO, SequenceNumber, framed,
    server_hello,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::world::World;

pub const UDP: &str = "198.51.100.22:3478";
pub const TCP: &str = "198.51.100.22:443";

fn question(transport: &str) -> Value {
    let port = if transport == "udp" { 3478 } else { 443 };
    json!({"host": "198.51.100.22", "port": port, "transport": transport})
}

fn signed_question(transport: &str, folder: &tempfile::TempDir) -> Value {
    let mut question = question(transport);
    for (key, secret) in [("username", "cHJvYmU="), ("password", "c2VjcmV0")] {
        let path = folder.path().join(key);
        std::fs::write(&path, secret).expect("written");
        question["credentials"][key] = json!({ "file": path });
    }
    question
}

pub fn key() -> Key {
    Key::of(b"probe", b"rtcmedia", b"secret")
}

/// The refusal of a healthy server.
pub fn refusal(request: &Message) -> Message {
    Message::new(Kind::ALLOCATE_ERROR, request.transaction)
        .with_error(401, "Unauthorized")
        .with(AttributeKind::REALM, *b"\"rtcmedia\"")
        .with(AttributeKind::NONCE, *b"\"0123\"")
}

pub fn is_signed(request: &Message) -> bool {
    request.get(AttributeKind::MESSAGE_INTEGRITY).is_some()
}

/// Refuses what is not signed, and does with the rest what it is told.
pub fn server(signed: impl Fn(&Message, &[u8]) -> Vec<Vec<u8>>) -> impl Fn(&[u8]) -> Vec<Vec<u8>> {
    move |bytes| {
        let request = Message::decode(bytes).expect("a request");
        assert!(request.begins_with_cookie());
        if is_signed(&request) { signed(&request, bytes) } else { vec![refusal(&request).encode().expect("short")] }
    }
}

/// Serves the prologue, and answers each frame.
pub async fn connection(mut stream: TcpStream, answer: impl Fn(&[u8]) -> Vec<Vec<u8>>) {
    let mut hello = [0; 50];
    if stream.read_exact(&mut hello).await.is_err() {
        return;
    }
    stream.write_all(&server_hello(&[1; 32], &[2; 32])).await.expect("sent");
    let (mut frames, mut buffer) = (Frames::default(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        frames.push(&buffer[..count]);
        while let Some(Frame { body, .. }) = frames.frame().expect("a frame") {
            for said in answer(&body) {
                drop(stream.write_all(&framed(&said).expect("short")).await);
            }
        }
    }
}

#[tokio::test]
async fn what_was_asked_for_is_given_back_when_the_question_is_given_up() {
    for transport in ["udp", "tcp"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (tell, mut told) = mpsc::unbounded_channel();
        let deaf = server(move |request, bytes| {
            assert_eq!(key().verify(request, bytes), Integrity::Valid);
            tell.send(request.clone()).expect("heard");
            Vec::new()
        });
        let deaf = Arc::new(Mutex::new(deaf));
        let world = if transport == "udp" {
            World::new().datagrams(UDP, move |bytes| deaf.lock().expect("whole")(bytes)).await
        } else {
            let serve = move |stream| {
                let deaf = Arc::clone(&deaf);
                async move { connection(stream, |bytes| deaf.lock().expect("whole")(bytes)).await }
            };
            World::new().listen(TCP, serve).await
        };
        let request = {
            let asking = world.ask("turn", signed_question(transport, &folder));
            tokio::select! {
                answer = asking => panic!("no answer, not {:?}", answer.map(|answer| answer.facts)),
                request = told.recv() => request.expect("a request"),
            }
        };
        assert_eq!(request.number(AttributeKind::LIFETIME), None);
        let mut release = told.recv().await.expect("another request");
        while release.transaction == request.transaction {
            // Sent again in the meantime.
            release = told.recv().await.expect("another request");
        }
        assert_eq!(release.kind, Kind::ALLOCATE, "{transport}");
        assert_eq!(release.number(AttributeKind::LIFETIME), Some(0), "{transport}");
    }
}

#[tokio::test]
async fn requests_after_the_first_are_numbered_and_go_where_the_refusal_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let sequence = SequenceNumber { connection: [9; 20], number: 7 };
    let other = server(move |request, _| {
        let answer = Message::new(Kind::ALLOCATE_RESPONSE, request.transaction);
        let answer = if request.number(AttributeKind::LIFETIME) == Some(0) {
            assert_eq!(request.sequence(), Some(SequenceNumber { number: 8, ..sequence }));
            answer
        } else {
            answer
                .with_address(AttributeKind::MAPPED_ADDRESS, "203.0.113.9:50123".parse().expect("an address"))
                .with_sequence(sequence)
        };
        vec![key().sign(&answer).expect("short")]
    });
    let alternate = "198.51.100.23:3478";
    let first = move |bytes: &[u8]| {
        let request = Message::decode(bytes).expect("a request");
        assert!(!is_signed(&request), "the signed one goes elsewhere");
        let there = alternate.parse().expect("an address");
        vec![refusal(&request).with_address(AttributeKind::ALTERNATE_SERVER, there).encode().expect("short")]
    };
    let world = World::new().datagrams(UDP, first).await.datagrams(alternate, other).await;
    let facts = world.facts("turn", signed_question("udp", &folder)).await;
    assert_eq!(facts["alternate_server"], json!({"address": "198.51.100.23", "port": 3478}));
    let allocation = &facts["allocation"];
    assert_eq!(allocation["relay"], json!({"address": "203.0.113.9", "port": 50123}));
    assert_eq!((&allocation["released"], &allocation["signed"]), (&json!(true), &json!(true)));
    assert_eq!(allocation["reflexive"], Value::Null);
}

#[tokio::test]
async fn a_datagram_that_is_lost_is_sent_again_and_one_that_comes_twice_does_no_harm() {
    let mut heard = 0;
    let peer = move |bytes: &[u8]| {
        heard += 1;
        let answer = refusal(&Message::decode(bytes).expect("a request")).encode().expect("short");
        // The answer to another request, and twice the answer to this one.
        let mut other = answer.clone();
        other[4] ^= 1;
        if heard < 2 { Vec::new() } else { vec![other, answer.clone(), answer] }
    };
    let facts = World::new().datagrams(UDP, peer).await.facts("turn", question("udp")).await;
    assert_eq!(facts["av_edge"], true, "{facts:?}");
}

#[tokio::test]
async fn messages_for_others_come_to_an_end() {
    let flood = |bytes: &[u8]| {
        let mut request = Message::decode(bytes).expect("a request");
        request.transaction[0] ^= 1;
        vec![refusal(&request).encode().expect("short"); 200]
    };
    let udp = World::new().datagrams(UDP, flood).await;
    let tcp = World::new().listen(TCP, move |stream| connection(stream, flood)).await;
    for (world, transport) in [(udp, "udp"), (tcp, "tcp")] {
        let facts = world.facts("turn", question(transport)).await;
        assert_eq!(facts["otherwise"], "64 messages, none of them the answer", "{transport}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_message_are_shown_and_bounded() {
    let long = vec![0xee; 60_000];
    let cases: [(Vec<u8>, &str); 4] = [
        (Vec::new(), "0 bytes are no message"),
        (b"SIP/2.0 400 Bad Request\r\n".to_vec(), "`SIP/2.0 400 Bad Request\\r\\n`"),
        (vec![1, 0x13, 0, 4, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 0, 9, 255, 255], "attributes don't end"),
        (long, "more than are read"),
    ];
    for (said, words) in cases {
        let world = World::new().datagrams(UDP, move |_| vec![said.clone()]).await;
        let facts = world.facts("turn", question("udp")).await;
        let otherwise = facts["otherwise"].as_str().expect("words");
        assert!(otherwise.contains(words) && otherwise.len() < 300, "{otherwise}");
    }
}

/// Says some bytes at once, and then more without end.
async fn talker(mut stream: TcpStream, begins: Vec<u8>, goes_on: u8) {
    let mut bytes = begins;
    loop {
        bytes.resize(bytes.len().max(4096), goes_on);
        if stream.write_all(&bytes).await.is_err() {
            return;
        }
        bytes = vec![goes_on; 4096];
    }
}

#[tokio::test]
async fn a_connection_that_never_stops_talking_is_left() {
    let prologue = server_hello(&[1; 32], &[2; 32]).to_vec();
    let long = [prologue.clone(), vec![2, 0, 0xff, 0xff]].concat();
    assert!(usize::from(u16::MAX) > LONGEST && prologue.len() == SERVER_HELLO);
    let cases = [
        (b"HTTP/1.1 400 Bad Request".to_vec(), b'x', "in place of the A/V Edge's prologue it said `HTTP/1.1 400"),
        // An alert, as a TLS server answers a hello that offers nothing but one old suite.
        (vec![0x15, 3, 1, 0, 2, 2, 40], 0, "in place of the A/V Edge's prologue it said 15030100020228"),
        (prologue, 0x41, "a frame of type 0x41"),
        (long, 0, "a message of 65535 bytes, more than are read"),
    ];
    for (begins, goes_on, words) in cases {
        let world = World::new().listen(TCP, move |stream| talker(stream, begins.clone(), goes_on)).await;
        let facts = world.facts("turn", question("tcp")).await;
        let otherwise = facts["otherwise"].as_str().expect("words");
        assert!(otherwise.contains(words), "{otherwise}");
        assert_eq!((&facts["av_edge"], &facts["code"]), (&json!(false), &Value::Null));
    }
}

#[tokio::test]
async fn a_prologue_that_is_not_answered_is_told_as_such() {
    let close = |mut stream: TcpStream| async move {
        let mut hello = [0; 50];
        stream.read_exact(&mut hello).await.expect("the prologue");
    };
    let world = World::new().listen(TCP, close).await;
    let message = world.error("turn", question("tcp"), ErrorClass::Protocol).await;
    assert!(message.contains("the prologue of the A/V Edge was not answered, it closed the connection"), "{message}");
    let hold = |stream: TcpStream| async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(stream);
    };
    let world = World::new().impatient().listen(TCP, hold).await;
    let message = world.error("turn", question("tcp"), ErrorClass::Timeout).await;
    assert!(message.contains("connected, but the prologue of the A/V Edge was not answered in time"), "{message}");
}

#[tokio::test]
async fn a_closed_port_and_a_missing_host_are_no_facts() {
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
    let port = socket.local_addr().expect("an address");
    drop(socket);
    let world = World::new().resolver(UDP, poolproof::observe::Wire::To(port), poolproof::observe::Wire::Silent);
    let message = world.error("turn", question("udp"), ErrorClass::Connect).await;
    assert!(message.ends_with("refused"), "{message}");
    let message = World::new().error("turn", question("udp"), ErrorClass::Connect).await;
    assert!(message.contains("unreachable"), "{message}");
}
