//! True and false, whole numbers, versions.

use serde_json::Value as Json;

use super::super::store::cell;
use super::{Raw, member, strange, text_of};

pub(super) fn bool(raw: Raw<'_>, out: &mut Vec<u8>) {
    let value = match raw {
        Raw::Bool(value) => Some(value),
        Raw::Int(0) => Some(false),
        Raw::Int(1) => Some(true),
        other => match text_of(other).as_deref().map(str::trim) {
            Some("") => return cell::null(out),
            Some(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        },
    };
    match value {
        Some(value) => cell::bool(value, out),
        None => strange(raw, "true or false", out),
    }
}

pub(super) fn int(raw: Raw<'_>, out: &mut Vec<u8>) {
    let value = match raw {
        Raw::Int(value) => Some(value),
        #[expect(clippy::cast_possible_truncation, reason = "it has no fraction, and its size was looked at")]
        Raw::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Some(value as i64),
        other => match text_of(other).as_deref().map(str::trim) {
            Some("") => return cell::null(out),
            Some(text) => text.parse().ok(),
            None => None,
        },
    };
    match value {
        Some(value) => cell::int(value, out),
        None => strange(raw, "a whole number", out),
    }
}

/// A version as text: .NET's objects have `Major`, `Minor`, `Build`, `Revision`, of which the
/// last two are -1 where they are not stated.
pub(super) fn version(raw: Raw<'_>, out: &mut Vec<u8>) {
    if let Raw::Json(json) = raw {
        let part = |name| member(json, name).and_then(Json::as_i64).filter(|number| *number >= 0);
        if let (Some(major), Some(minor)) = (part("Major"), part("Minor")) {
            let mut text = format!("{major}.{minor}");
            for further in ["Build", "Revision"].into_iter().map_while(part) {
                text.push_str(&format!(".{further}"));
            }
            return cell::text(&text, out);
        }
    }
    match text_of(raw) {
        Some(text) if text.trim().is_empty() => cell::null(out),
        Some(text) => cell::text(text.trim(), out),
        None => strange(raw, "a version", out),
    }
}
