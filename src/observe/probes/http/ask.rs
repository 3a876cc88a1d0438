//! How it is asked: hop by hop.

use tokio::time::Instant;

use std::net::SocketAddr;
use std::time::Duration;

use super::body::{MOST, Undecoded};
use super::challenge;
use super::exchange::{Raw, exchange};
use super::facts::{HttpEndpoint, HttpFacts, HttpRedirect, HttpVersion};
use super::headers::{self, Wanted};
use super::request::{self, Target};
use super::spec::{HttpSpec, MOST_REDIRECTS, Method, Version};
use crate::observe::network::{Addresses, Dialed, Network};
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::{Answer, Context};
use crate::observe::secure::{self, Offer, Seen};
use crate::protocol::diagnostics::{self, Diagnostics};
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

/// One answer, and how it was reached.
struct Reached {
    address: SocketAddr,
    connect: Option<String>,
    seen: Option<Seen>,
    raw: Raw,
    connecting: Duration,
    handshake: Option<Duration>,
}

impl Reached {
    fn header(&self, name: &str) -> Option<String> {
        headers::first(&self.raw.head.headers, name)
    }

    /// Where it leads, as a whole URL where it makes one.
    fn location(&self, target: &Target) -> Option<String> {
        let location = self.header("location")?;
        Some(target.url.join(&location).map_or(location, |url| url.to_string()))
    }

    fn server_fqdn(&self) -> Option<String> {
        self.header("x-ms-server-fqdn").map(|name| name.trim().to_owned())
    }

