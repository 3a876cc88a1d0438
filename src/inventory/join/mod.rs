//! Parts of one dataset become one table: what several of them know of one object is one record.

mod field;
mod group;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::field::{Joined, Joining};
use self::group::{Groups, grouped};
use super::dataset::Dataset;
use super::part::Part;
use super::side_by_side::side_by_side;
use super::store::column::{Column, Full};
use super::store::filling::Filling;
use super::store::{Disagreement, PartRead, Source, Statement, Table, cell};

/// A part whose records have all come in.
struct Read {
    number: usize,
    source: usize,
    rows: usize,
    columns: Vec<Option<Column>>,
}

impl Read {
    fn cell(&self, row: usize, field: usize) -> &[u8] {
        match self.columns.get(field) {
            Some(Some(column)) => column.get(row),
            _ => cell::NOT_DELIVERED,
        }
    }

    /// The number of a value, where the column numbers them.
    fn code(&self, row: usize, field: usize) -> Option<usize> {
        self.columns.get(field)?.as_ref()?.code(row)
    }
}

/// The most disagreements of one dataset that are told one by one.
const MOST: usize = 100_000;

/// The table of a dataset.
pub(super) fn table(
    dataset: &'static Dataset,
    parts: Vec<(usize, Part)>,
    read: &[PartRead],
    sources: &[Source],
    disagreements: &mut Vec<Disagreement>,
) -> Table {
    let mut parts: Vec<Read> = parts
        .into_iter()
        .map(|(number, part)| Read {
            number,
            source: part.source,
            rows: part.rows,
            columns: part.columns.into_iter().map(|column| column.map(Filling::finish)).collect(),
        })
        .collect();
    let mut found = Vec::new();
    let built = match parts.as_mut_slice() {
        [] => Ok(Table::empty(dataset)),
        [only] => single(dataset, only),
        several => joined(dataset, several, read, sources, &mut found),
    };
    let table = built.unwrap_or_else(|Full| {
        let mut table = Table::empty(dataset);
        table.doubts.push(format!("{}: more than what is kept: 4 GiB of one field", dataset.name));
        table
    });
    duplicates(&table, read, &mut found);
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    if more > 0 {
        found.push(Disagreement {
            dataset: dataset.name.to_owned(),
            identity: format!("and {more} more"),
            field: None,
            values: Vec::new(),
        });
    }
    disagreements.append(&mut found);
    table
}

fn single(dataset: &'static Dataset, part: &mut Read) -> Result<Table, Full> {
    let mut table = Table::empty(dataset);
    let mut origin = Filling::new();
    let list = origin_of([part.number]);
    for _ in 0..part.rows {
        origin.push(&list)?;
    }
    table.rows = part.rows;
    table.origin = Some(origin.finish());
    table.columns = std::mem::take(&mut part.columns);
    Ok(table)
}

fn origin_of(parts: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut list = Vec::new();
    cell::list(&mut list);
    for part in parts {
        cell::item(&mut list, |out| cell::int(i64::try_from(part).unwrap_or(i64::MAX), out));
    }
    list
}

fn joined(
    dataset: &'static Dataset,
    parts: &mut [Read],
    read: &[PartRead],
    sources: &[Source],
    found: &mut Vec<Disagreement>,
) -> Result<Table, Full> {
    let groups = grouped(dataset, parts)?;
    let mut table = Table::empty(dataset);
    table.rows = groups.len();
    table.origin = Some(origins(parts, &groups)?);
    let joining = Joining { dataset, parts, groups: &groups, read, sources };
    let delivered = |index: &usize| parts.iter().any(|part| matches!(part.columns.get(*index), Some(Some(_))));
    let fields: Vec<usize> = (0..dataset.fields.len()).filter(delivered).collect();
    let columns = side_by_side(&fields, table.rows, |index| joining.column(*index));
    for (index, column) in fields.iter().zip(columns) {
        let (column, mut differing) = column?;
        found.append(&mut differing);
        if let Some(place) = table.columns.get_mut(*index) {
            *place = match column {
                Joined::AsIn(part) => parts.get_mut(part).and_then(|part| part.columns.get_mut(*index)?.take()),
                Joined::Anew(column) => Some(column),
            };
        }
    }
    let from_directory = |part: &Read| read.get(part.number).is_some_and(|part| part.manifest.is_of_directory());
    // What the directory can't tell apart, it may list beside others.
    if !dataset.guessed_in_directory || !parts.iter().any(from_directory) {
        presence(parts, &groups, &table, sources, found);
    }
    Ok(table)
}

/// Which parts each object is in.
fn origins(parts: &[Read], groups: &Groups) -> Result<Column, Full> {
    let mut origin = Filling::new();
    // Few sets of parts have all objects between them.
    let mut last: (Vec<usize>, Vec<u8>) = (Vec::new(), Vec::new());
    let mut own = Vec::new();
    for group in 0..groups.len() {
        own.clear();
        own.extend(groups.members(group).filter_map(|(part, _)| parts.get(part)).map(|part| part.number));
        if own != last.0 || last.1.is_empty() {
            last = (own.clone(), origin_of(own.iter().copied()));
        }
        origin.push(&last.1)?;
    }
    Ok(origin.finish())
}

/// Tells of objects that one source has and another, which was asked the same, has not.
fn presence(parts: &[Read], groups: &Groups, table: &Table, sources: &[Source], found: &mut Vec<Disagreement>) {
    let asked: BTreeSet<usize> = parts.iter().map(|part| part.source).collect();
    if asked.len() < 2 {
        return;
    }
    let sources_of =
        |group: usize| groups.members(group).filter_map(|(part, _)| parts.get(part)).map(|part| part.source);
    for group in 0..table.rows {
        if asked.iter().all(|source| sources_of(group).any(|of| of == *source)) {
            continue;
        }
        let has: BTreeSet<usize> = sources_of(group).collect();
        let values = asked.iter().map(|source| Statement {
            source: sources.get(*source).map(ToString::to_string).unwrap_or_default(),
            value: if has.contains(source) { "has it" } else { "does not have it" }.to_owned(),
        });
        found.push(Disagreement {
            dataset: table.dataset.name.to_owned(),
            identity: table.identity(group).unwrap_or_default(),
            field: None,
            values: values.collect(),
        });
    }
}

/// Tells of SIP addresses that two objects of the directory have. A response group that was
/// migrated is there twice with one address, and has one object.
fn duplicates(table: &Table, read: &[PartRead], found: &mut Vec<Disagreement>) {
    if !table.dataset.is_of_directory() {
        return;
    }
    let mut fields = ["sip_address", "primary_uri"].into_iter().filter_map(|name| table.dataset.field(name));
    let Some((field, declared)) = fields.find(|(field, _)| table.column(*field).is_some()) else { return };
    table.repeated(field, |row, first| {
        let say = |row: usize| Statement { source: table.label(row, read).to_string(), value: table.describe(row) };
        found.push(Disagreement {
            dataset: table.dataset.name.to_owned(),
            identity: cell::show(table.cell(row, field)),
            field: Some(declared.name.clone()),
            values: vec![say(first), say(row)],
        });
    });
}
