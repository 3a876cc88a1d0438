//! What follows from the file: the view that expressions see.

use std::collections::HashSet;
use std::net::IpAddr;

use super::edge;
use super::file::{self, EnvironmentFile};
use super::kind::{Balancing, Edition, Role};
use super::phase::Phase;
use super::view::{
    AccessView, AccountView, AddressesView, AvView, CertificatesView, ControlsView, DirectorView, DomainView, EdgeView,
    EnvironmentView, FrontEndView, HostView, NamesView, NodeView, PartnerView, PoolView, ServiceView, SimpleUrlsView,
    SiteView, WebView,
};

/// The addresses, unless none is stated: what is not stated is not empty.
fn stated(addresses: &[IpAddr]) -> Option<Vec<String>> {
    (!addresses.is_empty()).then(|| texts(addresses))
}

/// All of them, each once; nothing where one of them is not stated.
fn all_stated(lists: impl IntoIterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    lists.into_iter().collect::<Option<Vec<_>>>().map(each_once)
}

fn texts(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn each_once(lists: impl IntoIterator<Item = Vec<String>>) -> Vec<String> {
    let mut known = HashSet::new();
    lists.into_iter().flatten().filter(|item| known.insert(crate::values::fold(item))).collect()
}

impl EnvironmentView {
    /// What follows from a file.
    #[must_use]
    pub fn of(file: &EnvironmentFile) -> Self {
        let pools: Vec<PoolView> = file.pools.iter().map(|pool| PoolView::of(pool, file)).collect();
        let directors: Vec<DirectorView> =
            file.directors.iter().map(|director| DirectorView::of(director, file)).collect();
        let edges: Vec<EdgeView> = file.edges.iter().map(|edge| EdgeView::of(edge, file, &pools, &directors)).collect();
        let of_role = |role| pools.iter().filter(|pool| pool.role == role).cloned().collect::<Vec<_>>();
        let edges_of = |role| edges.iter().filter(|edge| edge.role == role).cloned().collect::<Vec<_>>();
        let addresses = AddressesView::of(&pools, &directors, &edges);
        let domain = |(index, domain): (usize, &file::SipDomain)| DomainView {
            name: domain.name.value.to_string(),
            default: index == 0,
            federation_addresses: addresses.federation.clone(),
        };
        Self {
            name: file.environment.clone(),
            phase: file.phase,
            sip_domains: file.sip_domains.iter().enumerate().map(domain).collect(),
            sites: file.sites.iter().map(|site| SiteView::of(site, file)).collect(),
            legacy_pools: of_role(Role::Legacy),
            target_pools: of_role(Role::Target),
            legacy_edges: edges_of(Role::Legacy),
            target_edges: edges_of(Role::Target),
            partners: file.partners.as_ref().map(|partners| partners.iter().map(PartnerView::of).collect()),
            xmpp_partners: file.xmpp_partners.as_ref().map(|list| list.iter().map(ToString::to_string).collect()),
            accounts: file.accounts.iter().map(|account| AccountView::of(account, &pools, file.phase)).collect(),
            simple_urls: SimpleUrlsView::of(file),
            names: NamesView::of(&pools, &directors, &edges),
            addresses,
            controls: ControlsView {
                internal: file.controls.get("internal").map(ToString::to_string),
                external: file.controls.get("external").map(ToString::to_string),
            },
            certificates: CertificatesView { days_left: file.policy.certificates.days_left },
            pools,
            edges,
            directors,
        }
    }
}

impl AccountView {
    fn of(account: &file::Account, pools: &[PoolView], phase: Phase) -> Self {
        let home = account.pool.as_ref().map(|pool| pool.value.folded());
        let home = home.and_then(|home| pools.iter().find(|pool| crate::values::fold(&pool.fqdn) == home));
        let address = account.sip.value.folded();
        Self {
            domain: address.rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_owned()),
            sip_address: address,
            pool: home.map(|pool| pool.fqdn.clone()),
            role: home.map(|pool| pool.role),
            phase: home.map_or(phase, |pool| pool.phase),
            servers: home.map(|pool| pool.servers.clone()),
        }
    }
}

/// How far a site has come.
pub(super) fn site_phase(file: &EnvironmentFile, site: &str) -> Phase {
    let site = file.sites.iter().find(|known| known.name.value.eq_ignore_ascii_case(site));
    site.and_then(|site| site.phase).unwrap_or(file.phase)
}

impl SiteView {
    fn of(site: &file::Site, file: &EnvironmentFile) -> Self {
        Self {
            name: site.name.value.clone(),
            phase: site.phase.unwrap_or(file.phase),
            media_edge: site.media_edge.as_ref().map(|name| name.value.to_string()),
            federation_route: site.federation_route.as_ref().map(|name| name.value.to_string()),
        }
    }
}

