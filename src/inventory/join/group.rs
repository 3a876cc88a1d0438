//! Which rows of several parts are one object.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::dataset::Dataset;
use super::super::side_by_side::{by_ranges, side_by_side};
use super::super::store::cell;
use super::super::store::column::Full;
use super::Read;

/// Rows of several parts that are one object. Those of the first part are as many objects, in
/// their order.
#[derive(Default)]
pub(super) struct Groups {
    /// The first row of each, among all rows.
    first: Vec<u32>,
    rows: Vec<Member>,
}

/// A row of a part, and the next one of the same object.
struct Member {
    part: u32,
    row: u32,
    group: u32,
    next: u32,
}

/// No row follows.
const NONE: u32 = u32::MAX;

fn narrow(number: usize) -> Result<u32, Full> {
    u32::try_from(number).ok().filter(|number| *number != NONE).ok_or(Full)
}

impl Groups {
    pub(super) fn len(&self) -> usize {
        self.first.len()
    }

    /// The rows of an object, each with its part.
    pub(super) fn members(&self, group: usize) -> impl Iterator<Item = (usize, usize)> {
        let first = self.first.get(group).and_then(|first| self.rows.get(*first as usize));
        std::iter::successors(first, |member| self.rows.get(member.next as usize))
            .map(|member| (member.part as usize, member.row as usize))
    }

    /// For each object, its row in a part.
    pub(super) fn rows_in(&self, part: usize) -> Vec<Option<u32>> {
        let mut rows = vec![None; self.len()];
        for member in self.rows.iter().filter(|member| member.part as usize == part) {
            if let Some(place) = rows.get_mut(member.group as usize) {
                *place = Some(member.row);
            }
        }
        rows
    }

    /// Adds a row to an object, or as a new one; which one that is.
    fn add(&mut self, group: Option<u32>, part: usize, row: usize) -> Result<u32, Full> {
        let added = narrow(self.rows.len())?;
        let known = group.and_then(|group| Some((group, *self.first.get(group as usize)?)));
        let group = known.map_or_else(|| narrow(self.first.len()), |(group, _)| Ok(group))?;
        self.rows.push(Member { part: narrow(part)?, row: narrow(row)?, group, next: NONE });
        let Some((_, first)) = known else {
            self.first.push(added);
            return Ok(group);
        };
        // Objects have a row or two.
        let mut last = first;
        while let Some(next) = self.rows.get(last as usize).map(|member| member.next).filter(|next| *next != NONE) {
            last = next;
        }
        if let Some(last) = self.rows.get_mut(last as usize) {
            last.next = added;
        }
        Ok(group)
    }
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
    fn all(dataset: &Dataset) -> Vec<Self> {
        if dataset.identity_together {
            return vec![Self::Together];
        }
        join_fields(dataset).into_iter().map(Self::Field).collect()
    }

    /// Writes it in the form in which it is compared; false where the record has none.
    fn write(self, dataset: &Dataset, part: &Read, row: usize, out: &mut Vec<u8>) -> bool {
        match self {
            Self::Field(field) => cell::key_into(part.cell(row, field), out),
            Self::Together => {
                out.clear();
                let mut any = false;
                for field in &dataset.identity {
                    let key = cell::key_in_any_order(part.cell(row, *field));
                    any |= key.is_some();
                    out.extend(key.unwrap_or_default());
                    out.push(0);
                }
                any
            }
        }
    }
}

/// Objects by the hash of a key. Only their numbers: the keys of a million users are in the columns already.
type Known = HashTable<(u64, u32)>;

/// Looks for the object that a row is.
struct Search<'a> {
    dataset: &'a Dataset,
    parts: &'a [Read],
    keys: Vec<Key>,
    guid: Option<usize>,
    hasher: DefaultHashBuilder,
}

