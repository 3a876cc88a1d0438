//! How it is asked.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::allocate::{self, Challenge};
use super::carrier::{Carrier, Said, random, words};
use super::credentials::Credentials;
use super::facts::{Allocation, TurnFacts};
use super::spec::{TurnSpec, TurnTransport};
use crate::observe::network::{Network, Route, nobody_is_at, share};
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::protocol::msturn::{AttributeKind, ErrorCode, Kind, Message};
use crate::values::millis;

pub(super) async fn ask(mut spec: TurnSpec, context: Context) -> Result<Answer<TurnFacts>, ProbeError> {
    let started = Instant::now();
    let deadline = started + context.patience();
    let credentials = match spec.credentials.take() {
        Some(credentials) => Some(Credentials::read(credentials).await?),
        None => None,
    };
    let question = Question { spec, network: &context.network, deadline };
    let heard = question.hear().await?;
    question.answer(heard, credentials.as_ref(), started).await
}

/// Asks in earnest, with credentials that were given for it: whoever answers, and what came of the signed request,
/// which is an error in place of an allocation where there is none. Names that were reached elsewhere beside it.
///
/// # Errors
/// Nobody answers.
pub(crate) async fn in_earnest(
    spec: TurnSpec,
    credentials: &Credentials,
    network: &Network,
    deadline: Instant,
) -> Result<(TurnFacts, Result<Option<Allocation>, ProbeError>, Vec<String>), ProbeError> {
    let started = Instant::now();
    let question = Question { spec, network, deadline };
    let Heard { route, carrier, said, took } = question.hear().await?;
    let shown = Shown::by(said);
    let allocation = match (&shown.challenge, carrier) {
        (Some(challenge), Some(carrier)) => {
            let (challenge, here) = (challenge.clone(), route.address);
            question.allocated(carrier, credentials, challenge, shown.alternate, here).await.map(Some)
        }
        _ => Ok(None),
    };
    let facts = question.facts(shown, route.address.ip(), took, None, started);
    Ok((facts, allocation, route.connect.into_iter().collect()))
}

/// One question on its way.
struct Question<'a> {
    spec: TurnSpec,
    network: &'a Network,
    deadline: Instant,
}

/// The answer to the request without credentials.
struct Heard {
    route: Route,
    /// None where no more can be said over it.
    carrier: Option<Carrier>,
    said: Said,
    took: Duration,
}

/// What the first answer shows.
struct Shown {
    otherwise: Option<String>,
    error: Option<ErrorCode>,
    challenge: Option<Challenge>,
    alternate: Option<SocketAddr>,
}

