//! `environment.yaml`, as a person writes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::inventory::{InventoryFile, Wave};
use super::phase::Phase;
use super::secret::SecretReference;
use crate::powershell::ShellFile;
use crate::values::{Duration, Fqdn, HostPort, ServerAddress, SipAddress, Version};
use crate::yaml::Spanned;

/// The deployment under validation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Poolproof environment")]
pub struct EnvironmentFile {
    /// Its name: reports carry it.
    pub environment: String,
    /// How far the migration has come, where a pool, site or Edge says nothing else.
    #[serde(default)]
    pub phase: Phase,
    /// The SIP domains, the default one first.
    pub sip_domains: Vec<SipDomain>,
    /// The central sites.
    #[serde(default)]
    pub sites: Vec<Site>,
    /// The Front End pools, legacy and target.
    pub pools: Vec<Pool>,
    /// The Directors.
    #[serde(default)]
    pub directors: Vec<Director>,
    /// Survivable branch appliances and servers.
    #[serde(default)]
    pub branch_appliances: Vec<BranchAppliance>,
    /// The Edge pools, legacy and target.
    #[serde(default)]
    pub edges: Vec<Edge>,
    /// Federated partners. An empty list states that there are none.
    pub partners: Option<Vec<Partner>>,
    /// XMPP partner domains. An empty list states that there are none.
    pub xmpp_partners: Option<Vec<Fqdn>>,
    /// The hosts of the `meet` simple URLs; `meet.<domain>` for each SIP domain if absent.
    pub meet: Option<Vec<Fqdn>>,
    /// The host of the `dialin` simple URL; `dialin.<default domain>` if absent.
    pub dialin: Option<Fqdn>,
    /// The host of the `admin` simple URL, internal; not checked if absent.
    pub admin: Option<Fqdn>,
    /// Users who move together, in the order in which they do.
    #[serde(default)]
    pub waves: Vec<Wave>,
    /// Dedicated probe accounts, never a person's.
    #[serde(default)]
    pub accounts: Vec<Account>,
    /// Where users, contact objects, policies and topology are read from.
    pub inventory: Option<InventoryFile>,
    /// The PowerShell of this machine, for `cmdlet` steps and for reading the inventory.
    #[serde(default)]
    pub powershell: ShellFile,
    /// "Ask the future": reach a name and port elsewhere, as curl's `--connect-to` does.
    #[serde(default)]
    pub connect: Connect,
    /// The same for one vantage only; laid over `connect`.
    #[serde(default)]
    pub connect_from: BTreeMap<String, Connect>,
    /// The DNS servers to ask, by vantage; the machine's own where none is named.
    #[serde(default)]
    pub resolvers: BTreeMap<String, Vec<ServerAddress>>,
    /// A target per vantage that is known to answer: it tells a dropping firewall from a
    /// broken network where a port should be closed.
    #[serde(default)]
    pub controls: BTreeMap<String, HostPort>,
    /// Whose certificates are trusted.
    #[serde(default)]
    pub trust: TrustFile,
    /// How hard the environment may be asked.
    #[serde(default)]
    pub limits: Limits,
    /// Limits per vantage, laid over `limits`; outside is asked more gently unless this says otherwise.
    #[serde(default)]
    pub limits_from: BTreeMap<String, Limits>,
    /// What overrides the checks' own settings here.
    #[serde(default)]
    pub policy: Policy,
}

/// Names and ports that are reached elsewhere.
pub type Connect = BTreeMap<HostPort, Vec<HostPort>>;

/// A SIP domain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SipDomain {
    /// The domain.
    pub name: Spanned<Fqdn>,
}

/// A central site.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its name.
    pub name: Spanned<String>,
    /// How far it has come, if not as far as the environment.
    pub phase: Option<Phase>,
    /// The Edge pool for media, from the cutover on.
    pub media_edge: Option<Spanned<Fqdn>>,
    /// The Edge pool through which federated SIP leaves, from the cutover on.
    pub federation_route: Option<Spanned<Fqdn>>,
}

/// Whether something is left or arrived at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is being left.
    Legacy,
    /// It is being moved to.
    Target,
}

/// A product version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// Lync Server 2013.
    #[serde(rename = "lync-2013")]
    Lync2013,
    /// Skype for Business Server 2015.
    #[serde(rename = "sfb-2015")]
    Sfb2015,
    /// Skype for Business Server 2019.
    #[serde(rename = "sfb-2019")]
    Sfb2019,
    /// Skype for Business Server Subscription Edition.
    #[serde(rename = "sfb-se")]
    SfbSe,
}

