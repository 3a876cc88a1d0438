//! Autodiscover's documents, as [MS-OCDISCWS] and UCWA have them.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::site::{Side, Site, typed};
use super::{Answer, Asked};

/// The service's path, as its links spell it.
const SERVICE: &str = "/Autodiscover/AutodiscoverService.svc";

/// What one client is told.
pub(super) struct Autodiscover<'a> {
    site: &'a Site,
    form: Form,
    /// The SIP domain that the client began with, where it said so.
    domain: Option<&'a str>,
}

/// The form that the client accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// The web services' XML.
    Xml,
    /// The web services' JSON. That it nests as the XML does is UNCONFIRMED.
    Json,
    /// UCWA's JSON, also for those who accept anything.
    Ucwa,
}

/// A link: what it is for, where it leads.
type Link = (&'static str, String);

impl<'a> Autodiscover<'a> {
    pub(super) fn new(site: &'a Site, asked: &Asked<'a>) -> Self {
        let accept = asked.accept.to_ascii_lowercase();
        let form = match accept.as_str() {
            accept if accept.contains("autodiscover+json") => Form::Json,
            accept if accept.contains("xml") => Form::Xml,
            _ => Form::Ucwa,
        };
        let user = asked.query.split('&').find_map(|part| part.strip_prefix("sipuri="));
        let named = user.and_then(|user| user.split_once('@')).map(|(_, domain)| domain);
        let first =
            asked.host.split_once('.').filter(|(label, _)| label.to_ascii_lowercase().starts_with("lyncdiscover"));
        Self { site, form, domain: named.or_else(|| first.map(|(_, domain)| domain)) }
    }

    /// The root: links of the pool that answers.
    pub(super) fn root(&self) -> Answer {
        match self.form {
            Form::Ucwa => ucwa(&[
                ("self", self.link("/root")),
                ("user", self.link("/root/oauth/user")),
                ("xframe", self.at("/Autodiscover/XFrame/XFrame.html")),
            ]),
            _ => self.document(
                "Root",
                &[],
                &[
                    ("Domain", self.link("/root/domain")),
                    ("User", self.link("/root/user")),
                    ("Self", self.link("/root")),
                    ("OAuth", self.link("/root/oauth/user")),
                ],
            ),
        }
    }

    /// The root in the clear: the way to the encrypted one, and nothing else.
    pub(super) fn to_https(&self) -> Answer {
        self.redirect(&self.link("/root"))
    }

    /// An answer that only leads on.
    pub(super) fn redirect(&self, url: &str) -> Answer {
        match self.form {
            Form::Ucwa => ucwa(&[("redirect", url.to_owned())]),
            _ => self.document("Root", &[], &[("Redirect", url.to_owned())]),
        }
    }

    /// SIP access points and web services of the pool that answers. UCWA's JSON knows no
    /// such resource, so it is told as the web services do.
    pub(super) fn domain(&self) -> Answer {
        let services = &self.site.services;
        let pool = self.site.pool.as_str();
        let mut access = vec![("SipServerInternalAccess", pool, 5061), ("SipClientInternalAccess", pool, 5061)];
        if let Some(edge) = &services.access {
            access.extend([
                ("SipServerExternalAccess", edge.as_str(), 5061),
                ("SipClientExternalAccess", edge.as_str(), 443),
            ]);
        }
        let root = |name: &dyn std::fmt::Display| format!("https://{name}{SERVICE}/root");
        let mut links = vec![("Internal/Autodiscover", root(&services.internal))];
        links.extend(services.external.as_ref().map(|external| ("External/Autodiscover", root(external))));
        self.document("Domain", &access, &links)
    }

    fn at(&self, path: &str) -> String {
        format!("https://{}{path}", self.site.name())
    }

    fn link(&self, resource: &str) -> String {
        let domain = self.domain.map(|domain| format!("?originalDomain={domain}")).unwrap_or_default();
        self.at(&format!("{SERVICE}{resource}{domain}"))
    }

    fn document(&self, element: &str, access: &[(&str, &str, u16)], links: &[Link]) -> Answer {
        let location = match self.site.side {
            Side::Internal => "Internal",
            Side::External => "External",
        };
        if self.form != Form::Xml {
            let mut inner: Map<String, Value> = access
                .iter()
                .map(|(name, fqdn, port)| ((*name).to_owned(), json!({"fqdn": fqdn, "port": port.to_string()})))
                .collect();
            let links: Vec<Value> = links.iter().map(|(token, href)| json!({"href": href, "token": token})).collect();
            inner.insert("Links".to_owned(), links.into());
            let body = json!({"AccessLocation": location, element: inner});
            return typed("application/vnd.microsoft.rtc.autodiscover+json; v=1", body.to_string());
        }
        let mut inner = String::new();
        for (name, fqdn, port) in access {
            let _ = write!(inner, r#"<{name} fqdn="{fqdn}" port="{port}"/>"#);
        }
        for (token, href) in links {
            let _ = write!(inner, r#"<Link token="{token}" href="{}"/>"#, quick_xml::escape::escape(href.as_str()));
        }
        let body = format!(
            r#"<?xml version="1.0" encoding="utf-8"?><AutodiscoverResponse AccessLocation="{location}"><{element}>{inner}</{element}></AutodiscoverResponse>"#
        );
        typed("application/vnd.microsoft.rtc.autodiscover+xml; v=1", body)
    }
}

fn ucwa(links: &[Link]) -> Answer {
    let links: Map<String, Value> =
        links.iter().map(|(name, href)| ((*name).to_owned(), json!({"href": href}))).collect();
    typed("application/json", json!({"_links": links}).to_string())
}
