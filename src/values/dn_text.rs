//! Reads the text of a distinguished name (RFC 4514), and what RFC 2253 let pass: spaces
//! around separators, `;` between parts, quoted values, and types written as `OID.2.5.4.3`.

use std::iter::Peekable;
use std::str::Chars;

use super::dn::AttributeValue;

/// A character that a person doesn't see, or that moves what they see.
pub(crate) fn is_unseen(one: char) -> bool {
    one.is_control()
        || matches!(one,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// An attribute of a part: type, value, and the separator after it, if it is not the last.
pub(super) type Read = (String, AttributeValue, Option<char>);

/// What is left of the text.
pub(super) struct Reader<'a> {
    rest: Peekable<Chars<'a>>,
}

impl<'a> Reader<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let mut reader = Self { rest: text.chars().peekable() };
        reader.spaces();
        reader
    }

    pub(super) fn is_done(&mut self) -> bool {
        self.rest.peek().is_none()
    }

    fn spaces(&mut self) {
        while self.rest.next_if_eq(&' ').is_some() {}
    }

    pub(super) fn attribute(&mut self) -> Result<Read, String> {
        self.spaces();
        let mut kind = String::new();
        while let Some(one) = self.rest.next_if(|one| one.is_ascii_alphanumeric() || matches!(one, '-' | '.')) {
            kind.push(one);
        }
        self.spaces();
        if self.rest.next() != Some('=') {
            return Err(format!("after `{kind}` there is no `=`"));
        }
        let bare = match kind.get(..4) {
            Some(prefix) if prefix.eq_ignore_ascii_case("oid.") => kind.get(4..).unwrap_or_default(),
            _ => &kind,
        };
        if !is_type(bare) {
            return Err(format!("`{kind}` is no attribute type"));
        }
        let kind = bare.to_owned();
        self.spaces();
        let value = match self.rest.peek() {
            Some('#') => self.encoded()?,
            Some('"') => self.quoted()?,
            _ => self.plain()?,
        };
        self.spaces();
        match self.rest.next() {
            None => Ok((kind, value, None)),
            Some(end @ (',' | ';' | '+')) => Ok((kind, value, Some(end))),
            Some(other) => Err(format!("after a value there is `{}`", other.escape_debug())),
        }
    }

    /// `#` and pairs of digits.
    fn encoded(&mut self) -> Result<AttributeValue, String> {
        self.rest.next();
        let mut digits = String::new();
        while let Some(digit) = self.rest.next_if(char::is_ascii_hexdigit) {
            digits.push(digit.to_ascii_lowercase());
        }
        if digits.is_empty() || !digits.len().is_multiple_of(2) {
            return Err("after `#` there are no pairs of hexadecimal digits".to_owned());
        }
        Ok(AttributeValue::Encoded(digits))
    }

    fn quoted(&mut self) -> Result<AttributeValue, String> {
        self.rest.next();
        let mut bytes = Vec::new();
        loop {
            match self.rest.next() {
                None => return Err("a quoted value has no end".to_owned()),
                Some('"') => return text(bytes),
                Some('\\') => self.escape(&mut bytes)?,
                Some(one) => push(&mut bytes, one),
            }
        }
    }

    fn plain(&mut self) -> Result<AttributeValue, String> {
        let mut bytes = Vec::new();
        // Spaces at the end belong to the value only where they are escaped.
        let mut kept = 0;
        while let Some(one) = self.rest.next_if(|one| !matches!(one, ',' | ';' | '+')) {
            match one {
                '\\' => self.escape(&mut bytes)?,
                '"' => return Err("a quotation mark inside a value is not escaped".to_owned()),
                ' ' => {
                    bytes.push(b' ');
                    continue;
                }
                one => push(&mut bytes, one),
            }
            kept = bytes.len();
        }
        bytes.truncate(kept);
        text(bytes)
    }

    /// What follows a backslash: a character that would mean something, or a byte.
    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), String> {
        let Some(one) = self.rest.next() else { return Err("it ends with a backslash".to_owned()) };
        if let Some(high) = one.to_digit(16) {
            let low = self.rest.next().and_then(|low| low.to_digit(16));
            let byte = low.and_then(|low| u8::try_from(high * 16 + low).ok());
            bytes.push(byte.ok_or_else(|| format!("`\\{one}` is half a byte"))?);
            return Ok(());
        }
        if matches!(one, ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\') {
            push(bytes, one);
            return Ok(());
        }
        Err(format!("`\\{}` escapes nothing", one.escape_debug()))
    }
}

fn push(bytes: &mut Vec<u8>, one: char) {
    bytes.extend_from_slice(one.encode_utf8(&mut [0; 4]).as_bytes());
}

fn text(bytes: Vec<u8>) -> Result<AttributeValue, String> {
    String::from_utf8(bytes).map(AttributeValue::Text).map_err(|_| "its escaped bytes are not UTF-8".to_owned())
}

/// A name that begins with a letter, or numbers with points between.
fn is_type(kind: &str) -> bool {
    if kind.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return !kind.contains('.');
    }
    !kind.is_empty()
        && kind.split('.').all(|number| !number.is_empty() && number.bytes().all(|one| one.is_ascii_digit()))
}
