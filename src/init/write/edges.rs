//! Edge pools: names and ports as they are; public addresses only where they are public.

use std::net::IpAddr;

use super::super::deployment::{FoundEdge, FoundInterface, FoundService};
use super::super::page::{Page, flow};
use super::{Plan, WrittenEdge, role, said};
use crate::environment::Role;
use crate::values::Fqdn;

pub(super) fn edges(page: &mut Page, plan: &Plan<'_>) {
    if plan.edges.is_empty() {
        return;
    }
    page.blank();
    page.comment(
        "`addresses` and `external` are public ones, as seen from outside a NAT. An Edge knows its own: private \
         ones are told in a comment, and the public ones have to be written by you.",
    );
    page.below("edges", "", |page| {
        for edge in &plan.edges {
            page.item(|page| one(page, plan, edge));
        }
    });
}

fn one(page: &mut Page, plan: &Plan<'_>, edge: &WrittenEdge<'_>) {
    let found = edge.found;
    page.key("fqdn", &found.fqdn, "");
    let why = edge.judged.why.strip_prefix("guess: ").unwrap_or(&edge.judged.why);
    page.raw("role", role(edge.role), &format!("guess: {why}"));
    federation(page, edge);
    match &found.next_hop {
        Some(hop) if plan.has_hop(hop) => page.key("next_hop", hop, "as it is today"),
        Some(hop) => page.comment(&format!("next_hop: today it is {}, which is not in this file", said(hop))),
        None => page.suggestion("next_hop: <pool>  # not known"),
    }
    nodes(page, found);
    page.below("access", "", |page| {
        if let Some(fqdn) = &found.access.fqdn {
            page.key("fqdn", fqdn, "");
        }
        port(page, "client_port", found.access.port);
        port(page, "federation_port", found.federation_port.filter(|port| *port > 0));
        addresses(page, found, &found.access);
    });
    service(page, "web_conferencing", found, &found.web_conferencing, false);
    service(page, "av", found, &found.av, true);
}

fn federation(page: &mut Page, edge: &WrittenEdge<'_>) {
    let today = match edge.found.federation_port {
        Some(0) => "off",
        Some(_) => "on",
        None => "not known",
    };
    match (edge.role, edge.found.federation_port) {
        (Role::Target, Some(1..)) => page.raw("federation", "true", "its port is open today"),
        (Role::Target, _) => page.suggestion(&format!(
            "federation: true  # federation is {today} here today; say so if this Edge shall carry it"
        )),
        (Role::Legacy, _) => page.comment(&format!("federation is {today} here today")),
    }
}

fn nodes(page: &mut Page, edge: &FoundEdge) {
    let is_good = |fqdn: &str| fqdn.parse::<Fqdn>().is_ok();
    let (good, bad): (Vec<_>, Vec<_>) =
        edge.nodes.iter().partition(|node| is_good(&node.fqdn) && node.internal.is_some());
    if !good.is_empty() {
        page.below("nodes", "", |page| {
            for node in good {
                page.item(|page| {
                    page.key("fqdn", &node.fqdn, "");
                    if let Some(internal) = node.internal {
                        page.key("internal", &internal.to_string(), "");
                    }
                    let interface = node.interface_of(&edge.access);
                    match interface.map(|interface| (interface.own, interface.shown)) {
                        Some((_, Some(shown))) if is_public(shown) => {
                            page.key(
                                "external",
                                &shown.to_string(),
                                "guess: the address that its NAT is configured to show",
                            );
                        }
                        Some((Some(own), _)) if is_public(own) => page.key("external", &own.to_string(), ""),
                        Some((Some(own), _)) => {
                            page.suggestion(&format!("external: <public address>  # inside the NAT it is {own}"));
                        }
                        _ => page.suggestion("external: <public address>  # of its Access Edge; not known"),
                    }
                });
            }
        });
    }
    for node in bad {
        page.comment(&format!("a node whose name or internal address is not known: {}", said(&node.fqdn)));
    }
}

fn service(page: &mut Page, key: &str, edge: &FoundEdge, service: &FoundService, udp: bool) {
    let fqdn = service.fqdn.as_deref().filter(|fqdn| fqdn.parse::<Fqdn>().is_ok());
    let tcp = service.port.filter(|port| *port > 0);
    let (Some(fqdn), Some(tcp)) = (fqdn, tcp) else {
        page.suggestion(&format!("{key}: {{ fqdn: <name>, port: 443 }}  # its public name or its port is not known"));
        return;
    };
    page.below(key, "", |page| {
        page.key("fqdn", fqdn, "");
        port(page, "port", Some(tcp));
        if udp {
            port(page, "udp_port", service.udp_port.filter(|port| *port > 0));
        }
        addresses(page, edge, service);
    });
}

fn port(page: &mut Page, key: &str, port: Option<u16>) {
    match port {
        Some(port) => page.raw(key, &port.to_string(), ""),
        None => page.suggestion(&format!("{key}: <port>  # not known")),
    }
}

/// The addresses of a service over all nodes: written if all of them are public.
fn addresses(page: &mut Page, edge: &FoundEdge, service: &FoundService) {
    let interfaces: Vec<_> = edge.nodes.iter().filter_map(|node| node.interface_of(service)).collect();
    let address = |interface: &&FoundInterface| interface.shown.filter(|it| is_public(*it)).or(interface.own);
    let all: Vec<IpAddr> = interfaces.iter().filter_map(address).collect();
    let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
    if all.is_empty() || all.len() < edge.nodes.len() {
        page.suggestion("addresses: [<public addresses>]  # not known");
    } else if all.iter().all(|address| is_public(*address)) {
        let mapped = interfaces.iter().any(|interface| interface.shown.is_some_and(is_public));
        let remark = if mapped { "guess: what its NAT is configured to show" } else { "" };
        page.raw("addresses", &flow(&shown), remark);
    } else {
        page.suggestion(&format!("addresses: [<public addresses>]  # inside the NAT: {}", shown.join(", ")));
    }
}

/// Whether an address can be seen from outside: not one of those that networks keep for themselves.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private()
                || v4.is_loopback()
                || v4.is_link_local()
                || v4.is_unspecified()
                || v4.is_multicast()
                || shared)
        }
        IpAddr::V6(v6) => {
            !(v6.is_loopback()
                || v6.is_unspecified()
                || v6.is_multicast()
                || v6.is_unique_local()
                || v6.is_unicast_link_local())
        }
    }
}
