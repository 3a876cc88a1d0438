//! Ways to a record: by its pool, its SIP address, its GUID, its identity.

use std::collections::HashMap;
use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use super::super::normal::pool_named;
use super::super::record::Row;
use super::column::Column;
use super::{Inventory, Table, cell};
use crate::expression::{Lookup, Value};
use crate::values::fold;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Rows of one dataset.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    by_pool: OnceLock<HashMap<String, Vec<u32>>>,
    by_field: OnceLock<Vec<OnceLock<ByValue>>>,
    together: OnceLock<HashMap<Vec<u8>, usize>>,
    all_identified: OnceLock<bool>,
}

/// Rows by what they say in one field, names folded. Only row numbers are kept: a million users
/// have no room for a second copy of their addresses.
#[derive(Debug)]
struct ByValue {
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl ByValue {
    /// Calls `again` with rows whose name an earlier one has, and with that one.
    fn of(column: &Column, rows: usize, mut again: impl FnMut(usize, usize)) -> Self {
        let mut index = Self { rows: HashTable::with_capacity(rows), hasher: DefaultHashBuilder::default() };
        let mut scratch = Vec::new();
        for row in 0..rows {
            let bytes = column.get(row);
            let is_name = cell::fold_into(bytes, &mut scratch);
            let hash = if is_name {
                index.hasher.hash_one(scratch.as_slice())
            } else if cell::is_value(bytes) {
                index.hasher.hash_one(bytes)
            } else {
                continue;
            };
            let Ok(number) = u32::try_from(row) else { break };
            // By what was hashed: nothing else is the same each time.
            let same = |other: &u32| {
                let other = column.get(*other as usize);
                if is_name { cell::has_key(other, &scratch) } else { other == bytes }
            };
            match index.rows.find(hash, same) {
                Some(first) if is_name => again(row, *first as usize),
                Some(_) => {}
                // There is room for all rows: nothing is ever moved.
                None => drop(index.rows.insert_unique(hash, number, |_| hash)),
            }
        }
        index
    }

    fn find(&self, column: &Column, key: &[u8]) -> Option<u32> {
        let is = |row: &u32| cell::has_key(column.get(*row as usize), key);
        self.rows.find(self.hasher.hash_one(key), is).copied()
    }
}

/// The rows that a lookup found, in the order of the dataset.
pub type Rows = Vec<Row>;

impl Table {
    /// Rows by the pool that each is homed on or depends on.
    fn by_pool(&self) -> &HashMap<String, Vec<u32>> {
        self.indexes.by_pool.get_or_init(|| {
            let mut found: HashMap<String, Vec<u32>> = HashMap::new();
            let Some(column) = self.dataset.pool.and_then(|field| self.column(field)) else { return found };
            let name = |bytes: &[u8]| self.pool_in(bytes).map(fold);
            let Some(values) = column.values() else {
                for row in 0..self.rows {
                    if let (Some(pool), Ok(row)) = (name(column.get(row)), u32::try_from(row)) {
                        found.entry(pool).or_default().push(row);
                    }
                }
                return found;
            };
            // Few pools, many rows: each of the column's values is folded once.
            let mut by_code: Vec<Vec<u32>> = vec![Vec::new(); values.len()];
            for row in 0..self.rows {
                if let (Some(code), Ok(row)) = (column.code(row), u32::try_from(row))
                    && let Some(rows) = by_code.get_mut(code)
                {
                    rows.push(row);
                }
            }
            for (code, rows) in by_code.into_iter().enumerate() {
                if let Some(pool) = name(values.get(code)) {
                    found.entry(pool).or_default().extend(rows);
                }
            }
            // One pool may be written in several ways.
            for rows in found.values_mut() {
                rows.sort_unstable();
            }
            found
        })
    }

    /// The pool in a value of the field that says which one a record depends on.
    fn pool_in<'t>(&self, bytes: &'t [u8]) -> Option<&'t str> {
        let field = self.dataset.fields.get(self.dataset.pool?)?;
        pool_named(&field.kind, cell::letters(bytes)?)
    }

    /// The first row with a value in a field, names folded.
    pub(crate) fn find(&self, field: usize, key: &[u8]) -> Option<usize> {
        let column = self.column(field)?;
        let index = self.by_field(field)?.get_or_init(|| ByValue::of(column, self.rows, |_, _| {}));
        index.find(column, key).map(|row| row as usize)
    }

    fn by_field(&self, field: usize) -> Option<&OnceLock<ByValue>> {
        let all = || (0..self.dataset.fields.len()).map(|_| OnceLock::new()).collect();
        self.indexes.by_field.get_or_init(all).get(field)
    }

    /// Calls `again` with rows whose name in a field an earlier one has, and with that one.
    pub(crate) fn repeated(&self, field: usize, again: impl FnMut(usize, usize)) {
        let Some(column) = self.column(field) else { return };
        let index = ByValue::of(column, self.rows, again);
        // Whoever looks for a name needs the same.
        if let Some(place) = self.by_field(field) {
            drop(place.set(index));
        }
    }

    /// Whether anything identifies a record.
    pub(crate) fn has_identity(&self, row: usize) -> bool {
        let has = |row: usize| self.dataset.identity.iter().any(|field| cell::is_value(self.cell(row, *field)));
        // Nearly always something does, of all.
        *self.indexes.all_identified.get_or_init(|| (0..self.rows).all(has)) || has(row)
    }
}

