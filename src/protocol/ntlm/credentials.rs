//! Who signs in.

use zeroize::{Zeroize, Zeroizing};

use super::primitives::{Key, hmac, md4, upper, utf16};

/// A user of a domain, without the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The logon name.
    pub user: String,
    /// The domain; empty where the user is a user principal name.
    pub domain: String,
}

impl Credentials {
    /// Takes a logon name apart: `DOMAIN\name`, or a user principal name, which goes with an
    /// empty domain ([MS-NLMP] 3.3.2 makes the key over what is sent).
    #[must_use]
    pub fn of(logon: &str) -> Self {
        match logon.split_once('\\') {
            Some((domain, user)) => Self { user: user.to_owned(), domain: domain.to_owned() },
            None => Self { user: logon.to_owned(), domain: String::new() },
        }
    }

    /// The key that responses are made with.
    #[must_use]
    pub fn key(&self, password: &str) -> ResponseKey {
        let mut letters = utf16(password);
        let hash = md4(&letters);
        letters.zeroize();
        let name = Zeroizing::new(utf16(&(upper(&self.user) + &self.domain)));
        ResponseKey(hmac(&hash, &[&name]))
    }
}

/// `NTOWFv2`: as good as the password, for this user ([MS-NLMP] 3.3.2). Wiped when dropped.
#[derive(Clone)]
pub struct ResponseKey(pub(super) Key);
