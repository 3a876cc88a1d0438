//! The head of the file, domains and sites, and what nobody but a person knows.

use std::collections::HashSet;

use url::Url;

use super::super::deployment::{Deployment, PoolKind};
use super::super::page::{Page, flow, scalar};
use super::{Plan, said};
use crate::values::{Fqdn, fold};

/// Writes the head; tells how many SIP domains there are.
pub(super) fn head(page: &mut Page, found: &Deployment) -> usize {
    page.comment(&format!("Proposed by `poolproof init` {} from {}.", env!("CARGO_PKG_VERSION"), found.origin));
    page.comment(
        "Read every line. What is called a guess is one; what stands behind `#` alone could not be known. \
         `poolproof lint --environment <this file>` checks it, and docs/environment.md explains each key.",
    );
    for remark in found.remarks.iter().take(20) {
        page.comment(remark);
    }
    page.blank();
    let mut taken = HashSet::new();
    let (good, bad): (Vec<&String>, Vec<&String>) =
        found.domains.iter().partition(|name| name.parse::<Fqdn>().is_ok() && taken.insert(fold(name)));
    let name = good.first().and_then(|domain| domain.split('.').next()).unwrap_or("deployment");
    page.key("environment", name, "guess: from the default SIP domain; reports carry this name");
    page.raw("phase", "plan", "nothing tells how far the migration is; exceptions at sites, pools and Edges");
    page.below("sip_domains", "the default one first", |page| {
        for domain in &good {
            page.item(|page| page.key("name", domain, ""));
        }
    });
    for domain in bad {
        page.comment(&format!("left out: {}, which is no domain name, or there twice", said(domain)));
    }
    good.len()
}

pub(super) fn sites(page: &mut Page, plan: &Plan<'_>) {
    page.blank();
    if plan.sites.is_empty() {
        page.raw("sites", "[]", "");
    } else {
        page.comment(
            "`media_edge` and `federation_route` are to say what shall be from the cutover on. What is written is \
             what is so today: change it to the Edge that shall take over.",
        );
        page.below("sites", "", |page| {
            for name in &plan.sites {
                page.item(|page| site(page, plan, name));
            }
        });
    }
    for site in plan.found.sites.iter().filter(|site| site.is_branch) {
        page.comment(&format!("branch site {}: what is in it is below `branch_appliances`", said(&site.name)));
    }
}

fn site(page: &mut Page, plan: &Plan<'_>, name: &str) {
    page.key("name", name, "");
    let pools = || plan.front_ends().filter(|pool| pool.found.site.eq_ignore_ascii_case(name));
    let mut edges: Vec<&str> = pools().filter_map(|pool| pool.found.media_edge.as_deref()).collect();
    edges.sort_unstable_by_key(|edge| fold(edge));
    edges.dedup_by_key(|edge| fold(edge));
    match edges.as_slice() {
        [edge] if plan.has_edge(edge) => {
            page.key("media_edge", edge, "as it is today: the media association of its pools");
        }
        [] => page.suggestion("media_edge: <Edge>  # no pool of the site is associated with one, as far as is known"),
        edges => {
            let told: Vec<String> = edges.iter().map(|edge| said(edge)).collect();
            page.comment(&format!("media_edge: today the site's pools use {}", told.join(", ")));
        }
    }
    let route = plan.found.sites.iter().find(|site| site.name.eq_ignore_ascii_case(name));
    let route = route.and_then(|site| site.federation_route.as_deref());
    match route {
        Some(edge) if plan.has_edge(edge) => {
            page.key("federation_route", edge, "as it is today");
        }
        Some(other) => page.comment(&format!(
            "federation_route: today it goes through {}, which is not among the Edges below (a Director?)",
            said(other)
        )),
        None => page.suggestion("federation_route: <Edge>  # what it is today could not be known"),
    }
}

