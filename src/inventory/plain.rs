//! Records in their plainest form, which nearly all have, read without a general JSON reader:
//! no escapes in texts, no fractions, nothing nested deep. Whatever else a record has in it is
//! left to that reader, which also tells what is wrong with one.

use serde_json::{Map, Value as Json};

use super::normal::{self, Raw};
use super::part::{Part, Target};

/// Objects and lists within one another that are still plain.
const DEEPEST: usize = 4;

/// Reads one object; how many keys it has. None where it is not plain: what was put into the part by
/// then is not to be kept. Where the part has no mould, `spans` gets where each key and its value are.
pub(super) fn read(text: &str, part: &mut Part, spans: &mut Vec<(usize, usize)>) -> Option<usize> {
    let mut text = Text { text, at: 0 };
    text.skip();
    text.expect(b'{')?;
    text.skip();
    if text.peek() == Some(b'}') {
        text.at += 1;
        return text.end().map(|()| 0);
    }
    let mut index = 0;
    loop {
        let start = text.at;
        let alike = part
            .mould
            .as_ref()
            .and_then(|mould| mould.take(index, text.rest(), &mut part.scratch.places, &part.columns));
        if let Some((keys, length)) = alike {
            text.at += length;
            index += keys;
        } else {
            text.member(index, part)?;
            index += 1;
            if part.mould.is_none() {
                spans.push((start, text.at));
            }
        }
        text.skip();
        match text.next()? {
            b',' => text.skip(),
            b'}' => return text.end().map(|()| index),
            _ => return None,
        }
    }
}

