//! NTLM, from the server's side: its challenge, and what a credential is worth.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};

use super::challenges::{self, REALM};
use crate::mock::deployment::SipServer;
use crate::protocol::ntlm::{Authenticate, Challenge, Flags, TargetInfo};
use crate::protocol::sip::{Association, Message, Side, SignatureVersion};

/// A challenge that waits for its answer.
#[derive(Debug)]
pub(super) struct Pending {
    opaque: String,
    challenge: Challenge,
}

impl Pending {
    /// Begins: the challenge, and the answer that carries it.
    pub(super) fn begin(request: &Message, server: &SipServer) -> (Self, Message) {
        let opaque = u32::from_be_bytes(random());
        let host = server.server.as_str();
        let computer = host.split('.').next().unwrap_or(host).to_uppercase();
        // 100 ns since 1601.
        let filetime = challenges::clock(server).as_nanosecond() / 100 + 116_444_736_000_000_000;
        let info = TargetInfo::of(DOMAIN, &computer, u64::try_from(filetime).unwrap_or_default());
        let challenge = Challenge { flags: Flags::OFFERED, nonce: random(), target: DOMAIN.to_owned(), info };
        let pending = Self { opaque: format!("{opaque:08X}"), challenge };
        let mut reply = Message::reply(request, 401, "Unauthorized");
        let (opaque, data) = (&pending.opaque, STANDARD.encode(pending.challenge.write()));
        reply.headers.push(
            "WWW-Authenticate",
            format!(r#"NTLM opaque="{opaque}", gssapi-data="{data}", targetname="{host}", realm="{REALM}", version=4"#),
        );
        (pending, reply)
    }

    /// Who it is that answers, whatever the answer is worth; none where it can't be read.
    pub(super) fn read(data: &str) -> Option<Authenticate> {
        Authenticate::read(&STANDARD.decode(data).ok()?).ok()
    }

    /// The association, where the password made the answer.
    pub(super) fn accept(&self, answer: &Authenticate, password: &str, server: &SipServer) -> Option<Association> {
        let keys = answer.verify(&self.challenge, &answer.credentials.key(password))?;
        let names = [REALM, server.server.as_str(), &self.opaque];
        Some(Association::new(Side::Server, names, SignatureVersion::Three, keys))
    }
}

/// The `NetBIOS` name that challenges tell.
const DOMAIN: &str = "MOCK";

/// Random bytes; on a system without any, zeros do for a mock.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}