pub(super) fn tail(page: &mut Page, plan: &Plan<'_>) {
    page.blank();
    simple_urls(page, plan.found);
    partners(page, plan.found);
    let unknown = [
        ("What nobody but you knows:", ""),
        ("", "resolvers: { internal: [<DNS server inside>], external: [<DNS server outside>] }"),
        ("", "controls: { external: \"<a host that answers for sure>:443\" }"),
        ("", "trust: { roots: [<your certificate authority>.pem] }"),
        ("", "accounts: [{ sip: <probe account>, user: <name>, password: { env: PROBE_PASSWORD } }]"),
        ("", "connect: { \"<name that still points elsewhere>:443\": [\"<new address>:443\"] }"),
    ];
    page.blank();
    for (text, yaml) in unknown {
        if yaml.is_empty() { page.comment(text) } else { page.suggestion(yaml) }
    }
    if !plan.left_out.is_empty() {
        page.blank();
        page.comment("Left out, because it can't be written so:");
        for left_out in plan.left_out.iter().take(100) {
            page.comment(left_out);
        }
    }
    if !plan.found.others.is_empty() {
        page.blank();
        page.comment("Also there, and not part of this file:");
        for (roles, name) in plan.found.others.iter().take(100) {
            page.comment(&format!("{} ({roles})", said(name)));
        }
        let more = plan.found.others.len().saturating_sub(100);
        if more > 0 {
            page.comment(&format!("and {more} more"));
        }
    }
}

fn simple_urls(page: &mut Page, found: &Deployment) {
    let Some(urls) = &found.simple_urls else {
        page.comment(
            "The simple URLs are not known; without `meet`, `dialin` and `admin` they are taken to be \
             meet.<domain> and dialin.<default domain>. `Get-CsSimpleUrlConfiguration` lists them.",
        );
        return;
    };
    let hosts = |component: &str| -> Vec<String> {
        let of = urls.iter().filter(|url| url.component.eq_ignore_ascii_case(component));
        let hosts = of.filter_map(|url| Some(Url::parse(&url.active).ok()?.host_str()?.to_owned()));
        let mut taken = HashSet::new();
        hosts.filter(|host| host.parse::<Fqdn>().is_ok() && taken.insert(fold(host))).collect()
    };
    let meet = hosts("Meet");
    if !meet.is_empty() {
        page.raw("meet", &flow(&meet), "");
    }
    for (key, component) in [("dialin", "Dialin"), ("admin", "Cscp")] {
        match hosts(component).as_slice() {
            [] => {}
            [host, more @ ..] => {
                let remark = if more.is_empty() { String::new() } else { format!("one of {}", more.len() + 1) };
                page.raw(key, &scalar(host), &remark);
            }
        }
    }
}

fn partners(page: &mut Page, found: &Deployment) {
    if found.allowed_domains.is_empty() {
        page.suggestion("partners: []  # federated partners that shall be tested; [] states that there are none");
    } else {
        page.comment("Federated partners that shall be tested. These domains are allowed to federate:");
        for (domain, proxy) in found.allowed_domains.iter().take(50) {
            let proxy = proxy.as_deref().map(|proxy| format!(", proxy: {}", scalar(proxy))).unwrap_or_default();
            page.suggestion(&format!("  - {{ domain: {}{proxy} }}", scalar(domain)));
        }
    }
    let listening: Vec<String> = found.edges.iter().filter(|edge| edge.xmpp).map(|edge| said(&edge.fqdn)).collect();
    match &found.xmpp_partners {
        Some(partners) => {
            let mut taken = HashSet::new();
            let (good, bad) = super::names(partners, &mut taken);
            if bad == 0 {
                page.raw("xmpp_partners", &flow(&good), "all that are allowed");
            } else {
                page.comment(&format!("xmpp_partners: {bad} of {} are no domain names", partners.len()));
            }
        }
        None => page.suggestion("xmpp_partners: []  # [] states that there are none"),
    }
    if !listening.is_empty() {
        page.comment(&format!(
            "XMPP: {} listens for it, which does not tell whether anybody uses it",
            listening.join(", ")
        ));
    }
    if found.pools.iter().any(|pool| pool.persistent_chat && pool.kind == PoolKind::FrontEnd) {
        page.comment("Persistent Chat: a legacy pool that stays for it has `kept_for: [persistent-chat]`");
    }
}
