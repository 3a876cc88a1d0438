//! A security association: what both sides sign from the answered challenge on
//! ([MS-SIPAE] 3.2.5, 3.3.5).

use std::collections::BTreeSet;

use super::message::Message;
use super::signed::{Proof, SignatureVersion};
use crate::protocol::ntlm::{Direction, SessionKeys, Signature};

/// Numbers of signatures that are remembered: one that comes twice is a replay.
const REMEMBERED: usize = 256;

/// Who we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The client: it signs in Authorization or, where a proxy asked, in Proxy-Authorization.
    Client {
        /// Whether a proxy asked.
        of_proxy: bool,
    },
    /// The server: it signs in Authentication-Info.
    Server,
}

/// What both sides sign by. It can't be printed: it holds the session's keys.
#[derive(Clone)]
pub struct Association {
    side: Side,
    realm: String,
    targetname: String,
    opaque: String,
    version: SignatureVersion,
    keys: SessionKeys,
    sent: u32,
    heard: BTreeSet<u64>,
}

/// Why a message is not the other side's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// It isn't signed.
    #[error("it is not signed")]
    Unsigned,
    /// It is signed for another association, or in a way that nobody agreed on.
    #[error("it is signed for another security association ({0})")]
    Foreign(String),
    /// What is there is no signature, or can't be held against the message.
    #[error("its signature can't be read: {0}")]
    Unreadable(String),
    /// The signature is not that of this message.
    #[error("its signature is wrong: it was changed on its way, or somebody else made it")]
    Wrong,
    /// A signature with this number was there before.
    #[error("its signature is number {0}, and that was there before: it is a replay")]
    Again(u64),
}

impl Association {
    /// An association whose keys both sides have.
    #[must_use]
    pub fn new(side: Side, names: [&str; 3], version: SignatureVersion, keys: SessionKeys) -> Self {
        let [realm, targetname, opaque] = names.map(str::to_owned);
        Self { side, realm, targetname, opaque, version, keys, sent: 0, heard: BTreeSet::new() }
    }

    /// The server that holds it.
    #[must_use]
    pub fn targetname(&self) -> &str {
        &self.targetname
    }

    /// Signs a message, as the last thing that is done to it.
    ///
    /// # Errors
    /// Which of its fields can't be taken apart.
    pub fn sign(&mut self, message: &mut Message, random: u32) -> Result<(), &'static str> {
        let signed = self.signature(message, random)?;
        let name = match self.side {
            Side::Client { of_proxy: false } => "Authorization",
            Side::Client { of_proxy: true } => "Proxy-Authorization",
            Side::Server => "Authentication-Info",
        };
        message.headers.push(name, format!("NTLM qop=\"auth\", {}, {signed}", self.names()));
        Ok(())
    }

    /// Realm, server and number, as parameters.
    pub(super) fn names(&self) -> String {
        names(&self.realm, &self.targetname, Some(&self.opaque))
    }

    /// A message's signature, as parameters.
    pub(super) fn signature(&mut self, message: &Message, random: u32) -> Result<String, &'static str> {
        self.sent = self.sent.saturating_add(1);
        let mut proof = Proof {
            scheme: "NTLM".to_owned(),
            signature: String::new(),
            random: format!("{random:08x}"),
            number: self.sent.to_string(),
            realm: self.realm.clone(),
            targetname: self.targetname.clone(),
            opaque: self.opaque.clone(),
        };
        let text = message.signed_text(&proof, self.version)?;
        proof.signature = self.keys.sign(self.own(), &text).to_string();
        let [random, number, signature] = match self.side {
            Side::Client { .. } => ["crand", "cnum", "response"],
            Side::Server => ["srand", "snum", "rspauth"],
        };
        let Proof { random: r, number: n, signature: s, .. } = proof;
        Ok(format!("{random}=\"{r}\", {number}=\"{n}\", {signature}=\"{s}\""))
    }

    /// Whether a message is the other side's, and was not there before.
    ///
    /// # Errors
    /// Why it is not.
    pub fn verify(&mut self, message: &Message) -> Result<(), Unproven> {
        let proof = match self.side {
            Side::Client { .. } => Proof::of_server(&message.headers),
            Side::Server => Proof::of_client(&message.headers),
        };
        let proof = proof.ok_or(Unproven::Unsigned)?;
        let same = |own: &str, other: &str| own.eq_ignore_ascii_case(other);
        if !same("NTLM", &proof.scheme) {
            return Err(Unproven::Foreign(format!("by {}", shown(&proof.scheme))));
        }
        // A server may leave out what it has told before.
        for (what, own, other) in
            [("opaque", &self.opaque, &proof.opaque), ("targetname", &self.targetname, &proof.targetname)]
        {
            if !other.is_empty() && !same(own, other) {
                return Err(Unproven::Foreign(format!("{what} {}", shown(other))));
            }
        }
        let unreadable = |what: &str| Unproven::Unreadable(what.to_owned());
        let number = proof.number.parse().map_err(|_| unreadable("its number is none"))?;
        let signature = Signature::read(&proof.signature).ok_or_else(|| unreadable("it is not 32 digits"))?;
        let text = message.signed_text(&proof, self.version).map_err(unreadable)?;
        if !self.keys.verify(self.others(), &text, signature) {
            return Err(Unproven::Wrong);
        }
        self.remember(number)
    }

    fn remember(&mut self, number: u64) -> Result<(), Unproven> {
        let forgotten = self.heard.len() >= REMEMBERED && self.heard.first().is_some_and(|least| number < *least);
        if forgotten || !self.heard.insert(number) {
            return Err(Unproven::Again(number));
        }
        if self.heard.len() > REMEMBERED {
            self.heard.pop_first();
        }
        Ok(())
    }

    fn own(&self) -> Direction {
        if self.side == Side::Server { Direction::ToClient } else { Direction::ToServer }
    }

    fn others(&self) -> Direction {
        if self.side == Side::Server { Direction::ToServer } else { Direction::ToClient }
    }
}

