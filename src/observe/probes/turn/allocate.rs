//! A relayed address: asked for, and given back.

use std::time::Duration;

use tokio::time::Instant;

use super::carrier::{Carrier, Said, random, words};
use super::credentials::Credentials;
use super::facts::Allocation;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::protocol::msturn::{AttributeKind, ErrorCode, Integrity, Key, Kind, Message, SequenceNumber, TransactionId};

/// The version that we speak: SHA-1 for signatures. From which one on it is SHA-256 is UNCONFIRMED.
const VERSION: [u8; 4] = [0, 0, 0, 1];
/// What asks for the end of an allocation. For MS-TURN it is UNCONFIRMED; one that is not
/// given back lapses by itself.
const NO_LIFETIME: [u8; 4] = [0; 4];
/// How long the server may take to say that it took an address back.
const FAREWELL: Duration = Duration::from_secs(2);

/// What a server asks of whoever wants a relayed address.
#[derive(Clone)]
pub(super) struct Challenge {
    pub(super) realm: Vec<u8>,
    nonce: Vec<u8>,
}

impl Challenge {
    /// The challenge in a refusal.
    pub(super) fn of(refusal: &Message) -> Option<Self> {
        let realm = refusal.get(AttributeKind::REALM)?.to_vec();
        Some(Self { realm, nonce: refusal.get(AttributeKind::NONCE)?.to_vec() })
    }
}

/// The first request, without credentials.
pub(super) fn request(transaction: TransactionId) -> Message {
    Message::new(Kind::ALLOCATE, transaction).with(AttributeKind::MS_VERSION, VERSION)
}

/// Asks with credentials, and gives the address back. Also when it is dropped in between,
/// what was asked for is given back.
///
/// # Errors
/// The credentials are rejected (`Auth`); the nonce is stale again and again, the server
/// refuses for another reason, or breaks the rules (`Protocol`); nothing comes.
pub(super) async fn allocate(
    carrier: Carrier,
    credentials: &Credentials,
    challenge: Challenge,
    peer: &str,
    deadline: Instant,
) -> Result<Allocation, ProbeError> {
    let mut held = Held { carrier, release: None };
    match held.ask(credentials, &challenge, peer, deadline).await? {
        Granted::Allocated(granted) => held.give_back(granted, false, peer, deadline).await,
        Granted::Stale(renewed) => match held.ask(credentials, &renewed, peer, deadline).await? {
            Granted::Allocated(granted) => held.give_back(granted, true, peer, deadline).await,
            Granted::Stale(_) => {
                let message = format!(
                    "turn at {peer}: the nonce that it had given a moment before was stale, twice: the servers behind \
                     this address don't know each other's, or its clock jumps"
                );
                Err(ProbeError::new(ErrorClass::Protocol, message))
            }
        },
    }
}

/// What comes of a signed request.
enum Granted {
    Allocated(Box<Allocated>),
    /// The nonce is stale; with this one it may be tried again.
    Stale(Challenge),
}

/// The answer to a request that was granted.
struct Allocated {
    answer: Message,
    signed: bool,
    /// The request that gives it back, by its transaction.
    transaction: TransactionId,
    release: Vec<u8>,
}

/// A carrier over which something may have been allocated.
struct Held {
    carrier: Carrier,
    /// What gives it back.
    release: Option<Vec<u8>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            self.carrier.send_at_once(release);
        }
    }
}

impl Held {
    async fn ask(
        &mut self,
        credentials: &Credentials,
        challenge: &Challenge,
        peer: &str,
        deadline: Instant,
    ) -> Result<Granted, ProbeError> {
        let key = credentials.key(&challenge.realm);
        let signed = |message: Message| sign(message, &key, credentials.user(), challenge, peer);
        let (transaction, farewell) = (random(peer)?, random(peer)?);
        let request = signed(request(transaction))?;
        let release = |sequence: Option<SequenceNumber>| signed(release(farewell, sequence));
        // From the first byte on that asks for it there may be something to give back.
        self.release = Some(release(None)?);
        let (answer, bytes) = match self.carrier.exchange(&request, &transaction, peer, deadline).await? {
            Said::Answer(answer, bytes) => (answer, bytes),
            Said::Otherwise(words) => return Err(protocol(peer, &format!("in place of an answer it said {words}"))),
        };
        match answer.kind {
            Kind::ALLOCATE_RESPONSE => {}
            Kind::ALLOCATE_ERROR => {
                self.release = None;
                return refused(&answer, challenge, peer).map(Granted::Stale);
            }
            Kind(other) => return Err(protocol(peer, &format!("it answered with a message of type {other:#06x}"))),
        }
        let release = release(answer.sequence().map(following))?;
        self.release = Some(release.clone());
        let signed = match key.verify(&answer, &bytes) {
            Integrity::Valid => true,
            Integrity::Absent => false,
            Integrity::Wrong => {
                let what = "its answer is signed with another key: whoever sent it does not know the credentials";
                return Err(protocol(peer, what));
            }
        };
        Ok(Granted::Allocated(Box::new(Allocated { answer, signed, transaction: farewell, release })))
    }

