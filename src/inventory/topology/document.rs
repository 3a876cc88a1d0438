//! What a topology document says, whichever program wrote it.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::Arc;

use super::names::{self, role};
use crate::diagnostic::{Diagnostic, Source};

/// The longest name of a host or site, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

/// A topology document that was read.
#[derive(Clone, Debug)]
pub struct Topology {
    /// Its text.
    pub source: Arc<Source>,
    /// Which program writes it so.
    pub form: Form,
    /// The publication that it is a copy of, a GUID; all zeros where nothing was published.
    pub signature: Option<String>,
    /// The SIP domains, the default one first.
    pub domains: Vec<SipDomain>,
    /// Central and branch sites.
    pub sites: Vec<Site>,
    /// Pools, and everything else that has a name: SQL, file and Office Web Apps servers, gateways.
    pub clusters: Vec<Cluster>,
    /// SQL Server instances.
    pub sql_instances: Vec<SqlInstance>,
    /// The services.
    pub services: Vec<Service>,
    /// The simple URLs, where the document has them: a published one does not.
    pub simple_urls: Option<Vec<SimpleUrl>>,
    /// What looks odd in it and was passed over.
    pub warnings: Vec<Diagnostic>,
    /// The services on each cluster, by its index.
    pub(super) installed: Vec<Vec<ServiceIndex>>,
}

/// Which program writes documents of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `Get-CsTopology -AsXml`: what is published.
    Published,
    /// Topology Builder's `.tbxml`: what somebody had on the screen, published or not.
    Builder,
}

/// A SIP domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SipDomain {
    /// The domain.
    pub name: String,
    /// Whether it is the default one.
    pub is_default: bool,
}

/// A site of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SiteIndex(pub(super) usize);

/// A cluster of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClusterIndex(pub(super) usize);

/// An SQL Server instance of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SqlIndex(pub(super) usize);

/// A service of a [`Topology`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ServiceIndex(pub(super) usize);

/// A central or branch site.
#[derive(Clone, Debug)]
pub struct Site {
    /// `SiteId`, a number as a rule.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is a branch site.
    pub is_branch: bool,
    /// A branch site's central site, where the document tells it.
    pub parent: Option<SiteIndex>,
    /// The service through which federated SIP leaves, where the document tells it. How it
    /// spells that is UNCONFIRMED, so that none here does not mean that there is no route.
    pub federation_route: Option<ServiceIndex>,
    /// The same for XMPP.
    pub xmpp_federation_route: Option<ServiceIndex>,
    /// Where it is in the text.
    pub range: Range<usize>,
}

/// Machines under one name: the document's word for a pool.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// `1:2` (site and number) in published documents, a GUID in Topology Builder's.
    pub id: String,
    /// Its name.
    pub fqdn: String,
    /// Its site.
    pub site: SiteIndex,
    /// Whether it has a replica of the configuration: a server of the product has.
    pub requires_replication: Option<bool>,
    /// Its machines.
    pub machines: Vec<Machine>,
    /// Where it is in the text.
    pub range: Range<usize>,
}

impl Cluster {
    /// Whether its name could be a host's or an address: services are named `Role:name`, so
    /// that no other would come out of that as it went in. Nor is a host's name longer than
    /// 255 bytes (RFC 1035, 2.3.4), and every record that refers to a cluster repeats it.
    #[must_use]
    pub fn has_plain_name(&self) -> bool {
        let odd = |char: char| char == ':' || char.is_whitespace() || char.is_control();
        !self.fqdn.is_empty() && self.fqdn.len() <= LONGEST_NAME && !self.fqdn.contains(odd)
    }

    /// Whether it is one machine of the same name, as a Standard Edition server is.
    #[must_use]
    pub fn is_single_machine(&self) -> bool {
        matches!(self.machines.as_slice(), [one] if one.fqdn.eq_ignore_ascii_case(&self.fqdn))
    }
}

/// A server.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Its name; the cluster's where the document leaves it out.
    pub fqdn: String,
    /// Its network interfaces.
    pub interfaces: Vec<Interface>,
}

/// A network interface of a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Which side it faces: `Primary`, `Internal`, `External`, `Pstn`.
    pub side: String,
    /// Ports name it by side and number.
    pub number: u32,
    /// Its own address; the unspecified one where it is any of the machine's.
    pub address: Option<IpAddr>,
    /// `ConfiguredIPAddress`: on the external side the address that a NAT shows to the
    /// world, as Topology Builder asks for it (UNCONFIRMED).
    pub configured_address: Option<IpAddr>,
}

