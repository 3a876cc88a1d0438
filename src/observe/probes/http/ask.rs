//! How it is asked: hop by hop.

use tokio::time::Instant;

use std::time::Duration;

use super::answer::{self, Reached};
use super::exchange::{Peer, Security, exchange};
use super::facts::HttpFacts;
use super::headers::Wanted;
use super::request::{self, Target};
use super::spec::{HttpSpec, MOST_REDIRECTS, Method, Version};
use crate::observe::network::{Addresses, Dialed, Network};
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::secure::{self, Offer, Place, Seen};
use crate::values::HostPort;

pub(super) async fn ask(spec: HttpSpec, context: Context) -> Result<Answer<HttpFacts>, ProbeError> {
    let started = Instant::now();
    let first = Target::from(spec.url.clone());
    let question = Question::new(spec, context, started, &first)?;
    match question.spec.addresses {
        Addresses::First => question.follow(first, started).await,
        Addresses::All => question.all(first, started).await,
    }
}

fn not_asked(message: String) -> ProbeError {
    ProbeError::new(ErrorClass::NotAsked, message)
}

/// One question on its way.
struct Question {
    spec: HttpSpec,
    wanted: Wanted,
    context: Context,
    deadline: Instant,
}

impl Question {
    fn new(spec: HttpSpec, context: Context, started: Instant, first: &Target) -> Result<Self, ProbeError> {
        let place = &first.place;
        if spec.addresses == Addresses::All && (spec.address.is_some() || spec.redirects > 0) {
            let message = "`addresses: all` wants every address, and goes with neither `address` nor `redirects`";
            return Err(not_asked(format!("http {place}: {message}")));
        }
        if spec.redirects > MOST_REDIRECTS {
            return Err(not_asked(format!("http {place}: at most {MOST_REDIRECTS} redirects are followed")));
        }
        let wanted = Wanted::of(&spec)?;
        let deadline = started + context.patience();
        Ok(Self { spec, wanted, context, deadline })
    }

    fn network(&self) -> &Network {
        &self.context.network
    }

    fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    async fn follow(self, first: Target, started: Instant) -> Result<Answer<HttpFacts>, ProbeError> {
        let (mut target, mut method) = (first, self.spec.method);
        let (mut visited, mut past): (Vec<String>, Vec<(Target, Reached)>) = (Vec::new(), Vec::new());
        loop {
            visited.push(target.url.to_string());
            let began = Instant::now();
            let place = match self.spec.address.filter(|_| past.is_empty()) {
                Some(address) => HostPort::new(&address.to_string(), target.place.port),
                None => target.place.clone(),
            };
            let dialed = self.network().dial(&place, self.left()).await?;
            let reached = self.look(&target, method, dialed, began, past.is_empty()).await?;
            let status = reached.raw.head.status.as_u16();
            let location = reached.header("location").filter(|_| matches!(status, 301 | 302 | 303 | 307 | 308));
            let Some(location) = location.filter(|_| past.len() < usize::from(self.spec.redirects)) else {
                return answer::facts(self.spec.method, &target, vec![reached], past, started.elapsed());
            };
            let next = target.url.join(&location).map(Target::from).map_err(|cause| {
                let message = format!("http {method} {}: its redirect can't be followed: {cause}", target.url);
                ProbeError::new(ErrorClass::Protocol, message)
            })?;
            if visited.iter().any(|url| *url == next.url.to_string()) {
                visited.push(next.url.to_string());
                let message = format!("http: redirect loop: {}", visited.join(" → "));
                return Err(ProbeError::new(ErrorClass::Protocol, message));
            }
            if status == 303 && method != Method::Head {
                method = Method::Get;
            }
            past.push((std::mem::replace(&mut target, next), reached));
        }
    }

    async fn all(self, target: Target, started: Instant) -> Result<Answer<HttpFacts>, ProbeError> {
        let lacking = "gave no answer";
        let look = |route| {
            let (question, target) = (&self, &target);
            async move {
                let began = Instant::now();
                let dialed = question.network().dial_route(&route, question.left()).await?;
                question.look(target, question.spec.method, dialed, began, true).await
            }
        };
        let reached = self.network().along_all(&target.place, self.deadline, lacking, look).await?;
        answer::facts(self.spec.method, &target, reached, Vec::new(), started.elapsed())
    }

    async fn look(
        &self,
        target: &Target,
        method: Method,
        dialed: Dialed,
        began: Instant,
        first: bool,
    ) -> Result<Reached, ProbeError> {
        let Dialed { stream, address, connect } = dialed;
        let connecting = began.elapsed();
        let about = format!("http {method} {} at {address}", target.url);
        if !target.url.is_https() {
            if self.spec.version == Some(Version::Http2) {
                return Err(ProbeError::new(
                    ErrorClass::Unsupported,
                    format!("{about}: HTTP/2 is spoken over TLS only"),
                ));
            }
            let wanted = request::build(target, method, &self.wanted, first, false)?;
            let request = request::text(&wanted);
            let peer = Peer { about: &about, security: Security::None };
            let raw = exchange(stream, wanted, false, &peer, self.deadline).await?;
            return Ok(Reached { address, connect, seen: None, request, raw, connecting, handshake: None });
        }
        let alpn: &[&[u8]] = match self.spec.version {
            None => &[b"h2", b"http/1.1"],
            Some(Version::Http11) => &[b"http/1.1"],
            Some(Version::Http2) => &[b"h2"],
        };
        let alpn = alpn.iter().map(|name| name.to_vec()).collect();
        let offer = Offer::to(&target.place, self.spec.sni.as_ref().filter(|_| first), alpn)?;
        let peer = format!("{} at {address}", target.place);
        let began = Instant::now();
        let place = Place { network: self.network(), address, peer: &peer, deadline: self.deadline };
        let (secured, handshake) = secure::reach(stream, &offer, &place).await?;
        let took = began.elapsed();
        let over_http2 = handshake.alpn.as_deref() == Some("h2");
        if self.spec.version == Some(Version::Http2) && !over_http2 {
            return Err(ProbeError::new(ErrorClass::Protocol, format!("{about}: it doesn't agree to HTTP/2 (ALPN)")));
        }
        let wanted = request::build(target, method, &self.wanted, first, over_http2)?;
        let request = request::text(&wanted);
        let security = Security::Tls { wants_certificate: handshake.client_certificate_requested };
        let raw = exchange(secured, wanted, over_http2, &Peer { about: &about, security }, self.deadline).await?;
        let seen = Seen::of(handshake, &offer, (&peer, address), &self.context, self.deadline).await?;
        Ok(Reached { address, connect, seen: Some(seen), request, raw, connecting, handshake: Some(took) })
    }
}
