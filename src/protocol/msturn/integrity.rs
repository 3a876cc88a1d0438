//! Message integrity: HMAC-SHA1 under a key made of user name, realm and password.

use md5::{Digest, Md5};
use ring::hmac;
use zeroize::Zeroizing;

use super::attribute::{Attribute, AttributeKind};
use super::message::{ATTRIBUTE_HEADER, HEADER, Message, TooLong};

/// Bytes of a signature.
const SIGNATURE: usize = 20;
/// What is signed is filled up with zeros to a multiple of this.
const BLOCK: usize = 64;

/// The key that requests of one account are signed with. It is wiped from memory, and can't be printed.
pub struct Key(Zeroizing<[u8; 16]>);

/// What the signature of a message is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Integrity {
    /// There is none.
    Absent,
    /// It is of who knows the key.
    Valid,
    /// It is not, or the message was changed, or more follows it.
    Wrong,
}

impl Key {
    /// MD5 of user name, realm and password with colons between, each as bytes: what the
    /// credentials service hands out is Base64 of them. Quotation marks around the realm
    /// are not part of it.
    #[must_use]
    pub fn of(user: &[u8], realm: &[u8], password: &[u8]) -> Self {
        let realm = realm.strip_prefix(b"\"").unwrap_or(realm);
        let realm = realm.strip_suffix(b"\"").unwrap_or(realm);
        let mut digest = Md5::new();
        for part in [user, b":", realm, b":", password] {
            digest.update(part);
        }
        Self(Zeroizing::new(digest.finalize().into()))
    }

    /// The key itself.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The message with its signature as the last attribute.
    ///
    /// # Errors
    /// It is too long.
    pub fn sign(&self, message: &Message) -> Result<Vec<u8>, TooLong> {
        let mut bytes = message.encode_before(ATTRIBUTE_HEADER + SIGNATURE)?;
        let signature = hmac::sign(&self.hmac(), &filled_up(&bytes));
        bytes.extend(AttributeKind::MESSAGE_INTEGRITY.0.to_be_bytes());
        bytes.extend([0, 20]);
        bytes.extend(signature.as_ref());
        Ok(bytes)
    }

    /// Holds a message, `bytes` on the wire, against its signature.
    #[must_use]
    pub fn verify(&self, message: &Message, bytes: &[u8]) -> Integrity {
        let is_signature = |one: &Attribute| one.kind == AttributeKind::MESSAGE_INTEGRITY;
        if !message.attributes.iter().any(is_signature) {
            return Integrity::Absent;
        }
        let last = message.attributes.last().filter(|last| is_signature(last) && last.value.len() == SIGNATURE);
        let end = bytes.len().saturating_sub(ATTRIBUTE_HEADER + SIGNATURE);
        let (Some(signature), Some(signed)) = (last, bytes.get(..end).filter(|signed| signed.len() >= HEADER)) else {
            return Integrity::Wrong;
        };
        match hmac::verify(&self.hmac(), &filled_up(signed), &signature.value) {
            Ok(()) => Integrity::Valid,
            Err(_) => Integrity::Wrong,
        }
    }

    fn hmac(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &*self.0)
    }
}

fn filled_up(bytes: &[u8]) -> Vec<u8> {
    let mut filled = bytes.to_vec();
    filled.resize(bytes.len().next_multiple_of(BLOCK), 0);
    filled
}
