//! Any bytes as a server's first flight of TLS, in pieces of any size: the same whatever
//! the pieces, and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use poolproof::protocol::hello::{Flight, client_hello};

fn heard<'a>(mut pieces: impl Iterator<Item = &'a [u8]>) -> impl PartialEq + std::fmt::Debug {
    let mut flight = Flight::default();
    let malformed = pieces.find_map(|piece| flight.push(piece).err());
    (flight.hello(), flight.alert(), flight.asks_for_certificate(), malformed)
}

fuzz_target!(|input: (u8, [u8; 32], &[u8])| {
    let (size, random, bytes) = input;
    let whole = heard(std::iter::once(bytes));
    assert_eq!(heard(bytes.chunks(usize::from(size).max(1))), whole);
    let hello = client_hello(&random, std::str::from_utf8(bytes).ok());
    let told = usize::from(u16::from_be_bytes([hello[3], hello[4]]));
    assert_eq!(told + 5, hello.len());
});
