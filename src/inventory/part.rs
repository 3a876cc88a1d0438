//! A part that is being read: records in, columns out.

use serde_json::{Map, Value as Json};

use super::dataset::{Dataset, Derivation, Sees, snake_case};
use super::manifest::Manifest;
use super::normal::{self, Raw};
use super::store::cell;
use super::store::column::{Filling, Full};

/// One answer of one call, while its records come in. Made by [`Builder::part`], and given back
/// to [`Builder::end`].
///
/// [`Builder::part`]: super::Builder::part
/// [`Builder::end`]: super::Builder::end
#[derive(Debug)]
pub struct Part {
    pub(super) dataset: &'static Dataset,
    pub(super) source: usize,
    /// What goes with it. It may still be completed while records come in.
    pub manifest: Manifest,
    pub(super) columns: Vec<Option<Filling>>,
    pub(super) rows: usize,
    pub(super) problems: Vec<String>,
    /// The keys of the last record that has any, in order, and what each fills: records of one call are alike.
    keys: Vec<(String, Target)>,
    /// How many of them that record had: what follows is of records before it.
    last: usize,
    scratch: Scratch,
    derived: Vec<(usize, Derivation, usize)>,
    about: Option<usize>,
}

/// What a key fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The field of the dataset.
    pub(super) field: Option<usize>,
    /// Whether it is kept among the settings.
    pub(super) setting: bool,
}

/// One record while it is read.
#[derive(Debug, Default)]
struct Scratch {
    bytes: Vec<u8>,
    /// Where each field's value lies; nothing lies at 0..0.
    spans: Vec<(usize, usize)>,
    settings: Vec<(String, (usize, usize))>,
    /// Fields of which the record has two different values.
    torn: Vec<usize>,
}

/// Why a record can't be taken.
#[derive(Debug, thiserror::Error)]
pub enum BadRecord {
    /// It is not JSON, or not an object.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// It is longer than what is read.
    #[error("a record of {0} bytes; at most {max} are read", max = Part::LONGEST)]
    TooLong(usize),
    /// It has more keys than what is read.
    #[error("a record with more than {max} properties", max = Part::MOST_KEYS)]
    TooManyKeys,
    /// There is more than what is kept.
    #[error("more than what is kept: 4 GiB of one field, or 4 billion records")]
    Full,
}

impl From<Full> for BadRecord {
    fn from(_: Full) -> Self {
        Self::Full
    }
}

/// Properties that say nothing of the object itself.
const BOOKKEEPING: [&str; 12] = [
    "identity",
    "description",
    "anchor",
    "element",
    "xsanyelements",
    "xsanyattributes",
    "pscomputername",
    "psshowcomputername",
    "runspaceid",
    "key",
    "scopeclass",
    "typedidentity",
];

impl Part {
    /// The longest record that is read, in bytes.
    pub const LONGEST: usize = 4 << 20;
    /// The most properties of a record.
    pub const MOST_KEYS: usize = 2000;

    pub(super) fn begin(dataset: &'static Dataset, source: usize, manifest: Manifest) -> Self {
        let derived = dataset.fields.iter().enumerate().filter_map(|(index, field)| {
            let derivation = field.derived?;
            let of = match derivation {
                Derivation::PoolOf(of) | Derivation::ScopeOf(of) | Derivation::BareOf(of) => dataset.property(of)?,
                Derivation::Settings => index,
            };
            Some((index, derivation, of))
        });
        let field = |name: &str| dataset.field(name).map(|(index, _)| index);
        let about = match dataset.sees {
            Sees::Deployment => None,
            Sees::Host => field("host"),
            Sees::Domain => field("domain"),
            Sees::Pool => dataset.pool,
        };
        Self {
            dataset,
            source,
            manifest,
            columns: dataset.fields.iter().map(|_| None).collect(),
            rows: 0,
            problems: Vec::new(),
            keys: Vec::new(),
            last: 0,
            scratch: Scratch { spans: vec![(0, 0); dataset.fields.len()], ..Scratch::default() },
            derived: derived.collect(),
            about,
        }
    }