/// Enterprise pool or Standard Edition server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// A pool of one or more Front Ends.
    Enterprise,
    /// A pool of one: its name is the server's.
    Standard,
}

/// How clients are spread over a pool's Front Ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Balancing {
    /// DNS load balancing: the pool's name has every Front End's address.
    #[default]
    Dns,
    /// A hardware load balancer: the pool's name has its address.
    Hlb,
}

/// Why a legacy pool stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeptFor {
    /// Persistent Chat, gone in 2019.
    PersistentChat,
    /// XMPP, gone in 2019.
    Xmpp,
    /// SQL mirroring, gone in 2019.
    SqlMirroring,
}

/// A Front End pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Its name.
    pub fqdn: Spanned<Fqdn>,
    /// Left or arrived at.
    pub role: Role,
    /// The product version it runs.
    pub product: Product,
    /// Enterprise or Standard.
    pub edition: Edition,
    /// Its site.
    pub site: Spanned<String>,
    /// How far it has come, if not as far as its site.
    pub phase: Option<Phase>,
    /// Where a legacy pool's users move to.
    pub moves_to: Option<Spanned<Fqdn>>,
    /// Why a legacy pool stays; then it needs no `moves_to`.
    #[serde(default)]
    pub kept_for: Vec<KeptFor>,
    /// How clients are spread over its Front Ends.
    #[serde(default)]
    pub balancing: Balancing,
    /// The addresses of the pool's name: every Front End's with DNS load balancing, else the load balancer's.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
    /// Its servers; a Standard Edition server is its own.
    #[serde(default)]
    pub front_ends: Vec<Spanned<Fqdn>>,
    /// Its web services.
    pub web: Option<Web>,
}

/// A pool's web services.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// The internal web services' name.
    pub internal: Option<Fqdn>,
    /// Its addresses.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub internal_addresses: Vec<std::net::IpAddr>,
    /// The external web services' name.
    pub external: Option<Fqdn>,
    /// Its public addresses: the reverse proxy's.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub external_addresses: Vec<std::net::IpAddr>,
}

/// A Director pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Director {
    /// Its name.
    pub fqdn: Spanned<Fqdn>,
    /// Left or arrived at.
    pub role: Role,
    /// Its site.
    pub site: Spanned<String>,
    /// How far it has come, if not as far as its site.
    pub phase: Option<Phase>,
    /// Its servers; the one that bears its name if absent.
    #[serde(default)]
    pub servers: Vec<Spanned<Fqdn>>,
    /// The addresses of its name.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
}

/// A survivable branch appliance or server.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BranchAppliance {
    /// Its name.
    pub fqdn: Spanned<Fqdn>,
    /// Its site.
    pub site: Spanned<String>,
    /// The pool behind it.
    pub backup_registrar: Spanned<Fqdn>,
}

/// An Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Its internal name.
    pub fqdn: Spanned<Fqdn>,
    /// Left or arrived at.
    pub role: Role,
    /// How far it has come, if not as far as the environment.
    pub phase: Option<Phase>,
    /// Whether it shall carry federation from its cutover on.
    #[serde(default)]
    pub federation: bool,
    /// The pool or Director behind it, from its cutover on.
    pub next_hop: Option<Spanned<Fqdn>>,
    /// Its servers.
    #[serde(default)]
    pub nodes: Vec<EdgeNode>,
    /// The Access Edge service.
    pub access: AccessEdge,
    /// The Web Conferencing Edge service.
    pub web_conferencing: Option<EdgeService>,
    /// The A/V Edge service.
    pub av: Option<AvEdge>,
}

pub use access::{AccessEdge, AvEdge};

mod access {
    use super::{Deserialize, Fqdn, JsonSchema};

    /// The Access Edge service.
    #[derive(Clone, Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct AccessEdge {
        /// Its public name.
        pub fqdn: Fqdn,
        /// The port for remote users.
        #[serde(default = "https")]
        pub client_port: u16,
        /// The port for federation.
        #[serde(default = "sip_tls")]
        pub federation_port: u16,
        /// Its public addresses, as seen from outside NAT; the nodes' if absent.
        #[serde(default)]
        #[schemars(with = "Vec<super::IpText>")]
        pub addresses: Vec<std::net::IpAddr>,
    }

    /// The A/V Edge service.
    #[derive(Clone, Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    pub struct AvEdge {
        /// Its public name.
        pub fqdn: Fqdn,
        /// The TCP port.
        #[serde(default = "https")]
        pub port: u16,
        /// The UDP port.
        #[serde(default = "turn")]
        pub udp_port: u16,
        /// Its public addresses.
        #[serde(default)]
        #[schemars(with = "Vec<super::IpText>")]
        pub addresses: Vec<std::net::IpAddr>,
    }

    fn https() -> u16 {
        443
    }

    fn sip_tls() -> u16 {
        5061
    }

    fn turn() -> u16 {
        3478
    }
}

