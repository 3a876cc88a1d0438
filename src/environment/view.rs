//! What expressions see: the file, plus what follows from it.
//!
//! The schema of these types is what names in check files are checked against, and what
//! `docs/environment.md` is generated from.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::file::{self, Balancing, Edition, EnvironmentFile, KeptFor, Product, Role};
use super::phase::Phase;

/// The environment, as `environment` in a check.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "name"))]
pub struct EnvironmentView {
    /// Its name.
    pub name: String,
    /// The default phase.
    pub phase: Phase,
    /// The SIP domains, the default one first.
    pub sip_domains: Vec<DomainView>,
    /// The central sites.
    pub sites: Vec<SiteView>,
    /// All Front End pools.
    pub pools: Vec<PoolView>,
    /// The pools that are being left.
    pub legacy_pools: Vec<PoolView>,
    /// The pools that are being moved to.
    pub target_pools: Vec<PoolView>,
    /// The Directors.
    pub directors: Vec<DirectorView>,
    /// All Edge pools.
    pub edges: Vec<EdgeView>,
    /// The Edge pools that are being left.
    pub legacy_edges: Vec<EdgeView>,
    /// The Edge pools that are being moved to.
    pub target_edges: Vec<EdgeView>,
    /// The federated partners. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<PartnerView>")]
    pub partners: Option<Vec<PartnerView>>,
    /// The XMPP partner domains. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Name>")]
    pub xmpp_partners: Option<Vec<String>>,
    /// The hosts of the simple URLs and of Autodiscover.
    pub simple_urls: SimpleUrlsView,
    /// Addresses by what they are for.
    pub addresses: AddressesView,
    /// Names by what they are for.
    pub names: NamesView,
    /// The control target of each vantage, as `host:port`.
    pub controls: ControlsView,
    /// What is asked of certificates.
    pub certificates: CertificatesView,
}

/// A SIP domain.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "name"))]
pub struct DomainView {
    /// The domain.
    #[schemars(with = "Name")]
    pub name: String,
    /// Whether it is the default domain, the first one named.
    pub default: bool,
    /// The public addresses of the Access Edges that shall carry federation.
    pub federation_addresses: Vec<String>,
}

/// A central site.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "name"))]
pub struct SiteView {
    /// Its name.
    pub name: String,
    /// How far it has come.
    pub phase: Phase,
    /// The Edge pool for media, from the cutover on.
    #[schemars(with = "Option<Name>")]
    pub media_edge: Option<String>,
    /// The Edge pool through which federated SIP leaves, from the cutover on.
    #[schemars(with = "Option<Name>")]
    pub federation_route: Option<String>,
}

/// A Front End pool.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct PoolView {
    /// Its name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Left or arrived at.
    pub role: Role,
    /// The product version it runs.
    pub product: Product,
    /// Enterprise or Standard.
    pub edition: Edition,
    /// Its site.
    pub site: String,
    /// How far it has come.
    pub phase: Phase,
    /// Where a legacy pool's users move to.
    #[schemars(with = "Option<Name>")]
    pub moves_to: Option<String>,
    /// Why a legacy pool stays.
    pub kept_for: Vec<KeptFor>,
    /// How clients are spread over its Front Ends.
    pub balancing: Balancing,
    /// The addresses of its name. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
    /// Its servers.
    pub front_ends: Vec<FrontEndView>,
    /// Its web services.
    pub web: Option<WebView>,
}

/// A Front End server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct FrontEndView {
    /// Its name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Its pool.
    #[schemars(with = "Name")]
    pub pool: String,
    /// How far its pool has come.
    pub phase: Phase,
}

/// A pool's web services.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct WebView {
    /// The internal web services' name.
    #[schemars(with = "Option<Name>")]
    pub internal: Option<String>,
    /// Its addresses; the pool's own where it is one server or behind a load balancer. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub internal_addresses: Option<Vec<String>>,
    /// The external web services' name.
    #[schemars(with = "Option<Name>")]
    pub external: Option<String>,
    /// Its public addresses. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub external_addresses: Option<Vec<String>>,
}

