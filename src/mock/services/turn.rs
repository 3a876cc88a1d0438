//! A media relay that relays nothing: it gives relayed addresses, and takes them back.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UdpSocket;

use super::{Registry, Stream};
use crate::mock::deployment::{TurnAnswer, TurnServer};
use crate::protocol::msturn::{
    AttributeKind, CLIENT_HELLO, FrameKind, Frames, Integrity, Key, Kind, LONGEST, Message, SequenceNumber,
    begins_client_hello, framed, server_hello,
};

/// How long an allocation lasts.
const LIFETIME: Duration = Duration::from_mins(10);
/// Kilobits per second.
const BANDWIDTH: u32 = 750;
const VERSION: [u8; 4] = [0, 0, 0, 1];
/// Before the next datagram, after one that failed.
const PAUSE: Duration = Duration::from_millis(5);

/// A media relay at one port.
#[derive(Debug)]
pub(in crate::mock) struct Relay {
    server: TurnServer,
    registry: Arc<Registry>,
    /// Where clients reach it.
    here: SocketAddr,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    nonce: String,
    stale_left: u32,
    allocations: HashMap<SocketAddr, Allocated>,
}

#[derive(Debug)]
struct Allocated {
    port: u16,
    connection: [u8; 20],
    until: Instant,
}

impl Relay {
    /// The relay that clients reach at an address.
    pub(in crate::mock) fn of(server: &TurnServer, here: SocketAddr, registry: &Arc<Registry>) -> Self {
        let state = State { nonce: nonce(), stale_left: server.stale_nonces, allocations: HashMap::new() };
        Self { server: server.clone(), registry: Arc::clone(registry), here, state: Mutex::new(state) }
    }

