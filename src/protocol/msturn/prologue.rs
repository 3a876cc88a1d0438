//! The exchange before MS-TURN over TCP 443: bytes that look like the beginning of TLS 1.0,
//! always the same but for random parts, so that firewalls let them pass. Nothing is
//! encrypted, and the server shows no certificate.

use std::ops::Range;

/// Bytes of the client's part.
pub const CLIENT_HELLO: usize = 50;
/// Bytes of the server's part.
pub const SERVER_HELLO: usize = 83;

const RANDOM: Range<usize> = 11..43;
const SESSION: Range<usize> = 44..76;

const CLIENT: [u8; CLIENT_HELLO] = {
    let mut bytes = [0; CLIENT_HELLO];
    place(&mut bytes, 0, &[0x16, 3, 1, 0, 0x2d, 1, 0, 0, 0x29, 3, 1]);
    place(&mut bytes, RANDOM.end, &[0, 0, 2, 0, 0x18, 1, 0]);
    bytes
};

const SERVER: [u8; SERVER_HELLO] = {
    let mut bytes = [0; SERVER_HELLO];
    place(&mut bytes, 0, &[0x16, 3, 1, 0, 0x4e, 2, 0, 0, 0x46, 3, 1]);
    place(&mut bytes, RANDOM.end, &[0x20]);
    place(&mut bytes, SESSION.end, &[0, 0x18, 0, 0x0e, 0, 0, 0]);
    bytes
};

/// Lays a part into a whole; out of it, the program would not compile.
const fn place(whole: &mut [u8], at: usize, part: &[u8]) {
    let mut index = 0;
    while index < part.len() {
        whole[at + index] = part[index];
        index += 1;
    }
}

/// What a client begins with, with these random bytes; by the custom of TLS the first four are the time.
#[must_use]
pub fn client_hello(random: &[u8; 32]) -> [u8; CLIENT_HELLO] {
    let mut bytes = CLIENT;
    fill(&mut bytes, RANDOM, random);
    bytes
}

/// What a server answers it with, these random bytes and this TLS session id in it.
#[must_use]
pub fn server_hello(random: &[u8; 32], session: &[u8; 32]) -> [u8; SERVER_HELLO] {
    let mut bytes = SERVER;
    fill(&mut bytes, RANDOM, random);
    fill(&mut bytes, SESSION, session);
    bytes
}

/// Whether bytes are, or can still become, what a client begins with.
#[must_use]
pub fn begins_client_hello(bytes: &[u8]) -> bool {
    fits(bytes, &CLIENT, &[RANDOM])
}

/// Whether bytes are, or can still become, what a server answers.
#[must_use]
pub fn begins_server_hello(bytes: &[u8]) -> bool {
    fits(bytes, &SERVER, &[RANDOM, SESSION])
}

fn fill(bytes: &mut [u8], place: Range<usize>, with: &[u8; 32]) {
    for (byte, with) in bytes.iter_mut().skip(place.start).take(place.len()).zip(with) {
        *byte = *with;
    }
}

fn fits(bytes: &[u8], form: &[u8], random: &[Range<usize>]) -> bool {
    let free = |at: usize| random.iter().any(|range| range.contains(&at));
    bytes.len() <= form.len() && bytes.iter().zip(form).enumerate().all(|(at, (byte, form))| byte == form || free(at))
}
