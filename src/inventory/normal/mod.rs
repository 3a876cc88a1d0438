//! The normaliser: whatever a shell, a remote session, JSON or a directory makes of a value, it
//! is stored in one form.
//!
//! Live objects, deserialised ones, Windows PowerShell's JSON and PowerShell 7's write the same
//! fact differently. What can't be read as its kind is *unknown*, with what came in the reason:
//! never null, and never a guess.

mod number;
mod reference;
mod time;

pub(crate) use reference::pool_named;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use serde_json::Value as Json;

use super::dataset::{Choice, Kind};
use super::store::cell;

/// A value as it came.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Raw<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(&'a str),
    /// An array or object.
    Json(&'a Json),
}

/// Lists and records of kind *any* are kept this deep.
const DEEPEST: usize = 16;

/// Writes a value in its one form.
pub(crate) fn put(kind: &Kind, raw: Raw<'_>, out: &mut Vec<u8>) {
    let raw = unwrapped(raw);
    match (kind, raw) {
        (_, Raw::Null) => cell::null(out),
        (Kind::Any, _) => put_any(raw, out),
        (Kind::List(inner), _) => list(inner, raw, out),
        (Kind::Bool, _) => number::bool(raw, out),
        (Kind::Int, _) => number::int(raw, out),
        (Kind::Time, _) => time::time(raw, out),
        (Kind::Duration, _) => time::duration(raw, out),
        (Kind::Version, _) => number::version(raw, out),
        (Kind::Choice(choice), _) => choose(choice, raw, out),
        (Kind::Text, Raw::Text(text)) => cell::text(text, out),
        (Kind::Text, _) => match text_of(raw) {
            Some(text) => cell::text(&text, out),
            None => strange(raw, "a text", out),
        },
        (Kind::Policy, _) => reference::policy(raw, out),
        (Kind::Pool, _) => reference::pool(raw, out),
        (Kind::Guid, _) => reference::guid(raw, out),
        (Kind::Sid, _) => match text_of(raw) {
            Some(text) if text.is_empty() => cell::null(out),
            Some(text) => cell::text(&text, out),
            None => strange(raw, "a security identifier", out),
        },
        (Kind::Name | Kind::Sip | Kind::Dn | Kind::PolicyIdentity | Kind::Service | Kind::Site, _) => {
            reference::name(kind, raw, out);
        }
    }
}

/// JSON that is neither an array nor an object is what it holds.
fn unwrapped(raw: Raw<'_>) -> Raw<'_> {
    match raw {
        Raw::Json(json) => scalar(json),
        other => other,
    }
}

/// JSON as a raw value.
pub(crate) fn scalar(json: &Json) -> Raw<'_> {
    match json {
        Json::Null => Raw::Null,
        Json::Bool(value) => Raw::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Raw::Int(number),
            None => Raw::Float(number.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(text) => Raw::Text(text),
        json => Raw::Json(json),
    }
}

/// The members by which objects of the shell say what they print as, in the order of trust.
const SAYS: [&str; 8] = ["FriendlyName", "Value", "ToString", "Fqdn", "Name", "Identity", "Guid", "DistinguishedName"];

/// How far down a member is among those: the first that has a text or number counts.
pub(crate) fn rank(name: &str) -> Option<usize> {
    SAYS.iter().position(|says| says.eq_ignore_ascii_case(name))
}

/// Whether of an object, such a value is what it prints as, and nothing else: nobody tells of the
/// object itself either.
pub(crate) fn prints(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Policy | Kind::Pool | Kind::Sid)
}