impl PoolView {
    fn of(pool: &file::Pool, file: &EnvironmentFile) -> Self {
        let fqdn = pool.fqdn.value.to_string();
        let phase = pool.phase.unwrap_or_else(|| site_phase(file, &pool.site.value));
        let named: Vec<String> = pool.front_ends.iter().map(|server| server.value.to_string()).collect();
        let servers = if named.is_empty() { vec![fqdn.clone()] } else { named };
        Self {
            role: pool.role,
            product: pool.product,
            edition: pool.edition,
            site: pool.site.value.clone(),
            phase,
            moves_to: pool.moves_to.as_ref().map(|name| name.value.to_string()),
            kept_for: pool.kept_for.clone(),
            minimum_build: file.policy.minimum_builds.of(pool.product).map(|build| build.to_string()),
            balancing: pool.balancing,
            addresses: stated(&pool.addresses),
            servers: each_once([vec![fqdn.clone()], servers.clone()]),
            front_ends: servers
                .into_iter()
                .map(|server| FrontEndView { fqdn: server, pool: fqdn.clone(), phase })
                .collect(),
            web: pool.web.as_ref().map(|web| WebView::of(web, pool)),
            fqdn,
        }
    }
}

impl WebView {
    fn of(web: &file::Web, pool: &file::Pool) -> Self {
        // One server, or one load balancer, serves web and SIP alike.
        let shared = pool.edition == Edition::Standard || pool.balancing == Balancing::Hlb;
        let own = || shared.then(|| stated(&pool.addresses)).flatten();
        Self {
            internal: web.internal.as_ref().map(ToString::to_string),
            internal_addresses: stated(&web.internal_addresses).or_else(own),
            external: web.external.as_ref().map(ToString::to_string),
            external_addresses: stated(&web.external_addresses),
        }
    }
}

impl DirectorView {
    fn of(director: &file::Director, file: &EnvironmentFile) -> Self {
        Self {
            fqdn: director.fqdn.value.to_string(),
            role: director.role,
            site: director.site.value.clone(),
            phase: director.phase.unwrap_or_else(|| site_phase(file, &director.site.value)),
            servers: each_once([
                vec![director.fqdn.value.to_string()],
                director.servers.iter().map(|server| server.value.to_string()).collect(),
            ]),
            addresses: stated(&director.addresses),
        }
    }
}

impl EdgeView {
    fn of(edge: &edge::Edge, file: &EnvironmentFile, pools: &[PoolView], directors: &[DirectorView]) -> Self {
        let fqdn = edge.fqdn.value.to_string();
        let phase = edge.phase.unwrap_or(file.phase);
        let node = |node: &edge::EdgeNode| NodeView {
            fqdn: node.fqdn.value.to_string(),
            edge: fqdn.clone(),
            phase,
            internal: node.internal.to_string(),
            external: node.external.map(|address| address.to_string()),
        };
        let external: Vec<IpAddr> = edge.nodes.iter().filter_map(|node| node.external).collect();
        let next_hop = edge.next_hop.as_ref().map(|name| name.value.to_string());
        let servers = |hop: &String| {
            let pools = pools.iter().map(|pool| (&pool.fqdn, &pool.servers));
            let mut all = pools.chain(directors.iter().map(|director| (&director.fqdn, &director.servers)));
            let found = all.find(|(fqdn, _)| crate::values::fold(fqdn) == crate::values::fold(hop));
            found.map_or_else(|| vec![hop.clone()], |(_, servers)| servers.clone())
        };
        let access = stated(&edge.access.addresses).or_else(|| stated(&external));
        Self {
            role: edge.role,
            phase,
            federation: edge.federation,
            next_hop_servers: next_hop.as_ref().map(servers),
            next_hop,
            nodes: edge.nodes.iter().map(node).collect(),
            internal_addresses: edge.nodes.iter().map(|node| node.internal.to_string()).collect(),
            access: AccessView {
                fqdn: edge.access.fqdn.to_string(),
                client_port: edge.access.client_port,
                federation_port: edge.access.federation_port,
                addresses: access,
            },
            web_conferencing: edge.web_conferencing.as_ref().map(|service| ServiceView {
                fqdn: service.fqdn.to_string(),
                port: service.port,
                addresses: stated(&service.addresses),
            }),
            av: edge.av.as_ref().map(|service| AvView {
                fqdn: service.fqdn.to_string(),
                port: service.port,
                udp_port: service.udp_port,
                addresses: stated(&service.addresses),
            }),
            fqdn,
        }
    }
}