    /// The dataset that it is of.
    #[must_use]
    pub fn dataset(&self) -> &'static Dataset {
        self.dataset
    }

    /// How many records were taken.
    #[must_use]
    pub fn records(&self) -> usize {
        self.rows
    }

    /// Tells why the part proves nothing: it was cut short, a hash differs, a call failed.
    pub fn problem(&mut self, problem: impl Into<String>) {
        self.problems.push(problem.into());
    }

    /// The properties of the last record.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().take(self.last).map(|(key, _)| key.as_str())
    }

    /// Takes one record as JSON text.
    ///
    /// # Errors
    /// When it is no JSON object, or too large. What was read before stays.
    pub fn record_json(&mut self, text: &[u8]) -> Result<(), BadRecord> {
        if text.len() > Self::LONGEST {
            return Err(BadRecord::TooLong(text.len()));
        }
        if self.record_plain(text)? { Ok(()) } else { self.record_general(text) }
    }

    /// Takes one record if it is plain; false where it is not, and nothing of it was taken.
    pub(super) fn record_plain(&mut self, text: &[u8]) -> Result<bool, BadRecord> {
        let Ok(text) = std::str::from_utf8(text) else { return Ok(false) };
        self.clear();
        let Some(keys) = super::plain::read(text, self) else { return Ok(false) };
        self.keep(keys).map(|()| true)
    }

    /// Takes one record, whatever is in it.
    pub(super) fn record_general(&mut self, text: &[u8]) -> Result<(), BadRecord> {
        self.clear();
        let keys = super::reader::read(text, self)?;
        self.keep(keys)
    }

    /// Takes one record that lies in memory.
    ///
    /// # Errors
    /// When it has too many properties, or there is more than what is kept.
    pub fn record(&mut self, record: &Map<String, Json>) -> Result<(), BadRecord> {
        self.clear();
        for (index, (key, value)) in record.iter().enumerate() {
            let target = self.target(index, key).ok_or(BadRecord::TooManyKeys)?;
            self.put(index, target, normal::scalar(value));
        }
        self.keep(record.len())
    }

    /// The keys of the last record, and what each fills.
    pub(super) fn last_keys(&self) -> Vec<(String, Target)> {
        self.keys.iter().take(self.last).cloned().collect()
    }

    /// Still expects them, and says that there was no record.
    pub(super) fn forget_last_keys(&mut self) {
        self.last = 0;
    }

    /// Takes those of a record that is the last one now.
    pub(super) fn set_last_keys(&mut self, keys: Vec<(String, Target)>) {
        self.last = keys.len();
        self.keys = keys;
    }

    /// The key that the last record had at a place, and what it fills.
    pub(super) fn expected(&self, index: usize) -> Option<(&str, Target)> {
        self.keys.get(index).map(|(key, target)| (key.as_str(), *target))
    }

    /// What the key at a place in a record fills. None: there are too many.
    pub(super) fn target(&mut self, index: usize, key: &str) -> Option<Target> {
        if let Some((expected, target)) = self.keys.get(index)
            && expected == key
        {
            return Some(*target);
        }
        if index >= Self::MOST_KEYS {
            return None;
        }
        let setting =
            self.dataset.keeps_settings && !BOOKKEEPING.iter().any(|ignored| ignored.eq_ignore_ascii_case(key));
        let target = Target { field: self.dataset.property(key), setting };
        self.keys.truncate(index);
        if self.keys.len() == index {
            self.keys.push((key.to_owned(), target));
        }
        Some(target)
    }

    /// Takes a value of the record that is being read.
    pub(super) fn put(&mut self, index: usize, target: Target, raw: Raw<'_>) {
        let scratch = &mut self.scratch;
        let mut span = None;
        if let Some(number) = target.field
            && let Some(field) = self.dataset.fields.get(number)
            && let Some(place) = scratch.spans.get_mut(number)
        {
            let start = scratch.bytes.len();
            normal::put(&field.kind, raw, &mut scratch.bytes);
            let end = scratch.bytes.len();
            span = Some((start, end));
            // Of two spellings of one property, the one with a value counts; which of two values is
            // meant, nobody knows.
            let before = scratch.bytes.get(place.0..place.1).unwrap_or_default();
            let now = scratch.bytes.get(start..end).unwrap_or_default();
            if scratch.torn.contains(&number) {
            } else if !cell::is_value(before) {
                *place = (start, end);
            } else if cell::is_value(now) && !cell::agree(before, now) {
                let both = format!("{} and {} under two names of one property", cell::show(before), cell::show(now));
                cell::unknown(&both, &mut scratch.bytes);
                *place = (end, scratch.bytes.len());
                scratch.torn.push(number);
            }
        }
        if target.setting
            && let Some((key, _)) = self.keys.get(index)
        {
            let span = span.unwrap_or_else(|| {
                let start = scratch.bytes.len();
                normal::put_any(raw, &mut scratch.bytes);
                (start, scratch.bytes.len())
            });
            scratch.settings.push((snake_case(key), span));
        }
    }

    fn clear(&mut self) {
        self.scratch.bytes.clear();
        self.scratch.spans.fill((0, 0));
        self.scratch.settings.clear();
        self.scratch.torn.clear();
    }

    /// Puts the record that was read, which has so many keys, into the columns.
    fn keep(&mut self, keys: usize) -> Result<(), BadRecord> {
        if keys > 0 {
            self.last = keys;
        }
        u32::try_from(self.rows).map_err(|_| BadRecord::Full)?;
        self.complete();
        for (field, (start, end)) in self.scratch.spans.iter().enumerate() {
            let Some(column) = self.columns.get_mut(field) else { continue };
            match column {
                None if start == end => {}
                None => {
                    let mut fresh = Filling::new();
                    for _ in 0..self.rows {
                        fresh.push(cell::NOT_DELIVERED)?;
                    }
                    fresh.push(self.scratch.bytes.get(*start..*end).unwrap_or_default())?;
                    *column = Some(fresh);
                }
                Some(column) if start == end => column.push(cell::NOT_DELIVERED)?,
                Some(column) => column.push(self.scratch.bytes.get(*start..*end).unwrap_or_default())?,
            }
        }
        self.rows += 1;
        Ok(())
    }

    /// Works out what no cmdlet delivers, and what the call itself was about.
    fn complete(&mut self) {
        let Scratch { bytes, spans, settings, .. } = &mut self.scratch;
        if let (Some(field), Some(about)) = (self.about, self.manifest.about.as_ref())
            && let Some(place) = spans.get_mut(field)
            && !cell::is_value(bytes.get(place.0..place.1).unwrap_or_default())
            && let Some(declared) = self.dataset.fields.get(field)
        {
            let start = bytes.len();
            normal::put(&declared.kind, Raw::Text(about), bytes);
            *place = (start, bytes.len());
        }
        for (field, derivation, of) in &self.derived {
            let (from, to) = spans.get(*of).copied().unwrap_or_default();
            let start = bytes.len();
            if *derivation == Derivation::Settings {
                settings.sort();
                let torn = differing(settings, bytes);
                let mut record = Vec::new();
                cell::record(&mut record);
                for (name, (from, to)) in settings.iter() {
                    cell::item(&mut record, |out| cell::text(name, out));
                    cell::item(&mut record, |out| {
                        if torn.contains(name) {
                            cell::unknown("two values of one setting", out);
                        } else {
                            out.extend_from_slice(bytes.get(*from..*to).unwrap_or_default());
                        }
                    });
                }
                bytes.extend_from_slice(&record);
            } else {
                if from == to {
                    continue;
                }
                let of = bytes.get(from..to).unwrap_or_default().to_vec();
                derive(*derivation, &of, bytes);
            }
            if let Some(place) = spans.get_mut(*field) {
                *place = (start, bytes.len());
            }
        }
    }
}

