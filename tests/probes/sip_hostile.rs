//! `sip`, against servers that lie, say too much, or never end.

use poolproof::observe::ErrorClass;
use poolproof::protocol::sip::{Decoder, Limits, Message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::sip::{FRONT_END, front_end, question};
use super::world::World;

#[tokio::test]
async fn an_answer_to_another_request_is_none() {
    let world = front_end(|request| {
        let mut other = Message::reply(request, 200, "OK");
        other.headers.0.retain(|header| header.name != "Call-ID");
        other.headers.push("Call-ID", "somebody-else");
        other.encode()
    })
    .await;
    let error = world.error("sip", question(), ErrorClass::Protocol).await;
    assert!(error.contains("before the answer was complete") && error.contains("somebody-else"), "{error}");
}

#[tokio::test]
async fn nonsense_is_told_as_what_it_is() {
    let cases: [(&str, &[u8], &str); 8] = [
        (
            "another protocol",
            b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
            "`HTTP/1.1 400 Bad Request` begins no SIP",
        ),
        ("a banner", b"SSH-2.0-OpenSSH_9.2\r\n", "begins no SIP"),
        ("no length", b"SIP/2.0 200 OK\r\nCall-ID: a\r\n\r\n", "no Content-Length"),
        ("two lengths", b"SIP/2.0 200 OK\r\nContent-Length: 0\r\nl: 5\r\n\r\n", "two Content-Lengths"),
        ("a negative length", b"SIP/2.0 200 OK\r\nContent-Length: -9\r\n\r\n", "`-9` is no length"),
        ("a body too large", b"SIP/2.0 200 OK\r\nContent-Length: 9999999999\r\n\r\n", "a body of 9999999999 bytes"),
        ("no header", b"SIP/2.0 200 OK\r\nnonsense\r\n\r\n", "`nonsense` is no header field"),
        ("line feeds alone", b"SIP/2.0 200 OK\nContent-Length: 0\n\n", "doesn't end with CR LF"),
    ];
    for (name, bytes, expected) in cases {
        let world = front_end(move |_| bytes.to_vec()).await;
        let error = world.error("sip", question(), ErrorClass::Protocol).await;
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[tokio::test]
async fn headers_without_end_are_bounded() {
    let very_many = |request: &Message| {
        let mut reply = Message::reply(request, 200, "OK");
        (0..100_000).for_each(|number| reply.headers.push("X", number.to_string()));
        reply.encode()
    };
    let world = front_end(very_many).await;
    let error = world.error("sip", question(), ErrorClass::Protocol).await;
    assert!(error.contains("a header of more than the 65536 bytes"), "{error}");

    // Within the bytes, the fields are counted.
    for (fields, within) in [(495, true), (496, false)] {
        let world = front_end(move |request| {
            let mut reply = Message::reply(request, 200, "OK");
            // Via, From, To, Call-ID and CSeq are there, Content-Length is to come.
            (0..fields - 1).for_each(|_| reply.headers.push("X", ""));
            reply.encode()
        })
        .await;
        if within {
            let facts = world.facts("sip", question()).await;
            assert_eq!(facts["headers"].as_array().map(Vec::len), Some(500));
        } else {
            let error = world.error("sip", question(), ErrorClass::Protocol).await;
            assert!(error.contains("more than the 500 header fields"), "{error}");
        }
    }

    let world = World::new()
        .listen(FRONT_END, async |mut stream| {
            let mut bytes = b"SIP/2.0 200 OK\r\n".to_vec();
            while stream.write_all(&bytes).await.is_ok() {
                bytes = b"X-Endless: yes\r\n".repeat(64);
            }
        })
        .await;
    let error = world.error("sip", question(), ErrorClass::Protocol).await;
    assert!(error.contains("a header of more than the 65536 bytes"), "{error}");
}

#[tokio::test]
async fn a_length_that_lies() {
    let more = front_end(|request| {
        let mut bytes = Message::reply(request, 200, "OK").encode();
        let at = bytes.len() - b"0\r\n\r\n".len();
        bytes.splice(at.., b"500\r\n\r\nshort".iter().copied());
        bytes
    });
    let error = more.await.error("sip", question(), ErrorClass::Protocol).await;
    assert!(error.contains("closed before the answer was complete") && error.contains("5 of the 500 bytes"), "{error}");

    let fewer = front_end(|request| {
        let mut bytes = Message::reply(request, 200, "OK").encode();
        bytes.extend(b"and a body that nobody announced");
        bytes
    });
    let facts = fewer.await.facts("sip", question()).await;
    assert_eq!(facts["status"], 200);
    assert!(facts["faults"].to_string().contains("32 bytes follow the answer"), "{facts}");
}

#[tokio::test]
async fn one_byte_a_second_gets_a_verdict_in_time() {
    let world = World::new().impatient().listen(FRONT_END, async |mut stream| {
        for byte in b"SIP/2.0 200 OK\r\n" {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        }
    });
    let error = world.await.error("sip", question(), ErrorClass::Timeout).await;
    assert!(error.contains("no complete answer in time") && error.contains("bytes of its header"), "{error}");
}

/// What a server says again and again.
type Script = fn(&Message) -> Vec<u8>;

#[tokio::test]
async fn what_is_no_answer_is_not_read_without_end() {
    let other = |request: &Message| {
        let mut reply = Message::reply(request, 200, "OK");
        reply.headers.0.retain(|header| header.long_name() != "call-id");
        reply.headers.push("Call-ID", "another");
        reply.encode()
    };
    let request = |_: &Message| {
        b"OPTIONS sip:probe@contoso.test SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n".to_vec()
    };
    let large = |request: &Message| {
        let mut bytes = Message::reply(request, 180, "Ringing").encode();
        let at = bytes.len() - b"0\r\n\r\n".len();
        bytes.splice(at.., [b"200000\r\n\r\n".to_vec(), vec![b'a'; 200_000]].concat());
        bytes
    };
    let cases: [(Script, ErrorClass, &str); 5] = [
        (|_| b"\r\n".repeat(512), ErrorClass::Timeout, "no complete answer in time"),
        (
            |request| Message::reply(request, 100, "Trying").encode(),
            ErrorClass::Timeout,
            "it answered 100, but nothing final",
        ),
        (large, ErrorClass::Timeout, "it answered 180, but nothing final"),
        (other, ErrorClass::Protocol, "64 messages, none of them the answer"),
        (request, ErrorClass::Protocol, "64 messages, none of them the answer"),
    ];
    let verdicts = cases.map(async |(script, class, words)| {
        let world = World::new().half_patient().listen(FRONT_END, move |mut stream| async move {
            let mut decoder = Decoder::new(Limits::default());
            let mut buffer = [0; 4096];
            let request = loop {
                if let Some(request) = decoder.message().expect("a request") {
                    break request;
                }
                let count = stream.read(&mut buffer).await.expect("a request");
                decoder.push(&buffer[..count]);
            };
            let bytes = script(&request);
            while stream.write_all(&bytes).await.is_ok() {}
        });
        let error = world.await.error("sip", question(), class).await;
        assert!(error.contains(words), "{words}: {error}");
    });
    futures::future::join_all(verdicts).await;
}

#[tokio::test]
async fn of_a_long_word_the_beginning_is_told() {
    let world = front_end(|request| {
        let mut other = Message::reply(request, 200, "OK");
        other.headers.0.retain(|header| header.long_name() != "call-id");
        other.headers.push("Call-ID", "x".repeat(60_000));
        [other.encode(), Message::reply(request, 200, "OK").encode()].concat()
    });
    let facts = world.await.facts("sip", question()).await;
    let faults = facts["faults"].to_string();
    assert!(faults.contains("x… (60000 bytes)") && faults.len() < 1_000, "{}", faults.len());
    let world =
        front_end(|_| format!("SIP/2.0 200 OK\r\nContent-Length: {}\r\n\r\n", "9x".repeat(20_000)).into_bytes());
    let error = world.await.error("sip", question(), ErrorClass::Protocol).await;
    assert!(error.contains("is no length") && error.len() < 1_000, "{}", error.len());
}

#[tokio::test]
async fn two_answers_in_one_segment() {
    let world = front_end(|request| {
        [Message::reply(request, 200, "OK").encode(), Message::reply(request, 503, "Service Unavailable").encode()]
            .concat()
    });
    let facts = world.await.facts("sip", question()).await;
    assert_eq!(facts["status"], 200);
    assert!(facts["faults"].to_string().contains("bytes follow the answer"), "{facts}");
}

#[tokio::test]
async fn a_peer_that_never_answers() {
    let world = World::new().impatient().listen(FRONT_END, async |stream| {
        std::future::pending::<()>().await;
        drop(stream);
    });
    let error = world.await.error("sip", question(), ErrorClass::Timeout).await;
    assert!(error.contains("connected, but no answer in time"), "{error}");
}