impl Interface {
    /// Its own address, if it is one in particular.
    #[must_use]
    pub fn own_address(&self) -> Option<IpAddr> {
        self.address.filter(|address| !address.is_unspecified())
    }
}

/// An SQL Server instance.
#[derive(Clone, Debug)]
pub struct SqlInstance {
    /// Its id: `1:3/rtc` in published documents, a GUID in Topology Builder's.
    pub id: String,
    /// Its name; empty for the default instance.
    pub name: String,
    /// Its server.
    pub cluster: ClusterIndex,
    /// What the document says of mirroring, `<attribute>=<value>` (names UNCONFIRMED).
    pub mirror: Option<String>,
    /// The primary node of an availability group.
    pub always_on_primary: Option<String>,
}

/// Where a service runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// On machines.
    Cluster(ClusterIndex),
    /// In an SQL Server instance.
    Sql(SqlIndex),
}

/// A role that a cluster or an SQL Server instance has.
#[derive(Clone, Debug)]
pub struct Service {
    /// `1-Registrar-2` in published documents, a GUID in Topology Builder's.
    pub id: String,
    /// Its role by the document's name, see [`role`].
    pub role: String,
    /// The product's version: 5 Lync Server 2010, 6 Lync Server 2013, 7 Skype for Business
    /// Server 2015, 8 its 2019 version and, as far as is known, Subscription Edition
    /// (migration.md 1, 1.1).
    pub version: Option<u32>,
    /// `RoleVersion`.
    pub role_version: Option<u32>,
    /// Where it runs; none where the document says so in a way that is not known.
    pub host: Option<Host>,
    /// The services that it uses.
    pub depends_on: Vec<Dependency>,
    /// Its ports.
    pub ports: Vec<Port>,
    /// What only some roles have.
    pub details: Details,
    /// Where it is in the text.
    pub range: Range<usize>,
}

impl Service {
    /// The port of a component (`AccessEdge`, without `urn:component:`), a usage and a side.
    #[must_use]
    pub fn port(&self, component: &str, usage: &str, side: &str, protocol: Option<&str>) -> Option<&Port> {
        self.ports.iter().find(|port| {
            port.component() == component
                && port.usage == usage
                && port.side == side
                && protocol.is_none_or(|protocol| port.protocol == protocol)
        })
    }

    /// The name by which a component is reached from outside.
    #[must_use]
    pub fn external_fqdn(&self, component: &str) -> Option<&str> {
        let mut external = self.ports.iter().filter(|port| port.side == "External" && port.component() == component);
        external.find_map(|port| port.configured_fqdn.as_deref())
    }
}

/// A service that another one uses.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// The one that is used; none if it is not in the document.
    pub on: Option<ServiceIndex>,
    /// Its id, as it is written.
    pub id: String,
    /// What for: `Default` in every sample.
    pub usage: Option<String>,
}

/// A port of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The component, such as `urn:component:AccessEdge`.
    pub owner: String,
    /// What it is for: `SipServer`, `SipClient`, `PsomClient`, `TURNServer`, `WebSite`, …
    pub usage: String,
    /// The side of the interface.
    pub side: String,
    /// The number of the interface.
    pub interface: u32,
    /// The port.
    pub port: u16,
    /// `Mtls`, `Tls`, `Tcp`, `Udp`, `TcpOrUdp`, `Http`, `Https`.
    pub protocol: String,
    /// The path of HTTP ports.
    pub path: Option<String>,
    /// How many ports from here on.
    pub range: Option<u32>,
    /// The name by which it is reached from outside.
    pub configured_fqdn: Option<String>,
    /// The port at which a reverse proxy offers it.
    pub configured_port: Option<u16>,
}

impl Port {
    /// The component without `urn:component:`.
    #[must_use]
    pub fn component(&self) -> &str {
        self.owner.strip_prefix("urn:component:").unwrap_or(&self.owner)
    }
}

