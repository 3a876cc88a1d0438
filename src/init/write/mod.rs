//! [`Deployment`] → `environment.yaml`.
//!
//! First it is decided what can be written at all: what has a name that is none, or lacks
//! what the file must say of it, becomes a comment, and nothing refers to it.

mod edges;
mod pools;
mod rest;

use std::collections::HashSet;

use super::deployment::{Deployment, FoundEdge, FoundPool, PoolKind};
use super::page::Page;
use super::product::{self, Era, Judged};
use crate::environment::Role;
use crate::report::text::{clip, line};
use crate::values::{Fqdn, fold};

/// A file, and what was written.
pub(super) struct Written {
    pub text: String,
    /// How many SIP domains were written.
    pub domains: usize,
    pub told: String,
}

/// Writes a deployment.
pub(super) fn environment(deployment: &Deployment) -> Written {
    let plan = Plan::of(deployment);
    let mut page = Page::default();
    let domains = rest::head(&mut page, deployment);
    rest::sites(&mut page, &plan);
    pools::pools(&mut page, &plan);
    pools::directors(&mut page, &plan);
    pools::branches(&mut page, &plan);
    edges::edges(&mut page, &plan);
    rest::tail(&mut page, &plan);
    let role = |role| plan.front_ends().filter(|pool| pool.role == role).count();
    let told = format!(
        "{}, {} ({} legacy, {} target), {}; {} marked `guess`",
        many(plan.sites.len(), "site"),
        many(plan.front_ends().count(), "pool"),
        role(Role::Legacy),
        role(Role::Target),
        many(plan.edges.len(), "Edge"),
        many(page.guesses, "line"),
    );
    Written { text: page.finish(), domains, told }
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

/// A text of the deployment's in a comment.
fn said(text: &str) -> String {
    format!("`{}`", clip(&line(text), 80))
}

/// What is written.
struct Plan<'a> {
    found: &'a Deployment,
    /// Central sites.
    sites: Vec<&'a str>,
    pools: Vec<WrittenPool<'a>>,
    edges: Vec<WrittenEdge<'a>>,
    /// Pools and Directors that are written, folded.
    hops: HashSet<String>,
    /// Edges that are written, folded.
    edge_names: HashSet<String>,
    /// What can't be written, and why.
    left_out: Vec<String>,
}

struct WrittenPool<'a> {
    found: &'a FoundPool,
    judged: Judged,
    role: Role,
}

struct WrittenEdge<'a> {
    found: &'a FoundEdge,
    judged: Judged,
    role: Role,
}

impl<'a> Plan<'a> {
    fn of(found: &'a Deployment) -> Self {
        let mut plan = Self {
            found,
            sites: Vec::new(),
            pools: Vec::new(),
            edges: Vec::new(),
            hops: HashSet::new(),
            edge_names: HashSet::new(),
            left_out: Vec::new(),
        };
        for name in &found.nameless {
            plan.left_out.push(format!("the pool {}: that is not a full host name", said(name)));
        }
        let mut names = HashSet::new();
        for site in found.sites.iter().filter(|site| !site.is_branch) {
            if names.insert(site.name.to_ascii_lowercase()) {
                plan.sites.push(&site.name);
            } else {
                plan.left_out.push(format!("a second site {}", said(&site.name)));
            }
        }
        let judge = |version, installed: &[(String, String)]| product::judge(version, installed);
        let all = found.pools.iter().filter_map(|pool| judge(pool.version, &pool.installed).product);
        let era = Era::of(&all.collect::<Vec<_>>());
        let mut taken = HashSet::new();
        for pool in &found.pools {
            let judged = judge(pool.version, &pool.installed);
            let kind = match pool.kind {
                PoolKind::FrontEnd => "pool",
                PoolKind::Director => "Director",
                PoolKind::Branch => "branch appliance",
            };
            let refused = refused(&pool.fqdn, &mut taken).or_else(|| match (pool.kind, judged.product) {
                (PoolKind::Branch, _) => None,
                (_, None) => Some(judged.why.clone()),
                (_, Some(_)) if plan.site(&pool.site).is_none() => {
                    Some(format!("its site {} is not among the central sites", said(&pool.site)))
                }
                (_, Some(_)) => None,
            });
            match (refused, judged.product) {
                (Some(why), _) => plan.left_out.push(format!("the {kind} {}: {why}", said(&pool.fqdn))),
                (None, product) => {
                    let role = product.map_or(Role::Legacy, |product| era.role(product));
                    plan.pools.push(WrittenPool { found: pool, judged, role });
                }
            }
        }
        for edge in &found.edges {
            let judged = judge(edge.version, &edge.installed);
            let access = edge.access.fqdn.as_deref();
            let refused = refused(&edge.fqdn, &mut taken).or_else(|| match (judged.product, access) {
                (None, _) => Some(judged.why.clone()),
                (_, None) => Some("nothing tells the public name of its Access Edge".to_owned()),
                (_, Some(name)) if name.parse::<Fqdn>().is_err() => {
                    Some(format!("its Access Edge's name {} is none", said(name)))
                }
                _ => None,
            });
            match (refused, judged.product) {
                (Some(why), _) => plan.left_out.push(format!("the Edge {}: {why}", said(&edge.fqdn))),
                (None, product) => {
                    let role = product.map_or(Role::Legacy, |product| era.role(product));
                    plan.edges.push(WrittenEdge { found: edge, judged, role });
                }
            }
        }
        let hops = plan.pools.iter().filter(|pool| pool.found.kind != PoolKind::Branch);
        plan.hops = hops.map(|pool| fold(&pool.found.fqdn)).collect();
        plan.edge_names = plan.edges.iter().map(|edge| fold(&edge.found.fqdn)).collect();
        plan
    }

    /// A central site, as it is written.
    fn site(&self, name: &str) -> Option<&'a str> {
        self.sites.iter().find(|site| site.eq_ignore_ascii_case(name)).copied()
    }

    fn kind(&self, kind: PoolKind) -> impl Iterator<Item = &WrittenPool<'a>> {
        self.pools.iter().filter(move |pool| pool.found.kind == kind)
    }

    fn front_ends(&self) -> impl Iterator<Item = &WrittenPool<'a>> {
        self.kind(PoolKind::FrontEnd)
    }

    /// Whether a pool or Director of this name is written: what an Edge may hand on to.
    fn has_hop(&self, name: &str) -> bool {
        self.hops.contains(&fold(name))
    }

    fn has_edge(&self, name: &str) -> bool {
        self.edge_names.contains(&fold(name))
    }
}

/// Why nothing of this name can be written.
fn refused(name: &str, taken: &mut HashSet<String>) -> Option<String> {
    if name.parse::<Fqdn>().is_err() {
        return Some("that is not a full host name".to_owned());
    }
    (!taken.insert(fold(name))).then(|| "it is there twice".to_owned())
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Legacy => "legacy",
        Role::Target => "target",
    }
}

/// The names of a list that are full host names, each once, and how many are not.
fn names(list: &[String], taken: &mut HashSet<String>) -> (Vec<String>, usize) {
    let good: Vec<String> =
        list.iter().filter(|name| name.parse::<Fqdn>().is_ok() && taken.insert(fold(name))).cloned().collect();
    let bad = list.len() - good.len();
    (good, bad)
}
