//! What several parts say of one field of the same objects.

use hashbrown::HashMap;

use super::super::agree::agree;
use super::super::dataset::{Dataset, Field};
use super::super::store::column::{Column, Full};
use super::super::store::filling::Filling;
use super::super::store::{Disagreement, PartRead, Source, Statement, cell};
use super::Read;
use super::group::Groups;

/// What the fields of several parts are joined by.
pub(super) struct Joining<'a> {
    pub(super) dataset: &'static Dataset,
    pub(super) parts: &'a [Read],
    pub(super) groups: &'a Groups,
    pub(super) read: &'a [PartRead],
    pub(super) sources: &'a [Source],
}

/// A field's column.
pub(super) enum Joined {
    /// It is the one that a part has already.
    AsIn(usize),
    Anew(Column),
}

/// What differs from domain controller to domain controller without meaning anything.
const NEVER_COMPARED: [&str; 3] = ["when_changed", "when_created", "object_class"];

/// The most pairs of values that are remembered.
const MOST_PAIRS: usize = 1 << 14;

impl Joining<'_> {
    /// One field, and where the sources differ in it.
    pub(super) fn column(&self, index: usize) -> Result<(Joined, Vec<Disagreement>), Full> {
        let has = |part: &&(usize, &Read)| matches!(part.1.columns.get(index), Some(Some(_)));
        let having: Vec<(usize, &Read)> = self.parts.iter().enumerate().filter(|part| has(&part)).collect();
        match having.as_slice() {
            [(part, read)] => Ok((self.of_one(index, *part, read)?, Vec::new())),
            _ => self.of_several(index),
        }
    }

    /// A field that only one part has.
    fn of_one(&self, index: usize, part: usize, read: &Read) -> Result<Joined, Full> {
        if self.is_all(part) {
            return Ok(Joined::AsIn(part));
        }
        let mut taking = Taking::new(self.parts.len());
        for row in self.groups.rows_in(part) {
            match row {
                Some(row) => taking.take(part, read, row as usize, index)?,
                None => taking.column.push(cell::NOT_DELIVERED)?,
            }
        }
        Ok(Joined::Anew(taking.column.finish()))
    }

    /// Whether a part has all objects, in their order.
    fn is_all(&self, part: usize) -> bool {
        part == 0 && self.parts.first().is_some_and(|first| first.rows == self.groups.len())
    }

    fn of_several(&self, index: usize) -> Result<(Joined, Vec<Disagreement>), Full> {
        let mut found = Vec::new();
        let Some(field) = self.dataset.fields.get(index) else {
            return Ok((Joined::Anew(Filling::new().finish()), found));
        };
        let compared = field.derived.is_none() && !NEVER_COMPARED.contains(&field.name.as_str());
        let mut agreeing = Agreeing::of(field);
        // As long as the first part has the last word on everything, its column will do.
        let mut taking: Option<Taking> = (!self.is_all(0)).then(|| Taking::new(self.parts.len()));
        for group in 0..self.groups.len() {
            let mut chosen: Option<(Value<'_>, &[u8])> = None;
            for (part, row) in self.groups.members(group) {
                let Some(read) = self.parts.get(part) else { continue };
                let at = Value { part, read, row };
                let value = read.cell(row, index);
                match chosen {
                    None => chosen = Some((at, value)),
                    // What one source doesn't know, the other may.
                    Some((_, before)) if cell::is_unknown(before) => {
                        if !cell::is_unknown(value) || value.len() > before.len() {
                            chosen = Some((at, value));
                        }
                    }
                    Some((first, before)) => {
                        if compared && !cell::is_unknown(value) && !agreeing.agree((first, before), (at, value), index)
                        {
                            found.push(self.disagreement(field, group, (first.part, before), (part, value)));
                        }
                    }
                }
            }
            let of_first = chosen.is_some_and(|(at, _)| at.part == 0);
            let taking = match &mut taking {
                None if of_first => continue,
                Some(taking) => taking,
                unbegun @ None => {
                    let mut begun = Taking::new(self.parts.len());
                    if let Some(first) = self.parts.first() {
                        (0..group).try_for_each(|row| begun.take(0, first, row, index))?;
                    }
                    unbegun.insert(begun)
                }
            };
            match chosen {
                Some((at, _)) => taking.take(at.part, at.read, at.row, index)?,
                None => taking.column.push(cell::NOT_DELIVERED)?,
            }
        }
        Ok((taking.map_or(Joined::AsIn(0), |taking| Joined::Anew(taking.column.finish())), found))
    }

    fn disagreement(
        &self,
        field: &Field,
        group: usize,
        (first, before): (usize, &[u8]),
        (part, value): (usize, &[u8]),
    ) -> Disagreement {
        let say =
            |of: usize, value: &[u8]| Statement { source: self.name_of(of, (first, part)), value: cell::show(value) };
        let identity = |(part, row): (usize, usize)| {
            let part = self.parts.get(part)?;
            let said =
                |field: &usize| Some(part.cell(row, *field)).filter(|bytes| cell::is_value(bytes)).map(cell::show);
            self.dataset.identity.iter().find_map(said)
        };
        Disagreement {
            dataset: self.dataset.name.to_owned(),
            identity: self.groups.members(group).find_map(identity).unwrap_or_default(),
            field: Some(field.name.clone()),
            values: vec![say(first, before), say(part, value)],
        }
    }

    /// What a statement's source is called: of two parts of one source, the part itself.
    fn name_of(&self, of: usize, (a, b): (usize, usize)) -> String {
        let Some(part) = self.parts.get(of) else { return String::new() };
        let source = |part: usize| self.parts.get(part).map(|part| part.source);
        if source(a) == source(b) {
            self.read.get(part.number).map(|part| part.label.to_string()).unwrap_or_default()
        } else {
            self.sources.get(part.source).map(ToString::to_string).unwrap_or_default()
        }
    }
}

