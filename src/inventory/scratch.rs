//! One record while it is read.

use super::agree::agree;
use super::dataset::{Derivation, Kind, snake_case};
use super::normal::{self, Raw};
use super::part::{Part, Target};
use super::plain::Text;
use super::store::cell;
use super::store::filling::Filling;

/// What of a record has been read.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) bytes: Vec<u8>,
    /// Where each field's value is.
    pub(super) places: Vec<Place>,
    settings: Vec<(String, (usize, usize))>,
    /// Fields of which the record has two different values.
    torn: Vec<usize>,
}

/// Where the value of a field is.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Place {
    /// The record has none.
    #[default]
    Nothing,
    /// The column has it already, under this number.
    Numbered(u32),
    /// Among the scratch's bytes.
    Bytes {
        from: usize,
        to: usize,
        /// Where in the record's text it was, if that text always becomes this value.
        of: Option<(usize, usize)>,
    },
}

impl Scratch {
    pub(super) fn of(fields: usize) -> Self {
        Self { places: vec![Place::Nothing; fields], ..Self::default() }
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.places.fill(Place::Nothing);
        self.settings.clear();
        self.torn.clear();
    }
}

/// The bytes at a place; none where there is nothing.
fn value<'a>(place: Place, bytes: &'a [u8], column: Option<&'a Filling>) -> &'a [u8] {
    match place {
        Place::Nothing => &[],
        Place::Numbered(number) => column.map_or(&[], |column| column.value(number)),
        Place::Bytes { from, to, .. } => bytes.get(from..to).unwrap_or_default(),
    }
}

impl Part {
    /// Takes the value that a text goes on with, if one like it was read before: how long it is.
    /// None: it is to be read.
    #[inline]
    pub(super) fn take_known(&mut self, target: Target, text: &Text<'_>) -> Option<usize> {
        let field = target.field.filter(|_| !target.setting)?;
        let recall = self.recalls.get_mut(field)?;
        let place = self.scratch.places.get_mut(field)?;
        if recall.is_idle() || !matches!(place, Place::Nothing) || self.columns.get(field)?.as_ref()?.is_plain() {
            return None;
        }
        let (length, number) = recall.again(text.rest()).or_else(|| {
            let value = text.value()?;
            Some((value.len(), recall.find(value.as_bytes())?))
        })?;
        *place = Place::Numbered(number);
        Some(length)
    }

    /// Whether of an object, a key's value is what it prints as, and nothing else.
    pub(super) fn prints(&self, target: Target) -> bool {
        let field = target.field.filter(|_| !target.setting).and_then(|field| self.dataset.fields.get(field));
        field.is_some_and(|field| normal::prints(&field.kind))
    }

    /// Takes a value of the record that is being read. `of` is where its text is, if it has one by itself.
    pub(super) fn put(&mut self, index: usize, target: Target, raw: Raw<'_>, of: Option<(usize, usize)>) {
        let scratch = &mut self.scratch;
        let mut span = None;
        if let Some(number) = target.field
            && let Some(field) = self.dataset.fields.get(number)
            && let Some(place) = scratch.places.get_mut(number)
        {
            let from = scratch.bytes.len();
            normal::put(&field.kind, raw, &mut scratch.bytes);
            let to = scratch.bytes.len();
            span = Some((from, to));
            // Of two spellings of one property, the one with a value counts; which of two values is
            // meant, nobody knows.
            let before = value(*place, &scratch.bytes, self.columns.get(number).and_then(Option::as_ref));
            let now = scratch.bytes.get(from..to).unwrap_or_default();
            if scratch.torn.contains(&number) {
            } else if !cell::is_value(before) {
                *place = Place::Bytes { from, to, of };
            } else if cell::is_value(now) && !agree(field, before, now) {
                let both = format!("{} and {} under two names of one property", cell::show(before), cell::show(now));
                cell::unknown(&both, &mut scratch.bytes);
                *place = Place::Bytes { from: to, to: scratch.bytes.len(), of: None };
                scratch.torn.push(number);
            }
        }
        if target.setting
            && let Some(key) = self.keys.get(index)
        {
            let span = span.unwrap_or_else(|| {
                let start = scratch.bytes.len();
                normal::put_any(raw, &mut scratch.bytes);
                (start, scratch.bytes.len())
            });
            scratch.settings.push((snake_case(&key.name), span));
        }
    }

    /// Works out what no cmdlet delivers, and what the call itself was about.
    pub(super) fn complete(&mut self) {
        let Scratch { bytes, places, settings, .. } = &mut self.scratch;
        let column = |field: usize| self.columns.get(field).and_then(Option::as_ref);
        if let (Some(field), Some(about)) = (self.about, self.manifest.about.as_ref())
            && let Some(place) = places.get_mut(field)
            && !cell::is_value(value(*place, bytes, column(field)))
            && let Some(declared) = self.dataset.fields.get(field)
        {
            let from = bytes.len();
            normal::put(&declared.kind, Raw::Text(about), bytes);
            *place = Place::Bytes { from, to: bytes.len(), of: None };
        }
        for (field, derivation, of) in &self.derived {
            let from = bytes.len();
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
                let of_place = places.get(*of).copied().unwrap_or_default();
                if matches!(of_place, Place::Nothing) {
                    continue;
                }
                let of = value(of_place, bytes, column(*of)).to_vec();
                derive(*derivation, &of, bytes);
            }
            if let Some(place) = places.get_mut(*field) {
                *place = Place::Bytes { from, to: bytes.len(), of: None };
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
        // Of most settings nobody knows whether their order counts.
        let [this, other] = [later, first].map(|(_, place)| cell::canonical_in_order(value(*place)));
        if same && this != other {
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
        Derivation::PoolOf(_) => match normal::pool_named(&Kind::Service, text) {
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
