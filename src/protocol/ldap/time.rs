//! Times as directories write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// A FILETIME attribute such as `accountExpires`: 100 ns since 1601, in decimal digits.
/// None for never (`0` and the largest number), for what is no number, and for what lies
/// outside the calendar.
#[must_use]
pub fn file_time(text: &str) -> Option<Timestamp> {
    /// Seconds from 1601 to 1970.
    const TO_UNIX: i64 = 11_644_473_600;
    const PER_SECOND: i64 = 10_000_000;
    let ticks: i64 = text.trim().parse().ok().filter(|ticks| *ticks > 0 && *ticks < i64::MAX)?;
    let nanoseconds = i32::try_from(ticks % PER_SECOND * 100).ok()?;
    Timestamp::new(ticks / PER_SECOND - TO_UNIX, nanoseconds).ok()
}

/// A generalized time (RFC 4517 3.3.13) such as `whenChanged`: `20240502091433.0Z`.
/// Minutes, seconds and a fraction of seconds may be missing, an offset may stand for `Z`.
#[must_use]
pub fn generalized_time(text: &str) -> Option<Timestamp> {
    let (digits, zone) = if let Some(digits) = text.strip_suffix('Z') {
        (digits, 0)
    } else {
        let at = text.rfind(['+', '-'])?;
        let (digits, zone) = text.split_at_checked(at)?;
        let (sign, zone) = (if zone.starts_with('-') { -1 } else { 1 }, zone.get(1..)?);
        let (hours, minutes) = (pair(zone, 0)?, if zone.len() == 2 { 0 } else { pair(zone, 2)? });
        if !matches!(zone.len(), 2 | 4) || minutes > 59 || hours > 23 {
            return None;
        }
        (digits, sign * (i64::from(hours) * 60 + i64::from(minutes)))
    };
    let (whole, fraction) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    if !matches!(whole.len(), 10 | 12 | 14) || fraction.is_empty() || !fraction.bytes().all(|one| one.is_ascii_digit())
    {
        return None;
    }
    let year = i16::from(pair(whole, 0)?) * 100 + i16::from(pair(whole, 2)?);
    let minute = if whole.len() > 10 { pair(whole, 10)? } else { 0 };
    let second = if whole.len() > 12 { pair(whole, 12)? } else { 0 };
    // A leap second is the last one of its minute to a clock that has none.
    let second = if second == 60 { 59 } else { second };
    let date = DateTime::new(year, pair(whole, 4)?, pair(whole, 6)?, pair(whole, 8)?, minute, second, 0).ok()?;
    let time = date.to_zoned(TimeZone::UTC).ok()?.timestamp();
    time.checked_sub(Span::new().try_minutes(zone).ok()?).ok()
}

fn pair(digits: &str, at: usize) -> Option<i8> {
    let pair = digits.get(at..at + 2)?;
    if pair.bytes().all(|one| one.is_ascii_digit()) { pair.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_times_are_read_and_never_is_never() {
        let shown = |text: &str| file_time(text).map(|time| time.to_string());
        assert_eq!(shown("133591508730000000").as_deref(), Some("2024-05-02T19:14:33Z"));
        assert_eq!(shown("116444736000000001").as_deref(), Some("1970-01-01T00:00:00.0000001Z"));
        assert_eq!(shown("1").as_deref(), Some("1601-01-01T00:00:00.0000001Z"));
        for never in ["0", "9223372036854775807", "-1", "", "x", "1e9", "92233720368547758070"] {
            assert_eq!(shown(never), None, "{never}");
        }
        // The year 29247 is not one of our calendar's.
        assert_eq!(shown("9223372036854775806"), None);
    }

    #[test]
    fn generalized_times_are_read() {
        let shown = |text: &str| generalized_time(text).map(|time| time.to_string());
        for (text, time) in [
            ("20240502091433.0Z", "2024-05-02T09:14:33Z"),
            ("20240502091433Z", "2024-05-02T09:14:33Z"),
            ("202405020914Z", "2024-05-02T09:14:00Z"),
            ("2024050209Z", "2024-05-02T09:00:00Z"),
            ("20240502111433+0200", "2024-05-02T09:14:33Z"),
            ("20240502031433.5-06", "2024-05-02T09:14:33Z"),
            ("20161231235960Z", "2016-12-31T23:59:59Z"),
        ] {
            assert_eq!(shown(text).as_deref(), Some(time), "{text}");
        }
        for bad in [
            "",
            "Z",
            "2024",
            "20241302091433Z",
            "20240230000000Z",
            "20240502091433",
            "20240502091433.Z",
            "2024050209143Z",
            "+0200",
            "20240502091433+",
            "20240502091433+99",
            "2024050209143\u{e4}Z",
            "-----+----",
        ] {
            assert_eq!(shown(bad), None, "{bad}");
        }
    }
}