impl Table {
    /// The row whose identifying fields, all together, are those of a row of another table.
    pub(crate) fn find_together(&self, other: &Self, row: usize) -> Option<usize> {
        let index = self.indexes.together.get_or_init(|| {
            let mut found = HashMap::new();
            for (row, key) in (0..self.rows).map(|row| self.key_together(row)).enumerate() {
                found.entry(key).or_insert(row);
            }
            found
        });
        index.get(&other.key_together(row)).copied()
    }

    fn key_together(&self, row: usize) -> Vec<u8> {
        let key = |field: &usize| cell::key_in_any_order(self.cell(row, *field)).unwrap_or_default();
        self.dataset.identity.iter().map(key).collect::<Vec<_>>().join(&0)
    }
}

impl Inventory {
    /// The records of a dataset that are homed on a pool or depend on it, whether or not they
    /// are all.
    #[must_use]
    pub fn on_pool(self: &Arc<Self>, dataset: &str, pool: &str) -> Rows {
        let Some(table) = self.table(dataset) else { return Vec::new() };
        let rows = table.by_pool().get(&fold(pool)).map_or(&[][..], Vec::as_slice);
        rows.iter().map(|row| Row::new(self, table.dataset.number, *row as usize)).collect()
    }

    /// The same as expressions see it: unknown, with the reasons, where the dataset is not
    /// proven to be complete, or a record's pool could not be learned.
    #[must_use]
    pub fn list_on_pool(self: &Arc<Self>, dataset: &str, pool: &str) -> Lookup {
        if self.table(dataset).is_none() {
            return Lookup::Missing;
        }
        if let Some(reason) = self.doubt_on_pools(dataset) {
            return Lookup::Unknown(reason);
        }
        let rows = self.on_pool(dataset, pool).into_iter().map(|row| Value::Record(Arc::new(row)));
        Lookup::Known(Value::List(rows.collect()))
    }

    /// Why it is not known which records are homed on a pool. `None`: it is.
    #[must_use]
    pub fn doubt_on_pools(self: &Arc<Self>, dataset: &str) -> Option<String> {
        let table = self.table(dataset)?;
        if let Some(reason) = self.doubt(dataset) {
            return Some(reason);
        }
        let field = table.dataset.pool?;
        let is_known = |bytes: &[u8]| cell::is_null(bytes) || table.pool_in(bytes).is_some();
        // Few pools, many rows.
        if let Some(values) = table.column(field).and_then(Column::values)
            && (0..values.len()).all(|code| is_known(values.get(code)))
        {
            return None;
        }
        let row = (0..table.rows).find(|row| !is_known(table.cell(*row, field)))?;
        let bytes = table.cell(row, field);
        let row = Row::new(self, table.dataset.number, row);
        let why = if cell::is_value(bytes) { format!("`{}` names none", cell::show(bytes)) } else { row.why(field) };
        Some(format!("{dataset}: the pool of {} is not known: {why}", row.shown()))
    }

    /// The record of a dataset with this value in a field, names folded.
    #[must_use]
    pub fn find(self: &Arc<Self>, dataset: &str, field: &str, value: &str) -> Option<Row> {
        let table = self.table(dataset)?;
        let (_, kind) = table.dataset.field(field)?;
        let mut bytes = Vec::new();
        super::super::normal::put(&kind.kind, super::super::normal::Raw::Text(value), &mut bytes);
        self.find_key(dataset, field, &cell::key(&bytes)?)
    }

    /// The record of a dataset that is joined by this key of a field.
    pub(crate) fn find_key(self: &Arc<Self>, dataset: &str, field: &str, key: &[u8]) -> Option<Row> {
        let table = self.table(dataset)?;
        let row = table.find(table.dataset.field(field)?.0, key)?;
        Some(Row::new(self, table.dataset.number, row))
    }
}
