//! The form that `Get-CsTopology -AsXml` writes: ids of numbers, flat lists.

use super::super::document::{Cluster, Form, Site, SiteIndex, SqlInstance};
use super::super::names;
use super::super::xml::Element;
use super::parts::service_id;
use super::{Draft, Named, Place, Reading, child, children, fold, listed};
use crate::report::text::{clip, line};

impl Reading<'_> {
    pub(super) fn published(&mut self, root: &Element) {
        self.topology.form = Form::Published;
        self.topology.signature = root.attribute("Signature").map(str::to_owned);
        self.domains(root);
        self.simple_urls(root);
        for list in children(root, "Sites") {
            let named = |site: &&Element| site.name.ends_with("Site") && names::is_known(&site.namespace);
            for site in list.children.iter().filter(named) {
                self.published_site(site, None);
            }
        }
        for cluster in listed(root, "Clusters", "Cluster") {
            self.published_cluster(cluster);
        }
        for instance in listed(root, "SqlInstances", "SqlInstance") {
            self.published_sql(instance);
        }
        for service in listed(root, "Services", "Service") {
            self.published_service(service);
        }
    }

    /// A site. That everything but a `CentralSite` is a branch, and how it names its
    /// central site, is UNCONFIRMED.
    fn published_site(&mut self, element: &Element, central: Option<SiteIndex>) {
        let is_branch = &*element.name != "CentralSite";
        let (id, name) = (self.need(element, "SiteId"), self.site_name(element));
        let (Some(id), Some(name)) = (id, name) else { return };
        let site = self.add_site(Site {
            id,
            name,
            is_branch,
            parent: central,
            federation_route: None,
            xmpp_federation_route: None,
            range: element.range.clone(),
        });
        if is_branch && let Some(id) = parent(element) {
            self.parents.push((site, Named { id, range: element.range.clone() }));
        }
        self.routes(site, element);
        for branch in listed(element, "RemoteSites", "RemoteSite") {
            self.published_site(branch, Some(site));
        }
    }

    fn published_cluster(&mut self, element: &Element) {
        let Some(fqdn) = self.need(element, "Fqdn") else { return };
        let Some((id, site)) = self.cluster_id(element) else { return };
        let Some(site) = self.site_ids.get(&fold(&site)).copied() else {
            let message = format!("a cluster of the site `{}`, which is not there", clip(&line(&site), 80));
            return self.inconsistent(&element.range, message);
        };
        let machines = children(element, "Machine").chain(listed(element, "Machines", "Machine"));
        let machines = machines.map(|machine| self.machine(machine, &fqdn)).collect();
        let requires_replication = element.attribute("RequiresReplication").map(|flag| flag == "true");
        self.add_cluster(Cluster { id, fqdn, site, requires_replication, machines, range: element.range.clone() });
    }

    /// `<ClusterId SiteId="1" Number="2"/>` in an element → `1:2` and the site's id.
    fn cluster_id(&mut self, element: &Element) -> Option<(String, String)> {
        let Some(id) = child(element, "ClusterId") else {
            self.inconsistent(&element.range, format!("`{}` without `ClusterId`", element.name));
            return None;
        };
        let (site, number) = (self.need(id, "SiteId"), self.need(id, "Number"));
        let (site, number) = (site?, number?);
        Some((format!("{site}:{number}"), site))
    }

    fn published_sql(&mut self, element: &Element) {
        let Some(id) = child(element, "SqlInstanceId") else {
            return self.inconsistent(&element.range, "`SqlInstance` without `SqlInstanceId`".to_owned());
        };
        let (name, cluster) = (self.need(id, "Name"), self.cluster_id(id));
        let (Some(name), Some((cluster, _))) = (name, cluster) else { return };
        let Some(index) = self.cluster_ids.get(&fold(&cluster)).copied() else {
            let message = format!("an SQL Server instance on `{}`, which is not there", clip(&line(&cluster), 80));
            return self.inconsistent(&element.range, message);
        };
        let instance = SqlInstance {
            id: sql_id(&cluster, &name),
            name,
            cluster: index,
            mirror: mirror(element),
            always_on_primary: element.attribute("AlwaysOnPrimaryNodeFqdn").map(str::to_owned),
        };
        self.add_sql(instance, &element.range);
    }

    fn published_service(&mut self, element: &Element) {
        let named = child(element, "ServiceId").and_then(|id| Some((service_id(id)?, id.attribute("RoleName")?)));
        let Some((id, role)) = named else {
            let message = "`Service` without a `ServiceId` of site, role and instance".to_owned();
            return self.inconsistent(&element.range, message);
        };
        let service = self.service(element, id, role.to_owned());
        let host = child(element, "InstalledOn").and_then(|host| self.installed_on(host));
        let mut depends_on = Vec::new();
        for dependency in listed(element, "DependsOn", "Dependency") {
            if let Some(id) = child(dependency, "ServiceId").and_then(service_id) {
                let usage = dependency.attribute("Usage").map(str::to_owned);
                depends_on.push((Named { id, range: dependency.range.clone() }, usage));
            }
        }
        self.add_service(Draft { service, host, depends_on });
    }

    fn installed_on(&mut self, element: &Element) -> Option<(Place, Named)> {
        let range = element.range.clone();
        if let Some(sql) = child(element, "SqlInstanceId") {
            let (name, cluster) = (self.need(sql, "Name"), self.cluster_id(sql));
            let id = sql_id(&cluster?.0, &name?);
            return Some((Place::Sql, Named { id, range }));
        }
        if child(element, "ClusterId").is_some() {
            let (id, _) = self.cluster_id(element)?;
            return Some((Place::Cluster, Named { id, range }));
        }
        self.odd(&element.range, "a service installed on something that is not known here".to_owned());
        None
    }
}

fn sql_id(cluster: &str, name: &str) -> String {
    format!("{cluster}/{name}")
}

/// A branch's central site, as an attribute or an element (UNCONFIRMED).
fn parent(element: &Element) -> Option<String> {
    let names = ["CentralSiteId", "ParentSiteId", "ParentSite", "CentralSite"];
    let attribute = names.iter().find_map(|name| element.attribute(name));
    let of_element = || {
        let found = names.iter().find_map(|name| child(element, name))?;
        found.attribute("SiteId").or(Some(found.text.trim()))
    };
    attribute.or_else(of_element).filter(|id| !id.is_empty()).map(str::to_owned)
}

/// What an instance says of mirroring: every attribute and element whose name speaks of
/// it (UNCONFIRMED).
pub(super) fn mirror(element: &Element) -> Option<String> {
    let is_mirror = |name: &str| name.to_ascii_lowercase().contains("mirror");
    let speaks = element.all().flat_map(|part| {
        let of_element = is_mirror(&part.name).then(|| format!("{}={}", part.name, part.text.trim()));
        let attributes = part.attributes.iter().filter(move |(name, _)| is_mirror(name));
        of_element.into_iter().chain(attributes.map(|(name, value)| format!("{name}={value}")))
    });
    let said: Vec<String> = speaks.take(8).collect();
    (!said.is_empty()).then(|| said.join(" "))
}
