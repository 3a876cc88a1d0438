//! Binary identifiers: `objectGUID` and `objectSid`.

use std::fmt::Write as _;

/// An `objectGUID` as text. Its first three fields are little-endian on the wire
/// (MS-DTYP 2.3.4.2); none where it is not 16 bytes.
#[must_use]
pub fn guid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, node @ ..] = bytes;
    let node: u64 = node.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte));
    Some(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{node:012x}",
        u32::from_le_bytes([a0, a1, a2, a3]),
        u16::from_le_bytes([b0, b1]),
        u16::from_le_bytes([c0, c1]),
        u16::from_be_bytes([d0, d1]),
    ))
}

/// An `objectSid` as text: revision, authority (big-endian), sub-authorities
/// (little-endian; MS-DTYP 2.4.2.2). None where the bytes are not exactly one.
#[must_use]
pub fn sid(bytes: &[u8]) -> Option<String> {
    const MOST: u8 = 15;
    let [revision @ 1, count @ ..=MOST, a0, a1, a2, a3, a4, a5, rest @ ..] = bytes else { return None };
    let authority = [a0, a1, a2, a3, a4, a5].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(**byte));
    let (numbers, more) = rest.as_chunks::<4>();
    if numbers.len() != usize::from(*count) || !more.is_empty() {
        return None;
    }
    let mut text = format!("S-{revision}-");
    // MS-DTYP 2.4.2.1: an authority of 2^32 and more is written in hexadecimal digits.
    let _ = if authority < 1 << 32 { write!(text, "{authority}") } else { write!(text, "0x{authority:012X}") };
    for number in numbers {
        let _ = write!(text, "-{}", u32::from_le_bytes(*number));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guid_is_mixed_endian() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(guid(&bytes).as_deref(), Some("03020100-0504-0706-0809-0a0b0c0d0e0f"));
        assert_eq!(guid(&[0xff; 16]).as_deref(), Some("ffffffff-ffff-ffff-ffff-ffffffffffff"));
        assert_eq!((guid(&[]), guid(&[0; 15]), guid(&[0; 17])), (None, None, None));
    }

    #[test]
    fn a_sid_is_read() {
        // S-1-5-32-544, and a user's.
        assert_eq!(sid(&[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]).as_deref(), Some("S-1-5-32-544"));
        let user = [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255, 0x51, 4, 0, 0];
        assert_eq!(sid(&user).as_deref(), Some("S-1-5-21-1-2-4294967295-1105"));
        assert_eq!(sid(&[1, 0, 0, 1, 0, 0, 0, 0]).as_deref(), Some("S-1-0x000100000000"));
        for bad in [&user[..27], &[2, 0, 0, 0, 0, 0, 0, 5], &[1, 16, 0, 0, 0, 0, 0, 5], &[1, 0, 0, 0, 0, 0, 0], &[]] {
            assert_eq!(sid(bad), None, "{bad:?}");
        }
        assert_eq!(sid(&[&user[..], &[0]].concat()), None);
    }
}