/// A Director pool.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct DirectorView {
    /// Its name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Left or arrived at.
    pub role: Role,
    /// Its site.
    pub site: String,
    /// How far it has come.
    pub phase: Phase,
    /// The addresses of its name.
    pub addresses: Vec<String>,
}

/// An Edge pool.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct EdgeView {
    /// Its internal name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Left or arrived at.
    pub role: Role,
    /// How far it has come.
    pub phase: Phase,
    /// Whether it shall carry federation from its cutover on.
    pub federation: bool,
    /// The pool or Director behind it, from its cutover on.
    #[schemars(with = "Option<Name>")]
    pub next_hop: Option<String>,
    /// Its servers.
    pub nodes: Vec<NodeView>,
    /// The internal addresses of its servers.
    pub internal_addresses: Vec<String>,
    /// The Access Edge service.
    pub access: AccessView,
    /// The Web Conferencing Edge service.
    pub web_conferencing: Option<ServiceView>,
    /// The A/V Edge service.
    pub av: Option<AvView>,
}

/// An Edge server.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct NodeView {
    /// Its internal name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Its Edge pool.
    #[schemars(with = "Name")]
    pub edge: String,
    /// How far its Edge pool has come.
    pub phase: Phase,
    /// Its internal address.
    pub internal: String,
    /// The public address of its Access Edge service.
    pub external: Option<String>,
}

/// An Access Edge service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct AccessView {
    /// Its public name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// The port for remote users.
    pub client_port: u16,
    /// The port for federation.
    pub federation_port: u16,
    /// Its public addresses.
    pub addresses: Vec<String>,
}

/// A Web Conferencing Edge service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct ServiceView {
    /// Its public name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// Its port.
    pub port: u16,
    /// Its public addresses. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
}

/// An A/V Edge service.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "fqdn"))]
pub struct AvView {
    /// Its public name.
    #[schemars(with = "Name")]
    pub fqdn: String,
    /// The TCP port.
    pub port: u16,
    /// The UDP port.
    pub udp_port: u16,
    /// Its public addresses. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
}

/// A federated partner.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "domain"))]
pub struct PartnerView {
    /// Its SIP domain.
    #[schemars(with = "Name")]
    pub domain: String,
    /// An address of theirs that agreed to be probed.
    #[schemars(with = "Option<Name>")]
    pub probe: Option<String>,
    /// The Access Edge that was agreed with them, where DNS is not asked.
    #[schemars(with = "Option<Name>")]
    pub proxy: Option<String>,
}

/// The hosts of the simple URLs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SimpleUrlsView {
    /// The hosts of the `meet` URLs.
    #[schemars(with = "Vec<Name>")]
    pub meet: Vec<String>,
    /// The host of the `dialin` URL.
    #[schemars(with = "Name")]
    pub dialin: String,
    /// The host of the `admin` URL, where there is one.
    #[schemars(with = "Option<Name>")]
    pub admin: Option<String>,
    /// The hosts of the `meet` and `dialin` URLs, each once.
    pub public: Vec<HostView>,
    /// Those and the host of the `admin` URL, each once.
    pub internal: Vec<HostView>,
}

/// A host that a check can range over.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "name"))]
pub struct HostView {
    /// Its name.
    #[schemars(with = "Name")]
    pub name: String,
}

/// Addresses by what they are for.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct AddressesView {
    /// Access Edges that are being left.
    pub legacy_access: Vec<String>,
    /// Access Edges that are being moved to.
    pub target_access: Vec<String>,
    /// Access Edges that shall carry federation from their cutover on.
    pub federation: Vec<String>,
    /// Names of legacy pools and Directors.
    pub legacy_pools: Vec<String>,
    /// Names of target pools and Directors.
    pub target_pools: Vec<String>,
    /// Internal web services of legacy pools and Directors.
    pub legacy_web_internal: Vec<String>,
    /// Internal web services of target pools and Directors.
    pub target_web_internal: Vec<String>,
    /// External web services of legacy pools.
    pub legacy_web_external: Vec<String>,
    /// External web services of target pools.
    pub target_web_external: Vec<String>,
}

