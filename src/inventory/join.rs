//! Parts of one dataset become one table: what several of them know of one object is one record.

use std::collections::BTreeSet;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::dataset::{Dataset, Kind};
use super::part::Part;
use super::side_by_side::side_by_side;
use super::store::column::{Column, Filling, Full};
use super::store::{Disagreement, PartRead, Source, Statement, Table, cell};
use crate::values::Dn;

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
}

/// The most disagreements of one dataset that are told one by one.
const MOST: usize = 100_000;

/// What differs from domain controller to domain controller without meaning anything.
const NEVER_COMPARED: [&str; 3] = ["when_changed", "when_created", "object_class"];

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

/// Rows of several parts that are one object.
#[derive(Default)]
struct Groups {
    /// The first row of each, among all rows.
    first: Vec<usize>,
    rows: Vec<Member>,
}

/// A row of a part, and the next one of the same object.
struct Member {
    part: usize,
    row: usize,
    next: Option<usize>,
}

impl Groups {
    fn len(&self) -> usize {
        self.first.len()
    }

    fn members(&self, group: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.first.get(group).and_then(|first| self.rows.get(*first));
        let next = |member: &&Member| member.next.and_then(|next| self.rows.get(next));
        std::iter::successors(first, next).map(|member| (member.part, member.row))
    }

    /// Adds a row to an object, or as a new one; which one that is.
    fn add(&mut self, group: Option<usize>, part: usize, row: usize) -> usize {
        let added = self.rows.len();
        self.rows.push(Member { part, row, next: None });
        let Some((group, first)) = group.and_then(|group| Some((group, *self.first.get(group)?))) else {
            self.first.push(added);
            return self.first.len() - 1;
        };
        // Objects have a row or two.
        let mut last = first;
        while let Some(next) = self.rows.get(last).and_then(|member| member.next) {
            last = next;
        }
        if let Some(last) = self.rows.get_mut(last) {
            last.next = Some(added);
        }
        group
    }
}

fn joined(
    dataset: &'static Dataset,
    parts: &[Read],
    read: &[PartRead],
    sources: &[Source],
    found: &mut Vec<Disagreement>,
) -> Result<Table, Full> {
    let groups = grouped(dataset, parts);
    let mut table = Table::empty(dataset);
    table.rows = groups.len();
    let mut origin = Filling::new();
    for group in 0..table.rows {
        let numbers = groups.members(group).filter_map(|(part, _)| parts.get(part)).map(|part| part.number);
        origin.push(&origin_of(numbers))?;
    }
    table.origin = Some(origin.finish());
    let joining = Joining { dataset, parts, groups: &groups, read, sources };
    let delivered = |index: &usize| parts.iter().any(|part| matches!(part.columns.get(*index), Some(Some(_))));
    let fields: Vec<usize> = (0..dataset.fields.len()).filter(delivered).collect();
    for (index, column) in fields.iter().zip(side_by_side(&fields, table.rows, |index| joining.column(*index))) {
        let (column, mut differing) = column?;
        found.append(&mut differing);
        if let Some(place) = table.columns.get_mut(*index) {
            *place = Some(column);
        }
    }
    let from_directory = |part: &Read| read.get(part.number).is_some_and(|part| part.manifest.is_of_directory());
    // What the directory can't tell apart, it may list beside others.
    if !dataset.guessed_in_directory || !parts.iter().any(from_directory) {
        presence(dataset, parts, &groups, &table, sources, found);
    }
    Ok(table)
}

/// What the fields of several parts are joined by.
struct Joining<'a> {
    dataset: &'static Dataset,
    parts: &'a [Read],
    groups: &'a Groups,
    read: &'a [PartRead],
    sources: &'a [Source],
}

