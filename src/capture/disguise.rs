//! Stand-ins: the same for the same word, address or number, in whatever text it stands.

mod telephone;

use std::collections::{HashMap, HashSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::{Map, Value as Json};

use super::words::{Words, is_of_word, is_prose};
use crate::inventory::Rewrite;

/// Digits that a telephone number, or an identifier, has at least. What is shorter is a port, a
/// count, a part of a version or of a date.
const LONG_NUMBER: usize = 7;

/// What kind of text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// What somebody named: only the words of Poolproof's own formats are kept.
    Named,
    /// The same, where four numbers between dots are a version.
    Version,
    /// A message, or what a server said: the words of Poolproof's own prose are kept too, unless
    /// they are names here.
    Said,
}

/// All stand-ins of one recording. It is gone through twice: at first only to learn what is a
/// name in it, so that no name is taken for prose and none is a stand-in for another.
#[derive(Debug)]
pub(super) struct Disguise {
    known: &'static Words,
    learning: bool,
    /// Words of names.
    names: HashSet<String>,
    /// Every word that was not kept.
    seen: HashSet<String>,
    stand_ins: HashMap<String, String>,
    taken: HashSet<String>,
    next_word: usize,
    numbers: HashMap<String, String>,
    addresses: HashMap<Ipv4Addr, Ipv4Addr>,
    long_addresses: HashMap<Ipv6Addr, Ipv6Addr>,
    guids: HashMap<[u8; 16], [u8; 16]>,
    /// Addresses that were there.
    real: HashSet<String>,
}

impl Disguise {
    pub(super) fn new(known: &'static Words) -> Self {
        Self {
            known,
            learning: true,
            names: HashSet::new(),
            seen: HashSet::new(),
            stand_ins: HashMap::new(),
            taken: HashSet::new(),
            next_word: 0,
            numbers: HashMap::new(),
            addresses: HashMap::new(),
            long_addresses: HashMap::new(),
            guids: HashMap::new(),
            real: HashSet::new(),
        }
    }

    /// From now on words get their stand-ins.
    pub(super) fn learned(&mut self) {
        self.learning = false;
    }

    /// How many words, addresses and numbers have a stand-in.
    pub(super) fn replaced(&self) -> usize {
        let addresses = self.addresses.len() + self.long_addresses.len();
        self.stand_ins.len() + addresses + self.numbers.len() + self.guids.len()
    }

