//! `environment.yaml`, as a person writes it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::edge::Edge;
use super::inventory::{InventoryFile, SourceFile, Wave};
use super::kind::{Balancing, Edition, IpText, KeptFor, Product, Role, TlsReach};
use super::phase::Phase;
use super::policy::{Limits, Policy};
use super::secret::SecretReference;
use crate::powershell::ShellFile;
use crate::values::{Fqdn, HostPort, Moment, ServerAddress, SipAddress};
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
    /// The agreed window of the cutover.
    pub cutover_window: Option<CutoverWindow>,
    /// What overrides the checks' own settings here.
    #[serde(default)]
    pub policy: Policy,
}

/// The agreed window of the cutover.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CutoverWindow {
    /// Its beginning.
    pub from: Spanned<Moment>,
    /// Its end, that moment excluded.
    pub until: Spanned<Moment>,
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
    /// `legacy`: its servers are reached by older TLS, which needs a build with the feature `legacy-tls`.
    pub tls: Option<TlsReach>,
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
    /// `legacy`: its servers are reached by older TLS, which needs a build with the feature `legacy-tls`.
    pub tls: Option<TlsReach>,
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

impl EnvironmentFile {
    /// Every reference to a secret.
    pub(super) fn secrets(&mut self) -> impl Iterator<Item = &mut SecretReference> {
        let sources = self.inventory.iter_mut().flat_map(|inventory| &mut inventory.sources);
        let directories = sources.filter_map(|source| match source {
            SourceFile::Ldap(directory) => Some(directory),
            _ => None,
        });
        let readers = directories.flat_map(|directory| {
            let own = directory.servers.iter_mut().filter_map(|server| server.account.as_mut());
            own.chain([&mut directory.account]).map(|account| &mut account.password.value)
        });
        self.accounts.iter_mut().map(|account| &mut account.password.value).chain(readers)
    }
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
    /// A telephone number that rings at it and at nobody else, as `+14255550100`: it may be called.
    pub phone: Option<String>,
    /// The pool that it is homed on. Unknown where it isn't stated.
    pub pool: Option<Spanned<Fqdn>>,
    /// Signs in also where the server's certificate can't be relied on, so that whoever is in between learns
    /// what the password makes. Every report says so.
    #[serde(default)]
    pub any_certificate: bool,
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
