//! Moments with a zone: `2027-01-31T18:00:00+01:00`, `2027-01-31T18:00:00[Europe/Berlin]`.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::{Disambiguation, OffsetConflict};

use super::{Invalid, text_type};

/// A moment as a person writes it down: a date, a time, and a zone (RFC 3339, or RFC 9557
/// with a zone's name). Without a zone it is refused, since nobody can tell whose midnight
/// is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    text: String,
    at: Timestamp,
}

text_type!(
    Moment,
    "moment",
    "Moment",
    "A date and time with its zone: `2027-01-31T18:00:00+01:00`, `2027-01-31T17:00:00Z` or `2027-01-31T18:00:00[Europe/Berlin]`"
);

/// A time that a clock shows twice, or never, is no moment.
static NAMED: DateTimeParser =
    DateTimeParser::new().offset_conflict(OffsetConflict::Reject).disambiguation(Disambiguation::Reject);

impl Moment {
    /// The moment, on every clock.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

impl FromStr for Moment {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let hint = "write date, time and zone: `2027-01-31T18:00:00+01:00` or `2027-01-31T18:00:00[Europe/Berlin]`";
        let local = || text.parse::<DateTime>().is_ok();
        let read = match text.split_once('[') {
            Some(_) => NAMED.parse_zoned(text).map(|zoned| zoned.timestamp()),
            None => text.parse::<Timestamp>(),
        };
        match read {
            // What has no time of day means midnight somewhere, and has no zone either.
            Ok(at) if text.contains(':') => Ok(Self { text: text.to_owned(), at }),
            Err(_) if !text.contains('[') && local() => {
                Err(Invalid::new(format!("`{text}` has no time zone: whose clock is meant?"), hint))
            }
            Ok(_) => Err(Invalid::new(format!("`{text}` has no time of day"), hint)),
            Err(error) => Err(Invalid::new(format!("`{text}` is not a moment: {error}"), hint)),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse::<Moment>().unwrap_or_else(|error| panic!("{text}: {error}")).at()
    }

    fn refused(text: &str) -> String {
        text.parse::<Moment>().expect_err(text).to_string()
    }

    #[test]
    fn a_moment_is_the_same_on_every_clock() {
        let utc: Timestamp = "2027-01-31T17:00:00Z".parse().expect("a time");
        for text in [
            "2027-01-31T17:00:00Z",
            "2027-01-31T18:00:00+01:00",
            "2027-01-31T18:00:00[Europe/Berlin]",
            "2027-01-31T18:00:00+01:00[Europe/Berlin]",
            "2027-01-31T09:00:00-08:00",
            "2027-02-01T02:00:00[Asia/Tokyo]",
        ] {
            assert_eq!(at(text), utc, "{text}");
            assert_eq!(text.parse::<Moment>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn without_a_zone_it_is_refused() {
        for text in ["2027-01-31T18:00:00", "2027-01-31 18:00", "2027-01-31"] {
            assert!(refused(text).contains("has no time zone"), "{text}: {}", refused(text));
        }
        for text in ["", "soon", "2027-13-01T00:00:00Z", "18:00+01:00", "2027-01-31T18:00:00[Mars/Olympus]"] {
            assert!(refused(text).contains("is not a moment"), "{text}: {}", refused(text));
        }
    }

    /// Berlin's clocks go from 02:00 to 03:00 on 28 March 2027, and back on 31 October.
    #[test]
    fn a_time_that_a_clock_shows_twice_or_never_is_refused() {
        for text in ["2027-03-28T02:30:00[Europe/Berlin]", "2027-10-31T02:30:00[Europe/Berlin]"] {
            assert!(refused(text).contains("is not a moment"), "{text}");
        }
        let hour = jiff::SignedDuration::from_hours(1);
        let (before, after) = ("2027-03-28T01:59:59[Europe/Berlin]", "2027-03-28T03:00:00[Europe/Berlin]");
        assert_eq!(at(after).duration_since(at(before)), jiff::SignedDuration::from_secs(1));
        let (first, second) = ("2027-10-31T02:30:00+02:00[Europe/Berlin]", "2027-10-31T02:30:00+01:00[Europe/Berlin]");
        assert_eq!(at(second).duration_since(at(first)), hour);
        assert!(refused("2027-07-01T12:00:00+01:00[Europe/Berlin]").contains("is not a moment"), "summer is +02:00");
    }

    #[test]
    fn a_leap_day_is_a_day_in_a_leap_year_only() {
        let next = at("2028-03-01T00:00:00Z").duration_since(at("2028-02-29T00:00:00Z"));
        assert_eq!(next, jiff::SignedDuration::from_hours(24));
        assert!(refused("2027-02-29T00:00:00Z").contains("is not a moment"));
    }
}
