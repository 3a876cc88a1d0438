//! How it is asked.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::exchange::exchange;
use super::facts::{SipEndpoint, SipFacts, SipHeader};
use super::request;
use super::spec::{SipSpec, Transport};
use crate::observe::network::{Addresses, Dialed, Network, Route};
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::secure::{self, Offer, Place, Seen};
use crate::observe::sip;
use crate::protocol::sip::{Challenge, Headers, Message, Start};
use crate::values::{HostPort, fold, millis};

pub(super) async fn ask(spec: SipSpec, context: Context) -> Result<Answer<SipFacts>, ProbeError> {
    let started = Instant::now();
    let question = Question::new(spec, context, started)?;
    let heard = match question.spec.addresses {
        Addresses::First => vec![question.first().await?],
        Addresses::All => question.all().await?,
    };
    question.answer(heard, started.elapsed())
}

/// One question on its way.
struct Question {
    spec: SipSpec,
    context: Context,
    target: HostPort,
    offer: Offer,
    deadline: Instant,
}

/// What one address answered.
struct Heard {
    address: IpAddr,
    connect: Option<String>,
    seen: Option<Seen>,
    request: Message,
    answer: Message,
    faults: Vec<String>,
    at: Timestamp,
    took: Duration,
}

impl Question {
    fn new(spec: SipSpec, context: Context, started: Instant) -> Result<Self, ProbeError> {
        let target = HostPort::new(&spec.host, spec.port);
        if spec.address.is_some() && spec.addresses == Addresses::All {
            let message = format!("sip {target}: `address` names one address, `addresses: all` wants every one");
            return Err(ProbeError::new(ErrorClass::NotAsked, message));
        }
        let offer = Offer::to(&target, spec.sni.as_ref(), Vec::new())?;
        let deadline = started + context.patience();
        Ok(Self { spec, context, target, offer, deadline })
    }

