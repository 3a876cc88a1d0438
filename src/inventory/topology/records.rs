//! What a document says, as the cmdlets would: the same properties, under the same names.
//!
//! A property that the document cannot know, or whose spelling in documents is not
//! confirmed, is left out, and so stays unknown.

use serde_json::{Map, Value, json};

use super::document::{Cluster, Form, Service, Site, Topology};
use super::names::role;

/// A record on its way into the inventory.
pub(super) type Record = Map<String, Value>;

/// The property of a port: name, owner without `urn:component:`, usage, side, protocol or any.
type PortRow = (&'static str, &'static str, &'static str, &'static str, Option<&'static str>);

const REGISTRAR_PORTS: &[PortRow] = &[
    ("SipPort", "Registrar", "SipServer", "Primary", Some("Mtls")),
    ("SipServerTcpPort", "Registrar", "SipServer", "Primary", Some("Tcp")),
    ("WebPort", "Registrar", "WebServer", "Primary", None),
    ("LyssWcfMtlsPort", "Lyss", "WcfMtls", "Primary", None),
    ("XmppGatewaySipPort", "XmppFederation", "SipServer", "Primary", None),
];

const EDGE_PORTS: &[PortRow] = &[
    ("AccessEdgeInternalSipPort", "AccessEdge", "SipServer", "Internal", None),
    ("AccessEdgeExternalSipPort", "AccessEdge", "SipServer", "External", None),
    ("AccessEdgeClientSipPort", "AccessEdge", "SipClient", "External", None),
    ("DataPsomServerPort", "DataEdge", "PsomServer", "Internal", None),
    ("DataPsomClientPort", "DataEdge", "PsomClient", "External", None),
    ("MediaRelayAuthEdgePort", "MediaRelayAuthenticationEdge", "SipServer", "Internal", None),
    ("MediaRelayInternalTurnTcpPort", "MediaRelayEdge", "TURNServer", "Internal", Some("Tcp")),
    ("MediaRelayExternalTurnTcpPort", "MediaRelayEdge", "TURNServer", "External", Some("Tcp")),
    ("MediaRelayInternalTurnUdpPort", "MediaRelayEdge", "TURNServer", "Internal", Some("Udp")),
    ("MediaRelayExternalTurnUdpPort", "MediaRelayEdge", "TURNServer", "External", Some("Udp")),
    ("MediaCommunicationPortStart", "MediaRelayEdge", "MediaCommunication", "External", None),
    ("SkypeSearchProxyPort", "SkypeSearchProxy", "WebServer", "Internal", None),
    ("XmppListeningPort", "XmppFederationProxy", "XmppServer", "External", None),
    ("XmppInternalPort", "XmppFederationProxy", "XptServer", "Internal", None),
];

const WEB_PORTS: &[PortRow] = &[
    ("PrimaryHttpPort", "OCSWebSite", "WebSite", "Primary", Some("Http")),
    ("PrimaryHttpsPort", "OCSWebSite", "WebSite", "Primary", Some("Https")),
    ("ExternalHttpPort", "OCSWebSite", "WebSite", "External", Some("Http")),
    ("ExternalHttpsPort", "OCSWebSite", "WebSite", "External", Some("Https")),
    ("ReachPrimaryPsomServerPort", "Reach", "PsomServer", "Primary", None),
    ("ReachExternalPsomServerPort", "Reach", "PsomServer", "External", None),
];

pub(super) fn site(topology: &Topology, site: &Site, pools: &[&str], services: &[String]) -> Record {
    let mut record = Record::new();
    record.insert("Identity".into(), site_identity(site).into());
    record.insert("SiteId".into(), site.id.as_str().into());
    record.insert("DisplayName".into(), site.name.as_str().into());
    record.insert("Pools".into(), json!(pools));
    record.insert("Services".into(), json!(services));
    if !site.is_branch {
        record.insert("SiteType".into(), "CentralSite".into());
        record.insert("ParentSite".into(), Value::Null);
    } else if let Some(parent) = site.parent.and_then(|parent| topology.site(parent)) {
        record.insert("ParentSite".into(), site_identity(parent).into());
    }
    for (name, route) in
        [("FederationRoute", site.federation_route), ("XmppFederationRoute", site.xmpp_federation_route)]
    {
        let route = route.and_then(|route| topology.identity(topology.service(route)?));
        record.extend(route.map(|route| (name.to_owned(), route.into())));
    }
    record
}

fn site_identity(site: &Site) -> String {
    format!("Site:{}", site.name)
}

pub(super) fn pool(topology: &Topology, cluster: &Cluster, services: &[String]) -> Record {
    let computers: Vec<&str> = cluster.machines.iter().map(|machine| machine.fqdn.as_str()).collect();
    let mut record = Record::new();
    record.insert("Identity".into(), cluster.fqdn.as_str().into());
    record.insert("Fqdn".into(), cluster.fqdn.as_str().into());
    record.extend(topology.site(cluster.site).map(|site| ("Site".to_owned(), site_identity(site).into())));
    record.insert("Computers".into(), json!(computers));
    record.insert("Services".into(), json!(services));
    record
}

pub(super) fn cluster(topology: &Topology, cluster: &Cluster) -> Record {
    let machines: Vec<&str> = cluster.machines.iter().map(|machine| machine.fqdn.as_str()).collect();
    let mut record = Record::new();
    if topology.form == Form::Published {
        record.insert("ClusterId".into(), cluster.id.as_str().into());
    }
    record.insert("Fqdn".into(), cluster.fqdn.as_str().into());
    record.insert("Machines".into(), json!(machines));
    record
}

pub(super) fn computers(cluster: &Cluster) -> impl Iterator<Item = Record> {
    cluster.machines.iter().map(|machine| {
        let mut record = Record::new();
        record.insert("Identity".into(), machine.fqdn.as_str().into());
        record.insert("Fqdn".into(), machine.fqdn.as_str().into());
        record.insert("Pool".into(), cluster.fqdn.as_str().into());
        record
    })
}

pub(super) fn interfaces(cluster: &Cluster) -> impl Iterator<Item = Record> {
    let interfaces = cluster
        .machines
        .iter()
        .flat_map(|machine| machine.interfaces.iter().map(move |interface| (machine, interface)));
    interfaces.map(|(machine, interface)| {
        let mut record = Record::new();
        let identity = format!("{}/{}/{}", machine.fqdn, interface.side, interface.number);
        record.insert("Identity".into(), identity.into());
        record.insert("ComputerFqdn".into(), machine.fqdn.as_str().into());
        record.insert("Interface".into(), interface.side.as_str().into());
        record.insert("InterfaceNumber".into(), interface.number.into());
        record.extend(interface.address.map(|address| ("IPAddress".to_owned(), address.to_string().into())));
        let configured = interface.configured_address.map_or(Value::Null, |address| address.to_string().into());
        record.insert("ConfiguredIPAddress".into(), configured);
        record
    })
}

/// A service; `needed_by` are those that use it.
pub(super) fn service(topology: &Topology, service: &Service, needed_by: &[String]) -> Option<Record> {
    let cluster = topology.cluster_of(service)?;
    let mut record = Record::new();
    record.insert("Identity".into(), topology.identity(service)?.into());
    record.insert("PoolFqdn".into(), cluster.fqdn.as_str().into());
    record.extend(topology.site(cluster.site).map(|site| ("SiteId".to_owned(), site_identity(site).into())));
    if topology.form == Form::Published {
        record.insert("ServiceId".into(), service.id.as_str().into());
    }
    record.extend(service.version.map(|version| ("Version".to_owned(), version.into())));
    record.insert("Role".into(), topology.shell_role(service).into());
    record.insert("DependentServiceList".into(), json!(needed_by));
    let mut of = Of { topology, service, record };
    match service.role.as_str() {
        role::REGISTRAR if service.details.is_director == Some(true) => of.uses("EdgeServer", role::EDGE_SERVER),
        role::REGISTRAR => of.registrar(),
        role::EDGE_SERVER => of.edge(),
        role::WEB_SERVICES => of.web(),
        role::USER_SERVICES => of.uses("UserDatabase", "UserStore"),
        role::CENTRAL_MGMT => of.uses("CentralManagementDatabase", "CentralMgmtStore"),
        role::MEDIATION_SERVER => {
            of.uses("Registrar", role::REGISTRAR);
            of.uses("EdgeServer", role::EDGE_SERVER);
        }
        role::FILE_STORE => of.text("ShareName", service.details.share_name.as_deref()),
        _ => {}
    }
    Some(of.record)
}

/// A service's record, while what only its role has is added.
struct Of<'a> {
    topology: &'a Topology,
    service: &'a Service,
    record: Record,
}

