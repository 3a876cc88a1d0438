//! A document as a source of the inventory.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use jiff::Timestamp;

use super::document::{ClusterIndex, Form, SiteIndex, Topology};
use super::records::{self, Record};
use super::{load, names};
use crate::diagnostic::Diagnostic;
use crate::inventory::{Builder, Dataset, Manifest, SourceId, dataset};
use crate::values::fold;

/// Where the datasets of services are recognised by.
const SERVICES: &str = "Get-CsService -";

/// Reads a document into an inventory, as one source. Its age is the file's: a document says
/// of itself only which publication it is. Gives it, with what looked odd.
///
/// # Errors
/// When it can't be read, or is no topology; then nothing of it is in the builder but the
/// name of the source, which is `name` in messages.
pub fn gather(path: &Path, name: &str, builder: &mut Builder) -> Result<Topology, Vec<Diagnostic>> {
    let source = builder.source("topology", name);
    let written = std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let topology = load(path)?;
    deliver(builder, source, &topology, written.and_then(|time| time.try_into().ok()));
    Ok(topology)
}

/// The shell's role whose services a dataset holds.
fn shell_role(dataset: &Dataset) -> Option<&'static str> {
    dataset.calls.first()?.strip_prefix(SERVICES)
}

/// Fills the datasets that a document knows. `written` is when it was taken.
pub fn deliver(builder: &mut Builder, source: SourceId, topology: &Topology, written: Option<Timestamp>) {
    let mut delivery = Delivery { builder, source, topology, written };
    let mut on_cluster: HashMap<ClusterIndex, Vec<String>> = HashMap::new();
    let mut in_site: HashMap<SiteIndex, Vec<String>> = HashMap::new();
    for service in &topology.services {
        let index = topology.cluster_index_of(service);
        if let (Some(index), Some(identity)) = (index, topology.identity(service)) {
            on_cluster.entry(index).or_default().push(identity.clone());
            let Some(cluster) = topology.cluster(index) else { continue };
            in_site.entry(cluster.site).or_default().push(identity);
        }
    }
    let mut pools: HashMap<SiteIndex, Vec<&str>> = HashMap::new();
    for cluster in topology.clusters.iter().filter(|cluster| cluster.has_plain_name()) {
        pools.entry(cluster.site).or_default().push(&cluster.fqdn);
    }
    let sites = topology.sites.iter().enumerate().map(|(index, site)| {
        let index = SiteIndex(index);
        let (pools, services) = (pools.get(&index), in_site.get(&index));
        let services = services.map_or(&[][..], Vec::as_slice);
        records::site(topology, site, pools.map_or(&[][..], Vec::as_slice), services)
    });
    delivery.part("sites", sites.collect());
    // By cluster and not by name: a name that many have would give each the services of all.
    let services = |index| on_cluster.get(&index).map_or(&[][..], Vec::as_slice);
    let named = topology.clusters().filter(|(_, cluster)| cluster.has_plain_name());
    let pools = named.map(|(index, cluster)| records::pool(topology, cluster, services(index)));
    delivery.part("pools", pools.collect());
    let clusters: Vec<_> = topology.clusters.iter().filter(|cluster| cluster.has_plain_name()).collect();
    delivery.part("computers", clusters.iter().copied().flat_map(records::computers).collect());
    delivery.part("clusters", clusters.iter().map(|cluster| records::cluster(topology, cluster)).collect());
    delivery.part("network_interfaces", clusters.iter().copied().flat_map(records::interfaces).collect());
    delivery.part("sip_domains", topology.domains.iter().map(domain).collect());
    if let Some(urls) = &topology.simple_urls {
        let urls = urls
            .iter()
            .map(|url| serde_json::json!({"Component": url.component, "Domain": url.domain, "ActiveUrl": url.active}));
        let mut record = Record::new();
        record.insert("Identity".into(), "Global".into());
        record.insert("SimpleUrl".into(), urls.collect::<Vec<_>>().into());
        delivery.part("simple_url_configurations", vec![record]);
    }
    delivery.services();
}

fn domain(domain: &super::SipDomain) -> Record {
    let mut record = Record::new();
    record.insert("Identity".into(), domain.name.as_str().into());
    record.insert("Name".into(), domain.name.as_str().into());
    record.insert("IsDefault".into(), domain.is_default.into());
    record
}

struct Delivery<'a> {
    builder: &'a mut Builder,
    source: SourceId,
    topology: &'a Topology,
    written: Option<Timestamp>,
}

impl Delivery<'_> {
    fn part(&mut self, dataset: &str, records: Vec<Record>) {
        let call = match self.topology.form {
            Form::Published => "Get-CsTopology -AsXml",
            Form::Builder => "Topology Builder",
        };
        let mut manifest = Manifest::new(dataset, call);
        manifest.count = Some(records.len() as u64);
        manifest.start = self.written;
        manifest.end = self.written;
        let Ok(mut part) = self.builder.part(self.source, manifest) else { return };
        for record in records {
            // A misspelt property would be lost without a word.
            debug_assert!(record.keys().all(|name| part.dataset().property(name).is_some()), "{record:?}");
            if let Err(error) = part.record(&record) {
                part.problem(error.to_string());
            }
        }
        let nameless = self.topology.clusters.iter().filter(|cluster| !cluster.has_plain_name()).count();
        if nameless > 0 {
            part.problem(format!("{nameless} of its clusters have names that are none, and are left out"));
        }
        let names: HashSet<String> = self.topology.clusters.iter().map(|cluster| fold(&cluster.fqdn)).collect();
        let shared = self.topology.clusters.len() - names.len();
        if shared > 0 {
            part.problem(format!("{shared} of its clusters have the name of another one"));
        }
        if self.topology.form == Form::Builder {
            part.problem("it is a file of Topology Builder's, and need not be what is published");
        }
        self.builder.end(part);
    }

    /// Services by role. Where documents are not known to name a role, one without it proves
    /// nothing, and tells nothing.
    fn services(&mut self) {
        let mut needed_by: Vec<Vec<String>> = vec![Vec::new(); self.topology.services.len()];
        for service in &self.topology.services {
            let Some(identity) = self.topology.identity(service) else { continue };
            for used in service.depends_on.iter().filter_map(|dependency| dependency.on) {
                if let Some(list) = needed_by.get_mut(used.0) {
                    list.push(identity.clone());
                }
            }
        }
        let mut by_role: HashMap<&str, Vec<Record>> = HashMap::new();
        for (service, needed_by) in self.topology.services.iter().zip(&needed_by) {
            if let Some(record) = records::service(self.topology, service, needed_by) {
                by_role.entry(self.topology.shell_role(service)).or_default().push(record);
            }
        }
        for dataset in dataset::all() {
            let Some(role) = shell_role(dataset) else { continue };
            match by_role.remove(role) {
                Some(records) => self.part(dataset.name, records),
                None if names::is_confirmed(role) => self.part(dataset.name, Vec::new()),
                None => {}
            }
        }
    }
}