    fn network(&self) -> &Network {
        &self.context.network
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn first(&self) -> Result<Heard, ProbeError> {
        let there = match self.spec.address {
            Some(address) => &HostPort::new(&address.to_string(), self.spec.port),
            None => &self.target,
        };
        self.talk(self.network().dial(there, self.left()).await?).await
    }

    async fn all(&self) -> Result<Vec<Heard>, ProbeError> {
        self.network().along_all(&self.target, self.deadline, "gave no answer", |route| self.talk_along(route)).await
    }

    async fn talk_along(&self, route: Route) -> Result<Heard, ProbeError> {
        self.talk(self.network().dial_route(&route, self.left()).await?).await
    }

    async fn talk(&self, dialed: Dialed) -> Result<Heard, ProbeError> {
        let Dialed { stream, address, connect } = dialed;
        let peer = format!("{} at {address}", self.target);
        let local = local(&stream, &peer)?;
        let request = request::build(&self.spec, local)?;
        // Judging the certificate takes its own time: the answer was here before.
        let now = |sent: Instant| (Timestamp::now(), sent.elapsed());
        let (result, seen, (at, took)) = match self.spec.transport {
            Transport::Tcp => {
                let (mut stream, sent) = (stream, Instant::now());
                (exchange(&mut stream, &request, &peer, self.deadline).await, None, now(sent))
            }
            Transport::Tls => {
                let place = Place { network: self.network(), address, peer: &peer, deadline: self.deadline };
                let (mut stream, handshake) = secure::reach(stream, &self.offer, &place).await?;
                let sent = Instant::now();
                let result = exchange(&mut stream, &request, &peer, self.deadline).await;
                let heard = now(sent);
                let judged = Seen::of(handshake, &self.offer, (&peer, address), &self.context, self.deadline).await;
                // Without an answer that is what matters, whatever the certificate is worth.
                let seen = if result.is_ok() { Some(judged?) } else { None };
                (result, seen, heard)
            }
        };
        let (answer, faults) = result?;
        Ok(Heard { address: address.ip(), connect, seen, request, answer, faults, at, took })
    }

    fn answer(self, heard: Vec<Heard>, elapsed: Duration) -> Result<Answer<SipFacts>, ProbeError> {
        let several = heard.len() > 1;
        let undecided = heard.iter().find_map(|one| one.seen.as_ref()?.undecided());
        let unknown = undecided.map(|error| ["tls", "endpoints"].map(|fact| (fact, error.message.clone())));
        let mut connect: Vec<String> = heard.iter().filter_map(|one| one.connect.clone()).collect();
        connect.dedup();
        let evidence = heard.iter().flat_map(|one| evidence(one, several)).collect();
        let endpoints: Vec<SipEndpoint> = heard.iter().filter_map(endpoint).collect();
        let (Some(first), Some(top)) = (heard.into_iter().next(), endpoints.first().cloned()) else {
            return Err(ProbeError::new(ErrorClass::Internal, format!("sip {}: nothing was heard", self.target)));
        };
        let headers = &first.answer.headers;
        let date = sip::date(headers);
        let mut faults = first.answer.faults();
        faults.extend(first.faults);
        let facts = SipFacts {
            host: self.spec.host,
            port: self.spec.port,
            transport: self.spec.transport,
            address: top.address,
            status: top.status,
            reason: top.reason,
            generation: top.server.as_deref().and_then(sip::generation).map(str::to_owned),
            server: top.server,
            clock_offset_seconds: date.map(|date| sip::offset_seconds(date, first.at)),
            date,
            allow: headers.tokens("allow"),
            supported: headers.tokens("supported"),
            diagnostics: sip::all_diagnostics(headers),
            challenges: Challenge::all(headers),
            schemes: top.schemes,
            registrars: top.registrars,
            faults,
            tls: top.tls,
            headers: shown(headers),
            answer_ms: top.answer_ms,
            elapsed_ms: millis(elapsed),
            endpoints,
        };
        Ok(Answer { facts, unknown: unknown.into_iter().flatten().collect(), connect, evidence })
    }
}

fn local(stream: &TcpStream, peer: &str) -> Result<SocketAddr, ProbeError> {
    let failed = |error| ProbeError::new(ErrorClass::Connect, format!("sip request to {peer}: {error}"));
    stream.local_addr().map_err(failed)
}

fn endpoint(heard: &Heard) -> Option<SipEndpoint> {
    let Start::Response { status, reason } = &heard.answer.start else { return None };
    let headers = &heard.answer.headers;
    let challenges = Challenge::all(headers);
    let (mut schemes, mut registrars): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for challenge in &challenges {
        if !schemes.contains(&challenge.scheme) {
            schemes.push(challenge.scheme.clone());
        }
        let Some(server) = challenge.server() else { continue };
        if !registrars.iter().any(|known| fold(known) == fold(server)) {
            registrars.push(server.to_owned());
        }
    }
    Some(SipEndpoint {
        address: heard.address,
        status: *status,
        reason: reason.clone(),
        server: sip::server(headers),
        schemes,
        registrars,
        tls: heard.seen.as_ref().and_then(Seen::endpoint),
        answer_ms: millis(heard.took),
    })
}

fn shown(headers: &Headers) -> Vec<SipHeader> {
    sip::fields(headers).map(|(name, value)| SipHeader { name, value }).collect()
}

fn evidence(heard: &Heard, several: bool) -> Vec<Evidence> {
    let at = if several { format!(" of {}", heard.address) } else { String::new() };
    let exchanged = [("request", &heard.request), ("answer", &heard.answer)];
    let mut evidence: Vec<Evidence> = exchanged
        .into_iter()
        .map(|(label, message)| Evidence { label: format!("{label}{at}"), text: sip::text(message) })
        .collect();
    evidence.extend(heard.seen.iter().flat_map(|seen| seen.evidence(&at)));
    evidence
}
