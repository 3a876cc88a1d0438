//! A column that is being filled.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::cell;
use super::column::{Arena, Codes, Column, Full};

/// A column that is being filled.
#[derive(Debug)]
pub(crate) struct Filling {
    codes: Codes,
    values: Arena,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    last: Option<u32>,
    /// The values stand one after another; there are no numbers.
    plain: bool,
}

/// From this many different values on it pays to ask whether numbers are worth while.
const MANY: usize = 1 << 15;
/// From this many on, it is known that they are not where nearly every row has another one: a GUID, a name.
const SOME: usize = 1 << 12;

/// Whether so many different values in so many rows are too many to number.
fn repeats_little(values: usize, rows: usize) -> bool {
    values >= MANY && values * 2 > rows || values >= SOME && values + values / 32 > rows
}

impl Filling {
    pub(crate) fn new() -> Self {
        Self {
            codes: Codes::One(Vec::new()),
            values: Arena::default(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: None,
            plain: false,
        }
    }

    /// One that numbers nothing.
    pub(crate) fn plain() -> Self {
        Self { plain: true, ..Self::new() }
    }

    /// Whether it numbers nothing any more.
    #[inline]
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// Takes all values of another one, as if they came one by one; `rows` are expected in the end.
    pub(crate) fn append(&mut self, other: &Self, rows: usize) -> Result<(), Full> {
        if self.plain && other.plain {
            return self.values.append(&other.values, rows);
        }
        // Where there are few values, numbers stay worth while whatever comes.
        let values = self.values.len() + other.values.len();
        let few = values < MANY && !repeats_little(values, self.len() + other.len());
        if !self.plain && !other.plain && few {
            let mut numbers = Vec::with_capacity(other.values.len());
            for number in 0..other.values.len() {
                numbers.push(self.number(other.values.get(number))?);
            }
            self.codes.extend(&other.codes, &numbers, rows);
            self.last = None;
            return Ok(());
        }
        // What this one numbers each of the other's values.
        let mut known = vec![None; other.values.len()];
        for row in 0..other.len() {
            let number = if other.plain { Some(row) } else { other.codes.get(row) };
            let place = number.and_then(|number| known.get_mut(number));
            match place.as_deref() {
                Some(Some(code)) if !self.plain => self.codes.push(*code),
                _ => {
                    self.push(number.map_or(cell::NOT_DELIVERED, |number| other.values.get(number)))?;
                    if let Some(place) = place {
                        *place = self.last;
                    }
                }
            }
        }
        Ok(())
    }

    /// The number of the value that was taken last, where values are numbered.
    #[inline]
    pub(crate) fn number_of_last(&self) -> Option<u32> {
        self.last.filter(|_| !self.plain)
    }

    /// The value of a number.
    #[inline]
    pub(crate) fn value(&self, number: u32) -> &[u8] {
        self.values.get(number as usize)
    }

    /// Takes a value that it has numbered.
    #[inline]
    pub(crate) fn push_number(&mut self, number: u32) {
        self.codes.push(number);
        self.last = Some(number);
    }

    fn len(&self) -> usize {
        if self.plain { self.values.len() } else { self.codes.len() }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) -> Result<(), Full> {
        if self.plain {
            return self.values.push(value);
        }
        // Neighbours are often alike.
        if let Some(last) = self.last
            && self.values.get(last as usize) == value
        {
            self.codes.push(last);
            return Ok(());
        }
        let hash = self.hasher.hash_one(value);
        if let Some(code) = self.index.find(hash, |code| self.values.get(*code as usize) == value) {
            self.codes.push(*code);
            self.last = Some(*code);
            return Ok(());
        }
        if repeats_little(self.values.len(), self.codes.len()) {
            self.unnumber()?;
            return self.values.push(value);
        }
        let code = self.insert(hash, value)?;
        self.codes.push(code);
        self.last = Some(code);
        Ok(())
    }

    /// The number of a value, a new one where it has none.
    fn number(&mut self, value: &[u8]) -> Result<u32, Full> {
        let hash = self.hasher.hash_one(value);
        match self.index.find(hash, |code| self.values.get(*code as usize) == value) {
            Some(code) => Ok(*code),
            None => self.insert(hash, value),
        }
    }

    fn insert(&mut self, hash: u64, value: &[u8]) -> Result<u32, Full> {
        let code = u32::try_from(self.values.len()).map_err(|_| Full)?;
        self.values.push(value)?;
        let (values, hasher) = (&self.values, &self.hasher);
        self.index.insert_unique(hash, code, |code| hasher.hash_one(values.get(*code as usize)));
        Ok(code)
    }

    fn unnumber(&mut self) -> Result<(), Full> {
        let mut plain = Arena::default();
        for row in 0..self.codes.len() {
            plain.push(self.codes.get(row).map_or(cell::NOT_DELIVERED, |code| self.values.get(code)))?;
        }
        self.values = plain;
        self.index = HashTable::new();
        self.codes = Codes::One(Vec::new());
        self.plain = true;
        Ok(())
    }

    pub(crate) fn finish(mut self) -> Column {
        self.values.bytes.shrink_to_fit();
        self.values.ends.shrink_to_fit();
        if self.plain {
            return Column::Plain(self.values);
        }
        self.codes.trim();
        Column::coded(self.codes, self.values)
    }
}
