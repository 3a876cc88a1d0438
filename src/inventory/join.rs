//! Parts of one dataset become one table.

use super::dataset::Dataset;
use super::part::Part;
use super::store::column::Filling;
use super::store::{Disagreement, Source, Table, cell};

/// The table of a dataset.
pub(super) fn table(
    dataset: &'static Dataset,
    parts: Vec<(usize, Part)>,
    _sources: &[Source],
    _disagreements: &mut Vec<Disagreement>,
) -> Table {
    let mut table = Table::empty(dataset);
    let mut origin = Filling::new();
    let mut columns: Vec<Option<Filling>> = dataset.fields.iter().map(|_| None).collect();
    for (number, part) in parts {
        let mut list = Vec::new();
        cell::list(&mut list);
        cell::item(&mut list, |out| cell::int(i64::try_from(number).unwrap_or(i64::MAX), out));
        for _ in 0..part.rows {
            drop(origin.push(&list));
        }
        if table.rows == 0 {
            table.rows = part.rows;
            columns = part.columns;
            continue;
        }
        for (into, from) in columns.iter_mut().zip(part.columns) {
            let from = from.map(Filling::finish);
            if into.is_none() && from.is_some() {
                let mut fresh = Filling::new();
                for _ in 0..table.rows {
                    drop(fresh.push(cell::NOT_DELIVERED));
                }
                *into = Some(fresh);
            }
            if let Some(into) = into {
                for row in 0..part.rows {
                    drop(into.push(from.as_ref().map_or(cell::NOT_DELIVERED, |from| from.get(row))));
                }
            }
        }
        table.rows += part.rows;
    }
    table.origin = (table.rows > 0).then(|| origin.finish());
    table.columns = columns.into_iter().map(|column| column.map(Filling::finish)).collect();
    table
}