impl Joining<'_> {
    /// One field, and where the sources differ in it.
    fn column(&self, index: usize) -> Result<(Column, Vec<Disagreement>), Full> {
        let Self { dataset, parts, groups, read, sources } = *self;
        let mut found = Vec::new();
        let mut column = Filling::new();
        let Some(field) = dataset.fields.get(index) else { return Ok((column.finish(), found)) };
        let compared = field.derived.is_none() && !NEVER_COMPARED.contains(&field.name.as_str());
        for group in 0..groups.len() {
            let mut chosen: Option<(usize, &[u8])> = None;
            for (part, row) in groups.members(group) {
                let Some(at) = parts.get(part) else { continue };
                let value = at.cell(row, index);
                match chosen {
                    None => chosen = Some((part, value)),
                    // What one source doesn't know, the other may.
                    Some((_, before)) if cell::is_unknown(before) => {
                        if !cell::is_unknown(value) || value.len() > before.len() {
                            chosen = Some((part, value));
                        }
                    }
                    Some((first, before)) => {
                        if compared && !cell::is_unknown(value) && !agree(&field.kind, before, value) {
                            let say = |part: usize, value: &[u8]| Statement {
                                source: name_of(parts, part, (first, part), read, sources),
                                value: cell::show(value),
                            };
                            let identity =
                                groups.members(group).find_map(|(part, row)| identity(dataset, parts.get(part)?, row));
                            let values = vec![
                                Statement {
                                    source: name_of(parts, first, (first, part), read, sources),
                                    value: cell::show(before),
                                },
                                say(part, value),
                            ];
                            found.push(Disagreement {
                                dataset: dataset.name.to_owned(),
                                identity: identity.unwrap_or_default(),
                                field: Some(field.name.clone()),
                                values,
                            });
                        }
                    }
                }
            }
            column.push(chosen.map_or(cell::NOT_DELIVERED, |(_, value)| value))?;
        }
        Ok((column.finish(), found))
    }
}

/// What a statement's source is called: of two parts of one source, the part itself.
fn name_of(parts: &[Read], of: usize, (a, b): (usize, usize), read: &[PartRead], sources: &[Source]) -> String {
    let Some(part) = parts.get(of) else { return String::new() };
    let same = parts.get(a).map(|part| part.source) == parts.get(b).map(|part| part.source);
    if same {
        read.get(part.number).map(|part| part.label.to_string()).unwrap_or_default()
    } else {
        sources.get(part.source).map(ToString::to_string).unwrap_or_default()
    }
}

fn agree(kind: &Kind, a: &[u8], b: &[u8]) -> bool {
    if cell::agree(a, b) {
        return true;
    }
    if *kind != Kind::Dn {
        return false;
    }
    // A distinguished name can be written in many ways: `CN=Barry\\, Chris`, `cn=Barry\\2C Chris`.
    let name = |bytes: &[u8]| cell::letters(bytes)?.parse::<Dn>().ok();
    name(a).is_some_and(|a| name(b) == Some(a))
}

fn identity(dataset: &Dataset, part: &Read, row: usize) -> Option<String> {
    let said = |field: &usize| {
        let bytes = part.cell(row, *field);
        cell::is_value(bytes).then(|| cell::show(bytes))
    };
    dataset.identity.iter().find_map(said)
}

/// The fields that records are joined by, in the order of trust. The first is the directory's
/// GUID where there is one: people are renamed.
fn join_fields(dataset: &Dataset) -> Vec<usize> {
    let by = if dataset.is_of_directory() { ["guid", "sip_address", "primary_uri"].as_slice() } else { &[] };
    let named = by.iter().filter_map(|name| Some(dataset.field(name)?.0));
    let mut fields: Vec<usize> = named.collect();
    for field in &dataset.identity {
        if !fields.contains(field) {
            fields.push(*field);
        }
    }
    fields
}

/// What a record is joined by: one field, or all identifying ones together.
#[derive(Clone, Copy)]
enum Key {
    Field(usize),
    Together,
}

impl Key {
    /// Writes it in the form in which it is compared; false where the record has none.
    fn write(self, dataset: &Dataset, part: &Read, row: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Field(field) => cell::key_into(part.cell(row, field), out),
            Self::Together => {
                out.clear();
                let mut any = false;
                for field in &dataset.identity {
                    let key = cell::key(part.cell(row, *field));
                    any |= key.is_some();
                    out.extend(key.unwrap_or_default());
                    out.push(0);
                }
                any
            }
        }
    }
}