/// A row of a part.
#[derive(Clone, Copy)]
struct Value<'a> {
    part: usize,
    read: &'a Read,
    row: usize,
}

/// A column that is made of values of parts.
struct Taking {
    column: Filling,
    /// For each part, what its column's numbers are in this one.
    numbers: Vec<Vec<Option<u32>>>,
}

impl Taking {
    fn new(parts: usize) -> Self {
        Self { column: Filling::new(), numbers: vec![Vec::new(); parts] }
    }

    fn take(&mut self, part: usize, read: &Read, row: usize, index: usize) -> Result<(), Full> {
        let code = read.code(row, index);
        let numbers = self.numbers.get_mut(part);
        if self.column.is_plain() {
            return self.column.push(read.cell(row, index));
        }
        let (Some(code), Some(numbers)) = (code, numbers) else { return self.column.push(read.cell(row, index)) };
        if let Some(Some(number)) = numbers.get(code) {
            self.column.push_number(*number);
            return Ok(());
        }
        self.column.push(read.cell(row, index))?;
        if numbers.len() <= code {
            numbers.resize(code + 1, None);
        }
        if let Some(place) = numbers.get_mut(code) {
            *place = self.column.number_of_last();
        }
        Ok(())
    }
}

/// Whether values agree, remembered where they are numbered.
struct Agreeing<'k> {
    field: &'k Field,
    pairs: HashMap<[usize; 4], bool>,
    last: Option<([usize; 4], bool)>,
}

impl<'k> Agreeing<'k> {
    fn of(field: &'k Field) -> Self {
        Self { field, pairs: HashMap::new(), last: None }
    }

    fn agree(&mut self, (a, before): (Value<'_>, &[u8]), (b, value): (Value<'_>, &[u8]), index: usize) -> bool {
        let (Some(of_a), Some(of_b)) = (a.read.code(a.row, index), b.read.code(b.row, index)) else {
            return agree(self.field, before, value);
        };
        let pair = [a.part, of_a, b.part, of_b];
        if let Some((last, answer)) = self.last
            && last == pair
        {
            return answer;
        }
        let known = self.pairs.get(&pair).copied();
        let answer = known.unwrap_or_else(|| agree(self.field, before, value));
        if known.is_none() && self.pairs.len() < MOST_PAIRS {
            self.pairs.insert(pair, answer);
        }
        self.last = Some((pair, answer));
        answer
    }
}
