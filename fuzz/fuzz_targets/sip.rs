//! Any bytes as SIP, in pieces of any size: the same messages whatever the pieces, each
//! the same when it is written and read again, and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::diagnostics::{Diagnostics, HEADERS};
use poolproof::protocol::sip::{Challenge, Decoder, Limits, Message};

fn decoded<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (Vec<Message>, bool) {
    let (mut decoder, mut messages) = (Decoder::new(Limits::default()), Vec::new());
    for piece in pieces {
        decoder.push(piece);
        loop {
            match decoder.message() {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(_) => return (messages, false),
            }
        }
    }
    (messages, true)
}

fuzz_target!(|input: (u8, &[u8])| {
    let (size, bytes) = input;
    let whole = decoded(std::iter::once(bytes));
    assert_eq!(decoded(bytes.chunks(usize::from(size).max(1))), whole);
    for message in &whole.0 {
        std::hint::black_box((message.faults(), Challenge::all(&message.headers), message.answers(message)));
        for header in &message.headers.0 {
            std::hint::black_box(HEADERS.map(|name| Diagnostics::read(name, &header.value())));
        }
        let (again, clean) = decoded(std::iter::once(message.encode().as_slice()));
        assert!(clean && again.len() == 1, "{message:?}");
        assert_eq!((&again[0].start, &again[0].body), (&message.start, &message.body));
        let fields = |message: &Message| {
            let headers = message.headers.0.iter().filter(|header| header.long_name() != "content-length");
            headers.cloned().collect::<Vec<_>>()
        };
        assert_eq!(fields(&again[0]), fields(message));
    }
});
