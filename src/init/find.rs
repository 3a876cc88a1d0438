//! Inventory → [`Deployment`].

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::deployment::{
    Deployment, FoundEdge, FoundInterface, FoundNode, FoundPool, FoundService, FoundSite, FoundUrl, PoolKind,
};
use crate::expression::{Lookup, Value};
use crate::inventory::topology::{ClusterIndex, Form, Topology, role};
use crate::inventory::{Inventory, Row};
use crate::values::fold;

/// What an inventory knows of a deployment. Nothing is concluded from what it lacks.
pub(super) fn deployment(inventory: &Arc<Inventory>) -> Deployment {
    let find = Find::of(inventory);
    let mut found = Deployment { domains: find.domains(), ..Deployment::default() };
    found.sites = find.rows("sites").filter_map(|row| site(&row)).collect();
    let branches: HashSet<String> =
        found.sites.iter().filter(|site| site.is_branch).map(|site| fold(&site.name)).collect();
    found.pools = find.pools(&branches);
    found.edges = find.rows("edge_services").filter_map(|row| find.edge(&row)).collect();
    found.simple_urls = find.simple_urls();
    found.xmpp_partners = find.is_whole("xmpp_partners").then(|| find.names("xmpp_partners", "domain"));
    found.allowed_domains = find
        .rows("allowed_domains")
        .filter_map(|row| Some((text(&row, "domain")?, text(&row, "proxy_fqdn"))))
        .collect();
    found.others = find.others(&found);
    for dataset in ["sites", "pools", "registrar_services", "user_services", "edge_services", "sip_domains"] {
        let doubt = inventory.doubt(dataset);
        found.remarks.extend(doubt.map(|doubt| format!("{dataset} may not be complete: {doubt}")));
    }
    found
}

/// Adds what only the document itself tells.
pub(super) fn complete(deployment: &mut Deployment, topology: &Topology, name: &str) {
    let signature = topology.signature.as_deref().unwrap_or("none");
    deployment.origin = match topology.form {
        Form::Published => format!("{name}, a published topology with the signature {signature}"),
        Form::Builder => format!("{name}, a file of Topology Builder's, which need not be what is published"),
    };
    // The document's own doubts are told by its origin, and by what is left out.
    deployment.remarks.clear();
    for cluster in topology.clusters.iter().filter(|cluster| !cluster.has_plain_name()) {
        deployment.nameless.push(cluster.fqdn.clone());
    }
    let branches: HashSet<String> =
        topology.sites.iter().filter(|site| site.is_branch).map(|site| fold(&site.name)).collect();
    for site in &mut deployment.sites {
        site.is_branch = branches.contains(&fold(&site.name));
    }
    for pool in deployment.pools.iter_mut().filter(|pool| pool.kind == PoolKind::FrontEnd) {
        // Where a site was not known to be a branch, its Registrar was taken for a Front End's.
        if branches.contains(&fold(&pool.site)) {
            pool.kind = PoolKind::Branch;
        }
    }
    let clusters: HashMap<String, ClusterIndex> =
        topology.clusters().map(|(index, cluster)| (fold(&cluster.fqdn), index)).collect();
    for edge in &mut deployment.edges {
        let cluster = clusters.get(&fold(&edge.fqdn)).copied();
        let service = cluster.and_then(|index| topology.role_on(index, role::EDGE_SERVER));
        let Some(service) = service else { continue };
        let number = |component: &str| {
            let external = service.ports.iter().find(|port| port.side == "External" && port.component() == component);
            external.map(|port| i64::from(port.interface))
        };
        edge.access.interface = number("AccessEdge");
        edge.web_conferencing.interface = number("DataEdge");
        edge.av.interface = number("MediaRelayEdge");
    }
    for instance in &topology.sql_instances {
        let server = topology.cluster(instance.cluster).map_or("", |cluster| cluster.fqdn.as_str());
        if let Some(mirror) = &instance.mirror {
            deployment.remarks.push(format!(
                "the SQL Server instance `{}` on {server} says of mirroring: {mirror}; a legacy pool that needs a mirror \
                 has `kept_for: [sql-mirroring]`",
                instance.name
            ));
        }
    }
}

/// Where a name that several rows may have is looked up.
struct Find<'a> {
    inventory: &'a Arc<Inventory>,
    computers: HashMap<String, Vec<String>>,
    installed: HashMap<String, Vec<(String, String)>>,
    interfaces: HashMap<String, Vec<Row>>,
}

