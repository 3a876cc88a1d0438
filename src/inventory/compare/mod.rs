//! Two inventories of one deployment: what appeared, vanished, moved, was renamed, changed.
//!
//! Objects are the same by the directory's GUID, then by SIP address, then by identity: people
//! are renamed. Two GUIDs are two objects, also where the second was given the first one's
//! address. What one side does not know is not compared, and counted.

mod approved;
mod show;

pub use approved::{Approval, ApprovedFile};
pub use show::{Clean, Shown};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::agree::{agree, canonical};
use super::dataset::{self, Dataset, Derivation, Field};
use super::record::Row;
use super::store::column::Column;
use super::store::{Inventory, Table, cell};
use crate::expression::{Lookup, Value};

/// Datasets that differ from hour to hour by their nature: compared only when they are named.
const VOLATILE: [&str; 8] = [
    "events",
    "synthetic_results",
    "backup_service_statuses",
    "pool_fabric_states",
    "replicas",
    "central_management_statuses",
    "user_pool_infos",
    "windows_services",
];

/// Fields that change without anybody's doing, or say again what another says.
const NEVER_COMPARED: [&str; 4] = ["when_changed", "when_created", "object_class", "distinguished_name"];

/// What became of an object.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// Only the later inventory has it.
    Appeared,
    /// Only the earlier inventory has it.
    Vanished,
    /// It is homed on another pool.
    Moved,
    /// It has another SIP address.
    Renamed,
    /// One of its other fields differs.
    Changed,
}

/// One difference: places in both inventories, not values.
#[derive(Clone, Copy, Debug)]
pub struct Difference {
    /// What became of the object.
    pub became: Became,
    before: u32,
    after: u32,
    field: u32,
    approval: u32,
}

/// No row, field or approval.
const NONE: u32 = u32::MAX;

impl Difference {
    /// Whether somebody approved it.
    #[must_use]
    pub fn is_approved(&self) -> bool {
        self.approval != NONE
    }
}

/// All differences of one dataset.
#[derive(Debug)]
pub struct Compared {
    /// The dataset.
    pub dataset: &'static Dataset,
    /// Its differences.
    pub found: Vec<Difference>,
    /// Objects on which one side does not know a field, by field.
    pub uncompared: BTreeMap<&'static str, usize>,
    /// Why the earlier inventory's records may not be all.
    pub doubt_before: Option<String>,
    /// Why the later inventory's records may not be all.
    pub doubt_after: Option<String>,
}

/// Two inventories and their differences.
#[derive(Debug)]
pub struct Differences {
    pub(super) before: Arc<Inventory>,
    pub(super) after: Arc<Inventory>,
    pub(super) approvals: Vec<Approval>,
    /// By dataset, in the order of the table.
    pub datasets: Vec<Compared>,
}

