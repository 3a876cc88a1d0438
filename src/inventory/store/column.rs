//! A column: what all records of a dataset say of one field.
//!
//! Most fields hold few different values: each is kept once, and the rows hold its number, in
//! one, two or four bytes. Where nearly every row differs, the values stand one after another.

use std::hash::BuildHasher;
use std::sync::{Arc, OnceLock};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::expression::Lookup;

use super::{cell, packed};

/// Values one after another.
#[derive(Debug, Default)]
pub(crate) struct Arena {
    pub(crate) bytes: Vec<u8>,
    pub(crate) ends: Vec<u32>,
}

/// A column would be larger than what is kept: 4 GiB of different values.
#[derive(Debug)]
pub(crate) struct Full;

impl Arena {
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> &[u8] {
        let start = index.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied());
        match (start, self.ends.get(index)) {
            (Some(start), Some(end)) => self.bytes.get(start as usize..*end as usize).unwrap_or_default(),
            _ => cell::NOT_DELIVERED,
        }
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    #[inline]
    pub(crate) fn push(&mut self, value: &[u8]) -> Result<(), Full> {
        let end = u32::try_from(self.bytes.len() + value.len()).map_err(|_| Full)?;
        self.bytes.extend_from_slice(value);
        self.ends.push(end);
        Ok(())
    }

    fn append(&mut self, other: &Self) -> Result<(), Full> {
        let before = u32::try_from(self.bytes.len()).map_err(|_| Full)?;
        u32::try_from(self.bytes.len() + other.bytes.len()).map_err(|_| Full)?;
        self.bytes.extend_from_slice(&other.bytes);
        self.ends.extend(other.ends.iter().map(|end| before + end));
        Ok(())
    }
}

/// Numbers of values, as wide as they must be.
#[derive(Debug)]
pub(crate) enum Codes {
    One(Vec<u8>),
    Two(Vec<u16>),
    Four(Vec<u32>),
}

impl Codes {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::One(codes) => codes.len(),
            Self::Two(codes) => codes.len(),
            Self::Four(codes) => codes.len(),
        }
    }

    #[inline]
    pub(crate) fn get(&self, row: usize) -> Option<usize> {
        match self {
            Self::One(codes) => codes.get(row).map(|code| usize::from(*code)),
            Self::Two(codes) => codes.get(row).map(|code| usize::from(*code)),
            Self::Four(codes) => codes.get(row).map(|code| *code as usize),
        }
    }

    /// The largest of them.
    fn most(&self) -> Option<usize> {
        match self {
            Self::One(codes) => codes.iter().max().map(|code| usize::from(*code)),
            Self::Two(codes) => codes.iter().max().map(|code| usize::from(*code)),
            Self::Four(codes) => codes.iter().max().map(|code| *code as usize),
        }
    }

    #[inline]
    fn push(&mut self, code: u32) {
        if let Self::One(codes) = self {
            match u8::try_from(code) {
                Ok(code) => return codes.push(code),
                Err(_) => *self = Self::Two(codes.iter().map(|code| u16::from(*code)).collect()),
            }
        }
        if let Self::Two(codes) = self {
            match u16::try_from(code) {
                Ok(code) => return codes.push(code),
                Err(_) => *self = Self::Four(codes.iter().map(|code| u32::from(*code)).collect()),
            }
        }
        if let Self::Four(codes) = self {
            codes.push(code);
        }
    }

    /// Takes all of another column's codes as the numbers that its values have here.
    fn extend(&mut self, codes: &Self, numbers: &[u32]) {
        fn translated<T: Copy + Default>(codes: &Codes, numbers: &[T], to: &mut Vec<T>) {
            let number = |code: usize| numbers.get(code).copied().unwrap_or_default();
            match codes {
                Codes::One(codes) => to.extend(codes.iter().map(|code| number(usize::from(*code)))),
                Codes::Two(codes) => to.extend(codes.iter().map(|code| number(usize::from(*code)))),
                Codes::Four(codes) => to.extend(codes.iter().map(|code| number(*code as usize))),
            }
        }
        let narrow8: Result<Vec<u8>, _> = numbers.iter().map(|number| u8::try_from(*number)).collect();
        let narrow16: Result<Vec<u16>, _> = numbers.iter().map(|number| u16::try_from(*number)).collect();
        match (&mut *self, narrow8, narrow16) {
            (Self::One(to), Ok(numbers), _) => translated(codes, &numbers, to),
            (Self::Two(to), _, Ok(numbers)) => translated(codes, &numbers, to),
            (Self::Four(to), ..) => translated(codes, numbers, to),
            // It becomes wider somewhere among them.
            _ => (0..codes.len()).filter_map(|row| numbers.get(codes.get(row)?)).for_each(|number| self.push(*number)),
        }
    }

    fn trim(&mut self) {
        match self {
            Self::One(codes) => codes.shrink_to_fit(),
            Self::Two(codes) => codes.shrink_to_fit(),
            Self::Four(codes) => codes.shrink_to_fit(),
        }
    }
}

#[derive(Debug)]
pub(crate) enum Column {
    /// Few different values.
    Coded { codes: Codes, values: Arena, seen: Seen },
    /// Many.
    Plain(Arena),
    /// Compressed, until something reads it.
    Packed { bytes: Vec<u8>, rows: usize, unpacked: OnceLock<Box<Column>> },
}

/// A column that is not packed.
#[derive(Debug)]
pub(crate) enum Opened<'a> {
    Kept(&'a Column),
    Own(Column),
}

