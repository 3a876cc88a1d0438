//! A column: what all records of a dataset say of one field.
//!
//! Most fields hold few different values: each is kept once, and the rows hold its number, in
//! one, two or four bytes. Where nearly every row differs, the values stand one after another.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

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

/// The most bytes for which room is made on the strength of what is expected, unless there are more already.
const EXPECTED: usize = 1 << 26;

/// Makes room for so many more, and for those that are expected to follow: what grows by and by is
/// moved again and again.
fn make_room<T>(list: &mut Vec<T>, more: usize, expected: usize) {
    if list.capacity() - list.len() < more {
        let most = (EXPECTED / size_of::<T>().max(1)).max(list.len());
        let wanted = expected.saturating_sub(list.len()).min(most);
        if wanted > more {
            // Where there is no such room, it is asked for as it is needed.
            drop(list.try_reserve_exact(wanted));
        }
    }
}

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

    /// Takes all values of another one; `rows` are expected in the end.
    pub(super) fn append(&mut self, other: &Self, rows: usize) -> Result<(), Full> {
        let before = u32::try_from(self.bytes.len()).map_err(|_| Full)?;
        let bytes = self.bytes.len() + other.bytes.len();
        u32::try_from(bytes).map_err(|_| Full)?;
        let each = bytes / (self.len() + other.len()).max(1) + 1;
        make_room(&mut self.bytes, other.bytes.len(), rows.saturating_mul(each));
        make_room(&mut self.ends, other.ends.len(), rows);
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
    pub(super) fn push(&mut self, code: u32) {
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

    /// Takes all of another column's codes as the numbers that its values have here; `rows` are expected in
    /// the end.
    pub(super) fn extend(&mut self, codes: &Self, numbers: &[u32], rows: usize) {
        fn translated<T: Copy + Default>(codes: &Codes, numbers: &[T], to: &mut Vec<T>) {
            let number = |code: usize| numbers.get(code).copied().unwrap_or_default();
            match codes {
                Codes::One(codes) => to.extend(codes.iter().map(|code| number(usize::from(*code)))),
                Codes::Two(codes) => to.extend(codes.iter().map(|code| number(usize::from(*code)))),
                Codes::Four(codes) => to.extend(codes.iter().map(|code| number(*code as usize))),
            }
        }
        match self {
            Self::One(own) => make_room(own, codes.len(), rows),
            Self::Two(own) => make_room(own, codes.len(), rows),
            Self::Four(own) => make_room(own, codes.len(), rows),
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

    pub(super) fn trim(&mut self) {
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
    Packed { bytes: Bytes, rows: usize, unpacked: OnceLock<Box<Column>> },
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

    pub(crate) fn packed(bytes: Bytes, rows: usize) -> Self {
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
