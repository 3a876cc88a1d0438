//! A `ClientHello` that offers all that old servers speak.

use super::suites::Suite;

const HANDSHAKE: u8 = 22;
const CLIENT_HELLO: u8 = 1;
/// Secure renegotiation is understood (RFC 5746 3.3).
const RENEGOTIATION: u16 = 0x00ff;

const SERVER_NAME: u16 = 0;
const GROUPS: u16 = 10;
const POINT_FORMATS: u16 = 11;
const SIGNATURE_ALGORITHMS: u16 = 13;

/// P-256, P-384, P-521.
const CURVES: [u16; 3] = [23, 24, 25];
/// RSA and ECDSA, with SHA-256, SHA-384, SHA-512 and SHA-1.
const ALGORITHMS: [u16; 8] = [0x0401, 0x0501, 0x0601, 0x0201, 0x0403, 0x0503, 0x0603, 0x0203];

/// The bytes, with these random ones, and with `name` for SNI. The server chooses the
/// version, up to TLS 1.2, and the suite.
#[must_use]
pub fn client_hello(random: &[u8; 32], name: Option<&str>) -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend(random);
    // No session to go on with.
    hello.push(0);
    let suites: Vec<u16> = Suite::known().map(|suite| suite.0).chain([RENEGOTIATION]).collect();
    hello.extend(long(&numbers(&suites)));
    // No compression.
    hello.extend([1, 0]);
    let mut extensions = Vec::new();
    // A longer one is no name of a host.
    if let Some(name) = name.filter(|name| name.len() <= 255) {
        let entry = [vec![0], long(name.as_bytes())].concat();
        extensions.extend(extension(SERVER_NAME, &long(&entry)));
    }
    extensions.extend(extension(GROUPS, &long(&numbers(&CURVES))));
    extensions.extend(extension(POINT_FORMATS, &[1, 0]));
    extensions.extend(extension(SIGNATURE_ALGORITHMS, &long(&numbers(&ALGORITHMS))));
    hello.extend(long(&extensions));
    let message = [vec![CLIENT_HELLO, 0], long(&hello)].concat();
    [vec![HANDSHAKE, 3, 1], long(&message)].concat()
}

fn numbers(numbers: &[u16]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// Bytes behind their length in two bytes; all of ours are some hundred bytes long.
fn long(bytes: &[u8]) -> Vec<u8> {
    let mut counted = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes().to_vec();
    counted.extend(bytes);
    counted
}

fn extension(kind: u16, value: &[u8]) -> Vec<u8> {
    [kind.to_be_bytes().to_vec(), long(value)].concat()
}
