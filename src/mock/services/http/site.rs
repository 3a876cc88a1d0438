//! One web site of one server, as it answers before anybody signs in.

use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, SERVER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};

use super::autodiscover::Autodiscover;
use super::resources::{self, Resource};
use super::{Answer, Asked, plain};
use crate::mock::deployment::{Deployment, HttpAnswer, WebServices};
use crate::values::Fqdn;

/// Which of a server's two web sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Ports 80 and 443.
    Internal,
    /// Ports 8080 and 4443.
    External,
}

/// A web site of a server.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) pool: Fqdn,
    pub(super) server: Fqdn,
    pub(super) side: Side,
    pub(super) services: WebServices,
}

impl Site {
    /// The site of a server of some pool.
    pub(super) fn of_server(server: &Fqdn, side: Side, deployment: &Deployment) -> Option<Self> {
        let (pool, services) = deployment.web.iter().find(|(_, services)| services.servers.contains(server))?;
        Some(Self { pool: pool.clone(), server: server.clone(), side, services: services.clone() })
    }

    /// The external site of a pool's first server.
    pub(super) fn of_pool(pool: &Fqdn, deployment: &Deployment) -> Option<Self> {
        let server = deployment.web.get(pool)?.servers.first()?;
        Self::of_server(server, Side::External, deployment)
    }

    /// The name under which its own links lead to it.
    pub(super) fn name(&self) -> &Fqdn {
        match self.side {
            Side::Internal => &self.services.internal,
            Side::External => self.services.external.as_ref().unwrap_or(&self.services.internal),
        }
    }

    /// Answers a request.
    pub(super) fn answer(&self, asked: &Asked<'_>) -> Answer {
        let autodiscover = Autodiscover::new(self, asked);
        let path = resources::path_of(asked.host, asked.path, self.side);
        let mut answer = match self.instead(asked, &path) {
            Some(HttpAnswer::Status { code, headers, body }) => changed(*code, headers, body),
            Some(HttpAnswer::Redirect(url)) => autodiscover.redirect(url),
            None => self.usual(&path, asked.secure, &autodiscover),
        };
        let named = |text: &str| HeaderValue::from_str(text).ok();
        let fields = [
            (SERVER, named(&format!("Microsoft-IIS/{}", self.services.iis))),
            (HeaderName::from_static("x-ms-server-fqdn"), named(self.server.as_str())),
            (HeaderName::from_static("x-powered-by"), named("ASP.NET")),
            (HeaderName::from_static("x-content-type-options"), named("nosniff")),
        ];
        for (name, value) in fields {
            // What the deployment says otherwise stays.
            if let (Some(value), false) = (value, answer.headers().contains_key(&name)) {
                answer.headers_mut().insert(name, value);
            }
        }
        // Where it says nothing, nothing is said.
        let empty: Vec<HeaderName> =
            answer.headers().iter().filter(|(_, value)| value.is_empty()).map(|(name, _)| name.clone()).collect();
        for name in empty {
            answer.headers_mut().remove(name);
        }
        answer
    }

    /// What the deployment puts here, at the path as it was asked for or as the site has
    /// it: what is for this host before what is for all, the longer path before the shorter.
    fn instead(&self, asked: &Asked<'_>, path: &str) -> Option<&HttpAnswer> {
        let fits = |pattern: &str| {
            let (host, place) = pattern.split_at(pattern.find('/').unwrap_or(pattern.len()));
            let place = place.to_ascii_lowercase();
            let here = |path: &str| match place.strip_suffix('*') {
                Some(start) => path.starts_with(start),
                None => path == place,
            };
            let fits = (here(asked.path) || here(path)) && (host.is_empty() || host.eq_ignore_ascii_case(asked.host));
            fits.then_some((!host.is_empty(), place.len()))
        };
        let fitting = self.services.answers.iter().filter_map(|(pattern, answer)| Some((fits(pattern)?, answer)));
        fitting.max_by_key(|(how, _)| *how).map(|(_, answer)| answer)
    }

    fn usual(&self, path: &str, secure: bool, autodiscover: &Autodiscover<'_>) -> Answer {
        match resources::find(path, self.side) {
            // In the clear there is only the way to the encrypted root ([MS-OCDISCWS]). What else IIS says
            // to such clients is UNCONFIRMED: 403 where it wants TLS.
            Some(Resource::Root) if !secure => autodiscover.to_https(),
            Some(_) if !secure => plain(StatusCode::FORBIDDEN, "SSL is required"),
            // So is what it shows where nothing is.
            None => plain(StatusCode::NOT_FOUND, "Not found"),
            Some(Resource::Root) => autodiscover.root(),
            Some(Resource::Domain) => autodiscover.domain(),
            Some(Resource::User) => {
                let mut answer = challenge(&[]);
                let ticket = format!("https://{}/WebTicket/WebTicketService.svc", self.name());
                set(&mut answer, "x-ms-webticketurl", &ticket);
                set(&mut answer, "x-ms-webticketsupported", "cwt,saml");
                answer
            }
            Some(Resource::OAuthUser | Resource::Token) => challenge(&[
                r#"Bearer trusted_issuers="", client_id="00000004-0000-0ff1-ce00-000000000000""#.to_owned(),
                format!(
                    r#"MsRtcOAuth href="https://{}/WebTicket/oauthtoken",grant_type="urn:microsoft.rtc:windows,urn:microsoft.rtc:anonmeeting,password""#,
                    self.name()
                ),
            ]),
            Some(Resource::Windows) => challenge(&["Negotiate".to_owned(), "NTLM".to_owned()]),
            Some(Resource::Page(title)) => {
                typed("text/html; charset=utf-8", format!("<!DOCTYPE html><html><head><title>{title}</title></head></html>"))
            }
            Some(Resource::Description) => typed(
                "text/xml; charset=utf-8",
                r#"<?xml version="1.0" encoding="utf-8"?><wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"/>"#
                    .to_owned(),
            ),
            Some(Resource::Metadata) => {
                let metadata = serde_json::json!({"issuer": self.pool.as_str(), "keys": [], "version": "1.0"});
                typed("application/json", metadata.to_string())
            }
        }
    }
}

/// 401, and what it wants to be shown.
fn challenge(challenges: &[String]) -> Answer {
    let mut answer = plain(StatusCode::UNAUTHORIZED, "401 - Unauthorized");
    for challenge in challenges {
        set(&mut answer, WWW_AUTHENTICATE.as_str(), challenge);
    }
    set(&mut answer, CONTENT_TYPE.as_str(), "text/html");
    answer
}

/// A body of a type, with status 200.
pub(super) fn typed(content_type: &str, body: String) -> Answer {
    let mut answer = Response::new(Full::from(body));
    set(&mut answer, CONTENT_TYPE.as_str(), content_type);
    answer
}

/// What the deployment says.
fn changed(code: u16, headers: &[String], body: &str) -> Answer {
    let mut answer = Response::new(Full::from(body.to_owned()));
    *answer.status_mut() = StatusCode::from_u16(code).unwrap_or_default();
    for (name, value) in headers.iter().filter_map(|header| header.split_once(':')) {
        set(&mut answer, name.trim(), value.trim());
    }
    answer
}

fn set(answer: &mut Answer, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
        answer.headers_mut().append(name, value);
    }
}
