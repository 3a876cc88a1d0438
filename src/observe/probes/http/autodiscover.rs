//! The facts of an Autodiscover answer: its links as whole URLs, with the hosts that they
//! lead to.

use schemars::JsonSchema;
use serde::Serialize;

use crate::protocol::autodiscover::{AccessPoint, Autodiscover, Link};
use crate::values::{Fqdn, HttpUrl};

/// An answer of the Autodiscover service, in whichever form it came: [MS-OCDISCWS] or
/// UCWA, XML or JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpAutodiscover {
    /// The resource: `root`, `domain`, `user` or `redirect`; null where the form doesn't say, as UCWA's JSON mostly doesn't.
    pub resource: Option<String>,
    /// Where the server takes us to be, `Internal` or `External`; null where the form doesn't say, as UCWA's doesn't.
    pub access_location: Option<String>,
    /// The link that sends us to another service; null without one.
    pub redirect: Option<HttpLink>,
    /// The link to what a user gets; null without one.
    pub user: Option<HttpLink>,
    /// The link to what the SIP domain has; null without one, as in UCWA's form.
    pub domain: Option<HttpLink>,
    /// The links, in order.
    pub links: Vec<HttpLink>,
    /// The hosts that links lead to, each once, in order.
    #[schemars(with = "Vec<Fqdn>")]
    pub hosts: Vec<String>,
    /// The pool for clients inside; null where it isn't told.
    pub sip_client_internal_access: Option<HttpAccessPoint>,
    /// The Access Edge for clients outside; null where it isn't told.
    pub sip_client_external_access: Option<HttpAccessPoint>,
    /// The pool for servers inside; null where it isn't told. Clients don't use it.
    pub sip_server_internal_access: Option<HttpAccessPoint>,
    /// The Access Edge for servers outside; null where it isn't told. Clients don't use it.
    pub sip_server_external_access: Option<HttpAccessPoint>,
}

/// A link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpLink {
    /// What is found there, lower case: `user`, `oauth`, `external/ucwa`, `xframe`, …
    pub token: String,
    /// Where, as a whole URL; as it was written where it makes none.
    pub href: String,
    /// The host that it leads to; null where it makes no URL.
    #[schemars(extend("format" = "fqdn"))]
    pub host: Option<String>,
}

/// A SIP server that an answer names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HttpAccessPoint {
    /// Its name.
    #[schemars(extend("format" = "fqdn"))]
    pub fqdn: String,
    /// Its port; null where none can be read.
    pub port: Option<u16>,
}

impl HttpAutodiscover {
    /// What was read from the answer of this URL.
    pub(super) fn of(answer: &Autodiscover, url: &HttpUrl) -> Self {
        let link = |one: &Link| match url.join(&one.href) {
            Ok(whole) => {
                HttpLink { token: one.token.clone(), href: whole.to_string(), host: Some(whole.target().host) }
            }
            Err(_) => HttpLink { token: one.token.clone(), href: one.href.clone(), host: None },
        };
        let point = |name: &str| {
            let of = |one: &AccessPoint| HttpAccessPoint { fqdn: one.fqdn.clone(), port: one.port };
            answer.access_point(name).map(of)
        };
        let links: Vec<HttpLink> = answer.links.iter().map(link).collect();
        let mut hosts: Vec<String> = Vec::new();
        for host in links.iter().filter_map(|link| link.host.as_ref()) {
            if !hosts.contains(host) {
                hosts.push(host.clone());
            }
        }
        Self {
            resource: answer.resource.clone(),
            access_location: answer.access_location.clone(),
            redirect: answer.link("redirect").map(link),
            user: answer.link("user").map(link),
            domain: answer.link("domain").map(link),
            links,
            hosts,
            sip_client_internal_access: point("SipClientInternalAccess"),
            sip_client_external_access: point("SipClientExternalAccess"),
            sip_server_internal_access: point("SipServerInternalAccess"),
            sip_server_external_access: point("SipServerExternalAccess"),
        }
    }
}
