//! A value in bytes: what columns are made of, and what snapshots hold.
//!
//! Equal values have equal bytes, so that columns find repetitions without knowing kinds.

mod same;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::expression::{FactRecord, Lookup, Value};
use crate::inventory::Rewrite;

pub(crate) use self::same::{
    agree, canonical, canonical_in_order, fold_into, fold_onto, has_key, key, key_in_any_order, key_into, sorted,
};

const UNKNOWN: u8 = 0;
const UNKNOWN_BECAUSE: u8 = 1;
const NULL: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;
const INT: u8 = 5;
const FLOAT: u8 = 6;
const TEXT: u8 = 7;
const NAME: u8 = 8;
/// A name that begins with `sip:`, which is left out.
const SIP: u8 = 9;
const TIME: u8 = 10;
const GUID: u8 = 11;
const LIST: u8 = 12;
const RECORD: u8 = 13;
/// A pool that was delivered as a number, to be resolved when everything is there.
const POOL_NUMBER: u8 = 14;

/// The bytes of what was not delivered.
pub(crate) const NOT_DELIVERED: &[u8] = &[UNKNOWN];
/// The bytes of null.
pub(crate) const NONE: &[u8] = &[NULL];

/// Lists within lists: deeper ones are none of ours.
const DEEPEST: usize = 40;

pub(crate) fn unknown(reason: &str, out: &mut Vec<u8>) {
    out.push(UNKNOWN_BECAUSE);
    out.extend_from_slice(reason.as_bytes());
}

#[inline]
pub(crate) fn null(out: &mut Vec<u8>) {
    out.push(NULL);
}

#[inline]
pub(crate) fn bool(value: bool, out: &mut Vec<u8>) {
    out.push(if value { TRUE } else { FALSE });
}

pub(crate) fn int(value: i64, out: &mut Vec<u8>) {
    out.push(INT);
    out.extend_from_slice(&value.to_le_bytes());
}

pub(crate) fn float(value: f64, out: &mut Vec<u8>) {
    out.push(FLOAT);
    out.extend_from_slice(&value.to_le_bytes());
}

#[inline]
pub(crate) fn text(value: &str, out: &mut Vec<u8>) {
    out.push(TEXT);
    out.extend_from_slice(value.as_bytes());
}

#[inline]
pub(crate) fn name(value: &str, out: &mut Vec<u8>) {
    let rest = value.strip_prefix("sip:");
    out.push(if rest.is_some() { SIP } else { NAME });
    out.extend_from_slice(rest.unwrap_or(value).as_bytes());
}

/// A name that begins with `sip:`, without that.
pub(crate) fn sip(address: &str, out: &mut Vec<u8>) {
    out.push(SIP);
    out.extend_from_slice(address.as_bytes());
}

/// To the microsecond.
pub(crate) fn time(value: Timestamp, out: &mut Vec<u8>) {
    out.push(TIME);
    out.extend_from_slice(&value.as_microsecond().to_le_bytes());
}

pub(crate) fn guid(value: [u8; 16], out: &mut Vec<u8>) {
    out.push(GUID);
    out.extend_from_slice(&value);
}

pub(crate) fn pool_number(value: i64, out: &mut Vec<u8>) {
    out.push(POOL_NUMBER);
    out.extend_from_slice(&value.to_le_bytes());
}

/// Begins a list; each item is then written by [`item`].
pub(crate) fn list(out: &mut Vec<u8>) {
    out.push(LIST);
}

/// Begins a record; each field is then a [`text`] item, its name, and an item, its value.
pub(crate) fn record(out: &mut Vec<u8>) {
    out.push(RECORD);
}

/// Writes one item of a list or record.
pub(crate) fn item(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend_from_slice(&[0; 4]);
    write(out);
    let length = u32::try_from(out.len().saturating_sub(at + 4)).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_le_bytes());
    }
}

/// The items of a list or record.
pub(crate) struct Items<'a>(&'a [u8]);

impl<'a> Iterator for Items<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let (item, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(item)
    }
}

/// The items of a list; nothing for anything else.
pub(crate) fn items(bytes: &[u8]) -> Items<'_> {
    match bytes.split_first() {
        Some((&LIST, rest)) => Items(rest),
        _ => Items(&[]),
    }
}

/// The fields of a record; nothing for anything else.
pub(crate) fn entries(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut items = match bytes.split_first() {
        Some((&RECORD, rest)) => Items(rest),
        _ => Items(&[]),
    };
    std::iter::from_fn(move || {
        let name = items.next()?;
        let value = items.next()?;
        Some((std::str::from_utf8(name.get(1..)?).ok()?, value))
    })
}

#[inline]
pub(crate) fn is_null(bytes: &[u8]) -> bool {
    bytes.first() == Some(&NULL)
}

/// Whether it is neither a value nor null.
#[inline]
pub(crate) fn is_unknown(bytes: &[u8]) -> bool {
    matches!(bytes.first(), None | Some(&(UNKNOWN | UNKNOWN_BECAUSE | POOL_NUMBER)))
}

/// Whether it is a list.
pub(crate) fn is_list(bytes: &[u8]) -> bool {
    bytes.first() == Some(&LIST)
}

/// Whether nobody delivered it.
pub(crate) fn is_not_delivered(bytes: &[u8]) -> bool {
    matches!(bytes.first(), None | Some(&UNKNOWN))
}

/// Whether there is a value: neither unknown nor null.
#[inline]
pub(crate) fn is_value(bytes: &[u8]) -> bool {
    !is_unknown(bytes) && !is_null(bytes)
}

