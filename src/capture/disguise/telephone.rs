//! Telephone numbers as people write them: `+1 (425) 555-0100`, `425-555-0100`, `;ext=100`.

use std::net::Ipv4Addr;

use super::LONG_NUMBER;
use crate::capture::words::is_of_word;

/// The most digits that a number has (ITU-T E.164).
const MOST_DIGITS: usize = 15;
/// What no number without a country has fewer digits of: ranges of ports look alike.
const NATIONAL: usize = 10;

/// The length of a number in groups, or with its country, where one begins here.
pub(super) fn number_length(rest: &str) -> Option<usize> {
    let international = rest.starts_with('+');
    let (mut at, mut digits, mut groups) = (usize::from(international), 0, 0);
    let (mut end, mut short) = (None, false);
    let mut separators: Option<&[char]> = None;
    loop {
        let open = rest.get(at..)?.starts_with('(') && (international || groups == 0);
        let from = at + usize::from(open);
        let group = rest.get(from..)?.bytes().take_while(u8::is_ascii_digit).count();
        let after = rest.get(from + group..)?;
        if group == 0 || digits + group > MOST_DIGITS || after.starts_with(is_of_word) {
            break;
        }
        let dotted = after.strip_prefix('.').is_some_and(|after| after.starts_with(|char: char| char.is_ascii_digit()));
        if dotted && separators.is_some_and(|allowed| !allowed.contains(&'.')) {
            // An address follows, and no group.
            break;
        }
        (digits, groups, at) = (digits + group, groups + 1, from + group);
        if open {
            if !after.starts_with(')') {
                break;
            }
            at += 1;
        }
        end = Some(at);
        let allowed: &[char] = separators.get_or_insert(match (after.chars().next(), international || open) {
            (Some('.'), _) => &['.'],
            (_, true) => &[' ', '-', '/', '\u{a0}'],
            // Without a country it is told by its form alone, which is one and the same throughout.
            (Some('-'), false) => &['-'],
            (Some('/'), false) => &['/'],
            (_, false) => &[' ', '\u{a0}'],
        });
        short |= groups > 1 && group < 3;
        let next = rest.get(at..)?;
        let Some(separator) = next.chars().next() else { break };
        if allowed.contains(&separator) {
            at += separator.len_utf8();
        } else if !(international && separator == '(' || open) {
            break;
        }
    }
    let form = rest.get(..end?)?;
    let enough = if international { digits >= LONG_NUMBER } else { digits >= NATIONAL && groups > 2 && !short };
    // Dots are in versions, whose later parts are short, and in addresses too.
    (enough && form.parse::<Ipv4Addr>().is_err()).then_some(form.len())
}

/// The length of `ext=100`, where it begins here, and that of its name.
pub(super) fn extension_length(rest: &str) -> Option<(usize, usize)> {
    const NAME: &str = "ext=";
    let named = rest.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME));
    let digits = rest.get(NAME.len()..)?.bytes().take_while(u8::is_ascii_digit).count();
    let end = NAME.len() + digits;
    (named && digits > 0 && !rest.get(end..)?.starts_with(is_of_word)).then_some((NAME.len(), end))
}

/// Digits in the place of those of a number, which keeps its form.
pub(super) fn laid_out(form: &str, digits: &str) -> String {
    let mut digits = digits.chars();
    let mut out: String =
        form.chars().filter_map(|char| if char.is_ascii_digit() { digits.next() } else { Some(char) }).collect();
    out.extend(digits);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_written() {
        for whole in [
            "+14255550100",
            "+1 (425) 555-0100",
            "+1 425 555 0100",
            "+1-425-555-0100",
            "+1.425.555.0100",
            "+49 (0) 89/1234567",
            "+49 89\u{a0}1234567",
            "(425) 555-0100",
            "(425)555-0100",
            "425-555-0100",
            "1-425-555-0100",
            "425.555.0123",
            "1.425.555.0123",
            "1 425 555 0177",
            "030 555 0188",
            "030/555/01234",
        ] {
            assert_eq!(number_length(whole), Some(whole.len()), "{whole}");
            for after in [", or", ";ext=1", " is", "> ", "\"", "."] {
                assert_eq!(number_length(&format!("{whole}{after}")), Some(whole.len()), "{whole}{after}");
            }
        }
        assert_eq!(number_length("+14255550100 10.1.0.11"), Some(12));
    }

    #[test]
    fn what_else_has_digits_is_none() {
        for text in [
            "",
            "+",
            "+1",
            "(",
            "()",
            "+(",
            "5061",
            "443 5061",
            "49152-65535",
            "7.0.2046.0",
            "5.0.8308.1149",
            "10.0.17763.1234",
            "192.168.123.254",
            "1-5-21-1234567890-1234567890",
            "10.1.0.11",
            "2026-11",
            "1-2-3",
            "(1) 2",
            "+425x5550100",
            "(425 555-0100",
            "14255550100",
        ] {
            assert_eq!(number_length(text), None, "{text}");
        }
        assert_eq!(
            (extension_length("ext=x"), extension_length("ext="), extension_length("text=1")),
            (None, None, None)
        );
        assert_eq!(extension_length("EXT=100;a"), Some((4, 7)));
    }

    #[test]
    fn the_form_stays() {
        assert_eq!(laid_out("+1 (425) 555-0100", "90000000001"), "+9 (000) 000-0001");
        assert_eq!(laid_out("1-2", "9100"), "9-100");
    }
}
