//! The form that Topology Builder saves: GUIDs, clusters inside of their sites.

use super::super::document::{Cluster, ClusterIndex, Form, Site, SiteIndex, SqlInstance};
use super::super::xml::Element;
use super::published::mirror;
use super::{Draft, Named, Place, Reading, listed};

impl Reading<'_> {
    pub(super) fn writable(&mut self, root: &Element) {
        self.topology.form = Form::Builder;
        self.topology.signature = root.attribute("Signature").map(str::to_owned);
        self.domains(root);
        self.simple_urls(root);
        for site in listed(root, "CentralSites", "CentralSite") {
            self.writable_site(site, None);
        }
        for service in listed(root, "Services", "Service") {
            self.writable_service(service);
        }
    }

    fn writable_site(&mut self, element: &Element, central: Option<SiteIndex>) {
        let (id, name) = (self.need(element, "SiteId"), self.site_name(element));
        let (Some(id), Some(name)) = (id, name) else { return };
        let site = self.add_site(Site {
            id,
            name,
            is_branch: central.is_some(),
            parent: central,
            federation_route: None,
            xmpp_federation_route: None,
            range: element.range.clone(),
        });
        self.routes(site, element);
        for cluster in listed(element, "Clusters", "Cluster") {
            self.writable_cluster(cluster, site);
        }
        for branch in listed(element, "RemoteSites", "RemoteSite") {
            self.writable_site(branch, Some(site));
        }
    }

    fn writable_cluster(&mut self, element: &Element, site: SiteIndex) {
        let (id, fqdn) = (self.need(element, "UniqueId"), self.need(element, "Fqdn"));
        let (Some(id), Some(fqdn)) = (id, fqdn) else { return };
        let machines = listed(element, "Machines", "Machine").map(|machine| self.machine(machine, &fqdn)).collect();
        let requires_replication = element.attribute("RequiresReplication").map(|flag| flag == "true");
        let range = element.range.clone();
        let cluster = self.add_cluster(Cluster { id, fqdn, site, requires_replication, machines, range });
        for instance in listed(element, "SqlInstances", "SqlInstance") {
            self.writable_sql(instance, cluster);
        }
    }

    fn writable_sql(&mut self, element: &Element, cluster: ClusterIndex) {
        let Some(id) = self.need(element, "UniqueId") else { return };
        let instance = SqlInstance {
            id,
            name: element.attribute("Name").unwrap_or_default().to_owned(),
            cluster,
            mirror: mirror(element),
            always_on_primary: element.attribute("AlwaysOnPrimaryNodeFqdn").map(str::to_owned),
        };
        self.add_sql(instance, &element.range);
    }

    fn writable_service(&mut self, element: &Element) {
        let (id, role) = (self.need(element, "UniqueId"), self.need(element, "RoleName"));
        let (Some(id), Some(role)) = (id, role) else { return };
        let service = self.service(element, id, role);
        let host = self.need(element, "InstalledOn").map(|id| (Place::Any, Named { id, range: element.range.clone() }));
        let mut depends_on = Vec::new();
        for dependency in listed(element, "DependsOn", "Dependency") {
            if let Some(id) = dependency.attribute("ServiceUniqueId") {
                let usage = dependency.attribute("Usage").map(str::to_owned);
                depends_on.push((Named { id: id.to_owned(), range: dependency.range.clone() }, usage));
            }
        }
        self.add_service(Draft { service, host, depends_on });
    }
}
