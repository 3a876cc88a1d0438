//! Topology documents that never were: one description, written in either form.

use std::fmt::Write as _;

const TOPOLOGY: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.Topology.2008";
const ROLES: &str = "urn:schema:Microsoft.Rtc.Management.Deploy.ServiceRoles.2008";

/// A deployment to write.
#[derive(Clone, Default)]
pub struct Deployment {
    pub domains: Vec<String>,
    /// Id, name, and of a branch the central site's position.
    pub sites: Vec<(String, String, Option<usize>)>,
    pub clusters: Vec<Cluster>,
    pub services: Vec<Service>,
    /// Site's position, service's position.
    pub routes: Vec<(usize, usize)>,
}

/// Side, number, address, configured address.
pub type Interface = (&'static str, u32, &'static str, &'static str);

#[derive(Clone)]
pub struct Cluster {
    pub site: usize,
    pub fqdn: String,
    /// Name, and interfaces.
    pub machines: Vec<(String, Vec<Interface>)>,
    pub sql: Vec<&'static str>,
}

#[derive(Clone)]
pub struct Service {
    pub role: &'static str,
    pub version: u32,
    pub cluster: usize,
    /// The SQL Server instance there.
    pub sql: Option<&'static str>,
    pub uses: Vec<usize>,
    /// Owner, usage, side, interface, port, protocol, configured name.
    pub ports: Vec<(&'static str, &'static str, &'static str, u32, u16, &'static str, &'static str)>,
    /// XML of what only the role has.
    pub details: String,
}

pub fn escape(text: &str) -> String {
    let char = |char| match char {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\n' => "&#10;".to_owned(),
        '\r' => "&#13;".to_owned(),
        '\t' => "&#9;".to_owned(),
        char => char.to_string(),
    };
    text.chars().map(char).collect()
}

impl Deployment {
    pub fn site(&mut self, name: &str, branch_of: Option<usize>) -> usize {
        self.sites.push(((self.sites.len() + 1).to_string(), name.to_owned(), branch_of));
        self.sites.len() - 1
    }

    pub fn cluster(&mut self, site: usize, fqdn: &str, machines: &[&str]) -> usize {
        let machines = if machines.is_empty() { &[fqdn] } else { machines };
        let interface = ("Primary", 1, "0.0.0.0", "");
        let machines = machines.iter().map(|name| ((*name).to_owned(), vec![interface])).collect();
        self.clusters.push(Cluster { site, fqdn: fqdn.to_owned(), machines, sql: Vec::new() });
        self.clusters.len() - 1
    }

    pub fn service(&mut self, role: &'static str, version: u32, cluster: usize, uses: &[usize]) -> usize {
        self.services.push(Service {
            role,
            version,
            cluster,
            sql: None,
            uses: uses.to_vec(),
            ports: Vec::new(),
            details: String::new(),
        });
        self.services.len() - 1
    }

    /// A Front End pool's Registrar, with user and web services.
    pub fn front_end(&mut self, version: u32, cluster: usize, external: &str) -> usize {
        let users = self.service("UserServices", version, cluster, &[]);
        let web = self.service("WebServices", version, cluster, &[users]);
        self.services[web].details = format!(
            "<WebService xmlns=\"{ROLES}\"><ExternalSettings Host=\"{}\"><OverrideUrls/></ExternalSettings></WebService>",
            escape(external)
        );
        self.registrar(version, cluster, &[users, web], false)
    }

    pub fn registrar(&mut self, version: u32, cluster: usize, uses: &[usize], director: bool) -> usize {
        let registrar = self.service("Registrar", version, cluster, uses);
        self.services[registrar].details = format!("<RegistrarService xmlns=\"{ROLES}\" IsDirector=\"{director}\"/>");
        self.services[registrar].ports = vec![("urn:component:Registrar", "SipServer", "Primary", 1, 5061, "Mtls", "")];
        registrar
    }

    fn id(&self, cluster: usize) -> (String, usize) {
        let site = self.clusters[cluster].site;
        let number = self.clusters[..=cluster].iter().filter(|other| other.site == site).count();
        (self.sites[site].0.clone(), number)
    }

    fn service_id(&self, service: usize) -> String {
        let Service { role, cluster, .. } = &self.services[service];
        let site = &self.sites[self.clusters[*cluster].site].0;
        format!("<ServiceId SiteId=\"{}\" RoleName=\"{role}\" Instance=\"{}\"/>", escape(site), service + 1)
    }

    fn interfaces(cluster: &Cluster, machine: usize) -> String {
        let mut out = String::new();
        for (side, number, address, configured) in &cluster.machines[machine].1 {
            let configured = match configured {
                &"" => String::new(),
                configured => format!(" ConfiguredIPAddress=\"{configured}\""),
            };
            let _ = write!(
                out,
                "<NetInterface xmlns=\"{TOPOLOGY}\" InterfaceSide=\"{side}\" InterfaceNumber=\"{number}\" IPAddress=\"{address}\"{configured}/>"
            );
        }
        out
    }

    fn ports(service: &Service) -> String {
        let mut out = format!("<Ports xmlns=\"{ROLES}\">");
        for (owner, usage, side, number, port, protocol, fqdn) in &service.ports {
            let fqdn = match fqdn {
                &"" => String::new(),
                fqdn => format!(" ConfiguredFqdn=\"{}\"", escape(fqdn)),
            };
            let _ = write!(
                out,
                "<Port Owner=\"{owner}\" Usage=\"{usage}\" InterfaceSide=\"{side}\" InterfaceNumber=\"{number}\" Port=\"{port}\" Protocol=\"{protocol}\" UrlPath=\"/\"{fqdn}/>"
            );
        }
        out + "</Ports>" + &service.details
    }

    fn domains(&self) -> String {
        let default = self.domains.first().map_or(String::new(), |domain| escape(domain));
        let mut out =
            format!("<InternalDomains xmlns=\"{TOPOLOGY}\" AllowAllDomains=\"false\" DefaultDomain=\"{default}\">");
        // The default one is not the first.
        for domain in self.domains.iter().rev() {
            let _ = write!(out, "<InternalDomain Name=\"{}\" Authoritative=\"false\"/>", escape(domain));
        }
        out + "</InternalDomains>"
    }

    fn site_parts(&self, site: usize, reference: impl Fn(usize) -> String) -> String {
        let mut out = format!(
            "<Name xmlns=\"{TOPOLOGY}\">{}</Name><Location xmlns=\"{TOPOLOGY}\"/>",
            escape(&self.sites[site].1)
        );
        for (_, service) in self.routes.iter().filter(|(of, _)| *of == site) {
            let _ = write!(out, "<FederationRoute>{}</FederationRoute>", reference(*service));
        }
        out
    }

    /// As `Get-CsTopology -AsXml` writes it.
    pub fn published(&self) -> String {
        let mut out = format!(
            "<Topology xmlns=\"{TOPOLOGY}\" Signature=\"00000000-0000-0000-0000-000000000001\">{}<Sites>",
            self.domains()
        );
        for (index, (id, _, branch_of)) in self.sites.iter().enumerate() {
            let parts = self.site_parts(index, |service| self.service_id(service));
            let _ = match branch_of {
                None => write!(out, "<CentralSite SiteId=\"{}\">{parts}</CentralSite>", escape(id)),
                Some(central) => {
                    let central = escape(&self.sites[*central].0);
                    write!(
                        out,
                        "<RemoteSite SiteId=\"{}\" CentralSiteId=\"{central}\">{parts}</RemoteSite>",
                        escape(id)
                    )
                }
            };
        }
        out += "</Sites><Clusters>";
        for (index, cluster) in self.clusters.iter().enumerate() {
            let (site, number) = self.id(index);
            let _ = write!(
                out,
                "<Cluster RequiresReplication=\"true\" RequiresSetup=\"true\" Fqdn=\"{}\"><ClusterId SiteId=\"{}\" Number=\"{number}\"/>",
                escape(&cluster.fqdn),
                escape(&site)
            );
            for (ordinal, (fqdn, _)) in cluster.machines.iter().enumerate() {
                let interfaces = Self::interfaces(cluster, ordinal);
                let _ = write!(
                    out,
                    "<Machine OrdinalInCluster=\"{}\" Fqdn=\"{}\">{interfaces}</Machine>",
                    ordinal + 1,
                    escape(fqdn)
                );
            }
            out += "</Cluster>";
        }
        out += "</Clusters><SqlInstances>";
        for (index, cluster) in self.clusters.iter().enumerate() {
            let (site, number) = self.id(index);
            for name in &cluster.sql {
                let _ = write!(
                    out,
                    "<SqlInstance><SqlInstanceId Name=\"{name}\"><ClusterId SiteId=\"{}\" Number=\"{number}\"/></SqlInstanceId></SqlInstance>",
                    escape(&site)
                );
            }
        }
        out += "</SqlInstances><Services>";
        for (index, service) in self.services.iter().enumerate() {
            let (site, number) = self.id(service.cluster);
            let host = format!("<ClusterId SiteId=\"{}\" Number=\"{number}\"/>", escape(&site));
            let host = match service.sql {
                Some(name) => format!("<SqlInstanceId Name=\"{name}\">{host}</SqlInstanceId>"),
                None => host,
            };
            let _ = write!(
                out,
                "<Service RoleVersion=\"1\" ServiceVersion=\"{}\">{}<DependsOn>",
                service.version,
                self.service_id(index)
            );
            for used in &service.uses {
                let _ = write!(out, "<Dependency Usage=\"Default\">{}</Dependency>", self.service_id(*used));
            }
            let _ = write!(out, "</DependsOn><InstalledOn>{host}</InstalledOn>{}</Service>", Self::ports(service));
        }
        out + "</Services></Topology>"
    }

    /// As Topology Builder saves it.
    pub fn builder(&self) -> String {
        let mut out = format!(
            "<?xml version=\"1.0\" encoding=\"utf-8\"?><TopologyBuilder IsFreeFromChanges=\"true\" FileName=\"C:\\t.tbxml\" xmlns=\"urn:schema:Microsoft.Rtc.Management.Deploy.TopologyBuilder.2008\"><NewTopology><PartialTopology IsPublished=\"false\" Signature=\"00000000-0000-0000-0000-000000000000\" xmlns=\"urn:schema:Microsoft.Rtc.Management.Deploy.WritableTopology.2008\">{}<CentralSites>",
            self.domains()
        );
        for (index, (id, _, _)) in self.sites.iter().enumerate().filter(|(_, site)| site.2.is_none()) {
            let _ = write!(out, "<CentralSite SiteId=\"{}\">{}<RemoteSites>", escape(id), self.writable_site(index));
            for (branch, (id, _, _)) in self.sites.iter().enumerate().filter(|(_, site)| site.2 == Some(index)) {
                let _ =
                    write!(out, "<RemoteSite SiteId=\"{}\">{}</RemoteSite>", escape(id), self.writable_site(branch));
            }
            out += "</RemoteSites></CentralSite>";
        }
        out += "</CentralSites><Services>";
        for (index, service) in self.services.iter().enumerate() {
            let host = match service.sql {
                Some(name) => format!("sql-{}-{name}", service.cluster),
                None => format!("cluster-{}", service.cluster),
            };
            let _ = write!(
                out,
                "<Service UniqueId=\"service-{index}\" RoleName=\"{}\" RoleVersion=\"1\" InstalledOn=\"{host}\" ServiceVersion=\"{}\"><DependsOn>",
                service.role, service.version
            );
            for used in &service.uses {
                let _ = write!(out, "<Dependency ServiceUniqueId=\"service-{used}\" Usage=\"Default\"/>");
            }
            let _ = write!(out, "</DependsOn>{}</Service>", Self::ports(service));
        }
        out + "</Services></PartialTopology></NewTopology></TopologyBuilder>"
    }

    fn writable_site(&self, site: usize) -> String {
        let mut out = self.site_parts(site, |service| format!("service-{service}")) + "<Clusters>";
        for (index, cluster) in self.clusters.iter().enumerate().filter(|(_, cluster)| cluster.site == site) {
            let _ = write!(
                out,
                "<Cluster IsSingleMachineOnly=\"false\" UniqueId=\"cluster-{index}\" RequiresReplication=\"true\" RequiresSetup=\"true\" Fqdn=\"{}\"><Machines>",
                escape(&cluster.fqdn)
            );
            for (ordinal, (fqdn, _)) in cluster.machines.iter().enumerate() {
                // One machine of the cluster's name has no name of its own there.
                let fqdn = if *fqdn == cluster.fqdn { String::new() } else { format!(" Fqdn=\"{}\"", escape(fqdn)) };
                let _ = write!(out, "<Machine{fqdn}>{}</Machine>", Self::interfaces(cluster, ordinal));
            }
            out += "</Machines><SqlInstances>";
            for name in &cluster.sql {
                let _ = write!(out, "<SqlInstance UniqueId=\"sql-{index}-{name}\" Name=\"{name}\"/>");
            }
            out += "</SqlInstances></Cluster>";
        }
        out + "</Clusters>"
    }
}

/// Two central sites and a branch; a legacy and a target pool, a legacy Standard Edition
/// server without a target, a Director, a branch appliance, a gateway, an Edge with one
/// address for all services and one with three.
pub fn contoso() -> Deployment {
    let mut it = Deployment { domains: vec!["contoso.com".into(), "contoso.net".into()], ..Deployment::default() };
    let (redmond, dublin) = (it.site("Redmond", None), it.site("Dublin", None));
    let branch = it.site("Portland", Some(redmond));

    let pool01 = it.cluster(redmond, "pool01.contoso.com", &["fe11.contoso.com", "fe12.contoso.com"]);
    let pool02 =
        it.cluster(redmond, "pool02.contoso.com", &["fe21.contoso.com", "fe22.contoso.com", "fe23.contoso.com"]);
    let pool11 = it.cluster(dublin, "pool11.contoso.com", &[]);
    let director = it.cluster(redmond, "dir01.contoso.com", &[]);
    let appliance = it.cluster(branch, "sba01.contoso.com", &[]);
    let gateway = it.cluster(redmond, "gw01.contoso.com", &[]);
    let sql = it.cluster(redmond, "sql01.contoso.com", &[]);
    it.clusters[sql].sql = vec!["rtc", ""];
    let edge01 = it.cluster(redmond, "edge01.contoso.com", &["en11.contoso.com"]);
    it.clusters[edge01].machines[0].1 =
        vec![("Internal", 1, "10.1.9.11", ""), ("External", 1, "192.168.7.11", "198.51.100.10")];
    let edge02 = it.cluster(redmond, "edge02.contoso.com", &["en21.contoso.com", "en22.contoso.com"]);
    for (index, (internal, external)) in [
        ("10.1.9.21", ["198.51.100.21", "198.51.100.31", "198.51.100.41"]),
        ("10.1.9.22", ["198.51.100.22", "198.51.100.32", "198.51.100.42"]),
    ]
    .into_iter()
    .enumerate()
    {
        let interfaces = &mut it.clusters[edge02].machines[index].1;
        *interfaces = vec![("Internal", 1, internal, "")];
        interfaces.extend((1..=3).zip(external).map(|(number, address)| ("External", number, address, "")));
    }

    let database = it.service("UserStore", 7, sql, &[]);
    it.services[database].sql = Some("rtc");
    let legacy = it.front_end(7, pool01, "webext01.contoso.com");
    it.services[legacy].uses.push(database);
    let target = it.front_end(8, pool02, "webext02.contoso.com");
    let small = it.front_end(7, pool11, "webext11.contoso.com");
    let next_hop = it.registrar(7, director, &[], true);
    let branch = it.registrar(7, appliance, &[legacy], false);
    it.service("PstnGateway", 7, gateway, &[]);

    let old = it.service("EdgeServer", 7, edge01, &[next_hop]);
    let (access, data, relay) = ("urn:component:AccessEdge", "urn:component:DataEdge", "urn:component:MediaRelayEdge");
    it.services[old].ports = vec![
        (access, "SipServer", "Internal", 1, 5061, "Mtls", ""),
        (access, "SipClient", "External", 1, 5061, "Tls", "sip.contoso.com"),
        (access, "SipServer", "External", 1, 5061, "Mtls", "sip.contoso.com"),
        (data, "PsomClient", "External", 1, 444, "Tls", "sip.contoso.com"),
        (relay, "TURNServer", "External", 1, 443, "Tcp", "sip.contoso.com"),
        (relay, "TURNServer", "External", 1, 3478, "Udp", "sip.contoso.com"),
        ("urn:component:XmppFederationProxy", "XmppServer", "External", 1, 5269, "Tls", ""),
    ];
    let new = it.service("EdgeServer", 8, edge02, &[target]);
    it.services[new].ports = vec![
        (access, "SipServer", "Internal", 1, 5061, "Mtls", ""),
        (access, "SipClient", "External", 1, 443, "Tls", "sip2.contoso.com"),
        (data, "PsomClient", "External", 2, 443, "Tls", "wc2.contoso.com"),
        (relay, "TURNServer", "External", 3, 443, "Tcp", "av2.contoso.com"),
        (relay, "TURNServer", "External", 3, 3478, "Udp", "av2.contoso.com"),
    ];
    for registrar in [legacy, target, small, branch] {
        it.services[registrar].uses.push(old);
    }
    it.routes = vec![(redmond, old), (dublin, old)];
    it
}