/// `realm="…", targetname="…", opaque="…"`.
pub(super) fn names(realm: &str, targetname: &str, opaque: Option<&str>) -> String {
    let opaque = opaque.map(|opaque| format!(", opaque={}", quoted(opaque))).unwrap_or_default();
    format!("realm={}, targetname={}{opaque}", quoted(realm), quoted(targetname))
}

/// A quoted string (RFC 3261 25.1): what a server has sent goes back as it was.
fn quoted(text: &str) -> String {
    let inner: String = text
        .chars()
        .filter(|letter| !letter.is_control())
        .flat_map(|letter| matches!(letter, '"' | '\\').then_some('\\').into_iter().chain([letter]))
        .collect();
    format!("\"{inner}\"")
}

/// As much of what a peer wrote as tells what it is.
fn shown(text: &str) -> String {
    text.chars().take(60).flat_map(char::escape_debug).collect()
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;
    use crate::protocol::ntlm::Flags;

    fn pair() -> (Association, Association) {
        let keys = SessionKeys::of(&Zeroizing::new([7; 16]), Flags::OFFERED);
        let of = |side, keys| {
            Association::new(side, ["a \"realm\"", "fe11.contoso.com", "0A1B"], SignatureVersion::Three, keys)
        };
        (of(Side::Client { of_proxy: false }, keys.clone()), of(Side::Server, keys))
    }

    fn request() -> Message {
        let mut request = Message::request("OPTIONS", "sip:contoso.com");
        for (name, value) in [("From", "<sip:a@b>;tag=1"), ("To", "<sip:c@d>"), ("Call-ID", "x"), ("CSeq", "1 OPTIONS")]
        {
            request.headers.push(name, value);
        }
        request
    }

    #[test]
    fn what_one_side_signs_the_other_verifies_once() {
        let (mut client, mut server) = pair();
        let mut signed = request();
        client.sign(&mut signed, 0xabc).expect("signed");
        assert_eq!(server.verify(&signed), Ok(()));
        assert_eq!(server.verify(&signed), Err(Unproven::Again(1)));
        // A server's own are not a client's.
        assert_eq!(client.verify(&signed), Err(Unproven::Unsigned));
        let mut answer = Message::reply(&signed, 200, "OK");
        server.sign(&mut answer, 1).expect("signed");
        assert_eq!(client.verify(&answer), Ok(()));
        let mut again = request();
        client.sign(&mut again, 0xabc).expect("signed");
        assert_eq!(server.verify(&again), Ok(()), "the next number is another message's");
    }

    #[test]
    fn each_way_to_be_unproven_is_told_apart() {
        let (mut client, mut server) = pair();
        let mut signed = request();
        client.sign(&mut signed, 1).expect("signed");
        let changed = |from: &str, to: &str| {
            let mut other = signed.clone();
            for header in &mut other.headers.0 {
                header.raw = String::from_utf8_lossy(&header.raw).replace(from, to).into_bytes();
            }
            assert_ne!(other, signed, "{from}");
            other
        };
        assert_eq!(server.verify(&request()), Err(Unproven::Unsigned));
        assert!(matches!(server.verify(&changed("0A1B", "0A1C")), Err(Unproven::Foreign(_))));
        assert!(matches!(server.verify(&changed("fe11", "fe12")), Err(Unproven::Foreign(_))));
        assert!(matches!(server.verify(&changed("NTLM", "Kerberos")), Err(Unproven::Foreign(_))));
        assert!(matches!(server.verify(&changed("cnum=\"1\"", "cnum=\"x\"")), Err(Unproven::Unreadable(_))));
        assert!(matches!(server.verify(&changed("response=\"", "response=\"0")), Err(Unproven::Unreadable(_))));
        for (from, to) in [("sip:a@b", "sip:b@b"), ("1 OPTIONS", "2 OPTIONS"), ("00000001", "00000002")] {
            assert_eq!(server.verify(&changed(from, to)), Err(Unproven::Wrong), "{from}");
        }
        assert_eq!(server.verify(&changed("0A1B", "0a1b")), Ok(()), "numbers of associations have no case");
    }

    #[test]
    fn numbers_may_come_out_of_order_but_never_twice_nor_from_long_ago() {
        let (mut client, _) = pair();
        for number in (0..600).step_by(2).chain((301..600).step_by(2)) {
            assert_eq!(client.remember(number), Ok(()), "{number}");
        }
        for number in [598, 599, 1, 0] {
            assert_eq!(client.remember(number), Err(Unproven::Again(number)));
        }
    }
}
