//! What both forms of the document have in common.

use std::net::IpAddr;

use super::super::document::{
    Details, Interface, LONGEST_NAME, Machine, Port, Service, SimpleUrl, SipDomain, SiteIndex,
};
use super::super::xml::Element;
use super::{Named, Reading, child, children, listed};

impl Reading<'_> {
    pub(super) fn domains(&mut self, root: &Element) {
        for list in children(root, "InternalDomains") {
            let default = list.attribute("DefaultDomain").unwrap_or_default();
            for domain in children(list, "InternalDomain") {
                if let Some(name) = self.need(domain, "Name") {
                    let is_default = name.eq_ignore_ascii_case(default);
                    self.topology.domains.push(SipDomain { name, is_default });
                }
            }
        }
    }

    pub(super) fn simple_urls(&mut self, root: &Element) {
        for list in children(root, "SimpleUrlConfiguration") {
            let mut urls = self.topology.simple_urls.take().unwrap_or_default();
            for url in children(list, "SimpleUrl") {
                if let (Some(component), Some(active)) = (self.need(url, "Component"), self.need(url, "ActiveUrl")) {
                    let domain = url.attribute("Domain").unwrap_or("*").to_owned();
                    urls.push(SimpleUrl { component, domain, active });
                }
            }
            self.topology.simple_urls = Some(urls);
        }
    }

    pub(super) fn site_name(&mut self, element: &Element) -> Option<String> {
        let name = child(element, "Name").map(|name| name.text.trim()).filter(|name| !name.is_empty());
        match name {
            None => self.inconsistent(&element.range, "a site without a name".to_owned()),
            Some(name) if name.len() > LONGEST_NAME => {
                self.inconsistent(&element.range, format!("a site's name of more than {LONGEST_NAME} bytes"));
                return None;
            }
            Some(_) => {}
        }
        name.map(str::to_owned)
    }

    /// The federation routes of a site. The shell's object has them as
    /// `SiteConfiguration.FederationRoute`; how documents write that is UNCONFIRMED, so
    /// any element or attribute of that name counts.
    pub(super) fn routes(&mut self, site: SiteIndex, element: &Element) {
        let below = element.children.iter().filter(|child| !matches!(&*child.name, "Clusters" | "RemoteSites"));
        let elements = std::iter::once(element).chain(below.flat_map(Element::all));
        for found in elements {
            for (name, value) in &found.attributes {
                if let Some(xmpp) = route(name) {
                    self.routes.push((site, xmpp, Named { id: value.to_string(), range: found.range.clone() }));
                }
            }
            if let Some(xmpp) = route(&found.name)
                && let Some(id) = reference(found)
            {
                self.routes.push((site, xmpp, Named { id, range: found.range.clone() }));
            }
        }
    }

    /// A machine; one without a name has its cluster's.
    pub(super) fn machine(&mut self, element: &Element, cluster: &str) -> Machine {
        let fqdn = element.attribute("Fqdn").unwrap_or(cluster).to_owned();
        if fqdn.len() > LONGEST_NAME {
            self.inconsistent(&element.range, format!("a machine's name of more than {LONGEST_NAME} bytes"));
        }
        let mut interfaces = Vec::new();
        for interface in children(element, "NetInterface") {
            let Some(side) = self.need(interface, "InterfaceSide") else { continue };
            interfaces.push(Interface {
                side,
                number: self.number(interface, "InterfaceNumber").unwrap_or(1),
                address: self.address(interface, "IPAddress"),
                configured_address: self.address(interface, "ConfiguredIPAddress"),
            });
        }
        Machine { fqdn, interfaces }
    }

    fn address(&mut self, element: &Element, attribute: &str) -> Option<IpAddr> {
        let text = element.attribute(attribute)?.trim();
        match text.parse::<IpAddr>() {
            Ok(address) => Some(address),
            Err(_) if text.is_empty() => None,
            Err(_) => {
                self.odd(&element.range, format!("`{attribute}` is not an IP address"));
                None
            }
        }
    }

    /// What a service has in either form.
    pub(super) fn service(&mut self, element: &Element, id: String, role: String) -> Service {
        let mut ports = Vec::new();
        for port in listed(element, "Ports", "Port") {
            ports.extend(self.port(port));
        }
        Service {
            id,
            role,
            version: self.number(element, "ServiceVersion"),
            role_version: self.number(element, "RoleVersion"),
            host: None,
            depends_on: Vec::new(),
            ports,
            details: details(element),
            range: element.range.clone(),
        }
    }

    fn port(&mut self, element: &Element) -> Option<Port> {
        let port = self.need(element, "Port").and_then(|_| self.number(element, "Port"));
        let text = |attribute: &str| element.attribute(attribute).unwrap_or_default().to_owned();
        let set = |attribute: &str| element.attribute(attribute).filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Port {
            owner: text("Owner"),
            usage: text("Usage"),
            side: text("InterfaceSide"),
            interface: self.number(element, "InterfaceNumber").unwrap_or(1),
            port: port?,
            protocol: text("Protocol"),
            path: set("UrlPath"),
            range: self.number(element, "Range"),
            configured_fqdn: set("ConfiguredFqdn"),
            configured_port: self.number(element, "ConfiguredPort"),
        })
    }
}

/// Whether a name is that of a federation route, and if so, whether of XMPP's.
fn route(name: &str) -> Option<bool> {
    match name {
        "FederationRoute" => Some(false),
        "XmppFederationRoute" => Some(true),
        _ => None,
    }
}

/// The service that an element refers to, in any of the ways that documents refer to services.
fn reference(element: &Element) -> Option<String> {
    if let Some(id) = element.all().find_map(service_id) {
        return Some(id);
    }
    let attributes = ["ServiceUniqueId", "UniqueId"];
    let id = attributes.iter().find_map(|attribute| element.attribute(attribute));
    id.or(Some(element.text.trim())).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// `<ServiceId SiteId="1" RoleName="Registrar" Instance="2"/>` → `1-Registrar-2`, which is
/// what the shell calls it.
pub(super) fn service_id(element: &Element) -> Option<String> {
    let part = |name| element.attribute(name);
    Some(format!("{}-{}-{}", part("SiteId")?, part("RoleName")?, part("Instance")?))
}

fn details(element: &Element) -> Details {
    let part = |name| child(element, name);
    let text = |element: &Element, attribute| element.attribute(attribute).map(str::to_owned);
    let flag = |element: &Element, attribute| match element.attribute(attribute)? {
        "true" | "True" | "1" => Some(true),
        "false" | "False" | "0" => Some(false),
        _ => None,
    };
    let host = |settings| child(part("WebService")?, settings)?.attribute("Host").map(str::to_owned);
    Details {
        is_director: part("RegistrarService").and_then(|part| flag(part, "IsDirector")),
        share_name: part("FileStoreService").and_then(|part| text(part, "ShareName")),
        external_host: host("ExternalSettings"),
        internal_host: host("InternalSettings"),
        is_active: part("CentralMgmtService").and_then(|part| flag(part, "IsActive")),
        discovery_url: part("WacService").and_then(|part| text(part, "DiscoveryUrl")),
    }
}
