//! How it is asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, stream};
use rustls::pki_types::ServerName;
use tokio::time::{Instant, timeout_at};

use super::certificate;
use super::facts::{Certificate, TlsEndpoint, TlsFacts};
use super::failure;
use super::handshake::{Handshake, Offer, shake};
use super::spec::{Addresses, Sni, TlsSpec};
use super::verdict::{Verdict, judge};
use crate::observe::network::{Dialed, Network, Route, Trust};
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::values::HostPort;

/// Certificates read of one chain.
const LONGEST_CHAIN: usize = 16;
/// Addresses looked at of one name.
const MOST_ADDRESSES: usize = 64;
/// Handshakes of one question at a time.
const AT_ONCE: usize = 4;

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
    /// The name that the certificate is held against.
    name: String,
    deadline: Instant,
}

/// What one address showed.
struct Seen {
    address: SocketAddr,
    connect: Option<String>,
    handshake: Handshake,
    chain: Vec<Certificate>,
    /// Why certificates after the first are not in the chain.
    chain_cut: Option<String>,
    verdict: Result<Verdict, ProbeError>,
}

impl Question {
    fn new(spec: TlsSpec, context: Context, started: Instant) -> Result<Self, ProbeError> {
        let target = HostPort::new(&spec.host, spec.port);
        if spec.address.is_some() && spec.addresses == Addresses::All {
            let message = format!("tls {target}: `address` names one address, `addresses: all` wants every one");
            return Err(ProbeError::new(ErrorClass::NotAsked, message));
        }
        let (name, send_name) = match &spec.sni {
            Some(Sni::Name(name)) => (name.folded(), true),
            Some(Sni::None) => (target.host.clone(), false),
            None => (target.host.clone(), target.address().is_none()),
        };
        let server_name = ServerName::try_from(name.clone()).map_err(|_| {
            ProbeError::new(ErrorClass::NotAsked, format!("tls {target}: `{name}` is neither a name nor an address"))
        })?;
        let alpn = spec.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let deadline = started + context.patience();
        Ok(Self { offer: Offer { name: server_name, send_name, alpn }, target, name, deadline, spec, context })
    }

