//! AUTHENTICATE, with which a client answers ([MS-NLMP] 2.2.1.3, 3.3.2).

use zeroize::Zeroizing;

use super::challenge::Challenge;
use super::credentials::{Credentials, ResponseKey};
use super::fields::{Malformed, Reader, Writer};
use super::flags::Flags;
use super::primitives::{Key, equal, hmac, rc4, utf16};
use super::signature::SessionKeys;

/// What a client chooses at random, and its clock.
#[derive(Clone)]
pub struct Nonces {
    /// The client's challenge.
    pub client: [u8; 8],
    /// The session's key.
    pub session: Zeroizing<[u8; 16]>,
    /// The client's clock (FILETIME: 100 ns since 1601), used where the server doesn't tell its own.
    pub filetime: u64,
}

/// Why a challenge is not answered: the server offers less than a signed session needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server's NTLM challenge lacks {}", .0.join(", "))]
pub struct Refused(pub Vec<&'static str>);

/// What a client has answered, as a server reads it.
#[derive(Clone)]
pub struct Authenticate {
    /// Who it says that it is.
    pub credentials: Credentials,
    /// The name of its machine.
    pub workstation: String,
    flags: Flags,
    response: Vec<u8>,
    sealed_key: Vec<u8>,
}

/// With a version field and without a MIC, as the captured message has it.
const SIZE: usize = 72;

/// A version field as a client of this family sends it: Windows 5.2, build 3790.
const VERSION: [u8; 8] = [5, 2, 0xce, 0x0e, 0, 0, 0, 15];

impl Authenticate {
    /// Answers a challenge: the message, and the keys of the session.
    ///
    /// # Errors
    /// The server offers less than a signed session needs.
    pub fn answer(
        challenge: &Challenge,
        credentials: &Credentials,
        key: &ResponseKey,
        workstation: &str,
        nonces: &Nonces,
    ) -> Result<(Vec<u8>, SessionKeys), Refused> {
        let lacks = challenge.flags.lacks();
        if !lacks.is_empty() {
            return Err(Refused(lacks));
        }
        let flags = challenge.flags.answer();
        let filetime = challenge.info.filetime().unwrap_or(nonces.filetime);
        let temp = temp(filetime, nonces.client, challenge.info.bytes());
        let proof = hmac(&key.0, &[&challenge.nonce, &temp]);
        let response = [proof.as_slice(), &temp].concat();
        let legacy = [hmac(&key.0, &[&challenge.nonce, &nonces.client]).as_slice(), &nonces.client].concat();
        let mut sealed = *nonces.session;
        rc4(&hmac(&key.0, &[proof.as_slice()]), &mut sealed);

        let mut writer = Writer::new(3, SIZE);
        let (domain, user, workstation) = (utf16(&credentials.domain), utf16(&credentials.user), utf16(workstation));
        let places = [&domain, &user, &workstation, &legacy, &response, &sealed.to_vec()]
            .map(|part| (part.len(), writer.append(part)));
        let [domain, user, workstation, legacy, response, sealed] = places;
        for (length, offset) in [legacy, response, domain, user, workstation, sealed] {
            writer.pointer(length, offset);
        }
        writer.raw(&flags.0.to_le_bytes());
        writer.raw(&VERSION);
        Ok((writer.finish(), SessionKeys::of(&nonces.session, flags)))
    }

    /// Reads the message.
    ///
    /// # Errors
    /// It is none, or a part lies outside of it.
    pub fn read(bytes: &[u8]) -> Result<Self, Malformed> {
        let reader = Reader::of(bytes, 3)?;
        Ok(Self {
            credentials: Credentials { domain: reader.text(28, "domain")?, user: reader.text(36, "user")? },
            workstation: reader.text(44, "workstation")?,
            flags: Flags(reader.number(60, "flags")?),
            response: reader.field(20, "response")?.to_vec(),
            sealed_key: reader.field(52, "session key")?.to_vec(),
        })
    }

    /// The session's keys, where the response was made with this key and for this challenge;
    /// else nothing, whatever the difference is.
    #[must_use]
    pub fn verify(&self, challenge: &Challenge, key: &ResponseKey) -> Option<SessionKeys> {
        let (proof, temp) = self.response.split_first_chunk::<16>()?;
        if !equal(proof, hmac(&key.0, &[&challenge.nonce, temp]).as_slice()) {
            return None;
        }
        let mut session: Key = Zeroizing::new(*self.sealed_key.as_array()?);
        rc4(&hmac(&key.0, &[proof]), &mut session[..]);
        Some(SessionKeys::of(&session, self.flags))
    }
}

/// What the proof is made over besides the server's challenge ([MS-NLMP] 2.2.2.7).
fn temp(filetime: u64, client: [u8; 8], info: &[u8]) -> Vec<u8> {
    let mut temp = vec![1, 1, 0, 0, 0, 0, 0, 0];
    temp.extend(filetime.to_le_bytes());
    temp.extend(client);
    temp.extend([0; 4]);
    temp.extend(info);
    temp.extend([0; 4]);
    temp
}

#[cfg(test)]
mod tests;
