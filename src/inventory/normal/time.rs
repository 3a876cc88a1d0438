//! Points and spans of time.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use super::super::store::cell;
use super::{Raw, member, strange};

/// `/Date(ms)/`, its object form, ISO 8601, a directory's generalised time, and what a German
/// or invariant Windows prints. What says no zone is taken as UTC: the export script writes UTC.
pub(super) fn time(raw: Raw<'_>, out: &mut Vec<u8>) {
    let inner = match raw {
        Raw::Json(json) => member(json, "value").or_else(|| member(json, "DateTime")).map_or(raw, super::scalar),
        other => other,
    };
    let text = match inner {
        Raw::Text(text) => text.trim(),
        _ => return strange(raw, "a time", out),
    };
    if text.is_empty() {
        return cell::null(out);
    }
    match parse(text) {
        Some(at) => cell::time(at, out),
        None => strange(raw, "a time", out),
    }
}

/// `/Date(1714641273000)/`
pub(super) fn of_windows(text: &str) -> Option<Timestamp> {
    let inner = text.strip_prefix("/Date(")?.strip_suffix(")/")?;
    // An offset says where it was written; the number is UTC all the same.
    let end = inner.char_indices().skip(1).find(|(_, letter)| matches!(letter, '+' | '-')).map(|(at, _)| at);
    Timestamp::from_millisecond(inner.get(..end.unwrap_or(inner.len()))?.parse().ok()?).ok()
}

fn parse(text: &str) -> Option<Timestamp> {
    if text.starts_with("/Date(") {
        return of_windows(text);
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let utc = |at: DateTime| at.to_zoned(TimeZone::UTC).ok().map(|at| at.timestamp());
    if let Ok(at) = text.parse::<DateTime>() {
        return utc(at);
    }
    generalised(text).or_else(|| printed(text)).and_then(utc)
}

/// `20240502091433.0Z`
fn generalised(text: &str) -> Option<DateTime> {
    let bare = text.strip_suffix('Z')?;
    let digits = bare.split_once('.').map_or(bare, |(digits, _)| digits);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse::<i8>().ok();
    let year = digits.get(..4)?.parse::<i16>().ok()?;
    DateTime::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?, 0).ok()
}

/// `02.05.2024 09:14:33` (German), `05/02/2024 09:14:33` and `5/2/2024 9:14:33 AM` (invariant and
/// American).
fn printed(text: &str) -> Option<DateTime> {
    let mut words = text.split_ascii_whitespace();
    let date = words.next()?;
    let clock = words.next().unwrap_or("00:00:00");
    let half = words.next();
    let numbers = |text: &str, by: char| -> Option<[i16; 3]> {
        let mut parts = text.split(by).map(|part| part.parse::<i16>().ok());
        let all = [parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?];
        parts.next().is_none().then_some(all)
    };
    let (year, month, day) = if date.contains('.') {
        let [day, month, year] = numbers(date, '.')?;
        (year, month, day)
    } else {
        let [month, day, year] = numbers(date, '/')?;
        (year, month, day)
    };
    let clock = clock.split_once(['.', ',']).map_or(clock, |(whole, _)| whole);
    let [mut hour, minute, second] = numbers(clock, ':')?;
    match half.map(str::to_ascii_uppercase).as_deref() {
        None => {}
        Some("AM") if (1..=12).contains(&hour) => hour %= 12,
        Some("PM") if (1..=12).contains(&hour) => hour = hour % 12 + 12,
        Some(_) => return None,
    }
    let small = |number: i16| i8::try_from(number).ok();
    if year < 1000 {
        return None;
    }
    DateTime::new(year, small(month)?, small(day)?, small(hour)?, small(minute)?, small(second)?, 0).ok()
}

/// A span in seconds: `00:00:02.6841765`, `1.02:00:00`, `PT2.68S`, or an object with `Ticks`.
pub(super) fn duration(raw: Raw<'_>, out: &mut Vec<u8>) {
    let seconds = match raw {
        Raw::Json(json) => {
            #[expect(clippy::cast_precision_loss, reason = "centuries of ticks fit")]
            let ticks = member(json, "Ticks").and_then(Json::as_i64).map(|ticks| ticks as f64 / 1e7);
            let member = |name, by: f64| member(json, name).and_then(Json::as_f64).map(|number| number / by);
            ticks.or_else(|| member("TotalSeconds", 1.0)).or_else(|| member("TotalMilliseconds", 1000.0))
        }
        Raw::Text(text) if text.trim().is_empty() => return cell::null(out),
        Raw::Text(text) => span(text.trim()),
        // Seconds, ticks, minutes? A bare number doesn't say.
        _ => None,
    };
    match seconds.filter(|seconds| seconds.is_finite()) {
        Some(seconds) => cell::float(seconds, out),
        None => strange(raw, "a span of time", out),
    }
}

fn span(text: &str) -> Option<f64> {
    if text.starts_with('P') || text.starts_with("-P") {
        return text.parse::<SignedDuration>().ok().map(|span| span.as_secs_f64());
    }
    let (sign, text) = text.strip_prefix('-').map_or((1.0, text), |rest| (-1.0, rest));
    let (days, clock) = match (text.find('.'), text.find(':')) {
        (Some(dot), Some(colon)) if dot < colon => (text.get(..dot)?.parse::<u32>().ok()?, text.get(dot + 1..)?),
        _ => (0, text),
    };
    let mut parts = clock.split(':');
    let hours = parts.next()?.parse::<u32>().ok()?;
    let minutes = parts.next()?.parse::<u32>().ok().filter(|minutes| *minutes < 60)?;
    // A German Windows writes its decimals with a comma.
    let seconds =
        parts.next()?.replace(',', ".").parse::<f64>().ok().filter(|seconds| (0.0..60.0).contains(seconds))?;
    parts.next().is_none().then_some(())?;
    Some(sign * (f64::from(days) * 86400.0 + f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + seconds))
}