    fn network(&self) -> &Network {
        &self.context.network
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn first(&self) -> Result<Seen, ProbeError> {
        let dialed = match self.spec.address {
            Some(address) => self.network().dial_address(SocketAddr::new(address, self.spec.port), self.left()).await?,
            None => self.network().dial(&self.target, self.left()).await?,
        };
        self.look(dialed).await
    }

    /// Every address, or an error: a part of them would look like all of them.
    async fn all(&self) -> Result<Vec<Seen>, ProbeError> {
        let routes = timeout_at(self.deadline, self.network().routes(&self.target)).await.unwrap_or_else(|_| {
            Err(ProbeError::new(ErrorClass::Timeout, format!("resolve {}: no answer in time", self.target.host)))
        })?;
        if routes.len() > MOST_ADDRESSES {
            let message =
                format!("tls {}: {} addresses; at most {MOST_ADDRESSES} are looked at", self.target, routes.len());
            return Err(ProbeError::new(ErrorClass::Protocol, message));
        }
        let count = routes.len();
        let looks = routes.into_iter().map(|route| self.look_along(route));
        let results: Vec<Result<Seen, ProbeError>> = stream::iter(looks).buffered(AT_ONCE).collect().await;
        let (mut seen, mut errors) = (Vec::new(), Vec::new());
        for result in results {
            match result {
                Ok(one) => seen.push(one),
                Err(error) => errors.push(error),
            }
        }
        let Some(first) = errors.first() else { return Ok(seen) };
        let message = format!(
            "{} of {count} addresses of {} completed no handshake: {}",
            errors.len(),
            self.target,
            errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; ")
        );
        Err(ProbeError::new(first.class, message))
    }

    async fn look_along(&self, route: Route) -> Result<Seen, ProbeError> {
        self.look(self.network().dial_route(&route, self.left()).await?).await
    }

    async fn look(&self, dialed: Dialed) -> Result<Seen, ProbeError> {
        let Dialed { stream, address, connect } = dialed;
        let peer = format!("{} at {address}", self.target);
        let handshake = match timeout_at(self.deadline, shake(stream, self.offer.clone())).await {
            Ok(Ok(handshake)) => handshake,
            Ok(Err(broken)) => return Err(failure::error(&peer, broken)),
            Err(_) => {
                let message = format!("tls handshake with {peer}: connected, but not completed in time");
                return Err(ProbeError::new(ErrorClass::Timeout, message));
            }
        };
        let (chain, chain_cut) = self.read(&handshake, &peer)?;
        let (handshake, chain, verdict) = self.judge(handshake, chain).await?;
        Ok(Seen { address, connect, handshake, chain, chain_cut, verdict })
    }

    fn read(&self, handshake: &Handshake, peer: &str) -> Result<(Vec<Certificate>, Option<String>), ProbeError> {
        let sent = handshake.chain.len();
        let mut chain = Vec::new();
        for (at, der) in handshake.chain.iter().take(LONGEST_CHAIN).enumerate() {
            match certificate::read(der, self.context.now) {
                Ok(certificate) => chain.push(certificate),
                Err(cause) if at == 0 => {
                    let message = format!("the certificate of {peer} can't be read: {cause}");
                    return Err(ProbeError::new(ErrorClass::Protocol, message));
                }
                Err(cause) => {
                    return Ok((chain, Some(format!("certificate {at} of the chain can't be read: {cause}"))));
                }
            }
        }
        let cut =
            (sent > LONGEST_CHAIN).then(|| format!("the server sent {sent} certificates, {LONGEST_CHAIN} are read"));
        Ok((chain, cut))
    }

    async fn judge(
        &self,
        handshake: Handshake,
        chain: Vec<Certificate>,
    ) -> Result<(Handshake, Vec<Certificate>, Result<Verdict, ProbeError>), ProbeError> {
        let (name, now) = (self.name.clone(), self.context.now);
        if let Trust::Roots(_) = self.network().trust {
            let verdict = judge(&handshake, &chain, &name, &self.network().trust, now);
            return Ok((handshake, chain, verdict));
        }
        // A platform's verifier may read files or the network.
        let network = Arc::clone(&self.context.network);
        let judged = tokio::task::spawn_blocking(move || {
            let verdict = judge(&handshake, &chain, &name, &network.trust, now);
            (handshake, chain, verdict)
        });
        match timeout_at(self.deadline, judged).await {
            Ok(Ok(judged)) => Ok(judged),
            Ok(Err(error)) => Err(ProbeError::new(ErrorClass::Internal, format!("tls {}: {error}", self.target))),
            Err(_) => {
                let message = format!("tls {}: the platform has not judged the certificate in time", self.target);
                Err(ProbeError::new(ErrorClass::Timeout, message))
            }
        }
    }

    fn answer(self, seen: Vec<Seen>, elapsed: Duration) -> Result<Answer<TlsFacts>, ProbeError> {
        let mut unknown = Vec::new();
        if let Some(error) = seen.iter().find_map(|one| one.verdict.as_ref().err()) {
            let judged = ["verified", "verify_error", "trusted", "name_matches", "endpoints"];
            unknown.extend(judged.map(|fact| (fact, error.message.clone())));
        }
        let endpoints: Vec<TlsEndpoint> = seen.iter().filter_map(endpoint).collect();
        let several = endpoints.len() > 1;
        let verify_error = endpoints.iter().find_map(|one| {
            let reason = one.verify_error.as_ref()?;
            Some(if several { format!("{}: {reason}", one.address) } else { reason.clone() })
        });
        let mut connect: Vec<String> = seen.iter().filter_map(|one| one.connect.clone()).collect();
        connect.dedup();
        let evidence = seen.iter().flat_map(|one| evidence(one, several)).collect();
        let (Some(first), Some(top)) = (seen.into_iter().next(), endpoints.first().cloned()) else {
            return Err(ProbeError::new(ErrorClass::Internal, format!("tls {}: nothing was seen", self.target)));
        };
        unknown.extend(first.chain_cut.map(|reason| ("chain", reason)));
        let facts = TlsFacts {
            host: self.spec.host,
            port: self.spec.port,
            address: top.address,
            version: top.version,
            suite: top.suite,
            alpn: top.alpn,
            certificate: top.certificate,
            chain: first.chain,
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

fn endpoint(seen: &Seen) -> Option<TlsEndpoint> {
    // Without a verdict these are placeholders: `endpoints` itself is then unknown.
    let (reasons, name_matches, trusted) = match &seen.verdict {
        Ok(verdict) => (verdict.reasons.clone(), verdict.name_matches, verdict.trusted),
        Err(error) => (vec![error.message.clone()], false, false),
    };
    Some(TlsEndpoint {
        address: seen.address.ip(),
        version: seen.handshake.version,
        suite: seen.handshake.suite.clone(),
        alpn: seen.handshake.alpn.clone(),
        certificate: seen.chain.first()?.clone(),
        verified: reasons.is_empty(),
        verify_error: (!reasons.is_empty()).then(|| reasons.join("; ")),
        name_matches,
        trusted,
        client_certificate_requested: seen.handshake.client_certificate_requested,
        handshake_ms: millis(seen.handshake.took),
    })
}

fn evidence(seen: &Seen, several: bool) -> impl Iterator<Item = Evidence> {
    let at = if several { format!(" of {}", seen.address.ip()) } else { String::new() };
    seen.handshake
        .chain
        .iter()
        .take(LONGEST_CHAIN)
        .enumerate()
        .map(move |(number, der)| Evidence { label: format!("certificate {number}{at}"), text: certificate::pem(der) })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
