//! How it is asked.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

use super::facts::TlsFacts;
use super::handshake::shake;
use super::spec::TlsSpec;
use crate::observe::network::{Addresses, Dialed, Network, Route};
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::secure::{self, Handshake, Offer, Place, Seen, TlsEndpoint};
use crate::values::{HostPort, millis};

/// How long the end of a connection may take.
const FAREWELL: Duration = Duration::from_millis(200);

pub(super) async fn ask(spec: TlsSpec, context: Context) -> Result<Answer<TlsFacts>, ProbeError> {
    let started = Instant::now();
    let question = Question::new(spec, context, started)?;
    let seen = match question.spec.addresses {
        Addresses::First => vec![question.first().await?],
        Addresses::All => question.all().await?,
    };
    let elapsed = started.elapsed();
    question.answer(seen, elapsed)
}

/// One question on its way.
struct Question {
    spec: TlsSpec,
    context: Context,
    target: HostPort,
    offer: Offer,
    deadline: Instant,
}

/// What one address showed, and how it was reached.
struct Reached {
    seen: Seen,
    connect: Option<String>,
}

impl Question {
    fn new(spec: TlsSpec, context: Context, started: Instant) -> Result<Self, ProbeError> {
        let target = HostPort::new(&spec.host, spec.port);
        if spec.address.is_some() && spec.addresses == Addresses::All {
            let message = format!("tls {target}: `address` names one address, `addresses: all` wants every one");
            return Err(ProbeError::new(ErrorClass::NotAsked, message));
        }
        let alpn = spec.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let offer = Offer::to(&target, spec.sni.as_ref(), alpn)?;
        let deadline = started + context.patience();
        Ok(Self { spec, context, target, offer, deadline })
    }

    fn network(&self) -> &Network {
        &self.context.network
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn first(&self) -> Result<Reached, ProbeError> {
        let dialed = match self.spec.address {
            Some(address) => {
                let there = HostPort::new(&address.to_string(), self.spec.port);
                self.network().dial(&there, self.left()).await?
            }
            None => self.network().dial(&self.target, self.left()).await?,
        };
        self.look(dialed).await
    }

    async fn all(&self) -> Result<Vec<Reached>, ProbeError> {
        let lacking = "completed no handshake";
        self.network().along_all(&self.target, self.deadline, lacking, |route| self.look_along(route)).await
    }

    async fn look_along(&self, route: Route) -> Result<Reached, ProbeError> {
        self.look(self.network().dial_route(&route, self.left()).await?).await
    }

    async fn look(&self, dialed: Dialed) -> Result<Reached, ProbeError> {
        let Dialed { stream, address, connect } = dialed;
        let peer = format!("{} at {address}", self.target);
        let place = Place { network: self.network(), address, peer: &peer, deadline: self.deadline };
        let handshake = self.handshake(stream, &place).await?;
        let seen = Seen::of(handshake, &self.offer, (&peer, address), &self.context, self.deadline).await?;
        Ok(Reached { seen, connect })
    }

    /// A handshake by whichever library can speak what the server speaks; nothing is said over it.
    async fn handshake(&self, stream: TcpStream, place: &Place<'_>) -> Result<Handshake, ProbeError> {
        let (mut secured, handshake) = if secure::begins_with_older(&self.offer, place) {
            secure::reach(stream, &self.offer, place).await?
        } else {
            match timeout_at(self.deadline, shake(stream, &self.offer)).await {
                Ok(Ok(handshake)) => return Ok(handshake),
                Ok(Err(broken)) => {
                    let failure = secure::failure(place.peer, broken);
                    secure::by_older(failure, &self.offer, place).await?
                }
                Err(_) => {
                    let peer = place.peer;
                    let message = format!("tls handshake with {peer}: connected, but not completed in time");
                    return Err(ProbeError::new(ErrorClass::Timeout, message));
                }
            }
        };
        // A polite end. The peer may be gone already, or never say its part.
        drop(timeout(FAREWELL, secured.shutdown()).await);
        Ok(handshake)
    }

    fn answer(self, reached: Vec<Reached>, elapsed: Duration) -> Result<Answer<TlsFacts>, ProbeError> {
        let mut unknown = Vec::new();
        if let Some(error) = reached.iter().find_map(|one| one.seen.undecided()) {
            let judged = ["verified", "verify_error", "trusted", "name_matches", "endpoints"];
            unknown.extend(judged.map(|fact| (fact, error.message.clone())));
        }
        let endpoints: Vec<TlsEndpoint> = reached.iter().filter_map(|one| one.seen.endpoint()).collect();
        let several = endpoints.len() > 1;
        let verify_error = endpoints.iter().find_map(|one| {
            let reason = one.verify_error.as_ref()?;
            Some(if several { format!("{}: {reason}", one.address) } else { reason.clone() })
        });
        let mut connect: Vec<String> = reached.iter().filter_map(|one| one.connect.clone()).collect();
        connect.dedup();
        let mut evidence = Vec::new();
        for Reached { seen, .. } in &reached {
            let at = if several { format!(" of {}", seen.address.ip()) } else { String::new() };
            evidence.extend(seen.evidence(&at));
        }
        let (Some(first), Some(top)) = (reached.into_iter().next(), endpoints.first().cloned()) else {
            return Err(ProbeError::new(ErrorClass::Internal, format!("tls {}: nothing was seen", self.target)));
        };
        unknown.extend(first.seen.chain_cut.map(|reason| ("chain", reason)));
        let facts = TlsFacts {
            host: self.spec.host,
            port: self.spec.port,
            address: top.address,
            version: top.version,
            suite: top.suite,
            legacy: top.legacy,
            alpn: top.alpn,
            certificate: top.certificate,
            chain: first.seen.chain,
            verified: endpoints.iter().all(|one| one.verified),
            verify_error,
            name_matches: endpoints.iter().all(|one| one.name_matches),
            trusted: endpoints.iter().all(|one| one.trusted),
            client_certificate_requested: top.client_certificate_requested,
            handshake_ms: top.handshake_ms,
            elapsed_ms: millis(elapsed),
            endpoints,
        };
        Ok(Answer { facts, unknown, connect, evidence })
    }
}
