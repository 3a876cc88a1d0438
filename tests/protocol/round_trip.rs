//! What is written is read again, however it arrives.

use libtest_mimic::{Failed, Trial};
use poolproof::protocol::sip::{Decoder, Header, Headers, Limits, Message, Start};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("round_trip::messages_in_pieces_of_any_size", messages_in_pieces_of_any_size),
        Trial::test("round_trip::any_bytes_in_any_pieces", any_bytes_in_any_pieces),
        Trial::test("round_trip::what_the_fuzzer_found", what_the_fuzzer_found),
    ]
}

/// Messages that were not the same when they were written and read again.
const FOUND: [&[u8]; 2] = [
    // A fold with nothing in it: written again, it ended the header.
    b"SIP/2.0 401 Unauthorized\r\nCSeq: 1 OPTIONS\r\nWWW-Authenticate: NTLM realm=\"r\",\r\n \r\n targetname=\"fe.b\"\r\nl: 2\r\n\r\nab",
    b"OPTIONS sip:a SIP/2.0\r\nSubject: a\r\n \t\r\n\t\r\nl: 0\r\n\r\n",
];

fn what_the_fuzzer_found() -> Result<(), Failed> {
    for bytes in FOUND {
        let messages = decoded(std::iter::once(bytes)).map_err(|_| "malformed")?;
        let [message] = messages.as_slice() else { return Err(format!("one message, not {messages:?}").into()) };
        let again = decoded(std::iter::once(message.encode().as_slice())).map_err(|_| "malformed when written")?;
        let [again] = again.as_slice() else { return Err(format!("one message, not {again:?}").into()) };
        let fields = |message: &Message| -> Vec<Header> {
            message.headers.0.iter().filter(|header| header.long_name() != "content-length").cloned().collect()
        };
        assert_eq!((&again.start, fields(again), &again.body), (&message.start, fields(message), &message.body));
    }
    Ok(())
}

fn runner() -> TestRunner {
    TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(512) })
}

fn start() -> impl Strategy<Value = Start> {
    prop_oneof![
        ("[A-Z!%'*+.~_-]{1,12}", "[a-z]{1,5}:[!-~]{1,40}").prop_map(|(method, uri)| Start::Request { method, uri }),
        (100..700_u16, "[ -~é]{0,30}").prop_map(|(status, reason)| Start::Response { status, reason }),
    ]
}

fn header() -> impl Strategy<Value = Header> {
    let name = "[A-Za-z][A-Za-z0-9.-]{0,15}";
    let value = prop_oneof!["[!-~é]([ -~é]{0,40}[!-~é])?", "[!-~]{1,9}\r\n [!-~]{1,9}", Just(String::new())];
    (name, value).prop_map(|(name, value)| Header::new(name, value))
}

fn message() -> impl Strategy<Value = Message> {
    let headers = prop::collection::vec(header(), 0..8)
        .prop_map(|headers| headers.into_iter().filter(|one| one.long_name() != "content-length").collect());
    let body = prop::collection::vec(any::<u8>(), 0..64);
    (start(), headers, body).prop_map(|(start, headers, body)| Message { start, headers: Headers(headers), body })
}

/// Everything that a decoder gives for these pieces.
fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Result<Vec<Message>, Vec<Message>> {
    let (mut decoder, mut messages) = (Decoder::new(Limits::default()), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_) => return Err(messages),
            }
        }
    }
    Ok(messages)
}

fn messages_in_pieces_of_any_size() -> Result<(), Failed> {
    let inputs = (prop::collection::vec(message(), 1..4), 1..50_usize);
    runner().run(&inputs, |(messages, size)| {
        let bytes: Vec<u8> = messages.iter().flat_map(Message::encode).collect();
        let mut found = decoded(bytes.chunks(size)).map_err(|_| TestCaseError::fail("malformed"))?;
        for message in &mut found {
            let last = message.headers.0.pop().map(|header| header.long_name());
            prop_assert_eq!(last.as_deref(), Some("content-length"));
        }
        prop_assert_eq!(found, messages);
        Ok(())
    })?;
    Ok(())
}

fn any_bytes_in_any_pieces() -> Result<(), Failed> {
    let piece = prop_oneof![
        Just(b"SIP/2.0 200 OK\r\n".to_vec()),
        Just(b"OPTIONS sip:a SIP/2.0\r\n".to_vec()),
        Just(b"Content-Length: 3\r\n".to_vec()),
        Just(b"l:0\r\n".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"a: b\r\n".to_vec()),
        Just(b" \r\n".to_vec()),
        prop::collection::vec(any::<u8>(), 0..12),
    ];
    let inputs = (prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()), 1..9_usize);
    runner().run(&inputs, |(bytes, size)| {
        // The same messages, and the same end, whatever the pieces.
        let whole = decoded(std::iter::once(bytes.as_slice()));
        prop_assert_eq!(&decoded(bytes.chunks(size)), &whole);
        for message in whole.unwrap_or_else(|messages| messages) {
            let again = decoded(std::iter::once(message.encode().as_slice()));
            prop_assert!(again.as_ref().is_ok_and(|again| again.len() == 1), "{:?}", again);
        }
        Ok(())
    })?;
    Ok(())
}
