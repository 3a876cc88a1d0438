//! Which rows of several parts are one object.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::super::dataset::Dataset;
use super::super::side_by_side::side_by_side;
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

/// Objects by the hash of a key. Only their numbers: the keys of a million users are in the columns already.
type Known = HashTable<(u64, u32)>;

/// Joins the rows of parts. What was read first comes first.
pub(super) fn grouped(dataset: &Dataset, parts: &[Read]) -> Result<Groups, Full> {
    let keys = Key::all(dataset);
    let hasher = DefaultHashBuilder::default();
    let mut groups = Groups::default();
    let Some((first, others)) = parts.split_first() else { return Ok(groups) };
    groups.first.reserve(first.rows);
    groups.rows.reserve(parts.iter().map(|part| part.rows).sum());
    for row in 0..first.rows {
        groups.add(None, 0, row)?;
    }
    let mut known = side_by_side(&keys, first.rows, |key| {
        let mut known = Known::with_capacity(first.rows);
        let mut own = Vec::new();
        for row in 0..first.rows {
            if key.write(dataset, first, row, &mut own)
                && let Ok(group) = u32::try_from(row)
            {
                let hash = hasher.hash_one(own.as_slice());
                known.insert_unique(hash, (hash, group), |(hash, _)| *hash);
            }
        }
        known
    });
    let guid = dataset.field("guid").map(|(field, _)| field);
    let guid_of = |part: usize, row: usize| match (guid, parts.get(part)) {
        (Some(field), Some(part)) => part.cell(row, field),
        _ => cell::NOT_DELIVERED,
    };
    let (mut own, mut other) = (Vec::new(), Vec::new());
    let mut hashes: Vec<Option<u64>> = Vec::with_capacity(keys.len());
    for (number, part) in (1..).zip(others) {
        // Nobody is joined with what comes last.
        let last = number == others.len();
        for row in 0..part.rows {
            let own_guid = guid_of(number, row);
            hashes.clear();
            let mut found = None;
            for (key, known) in keys.iter().zip(&known) {
                if found.is_some() && last {
                    break;
                }
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
                        let guid = guid_of(part, row);
                        part != number
                            && (!cell::is_value(own_guid) || !cell::is_value(guid) || cell::agree(own_guid, guid))
                    })
                };
                // The first one that has the key, or nobody: of several that share it, any other would be a guess.
                let is = |(other, group): &(u64, u32)| *other == hash && same(*group as usize);
                found = known.find(hash, is).map(|(_, group)| *group).filter(|group| fits(*group as usize));
            }
            let group = groups.add(found, number, row)?;
            if last {
                continue;
            }
            for (hash, known) in hashes.iter().zip(&mut known) {
                if let Some(hash) = *hash
                    && known.find(hash, |(other, of)| *other == hash && *of == group).is_none()
                {
                    known.insert_unique(hash, (hash, group), |(hash, _)| *hash);
                }
            }
        }
    }
    Ok(groups)
}