impl Differences {
    /// Compares two inventories: the named datasets, or every one that both sides have and that
    /// does not change by its nature.
    #[must_use]
    pub fn of(
        before: &Arc<Inventory>,
        after: &Arc<Inventory>,
        named: &[&'static Dataset],
        approved: ApprovedFile,
    ) -> Self {
        let mut all = Self {
            before: Arc::clone(before),
            after: Arc::clone(after),
            approvals: approved.approved,
            datasets: Vec::new(),
        };
        for dataset in dataset::all() {
            let (Some(a), Some(b)) = (before.table(dataset.name), after.table(dataset.name)) else { continue };
            let read =
                |inventory: &Inventory| inventory.parts().iter().any(|part| part.manifest.dataset == dataset.name);
            let wanted = if named.is_empty() {
                !VOLATILE.contains(&dataset.name) && read(before) && read(after)
            } else {
                named.iter().any(|named| named.number == dataset.number)
            };
            if !wanted {
                continue;
            }
            let mut compared = compare(dataset, a, b);
            compared.doubt_before = before.doubt(dataset.name);
            compared.doubt_after = after.doubt(dataset.name);
            all.approve(&mut compared);
            all.datasets.push(compared);
        }
        all
    }

    /// How many differences nobody approved.
    #[must_use]
    pub fn open(&self) -> usize {
        self.datasets.iter().flat_map(|compared| &compared.found).filter(|found| !found.is_approved()).count()
    }

    /// Whether anything that was compared may not be all there is.
    #[must_use]
    pub fn is_doubtful(&self) -> bool {
        self.datasets.iter().any(|compared| compared.doubt_before.is_some() || compared.doubt_after.is_some())
    }
}

fn compare(dataset: &'static Dataset, before: &Table, after: &Table) -> Compared {
    let mut compared =
        Compared { dataset, found: Vec::new(), uncompared: BTreeMap::new(), doubt_before: None, doubt_after: None };
    let pairs = pairs(dataset, before, after, &mut compared.found);
    for (index, field) in dataset.fields.iter().enumerate() {
        let Some(number) = u32::try_from(index).ok().filter(|_| is_compared(dataset, index)) else { continue };
        let became = match field.name.as_str() {
            "registrar_pool" => Became::Moved,
            "sip_address" | "primary_uri" => Became::Renamed,
            _ => Became::Changed,
        };
        let (Some(a), Some(b)) = (before.column(index), after.column(index)) else {
            let known = before.column(index).is_some() || after.column(index).is_some();
            if known && !pairs.is_empty() {
                compared.uncompared.insert(&field.name, pairs.len());
            }
            continue;
        };
        let (a, b) = (&*a.opened(), &*b.opened());
        let mut unknown = 0;
        let mut say = |verdict: Verdict, (before, after): (u32, u32)| match verdict {
            Verdict::Same => {}
            Verdict::Unknown => unknown += 1,
            Verdict::Other => compared.found.push(Difference { became, before, after, field: number, approval: NONE }),
        };
        let settings = field.derived == Some(Derivation::Settings);
        let numbered = if settings { (None, None) } else { classes(field, a, b) };
        if let (Some(classes_a), Some(classes_b)) = numbered {
            for pair in &pairs {
                let class = |column: &Column, classes: &[u32], row: u32| {
                    column.code(row as usize).and_then(|code| classes.get(code)).copied().unwrap_or(0)
                };
                let (one, other) = (class(a, &classes_a, pair.0), class(b, &classes_b, pair.1));
                say(if one == 0 || other == 0 { Verdict::Unknown } else { Verdict::of(one == other) }, *pair);
            }
        } else {
            for pair in &pairs {
                say(verdict(dataset, field, a.get(pair.0 as usize), b.get(pair.1 as usize)), *pair);
            }
        }
        if unknown > 0 {
            compared.uncompared.insert(&field.name, unknown);
        }
    }
    compared.found.sort_by_key(|found| (found.became, found.after, found.before, found.field));
    compared
}

/// Whether a field says anything of its own.
fn is_compared(dataset: &Dataset, index: usize) -> bool {
    let Some(field) = dataset.fields.get(index) else { return false };
    if dataset.keeps_settings {
        return field.derived == Some(Derivation::Settings);
    }
    field.derived.is_none() && !NEVER_COMPARED.contains(&field.name.as_str())
}

enum Verdict {
    Same,
    Other,
    Unknown,
}

impl Verdict {
    fn of(same: bool) -> Self {
        if same { Self::Same } else { Self::Other }
    }
}

fn verdict(dataset: &Dataset, field: &Field, a: &[u8], b: &[u8]) -> Verdict {
    if cell::is_unknown(a) || cell::is_unknown(b) {
        Verdict::Unknown
    } else if field.derived == Some(Derivation::Settings) {
        // Newer modules show more: what only one of them knows is no difference.
        Verdict::of(differing(dataset, a, b).is_empty())
    } else {
        Verdict::of(agree(field, a, b))
    }
}

/// The settings that both have and that differ.
pub(super) fn differing<'a>(dataset: &Dataset, a: &'a [u8], b: &'a [u8]) -> Vec<(&'a str, &'a [u8], &'a [u8])> {
    let others: HashMap<&str, &[u8]> = cell::entries(b).collect();
    let same = |name: &str, one: &[u8], other: &[u8]| match dataset.field(name) {
        Some((_, field)) => agree(field, one, other),
        None => cell::agree(one, other),
    };
    cell::entries(a)
        .filter_map(|(name, one)| Some((name, one, *others.get(name)?)))
        .filter(|(name, one, other)| !cell::is_unknown(one) && !cell::is_unknown(other) && !same(name, one, other))
        .collect()
}