/// The number that was delivered for a pool's name.
pub(crate) fn as_pool_number(bytes: &[u8]) -> Option<i64> {
    match bytes.split_first()? {
        (&POOL_NUMBER, rest) => Some(i64::from_le_bytes(*rest.first_chunk()?)),
        _ => None,
    }
}

/// The letters of a text or name, without `sip:`.
#[inline]
pub(crate) fn letters(bytes: &[u8]) -> Option<&str> {
    match bytes.split_first()? {
        (&(TEXT | NAME | SIP), rest) => std::str::from_utf8(rest).ok(),
        _ => None,
    }
}

/// The value, as expressions see it. `source` is for messages.
pub(crate) fn lookup(bytes: &[u8], source: &Arc<str>) -> Lookup {
    lookup_at(bytes, source, 0)
}

fn lookup_at(bytes: &[u8], source: &Arc<str>, depth: usize) -> Lookup {
    match bytes.split_first() {
        None | Some((&UNKNOWN, _)) => Lookup::Unknown(format!("{source} did not deliver it")),
        Some((&UNKNOWN_BECAUSE, reason)) => {
            Lookup::Unknown(format!("{source} delivered {}", String::from_utf8_lossy(reason)))
        }
        Some((&POOL_NUMBER, _)) => Lookup::Unknown(format!(
            "{source} delivered the number {} for a pool, and its home server leads to no pool that was read",
            as_pool_number(bytes).unwrap_or_default()
        )),
        Some((tag, _)) if *tag > POOL_NUMBER => {
            Lookup::Unknown(format!("{source} holds no value that this build reads"))
        }
        _ => Lookup::Known(value(bytes, source, depth)),
    }
}

/// The value, where it is neither unknown nor made of others.
pub(crate) fn plain(bytes: &[u8]) -> Option<Value> {
    let (tag, rest) = bytes.split_first()?;
    let number = || rest.first_chunk::<8>().copied().unwrap_or_default();
    // They are letters nearly always, which is learnt faster than what of them is.
    let letters = || std::str::from_utf8(rest).map_or_else(|_| String::from_utf8_lossy(rest), Cow::Borrowed);
    Some(match *tag {
        NULL => Value::Null,
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        INT => Value::Int(i64::from_le_bytes(number())),
        FLOAT => Value::Float(f64::from_le_bytes(number())),
        TEXT => Value::Text(letters().into()),
        NAME => Value::Name(letters().into()),
        SIP => Value::Name(format!("sip:{}", letters()).into()),
        TIME => Timestamp::from_microsecond(i64::from_le_bytes(number())).map_or(Value::Null, Value::Time),
        GUID => Value::Name(guid_text(rest).into()),
        _ => return None,
    })
}

fn value(bytes: &[u8], source: &Arc<str>, depth: usize) -> Value {
    if let Some(plain) = plain(bytes) {
        return plain;
    }
    match bytes.first() {
        Some(&LIST) if depth < DEEPEST => {
            Value::List(items(bytes).map(|item| value(item, source, depth + 1)).collect())
        }
        Some(&RECORD) if depth < DEEPEST => {
            // What is unknown in it is not null.
            let (mut fields, mut unknown) = (Vec::new(), BTreeMap::new());
            for (name, inner) in entries(bytes) {
                match lookup_at(inner, source, depth + 1) {
                    Lookup::Known(value) => fields.push((name.to_owned(), value)),
                    Lookup::Unknown(reason) => drop(unknown.insert(name.to_owned(), reason)),
                    Lookup::Missing => {}
                }
            }
            Value::Record(Arc::new(FactRecord::of_values(fields, source).without(unknown)))
        }
        _ => Value::Null,
    }
}

/// The same value with other names in it.
pub(crate) fn rewrite(bytes: &[u8], field: &str, with: &mut dyn Rewrite, out: &mut Vec<u8>) {
    rewrite_at(bytes, field, with, out, 0);
}

fn rewrite_at(bytes: &[u8], field: &str, with: &mut dyn Rewrite, out: &mut Vec<u8>, depth: usize) {
    let Some((tag, rest)) = bytes.split_first() else { return };
    let letters = || String::from_utf8_lossy(rest);
    match *tag {
        TEXT => text(&with.named(field, &letters()), out),
        NAME => name(&with.named(field, &letters()), out),
        SIP => name(&format!("sip:{}", with.named(field, &letters())), out),
        UNKNOWN_BECAUSE => unknown(&with.said(&letters()), out),
        GUID => guid(with.guid(rest.first_chunk().copied().unwrap_or_default()), out),
        LIST if depth < DEEPEST => {
            list(out);
            items(bytes).for_each(|inner| item(out, |out| rewrite_at(inner, field, with, out, depth + 1)));
        }
        RECORD if depth < DEEPEST => {
            record(out);
            for (key, inner) in entries(bytes) {
                item(out, |out| text(&with.named("field", key), out));
                item(out, |out| rewrite_at(inner, key, with, out, depth + 1));
            }
        }
        // Deeper than what is read again.
        LIST | RECORD => null(out),
        _ => out.extend_from_slice(bytes),
    }
}

/// `6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f11`
fn guid_text(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for half in [byte >> 4, byte & 0xF] {
            out.extend(char::from_digit(u32::from(half), 16));
        }
    }
    out
}

/// A whole number's value.
pub(crate) fn as_int(bytes: &[u8]) -> Option<i64> {
    match bytes.split_first()? {
        (&INT, rest) => Some(i64::from_le_bytes(*rest.first_chunk()?)),
        _ => None,
    }
}

/// As messages show it.
pub(crate) fn show(bytes: &[u8]) -> String {
    match lookup(bytes, &Arc::from("the source")) {
        Lookup::Known(value) => value.brief(),
        Lookup::Unknown(_) | Lookup::Missing => "unknown".to_owned(),
    }
}
