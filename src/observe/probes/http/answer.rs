//! What was learned, made into facts.

use std::net::SocketAddr;
use std::time::Duration;

use super::challenge;
use super::content::Content;
use super::exchange::Raw;
use super::facts::{HttpEndpoint, HttpFacts, HttpRedirect, HttpVersion};
use super::headers;
use super::request::{self, Target};
use super::spec::Method;
use crate::observe::observation::{ErrorClass, Evidence, ProbeError};
use crate::observe::probe::Answer;
use crate::observe::secure::Seen;
use crate::protocol::diagnostics::{self, Diagnostics};
use crate::values::millis;

/// One answer, and how it was reached.
pub(super) struct Reached {
    pub(super) address: SocketAddr,
    pub(super) connect: Option<String>,
    pub(super) seen: Option<Seen>,
    /// The request, for people.
    pub(super) request: String,
    pub(super) raw: Raw,
    pub(super) connecting: Duration,
    pub(super) handshake: Option<Duration>,
}

impl Reached {
    pub(super) fn header(&self, name: &str) -> Option<String> {
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

    fn endpoint(&self, content: &Content) -> HttpEndpoint {
        let user = content.autodiscover.as_ref().and_then(|answer| answer.user.as_ref());
        HttpEndpoint {
            address: self.address.ip(),
            status: self.raw.head.status.as_u16(),
            server_fqdn: self.server_fqdn(),
            user_host: user.and_then(|link| link.host.clone()),
            tls: self.seen.as_ref().and_then(Seen::endpoint),
        }
    }
}

/// The facts of the last answers, and of those that led there.
pub(super) fn facts(
    method: Method,
    target: &Target,
    mut reached: Vec<Reached>,
    past: Vec<(Target, Reached)>,
    elapsed: Duration,
) -> Result<Answer<HttpFacts>, ProbeError> {
    let (mut endpoints, mut contents) = (Vec::new(), Vec::new());
    for one in &mut reached {
        let content = Content::of(std::mem::take(&mut one.raw.body), &one.raw.head.headers, &target.url)
            .map_err(|cause| broken(format!("http {method} {} at {}: {cause}", target.url, one.address)))?;
        endpoints.push(one.endpoint(&content));
        contents.push(content);
    }
    let (mut connect, mut evidence, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let undecided = |one: &Reached| one.seen.as_ref().and_then(Seen::undecided).map(|error| error.message.clone());
    if let Some(reason) = reached.iter().find_map(undecided) {
        unknown.extend(["tls", "endpoints"].map(|fact| (fact, reason.clone())));
    }
    unknown.extend(past.iter().find_map(|(_, one)| undecided(one)).map(|reason| ("redirects", reason)));
    let several = past.len() + reached.len() > 1;
    for (target, one) in past.iter().map(|(target, one)| (target, one)).chain(reached.iter().map(|one| (target, one))) {
        connect.extend(one.connect.clone());
        let at = if several { format!(" of {} at {}", target.place, one.address.ip()) } else { String::new() };
        evidence.push(Evidence { label: format!("request{at}"), text: one.request.clone() });
        evidence.push(Evidence { label: format!("answer{at}"), text: head(one) });
        evidence.extend(one.seen.iter().flat_map(|seen| seen.evidence(&at)));
    }
    connect.dedup();
    let redirects = past.into_iter().map(|(target, one)| hop(&target, &one)).collect();
    let (Some(top), Some(content)) = (reached.into_iter().next(), contents.into_iter().next()) else {
        return Err(ProbeError::new(ErrorClass::Internal, format!("http {}: nothing was seen", target.url)));
    };
    let (content_type, location) = (top.header("content-type"), top.location(target));
    let (server, server_fqdn) = (top.header("server"), top.server_fqdn());
    let tls = top.seen.as_ref().and_then(Seen::endpoint);
    let Reached { address, raw, connecting, handshake, .. } = top;
    let fields = headers::shown(&raw.head.headers);
    let values = |name: &'static str| fields.iter().filter(move |one| one.name == name).map(|one| one.value.as_str());
    let challenges: Vec<_> = values("www-authenticate").flat_map(challenge::read).collect();
    let said = fields.iter().filter(|one| diagnostics::HEADERS.contains(&one.name.as_str()));
    let diagnostics = said.filter_map(|one| Diagnostics::read(&one.name, &one.value)).collect();
    unknown.extend(content.unknown);
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
        body: content.text,
        body_bytes: content.length,
        body_truncated: content.truncated,
        json: content.json,
        autodiscover: content.autodiscover,
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

fn broken(message: String) -> ProbeError {
    ProbeError::new(ErrorClass::Protocol, message)
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
    let head = &one.raw.head;
    format!("{:?} {}\n{}", head.version, head.status, request::fields(&head.headers))
}
