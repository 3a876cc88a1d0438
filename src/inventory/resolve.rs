//! What only everything together tells: the pool that a home server's entry belongs to.

use std::collections::HashMap;

use super::dataset::{self, Kind};
use super::store::filling::Filling;
use super::store::{Table, cell};
use crate::values::fold;

/// Fills in pools that a source left out or delivered as a number, through the home server's
/// entry: by the directory's own name of the pool, else by the topology's number for it.
pub(super) fn pools(tables: &mut [Table]) {
    let known = HomeServers::of(tables);
    for table in tables {
        for (pool, home) in [("registrar_pool", "home_server"), ("pool", "home_server")] {
            fill(table, pool, home, &known);
        }
    }
}

/// Which pool each home server's entry belongs to.
#[derive(Debug)]
pub(crate) struct HomeServers {
    /// Folded entry of the pool → name.
    by_dn: HashMap<String, String>,
    /// `1:2` → name.
    by_cluster: HashMap<String, String>,
}

impl HomeServers {
    pub(crate) fn of(tables: &[Table]) -> Self {
        let mut known = Self { by_dn: HashMap::new(), by_cluster: HashMap::new() };
        for (dataset, key) in
            [("directory_pools", "identity"), ("directory_pools", "cluster_id"), ("clusters", "cluster_id")]
        {
            let Some(table) = dataset::named(dataset).and_then(|dataset| tables.get(dataset.number)) else { continue };
            let (Some(keys), Some(names)) = (table.named(key), table.named("fqdn")) else { continue };
            for row in 0..table.rows {
                let (Some(key_text), Some(name)) = (cell::letters(keys.get(row)), cell::letters(names.get(row))) else {
                    continue;
                };
                let map = if key == "identity" { &mut known.by_dn } else { &mut known.by_cluster };
                map.entry(fold(key_text)).or_insert_with(|| name.to_owned());
            }
        }
        known
    }

    /// The pool of a home server's distinguished name.
    pub(crate) fn pool(&self, home: &str) -> Option<&str> {
        // CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools,… : the third is the pool.
        let mut rest = home;
        for _ in 0..2 {
            rest = after_first(rest)?;
        }
        let entry = rest.trim_start();
        if let Some(name) = self.by_dn.get(&fold(entry)) {
            return Some(name);
        }
        let first = entry.get(..entry.len() - after_first(entry).map_or(0, |rest| rest.len() + 1))?;
        let (_, cluster) = first.split_once('=')?;
        self.by_cluster.get(&fold(&cluster.replace('\\', ""))).map(String::as_str)
    }
}

/// What follows the first comma that is not escaped.
fn after_first(dn: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, letter) in dn.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => return dn.get(at + 1..),
            _ => {}
        }
    }
    None
}

/// Whether a pool was not delivered, or only its number.
fn is_left_out(pool: &[u8]) -> bool {
    cell::is_not_delivered(pool) || cell::as_pool_number(pool).is_some()
}

fn fill(table: &mut Table, pool: &str, home: &str, known: &HomeServers) {
    let Some((pool, field)) = table.dataset.field(pool) else { return };
    if field.kind != Kind::Pool || field.derived.is_some() {
        return;
    }
    let Some(homes) = table.named(home) else { return };
    // What can't be read, or is said in two ways, is no pool that was left out.
    let unresolved = |row| is_left_out(table.cell(row, pool));
    // Nobody is on no pool and has a home server: which of the two is true, is not known.
    let contradicts = |row| cell::is_null(table.cell(row, pool)) && cell::is_value(homes.get(row));
    // Most columns need nothing: look at the few different values first.
    let needs = match table.column(pool) {
        None => table.rows > 0,
        Some(column) => match column.values() {
            Some(values) => {
                let any = |is: fn(&[u8]) -> bool| (0..values.len()).any(|code| is(values.get(code)));
                any(is_left_out) || (any(cell::is_null) && (0..table.rows).any(contradicts))
            }
            None => (0..table.rows).any(|row| unresolved(row) || contradicts(row)),
        },
    };
    if !needs {
        return;
    }
    let mut filled = Filling::new();
    let mut scratch = Vec::new();
    let mut any = table.column(pool).is_some();
    for row in 0..table.rows {
        let old = table.cell(row, pool);
        scratch.clear();
        if unresolved(row) {
            let at = homes.get(row);
            if cell::is_null(at) && cell::as_pool_number(old).is_none() {
                cell::null(&mut scratch);
            } else if let Some(name) = cell::letters(at).and_then(|home| known.pool(home)) {
                cell::name(name, &mut scratch);
            }
        } else if contradicts(row) {
            let home = cell::show(homes.get(row));
            cell::unknown(&format!("null for the pool, and {home} for the home server"), &mut scratch);
        }
        any |= !scratch.is_empty();
        if filled.push(if scratch.is_empty() { old } else { &scratch }).is_err() {
            return;
        }
    }
    if any && let Some(column) = table.columns.get_mut(pool) {
        *column = Some(filled.finish());
    }
}
