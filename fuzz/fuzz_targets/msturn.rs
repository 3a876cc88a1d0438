//! Any bytes as MS-TURN, as a datagram and as a stream in pieces of any size: the same
//! frames whatever the pieces, each message the same when it is written and read again,
//! and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::msturn::{
    AttributeKind, Frame, Frames, Integrity, Key, Message, begins_client_hello, begins_server_hello,
};

fn frames<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Frame>, bool) {
    let (mut frames, mut whole) = (Frames::default(), Vec::new());
    for piece in pieces {
        frames.push(piece);
        loop {
            match frames.frame() {
                Ok(Some(frame)) => whole.push(frame),
                Ok(None) => break,
                Err(_) => return (whole, false),
            }
        }
    }
    (whole, true)
}

fn message(bytes: &[u8], key: &Key) {
    let Ok(message) = Message::decode(bytes) else { return };
    assert_eq!(message.encode().expect("it was as long"), bytes);
    std::hint::black_box((message.error(), message.sequence(), message.masked_address(AttributeKind::MAPPED_ADDRESS)));
    let integrity = key.verify(&message, bytes);
    assert!(integrity == Integrity::Absent || message.get(AttributeKind::MESSAGE_INTEGRITY).is_some());
    if integrity == Integrity::Absent {
        let signed = key.sign(&message).expect("little is added");
        if let Ok(read) = Message::decode(&signed) {
            assert_eq!(key.verify(&read, &signed), Integrity::Valid);
        }
    }
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let key = Key::of(b"probe", b"\"rtcmedia\"", b"secret");
    std::hint::black_box((begins_client_hello(bytes), begins_server_hello(bytes)));
    message(bytes, &key);
    let whole = frames(std::iter::once(bytes));
    assert_eq!(frames(bytes.chunks(usize::from(size).max(1))), whole);
    for frame in &whole.0 {
        message(&frame.body, &key);
    }
});
