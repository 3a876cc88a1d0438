//! Signatures of messages ([MS-NLMP] 3.4.4), as SIP uses them: each with sequence number
//! 100, and with an RC4 stream of its own ([MS-SIPAE] 3.2.5.2).

use std::fmt;

use flate2::Crc;
use zeroize::{Zeroize, Zeroizing};

use super::flags::Flags;
use super::primitives::{Key, equal, hmac, md5, rc4};

/// The sequence number of every signature.
pub const SEQUENCE: u32 = 100;

/// Who signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The client.
    ToServer,
    /// The server.
    ToClient,
}

/// The keys of a session. Wiped when dropped.
#[derive(Clone)]
pub struct SessionKeys(Kind);

#[derive(Clone)]
enum Kind {
    /// With extended session security: a pair of keys for each direction.
    Extended { to_server: Pair, to_client: Pair },
    /// Without it: the session's key itself, for a checksum.
    Checksum(Key),
}

#[derive(Clone)]
struct Pair {
    sign: Key,
    seal: Key,
}

/// A signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature([u8; 16]);

impl SessionKeys {
    /// The keys that follow from what was agreed on ([MS-NLMP] 3.4.5).
    #[must_use]
    pub fn of(session: &Zeroizing<[u8; 16]>, flags: Flags) -> Self {
        if !flags.has(Flags::EXTENDED_SESSION_SECURITY) {
            return Self(Kind::Checksum(session.clone()));
        }
        let key = |constant: &[u8]| md5(&[session.as_slice(), constant]);
        Self(Kind::Extended {
            to_server: Pair {
                sign: key(b"session key to client-to-server signing key magic constant\0"),
                seal: key(b"session key to client-to-server sealing key magic constant\0"),
            },
            to_client: Pair {
                sign: key(b"session key to server-to-client signing key magic constant\0"),
                seal: key(b"session key to server-to-client sealing key magic constant\0"),
            },
        })
    }

    /// Signs a text.
    #[must_use]
    pub fn sign(&self, direction: Direction, text: &[u8]) -> Signature {
        self.sign_as(direction, text, SEQUENCE)
    }

    /// Whether a signature is that of a text.
    #[must_use]
    pub fn verify(&self, direction: Direction, text: &[u8], signature: Signature) -> bool {
        let own = self.sign(direction, text);
        match self.0 {
            Kind::Extended { .. } => equal(&own.0, &signature.0),
            // Without extended session security four bytes are filled at random ([MS-NLMP] 3.4.4.1).
            Kind::Checksum(_) => equal(&own.meant(), &signature.meant()),
        }
    }

    fn sign_as(&self, direction: Direction, text: &[u8], sequence: u32) -> Signature {
        let number = sequence.to_le_bytes();
        let mut signature = [0; 16];
        signature[0] = 1;
        match &self.0 {
            Kind::Extended { to_server, to_client } => {
                let pair = if direction == Direction::ToServer { to_server } else { to_client };
                let mut sum = hmac(&pair.sign, &[&number, text]);
                // A key for this number: the stream begins anew with every message ([MS-NLMP] 3.4.4.2).
                let (checksum, _) = sum.split_at_mut(8);
                rc4(&md5(&[pair.seal.as_slice(), &number]), checksum);
                signature[4..12].copy_from_slice(checksum);
                signature[12..].copy_from_slice(&number);
            }
            Kind::Checksum(key) => {
                let mut crc = Crc::new();
                crc.update(text);
                let mut stream = [0; 12];
                stream[4..8].copy_from_slice(&crc.sum().to_le_bytes());
                rc4(key, &mut stream);
                signature[8..12].copy_from_slice(&stream[4..8]);
                for ((to, from), number) in signature[12..].iter_mut().zip(&stream[8..]).zip(number) {
                    *to = from ^ number;
                }
                stream.zeroize();
            }
        }
        Signature(signature)
    }
}

impl Signature {
    /// Reads 32 hexadecimal digits of either case.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let (pairs, rest) = text.as_bytes().as_chunks::<2>();
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let bytes: Vec<u8> =
            pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect::<Option<_>>()?;
        rest.is_empty().then(|| bytes.as_array().copied().map(Self)).flatten()
    }

    /// What of it has a meaning without extended session security.
    fn meant(self) -> [u8; 16] {
        let mut meant = self.0;
        meant[4..8].fill(0);
        meant
    }
}

/// As Microsoft's clients write it: lower case.
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests;
