//! Signing in, from the server that is named to wherever the user is homed.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use secrecy::ExposeSecret;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use super::connection::Connection;
use super::session::Session;
use super::{random, shown};
use crate::accounts::{Member, Turn};
use crate::observe::network::Dialed;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::probe::Context;
use crate::observe::secure::{self, Offer, Place, Seen, Sni};
use crate::protocol::diagnostics::Diagnostics;
use crate::protocol::ntlm::{Credentials, Nonces};
use crate::protocol::sip::{Endpoint, Fresh, How, Identity, Message, Next, Registration, Start, Target};
use crate::values::{HostPort, fold};

/// Redirects that are followed.
pub(crate) const MOST_REDIRECTS: usize = 5;
/// Messages that are looked at before an answer.
const MOST_MESSAGES: usize = 64;
/// Bytes of an exchange that are kept for people, after which they are told that there was more.
const MOST_TOLD: usize = 256 << 10;
/// What this program calls itself where nothing else is asked for.
const AGENT: &str = concat!("Poolproof/", env!("CARGO_PKG_VERSION"));

/// Who signs in, and where it begins.
pub(crate) struct Beginning<'a> {
    pub(crate) member: &'a Member,
    pub(crate) target: HostPort,
    /// The address to connect to, instead of those that the target resolves to.
    pub(crate) address: Option<IpAddr>,
    pub(crate) sni: Option<&'a Sni>,
    pub(crate) user_agent: Option<&'a str>,
}

/// How it went.
pub(crate) struct SignIn {
    /// The servers that were asked, one after the other; at least one.
    pub(crate) hops: Vec<Hop>,
    /// What was said, for people.
    pub(crate) exchange: Vec<(String, String)>,
    /// Whether the credential was shown.
    pub(crate) shown: bool,
    /// Why a redirect was not followed.
    pub(crate) astray: Option<String>,
    /// What is registered, or may be.
    pub(crate) session: Option<Session>,
}

/// One server, and how signing in ended there.
pub(crate) struct Hop {
    pub(crate) target: HostPort,
    pub(crate) address: SocketAddr,
    pub(crate) connect: Option<String>,
    pub(crate) seen: Seen,
    pub(crate) how: How,
    pub(crate) offered: Vec<String>,
    pub(crate) registrar: Option<String>,
    /// The last answer, and when it came.
    pub(crate) answer: Message,
    pub(crate) at: Timestamp,
    pub(crate) took: Duration,
}

/// Signs in, and follows where the servers send a user on to. The credential goes to
/// servers alone whose certificate can be relied on, to each once, and to the next only
/// where the one before has accepted it and proven so.
///
/// # Errors
/// It could not be found out whether the user can sign in.
pub(crate) async fn sign_in(
    beginning: &Beginning<'_>,
    context: &Context,
    deadline: Instant,
) -> Result<SignIn, ProbeError> {
    let identity = identity(beginning).await?;
    let mut way =
        Way { beginning, context, deadline, identity, turn: None, exchange: Vec::new(), told: 0, shown: false };
    let mut hops: Vec<Hop> = Vec::new();
    let (mut target, mut address) = (beginning.target.clone(), beginning.address);
    let (astray, session) = loop {
        let (hop, session) = way.at(&target, address).await?;
        let onwards = onwards(&hop, &hops);
        hops.push(hop);
        match onwards {
            Some(Ok(there)) => (target, address) = (there, None),
            Some(Err(cause)) => break (Some(cause), None),
            None => break (None, Some(session)),
        }
    };
    if let (Some(turn), Some(hop)) = (way.turn.take(), hops.last()) {
        match hop.how {
            How::Rejected => turn.rejected(&rejection(beginning.member, hop)),
            // Whether the credential was judged is not known where the clocks differ.
            How::Refused { proven: false } if clocks_differ(hop) => turn.rejected(&rejection(beginning.member, hop)),
            _ => turn.over(),
        }
    }
    // Whoever was refused by a word that nobody signed says goodbye without waiting for one.
    let refused = hops.last().is_some_and(|hop| matches!(hop.how, How::Refused { .. }));
    let session = session.filter(|session| session.registered && !refused);
    Ok(SignIn { hops, exchange: way.exchange, shown: way.shown, astray, session })
}

/// A sign-in on its way from server to server.
struct Way<'a> {
    beginning: &'a Beginning<'a>,
    context: &'a Context,
    deadline: Instant,
    identity: Identity,
    turn: Option<Turn>,
    exchange: Vec<(String, String)>,
    told: usize,
    shown: bool,
}