/// Names by what they are for.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct NamesView {
    /// Legacy pools and Directors.
    #[schemars(with = "Vec<Name>")]
    pub legacy_pools: Vec<String>,
    /// Target pools and Directors.
    #[schemars(with = "Vec<Name>")]
    pub target_pools: Vec<String>,
    /// Access Edges that are being left.
    #[schemars(with = "Vec<Name>")]
    pub legacy_access: Vec<String>,
    /// Access Edges that are being moved to.
    #[schemars(with = "Vec<Name>")]
    pub target_access: Vec<String>,
}

/// The control target of each vantage.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ControlsView {
    /// From inside, as `host:port`.
    pub internal: Option<String>,
    /// From outside, as `host:port`.
    pub external: Option<String>,
}

/// What is asked of certificates.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct CertificatesView {
    /// The days that a certificate must at least be valid for.
    pub days_left: i64,
}

/// The schema of a name: compared without regard to case and trailing dot.
struct Name;

impl JsonSchema for Name {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Name".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "fqdn"})
    }
}

/// The addresses, unless none is stated: what is not stated is not empty.
fn stated(addresses: &[IpAddr]) -> Option<Vec<String>> {
    (!addresses.is_empty()).then(|| texts(addresses))
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn each_once(lists: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for item in lists.into_iter().flatten() {
        if !all.iter().any(|known| crate::values::fold(known) == crate::values::fold(&item)) {
            all.push(item);
        }
    }
    all
}

impl EnvironmentView {
    /// What follows from a file.
    #[must_use]
    pub fn of(file: &EnvironmentFile) -> Self {
        let pools: Vec<PoolView> = file.pools.iter().map(|pool| PoolView::of(pool, file)).collect();
        let edges: Vec<EdgeView> = file.edges.iter().map(|edge| EdgeView::of(edge, file)).collect();
        let directors: Vec<DirectorView> =
            file.directors.iter().map(|director| DirectorView::of(director, file)).collect();
        let of_role = |role| pools.iter().filter(|pool| pool.role == role).cloned().collect::<Vec<_>>();
        let edges_of = |role| edges.iter().filter(|edge| edge.role == role).cloned().collect::<Vec<_>>();
        let addresses = AddressesView::of(&pools, &directors, &edges);
        let domain = |(index, domain): (usize, &file::SipDomain)| DomainView {
            name: domain.name.value.to_string(),
            default: index == 0,
            federation_addresses: addresses.federation.clone(),
        };
        Self {
            name: file.environment.clone(),
            phase: file.phase,
            sip_domains: file.sip_domains.iter().enumerate().map(domain).collect(),
            sites: file.sites.iter().map(|site| SiteView::of(site, file)).collect(),
            legacy_pools: of_role(Role::Legacy),
            target_pools: of_role(Role::Target),
            legacy_edges: edges_of(Role::Legacy),
            target_edges: edges_of(Role::Target),
            partners: file.partners.as_ref().map(|partners| partners.iter().map(PartnerView::of).collect()),
            xmpp_partners: file.xmpp_partners.as_ref().map(|list| list.iter().map(ToString::to_string).collect()),
            simple_urls: SimpleUrlsView::of(file),
            names: NamesView::of(&pools, &directors, &edges),
            addresses,
            controls: ControlsView {
                internal: file.controls.get("internal").map(ToString::to_string),
                external: file.controls.get("external").map(ToString::to_string),
            },
            certificates: CertificatesView { days_left: file.policy.certificates.days_left },
            pools,
            edges,
            directors,
        }
    }
}

fn site_phase(file: &EnvironmentFile, site: &str) -> Phase {
    let site = file.sites.iter().find(|known| known.name.value.eq_ignore_ascii_case(site));
    site.and_then(|site| site.phase).unwrap_or(file.phase)
}

impl SiteView {
    fn of(site: &file::Site, file: &EnvironmentFile) -> Self {
        Self {
            name: site.name.value.clone(),
            phase: site.phase.unwrap_or(file.phase),
            media_edge: site.media_edge.as_ref().map(|name| name.value.to_string()),
            federation_route: site.federation_route.as_ref().map(|name| name.value.to_string()),
        }
    }
}

impl PoolView {
    fn of(pool: &file::Pool, file: &EnvironmentFile) -> Self {
        let fqdn = pool.fqdn.value.to_string();
        let phase = pool.phase.unwrap_or_else(|| site_phase(file, &pool.site.value));
        let named: Vec<String> = pool.front_ends.iter().map(|server| server.value.to_string()).collect();
        let servers = if named.is_empty() { vec![fqdn.clone()] } else { named };
        Self {
            role: pool.role,
            product: pool.product,
            edition: pool.edition,
            site: pool.site.value.clone(),
            phase,
            moves_to: pool.moves_to.as_ref().map(|name| name.value.to_string()),
            kept_for: pool.kept_for.clone(),
            balancing: pool.balancing,
            addresses: stated(&pool.addresses),
            front_ends: servers
                .into_iter()
                .map(|server| FrontEndView { fqdn: server, pool: fqdn.clone(), phase })
                .collect(),
            web: pool.web.as_ref().map(|web| WebView::of(web, pool)),
            fqdn,
        }
    }
}

impl WebView {
    fn of(web: &file::Web, pool: &file::Pool) -> Self {
        // One server, or one load balancer, serves web and SIP alike.
        let shared = pool.edition == Edition::Standard || pool.balancing == Balancing::Hlb;
        let own = || shared.then(|| stated(&pool.addresses)).flatten();
        Self {
            internal: web.internal.as_ref().map(ToString::to_string),
            internal_addresses: stated(&web.internal_addresses).or_else(own),
            external: web.external.as_ref().map(ToString::to_string),
            external_addresses: stated(&web.external_addresses),
        }
    }
}

impl DirectorView {
    fn of(director: &file::Director, file: &EnvironmentFile) -> Self {
        Self {
            fqdn: director.fqdn.value.to_string(),
            role: director.role,
            site: director.site.value.clone(),
            phase: director.phase.unwrap_or_else(|| site_phase(file, &director.site.value)),
            addresses: texts(&director.addresses),
        }
    }
}

impl EdgeView {
    fn of(edge: &file::Edge, file: &EnvironmentFile) -> Self {
        let fqdn = edge.fqdn.value.to_string();
        let phase = edge.phase.unwrap_or(file.phase);
        let node = |node: &file::EdgeNode| NodeView {
            fqdn: node.fqdn.value.to_string(),
            edge: fqdn.clone(),
            phase,
            internal: node.internal.to_string(),
            external: node.external.map(|address| address.to_string()),
        };
        let access = if edge.access.addresses.is_empty() {
            edge.nodes.iter().filter_map(|node| node.external).map(|address| address.to_string()).collect()
        } else {
            texts(&edge.access.addresses)
        };
        Self {
            role: edge.role,
            phase,
            federation: edge.federation,
            next_hop: edge.next_hop.as_ref().map(|name| name.value.to_string()),
            nodes: edge.nodes.iter().map(node).collect(),
            internal_addresses: edge.nodes.iter().map(|node| node.internal.to_string()).collect(),
            access: AccessView {
                fqdn: edge.access.fqdn.to_string(),
                client_port: edge.access.client_port,
                federation_port: edge.access.federation_port,
                addresses: access,
            },
            web_conferencing: edge.web_conferencing.as_ref().map(|service| ServiceView {
                fqdn: service.fqdn.to_string(),
                port: service.port,
                addresses: stated(&service.addresses),
            }),
            av: edge.av.as_ref().map(|service| AvView {
                fqdn: service.fqdn.to_string(),
                port: service.port,
                udp_port: service.udp_port,
                addresses: stated(&service.addresses),
            }),
            fqdn,
        }
    }
}

impl PartnerView {
    fn of(partner: &file::Partner) -> Self {
        Self {
            domain: partner.domain.value.to_string(),
            probe: partner.probe.as_ref().map(ToString::to_string),
            proxy: partner.proxy.as_ref().map(ToString::to_string),
        }
    }
}

impl SimpleUrlsView {
    fn of(file: &EnvironmentFile) -> Self {
        let domains = || file.sip_domains.iter().map(|domain| domain.name.value.to_string());
        let default = domains().next().unwrap_or_default();
        let meet = match &file.meet {
            Some(hosts) => hosts.iter().map(ToString::to_string).collect(),
            None => domains().map(|domain| format!("meet.{domain}")).collect::<Vec<_>>(),
        };
        let dialin = file.dialin.as_ref().map_or_else(|| format!("dialin.{default}"), ToString::to_string);
        let admin = file.admin.as_ref().map(ToString::to_string);
        let hosts = |lists: Vec<Vec<String>>| each_once(lists).into_iter().map(|name| HostView { name }).collect();
        Self {
            public: hosts(vec![meet.clone(), vec![dialin.clone()]]),
            internal: hosts(vec![meet.clone(), vec![dialin.clone()], admin.iter().cloned().collect()]),
            meet,
            dialin,
            admin,
        }
    }
}

impl AddressesView {
    fn of(pools: &[PoolView], directors: &[DirectorView], edges: &[EdgeView]) -> Self {
        let access = |keep: &dyn Fn(&EdgeView) -> bool| {
            each_once(edges.iter().filter(|edge| keep(edge)).map(|edge| edge.access.addresses.clone()))
        };
        let names = |role| {
            let pools = pools.iter().filter(|pool| pool.role == role).filter_map(|pool| pool.addresses.clone());
            let directors = directors.iter().filter(|director| director.role == role);
            each_once(pools.chain(directors.map(|director| director.addresses.clone())))
        };
        let web = |role, of: fn(&WebView) -> &Option<Vec<String>>| {
            let webs = pools.iter().filter(move |pool| pool.role == role).filter_map(|pool| pool.web.as_ref());
            webs.filter_map(move |web| of(web).clone()).collect::<Vec<_>>()
        };
        // A Director serves the same web addresses as a pool does, to inside.
        let internal = |role| {
            let directors = directors.iter().filter(|director| director.role == role);
            let directors = directors.map(|director| director.addresses.clone());
            each_once(web(role, |web| &web.internal_addresses).into_iter().chain(directors))
        };
        Self {
            legacy_access: access(&|edge| edge.role == Role::Legacy),
            target_access: access(&|edge| edge.role == Role::Target),
            federation: access(&|edge| edge.federation),
            legacy_pools: names(Role::Legacy),
            target_pools: names(Role::Target),
            legacy_web_internal: internal(Role::Legacy),
            target_web_internal: internal(Role::Target),
            legacy_web_external: each_once(web(Role::Legacy, |web| &web.external_addresses)),
            target_web_external: each_once(web(Role::Target, |web| &web.external_addresses)),
        }
    }
}

impl NamesView {
    fn of(pools: &[PoolView], directors: &[DirectorView], edges: &[EdgeView]) -> Self {
        let names = |role| {
            let pools = pools.iter().filter(|pool| pool.role == role).map(|pool| pool.fqdn.clone());
            let directors = directors.iter().filter(|director| director.role == role).map(|one| one.fqdn.clone());
            each_once([pools.chain(directors).collect()])
        };
        let access = |role| {
            each_once([edges.iter().filter(|edge| edge.role == role).map(|edge| edge.access.fqdn.clone()).collect()])
        };
        Self {
            legacy_pools: names(Role::Legacy),
            target_pools: names(Role::Target),
            legacy_access: access(Role::Legacy),
            target_access: access(Role::Target),
        }
    }
}