/// What only some roles have; none where the document does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// Registrar: whether it is a Director.
    pub is_director: Option<bool>,
    /// File store: its share.
    pub share_name: Option<String>,
    /// Web services: the external name.
    pub external_host: Option<String>,
    /// Web services: the internal name, where it is not the pool's (UNCONFIRMED spelling).
    pub internal_host: Option<String>,
    /// Central Management: whether it is the active one.
    pub is_active: Option<bool>,
    /// Office Web Apps: where it is discovered.
    pub discovery_url: Option<String>,
}

/// A simple URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimpleUrl {
    /// `Meet`, `Dialin`, `Cscp` (the `admin` URL).
    pub component: String,
    /// The SIP domain that it is for, `*` for all.
    pub domain: String,
    /// The URL in use.
    pub active: String,
}

impl Topology {
    /// A site.
    #[must_use]
    pub fn site(&self, index: SiteIndex) -> Option<&Site> {
        self.sites.get(index.0)
    }

    /// A cluster.
    #[must_use]
    pub fn cluster(&self, index: ClusterIndex) -> Option<&Cluster> {
        self.clusters.get(index.0)
    }

    /// An SQL Server instance.
    #[must_use]
    pub fn sql_instance(&self, index: SqlIndex) -> Option<&SqlInstance> {
        self.sql_instances.get(index.0)
    }

    /// A service.
    #[must_use]
    pub fn service(&self, index: ServiceIndex) -> Option<&Service> {
        self.services.get(index.0)
    }

    /// The clusters, each with its index.
    pub fn clusters(&self) -> impl Iterator<Item = (ClusterIndex, &Cluster)> {
        self.clusters.iter().enumerate().map(|(index, cluster)| (ClusterIndex(index), cluster))
    }

    /// The services that run on a cluster's machines; not those of an SQL Server there.
    pub fn services_on(&self, cluster: ClusterIndex) -> impl Iterator<Item = &Service> {
        self.installed.get(cluster.0).into_iter().flatten().filter_map(|index| self.service(*index))
    }

    /// A cluster's service of a role.
    #[must_use]
    pub fn role_on(&self, cluster: ClusterIndex, role: &str) -> Option<&Service> {
        self.services_on(cluster).find(|service| service.role == role)
    }

    /// The machines of a service: an SQL Server's for a database.
    #[must_use]
    pub fn cluster_of(&self, service: &Service) -> Option<&Cluster> {
        self.cluster(self.cluster_index_of(service)?)
    }

    /// The same, by its index.
    pub(super) fn cluster_index_of(&self, service: &Service) -> Option<ClusterIndex> {
        match service.host? {
            Host::Cluster(cluster) => Some(cluster),
            Host::Sql(instance) => Some(self.sql_instance(instance)?.cluster),
        }
    }

    /// What the shell calls a service's role: `UserServer`, and `Director` for its Registrar.
    #[must_use]
    pub fn shell_role<'a>(&self, service: &'a Service) -> &'a str {
        match service.details.is_director {
            Some(true) if service.role == role::REGISTRAR => "Director",
            _ => names::in_shell(&service.role),
        }
    }

    /// A service's identity in the shell, `Registrar:pool02.contoso.com`; none where its
    /// pool's name is none.
    #[must_use]
    pub fn identity(&self, service: &Service) -> Option<String> {
        let cluster = self.cluster_of(service).filter(|cluster| cluster.has_plain_name())?;
        Some(format!("{}:{}", self.shell_role(service), cluster.fqdn))
    }

    /// The services of a role that a service uses.
    pub fn used_by<'a>(&'a self, service: &'a Service, role: &'a str) -> impl Iterator<Item = &'a Service> {
        let used = service.depends_on.iter().filter_map(|dependency| self.service(dependency.on?));
        used.filter(move |used| used.role == role)
    }

    /// The cluster of a home server's pair, `1:2`: `msRTCSIP-PrimaryHomeServer` is
    /// `CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools,…` (migration.md 5.3). The site part
    /// need not be a number, and case does not matter. None for a document of Topology
    /// Builder's, which does not number its clusters.
    #[must_use]
    pub fn cluster_of_pair(&self, pair: &str) -> Option<&Cluster> {
        let numbered = self.form == Form::Published;
        self.clusters.iter().find(|cluster| numbered && cluster.id.eq_ignore_ascii_case(pair.trim()))
    }

    /// Every pair and the name of its cluster, for readers of directories.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let numbered = self.clusters.iter().filter(|_| self.form == Form::Published);
        numbered.map(|cluster| (cluster.id.as_str(), cluster.fqdn.as_str()))
    }
}
