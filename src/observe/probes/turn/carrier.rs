//! What carries requests and answers: datagrams, or frames on a connection that begins as
//! if it were TLS.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::observe::network::{Datagrams, Network};
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::protocol::msturn::{
    FrameKind, Frames, LONGEST, Message, SERVER_HELLO, TransactionId, begins_server_hello, client_hello, framed,
};

/// Before a datagram is sent again; doubled each time.
const AGAIN: Duration = Duration::from_millis(500);
/// Messages that are passed over before the answer: answers to what was sent again, and data.
const MOST_OTHERS: usize = 64;

/// What came back.
pub(super) enum Said {
    /// The answer, and its bytes.
    Answer(Message, Vec<u8>),
    /// Something else, in words.
    Otherwise(String),
}

/// A way to one server.
pub(super) enum Carrier {
    Udp(Datagrams),
    Tcp(TcpStream, Frames),
}

impl Carrier {
    /// Datagrams to an address.
    pub(super) async fn udp(network: &Network, address: SocketAddr, peer: &str) -> Result<Self, ProbeError> {
        network.datagrams(address).await.map(Self::Udp).map_err(|error| broken(peer, &error))
    }

    /// A connection, after its prologue; or, in words, what came in place of the server's part of that.
    pub(super) async fn tcp(
        mut stream: TcpStream,
        peer: &str,
        deadline: Instant,
    ) -> Result<Result<Self, String>, ProbeError> {
        let mut random: [u8; 32] = random(peer)?;
        let now = u32::try_from(Timestamp::now().as_second()).unwrap_or_default().to_be_bytes();
        random.iter_mut().zip(now).for_each(|(byte, now)| *byte = now);
        let mut heard = Vec::new();
        let prologue = async {
            stream.write_all(&client_hello(&random)).await?;
            let mut buffer = [0; SERVER_HELLO];
            while heard.len() < SERVER_HELLO && begins_server_hello(&heard) {
                let room = buffer.get_mut(heard.len()..).unwrap_or_default();
                let count = stream.read(room).await?;
                if count == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                heard.extend(room.iter().take(count));
            }
            io::Result::Ok(())
        };
        let ended = timeout_at(deadline, prologue).await;
        if !begins_server_hello(&heard) {
            return Ok(Err(format!("in place of the A/V Edge's prologue it said {}", shown(&heard))));
        }
        let what = "connected, but the prologue of the A/V Edge was not answered";
        match ended {
            Ok(Ok(())) => Ok(Ok(Self::Tcp(stream, Frames::default()))),
            Ok(Err(cause)) => {
                let how = if cause.kind() == io::ErrorKind::UnexpectedEof {
                    "it closed the connection".to_owned()
                } else {
                    format!("the connection broke: {cause}")
                };
                let message = format!(
                    "turn at {peer}: {what}, {how}: no A/V Edge is there, or something on the way lets only real TLS pass"
                );
                Err(ProbeError::new(ErrorClass::Protocol, message))
            }
            Err(_) => Err(ProbeError::new(ErrorClass::Timeout, format!("turn at {peer}: {what} in time"))),
        }
    }

    /// Sends a request and waits for its answer. A datagram is sent again while none comes.
    pub(super) async fn exchange(
        &mut self,
        request: &[u8],
        transaction: &TransactionId,
        peer: &str,
        deadline: Instant,
    ) -> Result<Said, ProbeError> {
        let talk = async {
            match self {
                Self::Udp(datagrams) => over_udp(datagrams, request, transaction).await,
                Self::Tcp(stream, frames) => over_tcp(stream, frames, request, transaction).await,
            }
        };
        match timeout_at(deadline, talk).await {
            Ok(Ok(said)) => Ok(said),
            Ok(Err(error)) => Err(broken(peer, &error)),
            Err(_) => Err(ProbeError::new(ErrorClass::Timeout, format!("turn at {peer}: no answer in time"))),
        }
    }