impl Search<'_> {
    fn guid(&self, part: usize, row: usize) -> &[u8] {
        match (self.guid, self.parts.get(part)) {
            (Some(field), Some(part)) => part.cell(row, field),
            _ => cell::NOT_DELIVERED,
        }
    }

    /// The hash of a row's key, which is written; none where it has no such key.
    fn hash(&self, key: Key, (part, row): (usize, usize), out: &mut Vec<u8>) -> Option<u64> {
        let written = key.write(self.dataset, self.parts.get(part)?, row, out);
        written.then(|| self.hasher.hash_one(out.as_slice()))
    }

    /// Whether a row may be an object: two records of one part are two objects, and so are two GUIDs.
    fn fits(&self, groups: &Groups, group: u32, at: (usize, usize)) -> bool {
        let own = self.guid(at.0, at.1);
        groups.members(group as usize).all(|(part, row)| {
            let guid = self.guid(part, row);
            part != at.0 && (!cell::is_value(own) || !cell::is_value(guid) || cell::agree(own, guid))
        })
    }

    /// By one key after another: the first object that has it, or nobody: of several that share it, any
    /// other would be a guess.
    fn find(&self, known: &[Known], groups: &Groups, at: (usize, usize), scratch: &mut [Vec<u8>; 2]) -> Option<u32> {
        let [own, other] = scratch;
        self.keys.iter().zip(known).find_map(|(key, known)| {
            let hash = self.hash(*key, at, own)?;
            let mut same = |group: u32| {
                groups.members(group as usize).any(|(part, row)| {
                    self.parts.get(part).is_some_and(|part| key.write(self.dataset, part, row, other) && other == own)
                })
            };
            let (_, group) = known.find(hash, |(other, group)| *other == hash && same(*group))?;
            self.fits(groups, *group, at).then_some(*group)
        })
    }

    /// Makes known by so many of the keys what objects the first part has: each of its rows is one. There is
    /// room for `all` objects, so that none is ever moved: of several that share a key, the first stays the first.
    fn know(&self, known: &mut Vec<Known>, keys: usize, rows: usize, all: usize) {
        let more = self.keys.get(known.len()..keys).unwrap_or_default();
        if more.is_empty() {
            return;
        }
        known.extend(side_by_side(more, rows, |key| self.first(*key, rows, all)));
    }

    fn first(&self, key: Key, rows: usize, all: usize) -> Known {
        let mut known = Known::with_capacity(all);
        let mut own = Vec::new();
        for row in 0..rows {
            if let (Some(hash), Ok(group)) = (self.hash(key, (0, row), &mut own), u32::try_from(row)) {
                known.insert_unique(hash, (hash, group), |(hash, _)| *hash);
            }
        }
        known
    }

    /// What is found for some rows of a part, as long as none of them has been added.
    fn each(&self, known: &[Known], groups: &Groups, part: usize, rows: &[u32]) -> Vec<Option<u32>> {
        let found = by_ranges(rows.len(), |range| {
            let mut scratch = Default::default();
            let find = |row: &u32| self.find(known, groups, (part, *row as usize), &mut scratch);
            rows.get(range).unwrap_or_default().iter().map(find).collect::<Vec<_>>()
        });
        found.concat()
    }
}

/// Joins the rows of parts. What was read first comes first.
pub(super) fn grouped(dataset: &Dataset, parts: &[Read]) -> Result<Groups, Full> {
    let mut groups = Groups::default();
    let Some((first, others)) = parts.split_first() else { return Ok(groups) };
    let guid = dataset.field("guid").map(|(field, _)| field);
    let search = Search { dataset, parts, keys: Key::all(dataset), guid, hasher: DefaultHashBuilder::default() };
    groups.first.reserve(first.rows);
    groups.rows.reserve(parts.iter().map(|part| part.rows).sum());
    for row in 0..first.rows {
        groups.add(None, 0, row)?;
    }
    let (between, last) = others.split_at(others.len().saturating_sub(1));
    let all = first.rows + between.iter().map(|part| part.rows).sum::<usize>();
    // Nearly everybody is found by the first key. What comes between is put under all of them.
    let mut known = Vec::new();
    let every = search.keys.len();
    search.know(&mut known, if between.is_empty() { 1.min(every) } else { every }, first.rows, all);
    let mut scratch = Default::default();
    for (number, part) in (1..).zip(between) {
        for row in 0..part.rows {
            let at = (number, row);
            let group = groups.add(search.find(&known, &groups, at, &mut scratch), number, row)?;
            for (key, known) in search.keys.iter().zip(&mut known) {
                let [own, _] = &mut scratch;
                if let Some(hash) = search.hash(*key, at, own)
                    && known.find(hash, |(other, of)| *other == hash && *of == group).is_none()
                {
                    known.insert_unique(hash, (hash, group), |(hash, _)| *hash);
                }
            }
        }
    }
    // Nobody is joined with what comes last: its rows are looked for side by side.
    for (number, part) in (1 + between.len()..).zip(last) {
        let rows: Vec<u32> = (0..part.rows).map(narrow).collect::<Result<_, _>>()?;
        let mut found = search.each(&known, &groups, number, &rows);
        let nobody = |(row, found): (&u32, &Option<u32>)| found.is_none().then_some(*row);
        let unfound: Vec<u32> = rows.iter().zip(&found).filter_map(nobody).collect();
        if !unfound.is_empty() && known.len() < every {
            search.know(&mut known, every, first.rows, all);
            for (row, by_rest) in unfound.iter().zip(search.each(&known, &groups, number, &unfound)) {
                if let Some(place) = found.get_mut(*row as usize) {
                    *place = by_rest;
                }
            }
        }
        for (row, found) in found.into_iter().enumerate() {
            let at = (number, row);
            let found = match found {
                // Another row of this part may be that object by now. Whom nobody had, nobody has.
                Some(group) if !search.fits(&groups, group, at) => {
                    search.know(&mut known, every, first.rows, all);
                    search.find(&known, &groups, at, &mut scratch)
                }
                found => found,
            };
            groups.add(found, number, row)?;
        }
    }
    Ok(groups)
}