/// A record's text, and how far it is read. None of a method: it is not plain.
#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Text<'t> {
    /// What is not read yet.
    pub(super) fn rest(&self) -> &'t [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// The text of the value that comes next, which stays unread.
    pub(super) fn value(mut self) -> Option<&'t str> {
        let start = self.at;
        self.pass(0)?;
        self.text.get(start..self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then_some(())
    }

    fn skip(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.peek() {
            self.at += 1;
        }
    }

    /// Nothing but white space follows.
    fn end(mut self) -> Option<()> {
        self.skip();
        self.peek().is_none().then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let rest = self.text.as_bytes().get(self.at..)?;
        self.at += word.len();
        rest.starts_with(word.as_bytes()).then_some(())
    }

    /// Reads a key and its value.
    fn member(&mut self, index: usize, part: &mut Part) -> Option<()> {
        let target = self.key(index, part)?;
        self.skip();
        if let Some(length) = part.take_known(target, self) {
            self.at += length;
            return Some(());
        }
        if target == (Target { field: None, setting: false }) {
            // What nobody reads has to be JSON all the same.
            return self.pass(0);
        }
        let start = self.at;
        if self.peek() == Some(b'{')
            && part.prints(target)
            && let Some(text) = self.printed()
        {
            part.put(index, target, Raw::Text(text), Some((start, self.at)));
            return Some(());
        }
        let json;
        let raw = match self.peek()? {
            b'"' => Raw::Text(self.string()?),
            b'n' => self.word("null").map(|()| Raw::Null)?,
            b't' => self.word("true").map(|()| Raw::Bool(true))?,
            b'f' => self.word("false").map(|()| Raw::Bool(false))?,
            b'{' | b'[' => {
                json = self.json(0)?;
                Raw::Json(&json)
            }
            _ => Raw::Int(self.int()?),
        };
        part.put(index, target, raw, Some((start, self.at)));
        Some(())
    }

    /// What an object of the shell prints as, if a glance tells; else nothing of it is read.
    fn printed(&mut self) -> Option<&'t str> {
        let mut text = *self;
        let mut best: Option<((bool, usize), Option<&str>)> = None;
        let mut seen = 0_u32;
        text.items(b'}', |text| {
            let key = text.string()?;
            text.skip();
            text.expect(b':')?;
            text.skip();
            let Some(rank) = normal::rank(key) else { return text.pass(1) };
            // Which of two it is, is not for a glance.
            if seen & (1 << rank) != 0 {
                return None;
            }
            seen |= 1 << rank;
            let value = match text.peek()? {
                b'"' => Some(text.string()?),
                b'-' | b'0'..=b'9' => text.int().map(|_| None)?,
                _ => return text.pass(1),
            };
            // An empty text is the last word only where nothing else is said.
            let place = (value.is_some_and(|text| text.trim().is_empty()), rank);
            if best.is_none_or(|(other, _)| place < other) {
                best = Some((place, value));
            }
            Some(())
        })?;
        // A number may name nothing, or stand for a name: that takes a closer look.
        let printed = best?.1?;
        *self = text;
        Some(printed)
    }

    /// What a key fills; its colon is read too. Records of one call have their keys in one order: it
    /// is the expected one nearly always.
    fn key(&mut self, index: usize, part: &mut Part) -> Option<Target> {
        if let Some(expected) = part.expected(index)
            && let Some(text) = expected.text.as_deref()
            && self.rest().starts_with(text)
        {
            self.at += text.len();
            return Some(expected.target);
        }
        let key = self.string()?;
        self.skip();
        self.expect(b':')?;
        part.target(index, key)
    }

    fn string(&mut self) -> Option<&'t str> {
        self.expect(b'"')?;
        let start = self.at;
        let length = plain_length(self.text.as_bytes().get(start..)?)?;
        self.at = start + length + 1;
        self.text.get(start..start + length)
    }

    /// A whole number that surely fits.
    fn int(&mut self) -> Option<i64> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let first = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        let digits = self.at - first;
        // `-0` is a fraction, `01` is none, and what goes on is no whole number.
        let zero = self.text.as_bytes().get(first) == Some(&b'0') && (digits > 1 || first > start);
        if digits == 0 || digits > 18 || zero || matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.text.get(start..self.at)?.parse().ok()
    }

    /// Passes over a value, which is looked at as closely as if it were kept.
    fn pass(&mut self, depth: usize) -> Option<()> {
        if depth > DEEPEST {
            return None;
        }
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'n' => self.word("null"),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'{' => self.items(b'}', |text| {
                text.string()?;
                text.skip();
                text.expect(b':')?;
                text.skip();
                text.pass(depth + 1)
            }),
            b'[' => self.items(b']', |text| text.pass(depth + 1)),
            _ => self.int().map(drop),
        }
    }

    fn json(&mut self, depth: usize) -> Option<Json> {
        if depth > DEEPEST {
            return None;
        }
        Some(match self.peek()? {
            b'"' => Json::String(self.string()?.to_owned()),
            b'n' => self.word("null").map(|()| Json::Null)?,
            b't' => self.word("true").map(|()| Json::Bool(true))?,
            b'f' => self.word("false").map(|()| Json::Bool(false))?,
            b'{' => {
                let mut members = Map::new();
                self.items(b'}', |text| {
                    let key = text.string()?;
                    text.skip();
                    text.expect(b':')?;
                    text.skip();
                    members.insert(key.to_owned(), text.json(depth + 1)?);
                    Some(())
                })?;
                Json::Object(members)
            }
            b'[' => {
                let mut items = Vec::new();
                self.items(b']', |text| {
                    items.push(text.json(depth + 1)?);
                    Some(())
                })?;
                Json::Array(items)
            }
            _ => Json::from(self.int()?),
        })
    }

    /// What stands between two brackets.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.skip();
        if self.peek()? == close {
            self.at += 1;
            return Some(());
        }
        loop {
            item(self)?;
            self.skip();
            match self.next()? {
                b',' => self.skip(),
                byte if byte == close => return Some(()),
                _ => return None,
            }
        }
    }
}

/// Whether a text stands in JSON as it is.
pub(super) fn is_plain(text: &str) -> bool {
    !text.bytes().any(|byte| byte == b'"' || byte == b'\\' || byte < b' ')
}

/// How far it is to the quote that ends a text. None where an escape, a control character or the
/// end comes first.
fn plain_length(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    // Eight bytes at a time: the lowest bit that is set is that of the first one found.
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let is = |byte: u8| {
            let zero = word ^ (ONES * u64::from(byte));
            zero.wrapping_sub(ONES) & !zero
        };
        let control = word.wrapping_sub(ONES * u64::from(b' ')) & !word;
        let found = (is(b'"') | is(b'\\') | control) & HIGHS;
        if found != 0 {
            at += found.trailing_zeros() as usize / 8;
            break;
        }
        at += 8;
    }
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' | 0..b' ' => return None,
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests;