    /// Sends a request whose answer nobody waits for, if that is possible without waiting.
    pub(super) fn send_at_once(&self, request: &[u8]) {
        match self {
            Self::Udp(datagrams) => datagrams.send_at_once(request),
            Self::Tcp(stream, _) => {
                if let Ok(frame) = framed(request) {
                    // Closing the connection, which comes next, gives back what it stands for too.
                    let _ = stream.try_write(&frame);
                }
            }
        }
    }
}

async fn over_udp(datagrams: &Datagrams, request: &[u8], transaction: &TransactionId) -> io::Result<Said> {
    let mut buffer = vec![0; LONGEST + 1];
    let mut others = 0;
    let mut pause = AGAIN;
    datagrams.send(request).await?;
    let mut again = Instant::now() + pause;
    while others < MOST_OTHERS {
        let count = tokio::select! {
            received = datagrams.receive(&mut buffer) => received?,
            () = sleep_until(again) => {
                datagrams.send(request).await?;
                pause *= 2;
                again = Instant::now() + pause;
                continue;
            }
        };
        let bytes = buffer.get(..count).unwrap_or_default();
        match judge(bytes, transaction) {
            Some(said) => return Ok(said),
            None => others += 1,
        }
    }
    Ok(nothing_but_others())
}

async fn over_tcp(
    stream: &mut TcpStream,
    frames: &mut Frames,
    request: &[u8],
    transaction: &TransactionId,
) -> io::Result<Said> {
    stream.write_all(&framed(request).map_err(io::Error::other)?).await?;
    let mut buffer = vec![0; 4 << 10];
    let mut others = 0;
    loop {
        let frame = match frames.frame() {
            Ok(frame) => frame,
            Err(malformed) => return Ok(Said::Otherwise(format!("{malformed}: {}", shown(frames.rest())))),
        };
        if let Some(frame) = frame {
            let said = if frame.kind == FrameKind::Control { judge(&frame.body, transaction) } else { None };
            match said {
                Some(said) => return Ok(said),
                None => others += 1,
            }
            if others == MOST_OTHERS {
                return Ok(nothing_but_others());
            }
            continue;
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        frames.push(buffer.get(..count).unwrap_or_default());
    }
}

/// What bytes say; none where they answer another request.
fn judge(bytes: &[u8], transaction: &TransactionId) -> Option<Said> {
    match Message::decode(bytes) {
        Ok(message) if message.transaction == *transaction => Some(Said::Answer(message, bytes.to_vec())),
        Ok(_) => None,
        Err(malformed) => Some(Said::Otherwise(format!("{malformed}: {}", shown(bytes)))),
    }
}

fn nothing_but_others() -> Said {
    Said::Otherwise(format!("{MOST_OTHERS} messages, none of them the answer"))
}

fn broken(peer: &str, error: &io::Error) -> ProbeError {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable, UnexpectedEof};
    let what = match error.kind() {
        ConnectionRefused => "refused".to_owned(),
        HostUnreachable | NetworkUnreachable => format!("unreachable: {error}"),
        UnexpectedEof => {
            let message = format!("turn at {peer}: it closed the connection without an answer");
            return ProbeError::new(ErrorClass::Protocol, message);
        }
        _ => error.to_string(),
    };
    ProbeError::new(ErrorClass::Connect, format!("turn at {peer}: {what}"))
}

/// The beginning of what came, for people.
fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 48;
    let head = bytes.get(..MOST).unwrap_or(bytes);
    let more = if head.len() < bytes.len() { " …" } else { "" };
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if !head.is_empty() && head.iter().all(is_text) {
        format!("`{}`{more}", head.escape_ascii())
    } else {
        format!("{}{more}", head.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
    }
}

/// The reason of a refusal, for people: of one that fills its message, the beginning.
pub(super) fn words(reason: &str) -> String {
    const MOST: usize = 100;
    let head: String = reason.chars().take(MOST).collect();
    let more = if head.len() < reason.len() { "…" } else { "" };
    format!("{}{more}", head.escape_debug())
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>(peer: &str) -> Result<[u8; N], ProbeError> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| {
        ProbeError::new(ErrorClass::Internal, format!("turn at {peer}: the system has no random numbers"))
    })?;
    Ok(bytes)
}