impl Way<'_> {
    /// Tries at one server, to the end there.
    async fn at(&mut self, target: &HostPort, address: Option<IpAddr>) -> Result<(Hop, Session), ProbeError> {
        let Dialed { stream, address, connect } = self.dial(target, address).await?;
        let peer = format!("{target} at {address}");
        let what = format!("sign-in of {} to {peer}", self.beginning.member.address());
        let failed = |error: std::io::Error| ProbeError::new(ErrorClass::Connect, format!("{what}: {error}"));
        let local = stream.local_addr().map_err(failed)?;
        // The name that is asked for belongs to the server that was named, and to no other.
        let sni = self.beginning.sni.filter(|_| *target == self.beginning.target);
        let offer = Offer::to(target, sni, Vec::new())?;
        let place = Place { network: &self.context.network, address, peer: &peer, deadline: self.deadline };
        let (stream, handshake) = secure::reach(stream, &offer, &place).await?;
        let seen = Seen::of(handshake, &offer, (&peer, address), self.context, self.deadline).await?;
        self.rely_on(&seen, &what)?;

        let started = Instant::now();
        let (registration, first) = Registration::begin(self.identity.clone(), Endpoint::of(local, random()?));
        let connection = Connection::over(stream, &what);
        let mut session = Session::new(connection, registration, Arc::clone(&self.context.roster));
        self.send(&mut session, &first, &peer).await?;
        let (how, answer, at) = self.talk(&mut session, &peer).await?;
        session.registered = how.may_have_registered(session.registered);
        if let (How::Registered, Some((connection, _))) = (&how, session.parts()) {
            connection.is_now(format!("{}, signed in to {peer}", self.beginning.member.address()));
        }
        let (offered, registrar) = session
            .parts()
            .map(|(_, registration)| (registration.offered().to_vec(), registration.registrar().map(str::to_owned)))
            .unwrap_or_default();
        let took = started.elapsed();
        Ok((Hop { target: target.clone(), address, connect, seen, how, offered, registrar, answer, at, took }, session))
    }

    async fn dial(&self, target: &HostPort, address: Option<IpAddr>) -> Result<Dialed, ProbeError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let there = address.map(|address| HostPort::new(&address.to_string(), target.port));
        Ok(self.context.network.dial(there.as_ref().unwrap_or(target), left).await?)
    }

    /// No credential goes over a connection whose certificate can't be relied on, unless the
    /// account says that it may.
    fn rely_on(&self, seen: &Seen, what: &str) -> Result<(), ProbeError> {
        if self.beginning.member.takes_any_certificate() {
            return Ok(());
        }
        if let Some(undecided) = seen.undecided() {
            return Err(undecided.clone());
        }
        let endpoint = seen.endpoint();
        if endpoint.as_ref().is_some_and(|endpoint| endpoint.verified) {
            return Ok(());
        }
        let reasons = endpoint.and_then(|endpoint| endpoint.verify_error);
        let reasons = reasons.unwrap_or_else(|| "it shows no certificate".to_owned());
        let message = format!("{what}: its certificate can't be relied on, so nothing secret is sent: {reasons}");
        Err(ProbeError::new(ErrorClass::Tls, message))
    }

    /// Listens and answers, until it is over.
    async fn talk(&mut self, session: &mut Session, peer: &str) -> Result<(How, Message, Timestamp), ProbeError> {
        for _ in 0..MOST_MESSAGES {
            let fresh = fresh()?;
            let Some((connection, registration)) = session.parts() else { break };
            let message = connection.next(self.deadline).await.map_err(|error| {
                if registration.has_shown() { ProbeError::new(error.class, unanswered(&error)) } else { error }
            })?;
            let at = Timestamp::now();
            self.tell(format!("from {peer}"), &message);
            match registration.hear(&message, &fresh) {
                Next::Wait => {}
                Next::Send(request) => self.send(session, &request, peer).await?,
                Next::Show(request) => {
                    self.take_turn().await?;
                    if let Some(turn) = &mut self.turn {
                        turn.sent(peer);
                    }
                    self.shown = true;
                    session.registered = true;
                    self.send(session, &request, peer).await?;
                }
                Next::End(how) => return Ok((how, message, at)),
            }
        }
        let message = format!("sign-in to {peer}: {MOST_MESSAGES} messages, none of them the answer");
        Err(ProbeError::new(ErrorClass::Protocol, message))
    }

    /// Keeps a message for people. A server says what it likes, and as often.
    fn tell(&mut self, label: String, message: &Message) {
        if self.told > MOST_TOLD {
            return;
        }
        let text = shown::text(message);
        self.told += text.len();
        let more = "what was said after this is left out: it is too much".to_owned();
        self.exchange.push((label, if self.told > MOST_TOLD { more } else { text }));
    }

    async fn send(&mut self, session: &mut Session, request: &Message, peer: &str) -> Result<(), ProbeError> {
        self.tell(format!("to {peer}"), request);
        match session.parts() {
            Some((connection, _)) => connection.send(request, self.deadline).await,
            None => Err(ProbeError::new(ErrorClass::Internal, "sign-in over a session that was left")),
        }
    }

    /// The right to show the credential, once for all servers of a way: it goes to the next
    /// only where the one before has accepted it.
    async fn take_turn(&mut self) -> Result<(), ProbeError> {
        if self.turn.is_some() {
            return Ok(());
        }
        let user = self.beginning.member.user();
        match timeout_at(self.deadline, self.context.roster.turns().turn(user)).await {
            Ok(Ok(turn)) => {
                self.turn = Some(turn);
                Ok(())
            }
            Ok(Err(why)) => Err(ProbeError::new(ErrorClass::Auth, why)),
            Err(_) => {
                let message = format!("another run signs in as `{user}` all the time");
                Err(ProbeError::new(ErrorClass::Timeout, message))
            }
        }
    }
}

