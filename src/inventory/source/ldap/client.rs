//! One connection to a directory: messages out, messages in, each within its time and size.

use bytes::BytesMut;
use ldap3_proto::LdapCodec;
use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapBindCred, LdapBindRequest, LdapExtendedRequest, LdapMsg, LdapOp, LdapResult, LdapResultCode,
};
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_util::codec::{Decoder, Encoder};

use super::shown;
use super::way::{Stream, Way};
use crate::environment::Encryption;
use crate::environment::Secret;
use crate::protocol::ldap::{Refusal, refusal};
use crate::values::HostPort;

/// Longest message before the connection is encrypted: an answer that may be anybody's.
const LONGEST_PLAIN: usize = 64 << 10;
/// Longest message afterwards: an object with all the values that a server hands out at once.
const LONGEST: usize = 16 << 20;
/// Deepest nesting. An answer has about six levels.
const DEEPEST: usize = 16;
/// The first byte of every message (RFC 4511 5.1).
const SEQUENCE: u8 = 0x30;
/// Bytes that are shown of what is no message.
const HEAD: usize = 64;
/// Bytes read at once.
const CHUNK: usize = 64 << 10;
/// RFC 4511 4.14.
const START_TLS: &str = "1.3.6.1.4.1.1466.20037";

/// Why it went no further, in one sentence.
pub(super) type Trouble = String;

/// A connection to a directory.
pub(super) struct Client<S> {
    stream: S,
    codec: LdapCodec,
    buffer: BytesMut,
    last: i32,
    peer: HostPort,
}

impl<S> std::fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// Connects, encrypted, to a server whose certificate is its own.
pub(super) async fn open(
    way: &dyn Way,
    target: &HostPort,
    encryption: Encryption,
    deadline: Instant,
) -> Result<Client<Box<dyn Stream>>, Trouble> {
    let mut stream = way.connect(target, deadline).await?;
    if encryption == Encryption::StartTls {
        stream = start_tls(stream, target, deadline).await?;
    }
    let stream = way.secure(stream, target, deadline).await?;
    Ok(Client::over(stream, target, LONGEST))
}

async fn start_tls(stream: TcpStream, target: &HostPort, deadline: Instant) -> Result<TcpStream, Trouble> {
    let mut client = Client::over(stream, target, LONGEST_PLAIN);
    let request = LdapExtendedRequest { name: START_TLS.to_owned(), value: None };
    client.send(LdapOp::ExtendedRequest(request), Vec::new(), deadline).await?;
    match client.receive(deadline).await?.op {
        LdapOp::ExtendedResponse(answer) => client.accepted("StartTLS", &answer.res).map_err(|(trouble, _)| trouble)?,
        _ => return Err(client.told("the answer to StartTLS is another one's")),
    }
    // What was sent along in the clear would count as said under encryption.
    if !client.buffer.is_empty() {
        return Err(client.told("it went on in the clear after it had agreed to StartTLS"));
    }
    Ok(client.stream)
}

impl<S: Stream> Client<S> {
    pub(super) fn over(stream: S, peer: &HostPort, longest: usize) -> Self {
        let codec = LdapCodec::new(Some(longest), Some(DEEPEST));
        Self { stream, codec, buffer: BytesMut::new(), last: 0, peer: peer.clone() }
    }

    /// Signs in, once.
    ///
    /// # Errors
    /// It was refused, with what that means; or there was no answer.
    pub(super) async fn bind(
        &mut self,
        user: &str,
        password: &Secret,
        deadline: Instant,
    ) -> Result<(), (Trouble, Option<Refusal>)> {
        let cred = LdapBindCred::Simple(password.0.expose_secret().to_owned());
        let request = LdapOp::BindRequest(LdapBindRequest { version: 3, dn: user.to_owned(), cred });
        self.send(request, Vec::new(), deadline).await.map_err(|trouble| (trouble, None))?;
        match self.receive(deadline).await.map_err(|trouble| (trouble, None))?.op {
            LdapOp::BindResponse(answer) => {
                let what = format!("sign-in of `{user}`");
                self.accepted(&what, &answer.res).map_err(|(trouble, refusal)| (trouble, Some(refusal)))
            }
            _ => Err((self.told("the answer to the sign-in is another one's"), None)),
        }
    }

