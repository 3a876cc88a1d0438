//! JSON inside a page: no byte of it can end the element that holds it, and no character
//! can repaint or reorder what a person reads.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::{CompactFormatter, Formatter};

use crate::report::text::{is_unsafe, printable};

/// A value as JSON that may stand in a `<script>` element.
pub(super) fn json(value: &impl Serialize) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, Embedded))?;
    String::from_utf8(bytes).map_err(serde::ser::Error::custom)
}

struct Embedded;

impl Formatter for Embedded {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // Nearly all of it is plain.
        if fragment.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'<' | b'>' | b'&')) {
            return writer.write_all(fragment.as_bytes());
        }
        let special = |char: char| matches!(char, '<' | '>' | '&') || is_unsafe(char);
        let mut rest = fragment;
        while let Some(at) = rest.find(special) {
            let (clean, from) = rest.split_at(at);
            writer.write_all(clean.as_bytes())?;
            let mut chars = from.chars();
            match chars.next() {
                Some(char @ ('<' | '>' | '&')) => write!(writer, "\\u{:04x}", u32::from(char))?,
                // What `printable` makes of it holds a backslash, which JSON doubles.
                Some(char) => {
                    let shown = printable(char.encode_utf8(&mut [0; 4])).replace('\\', "\\\\");
                    writer.write_all(shown.as_bytes())?;
                }
                None => {}
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }

    /// Control characters, which JSON has names for and a person should see.
    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        writer: &mut W,
        escape: serde_json::ser::CharEscape,
    ) -> io::Result<()> {
        use serde_json::ser::CharEscape;
        match escape {
            // `\r\n` is a line's end, and JavaScript's pre-wrap shows it as one.
            CharEscape::CarriageReturn => Ok(()),
            CharEscape::AsciiControl(byte) => write!(writer, "\\\\u{{{byte:x}}}"),
            CharEscape::Backspace => writer.write_all(b"\\\\u{8}"),
            CharEscape::FormFeed => writer.write_all(b"\\\\u{c}"),
            other => CompactFormatter.write_char_escape(writer, other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_element_or_deceives() {
        let hostile = "</script><!--<script>&\u{202e}\u{2028}\u{1b}[2J\u{8}\"\\ ü\r\n\t";
        let text = json(&hostile).expect("JSON");
        assert!(!text.contains('<') && !text.contains('>') && !text.contains('&'), "{text}");
        let back: String = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!(back, "</script><!--<script>&\\u{202e}\\u{2028}\\u{1b}[2J\\u{8}\"\\ ü\n\t");
    }

    #[test]
    fn names_are_as_safe_as_values() {
        let mut map = serde_json::Map::new();
        map.insert("</script>".into(), 1.into());
        assert_eq!(json(&map).expect("JSON"), "{\"\\u003c/script\\u003e\":1}");
    }
}
