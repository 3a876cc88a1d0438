//! Whom the environment lets us ask by older TLS.

use crate::environment::{EnvironmentFile, TlsReach};
use crate::observe::OlderTls;

/// Hosts that are said to be old at once; other servers of pools and Directors, and what
/// publishes them, after a failure; Edges, and hosts that the file doesn't name, never.
pub(super) fn of(file: &EnvironmentFile) -> OlderTls {
    let mut older = OlderTls::default();
    for pool in &file.pools {
        let names =
            std::iter::once(pool.fqdn.value.folded()).chain(pool.front_ends.iter().map(|one| one.value.folded()));
        let hosts = older.hosts(pool.tls);
        hosts.extend(names.chain(pool.addresses.iter().map(ToString::to_string)));
        let Some(web) = &pool.web else { continue };
        hosts.extend(web.internal.iter().map(crate::values::Fqdn::folded));
        hosts.extend(web.internal_addresses.iter().map(ToString::to_string));
        // A reverse proxy is no server of the pool, however old that is.
        older.after_failure.extend(web.external.iter().map(crate::values::Fqdn::folded));
        older.after_failure.extend(web.external_addresses.iter().map(ToString::to_string));
    }
    for director in &file.directors {
        let names = std::iter::once(&director.fqdn).chain(&director.servers).map(|name| name.value.folded());
        older.hosts(director.tls).extend(names.chain(director.addresses.iter().map(ToString::to_string)));
    }
    for edge in &file.edges {
        let nodes = || edge.nodes.iter().flat_map(|node| [Some(node.internal), node.external]).flatten();
        let services = edge.web_conferencing.iter().flat_map(|service| &service.addresses);
        let addresses: Vec<_> = nodes().chain(edge.access.addresses.iter().chain(services).copied()).collect();
        if edge.tls.is_none() {
            older.spared.extend(addresses);
            continue;
        }
        let nodes = edge.nodes.iter().map(|node| node.fqdn.value.folded());
        let services = edge.web_conferencing.iter().map(|service| service.fqdn.folded());
        let names = [edge.fqdn.value.folded(), edge.access.fqdn.folded()].into_iter().chain(nodes).chain(services);
        older.asked.extend(names.chain(addresses.iter().map(ToString::to_string)));
    }
    older
}

impl OlderTls {
    /// Where the hosts of something belong.
    fn hosts(&mut self, tls: Option<TlsReach>) -> &mut std::collections::HashSet<String> {
        match tls {
            Some(TlsReach::Legacy) => &mut self.asked,
            None => &mut self.after_failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::observe::Older;

    const ENVIRONMENT: &str = "\
environment: contoso
sip_domains: [{ name: contoso.com }]
sites: [{ name: Redmond }]
pools:
  - fqdn: pool01.contoso.com
    role: legacy
    product: lync-2013
    edition: enterprise
    site: Redmond
    tls: legacy
    moves_to: pool02.contoso.com
    addresses: [10.1.0.11]
    front_ends: [fe11.contoso.com]
    web: { internal: web01.contoso.com, external: webext01.contoso.com, external_addresses: [198.51.100.30] }
  - { fqdn: pool02.contoso.com, role: target, product: sfb-2019, edition: standard, site: Redmond, addresses: [10.1.0.21] }
edges:
  - fqdn: edge01.contoso.com
    role: legacy
    next_hop: pool01.contoso.com
    tls: legacy
    nodes: [{ fqdn: en11.contoso.com, internal: 10.1.9.11 }]
    access: { fqdn: sip.contoso.com, addresses: [198.51.100.10] }
  - fqdn: edge02.contoso.com
    role: target
    next_hop: pool02.contoso.com
    nodes: [{ fqdn: en21.contoso.com, internal: 10.1.9.21, external: 198.51.100.20 }]
    access: { fqdn: access.contoso.com, addresses: [198.51.100.20] }
";

    #[test]
    fn pools_are_asked_as_the_file_says_and_edges_only_where_it_does() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("environment.yaml");
        std::fs::write(&path, ENVIRONMENT).expect("written");
        let environment = crate::environment::load(&path).unwrap_or_else(|found| panic!("{found:#?}"));
        let older = super::of(&environment.file);
        let cases = [
            ("Pool01.contoso.com", "10.1.0.11", Older::Asked),
            ("fe11.contoso.com", "10.1.0.12", Older::Asked),
            ("sip.contoso.com", "10.1.0.11", Older::Asked),
            ("web01.contoso.com", "10.1.0.10", Older::Asked),
            ("webext01.contoso.com", "198.51.100.30", Older::AfterFailure),
            ("lyncdiscover.contoso.com", "198.51.100.30", Older::AfterFailure),
            ("pool02.contoso.com", "10.1.0.21", Older::AfterFailure),
            ("edge01.contoso.com", "10.1.9.11", Older::Asked),
            ("access.contoso.com", "198.51.100.20", Older::Never),
            ("en21.contoso.com", "10.1.9.21", Older::Never),
            // A pool's name that leads to an Edge, by mistake or by `connect`.
            ("pool02.contoso.com", "198.51.100.20", Older::Never),
            ("access.fabrikam.com", "203.0.113.10", Older::Never),
        ];
        for (name, address, expected) in cases {
            assert_eq!(older.at(name, address.parse().expect("an address")), expected, "{name} at {address}");
        }
    }
}
