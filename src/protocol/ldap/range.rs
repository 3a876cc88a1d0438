//! Values in ranges: a server that holds more values than it hands out at once names the
//! attribute `member;range=0-1499` (MS-ADTS 3.1.1.3.1.3.3), until a range ends in `*`.

/// An attribute's name, without its range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranged<'a> {
    /// The bare name.
    pub name: &'a str,
    /// The place of the first value that is not in this answer; none where nothing is left.
    pub next: Option<u32>,
}

/// Takes an attribute's name apart. Options that are no range stay part of the name, and
/// so does a range that makes no sense.
#[must_use]
pub fn ranged(name: &str) -> Ranged<'_> {
    let whole = Ranged { name, next: None };
    let Some((bare, option)) = name.split_once(';') else { return whole };
    let range = option.get(..6).filter(|word| word.eq_ignore_ascii_case("range=")).and_then(|_| option.get(6..));
    let Some((from, to)) = range.and_then(|range| range.split_once('-')) else { return whole };
    let Ok(from) = from.parse::<u32>() else { return whole };
    if to == "*" {
        return Ranged { name: bare, next: None };
    }
    match to.parse::<u32>() {
        // A range that doesn't advance would be asked for ever.
        Ok(to) if to >= from && to < u32::MAX => Ranged { name: bare, next: Some(to + 1) },
        _ => whole,
    }
}

/// How the values of an attribute from a place on are asked for.
#[must_use]
pub fn ask_from(name: &str, place: u32) -> String {
    format!("{name};range={place}-*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_taken_apart() {
        let of = |text| (ranged(text).name, ranged(text).next);
        assert_eq!(of("member"), ("member", None));
        assert_eq!(of("member;range=0-1499"), ("member", Some(1500)));
        assert_eq!(of("member;Range=1500-2999"), ("member", Some(3000)));
        assert_eq!(of("member;range=3000-*"), ("member", None));
        assert_eq!(of("userCertificate;binary"), ("userCertificate;binary", None));
        for odd in
            ["a;range=5-4", "a;range=x-1", "a;range=0-4294967295", "a;range=", "a;range=0", "a;\u{e4}\u{e4}\u{e4}", ";"]
        {
            assert_eq!(of(odd), (odd, None));
        }
        assert_eq!(ask_from("member", 1500), "member;range=1500-*");
    }
}