impl<'a> Find<'a> {
    fn of(inventory: &'a Arc<Inventory>) -> Self {
        let mut find =
            Self { inventory, computers: HashMap::new(), installed: HashMap::new(), interfaces: HashMap::new() };
        for row in find.rows("pools") {
            if let Some(fqdn) = text(&row, "fqdn") {
                find.computers.insert(fold(&fqdn), list(&row, "computers"));
            }
        }
        for row in find.rows("patch_levels") {
            if let (Some(host), Some(component), Some(version)) =
                (text(&row, "host"), text(&row, "component_name"), text(&row, "version"))
            {
                find.installed.entry(fold(&host)).or_default().push((component, version));
            }
        }
        for row in find.rows("network_interfaces") {
            if let Some(host) = text(&row, "computer_fqdn") {
                find.interfaces.entry(fold(&host)).or_default().push(row);
            }
        }
        find
    }

    fn rows(&self, dataset: &str) -> impl Iterator<Item = Row> + use<> {
        self.inventory.rows(dataset).into_iter().flatten()
    }

    fn names(&self, dataset: &str, field: &str) -> Vec<String> {
        self.rows(dataset).filter_map(|row| text(&row, field)).collect()
    }

    fn is_whole(&self, dataset: &str) -> bool {
        self.inventory.doubt(dataset).is_none()
    }

    fn domains(&self) -> Vec<String> {
        let mut domains: Vec<(bool, String)> = self
            .rows("sip_domains")
            .filter_map(|row| Some((flag(&row, "is_default") != Some(true), text(&row, "name")?)))
            .collect();
        domains.sort_by_key(|(is_other, _)| *is_other);
        domains.into_iter().map(|(_, name)| name).collect()
    }

    fn computers(&self, pool: &str) -> Vec<String> {
        self.computers.get(&fold(pool)).cloned().unwrap_or_default()
    }

    fn installed(&self, computers: &[String]) -> Vec<(String, String)> {
        computers.iter().filter_map(|host| self.installed.get(&fold(host))).flatten().cloned().collect()
    }

    fn pools(&self, branches: &HashSet<String>) -> Vec<FoundPool> {
        let names =
            |dataset| -> HashSet<String> { self.names(dataset, "pool_fqdn").iter().map(|name| fold(name)).collect() };
        let (directors, homes) = (names("director_services"), names("user_services"));
        let chats: HashSet<String> =
            self.names("persistent_chat_services", "registrar").iter().map(|hop| fold(pool_of(hop))).collect();
        let web: HashMap<String, Row> =
            self.rows("web_services").filter_map(|row| Some((fold(&text(&row, "pool_fqdn")?), row))).collect();
        let rows = self.rows("registrar_services").chain(self.rows("director_services"));
        let mut seen = HashSet::new();
        let mut pools = Vec::new();
        for row in rows {
            let Some(fqdn) = text(&row, "pool_fqdn") else { continue };
            let folded = fold(&fqdn);
            if !seen.insert(folded.clone()) {
                continue;
            }
            let site = text(&row, "site_id").map(|site| site_name(&site).to_owned()).unwrap_or_default();
            let kind = if directors.contains(&folded) {
                PoolKind::Director
            } else if !homes.contains(&folded) && branches.contains(&fold(&site)) {
                PoolKind::Branch
            } else {
                PoolKind::FrontEnd
            };
            let computers = self.computers(&fqdn);
            let web = web.get(&folded);
            pools.push(FoundPool {
                site,
                kind,
                version: int(&row, "version"),
                installed: self.installed(&computers),
                computers,
                web_internal: web.and_then(|web| text(web, "internal_fqdn")),
                web_external: web.and_then(|web| text(web, "external_fqdn")),
                media_edge: text(&row, "edge_server").map(|edge| pool_of(&edge).to_owned()),
                backup: text(&row, "backup_registrar").map(|backup| pool_of(&backup).to_owned()),
                persistent_chat: chats.contains(&folded),
                fqdn,
            });
        }
        pools
    }

    fn edge(&self, row: &Row) -> Option<FoundEdge> {
        let fqdn = text(row, "pool_fqdn")?;
        let computers = self.computers(&fqdn);
        let service = |name: &str, port: &str, udp: Option<&str>| FoundService {
            fqdn: text(row, name),
            port: port_of(row, port),
            udp_port: udp.and_then(|udp| port_of(row, udp)),
            interface: None,
        };
        let federation_port = match row.field("access_edge_external_sip_port") {
            Lookup::Known(Value::Null) => Some(0),
            _ => port_of(row, "access_edge_external_sip_port"),
        };
        Some(FoundEdge {
            version: int(row, "version"),
            installed: self.installed(&computers),
            next_hop: text(row, "registrar").map(|hop| pool_of(&hop).to_owned()),
            federation_port,
            xmpp: port_of(row, "xmpp_listening_port").is_some_and(|port| port > 0),
            nodes: computers.into_iter().map(|host| self.node(host)).collect(),
            access: service("access_edge_external_fqdn", "access_edge_client_sip_port", None),
            web_conferencing: service("data_edge_external_fqdn", "data_psom_client_port", None),
            av: service(
                "av_edge_external_fqdn",
                "media_relay_external_turn_tcp_port",
                Some("media_relay_external_turn_udp_port"),
            ),
            fqdn,
        })
    }

