//! What was found of a deployment, before anything is decided about it.

use std::net::IpAddr;

/// What is known of a deployment.
#[derive(Clone, Debug, Default)]
pub struct Deployment {
    /// What it was read from, for people.
    pub origin: String,
    /// The SIP domains, the default one first.
    pub domains: Vec<String>,
    /// Its sites.
    pub sites: Vec<FoundSite>,
    /// Registrar pools of every kind.
    pub pools: Vec<FoundPool>,
    /// Its Edge pools.
    pub edges: Vec<FoundEdge>,
    /// The simple URLs; none if nothing says what they are.
    pub simple_urls: Option<Vec<FoundUrl>>,
    /// The XMPP partners; none if nothing says who they are.
    pub xmpp_partners: Option<Vec<String>>,
    /// Domains that are allowed to federate, each with its proxy if one was agreed on.
    pub allowed_domains: Vec<(String, Option<String>)>,
    /// Everything else that has a name: what it is, and the name.
    pub others: Vec<(String, String)>,
    /// Pools whose names are none, as they are written.
    pub nameless: Vec<String>,
    /// What to tell beside all that.
    pub remarks: Vec<String>,
}

/// A site.
#[derive(Clone, Debug)]
pub struct FoundSite {
    /// Its name.
    pub name: String,
    /// Whether it is a branch site.
    pub is_branch: bool,
    /// The pool through which federated SIP leaves; none if it is not known.
    pub federation_route: Option<String>,
}

/// What a pool with a Registrar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// It homes users.
    FrontEnd,
    /// It homes nobody.
    Director,
    /// A survivable branch appliance or server.
    Branch,
}

/// A pool with a Registrar.
#[derive(Clone, Debug)]
pub struct FoundPool {
    /// Its name.
    pub fqdn: String,
    /// Its site's name.
    pub site: String,
    /// What it is.
    pub kind: PoolKind,
    /// The version of its services.
    pub version: Option<i64>,
    /// What is installed on its servers: component and version.
    pub installed: Vec<(String, String)>,
    /// Its servers.
    pub computers: Vec<String>,
    /// The internal web services' name.
    pub web_internal: Option<String>,
    /// The external web services' name.
    pub web_external: Option<String>,
    /// The Edge pool that its media use.
    pub media_edge: Option<String>,
    /// The pool that takes over for it.
    pub backup: Option<String>,
    /// Whether a Persistent Chat pool hangs on it.
    pub persistent_chat: bool,
}

/// An Edge pool.
#[derive(Clone, Debug)]
pub struct FoundEdge {
    /// Its internal name.
    pub fqdn: String,
    /// The version of its services.
    pub version: Option<i64>,
    /// What is installed on its servers: component and version.
    pub installed: Vec<(String, String)>,
    /// The pool or Director behind it.
    pub next_hop: Option<String>,
    /// The port for federation: 0 where it is off.
    pub federation_port: Option<u16>,
    /// Whether it listens for XMPP.
    pub xmpp: bool,
    /// Its servers.
    pub nodes: Vec<FoundNode>,
    /// The Access Edge service.
    pub access: FoundService,
    /// The Web Conferencing Edge service.
    pub web_conferencing: FoundService,
    /// The A/V Edge service.
    pub av: FoundService,
}

/// A server of an Edge pool.
#[derive(Clone, Debug)]
pub struct FoundNode {
    /// Its internal name.
    pub fqdn: String,
    /// Its internal address.
    pub internal: Option<IpAddr>,
    /// Its external interfaces.
    pub external: Vec<FoundInterface>,
}

/// An external interface of an Edge Server.
#[derive(Clone, Copy, Debug)]
pub struct FoundInterface {
    /// Its number.
    pub number: i64,
    /// The address that it has.
    pub own: Option<IpAddr>,
    /// The address that a NAT shows, where one is configured.
    pub shown: Option<IpAddr>,
}

/// A public service of an Edge pool.
#[derive(Clone, Debug, Default)]
pub struct FoundService {
    /// Its public name.
    pub fqdn: Option<String>,
    /// Its port for clients.
    pub port: Option<u16>,
    /// Its UDP port.
    pub udp_port: Option<u16>,
    /// The number of the interface that it listens on.
    pub interface: Option<i64>,
}

/// A simple URL.
#[derive(Clone, Debug)]
pub struct FoundUrl {
    /// `Meet`, `Dialin`, `Cscp`.
    pub component: String,
    /// The URL in use.
    pub active: String,
}

impl FoundNode {
    /// The interface of a service: the one it listens on, or the only one there is.
    #[must_use]
    pub fn interface_of(&self, service: &FoundService) -> Option<&FoundInterface> {
        match (self.external.as_slice(), service.interface) {
            ([only], _) => Some(only),
            (all, Some(number)) => all.iter().find(|interface| interface.number == number),
            (_, None) => None,
        }
    }
}