/// A server of an Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeNode {
    /// Its internal name.
    pub fqdn: Spanned<Fqdn>,
    /// Its internal address.
    #[schemars(with = "IpText")]
    pub internal: std::net::IpAddr,
    /// The public address of its Access Edge service, as seen from outside NAT.
    #[schemars(with = "Option<IpText>")]
    pub external: Option<std::net::IpAddr>,
}

/// A public service of an Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeService {
    /// Its public name.
    pub fqdn: Fqdn,
    /// Its port.
    pub port: u16,
    /// Its public addresses.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
}

/// A federated partner.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Partner {
    /// Its SIP domain.
    pub domain: Spanned<Fqdn>,
    /// An address of theirs that agreed to be probed.
    pub probe: Option<SipAddress>,
    /// The Access Edge that was agreed with them, where DNS is not asked (`ProxyFqdn`).
    pub proxy: Option<Fqdn>,
}

/// A dedicated probe account.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Its SIP address.
    pub sip: Spanned<SipAddress>,
    /// Its logon name, `DOMAIN\name` or a user principal name.
    pub user: String,
    /// Where its password is read from.
    pub password: Spanned<SecretReference>,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustFile {
    /// PEM files with root certificates, relative to this file.
    #[serde(default)]
    pub roots: Vec<Spanned<String>>,
    /// Whether the platform's roots are trusted too; true if absent.
    pub platform: Option<bool>,
}

/// How hard the environment may be asked.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Questions in flight, all together.
    #[schemars(range(min = 1, max = 10_000))]
    pub concurrency: Option<u32>,
    /// Questions in flight per host.
    #[schemars(range(min = 1, max = 1_000))]
    pub per_host: Option<u32>,
    /// Questions started per second and host.
    #[schemars(range(min = 1, max = 10_000))]
    pub starts_per_second: Option<u32>,
    /// Questions in flight per named limit; checks name theirs with `limit`.
    #[serde(default)]
    pub named: BTreeMap<String, u32>,
}

/// What overrides the checks' own settings here.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Attempts of each question, in place of what checks say.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: Option<u32>,
    /// The pause before an attempt is repeated, in place of what checks say.
    pub retry_wait: Option<Duration>,
    /// How long a state may settle, in place of what checks with `eventually` say.
    pub eventually_within: Option<Duration>,
    /// How often a settling state is asked again, in place of what checks say.
    pub eventually_every: Option<Duration>,
    /// How long one attempt may take, in place of what checks say.
    pub timeout: Option<Duration>,
    /// What is asked of certificates.
    #[serde(default)]
    pub certificates: Certificates,
    /// The least builds that servers must have, by product: what the migration asks of the version that is left, or
    /// your own standard.
    #[serde(default)]
    pub minimum_builds: MinimumBuilds,
}

/// The least builds that servers must have.
#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MinimumBuilds {
    /// Lync Server 2013.
    #[serde(rename = "lync-2013")]
    pub lync2013: Option<Version>,
    /// Skype for Business Server 2015.
    #[serde(rename = "sfb-2015")]
    pub sfb2015: Option<Version>,
    /// Skype for Business Server 2019.
    #[serde(rename = "sfb-2019")]
    pub sfb2019: Option<Version>,
    /// Skype for Business Server Subscription Edition.
    pub sfb_se: Option<Version>,
}

impl MinimumBuilds {
    /// The least build of a product.
    #[must_use]
    pub const fn of(&self, product: Product) -> Option<Version> {
        match product {
            Product::Lync2013 => self.lync2013,
            Product::Sfb2015 => self.sfb2015,
            Product::Sfb2019 => self.sfb2019,
            Product::SfbSe => self.sfb_se,
        }
    }
}

/// What is asked of certificates.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificates {
    /// The days that a certificate must at least be valid for; 30 if absent.
    #[serde(default = "thirty")]
    pub days_left: i64,
}

impl Default for Certificates {
    fn default() -> Self {
        Self { days_left: thirty() }
    }
}

fn thirty() -> i64 {
    30
}

/// The schema of an address; the value itself is parsed by the standard library.
pub(super) struct IpText;

impl JsonSchema for IpText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ip".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "ip"})
    }
}