    fn node(&self, fqdn: String) -> FoundNode {
        let interfaces = self.interfaces.get(&fold(&fqdn)).map_or(&[][..], Vec::as_slice);
        let side = |row: &&Row, side: &str| text(row, "interface").is_some_and(|name| name.eq_ignore_ascii_case(side));
        let internal = interfaces.iter().filter(|row| side(row, "Internal")).find_map(|row| address(row, "ip_address"));
        let external = interfaces.iter().filter(|row| side(row, "External")).map(|row| FoundInterface {
            number: int(row, "interface_number").unwrap_or(1),
            own: address(row, "ip_address"),
            shown: address(row, "configured_ip_address"),
        });
        FoundNode { internal, external: external.collect(), fqdn }
    }

    fn simple_urls(&self) -> Option<Vec<FoundUrl>> {
        let mut urls = Vec::new();
        let mut known = false;
        for row in self.rows("simple_url_configurations") {
            let Lookup::Known(Value::List(items)) = row.field("simple_url") else { continue };
            known = true;
            for item in items.iter() {
                let Value::Record(record) = item else { continue };
                let fields = record.fields();
                let part = |name: &str| {
                    let (_, value) = fields.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
                    shown(value)
                };
                let active = part("ActiveUrl").or_else(|| part("active_url"));
                if let (Some(component), Some(active)) = (part("Component"), active) {
                    urls.push(FoundUrl { component, active });
                }
            }
        }
        known.then_some(urls)
    }

    /// Every pool that is neither a Registrar's nor an Edge, by the roles that it has.
    fn others(&self, found: &Deployment) -> Vec<(String, String)> {
        let mut taken: HashSet<String> = found.pools.iter().map(|pool| fold(&pool.fqdn)).collect();
        taken.extend(found.edges.iter().map(|edge| fold(&edge.fqdn)));
        let others = self.rows("pools").filter_map(|row| {
            let fqdn = text(&row, "fqdn").filter(|fqdn| !taken.contains(&fold(fqdn)))?;
            let mut roles: Vec<String> = list(&row, "services")
                .iter()
                .filter_map(|service| Some(service.split_once(':')?.0.to_owned()))
                .collect();
            roles.sort();
            roles.dedup();
            Some((if roles.is_empty() { "no service".to_owned() } else { roles.join(", ") }, fqdn))
        });
        others.collect()
    }
}

fn site(row: &Row) -> Option<FoundSite> {
    let name = text(row, "display_name").or_else(|| Some(site_name(&text(row, "identity")?).to_owned()))?;
    let kind = text(row, "site_type");
    let parent = text(row, "parent_site").or_else(|| text(row, "central_site"));
    Some(FoundSite {
        // What the shell calls a branch site is not confirmed; `CentralSite` is.
        is_branch: parent.is_some() || kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("CentralSite")),
        federation_route: text(row, "federation_route").map(|route| pool_of(&route).to_owned()),
        name,
    })
}

/// `Site:Redmond` → `Redmond`.
fn site_name(identity: &str) -> &str {
    match identity.split_once(':') {
        Some((scope, name)) if scope.eq_ignore_ascii_case("site") => name,
        _ => identity,
    }
}

/// `Registrar:pool01.contoso.com` → `pool01.contoso.com`.
fn pool_of(service: &str) -> &str {
    service.split_once(':').map_or(service, |(_, pool)| pool)
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) | Value::Name(text) if !text.trim().is_empty() => Some(text.to_string()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

fn text(row: &Row, field: &str) -> Option<String> {
    match row.field(field) {
        Lookup::Known(value) => shown(&value),
        _ => None,
    }
}

fn list(row: &Row, field: &str) -> Vec<String> {
    match row.field(field) {
        Lookup::Known(Value::List(items)) => items.iter().filter_map(shown).collect(),
        Lookup::Known(value) => shown(&value).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn int(row: &Row, field: &str) -> Option<i64> {
    match row.field(field) {
        Lookup::Known(Value::Int(number)) => Some(number),
        _ => None,
    }
}

fn flag(row: &Row, field: &str) -> Option<bool> {
    match row.field(field) {
        Lookup::Known(Value::Bool(flag)) => Some(flag),
        _ => None,
    }
}

fn port_of(row: &Row, field: &str) -> Option<u16> {
    int(row, field).and_then(|port| u16::try_from(port).ok())
}

/// An address in particular.
fn address(row: &Row, field: &str) -> Option<std::net::IpAddr> {
    text(row, field)?.parse().ok().filter(|address| !crate::values::nobody_is_at(*address))
}