    fn endpoint(&self) -> HttpEndpoint {
        HttpEndpoint {
            address: self.address.ip(),
            status: self.raw.head.status.as_u16(),
            server_fqdn: self.server_fqdn(),
            tls: self.seen.as_ref().and_then(Seen::endpoint),
        }
    }
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
                return self.answer(&target, vec![reached], past, started.elapsed());
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
        self.answer(&target, reached, Vec::new(), started.elapsed())
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
            let request = request::build(target, method, &self.wanted, first, false)?;
            let raw = exchange(stream, request, false, &about, self.deadline).await?;
            return Ok(Reached { address, connect, seen: None, raw, connecting, handshake: None });
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
        let (secured, handshake) = secure::open(stream, &offer, &peer, self.deadline).await?;
        let took = began.elapsed();
        let over_http2 = handshake.alpn.as_deref() == Some("h2");
        if self.spec.version == Some(Version::Http2) && !over_http2 {
            return Err(ProbeError::new(ErrorClass::Protocol, format!("{about}: it doesn't agree to HTTP/2 (ALPN)")));
        }
        let request = request::build(target, method, &self.wanted, first, over_http2)?;
        let raw = exchange(secured, request, over_http2, &about, self.deadline).await?;
        let seen = Seen::of(handshake, &offer, (&peer, address), &self.context, self.deadline).await?;
        Ok(Reached { address, connect, seen: Some(seen), raw, connecting, handshake: Some(took) })
    }

    fn answer(
        self,
        target: &Target,
        reached: Vec<Reached>,
        past: Vec<(Target, Reached)>,
        elapsed: Duration,
    ) -> Result<Answer<HttpFacts>, ProbeError> {
        let endpoints: Vec<HttpEndpoint> = reached.iter().map(Reached::endpoint).collect();
        let (mut connect, mut evidence, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        let undecided = |one: &Reached| one.seen.as_ref().and_then(Seen::undecided).map(|error| error.message.clone());
        if let Some(reason) = reached.iter().find_map(undecided) {
            unknown.extend(["tls", "endpoints"].map(|fact| (fact, reason.clone())));
        }
        unknown.extend(past.iter().find_map(|(_, one)| undecided(one)).map(|reason| ("redirects", reason)));
        let several = past.len() + reached.len() > 1;
        for (target, one) in
            past.iter().map(|(target, one)| (target, one)).chain(reached.iter().map(|one| (target, one)))
        {
            connect.extend(one.connect.clone());
            let at = if several { format!(" of {} at {}", target.place, one.address.ip()) } else { String::new() };
            evidence.push(Evidence { label: format!("answer{at}"), text: head(one) });
            evidence.extend(one.seen.iter().flat_map(|seen| seen.evidence(&at)));
        }
        connect.dedup();
        let redirects = past.into_iter().map(|(target, one)| hop(&target, &one)).collect();
        let Some(top) = reached.into_iter().next() else {
            return Err(ProbeError::new(ErrorClass::Internal, format!("http {}: nothing was seen", target.url)));
        };
        let (content_type, location) = (top.header("content-type"), top.location(target));
        let (server, server_fqdn) = (top.header("server"), top.server_fqdn());
        let tls = top.seen.as_ref().and_then(Seen::endpoint);
        let Reached { address, raw, connecting, handshake, .. } = top;
        let fields = headers::shown(&raw.head.headers);
        let values =
            |name: &'static str| fields.iter().filter(move |one| one.name == name).map(|one| one.value.as_str());
        let challenges: Vec<_> = values("www-authenticate").flat_map(challenge::read).collect();
        let said = fields.iter().filter(|one| diagnostics::HEADERS.contains(&one.name.as_str()));
        let diagnostics = said.filter_map(|one| Diagnostics::read(&one.name, &one.value)).collect();
        let (body, unread) = match raw.body.decoded(&raw.head.headers) {
            Ok(body) => (body, None),
            Err(Undecoded::Unknown(coding)) => {
                (super::body::Bytes::default(), Some(format!("the body is coded as `{coding}`, which is not read")))
            }
            Err(Undecoded::Broken(cause)) => {
                let message = format!(
                    "http {} {} at {address}: its body can't be decoded: {cause}",
                    self.spec.method, target.url
                );
                return Err(ProbeError::new(ErrorClass::Protocol, message));
            }
        };
        let text = body.text(&raw.head.headers);
        let json = match &unread {
            Some(reason) => Err(reason.clone()),
            None if body.truncated => Err(format!("the body is longer than the {MOST} bytes that are read")),
            None => serde_json::from_str(&text).map_err(|error| format!("the body isn't JSON: {error}")),
        };
        if let Some(reason) = unread {
            unknown.extend(["body", "body_bytes", "body_truncated"].map(|fact| (fact, reason.clone())));
        }
        let json = json.unwrap_or_else(|reason| {
            unknown.push(("json", reason));
            serde_json::Value::Null
        });
        let facts = HttpFacts {
            url: target.url.to_string(),
            host: target.place.host.clone(),
            address: address.ip(),
            status: raw.head.status.as_u16(),
            version: match raw.head.version {
                hyper::Version::HTTP_2 => HttpVersion::Http2,
                hyper::Version::HTTP_10 => HttpVersion::Http10,
                _ => HttpVersion::Http11,
            },
            content_type,
            location,
            server_fqdn,
            server,
            schemes: challenges.iter().map(|one| one.scheme.clone()).collect(),
            challenges,
            diagnostics,
            headers: fields,
            body: text,
            body_bytes: u64::try_from(body.kept.len()).unwrap_or(u64::MAX),
            body_truncated: body.truncated,
            json,
            redirects,
            tls,
            endpoints,
            connect_ms: millis(connecting),
            tls_ms: handshake.map(millis),
            first_byte_ms: millis(raw.first_byte),
            elapsed_ms: millis(elapsed),
        };
        Ok(Answer { facts, unknown, connect, evidence })
    }
}

fn hop(target: &Target, one: &Reached) -> HttpRedirect {
    HttpRedirect {
        url: target.url.to_string(),
        host: target.place.host.clone(),
        address: one.address.ip(),
        status: one.raw.head.status.as_u16(),
        location: one.location(target).unwrap_or_default(),
        tls_verified: one.seen.as_ref().and_then(Seen::endpoint).map(|tls| tls.verified),
        server_fqdn: one.server_fqdn(),
    }
}

/// Status line and header, for people.
fn head(one: &Reached) -> String {
    let mut text = format!("{:?} {}\n", one.raw.head.version, one.raw.head.status);
    for field in headers::shown(&one.raw.head.headers) {
        text.push_str(&format!("{}: {}\n", field.name, field.value));
    }
    text
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
