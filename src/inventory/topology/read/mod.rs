//! Elements → [`Topology`], for both forms of the document.

mod parts;
mod published;
mod writable;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::document::{
    Cluster, ClusterIndex, Dependency, Form, Host, Service, ServiceIndex, Site, SiteIndex, SqlIndex, SqlInstance,
    Topology,
};
use super::names::{self, BUILDER, TOPOLOGY, WRITABLE};
use super::xml::Element;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::report::text::{clip, line};

/// Reads a document.
///
/// # Errors
/// What it lacks, and where it contradicts itself.
pub(super) fn read(source: &Arc<Source>, root: &Element) -> Result<Topology, Vec<Diagnostic>> {
    let mut reading = Reading::new(source);
    match (&*root.namespace, &*root.name) {
        (TOPOLOGY, "Topology") => reading.published(root),
        (BUILDER, "TopologyBuilder") => {
            if let Some(topology) = topology_of_builder(root) {
                reading.writable(topology);
            } else {
                let message = "Topology Builder's file without a topology in it";
                reading.refuse(Code::NotTopology, &root.range, message, "save it from Topology Builder again");
            }
        }
        (WRITABLE, "PartialTopology") => reading.writable(root),
        (namespace, name) => {
            let (message, hint) = stranger(namespace, name);
            reading.refuse(Code::NotTopology, &root.range, message, &hint);
        }
    }
    reading.finish()
}

fn topology_of_builder(root: &Element) -> Option<&Element> {
    // What was loaded before it was edited is kept beside `NewTopology`.
    child(child(root, "NewTopology")?, "PartialTopology")
}

fn stranger(namespace: &str, name: &str) -> (String, String) {
    let (shown, known) = (clip(&line(name), 60).into_owned(), ["Topology", "TopologyBuilder", "PartialTopology"]);
    let hint = "write it with `(Get-CsTopology -AsXml).ToString() | Out-File topology.xml -Encoding UTF8`";
    if known.contains(&name) {
        let namespace = clip(&line(namespace), 120).into_owned();
        let message = format!("`{shown}` of the namespace `{namespace}`, which is not known here");
        return (message, format!("known here: {TOPOLOGY} and {BUILDER}"));
    }
    (format!("`{shown}` is not the root of a topology document"), hint.to_owned())
}

/// The first element of a name in another one.
fn child<'e>(element: &'e Element, name: &'e str) -> Option<&'e Element> {
    children(element, name).next()
}

/// The elements of a name in another one.
fn children<'e>(element: &'e Element, name: &'e str) -> impl Iterator<Item = &'e Element> {
    element.children.iter().filter(move |child| *child.name == *name && names::is_known(&child.namespace))
}

/// The elements of a name in a list, `Clusters` → each `Cluster`.
fn listed<'e>(element: &'e Element, list: &'e str, name: &'e str) -> impl Iterator<Item = &'e Element> {
    children(element, list).flat_map(move |list| children(list, name))
}

/// Names are the same whatever their case.
fn fold(id: &str) -> String {
    id.trim().to_lowercase()
}

/// An id and where it is written.
struct Named {
    id: String,
    range: Range<usize>,
}

/// A service whose references are not resolved yet.
struct Draft {
    service: Service,
    host: Option<(Place, Named)>,
    depends_on: Vec<(Named, Option<String>)>,
}

/// What a service is installed on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Cluster,
    Sql,
    /// Topology Builder's ids don't tell.
    Any,
}

/// A document that is being read.
struct Reading<'a> {
    source: &'a Arc<Source>,
    topology: Topology,
    drafts: Vec<Draft>,
    /// Site, federation or XMPP, the service.
    routes: Vec<(SiteIndex, bool, Named)>,
    /// Branch site, and the id of its central site.
    parents: Vec<(SiteIndex, Named)>,
    site_ids: HashMap<String, SiteIndex>,
    cluster_ids: HashMap<String, ClusterIndex>,
    sql_ids: HashMap<String, SqlIndex>,
    service_ids: HashMap<String, ServiceIndex>,
    found: Vec<Diagnostic>,
}

impl<'a> Reading<'a> {
    fn new(source: &'a Arc<Source>) -> Self {
        let topology = Topology {
            source: Arc::clone(source),
            form: Form::Published,
            signature: None,
            domains: Vec::new(),
            sites: Vec::new(),
            clusters: Vec::new(),
            sql_instances: Vec::new(),
            services: Vec::new(),
            simple_urls: None,
            warnings: Vec::new(),
            installed: Vec::new(),
        };
        Self {
            source,
            topology,
            drafts: Vec::new(),
            routes: Vec::new(),
            parents: Vec::new(),
            site_ids: HashMap::new(),
            cluster_ids: HashMap::new(),
            sql_ids: HashMap::new(),
            service_ids: HashMap::new(),
            found: Vec::new(),
        }
    }

    fn refuse(&mut self, code: Code, range: &Range<usize>, message: impl Into<String>, hint: &str) {
        self.found.push(Diagnostic::at(code, self.source, range.clone(), message).hint(hint));
    }

    fn inconsistent(&mut self, range: &Range<usize>, message: String) {
        self.refuse(Code::InconsistentTopology, range, message, "the document was changed: write it again");
    }