/// Leaves one of each name, and tells of which there were two different values.
fn differing(settings: &mut Vec<(String, (usize, usize))>, bytes: &[u8]) -> Vec<String> {
    let value = |(from, to): (usize, usize)| bytes.get(from..to).unwrap_or_default();
    let mut torn = Vec::new();
    settings.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same && !cell::agree(value(later.1), value(first.1)) {
            torn.push(first.0.clone());
        }
        same
    });
    torn
}

/// Writes what follows from another field's value.
fn derive(derivation: Derivation, of: &[u8], out: &mut Vec<u8>) {
    let Some(text) = cell::letters(of) else {
        // Null stays null, and unknown unknown, for the same reason.
        out.extend_from_slice(of);
        return;
    };
    let split = || text.split_once(':').filter(|(scope, _)| ["Site", "Service", "Tag"].contains(scope));
    match derivation {
        Derivation::PoolOf(_) => match normal::pool_of_service(text) {
            Some(pool) => cell::name(pool, out),
            None => cell::unknown(&format!("`{text}`, which names no pool"), out),
        },
        Derivation::ScopeOf(_) => cell::text(
            match split() {
                Some(("Site", _)) => "site",
                Some(("Service", _)) => "service",
                Some(_) => "user",
                None => "global",
            },
            out,
        ),
        Derivation::BareOf(_) => cell::name(split().map_or(text, |(_, bare)| bare), out),
        Derivation::Settings => {}
    }
}
