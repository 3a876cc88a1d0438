//! Versions: `7.0.2046.0`.

use std::fmt;
use std::str::FromStr;

use super::{Invalid, text_type};

/// A version of up to four numbers, compared number by number: `6.0.9319.99` is older than
/// `6.0.9319.510`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    numbers: [u64; 4],
    written: usize,
}

text_type!(Version, "version", "Version", "Two to four numbers: `6.0.9319.510`");

impl FromStr for Version {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid =
            || Invalid::new(format!("`{text}` is not a version"), "write two to four numbers: `6.0.9319.510`");
        let mut numbers = [0; 4];
        let mut written = 0;
        for number in text.trim().split('.') {
            let plain = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let place = numbers.get_mut(written).filter(|_| plain).ok_or_else(invalid)?;
            *place = number.parse().map_err(|_| invalid())?;
            written += 1;
        }
        if written < 2 { Err(invalid()) } else { Ok(Self { numbers, written }) }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.numbers.iter().take(self.written).map(u64::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Version {
        text.parse().unwrap_or_else(|invalid| panic!("{invalid}"))
    }

    #[test]
    fn numbers_are_compared_not_letters() {
        assert!(of("6.0.9319.99") < of("6.0.9319.510"));
        assert!(of("7.0.2046.0") > of("6.0.9319.510"));
        assert_eq!(of("6.0.9319.510").to_string(), "6.0.9319.510");
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "7", "7.", "7.0.x", "1.2.3.4.5", "-1.0", "7.0.99999999999999999999"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