    /// Answers datagrams until it is dropped.
    pub(in crate::mock) async fn serve_datagrams(&self, socket: UdpSocket) {
        let mut buffer = vec![0; LONGEST + 1];
        loop {
            let Ok((count, from)) = socket.recv_from(&mut buffer).await else {
                // Of an answer that nobody waited for.
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let request = buffer.get(..count).unwrap_or_default();
            if let Some(answer) = self.answer(request, from, true) {
                let _ = socket.send_to(&answer, from).await;
            }
        }
    }

    /// Serves one connection to its end; what it held is free then.
    pub(super) async fn serve(&self, mut stream: Box<dyn Stream>, from: SocketAddr) -> io::Result<()> {
        let ended = self.talk(&mut stream, from).await;
        self.state().allocations.remove(&from);
        ended
    }

    async fn talk(&self, stream: &mut Box<dyn Stream>, from: SocketAddr) -> io::Result<()> {
        let mut frames = Frames::default();
        let mut buffer = [0; 4096];
        let first = stream.read_u8().await?;
        if first == CLIENT_BEGINS {
            let mut hello = [first; CLIENT_HELLO];
            stream.read_exact(hello.get_mut(1..).unwrap_or_default()).await?;
            if !begins_client_hello(&hello) {
                // A real ClientHello is not answered as TLS.
                return stream.shutdown().await;
            }
            stream.write_all(&server_hello(&random(), &random())).await?;
        } else {
            frames.push(&[first]);
        }
        loop {
            while let Some(frame) = frames.frame().map_err(io::Error::other)? {
                if frame.kind != FrameKind::Control {
                    continue;
                }
                let answer = self.answer(&frame.body, from, false);
                let Some(answer) = answer else {
                    // What isn't MS-TURN ends a connection ([MS-TURN] 3.1.10).
                    if Message::decode(&frame.body).is_err() {
                        return stream.shutdown().await;
                    }
                    continue;
                };
                let bytes = match self.server.answer {
                    Some(TurnAnswer::Garbage) => answer,
                    _ => framed(&answer).map_err(io::Error::other)?,
                };
                stream.write_all(&bytes).await?;
            }
            let count = stream.read(&mut buffer).await?;
            if count == 0 {
                return stream.shutdown().await;
            }
            frames.push(buffer.get(..count).unwrap_or_default());
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer to a request; none to what is no request.
    fn answer(&self, bytes: &[u8], from: SocketAddr, by_datagram: bool) -> Option<Vec<u8>> {
        let request = Message::decode(bytes).ok()?;
        if request.kind != Kind::ALLOCATE || !request.begins_with_cookie() {
            return None;
        }
        match self.server.answer {
            Some(TurnAnswer::Silent) => return None,
            Some(TurnAnswer::Garbage) => return Some(b"220 this is not the protocol that you expect\r\n".to_vec()),
            Some(TurnAnswer::Stun) => return Some(other_stun(&request)),
            _ => {}
        }
        let mut state = self.state();
        let open = self.server.answer == Some(TurnAnswer::Open);
        if request.get(AttributeKind::MESSAGE_INTEGRITY).is_none() && !open {
            return self.challenge(&request, 401, "Unauthorized", &state.nonce, by_datagram);
        }
        let key = self.key(&request);
        if !open {
            let known = key.as_ref().is_some_and(|key| key.verify(&request, bytes) == Integrity::Valid);
            if !known {
                return self.challenge(&request, 401, "Unauthorized", &state.nonce, by_datagram);
            }
            if state.stale_left > 0 {
                state.stale_left -= 1;
                state.nonce = nonce();
            }
            if request.get(AttributeKind::NONCE) != Some(state.nonce.as_bytes()) {
                return self.challenge(&request, 438, "Stale Nonce", &state.nonce, by_datagram);
            }
        }
        self.grant(&mut state, &request, from, key.as_ref(), by_datagram)
    }

    /// The key of whoever is named in a request.
    fn key(&self, request: &Message) -> Option<Key> {
        let user = request.get(AttributeKind::USERNAME)?;
        let issued = self.server.edge.as_ref().and_then(|edge| self.registry.issued(edge, user));
        let password = match issued {
            Some(password) => password,
            None => STANDARD.decode(self.server.users.get(&STANDARD.encode(user))?).ok()?.into(),
        };
        Some(Key::of(user, self.server.realm.as_bytes(), &password))
    }

    fn challenge(&self, request: &Message, code: u16, reason: &str, nonce: &str, by_datagram: bool) -> Option<Vec<u8>> {
        let answer = Message::new(Kind::ALLOCATE_ERROR, request.transaction)
            .with_error(code, reason)
            .with(AttributeKind::REALM, format!("\"{}\"", self.server.realm))
            .with(AttributeKind::NONCE, nonce)
            .with(AttributeKind::MS_VERSION, VERSION);
        self.with_alternate(answer, by_datagram).encode().ok()
    }

    /// Over UDP a refusal names the server to go on with.
    fn with_alternate(&self, answer: Message, by_datagram: bool) -> Message {
        let there = SocketAddr::new(self.public(), self.here.port());
        let named = by_datagram && self.server.alternate_server;
        if named { answer.with_address(AttributeKind::ALTERNATE_SERVER, there) } else { answer }
    }

    fn public(&self) -> IpAddr {
        self.server.public.map_or(self.here.ip(), |public| public.0)
    }

    fn grant(
        &self,
        state: &mut State,
        request: &Message,
        from: SocketAddr,
        key: Option<&Key>,
        by_datagram: bool,
    ) -> Option<Vec<u8>> {
        let response = Message::new(Kind::ALLOCATE_RESPONSE, request.transaction);
        let answer = if request.number(AttributeKind::LIFETIME) == Some(0) {
            state.allocations.remove(&from);
            response.with(AttributeKind::LIFETIME, [0; 4])
        } else if let Some((port, connection)) = state.hold(self.server.first_port, self.server.relays, from) {
            let seconds = u32::try_from(LIFETIME.as_secs()).unwrap_or(u32::MAX);
            response
                .with_address(AttributeKind::MAPPED_ADDRESS, SocketAddr::new(self.public(), port))
                .with_masked_address(AttributeKind::XOR_MAPPED_ADDRESS, from)
                .with(AttributeKind::LIFETIME, seconds.to_be_bytes())
                .with(AttributeKind::BANDWIDTH, BANDWIDTH.to_be_bytes())
                .with(AttributeKind::MS_VERSION, VERSION)
                .with_sequence(SequenceNumber { connection, number: 0 })
        } else {
            let full = Message::new(Kind::ALLOCATE_ERROR, request.transaction).with_error(300, "Try Alternate");
            return self.with_alternate(full, by_datagram).encode().ok();
        };
        match (key, self.server.answer) {
            (Some(_), Some(TurnAnswer::Forged)) => Key::of(b"somebody", b"else", b"signs").sign(&answer).ok(),
            (None, _) | (_, Some(TurnAnswer::Unsigned)) => answer.encode().ok(),
            (Some(key), _) => key.sign(&answer).ok(),
        }
    }
}

impl State {
    /// What a client holds, from now on; none where nothing is left.
    fn hold(&mut self, first: u16, relays: u16, from: SocketAddr) -> Option<(u16, [u8; 20])> {
        let now = Instant::now();
        self.allocations.retain(|_, held| held.until > now);
        if let Some(held) = self.allocations.get(&from) {
            return Some((held.port, held.connection));
        }
        let used: HashSet<u16> = self.allocations.values().map(|held| held.port).collect();
        let port = (0..relays).map(|number| first.saturating_add(number)).find(|port| !used.contains(port))?;
        let connection = random();
        self.allocations.insert(from, Allocated { port, connection, until: now + LIFETIME });
        Some((port, connection))
    }
}

/// What a client's prologue begins with, and no frame does.
const CLIENT_BEGINS: u8 = 0x16;

/// A refusal as RFC 5389 has it: a cookie in the header, attributes filled up to four bytes.
fn other_stun(request: &Message) -> Vec<u8> {
    let mut answer = vec![1, 0x13, 0, 0x10, 0x21, 0x12, 0xa4, 0x42];
    answer.extend(request.transaction.iter().skip(4));
    answer.extend([0, 9, 0, 0x0b, 0, 0, 4, 0]);
    answer.extend(b"Bad req\0");
    answer
}

/// With the quotation marks that an Edge sends.
fn nonce() -> String {
    let bytes: [u8; 8] = random();
    format!("\"{}\"", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// Random bytes; on a system without any, zeros do for a mock.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}
