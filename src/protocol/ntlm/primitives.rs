//! The few functions that NTLM is made of ([MS-NLMP] 6), over the primitives of `RustCrypto`.

use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};
use zeroize::{Zeroize, Zeroizing};

/// 128 bits that nobody may see: a hash of a password, or a key. Wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 16]>;

pub(super) fn md4(data: &[u8]) -> Key {
    Zeroizing::new(Md4::digest(data).into())
}

/// MD5 of what the parts make together.
pub(super) fn md5(parts: &[&[u8]]) -> Key {
    let mut hash = Md5::new();
    for part in parts {
        hash.update(part);
    }
    Zeroizing::new(hash.finalize().into())
}

/// HMAC-MD5 of what the parts make together (RFC 2104).
pub(super) fn hmac(key: &[u8; 16], parts: &[&[u8]]) -> Key {
    // A key shorter than a block is filled up with zeros (RFC 2104 2): a whole block can't be refused.
    let mut block = [0; 64];
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Md5>::new(&block.into());
    block.zeroize();
    for part in parts {
        mac.update(part);
    }
    Zeroizing::new(mac.finalize().into_bytes().into())
}

/// RC4, from the beginning of its stream.
pub(super) fn rc4(key: &[u8; 16], data: &mut [u8]) {
    // The key schedule goes round the key (so twice the key is the same key), and this length
    // can't be refused.
    let mut twice = [0; 32];
    for (to, from) in twice.iter_mut().zip(key.iter().cycle()) {
        *to = *from;
    }
    let mut stream = Rc4::new(&twice.into());
    twice.zeroize();
    stream.apply_keystream(data);
}

/// UTF-16, little endian.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Upper case letter by letter, as Windows does it: a letter whose capital is several
/// letters (`ß`) stays as it is.
pub(super) fn upper(text: &str) -> String {
    text.chars()
        .map(|letter| {
            let mut capitals = letter.to_uppercase();
            match (capitals.next(), capitals.next()) {
                (Some(one), None) => one,
                _ => letter,
            }
        })
        .collect()
}

/// Whether two texts of bytes are equal, in a time that doesn't depend on where they differ.
pub(super) fn equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_primitives_are_those_of_the_standards() {
        assert_eq!(hex(&md4(b"message digest")[..]), "d9130a8164549fe818874806e1c7014b");
        assert_eq!(hex(&md5(&[b"message ", b"digest"])[..]), "f96b697d7cb7938d525a2f31aaf161d0");
        // RFC 2202 2, case 1.
        assert_eq!(hex(&hmac(&[0x0b; 16], &[b"Hi ", b"There"])[..]), "9294727a3638bb1c13f48ef8158bfc9d");
        // RFC 6229 2, the key of 128 bits.
        let key = core::array::from_fn(|at| u8::try_from(at + 1).unwrap_or_default());
        let mut stream = [0; 16];
        rc4(&key, &mut stream);
        assert_eq!(hex(&stream), "9ac7cc9a609d1ef7b2932899cde41b97");
    }

    #[test]
    fn capitals_are_those_of_windows() {
        assert_eq!(upper("straße Émile ŀ"), "STRAßE ÉMILE Ŀ");
    }
}
