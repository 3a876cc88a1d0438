//! Ways to a record: by its pool, its SIP address, its GUID, its identity.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::super::normal::pool_of_service;
use super::super::record::Row;
use super::{Inventory, Table, cell};
use crate::expression::{Lookup, Value};
use crate::values::fold;

/// Rows of one dataset.
#[derive(Debug, Default)]
pub(crate) struct Indexes {
    by_pool: OnceLock<HashMap<String, Vec<u32>>>,
    by_field: OnceLock<Vec<OnceLock<HashMap<Box<[u8]>, u32>>>>,
}

/// The rows that a lookup found, in the order of the dataset.
pub type Rows = Vec<Row>;

impl Table {
    /// Rows by the pool that each is homed on or depends on.
    fn by_pool(&self) -> &HashMap<String, Vec<u32>> {
        self.indexes.by_pool.get_or_init(|| {
            let mut found: HashMap<String, Vec<u32>> = HashMap::new();
            let Some(column) = self.dataset.pool.and_then(|field| self.column(field)) else { return found };
            // Few pools, many rows: each of the column's values is folded once.
            let mut folded: HashMap<usize, Option<String>> = HashMap::new();
            for row in 0..self.rows {
                let name = |bytes: &[u8]| {
                    let letters = cell::letters(bytes)?;
                    Some(fold(pool_of_service(letters).unwrap_or(letters)))
                };
                let pool = match column.code(row) {
                    Some(code) => folded.entry(code).or_insert_with(|| name(column.get(row))).clone(),
                    None => name(column.get(row)),
                };
                if let (Some(pool), Ok(row)) = (pool, u32::try_from(row)) {
                    found.entry(pool).or_default().push(row);
                }
            }
            found
        })
    }

    /// The first row with a value in a field, names folded.
    pub(crate) fn find(&self, field: usize, key: &[u8]) -> Option<usize> {
        let fields =
            self.indexes.by_field.get_or_init(|| (0..self.dataset.fields.len()).map(|_| OnceLock::new()).collect());
        let index = fields.get(field)?.get_or_init(|| {
            let mut found = HashMap::new();
            if let Some(column) = self.column(field) {
                for row in 0..self.rows {
                    if let (Some(key), Ok(number)) = (cell::key(column.get(row)), u32::try_from(row)) {
                        found.entry(key.into_boxed_slice()).or_insert(number);
                    }
                }
            }
            found
        });
        index.get(key).map(|row| *row as usize)
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
        let Some(table) = self.table(dataset) else { return Lookup::Missing };
        if let Some(reason) = self.doubt(dataset) {
            return Lookup::Unknown(reason);
        }
        if let Some(field) = table.dataset.pool
            && let Some(row) = (0..table.rows).find(|row| cell::is_unknown(table.cell(*row, field)))
        {
            let row = Row::new(self, table.dataset.number, row);
            return Lookup::Unknown(format!("{dataset}: the pool of {} is not known: {}", row.shown(), row.why(field)));
        }
        let rows = self.on_pool(dataset, pool).into_iter().map(|row| Value::Record(Arc::new(row)));
        Lookup::Known(Value::List(rows.collect()))
    }

    /// The record of a dataset with this value in a field, names folded.
    #[must_use]
    pub fn find(self: &Arc<Self>, dataset: &str, field: &str, value: &str) -> Option<Row> {
        let table = self.table(dataset)?;
        let (number, field) = table.dataset.field(field)?;
        let mut bytes = Vec::new();
        super::super::normal::put(&field.kind, super::super::normal::Raw::Text(value), &mut bytes);
        let row = table.find(number, &cell::key(&bytes)?)?;
        Some(Row::new(self, table.dataset.number, row))
    }
}