impl PartnerView {
    fn of(partner: &file::Partner) -> Self {
        Self {
            domain: partner.domain.value.to_string(),
            probe: partner.probe.as_ref().map(ToString::to_string),
            proxy: partner.proxy.as_ref().map(ToString::to_string),
        }
    }
}

impl SimpleUrlsView {
    fn of(file: &EnvironmentFile) -> Self {
        let domains = || file.sip_domains.iter().map(|domain| domain.name.value.to_string());
        let default = domains().next().unwrap_or_default();
        let meet = match &file.meet {
            Some(hosts) => hosts.iter().map(ToString::to_string).collect(),
            None => domains().map(|domain| format!("meet.{domain}")).collect::<Vec<_>>(),
        };
        let dialin = file.dialin.as_ref().map_or_else(|| format!("dialin.{default}"), ToString::to_string);
        let admin = file.admin.as_ref().map(ToString::to_string);
        let hosts = |lists: Vec<Vec<String>>| each_once(lists).into_iter().map(|name| HostView { name }).collect();
        Self {
            public: hosts(vec![meet.clone(), vec![dialin.clone()]]),
            internal: hosts(vec![meet.clone(), vec![dialin.clone()], admin.iter().cloned().collect()]),
            meet,
            dialin,
            admin,
        }
    }
}

impl AddressesView {
    fn of(pools: &[PoolView], directors: &[DirectorView], edges: &[EdgeView]) -> Self {
        let access = |keep: &dyn Fn(&EdgeView) -> bool| {
            all_stated(edges.iter().filter(|edge| keep(edge)).map(|edge| edge.access.addresses.clone()))
        };
        let names = |role| {
            let pools = pools.iter().filter(|pool| pool.role == role).map(|pool| pool.addresses.clone());
            let directors = directors.iter().filter(|director| director.role == role);
            all_stated(pools.chain(directors.map(|director| director.addresses.clone())))
        };
        let webs = |role| pools.iter().filter(move |pool| pool.role == role).filter_map(|pool| pool.web.as_ref());
        // A Director serves the same web addresses as a pool does, to inside.
        let internal = |role| {
            let webs = webs(role).filter(|web| web.internal.is_some()).map(|web| web.internal_addresses.clone());
            let directors = directors.iter().filter(|director| director.role == role);
            all_stated(webs.chain(directors.map(|director| director.addresses.clone())))
        };
        let external = |role| {
            let webs = webs(role).filter(|web| web.external.is_some());
            all_stated(webs.map(|web| web.external_addresses.clone()))
        };
        Self {
            legacy_access: access(&|edge| edge.role == Role::Legacy),
            target_access: access(&|edge| edge.role == Role::Target),
            federation: access(&|edge| edge.federation),
            legacy_pools: names(Role::Legacy),
            target_pools: names(Role::Target),
            legacy_web_internal: internal(Role::Legacy),
            target_web_internal: internal(Role::Target),
            legacy_web_external: external(Role::Legacy),
            target_web_external: external(Role::Target),
        }
    }
}

impl NamesView {
    fn of(pools: &[PoolView], directors: &[DirectorView], edges: &[EdgeView]) -> Self {
        let directors_of = |role| directors.iter().filter(move |one| one.role == role).map(|one| one.fqdn.clone());
        let pools_of = |role| pools.iter().filter(move |pool| pool.role == role);
        let names = |role| {
            let pools = pools_of(role).map(|pool| pool.fqdn.clone());
            each_once([pools.chain(directors_of(role)).collect()])
        };
        let servers = |role| {
            let pools = pools_of(role).flat_map(|pool| pool.servers.clone());
            let directors = directors.iter().filter(|one| one.role == role).flat_map(|one| one.servers.clone());
            each_once([pools.chain(directors).collect()])
        };
        let web = |role| {
            let webs = pools_of(role).filter_map(|pool| pool.web.as_ref());
            let names = webs.flat_map(|web| web.internal.iter().chain(&web.external).cloned());
            each_once([names.chain(directors_of(role)).collect()])
        };
        let external = |role| {
            let webs = pools_of(role).filter_map(|pool| pool.web.as_ref());
            each_once([webs.filter_map(|web| web.external.clone()).collect()])
        };
        let access = |role| {
            each_once([edges.iter().filter(|edge| edge.role == role).map(|edge| edge.access.fqdn.clone()).collect()])
        };
        Self {
            legacy_pools: names(Role::Legacy),
            target_pools: names(Role::Target),
            legacy_servers: servers(Role::Legacy),
            target_servers: servers(Role::Target),
            legacy_web: web(Role::Legacy),
            target_web: web(Role::Target),
            legacy_web_external: external(Role::Legacy),
            target_web_external: external(Role::Target),
            legacy_access: access(Role::Legacy),
            target_access: access(Role::Target),
        }
    }
}