impl std::ops::Deref for Opened<'_> {
    type Target = Column;

    fn deref(&self) -> &Column {
        match self {
            Self::Kept(column) => column,
            Self::Own(column) => column,
        }
    }
}

/// Values of a coded column that expressions have read: one allocation for all rows.
#[derive(Debug, Default)]
pub(crate) struct Seen(OnceLock<Vec<OnceLock<Lookup>>>);

/// The most values that are remembered.
const REMEMBERED: usize = 4096;

impl Column {
    pub(crate) fn coded(codes: Codes, values: Arena) -> Self {
        Self::Coded { codes, values, seen: Seen::default() }
    }

    pub(crate) fn packed(bytes: Vec<u8>, rows: usize) -> Self {
        Self::Packed { bytes, rows, unpacked: OnceLock::new() }
    }

    /// The column itself, unpacked if it has to be. One that can't be unpacked holds nothing:
    /// whoever reads it is told that it was not delivered.
    #[inline]
    pub(crate) fn unpacked(&self) -> &Self {
        match self {
            Self::Packed { bytes, rows, unpacked } => unpacked.get_or_init(|| {
                Box::new(packed::unpack(bytes, *rows).unwrap_or_else(|| Self::Plain(Arena::default())))
            }),
            own => own,
        }
    }

    /// The column for a pass over all of it. One that nothing has read yet is unpacked for this
    /// pass alone: of a baseline, most columns are read once.
    pub(crate) fn opened(&self) -> Opened<'_> {
        match self {
            Self::Packed { bytes, rows, unpacked } if unpacked.get().is_none() => {
                Opened::Own(packed::unpack(bytes, *rows).unwrap_or_else(|| Self::Plain(Arena::default())))
            }
            other => Opened::Kept(other.unpacked()),
        }
    }

    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Coded { codes, .. } => codes.len(),
            Self::Plain(values) => values.len(),
            Self::Packed { rows, .. } => *rows,
        }
    }

    /// Whether every number has its value.
    pub(crate) fn is_sound(&self) -> bool {
        match self {
            Self::Coded { codes, values, .. } => codes.most().is_none_or(|most| most < values.len()),
            Self::Plain(_) | Self::Packed { .. } => true,
        }
    }

    /// The bytes of a row's value.
    #[inline]
    pub(crate) fn get(&self, row: usize) -> &[u8] {
        match self.unpacked() {
            Self::Packed { .. } => cell::NOT_DELIVERED,
            Self::Coded { codes, values, .. } => codes.get(row).map_or(cell::NOT_DELIVERED, |code| values.get(code)),
            Self::Plain(values) => values.get(row),
        }
    }

    /// A row's value as expressions see it. What its source is called is asked only where the value
    /// tells it.
    pub(crate) fn lookup(&self, row: usize, source: impl FnOnce() -> Arc<str>) -> Lookup {
        if let Self::Coded { codes, values, seen } = self.unpacked()
            && values.len() <= REMEMBERED
            && let Some(code) = codes.get(row)
            && !cell::is_unknown(values.get(code))
        {
            let seen = seen.0.get_or_init(|| (0..values.len()).map(|_| OnceLock::new()).collect());
            if let Some(seen) = seen.get(code) {
                return seen.get_or_init(|| cell::lookup(values.get(code), &source())).clone();
            }
        }
        let bytes = self.get(row);
        cell::plain(bytes).map_or_else(|| cell::lookup(bytes, &source()), Lookup::Known)
    }

    /// The number of a row's value among the column's values, where they are numbered: equal
    /// numbers are equal values.
    #[inline]
    pub(crate) fn code(&self, row: usize) -> Option<usize> {
        match self.unpacked() {
            Self::Coded { codes, .. } => codes.get(row),
            Self::Plain(_) | Self::Packed { .. } => None,
        }
    }

    /// The numbered values.
    pub(crate) fn values(&self) -> Option<&Arena> {
        match self.unpacked() {
            Self::Coded { values, .. } => Some(values),
            Self::Plain(_) | Self::Packed { .. } => None,
        }
    }

    /// Bytes that it takes.
    pub(crate) fn size(&self) -> usize {
        let arena = |arena: &Arena| arena.bytes.capacity() + arena.ends.capacity() * 4;
        match self {
            Self::Packed { bytes, unpacked, .. } => bytes.len() + unpacked.get().map_or(0, |column| column.size()),
            Self::Plain(values) => arena(values),
            Self::Coded { codes, values, .. } => {
                arena(values)
                    + match codes {
                        Codes::One(codes) => codes.capacity(),
                        Codes::Two(codes) => codes.capacity() * 2,
                        Codes::Four(codes) => codes.capacity() * 4,
                    }
            }
        }
    }
}

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

    /// Takes all values of another one, as if they came one by one.
    pub(crate) fn append(&mut self, other: &Self) -> Result<(), Full> {
        if self.plain && other.plain {
            return self.values.append(&other.values);
        }
        // Where there are few values, numbers stay worth while whatever comes.
        if !self.plain && !other.plain && self.values.len() + other.values.len() < MANY {
            let mut numbers = Vec::with_capacity(other.values.len());
            for number in 0..other.values.len() {
                numbers.push(self.number(other.values.get(number))?);
            }
            self.codes.extend(&other.codes, &numbers);
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
        if self.values.len() >= MANY && self.values.len() * 2 > self.codes.len() {
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
