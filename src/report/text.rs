//! Text from outside, made fit for people's eyes.
//!
//! A certificate, a DNS answer or a SIP header may hold anything: escape sequences that
//! repaint a terminal, marks that turn the direction of reading, characters that XML
//! can't hold, megabytes. Whatever is written for people passes through here; what was
//! there stays visible, as an escape like `\u{1b}`.

use std::borrow::Cow;

/// The text with everything invisible or unsafe written as an escape. Line feeds and
/// tabs stay, `\r\n` becomes `\n`. What comes out also is what XML 1.0 can hold.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    let Some(first) = find_unsafe(text) else { return Cow::Borrowed(text) };
    let (clean, rest) = text.split_at_checked(first).unwrap_or(("", text));
    let mut shown = String::with_capacity(text.len() + 16);
    shown.push_str(clean);
    let mut rest = rest.chars().peekable();
    while let Some(char) = rest.next() {
        match char {
            '\r' if rest.peek() == Some(&'\n') => {}
            char if is_unsafe(char) => shown.extend(char.escape_unicode()),
            char => shown.push(char),
        }
    }
    Cow::Owned(shown)
}

/// The text as [`printable`], on one line: white space is folded into single spaces.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    let breaks = |char: char| char.is_whitespace() && char != ' ';
    if text.contains(breaks) || text.contains("  ") || text.starts_with(' ') || text.ends_with(' ') {
        let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Cow::Owned(printable(&folded).into_owned())
    } else {
        printable(text)
    }
}

/// At most `most` bytes of the text: its head and its tail, and between them how much
/// was left out.
#[must_use]
pub fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let note = |left_out: usize| format!("\n… {left_out} bytes left out, see evidence.ndjson …\n");
    let room = most.saturating_sub(note(text.len()).len());
    // The beginning says what happened; the end is where a cause often hides.
    let (head, _) = text.split_at(text.floor_char_boundary(room / 4 * 3));
    let (_, tail) = text.split_at(text.ceil_char_boundary(text.len() - (room - room / 4 * 3)));
    Cow::Owned(format!("{head}{}{tail}", note(text.len() - head.len() - tail.len())))
}

/// One line of at most `most` characters, ending in `…` where something was cut.
#[must_use]
pub fn clip(text: &str, most: usize) -> Cow<'_, str> {
    if text.chars().nth(most).is_none() {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    Cow::Owned(kept + "…")
}

/// Where the first character stands that [`is_unsafe`]. Nearly all text is plain ASCII,
/// which its bytes tell many times faster than its characters.
#[must_use]
pub fn find_unsafe(text: &str) -> Option<usize> {
    if is_plain(text.as_bytes()) { None } else { text.find(is_unsafe) }
}

/// Whether all bytes are from the space to the tilde: eight at a time, without asking after each whether
/// to go on.
fn is_plain(bytes: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // A byte's highest bit is set by what is beyond ASCII, by what is less than a space, and by DEL.
    let odd = |word: [u8; 8]| {
        let word = u64::from_le_bytes(word);
        word | word.wrapping_sub(ONES * 0x20) | word.wrapping_add(ONES)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [b' '; 8];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    let odd = words.iter().fold(odd(last), |all, word| all | odd(*word));
    odd & (ONES << 7) == 0
}

/// Whether a character can repaint, reorder or hide what a person reads, or can't be
/// written in XML 1.0 at all.
#[must_use]
pub const fn is_unsafe(char: char) -> bool {
    match char {
        '\n' | '\t' => false,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        // Direction: marks, embeddings, overrides, isolates.
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        // Invisible: soft hyphen, zero-width space, joiners of words, fillers, tags.
        | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}'
        // Line and paragraph separators.
        | '\u{2028}' | '\u{2029}' => true,
        // Characters that are none, U+FFFE and U+FFFF among them.
        char => (char as u32) & 0xfffe == 0xfffe || matches!(char, '\u{fdd0}'..='\u{fdef}'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_plain_from_the_space_to_the_tilde_wherever_they_stand() {
        for byte in 0..=u8::MAX {
            for length in 0..20 {
                let mut text = vec![b'x'; length];
                for at in 0..length {
                    text[at] = byte;
                    assert_eq!(is_plain(&text), matches!(byte, b' '..=b'~'), "{byte} at {at} of {length}");
                    text[at] = b'x';
                }
            }
        }
        assert!(is_plain(b""));
    }

    #[test]
    fn clean_text_is_not_copied() {
        let text = "naïve — 東京 🙂\n\tfine";
        assert!(matches!(printable(text), Cow::Borrowed(_)));
        assert!(matches!(line("one line"), Cow::Borrowed(_)));
        assert!(matches!(shorten(text, 1000), Cow::Borrowed(_)));
        assert!(matches!(clip(text, 1000), Cow::Borrowed(_)));
    }

    #[test]
    fn what_could_deceive_is_shown_as_an_escape() {
        assert_eq!(printable("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(printable("evil\u{202e}moc"), "evil\\u{202e}moc");
        assert_eq!(printable("\u{2066}x\u{2069}\u{9b}31m"), "\\u{2066}x\\u{2069}\\u{9b}31m");
        assert_eq!(printable("\0\u{fffe}\u{ffff}\u{1ffff}"), "\\u{0}\\u{fffe}\\u{ffff}\\u{1ffff}");
        assert_eq!(printable("con\u{200b}toso"), "con\\u{200b}toso");
    }

    #[test]
    fn a_carriage_return_can_not_overwrite_a_line() {
        assert_eq!(printable("a\r\nb\rc\r"), "a\nb\\u{d}c\\u{d}");
    }

    #[test]
    fn escaping_twice_changes_nothing() {
        let once = printable("\u{1b}\u{202e}\r\n\u{fffe}").into_owned();
        assert_eq!(printable(&once), once);
    }

    #[test]
    fn a_line_is_one_line() {
        assert_eq!(line(" a\r\n  b\tc\u{85}d \u{1b}"), "a b c d \\u{1b}");
        assert_eq!(line(""), "");
    }

    #[test]
    fn a_long_text_keeps_head_and_tail_within_its_bound() {
        let text = format!("HEAD{}TAIL", "ä".repeat(100_000));
        for most in [100, 101, 102, 4_801] {
            let short = shorten(&text, most);
            assert!(short.len() <= most, "{} > {most}", short.len());
            assert!(short.starts_with("HEAD") && short.ends_with("TAIL"), "{short}");
            let left_out: usize = short
                .split("… ")
                .nth(1)
                .and_then(|rest| rest.split(' ').next())
                .and_then(|n| n.parse().ok())
                .expect("a number");
            let note = format!("\n… {left_out} bytes left out, see evidence.ndjson …\n");
            assert_eq!(short.len() - note.len() + left_out, text.len());
        }
    }

    #[test]
    fn clipping_counts_characters() {
        assert_eq!(clip("äöüß", 4), "äöüß");
        assert_eq!(clip("äöüßx", 4), "äöü…");
        assert_eq!(clip("ab", 0), "…");
    }
}
