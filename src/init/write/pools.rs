//! Pools, Directors and branch appliances.

use std::collections::HashSet;

use super::super::deployment::PoolKind;
use super::super::page::{Page, flow};
use super::super::product::word;
use super::{Plan, WrittenPool, names, role, said};
use crate::environment::Role;
use crate::values::{Fqdn, fold};

pub(super) fn pools(page: &mut Page, plan: &Plan<'_>) {
    page.blank();
    if plan.front_ends().next().is_none() {
        page.raw("pools", "[]", "no Front End pool could be written");
        return;
    }
    page.comment(
        "What is left and what is moved to is proposed by version. Not known, and so not written: `addresses`, \
         `balancing` where it is a load balancer (`hlb`), and how far each pool has come (`phase`).",
    );
    let mut servers = HashSet::new();
    page.below("pools", "", |page| {
        for pool in plan.front_ends() {
            page.item(|page| front_end(page, plan, pool, &mut servers));
        }
    });
}

fn front_end(page: &mut Page, plan: &Plan<'_>, pool: &WrittenPool<'_>, servers: &mut HashSet<String>) {
    let found = pool.found;
    page.key("fqdn", &found.fqdn, "");
    kind(page, pool);
    let single = matches!(found.computers.as_slice(), [one] if fold(one) == fold(&found.fqdn));
    match found.computers.len() {
        _ if single => page.raw("edition", "standard", "its one server has the pool's name"),
        0 => page.raw("edition", "enterprise", "guess: its servers are not known"),
        1 => page.raw("edition", "enterprise", "its server has a name of its own"),
        count => page.raw("edition", "enterprise", &format!("{count} servers")),
    }
    page.key("site", plan.site(&found.site).unwrap_or(&found.site), "");
    if pool.role == Role::Legacy {
        moves_to(page, plan, pool);
    }
    if found.persistent_chat {
        page.suggestion("kept_for: [persistent-chat]  # a Persistent Chat pool hangs on it");
    }
    let (front_ends, bad) = names(&found.computers, servers);
    if !single && !front_ends.is_empty() {
        page.raw("front_ends", &flow(&front_ends), "");
    }
    if bad > 0 {
        page.comment(&format!("left out of its servers: {bad}, whose names are none, or another pool's too"));
    }
    web(page, pool);
}

/// Role and product, with the reason.
fn kind(page: &mut Page, pool: &WrittenPool<'_>) {
    page.raw("role", role(pool.role), "guess: by its product");
    if let Some(product) = pool.judged.product {
        page.raw("product", word(product), &pool.judged.why);
    }
}

fn moves_to(page: &mut Page, plan: &Plan<'_>, pool: &WrittenPool<'_>) {
    let targets = || plan.front_ends().filter(|other| other.role == Role::Target);
    let here: Vec<&str> = targets()
        .filter(|other| other.found.site.eq_ignore_ascii_case(&pool.found.site))
        .map(|other| other.found.fqdn.as_str())
        .collect();
    match here.as_slice() {
        [only] => page.key("moves_to", only, "guess: the only target pool of the site"),
        [] => {
            let elsewhere: Vec<String> = targets().take(10).map(|other| said(&other.found.fqdn)).collect();
            let elsewhere = match elsewhere.as_slice() {
                [] => "there is no target pool yet".to_owned(),
                some => format!("elsewhere there are {}", some.join(", ")),
            };
            page.comment(&format!(
                "moves_to: no target pool in this site; {elsewhere}. It must be said before the pilot."
            ));
        }
        several => {
            let several: Vec<String> = several.iter().take(10).map(|name| said(name)).collect();
            page.comment(&format!("moves_to: one of {}. It must be said before the pilot.", several.join(", ")));
        }
    }
}

fn web(page: &mut Page, pool: &WrittenPool<'_>) {
    let valid = |name: &Option<String>| name.clone().filter(|name| name.parse::<Fqdn>().is_ok());
    let (internal, external) = (valid(&pool.found.web_internal), valid(&pool.found.web_external));
    if internal.is_none() && external.is_none() {
        page.suggestion("web: { internal: <name>, external: <name> }  # the web services' names are not known");
        return;
    }
    page.below("web", "", |page| {
        match internal {
            Some(internal) => page.key("internal", &internal, ""),
            None => page.suggestion("internal: <name>  # not known; the pool's own where none was set"),
        }
        match external {
            Some(external) => page.key("external", &external, ""),
            None => page.suggestion("external: <name>  # not known"),
        }
        page.suggestion("external_addresses: [<public addresses>]  # of the reverse proxy");
    });
}

pub(super) fn directors(page: &mut Page, plan: &Plan<'_>) {
    if plan.kind(PoolKind::Director).next().is_none() {
        return;
    }
    page.blank();
    page.below("directors", "", |page| {
        for director in plan.kind(PoolKind::Director) {
            page.item(|page| {
                page.key("fqdn", &director.found.fqdn, "");
                let why = director.judged.why.strip_prefix("guess: ").unwrap_or(&director.judged.why);
                page.raw("role", role(director.role), &format!("guess: {why}"));
                page.key("site", plan.site(&director.found.site).unwrap_or(&director.found.site), "");
            });
        }
    });
}

pub(super) fn branches(page: &mut Page, plan: &Plan<'_>) {
    let written = || plan.kind(PoolKind::Branch).filter(|branch| backup(plan, branch).is_some());
    if plan.kind(PoolKind::Branch).next().is_some() {
        page.blank();
    }
    if written().next().is_some() {
        page.below("branch_appliances", "", |page| {
            for branch in written() {
                page.item(|page| {
                    page.key("fqdn", &branch.found.fqdn, &branch.judged.why);
                    page.key("site", &branch.found.site, "");
                    let backup = backup(plan, branch).unwrap_or_default();
                    page.key("backup_registrar", backup, "as it is today");
                });
            }
        });
    }
    for branch in plan.kind(PoolKind::Branch).filter(|branch| backup(plan, branch).is_none()) {
        page.comment(&format!(
            "left out of `branch_appliances`: {} in {}, whose backup Registrar is not known or not in this file",
            said(&branch.found.fqdn),
            said(&branch.found.site)
        ));
    }
}

fn backup<'a>(plan: &Plan<'_>, branch: &WrittenPool<'a>) -> Option<&'a str> {
    branch.found.backup.as_deref().filter(|backup| plan.has_hop(backup))
}