    /// The first word of a text that should have a stand-in, and has none.
    pub(super) fn betrayed<'t>(&self, text: &'t str) -> Option<&'t str> {
        super::words::words(text).find(|word| {
            let word = word.to_lowercase();
            self.seen.contains(&word) && !self.taken.contains(&word)
        })
    }

    /// The address in a text that was there before.
    pub(super) fn betrayed_address(&self, text: &str) -> Option<String> {
        let mut parts = text.split(|char: char| !char.is_ascii_hexdigit() && !matches!(char, '.' | ':'));
        parts.find(|part| self.real.contains(*part)).map(str::to_owned)
    }

    /// A text with stand-ins for what is not kept.
    pub(super) fn text(&mut self, text: &str, kind: Kind) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut compound = None;
        while let Some(char) = rest.chars().next() {
            let at = text.len() - rest.len();
            if compound.as_ref().is_none_or(|(end, _)| at >= *end) {
                compound = Some(chunk(text, at));
            }
            let joined = compound.is_some_and(|(_, joined)| joined);
            let before = out.is_empty() || !text.get(..at).is_some_and(|before| before.ends_with(is_of_word));
            let special = if before { self.special(rest, kind) } else { None };
            if let Some((length, stand_in)) = special {
                out.push_str(&stand_in);
                rest = rest.get(length..).unwrap_or_default();
            } else if is_of_word(char) {
                let length = word_length(rest);
                let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
                let escaped = text.get(..at).is_some_and(|before| before.ends_with('\\')) && is_escape(word);
                out.push_str(&if escaped { word.to_owned() } else { self.word(word, kind, joined) });
                rest = after;
            } else if char == '%' && rest.get(1..3).is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
            {
                // What keys of cases and addresses escape.
                out.push_str(rest.get(..3).unwrap_or_default());
                rest = rest.get(3..).unwrap_or_default();
            } else {
                out.push(char);
                rest = rest.get(char.len_utf8()..).unwrap_or_default();
            }
        }
        out
    }

    /// What is more than words: a time, a GUID, an address. Its length, and what stands for it.
    fn special(&mut self, rest: &str, kind: Kind) -> Option<(usize, String)> {
        if let Some(length) = time_length(rest) {
            return Some((length, rest.get(..length)?.to_owned()));
        }
        if let Some(bytes) = rest.get(..36).and_then(guid_bytes)
            && !rest.get(36..).is_some_and(|after| after.starts_with(is_of_word))
        {
            let text = guid_text(self.guid(bytes));
            let upper = rest.get(..36).is_some_and(|guid| guid.bytes().any(|byte| byte.is_ascii_uppercase()));
            return Some((36, if upper { text.to_uppercase() } else { text }));
        }
        if let Some(length) = telephone::number_length(rest) {
            let form = rest.get(..length)?;
            let digits: String = form.chars().filter(char::is_ascii_digit).collect();
            return Some((length, telephone::laid_out(form, &self.number(&digits))));
        }
        if let Some((name, length)) = telephone::extension_length(rest) {
            return Some((length, format!("{}{}", rest.get(..name)?, self.number(rest.get(name..length)?))));
        }
        let run = |allowed: fn(char) -> bool| rest.find(|char| !allowed(char)).unwrap_or(rest.len());
        let ends_well = |length: usize| !rest.get(length..).is_some_and(|after| after.starts_with(is_of_word));
        let colons = run(|char| char.is_ascii_hexdigit() || matches!(char, ':' | '.'));
        let long = rest.get(..colons)?.trim_end_matches(['.', ':']);
        if long.matches(':').count() >= 2
            && ends_well(long.len())
            && let Ok(address) = long.parse::<Ipv6Addr>()
        {
            return Some((long.len(), self.long_address(address).to_string()));
        }
        let dots = run(|char| char.is_ascii_digit() || char == '.');
        let short = rest.get(..dots)?.trim_end_matches('.');
        if kind != Kind::Version
            && ends_well(short.len())
            && let Ok(address) = short.parse::<Ipv4Addr>()
        {
            return Some((short.len(), self.address(address).to_string()));
        }
        None
    }

    fn word(&mut self, word: &str, kind: Kind, joined: bool) -> String {
        let folded = word.to_lowercase();
        if folded.bytes().all(|byte| byte.is_ascii_digit()) {
            return if folded.len() < LONG_NUMBER { folded } else { self.number(&folded) };
        }
        if self.is_kept(&folded, kind != Kind::Said || joined) {
            return word.to_owned();
        }
        if self.learning {
            if kind != Kind::Said || joined {
                self.names.insert(folded.clone());
            }
            self.seen.insert(folded);
            return word.to_owned();
        }
        let stand_in = match self.stand_ins.get(&folded) {
            Some(known) => known.clone(),
            None => self.new_word(&folded),
        };
        in_case_of(word, &stand_in)
    }

    fn is_kept(&self, folded: &str, named: bool) -> bool {
        folded.chars().nth(1).is_none()
            || self.known.kept.contains(folded)
            || is_duration(folded)
            || !named && self.known.prose.contains(folded) && !self.names.contains(folded)
    }

    fn new_word(&mut self, folded: &str) -> String {
        loop {
            let word = pronounceable(self.next_word);
            self.next_word += 1;
            let free = !self.seen.contains(&word) && !self.known.kept.contains(&word);
            if free && !self.known.prose.contains(&word) {
                self.taken.insert(word.clone());
                self.stand_ins.insert(folded.to_owned(), word.clone());
                return word;
            }
        }
    }

    /// A long number of as many digits.
    fn number(&mut self, digits: &str) -> String {
        if self.learning {
            return digits.to_owned();
        }
        let next = self.numbers.len() + 1;
        let width = digits.len().saturating_sub(1);
        self.numbers.entry(digits.to_owned()).or_insert_with(|| format!("9{next:0width$}")).clone()
    }

    /// An address of the same kind: private ones stay private.
    fn address(&mut self, address: Ipv4Addr) -> Ipv4Addr {
        if address.is_loopback() || address.is_unspecified() || address.is_broadcast() {
            return address;
        }
        if self.learning {
            self.real.insert(address.to_string());
            return address;
        }
        if let Some(known) = self.addresses.get(&address) {
            return *known;
        }
        let taken = |candidate: &Ipv4Addr| {
            self.real.contains(&candidate.to_string()) || self.addresses.values().any(|used| used == candidate)
        };
        let [a, b, ..] = address.octets();
        let candidates = (0..=u16::MAX).map(|number| {
            let [high, low] = number.to_be_bytes();
            match (a, b) {
                (10, _) => Ipv4Addr::new(10, 77, high, low),
                (172, 16..=31) => Ipv4Addr::new(172, 29, high, low),
                (192, 168) => Ipv4Addr::new(192, 168, high, low),
                (169, 254) => Ipv4Addr::new(169, 254, high, low),
                (100, 64..=127) => Ipv4Addr::new(100, 77, high, low),
                // What benchmarks use between networks (RFC 2544): nobody's.
                _ => Ipv4Addr::new(198, 18, high, low),
            }
        });
        let stand_in = candidates.skip(11).find(|candidate| !taken(candidate)).unwrap_or(Ipv4Addr::UNSPECIFIED);
        self.addresses.insert(address, stand_in);
        stand_in
    }

    fn long_address(&mut self, address: Ipv6Addr) -> Ipv6Addr {
        if address.is_loopback() || address.is_unspecified() {
            return address;
        }
        if self.learning {
            self.real.insert(address.to_string());
            return address;
        }
        let number = u16::try_from(self.long_addresses.len() + 1).unwrap_or(u16::MAX);
        let prefix = match address.segments()[0] {
            local @ (0xfe80..=0xfebf | 0xfc00..=0xfdff) => [local, 0, 0x77],
            _ => [0x2001, 0xdb8, 0x77],
        };
        let [a, b, c] = prefix;
        *self.long_addresses.entry(address).or_insert_with(|| Ipv6Addr::new(a, b, c, 0, 0, 0, 0, number))
    }

    /// Every text and every key of a value.
    pub(super) fn json(&mut self, value: &Json, kind: Kind) -> Json {
        match value {
            Json::String(text) => Json::String(self.text(text, kind)),
            Json::Array(items) => items.iter().map(|item| self.json(item, kind)).collect(),
            Json::Object(map) => {
                let entries = map.iter().map(|(key, value)| {
                    let of = if is_version(key) { Kind::Version } else { kind };
                    (self.text(key, kind), self.json(value, of))
                });
                Json::Object(entries.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }

    /// The same of a check file, whose prose is prose.
    pub(super) fn suite(&mut self, value: &Json) -> Json {
        match value {
            Json::Array(items) => items.iter().map(|item| self.suite(item)).collect(),
            Json::Object(map) => {
                let entries = map.iter().map(|(key, value)| {
                    let value = if is_prose(key) { self.json(value, Kind::Said) } else { self.suite(value) };
                    (self.text(key, Kind::Named), value)
                });
                Json::Object(entries.collect::<Map<_, _>>())
            }
            other => self.json(other, Kind::Named),
        }
    }
}

impl Rewrite for Disguise {
    fn named(&mut self, field: &str, text: &str) -> String {
        self.text(text, if is_version(field) { Kind::Version } else { Kind::Named })
    }

    fn said(&mut self, text: &str) -> String {
        self.text(text, Kind::Said)
    }

    fn guid(&mut self, guid: [u8; 16]) -> [u8; 16] {
        if self.learning {
            return guid;
        }
        let number = u64::try_from(self.guids.len() + 1).unwrap_or(u64::MAX).to_be_bytes();
        *self.guids.entry(guid).or_insert_with(|| {
            // A random one by its form (RFC 9562), and no random one by its look.
            let mut bytes = [0, 0, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0];
            bytes.iter_mut().skip(10).zip(number.iter().skip(2)).for_each(|(byte, digit)| *byte = *digit);
            bytes
        })
    }
}

fn is_version(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["version", "build", "patch"].iter().any(|part| key.contains(part))
}

/// `10s`, `250ms`: what messages say of waiting.
fn is_duration(word: &str) -> bool {
    let unit = word.trim_start_matches(|char: char| char.is_ascii_digit());
    unit.len() < word.len() && matches!(unit, "ms" | "s" | "m" | "h" | "d" | "w")
}

/// Two hexadecimal digits, the first of them a number: `\2C` in a distinguished name.
fn is_escape(word: &str) -> bool {
    matches!(word.as_bytes(), [first, second] if first.is_ascii_digit() && second.is_ascii_hexdigit())
}

/// Where the chunk around a place ends, and whether it is a name of several parts: a host, an
/// address of a person, a path.
fn chunk(text: &str, at: usize) -> (usize, bool) {
    let ends =
        |char: char| char.is_whitespace() || matches!(char, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '<' | '>');
    let end = text.get(at..).and_then(|rest| rest.find(ends)).map_or(text.len(), |end| at + end);
    let chunk = text.get(at..end).unwrap_or_default();
    let inner = chunk.trim_end_matches(['.', ':', '!', '?']);
    let joined =
        inner.contains('@') || inner.contains('\\') || inner.split('.').filter(|part| !part.is_empty()).count() > 1;
    // An end right here would not get on.
    (end.max(at + 1), joined)
}

/// A word's length in bytes; an internationalised label is one word, hyphens and all.
fn word_length(rest: &str) -> usize {
    let label = rest.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("xn--"));
    rest.find(|char| !(is_of_word(char) || label && char == '-')).unwrap_or(rest.len())
}

/// The length of a date or of a time with a date, where one begins here.
fn time_length(rest: &str) -> Option<usize> {
    let shape = |from: usize, shape: &str| {
        let bytes = rest.as_bytes().get(from..from + shape.len())?;
        let fits = bytes.iter().zip(shape.bytes()).all(|(byte, wanted)| match wanted {
            b'0' => byte.is_ascii_digit(),
            other => byte.eq_ignore_ascii_case(&other),
        });
        fits.then_some(from + shape.len())
    };
    let date = shape(0, "0000-00-00")?;
    let Some(mut end) = shape(date, "T00:00") else {
        return (!rest.get(date..)?.starts_with(is_of_word)).then_some(date);
    };
    end = shape(end, ":00").unwrap_or(end);
    if let Some(fraction) = rest.get(end..).and_then(|rest| rest.strip_prefix('.')) {
        end += 1 + fraction.bytes().take_while(u8::is_ascii_digit).count();
    }
    end = shape(end, "Z").or_else(|| shape(end, "+00:00")).or_else(|| shape(end, "-00:00")).unwrap_or(end);
    Some(end)
}

fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let hyphens = text.char_indices().filter(|(_, char)| *char == '-').map(|(at, _)| at);
    if !hyphens.eq([8, 13, 18, 23]) {
        return None;
    }
    let number = u128::from_str_radix(&text.replace('-', ""), 16).ok()?;
    Some(number.to_be_bytes())
}

fn guid_text(bytes: [u8; 16]) -> String {
    let digits = format!("{:032x}", u128::from_be_bytes(bytes));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default().to_owned();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

/// A word that can be said, another for each number.
fn pronounceable(number: usize) -> String {
    const CONSONANTS: [char; 16] = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'w', 'z', 'j'];
    const VOWELS: [char; 5] = ['a', 'e', 'i', 'o', 'u'];
    let mut word = String::new();
    // Neighbours in number should not look alike.
    let mut rest = number.wrapping_mul(104_729);
    for syllable in 0.. {
        if syllable >= 3 && rest == 0 {
            break;
        }
        word.extend(CONSONANTS.get(rest % 16));
        rest /= 16;
        word.extend(VOWELS.get(rest % 5));
        rest /= 5;
    }
    word
}

/// A stand-in in upper and lower case as the word is.
fn in_case_of(word: &str, stand_in: &str) -> String {
    let mut cases = word.chars().filter(|char| char.is_alphabetic()).map(char::is_uppercase);
    let mut last = false;
    let letters = stand_in.chars().map(|char| {
        last = cases.next().unwrap_or(last);
        if last { char.to_ascii_uppercase() } else { char }
    });
    letters.collect()
}

#[cfg(test)]
mod tests;