async fn identity(beginning: &Beginning<'_>) -> Result<Identity, ProbeError> {
    let member = beginning.member;
    let not_asked =
        |cause: String| ProbeError::new(ErrorClass::NotAsked, format!("sign-in of {}: {cause}", member.address()));
    let user_agent = beginning.user_agent.unwrap_or(AGENT);
    if user_agent.contains(char::is_control) || user_agent.trim().is_empty() {
        let shown = user_agent.escape_default();
        return Err(not_asked(format!("`user_agent` can't stand in a request: `{shown}`")));
    }
    let address = member.address();
    if address.contains(|letter: char| letter.is_whitespace() || letter.is_control() || "<>\"".contains(letter)) {
        return Err(not_asked("the address can't stand in a request".to_owned()));
    }
    let secret = member.password().await.map_err(not_asked)?;
    let credentials = Credentials::of(member.user());
    let key = credentials.key(secret.0.expose_secret());
    Ok(Identity {
        address: address.to_owned(),
        credentials,
        key,
        workstation: workstation(),
        user_agent: user_agent.to_owned(),
    })
}

/// This machine's name as NTLM has it: who reads the logs of the domain finds us.
fn workstation() -> String {
    let name = gethostname::gethostname().to_string_lossy().to_uppercase();
    name.split('.').next().unwrap_or_default().chars().take(15).collect()
}

fn fresh() -> Result<Fresh, ProbeError> {
    /// From 1601 to 1970, in units of 100 ns.
    const EPOCH: i128 = 116_444_736_000_000_000;
    let filetime = Timestamp::now().as_nanosecond() / 100 + EPOCH;
    let nonces = Nonces {
        client: random()?,
        session: Zeroizing::new(random()?),
        filetime: u64::try_from(filetime).unwrap_or_default(),
    };
    Ok(Fresh { nonces, random: u32::from_le_bytes(random()?) })
}

fn unanswered(error: &ProbeError) -> String {
    format!(
        "{} (the credential was sent, and whether it was accepted is not known: it is not sent again in this run)",
        error.message
    )
}

/// Where a redirect leads; `None` where there was none.
fn onwards(hop: &Hop, before: &[Hop]) -> Option<Result<HostPort, String>> {
    let How::Redirected(targets) = &hop.how else { return None };
    let from = &hop.target;
    // The first is the primary one; a user who ends at the others is not where he should be.
    let Some(Target { host, port, tls }) = targets.first() else {
        return Some(Err(format!("{from} sends the user on, and names no server")));
    };
    let to = HostPort::new(&fold(host), *port);
    if !tls {
        return Some(Err(format!("{from} sends the user on to {to} without TLS, where no credential goes")));
    }
    if before.iter().chain([hop]).any(|known| known.target == to) {
        return Some(Err(format!("{from} sends the user back to {to}")));
    }
    if before.len() >= MOST_REDIRECTS {
        return Some(Err(format!("{from} is the last of {} servers that send the user on", before.len() + 1)));
    }
    Some(Ok(to))
}

/// Whether the server says that the clocks are too far apart (diagnostic 1013).
fn clocks_differ(hop: &Hop) -> bool {
    shown::all_diagnostics(&hop.answer.headers).iter().any(|one| one.id == 1013)
}

/// Why the account stops, in words.
fn rejection(member: &Member, hop: &Hop) -> String {
    let status = match &hop.answer.start {
        Start::Response { status, reason } => format!("{status} {}", shown::reason(reason)),
        Start::Request { .. } => String::new(),
    };
    let told: Vec<String> = shown::all_diagnostics(&hop.answer.headers).iter().map(Diagnostics::in_words).collect();
    let told = if told.is_empty() { String::new() } else { format!(", {}", told.join(", ")) };
    let server = hop.registrar.as_deref().unwrap_or(&hop.target.host);
    format!("{server} did not accept the credential of `{}`: {status}{told}", member.user())
}
