//! Durations with a unit: `250ms`, `30s`, `10m`, `24h`, `7d`.

use std::fmt;
use std::str::FromStr;

use super::{Invalid, text_type};

/// A length of time as files write it. A number without a unit is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Duration(pub std::time::Duration);

text_type!(Duration, "duration", "Duration", "A number and its unit: ms, s, m, h or d, as in `30s`");

const UNITS: [(&str, u64); 5] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)];

/// A time in whole milliseconds, as facts have it.
#[must_use]
pub fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Parses `<digits><unit>`.
///
/// # Errors
/// What is wrong, and the way out.
pub fn parse_duration(text: &str) -> Result<std::time::Duration, (String, String)> {
    let hint = || "write a number and one of ms, s, m, h, d: `30s`".to_owned();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at_checked(digits).unwrap_or((text, ""));
    if digits > 0 && unit.is_empty() {
        return Err((format!("`{text}` is a duration without a unit"), hint()));
    }
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim());
    let millis = number.parse::<u64>().ok().zip(unit).and_then(|(number, (_, factor))| number.checked_mul(*factor));
    match millis {
        Some(millis) if millis <= 10 * 365 * 86_400_000 => Ok(std::time::Duration::from_millis(millis)),
        Some(_) => Err((format!("`{text}` is longer than ten years"), hint())),
        None => Err((format!("`{text}` is not a duration"), hint())),
    }
}

impl FromStr for Duration {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        parse_duration(text).map(Self).map_err(|(message, hint)| Invalid::new(message, hint))
    }
}

impl fmt::Display for Duration {
    /// In the largest unit that divides it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_millis();
        let (unit, factor) = UNITS
            .iter()
            .rev()
            .find(|(_, factor)| millis > 0 && millis.is_multiple_of(u128::from(*factor)))
            .unwrap_or(&UNITS[1]);
        write!(f, "{}{unit}", millis / u128::from(*factor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_needed_and_kept() {
        for (text, shown) in
            [("250ms", "250ms"), ("30s", "30s"), ("90s", "90s"), ("120s", "2m"), ("24h", "1d"), ("0s", "0s")]
        {
            assert_eq!(text.parse::<Duration>().expect(text).to_string(), shown);
        }
        for text in ["30", "s", "", "-1s", "1.5s", "1y", "99999999999999999999s", "1s2", "999999999d"] {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