    pub(super) async fn send(&mut self, op: LdapOp, ctrl: Vec<LdapControl>, deadline: Instant) -> Result<(), Trouble> {
        self.last = self.last.checked_add(1).unwrap_or(1);
        let mut bytes = BytesMut::new();
        let message = LdapMsg { msgid: self.last, op, ctrl };
        self.codec.encode(message, &mut bytes).map_err(|error| self.told(&format!("can't be asked: {error}")))?;
        let sent = timeout_at(deadline, async {
            self.stream.write_all(&bytes).await?;
            self.stream.flush().await
        });
        match sent.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(self.told(&format!("the connection broke: {error}"))),
            Err(_) => Err(self.told("it took no request in time")),
        }
    }

    /// The next message that answers the last request.
    pub(super) async fn receive(&mut self, deadline: Instant) -> Result<LdapMsg, Trouble> {
        loop {
            // Also where all of it is there already: nothing is heard for longer than its time.
            if Instant::now() >= deadline {
                return Err(self.told("no whole answer in time"));
            }
            // Whatever else it may be, it would be waited for as if it were the beginning of one.
            if self.buffer.first().is_some_and(|first| *first != SEQUENCE) {
                let head = String::from_utf8_lossy(self.buffer.get(..HEAD.min(self.buffer.len())).unwrap_or_default());
                return Err(self.told(&format!("it doesn't speak LDAP, it said `{}`", shown::text(&head))));
            }
            match self.codec.decode(&mut self.buffer) {
                Ok(Some(message)) if message.msgid == self.last => return Ok(message),
                Ok(Some(LdapMsg { msgid: 0, op: LdapOp::ExtendedResponse(notice), .. })) => {
                    let (trouble, _) = self.refused("it ended the connection", &notice.res);
                    return Err(trouble);
                }
                Ok(Some(_)) => return Err(self.told("it answers what was not asked")),
                Ok(None) => {}
                Err(error) => return Err(self.told(&format!("what it says is not LDAP, or too long: {error}"))),
            }
            self.buffer.reserve(CHUNK);
            match timeout_at(deadline, self.stream.read_buf(&mut self.buffer)).await {
                Ok(Ok(0)) => return Err(self.told("it closed the connection")),
                Ok(Ok(_)) => {}
                Ok(Err(error)) => return Err(self.told(&format!("the connection broke: {error}"))),
                Err(_) => return Err(self.told("no whole answer in time")),
            }
        }
    }

    /// Says goodbye. Who doesn't hear it notices when the connection closes.
    pub(super) async fn close(mut self, deadline: Instant) {
        if self.send(LdapOp::UnbindRequest, Vec::new(), deadline).await.is_ok() {
            drop(timeout_at(deadline, self.stream.shutdown()).await);
        }
    }

    fn accepted(&self, what: &str, result: &LdapResult) -> Result<(), (Trouble, Refusal)> {
        if result.code == LdapResultCode::Success { Ok(()) } else { Err(self.refused(what, result)) }
    }

    /// A refusal in words, and the server's own.
    pub(super) fn refused(&self, what: &str, result: &LdapResult) -> (Trouble, Refusal) {
        let code = result.code.clone() as i64;
        let refusal = refusal(code, &result.message)
            .unwrap_or(Refusal { meaning: "it says that all is well".to_owned(), rejects_account: false });
        let own = shown::text(result.message.trim_end_matches(['\0', '\n', '\r', ' ']));
        let own = if own.is_empty() { String::new() } else { format!(", `{own}`") };
        (self.told(&format!("{what}: {} (code {code}{own})", refusal.meaning)), refusal)
    }

    pub(super) fn told(&self, what: &str) -> Trouble {
        format!("ldap {}: {what}", self.peer)
    }
}
