//! What texts of a file have become before. Most of an export's values repeat: whoever has read
//! `"Tag:RedmondConf"` once need not read it a hundred thousand times.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::store::column::{Arena, Full};

/// Of one column: the number that it gave to what a text became.
#[derive(Debug, Default)]
pub(super) struct Recall {
    texts: Arena,
    /// The column's number for each text.
    numbers: Vec<u32>,
    index: HashTable<u32>,
    hasher: DefaultHashBuilder,
    /// The text that was found last.
    last: Option<u32>,
    found: usize,
    /// Hardly anything comes again.
    idle: bool,
}

/// So many texts are learnt before it is asked whether that was worth while.
const TRIED: usize = 1 << 10;
/// So many tell it of a piece of a file.
const ENOUGH: usize = 1 << 7;
/// The most texts; the longest one, and all of them, in bytes.
const MOST: usize = 1 << 14;
const LONGEST: usize = 1 << 8;
const ROOM: usize = 1 << 19;

impl Recall {
    /// Learns nothing any more.
    fn give_up(&mut self) {
        *self = Self { idle: true, ..Self::default() };
    }

    /// Whether there is no use in asking.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.idle
    }

    /// Forgets all texts: the column has other numbers now. Where hardly anything came again, none is learnt
    /// any more.
    pub(super) fn begin_anew(&mut self) {
        let known = self.texts.len();
        if known >= ENOUGH && self.found < known {
            self.give_up();
        }
        self.texts.clear();
        self.numbers.clear();
        self.index.clear();
        self.last = None;
        self.found = 0;
    }

    /// The length and number of the text that was found last, if the rest of a record begins with it.
    #[inline]
    pub(super) fn again(&mut self, rest: &[u8]) -> Option<(usize, u32)> {
        let last = self.last? as usize;
        let text = self.texts.get(last);
        let after = rest.strip_prefix(text)?;
        // Quotes and brackets end a value; what else does, has to follow a word or number.
        let ends = matches!(text.last(), Some(b'"' | b'}' | b']')) || matches!(after.first(), Some(b',' | b'}'));
        let number = self.numbers.get(last).copied().filter(|_| ends)?;
        self.found += 1;
        Some((text.len(), number))
    }

    /// The number of a text.
    #[inline]
    pub(super) fn find(&mut self, text: &[u8]) -> Option<u32> {
        let hash = self.hasher.hash_one(text);
        let found = *self.index.find(hash, |index| self.texts.get(*index as usize) == text)?;
        self.found += 1;
        self.last = Some(found);
        self.numbers.get(found as usize).copied()
    }

    /// Learns what number a text has that was not found.
    pub(super) fn learn(&mut self, text: &[u8], number: u32) -> Result<(), Full> {
        let known = self.texts.len();
        if self.idle || text.len() > LONGEST {
            return Ok(());
        }
        let is_full = known >= MOST || self.texts.bytes.len() >= ROOM;
        if is_full || (known >= TRIED && self.found < known) {
            self.give_up();
            return Ok(());
        }
        let index = u32::try_from(known).map_err(|_| Full)?;
        self.texts.push(text)?;
        self.numbers.push(number);
        self.last = Some(index);
        let (texts, hasher) = (&self.texts, &self.hasher);
        self.index.insert_unique(hasher.hash_one(text), index, |index| hasher.hash_one(texts.get(*index as usize)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_again() {
        let mut recall = Recall::default();
        for (number, text) in ["null", "true", "12", r#""Tag:R""#, r#"{"a":1}"#].into_iter().enumerate() {
            assert_eq!(recall.find(text.as_bytes()), None);
            recall.learn(text.as_bytes(), u32::try_from(number).expect("few")).expect("room");
        }
        assert_eq!(recall.find(b"12"), Some(2));
        assert_eq!(recall.again(b"12,\"B\""), Some((2, 2)));
        for other in ["123,", "12.5,", "12e3}", "12 ,", "12", "1", ""] {
            assert_eq!(recall.again(other.as_bytes()), None, "{other}");
        }
        assert_eq!(recall.find(br#""Tag:R""#), Some(3));
        assert_eq!(recall.again(br#""Tag:R" "#), Some((7, 3)));
        assert_eq!(recall.again(br#""Tag:R2""#), None);
        recall.begin_anew();
        assert_eq!((recall.again(br#""Tag:R""#), recall.find(b"null")), (None, None));
        assert!(!recall.is_idle());
    }

    #[test]
    fn what_never_comes_again_is_not_learnt_forever() {
        let mut recall = Recall::default();
        for number in 0..=1_100_u32 {
            recall.learn(number.to_string().as_bytes(), number).expect("room");
        }
        assert!(recall.is_idle());
        assert_eq!(recall.find(b"1100"), None);
        recall.begin_anew();
        assert!(recall.is_idle());
        // A piece is enough to see it.
        let mut recall = Recall::default();
        for number in 0..200_u32 {
            recall.learn(number.to_string().as_bytes(), number).expect("room");
        }
        assert!(!recall.is_idle());
        recall.begin_anew();
        assert!(recall.is_idle());
    }
}