impl Question<'_> {
    fn peer(&self, address: SocketAddr) -> String {
        format!("{}/{} at {address}", self.spec.target(), self.spec.transport.as_str())
    }

    async fn hear(&self) -> Result<Heard, ProbeError> {
        match self.spec.transport {
            TurnTransport::Udp => self.over_udp().await,
            TurnTransport::Tcp => self.over_tcp().await,
        }
    }

    /// One address after the other, until one answers.
    async fn over_udp(&self) -> Result<Heard, ProbeError> {
        let target = self.spec.target();
        let routes = timeout_at(self.deadline, self.network.routes(&target)).await.unwrap_or_else(|_| {
            Err(ProbeError::new(ErrorClass::Timeout, format!("resolve {}: no answer in time", target.host)))
        })?;
        let mut errors: Vec<ProbeError> = Vec::new();
        let count = routes.len();
        for (at, route) in routes.into_iter().enumerate() {
            let peer = self.peer(route.address);
            let asked = async {
                let carrier = Carrier::udp(self.network, route.address, &peer).await?;
                self.first(route, carrier, &peer, share(self.deadline, count - at)).await
            };
            match asked.await {
                Ok(heard) => return Ok(heard),
                Err(error) => errors.push(error),
            }
        }
        let class = errors.last().map_or(ErrorClass::Internal, |error| error.class);
        let messages: Vec<String> = errors.into_iter().map(|error| error.message).collect();
        Err(ProbeError::new(class, messages.join("; ")))
    }

    async fn over_tcp(&self) -> Result<Heard, ProbeError> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        let dialed = self.network.dial(&self.spec.target(), left).await?;
        let route = Route { address: dialed.address, connect: dialed.connect };
        let peer = self.peer(route.address);
        let begun = Instant::now();
        match Carrier::tcp(dialed.stream, &peer, self.deadline).await? {
            Ok(carrier) => self.first(route, carrier, &peer, self.deadline).await,
            Err(words) => Ok(Heard { route, carrier: None, said: Said::Otherwise(words), took: begun.elapsed() }),
        }
    }

    /// The request without credentials.
    async fn first(
        &self,
        route: Route,
        mut carrier: Carrier,
        peer: &str,
        deadline: Instant,
    ) -> Result<Heard, ProbeError> {
        let transaction = random(peer)?;
        let request = allocate::request(transaction).encode();
        let request = request.map_err(|error| ProbeError::new(ErrorClass::Internal, format!("turn: {error}")))?;
        let sent = Instant::now();
        let said = carrier.exchange(&request, &transaction, peer, deadline).await?;
        if matches!(&said, Said::Answer(answer, _) if answer.kind == Kind::ALLOCATE_RESPONSE) {
            // It was not to be had, and now is.
            if let Ok(release) = allocate::release(transaction, None).encode() {
                carrier.send_at_once(&release);
            }
        }
        Ok(Heard { route, carrier: Some(carrier), said, took: sent.elapsed() })
    }

    async fn answer(
        self,
        heard: Heard,
        credentials: Option<&Credentials>,
        started: Instant,
    ) -> Result<Answer<TurnFacts>, ProbeError> {
        let Heard { route, carrier, said, took } = heard;
        let shown = Shown::by(said);
        let allocation = match (credentials, &shown.challenge, carrier) {
            (Some(credentials), Some(challenge), Some(carrier)) => {
                Some(self.allocated(carrier, credentials, challenge.clone(), shown.alternate, route.address).await?)
            }
            _ => None,
        };
        // Without a challenge nothing was asked for in earnest: none given would be no fact.
        let unasked = credentials.is_some() && allocation.is_none();
        let unknown = unasked.then(|| ("allocation", "there was no challenge to sign a request for".to_owned()));
        let facts = self.facts(shown, route.address.ip(), took, allocation, started);
        let connect = route.connect.into_iter().collect();
        Ok(Answer { unknown: unknown.into_iter().collect(), connect, ..Answer::of(facts) })
    }

    fn facts(
        self,
        shown: Shown,
        address: IpAddr,
        took: Duration,
        allocation: Option<Allocation>,
        started: Instant,
    ) -> TurnFacts {
        let realm = shown.challenge.as_ref().map(|challenge| String::from_utf8_lossy(&challenge.realm).into_owned());
        let (code, reason) = shown.error.map(|error| (error.code, error.reason)).unzip();
        TurnFacts {
            host: self.spec.host,
            port: self.spec.port,
            transport: self.spec.transport,
            address,
            av_edge: shown.otherwise.is_none(),
            otherwise: shown.otherwise,
            code,
            reason,
            realm: realm.map(|realm| realm.trim_matches('"').to_owned()),
            alternate_server: shown.alternate.map(Into::into),
            allocation,
            answer_ms: millis(took),
            elapsed_ms: millis(started.elapsed()),
        }
    }

    /// Over UDP the next request goes where the refusal says ([MS-TURN] 3.2.5.1): behind one
    /// address are several servers, and only one of them knows the nonce.
    async fn allocated(
        &self,
        carrier: Carrier,
        credentials: &Credentials,
        challenge: Challenge,
        alternate: Option<SocketAddr>,
        here: SocketAddr,
    ) -> Result<Allocation, ProbeError> {
        let elsewhere = alternate.filter(|other| self.spec.transport == TurnTransport::Udp && *other != here);
        let (carrier, peer) = match elsewhere {
            Some(there) if nobody_is_at(there) => {
                let peer = self.peer(here);
                let message = format!("turn at {peer}: it sends clients on to {there}, where nobody can be");
                return Err(ProbeError::new(ErrorClass::Protocol, message));
            }
            Some(there) => {
                // Behind NAT an Edge that was told a wrong address of its own sends its clients astray so.
                let peer = format!("{} (where {here} sends clients on to)", self.peer(there));
                (Carrier::udp(self.network, there, &peer).await?, peer)
            }
            None => (carrier, self.peer(here)),
        };
        allocate::allocate(carrier, credentials, challenge, &peer, self.deadline).await
    }
}

impl Shown {
    fn by(said: Said) -> Self {
        let nothing = |words: String| Self { otherwise: Some(words), error: None, challenge: None, alternate: None };
        let answer = match said {
            Said::Otherwise(words) => return nothing(words),
            Said::Answer(answer, _) => answer,
        };
        match answer.kind {
            Kind::ALLOCATE_ERROR => Self::by_refusal(&answer),
            Kind::ALLOCATE_RESPONSE => nothing("it gives a relayed address to whoever asks".to_owned()),
            Kind(other) => nothing(format!("it answered with a message of type {other:#06x}")),
        }
    }

    fn by_refusal(answer: &Message) -> Self {
        let error = answer.error();
        let challenge = Challenge::of(answer);
        let alternate = answer.address(AttributeKind::ALTERNATE_SERVER);
        let otherwise = match (&error, &challenge, alternate) {
            (Some(ErrorCode { code: 401, .. }), Some(_), _) | (Some(ErrorCode { code: 300, .. }), _, Some(_)) => None,
            (Some(ErrorCode { code: 401, .. }), None, _) => {
                Some("it asks for credentials, and lacks the realm or nonce to make them for".to_owned())
            }
            (Some(ErrorCode { code, reason }), ..) => Some(format!("it refused: {code} {}", words(reason))),
            (None, ..) => Some("it refused without a reason".to_owned()),
        };
        Self { otherwise, error, challenge, alternate }
    }
}