    fn odd(&mut self, range: &Range<usize>, message: String) {
        let hint = "what depends on it stays unknown";
        let odd = Diagnostic::at(Code::InconsistentTopology, self.source, range.clone(), message).hint(hint);
        self.topology.warnings.push(odd.warning());
    }

    /// An attribute that must be there.
    fn need(&mut self, element: &Element, attribute: &str) -> Option<String> {
        let value = element.attribute(attribute);
        if value.is_none() {
            let message = format!("`{}` without `{attribute}`", clip(&line(&element.name), 60));
            self.inconsistent(&element.range, message);
        }
        value.map(str::to_owned)
    }

    /// A number that may be absent, but not be something else.
    fn number<N: std::str::FromStr>(&mut self, element: &Element, attribute: &str) -> Option<N> {
        let text = element.attribute(attribute)?;
        let number = text.trim().parse().ok();
        if number.is_none() {
            let message = format!("`{attribute}` is `{}`, and a number is needed", clip(&line(text), 60));
            self.inconsistent(&element.range, message);
        }
        number
    }

    /// Enters something under its id, once.
    fn once<I: Copy>(
        &mut self,
        what: &str,
        id: &str,
        range: &Range<usize>,
        ids: impl FnOnce(&mut Self) -> &mut HashMap<String, I>,
        index: I,
    ) {
        if ids(self).insert(fold(id), index).is_some() {
            self.inconsistent(range, format!("the {what} `{}` is there twice", clip(&line(id), 80)));
        }
    }

    fn add_site(&mut self, site: Site) -> SiteIndex {
        let index = SiteIndex(self.topology.sites.len());
        self.once("site", &site.id, &site.range, |reading| &mut reading.site_ids, index);
        self.topology.sites.push(site);
        index
    }

    fn add_cluster(&mut self, cluster: Cluster) -> ClusterIndex {
        let index = ClusterIndex(self.topology.clusters.len());
        self.once("cluster", &cluster.id, &cluster.range, |reading| &mut reading.cluster_ids, index);
        self.topology.clusters.push(cluster);
        index
    }

    fn add_sql(&mut self, instance: SqlInstance, range: &Range<usize>) {
        let index = SqlIndex(self.topology.sql_instances.len());
        self.once("SQL Server instance", &instance.id, range, |reading| &mut reading.sql_ids, index);
        self.topology.sql_instances.push(instance);
    }

    fn add_service(&mut self, draft: Draft) {
        let index = ServiceIndex(self.drafts.len());
        let range = draft.service.range.clone();
        self.once("service", &draft.service.id, &range, |reading| &mut reading.service_ids, index);
        self.drafts.push(draft);
    }

    /// Turns ids into what they name.
    fn finish(mut self) -> Result<Topology, Vec<Diagnostic>> {
        for draft in std::mem::take(&mut self.drafts) {
            let service = self.resolved(draft);
            self.topology.services.push(service);
        }
        for (site, xmpp, route) in std::mem::take(&mut self.routes) {
            let service = self.service_ids.get(&fold(&route.id)).copied();
            if service.is_none() {
                let message =
                    format!("a federation route through `{}`, which is not there", clip(&line(&route.id), 80));
                self.odd(&route.range, message);
            }
            if let Some(site) = self.topology.sites.get_mut(site.0) {
                let slot = if xmpp { &mut site.xmpp_federation_route } else { &mut site.federation_route };
                *slot = service;
            }
        }
        for (site, parent) in std::mem::take(&mut self.parents) {
            let central = self.site_ids.get(&fold(&parent.id)).copied();
            if central.is_none() {
                let message = format!("a branch of the site `{}`, which is not there", clip(&line(&parent.id), 80));
                self.odd(&parent.range, message);
            }
            if let Some(site) = self.topology.sites.get_mut(site.0) {
                site.parent = central;
            }
        }
        if !self.found.is_empty() {
            self.found.sort_by_key(|found| found.place.as_ref().map(|place| place.range.start));
            return Err(self.found);
        }
        let mut topology = self.topology;
        topology.domains.sort_by_key(|domain| !domain.is_default);
        topology.installed = vec![Vec::new(); topology.clusters.len()];
        for (index, service) in topology.services.iter().enumerate() {
            if let Some(Host::Cluster(cluster)) = service.host
                && let Some(installed) = topology.installed.get_mut(cluster.0)
            {
                installed.push(ServiceIndex(index));
            }
        }
        Ok(topology)
    }

    fn resolved(&mut self, draft: Draft) -> Service {
        let mut service = draft.service;
        if let Some((place, host)) = draft.host {
            let id = fold(&host.id);
            let cluster = self.cluster_ids.get(&id).filter(|_| place != Place::Sql);
            let sql = self.sql_ids.get(&id).filter(|_| place != Place::Cluster);
            service.host = cluster.map(|index| Host::Cluster(*index)).or(sql.map(|index| Host::Sql(*index)));
            if service.host.is_none() {
                let message = format!("installed on `{}`, which is not there", clip(&line(&host.id), 80));
                self.inconsistent(&host.range, message);
            }
        }
        for (named, usage) in draft.depends_on {
            let on = self.service_ids.get(&fold(&named.id)).copied();
            if on.is_none() {
                let message = format!("depends on `{}`, which is not there", clip(&line(&named.id), 80));
                self.odd(&named.range, message);
            }
            service.depends_on.push(Dependency { on, id: named.id, usage });
        }
        service
    }
}
