//! UTF-8 with or without its mark, and UTF-16 with one, as UTF-8.

use std::io::{self, BufRead, Read};

/// A text in memory. None: it is neither.
pub(super) fn all(bytes: &[u8]) -> Option<String> {
    let mut text = String::new();
    Decoded::new(bytes).read_to_string(&mut text).ok()?;
    Some(text)
}

/// The text of a file. What is no text is passed on and told by the JSON reader.
pub(super) struct Decoded<R> {
    inner: R,
    form: Form,
    /// Decoded, and not yet passed on.
    ready: Vec<u8>,
    passed: usize,
    /// Half of a pair of code units.
    high: Option<u16>,
    odd: Option<u8>,
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Unseen,
    Utf8,
    Utf16 { big: bool },
}

impl<R: BufRead> Decoded<R> {
    pub(super) fn new(inner: R) -> Self {
        Self { inner, form: Form::Unseen, ready: Vec::new(), passed: 0, high: None, odd: None }
    }

    fn see(&mut self) -> io::Result<()> {
        let mut start = Vec::new();
        // A mark is two or three bytes, and a reader may give them one by one.
        while start.len() < 3 {
            let buffer = self.inner.fill_buf()?;
            let Some(byte) = buffer.first() else { break };
            start.push(*byte);
            self.inner.consume(1);
        }
        let (form, mark) = match start.as_slice() {
            [0xFF, 0xFE, ..] => (Form::Utf16 { big: false }, 2),
            [0xFE, 0xFF, ..] => (Form::Utf16 { big: true }, 2),
            [0xEF, 0xBB, 0xBF] => (Form::Utf8, 3),
            _ => (Form::Utf8, 0),
        };
        self.form = form;
        let rest = start.split_off(mark.min(start.len()));
        match form {
            Form::Utf16 { big } => self.decode(&rest, big),
            _ => self.ready = rest,
        }
        Ok(())
    }

    fn decode(&mut self, bytes: &[u8], big: bool) {
        for byte in bytes {
            let Some(first) = self.odd.take() else {
                self.odd = Some(*byte);
                continue;
            };
            let unit = if big { u16::from_be_bytes([first, *byte]) } else { u16::from_le_bytes([first, *byte]) };
            self.take(unit);
        }
    }

    fn take(&mut self, unit: u16) {
        if let Some(high) = self.high.take() {
            if let Some(Ok(letter)) = char::decode_utf16([high, unit]).next() {
                return self.ready.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
            }
            self.half(high);
        }
        match (unit, char::from_u32(unit.into())) {
            (_, Some(letter)) => self.ready.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            (0xD800..0xDC00, None) => self.high = Some(unit),
            (_, None) => self.half(unit),
        }
    }

    /// Half of a pair alone is no letter. Written as UTF-8 would write it, it is no text for anybody; another
    /// letter in its place would make one name of another.
    fn half(&mut self, unit: u16) {
        let low = |bits: u16| 0x80 | bits.to_le_bytes()[0] & 0x3F;
        self.ready.extend_from_slice(&[0xED, low(unit >> 6), low(unit)]);
    }

    /// The text is over: what waits for more is no text either.
    fn end(&mut self) {
        if let Some(high) = self.high.take() {
            self.half(high);
        }
        if self.odd.take().is_some() {
            self.ready.push(0xFF);
        }
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let take = available.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..take), available.get(..take)) {
            to.copy_from_slice(from);
        }
        self.consume(take);
        Ok(take)
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.form == Form::Unseen {
            self.see()?;
        }
        if let Form::Utf16 { big } = self.form {
            while self.passed >= self.ready.len() {
                self.ready.clear();
                self.passed = 0;
                let bytes = self.inner.fill_buf()?.to_vec();
                if bytes.is_empty() {
                    self.end();
                    break;
                }
                self.inner.consume(bytes.len());
                self.decode(&bytes, big);
            }
            return Ok(self.ready.get(self.passed..).unwrap_or_default());
        }
        if self.passed < self.ready.len() {
            return Ok(self.ready.get(self.passed..).unwrap_or_default());
        }
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if self.passed < self.ready.len() || matches!(self.form, Form::Utf16 { .. }) {
            self.passed += amount;
        } else {
            self.inner.consume(amount);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big: bool) -> Vec<u8> {
        let mut bytes = if big { vec![0xFE, 0xFF] } else { vec![0xFF, 0xFE] };
        for unit in text.encode_utf16() {
            bytes.extend(if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        }
        bytes
    }

    #[test]
    fn every_form_is_the_same_text() {
        let text = "{\"a\":\"ä 😀 ‏\"}\n";
        assert_eq!(all(text.as_bytes()).as_deref(), Some(text));
        assert_eq!(all(format!("\u{FEFF}{text}").as_bytes()).as_deref(), Some(text));
        assert_eq!(all(&utf16(text, false)).as_deref(), Some(text));
        assert_eq!(all(&utf16(text, true)).as_deref(), Some(text));
        assert_eq!(all(b"").as_deref(), Some(""));
        assert_eq!(all(b"1").as_deref(), Some("1"));
    }

    #[test]
    fn buffers_may_end_anywhere() {
        let text = "ä😀b".repeat(50);
        for size in 1..9 {
            let bytes = utf16(&text, false);
            let mut out = String::new();
            let mut decoded = Decoded::new(io::BufReader::with_capacity(size, bytes.as_slice()));
            decoded.read_to_string(&mut out).expect("it is text");
            assert_eq!(out, text, "{size}");
        }
    }

    #[test]
    fn half_a_pair_is_no_text_and_hides_none() {
        let units = |units: &[u16]| -> Vec<u8> {
            [0xFEFF_u16].iter().chain(units).flat_map(|unit| unit.to_le_bytes()).collect()
        };
        let decoded = |bytes: &[u8]| {
            let mut out = Vec::new();
            Decoded::new(bytes).read_to_end(&mut out).expect("read");
            out
        };
        let (high, low) = (0xD83D, 0xDE00);
        for (text, wanted) in [
            (&[0x61, high, 0x62][..], &b"a\xED\xA0\xBDb"[..]),
            (&[0x61, low, 0x62], b"a\xED\xB8\x80b"),
            (&[high, high, low], b"\xED\xA0\xBD\xF0\x9F\x98\x80"),
            (&[0x61, high], b"a\xED\xA0\xBD"),
        ] {
            assert_eq!(decoded(&units(text)), wanted, "{text:?}");
            assert_eq!(all(&units(text)), None, "{text:?}");
        }
    }

    #[test]
    fn half_a_unit_at_the_end_is_no_text() {
        for big in [false, true] {
            let mut bytes = utf16("a\n", big);
            bytes.push(b'{');
            assert_eq!(all(&bytes), None);
        }
    }
}
