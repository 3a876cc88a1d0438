//! What expressions see: the file, plus what follows from it.
//!
//! The schema of these types is what names in check files are checked against, and what
//! `docs/environment.md` is generated from.

use schemars::JsonSchema;
use serde::Serialize;

use super::kind::{Balancing, Edition, KeptFor, Product, Role};
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
    /// The probe accounts, which may be signed in as.
    pub accounts: Vec<AccountView>,
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
    /// The public addresses of the Access Edges that shall carry federation. Unknown where one of them has none stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub federation_addresses: Option<Vec<String>>,
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
    /// The least build that its servers must have, as `policy` asks of its product.
    pub minimum_build: Option<String>,
    /// How clients are spread over its Front Ends.
    pub balancing: Balancing,
    /// The addresses of its name. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
    /// Its servers.
    pub front_ends: Vec<FrontEndView>,
    /// Its own name and its servers': what may answer for it.
    #[schemars(with = "Vec<Name>")]
    pub servers: Vec<String>,
    /// Its web services.
    pub web: Option<WebView>,
}

/// A probe account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(extend("x-identity" = "sip_address"))]
pub struct AccountView {
    /// Its SIP address, without `sip:`.
    #[schemars(with = "Name")]
    pub sip_address: String,
    /// Its SIP domain.
    #[schemars(with = "Name")]
    pub domain: String,
    /// The pool that it is homed on. Unknown where the environment does not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Name")]
    pub pool: Option<String>,
    /// Whether that pool is being left or arrived at. Unknown where no pool is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Role")]
    pub role: Option<Role>,
    /// How far that pool has come; the environment where no pool is stated.
    pub phase: Phase,
    /// That pool's own name and its servers': what may answer for it. Unknown where no pool is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Name>")]
    pub servers: Option<Vec<String>>,
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
    /// Its own name and its servers': what may answer for it.
    #[schemars(with = "Vec<Name>")]
    pub servers: Vec<String>,
    /// The addresses of its name. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
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
    /// The name of that pool or Director and its servers': what may answer behind it. Unknown where the environment does not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<Name>")]
    pub next_hop_servers: Option<Vec<String>>,
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
    /// Its public addresses; its servers' where it states none. Unknown where the environment does not state them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub addresses: Option<Vec<String>>,
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

/// Addresses by what they are for. A list is unknown where one of those that belong in it has
/// none stated: what is only partly known proves nothing.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct AddressesView {
    /// Access Edges that are being left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub legacy_access: Option<Vec<String>>,
    /// Access Edges that are being moved to.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub target_access: Option<Vec<String>>,
    /// Access Edges that shall carry federation from their cutover on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub federation: Option<Vec<String>>,
    /// Names of legacy pools and Directors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub legacy_pools: Option<Vec<String>>,
    /// Names of target pools and Directors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub target_pools: Option<Vec<String>>,
    /// Internal web services of legacy pools and Directors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub legacy_web_internal: Option<Vec<String>>,
    /// Internal web services of target pools and Directors.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub target_web_internal: Option<Vec<String>>,
    /// External web services of legacy pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub legacy_web_external: Option<Vec<String>>,
    /// External web services of target pools.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<String>")]
    pub target_web_external: Option<Vec<String>>,
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
    /// Legacy pools and Directors, and their servers.
    #[schemars(with = "Vec<Name>")]
    pub legacy_servers: Vec<String>,
    /// Target pools and Directors, and their servers.
    #[schemars(with = "Vec<Name>")]
    pub target_servers: Vec<String>,
    /// Web services of legacy pools and Directors, internal and external.
    #[schemars(with = "Vec<Name>")]
    pub legacy_web: Vec<String>,
    /// Web services of target pools and Directors, internal and external.
    #[schemars(with = "Vec<Name>")]
    pub target_web: Vec<String>,
    /// External web services of legacy pools.
    #[schemars(with = "Vec<Name>")]
    pub legacy_web_external: Vec<String>,
    /// External web services of target pools.
    #[schemars(with = "Vec<Name>")]
    pub target_web_external: Vec<String>,
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