/// The member of an object, whatever its case.
fn member<'a>(json: &'a Json, name: &str) -> Option<&'a Json> {
    let map = json.as_object()?;
    map.get(name).or_else(|| map.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

/// The text that a value prints as.
fn text_of(raw: Raw<'_>) -> Option<Cow<'_, str>> {
    match raw {
        Raw::Null => Some(Cow::Borrowed("")),
        Raw::Text(text) => Some(Cow::Borrowed(text)),
        Raw::Int(number) => Some(Cow::Owned(number.to_string())),
        Raw::Bool(value) => Some(Cow::Borrowed(if value { "True" } else { "False" })),
        Raw::Float(number) => Some(Cow::Owned(number.to_string())),
        Raw::Json(_) => match said(raw) {
            Raw::Json(_) => None,
            said => text_of(said),
        },
    }
}

/// What an object of the shell prints as: `{"value":…}` is what extended members make of anything. Anything
/// else is what it is.
fn said(raw: Raw<'_>) -> Raw<'_> {
    let Raw::Json(json) = raw else { return raw };
    let said = |name: &&str| match scalar(member(json, name)?) {
        said @ (Raw::Text(_) | Raw::Int(_) | Raw::Float(_)) => Some(said),
        _ => None,
    };
    // An empty text is the last word only where nothing else is said.
    let all = || SAYS.iter().filter_map(said);
    let first = all().find(|said| !matches!(said, Raw::Text(text) if text.trim().is_empty()));
    first.or_else(|| all().next()).unwrap_or(raw)
}

/// A text without the white space around it, of which there mostly is none.
fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [b'!'..=b'~', .., b'!'..=b'~'] => text,
        _ => text.trim(),
    }
}

/// Tells of a value that can't be read as its kind.
fn strange(raw: Raw<'_>, wanted: &str, out: &mut Vec<u8>) {
    let shown = match raw {
        Raw::Json(json) => json.to_string(),
        other => format!("`{}`", text_of(other).unwrap_or_default()),
    };
    let shown: String = match shown.char_indices().nth(80) {
        Some((at, _)) => format!("{}…", shown.get(..at).unwrap_or_default()),
        None => shown,
    };
    cell::unknown(&format!("{shown}, which is not {wanted}"), out);
}

/// What .NET prints of a list or object that lies deeper than what was serialised.
fn is_flattened(text: &str) -> bool {
    // Nearly every name begins otherwise.
    const STARTS: [&str; 7] = [
        "System.Collections.",
        "System.Object",
        "System.String[]",
        "System.Management.Automation.",
        "Microsoft.Rtc.",
        "Deserialized.",
        "@{",
    ];
    matches!(text.as_bytes().first(), Some(b'S' | b'M' | b'D' | b'@'))
        && STARTS.iter().any(|start| text.starts_with(start))
}

/// The items of a list, also of one that a collection's wrapper holds, or that lost its brackets.
fn list(inner: &Kind, raw: Raw<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    let items: &[Json] = match raw {
        Raw::Json(Json::Array(items)) => items,
        // What becomes of collections from deserialised objects.
        Raw::Json(json) => wrapped(json).unwrap_or(std::slice::from_ref(json)),
        Raw::Text(text) if is_flattened(text) => return strange(raw, "a list: it lay too deep to be written", out),
        Raw::Text("") => &[],
        _ => {
            cell::list(out);
            cell::item(out, |out| put(inner, raw, out));
            return whole(start, out);
        }
    };
    cell::list(out);
    for item in items {
        cell::item(out, |out| put(inner, scalar(item), out));
    }
    whole(start, out);
}

/// The items of `{"value":[…],"Count":n}`; none where some of them are missing.
fn wrapped(json: &Json) -> Option<&[Json]> {
    match (member(json, "value"), member(json, "Count").and_then(Json::as_u64)) {
        (Some(Json::Array(items)), Some(count)) if count == items.len() as u64 => Some(items),
        _ => None,
    }
}

/// A list with an item that can't be read is unknown as a whole: what is left of it would be
/// another list.
fn whole(start: usize, out: &mut Vec<u8>) {
    let list = out.get(start..).unwrap_or_default();
    let Some(bad) = cell::items(list).find(|item| cell::is_unknown(item)).map(<[u8]>::to_vec) else { return };
    out.truncate(start);
    match cell::as_pool_number(&bad) {
        Some(number) => cell::unknown(&format!("a list with the number {number} for a pool"), out),
        None => out.extend_from_slice(&bad),
    }
}

fn choose(choice: &Choice, raw: Raw<'_>, out: &mut Vec<u8>) {
    let number = match raw {
        Raw::Int(number) => Some(number),
        Raw::Text(text) => text.trim().parse().ok(),
        Raw::Json(json) => member(json, "value").or_else(|| member(json, "value__")).and_then(Json::as_i64),
        _ => None,
    };
    if let Some(number) = number {
        match choice.words.iter().find(|(_, known)| *known == Some(number)) {
            Some((word, _)) => cell::text(word, out),
            None => cell::unknown(&format!("the number {number} where a word was asked for"), out),
        }
        return;
    }
    match text_of(raw) {
        Some(text) if text.is_empty() => cell::null(out),
        Some(text) => match choice.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text.trim())) {
            Some((word, _)) => cell::text(word, out),
            None if choice.closed => strange(raw, "one of the words that are known", out),
            None => cell::text(text.trim(), out),
        },
        None => strange(raw, "a word", out),
    }
}

/// Writes whatever came, dates apart, which have one form everywhere.
pub(crate) fn put_any(raw: Raw<'_>, out: &mut Vec<u8>) {
    let start = out.len();
    if !any(raw, out, 0) {
        out.truncate(start);
        cell::unknown("more levels than are read", out);
    }
}

/// False where it lies deeper than what is read.
fn any(raw: Raw<'_>, out: &mut Vec<u8>, depth: usize) -> bool {
    match raw {
        Raw::Null => cell::null(out),
        Raw::Bool(value) => cell::bool(value, out),
        Raw::Int(value) => cell::int(value, out),
        Raw::Float(value) => cell::float(value, out),
        Raw::Text(text) => match time::of_windows(text) {
            Some(at) => cell::time(at, out),
            None => cell::text(text, out),
        },
        Raw::Json(_) if depth >= DEEPEST => return false,
        Raw::Json(json) => {
            let mut all = true;
            let items = match json {
                Json::Array(items) => Some(items.as_slice()),
                json => wrapped(json),
            };
            if let Some(items) = items {
                cell::list(out);
                for inner in items {
                    cell::item(out, |out| all &= any(scalar(inner), out, depth + 1));
                }
            } else {
                cell::record(out);
                for (name, inner) in json.as_object().into_iter().flatten() {
                    cell::item(out, |out| cell::text(&super::dataset::snake_case(name), out));
                    cell::item(out, |out| all &= any(scalar(inner), out, depth + 1));
                }
            }
            return all;
        }
    }
    true
}
