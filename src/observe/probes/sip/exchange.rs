//! One request and its final answer over one connection.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout_at};

use crate::observe::observation::{ErrorClass, ProbeError};
use crate::protocol::sip::{Decoder, Limits, Message, Start};

/// Messages looked at before the answer that are for nobody here. Provisional answers may
/// come as long as there is time.
const MOST_MESSAGES: usize = 64;
/// Characters of a method or Call-ID that are told of a message that is not the answer.
const MOST_SHOWN: usize = 100;

/// Sends a request and waits for its final answer; also what else came, in words.
///
/// # Errors
/// The peer closes, breaks the rules or the bounds, or doesn't answer in time.
pub(super) async fn exchange<S>(
    stream: &mut S,
    request: &Message,
    peer: &str,
    deadline: Instant,
) -> Result<(Message, Vec<String>), ProbeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut ears = Ears { decoder: Decoder::new(Limits::default()), others: Vec::new(), provisional: None, heard: 0 };
    match timeout_at(deadline, talk(stream, request, &mut ears)).await {
        Ok(Ok(answer)) => {
            let rest = ears.decoder.rest().len();
            let mut faults = ears.others;
            if rest > 0 {
                faults.push(format!("{rest} bytes follow the answer"));
            }
            Ok((answer, faults))
        }
        Ok(Err(end)) => Err(ears.told(&end, peer)),
        Err(_) => Err(ears.told(&End::Silent, peer)),
    }
}

/// How an exchange ends without an answer.
enum End {
    /// Nothing more came in time.
    Silent,
    /// The peer closed, or the connection broke, as the text says.
    Closed(String),
    /// What came is not SIP, or too much.
    Nonsense(String),
}

/// What was heard so far.
struct Ears {
    decoder: Decoder,
    others: Vec<String>,
    provisional: Option<u16>,
    heard: usize,
}

impl Ears {
    /// The error, with all that was heard.
    fn told(&self, end: &End, peer: &str) -> ProbeError {
        let mut heard = Vec::new();
        heard.extend(self.provisional.map(|status| format!("it answered {status}, but nothing final")));
        heard.extend(self.others.iter().take(3).cloned());
        heard.extend(self.decoder.pending().map(|pending| format!("it had sent {pending}")));
        let heard = if heard.is_empty() { String::new() } else { format!(" ({})", heard.join("; ")) };
        let (class, what) = match end {
            End::Silent if self.heard == 0 => (ErrorClass::Timeout, "connected, but no answer in time".to_owned()),
            End::Silent => (ErrorClass::Timeout, "no complete answer in time".to_owned()),
            // A federation port cuts off whoever shows no certificate, once the handshake is done.
            End::Closed(how) if self.heard == 0 => (
                ErrorClass::Protocol,
                format!(
                    "{how} before any answer: it speaks no SIP there, or it wants a client certificate, as a \
                     federation port does; none is shown"
                ),
            ),
            End::Closed(how) => (ErrorClass::Protocol, format!("{how} before the answer was complete")),
            End::Nonsense(what) => (ErrorClass::Protocol, what.clone()),
        };
        ProbeError::new(class, format!("sip request to {peer}: {what}{heard}"))
    }
}

/// As much of what a peer wrote as its mention needs.
fn beginning(text: &str) -> String {
    let shown: String = text.chars().take(MOST_SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST_SHOWN).is_none() { shown } else { format!("{shown}… ({} bytes)", text.len()) }
}

async fn talk<S>(stream: &mut S, request: &Message, ears: &mut Ears) -> Result<Message, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let sent = async {
        stream.write_all(&request.encode()).await?;
        stream.flush().await
    };
    // A peer may answer, and only then be deaf: what it said counts.
    let deaf = sent.await.err();
    let mut buffer = vec![0; 16 << 10];
    loop {
        while let Some(message) = ears.decoder.message().map_err(|cause| End::Nonsense(cause.to_string()))? {
            match (&message.start, message.answers(request)) {
                (Start::Response { status: 200.., .. }, true) => return Ok(message),
                (Start::Response { status, .. }, true) => ears.provisional = Some(*status),
                (Start::Response { status, .. }, false) => {
                    let id = beginning(&message.headers.first("call-id").unwrap_or_default());
                    ears.others.push(format!("an answer {status} to another request, Call-ID {id}"));
                }
                (Start::Request { method, .. }, _) => ears.others.push(format!("a request {}", beginning(method))),
            }
            if ears.others.len() >= MOST_MESSAGES {
                return Err(End::Nonsense(format!("{MOST_MESSAGES} messages, none of them the answer")));
            }
        }
        let count = match stream.read(&mut buffer).await {
            Ok(0) => return Err(End::Closed("closed".to_owned())),
            Ok(count) => count,
            Err(error) => {
                return Err(End::Closed(format!("the connection broke ({})", deaf.as_ref().unwrap_or(&error))));
            }
        };
        ears.heard += count;
        ears.decoder.push(buffer.get(..count).unwrap_or_default());
    }
}
