//! A part that is being read: records in, columns out.

use serde_json::{Map, Value as Json};

use super::dataset::{Dataset, Derivation, Sees};
use super::manifest::Manifest;
use super::mould::Mould;
use super::normal;
use super::recall::Recall;
use super::scratch::{Place, Scratch};
use super::store::cell;
use super::store::column::Full;
use super::store::filling::Filling;

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
    /// For each column, what texts have become in it.
    pub(super) recalls: Vec<Recall>,
    /// What the next record may be like.
    pub(super) mould: Option<Mould>,
    /// The keys of the last record that has any, in order: records of one call are alike.
    pub(super) keys: Vec<Key>,
    /// How many of them that record had: what follows is of records before it.
    last: usize,
    pub(super) scratch: Scratch,
    pub(super) derived: Vec<(usize, Derivation, usize)>,
    pub(super) about: Option<usize>,
}

/// A property's name, and what it fills.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) target: Target,
    /// The bytes from its first quote to its colon, where it needs no escapes.
    pub(super) text: Option<Box<[u8]>>,
}

impl Key {
    fn new(name: &str, target: Target) -> Self {
        let text = super::plain::is_plain(name).then(|| format!("\"{name}\":").into_bytes().into());
        Self { name: name.to_owned(), target, text }
    }
}

/// What a key fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The field of the dataset.
    pub(super) field: Option<usize>,
    /// Whether it is kept among the settings.
    pub(super) setting: bool,
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
            recalls: dataset.fields.iter().map(|_| Recall::default()).collect(),
            mould: None,
            keys: Vec::new(),
            last: 0,
            scratch: Scratch::of(dataset.fields.len()),
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
        self.keys.iter().take(self.last).map(|key| key.name.as_str())
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
        self.scratch.clear();
        let mut spans = Vec::new();
        let Some(keys) = super::plain::read(text, self, &mut spans) else { return Ok(false) };
        self.keep(keys, text)?;
        // One that goes on is the better mould for what follows.
        if self.mould.as_ref().is_some_and(|mould| mould.keys() < keys) {
            self.mould = None;
        }
        if self.mould.is_none() && spans.len() == keys {
            let keys = self.keys.get(..keys).unwrap_or_default();
            self.mould = Some(Mould::of(text, &spans, keys, &self.columns));
        }
        Ok(true)
    }

    /// Takes one record, whatever is in it.
    pub(super) fn record_general(&mut self, text: &[u8]) -> Result<(), BadRecord> {
        self.scratch.clear();
        let keys = super::reader::read(text, self)?;
        self.keep(keys, "")
    }

    /// Takes one record that lies in memory.
    ///
    /// # Errors
    /// When it has too many properties, or there is more than what is kept.
    pub fn record(&mut self, record: &Map<String, Json>) -> Result<(), BadRecord> {
        self.scratch.clear();
        for (index, (key, value)) in record.iter().enumerate() {
            let target = self.target(index, key).ok_or(BadRecord::TooManyKeys)?;
            self.put(index, target, normal::scalar(value), None);
        }
        self.keep(record.len(), "")
    }

    /// The keys of the last record.
    pub(super) fn last_keys(&self) -> Vec<Key> {
        self.keys.iter().take(self.last).cloned().collect()
    }

    /// Still expects them, and says that there was no record.
    pub(super) fn forget_last_keys(&mut self) {
        self.last = 0;
    }

    /// Takes those of a record that is the last one now.
    pub(super) fn set_last_keys(&mut self, keys: Vec<Key>) {
        self.last = keys.len();
        self.keys = keys;
        self.mould = None;
    }

    /// The key that the last record had at a place.
    #[inline]
    pub(super) fn expected(&self, index: usize) -> Option<&Key> {
        self.keys.get(index)
    }

    /// What the key at a place in a record fills. None: there are too many.
    pub(super) fn target(&mut self, index: usize, key: &str) -> Option<Target> {
        if let Some(expected) = self.keys.get(index).filter(|expected| expected.name == key) {
            return Some(expected.target);
        }
        if index >= Self::MOST_KEYS {
            return None;
        }
        let setting =
            self.dataset.keeps_settings && !BOOKKEEPING.iter().any(|ignored| ignored.eq_ignore_ascii_case(key));
        let target = Target { field: self.dataset.property(key), setting };
        self.mould = None;
        self.keys.truncate(index);
        if self.keys.len() == index {
            self.keys.push(Key::new(key, target));
        }
        Some(target)
    }

    /// Puts the record that was read, which has so many keys, into the columns. `text` is what its
    /// values' texts were noted of.
    fn keep(&mut self, keys: usize, text: &str) -> Result<(), BadRecord> {
        if keys > 0 {
            self.last = keys;
        }
        u32::try_from(self.rows).map_err(|_| BadRecord::Full)?;
        self.complete();
        let Self { columns, recalls, scratch, rows, .. } = self;
        for ((place, column), recall) in scratch.places.iter().zip(columns).zip(recalls) {
            match (place, column) {
                (Place::Nothing, None) => {}
                (Place::Nothing, Some(column)) => column.push(cell::NOT_DELIVERED)?,
                (Place::Numbered(number), Some(column)) => column.push_number(*number),
                // Numbers are those of a column.
                (Place::Numbered(_), None) => {}
                (Place::Bytes { from, to, of }, column) => {
                    let column = if let Some(column) = column {
                        column
                    } else {
                        let fresh = column.insert(Filling::new());
                        for _ in 0..*rows {
                            fresh.push(cell::NOT_DELIVERED)?;
                        }
                        fresh
                    };
                    column.push(scratch.bytes.get(*from..*to).unwrap_or_default())?;
                    if let (Some((from, to)), Some(number)) = (of, column.number_of_last())
                        && let Some(text) = text.as_bytes().get(*from..*to)
                    {
                        recall.learn(text, number)?;
                    }
                }
            }
        }
        *rows += 1;
        Ok(())
    }
}