/// Numbers for the values of two columns: equal numbers are equal values, 0 is unknown. None
/// where values are not numbered.
fn classes(field: &Field, a: &Column, b: &Column) -> (Option<Vec<u32>>, Option<Vec<u32>>) {
    let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
    let mut of = |column: &Column| {
        let values = column.values()?;
        let class = |code: usize| {
            let bytes = values.get(code);
            if cell::is_unknown(bytes) {
                return 0;
            }
            let next = u32::try_from(known.len() + 1).unwrap_or(u32::MAX);
            *known.entry(canonical(field, bytes)).or_insert(next)
        };
        Some((0..values.len()).map(class).collect())
    };
    (of(a), of(b))
}

/// Rows that are one object; those that have no other are differences.
fn pairs(dataset: &Dataset, before: &Table, after: &Table, found: &mut Vec<Difference>) -> Vec<(u32, u32)> {
    let mut pairs = Vec::with_capacity(after.rows);
    let mut taken = vec![false; before.rows];
    let narrow = |row: usize| u32::try_from(row).unwrap_or(NONE);
    for row in 0..after.rows {
        let other =
            counterpart(dataset, before, after, row).filter(|other| !taken.get(*other).copied().unwrap_or(true));
        match other {
            Some(other) => {
                if let Some(taken) = taken.get_mut(other) {
                    *taken = true;
                }
                pairs.push((narrow(other), narrow(row)));
            }
            None => found.push(Difference {
                became: Became::Appeared,
                before: NONE,
                after: narrow(row),
                field: NONE,
                approval: NONE,
            }),
        }
    }
    for (row, taken) in taken.into_iter().enumerate() {
        if !taken {
            found.push(Difference {
                became: Became::Vanished,
                before: narrow(row),
                after: NONE,
                field: NONE,
                approval: NONE,
            });
        }
    }
    pairs
}

/// The row of `before` that is the same object as a row of `after`.
fn counterpart(dataset: &Dataset, before: &Table, after: &Table, row: usize) -> Option<usize> {
    let guid = dataset.field("guid").map(|(field, _)| field);
    let own_guid = guid.and_then(|field| cell::key(after.cell(row, field)));
    if let (Some(field), Some(key)) = (guid, &own_guid)
        && let Some(found) = before.find(field, key)
    {
        return Some(found);
    }
    if dataset.identity_together {
        return before.find_together(after, row);
    }
    // Another GUID is another object, whatever its address.
    let fits =
        |found: &usize| own_guid.is_none() || guid.is_none_or(|field| !cell::is_value(before.cell(*found, field)));
    let sip = ["sip_address", "primary_uri"].into_iter().filter_map(|name| Some(dataset.field(name)?.0));
    sip.chain(dataset.identity.iter().copied())
        .find_map(|field| before.find(field, &cell::key(after.cell(row, field))?).filter(fits))
}

impl Inventory {
    /// The same object in this inventory, a baseline, as a record of another: by GUID, then by
    /// SIP address. None where the baseline is complete and lacks it; unknown, with the reason,
    /// where it lacks it and may not be complete.
    #[must_use]
    pub fn counterpart(self: &Arc<Self>, row: &Row) -> Lookup {
        let name = row.dataset();
        let (Some(before), Some(after)) = (self.table(name), row.inventory().table(name)) else {
            return Lookup::Missing;
        };
        match counterpart(after.dataset, before, after, row.number()) {
            Some(found) => Lookup::Known(Value::Record(Arc::new(Row::new(self, before.dataset.number, found)))),
            None => match self.doubt(name) {
                Some(reason) => {
                    Lookup::Unknown(format!("the baseline does not have it, and may not be complete: {reason}"))
                }
                None => Lookup::Known(Value::Null),
            },
        }
    }
}

#[cfg(test)]
mod tests;