    async fn give_back(
        mut self,
        granted: Box<Allocated>,
        nonce_renewed: bool,
        peer: &str,
        deadline: Instant,
    ) -> Result<Allocation, ProbeError> {
        let Allocated { answer, signed, transaction, release } = *granted;
        let farewell = deadline.min(Instant::now() + FAREWELL);
        let said = self.carrier.exchange(&release, &transaction, peer, farewell).await;
        self.release = None;
        let released = matches!(said, Ok(Said::Answer(answer, _)) if answer.kind == Kind::ALLOCATE_RESPONSE);
        let relay = answer.address(AttributeKind::MAPPED_ADDRESS);
        let relay = relay.ok_or_else(|| protocol(peer, "its answer names no relayed address"))?;
        Ok(Allocation {
            relay: relay.into(),
            reflexive: answer.masked_address(AttributeKind::XOR_MAPPED_ADDRESS).map(Into::into),
            lifetime_seconds: answer.number(AttributeKind::LIFETIME),
            bandwidth_kbps: answer.number(AttributeKind::BANDWIDTH),
            signed,
            nonce_renewed,
            released,
        })
    }
}

/// The request that gives an address back.
pub(super) fn release(transaction: TransactionId, sequence: Option<SequenceNumber>) -> Message {
    let release = request(transaction).with(AttributeKind::LIFETIME, NO_LIFETIME);
    match sequence {
        Some(sequence) => release.with_sequence(sequence),
        None => release,
    }
}

fn following(sequence: SequenceNumber) -> SequenceNumber {
    SequenceNumber { number: sequence.number.wrapping_add(1), ..sequence }
}

fn sign(message: Message, key: &Key, user: &[u8], challenge: &Challenge, peer: &str) -> Result<Vec<u8>, ProbeError> {
    let message = message
        .with(AttributeKind::REALM, challenge.realm.as_slice())
        .with(AttributeKind::NONCE, challenge.nonce.as_slice())
        .with(AttributeKind::USERNAME, user);
    key.sign(&message).map_err(|error| {
        ProbeError::new(ErrorClass::NotAsked, format!("turn at {peer}: a request can't be made: {error}"))
    })
}

/// What a refusal of a signed request means: a stale nonce can be replaced, all else ends it.
fn refused(answer: &Message, challenge: &Challenge, peer: &str) -> Result<Challenge, ProbeError> {
    let Some(ErrorCode { code, reason }) = answer.error() else {
        return Err(protocol(peer, "it refused without a reason"));
    };
    let reason = words(&reason);
    match code {
        430 | 438 => {
            let nonce = answer.get(AttributeKind::NONCE).map(<[u8]>::to_vec);
            let nonce = nonce.ok_or_else(|| protocol(peer, "it called its nonce stale and gave no other"))?;
            let realm = answer.get(AttributeKind::REALM).map_or_else(|| challenge.realm.clone(), <[u8]>::to_vec);
            Ok(Challenge { realm, nonce })
        }
        401 | 431 | 436 => {
            let message = format!("turn at {peer}: the credentials were rejected ({code} {reason})");
            Err(ProbeError::new(ErrorClass::Auth, message))
        }
        300 => Err(protocol(peer, &format!("it has no relay left, and sends clients elsewhere ({code} {reason})"))),
        _ => Err(protocol(peer, &format!("it gave no relayed address ({code} {reason})"))),
    }
}

fn protocol(peer: &str, what: &str) -> ProbeError {
    ProbeError::new(ErrorClass::Protocol, format!("turn at {peer}: {what}"))
}