impl Of<'_> {
    fn registrar(&mut self) {
        self.uses("UserServer", role::USER_SERVICES);
        self.uses("WebServer", role::WEB_SERVICES);
        self.uses("EdgeServer", role::EDGE_SERVER);
        self.uses("MonitoringDatabase", role::MONITORING_STORE);
        self.uses("ArchivingDatabase", role::ARCHIVING_STORE);
        // How documents pair Registrars is not confirmed: one that uses another says so, and
        // one that doesn't says nothing.
        if self.topology.used_by(self.service, role::REGISTRAR).next().is_some() {
            self.uses("BackupRegistrar", role::REGISTRAR);
        }
        self.ports(REGISTRAR_PORTS);
    }

    fn edge(&mut self) {
        self.uses("Registrar", role::REGISTRAR);
        self.ports(EDGE_PORTS);
        // An Edge without a port for partners does not federate; how else documents would say
        // so is not confirmed.
        self.record.entry("AccessEdgeExternalSipPort").or_insert(Value::Null);
        self.record.entry("XmppListeningPort").or_insert(Value::Null);
        let relays = self.find("MediaRelayEdge", "MediaCommunication", "External", None).and_then(|port| port.range);
        self.record.extend(relays.map(|count| ("MediaCommunicationPortCount".to_owned(), count.into())));
        for (name, owner) in [
            ("AccessEdgeExternalFqdn", "AccessEdge"),
            ("DataEdgeExternalFqdn", "DataEdge"),
            ("AVEdgeExternalFqdn", "MediaRelayEdge"),
        ] {
            let fqdn = self.service.external_fqdn(owner).map(str::to_owned);
            self.text(name, fqdn.as_deref());
        }
    }

    fn web(&mut self) {
        self.uses("FileStore", role::FILE_STORE);
        self.uses("UserServer", role::USER_SERVICES);
        let details = &self.service.details;
        self.text("ExternalFqdn", details.external_host.as_deref());
        self.text("InternalFqdn", details.internal_host.as_deref());
        self.ports(WEB_PORTS);
        for (name, protocol) in [("PublishedExternalHttpPort", "Http"), ("PublishedExternalHttpsPort", "Https")] {
            let port = self.find("OCSWebSite", "WebSite", "External", Some(protocol));
            let published = port.and_then(|port| port.configured_port);
            self.record.extend(published.map(|port| (name.to_owned(), port.into())));
        }
    }

    /// The service of a role that it uses; none if it uses none, unknown if it uses something
    /// that is not in the document.
    fn uses(&mut self, property: &str, role: &str) {
        let used = self.topology.used_by(self.service, role).find_map(|used| self.topology.identity(used));
        let all_known = self.service.depends_on.iter().all(|dependency| dependency.on.is_some());
        if used.is_some() || all_known {
            self.record.insert(property.to_owned(), used.map_or(Value::Null, Value::from));
        }
    }

    fn ports(&mut self, rows: &[PortRow]) {
        for (name, owner, usage, side, protocol) in rows {
            let port = self.find(owner, usage, side, *protocol).map(|port| port.port);
            self.record.extend(port.map(|port| ((*name).to_owned(), port.into())));
        }
    }

    fn find(&self, owner: &str, usage: &str, side: &str, protocol: Option<&str>) -> Option<&super::Port> {
        self.service.port(owner, usage, side, protocol)
    }

    fn text(&mut self, property: &str, text: Option<&str>) {
        self.record.extend(text.map(|text| (property.to_owned(), text.into())));
    }
}