fn grouped(dataset: &Dataset, parts: &[Read]) -> Groups {
    let keys: Vec<Key> = if dataset.identity_together {
        vec![Key::Together]
    } else {
        join_fields(dataset).into_iter().map(Key::Field).collect()
    };
    let guid = dataset.field("guid").map(|(field, _)| field);
    let guid_of = |part: &Read, row| guid.map_or(cell::NOT_DELIVERED.to_vec(), |field| part.cell(row, field).to_vec());
    let hasher = DefaultHashBuilder::default();
    let mut groups = Groups::default();
    // Only the groups' numbers: the keys of a million users are in the columns already.
    let mut known: Vec<HashTable<(u64, u32)>> = keys.iter().map(|_| HashTable::new()).collect();
    let (mut own, mut other) = (Vec::new(), Vec::new());
    for (number, part) in parts.iter().enumerate() {
        for row in 0..part.rows {
            let own_guid = guid_of(part, row);
            let mut hashes: Vec<Option<u64>> = Vec::with_capacity(keys.len());
            let mut found = None;
            for (key, known) in keys.iter().zip(&known) {
                if !key.write(dataset, part, row, &mut own) {
                    hashes.push(None);
                    continue;
                }
                let hash = hasher.hash_one(own.as_slice());
                hashes.push(Some(hash));
                if found.is_some() {
                    continue;
                }
                let mut same = |group: usize| {
                    groups.members(group).any(|(part, row)| {
                        parts.get(part).is_some_and(|part| key.write(dataset, part, row, &mut other) && other == own)
                    })
                };
                // Two records of one part are two objects, and so are two GUIDs.
                let fits = |group: usize| {
                    groups.members(group).all(|(part, row)| {
                        let guid = parts.get(part).map(|part| guid_of(part, row)).unwrap_or_default();
                        part != number
                            && (!cell::is_value(&own_guid) || !cell::is_value(&guid) || cell::agree(&own_guid, &guid))
                    })
                };
                let is = |(other, group): &(u64, u32)| *other == hash && same(*group as usize);
                found = known.find(hash, is).map(|(_, group)| *group as usize).filter(|group| fits(*group));
            }
            let group = groups.add(found, number, row);
            let Ok(group) = u32::try_from(group) else { continue };
            for (hash, known) in hashes.into_iter().zip(&mut known) {
                if let Some(hash) = hash
                    && known.find(hash, |(other, of)| *other == hash && *of == group).is_none()
                {
                    known.insert_unique(hash, (hash, group), |(hash, _)| *hash);
                }
            }
        }
    }
    groups
}

/// Tells of objects that one source has and another, which was asked the same, has not.
fn presence(
    dataset: &Dataset,
    parts: &[Read],
    groups: &Groups,
    table: &Table,
    sources: &[Source],
    found: &mut Vec<Disagreement>,
) {
    let asked: BTreeSet<usize> = parts.iter().map(|part| part.source).collect();
    if asked.len() < 2 {
        return;
    }
    for group in 0..table.rows {
        let has: BTreeSet<usize> =
            groups.members(group).filter_map(|(part, _)| parts.get(part)).map(|part| part.source).collect();
        if has.len() == asked.len() {
            continue;
        }
        let values = asked.iter().map(|source| Statement {
            source: sources.get(*source).map(ToString::to_string).unwrap_or_default(),
            value: if has.contains(source) { "has it" } else { "does not have it" }.to_owned(),
        });
        found.push(Disagreement {
            dataset: dataset.name.to_owned(),
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
    let by = ["sip_address", "primary_uri"].into_iter().find_map(|name| Some((name, table.named(name)?)));
    let Some((field, column)) = by else { return };
    let hasher = DefaultHashBuilder::default();
    let hash = |key: &[u8]| hasher.hash_one(key);
    // Addresses are many: their hashes tell which few to look at.
    let mut seen: HashTable<(u64, u32)> = HashTable::new();
    let mut scratch = Vec::new();
    for row in 0..table.rows {
        if !cell::fold_into(column.get(row), &mut scratch) {
            continue;
        }
        let own = hash(&scratch);
        let same =
            seen.find(own, |(other, first)| *other == own && cell::agree(column.get(*first as usize), column.get(row)));
        if let Some((_, first)) = same {
            let say = |row: usize| Statement { source: table.label(row, read).to_string(), value: table.describe(row) };
            found.push(Disagreement {
                dataset: table.dataset.name.to_owned(),
                identity: cell::show(column.get(row)),
                field: Some(field.to_owned()),
                values: vec![say(*first as usize), say(row)],
            });
        } else if let Ok(number) = u32::try_from(row) {
            seen.insert_unique(own, (own, number), |(hash, _)| *hash);
        }
    }
}
