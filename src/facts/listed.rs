//! Whether the inventory knows a pool at all. Nothing is homed on a name that is mistyped.

use std::sync::Arc;

use crate::diagnostic::suggestion;
use crate::expression::{Lookup, Value};
use crate::inventory::Inventory;
use crate::values::fold;

/// The datasets that list pools as a whole: one that is complete has all of them.
const LISTS: [&str; 3] = ["pools", "registrar_services", "clusters"];

/// The datasets that name pools too, and not necessarily all.
const MENTIONS: [&str; 1] = ["directory_pools"];

/// Services without which nothing is homed on a pool.
const HOMES: [&str; 2] = ["registrar", "userserver"];

/// Why it proves nothing that nothing is on a pool.
///
/// A pool that is `gone` shall be in no topology any more; it was in the baseline, where there is one.
pub(super) fn unlisted(
    inventory: &Arc<Inventory>,
    baseline: Option<&Arc<Inventory>>,
    pool: &str,
    gone: bool,
) -> Option<String> {
    if is_listed(inventory, pool) {
        // Of one that is gone, a database may be left.
        return if gone { None } else { without_registrar(inventory, pool) };
    }
    if gone && let Some(baseline) = baseline {
        return if is_listed(baseline, pool) {
            without_registrar(baseline, pool)
        } else {
            Some(format!("in the baseline, {}", unknown(baseline, pool)))
        };
    }
    let unread = !LISTS.iter().any(|dataset| is_whole(inventory, dataset));
    (unread || !gone).then(|| unknown(inventory, pool))
}

/// Whether anything that was read names the pool.
fn is_listed(inventory: &Arc<Inventory>, pool: &str) -> bool {
    let mut all = LISTS.iter().chain(&MENTIONS);
    all.any(|dataset| !inventory.on_pool(dataset, pool).is_empty()) || is_in_site(inventory, pool)
}

fn is_in_site(inventory: &Arc<Inventory>, pool: &str) -> bool {
    let pools = |lookup| if let Lookup::Known(Value::List(pools)) = lookup { Some(pools) } else { None };
    let mut sites = inventory.rows("sites").into_iter().flatten().filter_map(|site| pools(site.field("pools")));
    sites.any(|pools| pools.iter().any(|one| fold(&one.to_string()) == fold(pool)))
}

fn is_whole(inventory: &Inventory, dataset: &str) -> bool {
    inventory.doubt(dataset).is_none() && inventory.count(dataset) > 0
}

/// Why it is not known whether there is such a pool, or that there is none.
fn unknown(inventory: &Arc<Inventory>, pool: &str) -> String {
    let Some(list) = LISTS.iter().find(|dataset| is_whole(inventory, dataset)) else {
        return format!(
            "whether there is a pool {pool} at all is not known, so it proves nothing that nothing is on it: no list of \
             pools was read whole; export pools (Get-CsPool) or registrar_services, or name a topology document"
        );
    };
    let field = if *list == "registrar_services" { "pool_fqdn" } else { "fqdn" };
    let rows = inventory.rows(list).into_iter().flatten();
    let names: Vec<String> = rows
        .filter_map(|row| if let Lookup::Known(name) = row.field(field) { Some(name.to_string()) } else { None })
        .collect();
    let hint = suggestion(pool, names.iter().map(String::as_str));
    format!(
        "there is no pool {pool} among {list}, so it proves nothing that nothing is on it: hold its `fqdn` in the \
         environment file against Get-CsPool; {hint}"
    )
}

/// Why a pool is not one that anything is homed on: a database's or a file server's name.
fn without_registrar(inventory: &Arc<Inventory>, pool: &str) -> Option<String> {
    if !inventory.on_pool("registrar_services", pool).is_empty() {
        return None;
    }
    let rows = inventory.on_pool("pools", pool);
    let services = rows.iter().map(|row| row.field("services"));
    let lists: Option<Vec<_>> = services
        .map(|services| if let Lookup::Known(Value::List(list)) = services { Some(list) } else { None })
        .collect();
    let services: Vec<String> = lists?.iter().flat_map(|list| list.iter()).map(|one| fold(&one.to_string())).collect();
    let homes = |service: &String| service.split(':').next().is_some_and(|role| HOMES.contains(&role));
    if services.is_empty() || services.iter().any(homes) {
        return None;
    }
    Some(format!(
        "no Registrar runs on the pool {pool}, so it proves nothing that nothing is homed on it: is it the `fqdn` of the \
         Front End pool that the environment file names?"
    ))
}
