//! Header fields, in their order and as they came.

use std::borrow::Cow;

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name as it was written.
    pub name: String,
    /// The value as it was written, without the blanks around it; line folds are kept.
    pub raw: Vec<u8>,
}

impl Header {
    /// A header field.
    #[must_use]
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self { name: name.into(), raw: value.into().into_bytes() }
    }

    /// The value as one line (RFC 3261 7.3.1: a fold reads as one blank). Bytes that are
    /// not UTF-8 are shown as U+FFFD.
    #[must_use]
    pub fn value(&self) -> Cow<'_, str> {
        let text = String::from_utf8_lossy(&self.raw);
        if !text.contains('\n') {
            return text;
        }
        let lines: Vec<&str> = text.split('\n').map(|line| line.trim_matches([' ', '\t', '\r'])).collect();
        Cow::Owned(lines.join(" "))
    }

    /// The long form of the name, lower case.
    #[must_use]
    pub fn long_name(&self) -> String {
        let lower = self.name.to_ascii_lowercase();
        let long = COMPACT.iter().find(|(compact, _)| *compact == lower).map(|(_, long)| (*long).to_owned());
        long.unwrap_or(lower)
    }
}

/// Compact forms (RFC 3261 7.3.3 and 20; RFC 3265 7.2; RFC 3515; RFC 3892; RFC 3841; RFC 4028).
const COMPACT: &[(&str, &str)] = &[
    ("a", "accept-contact"),
    ("b", "referred-by"),
    ("c", "content-type"),
    ("d", "request-disposition"),
    ("e", "content-encoding"),
    ("f", "from"),
    ("i", "call-id"),
    ("j", "reject-contact"),
    ("k", "supported"),
    ("l", "content-length"),
    ("m", "contact"),
    ("o", "event"),
    ("r", "refer-to"),
    ("s", "subject"),
    ("t", "to"),
    ("u", "allow-events"),
    ("v", "via"),
    ("x", "session-expires"),
];

/// The header fields of a message, in their order. Names are looked up by their long
/// form, whatever their case and whichever form was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(pub Vec<Header>);

impl Headers {
    /// Every field of a name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Header> {
        self.0.iter().filter(move |header| is(&header.name, name))
    }

    /// The value of the first field of a name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.iter().find(|header| is(&header.name, name)).map(Header::value)
    }

    /// The elements of all fields of a name whose values are lists of tokens (RFC 3261
    /// 7.3.1: several fields are one list).
    #[must_use]
    pub fn tokens(&self, name: &str) -> Vec<String> {
        let values = self.all(name).map(|header| header.value().into_owned());
        let tokens = values.flat_map(|value| value.split(',').map(|one| one.trim().to_owned()).collect::<Vec<_>>());
        tokens.filter(|token| !token.is_empty()).collect()
    }

    /// Adds a field at the end.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push(Header::new(name, value));
    }
}

fn is(written: &str, name: &str) -> bool {
    written.eq_ignore_ascii_case(name)
        || COMPACT.iter().any(|(compact, long)| {
            long.eq_ignore_ascii_case(name) && compact.eq_ignore_ascii_case(written)
                || compact.eq_ignore_ascii_case(name) && long.eq_ignore_ascii_case(written)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_either_form() {
        let headers = Headers(vec![Header::new("v", "a"), Header::new("VIA", "b"), Header::new("Via", "c")]);
        assert_eq!(headers.all("via").map(|one| one.value().into_owned()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!(headers.first("V").as_deref(), Some("a"));
        assert_eq!(headers.0.first().map(Header::long_name).as_deref(), Some("via"));
    }

    #[test]
    fn folds_read_as_a_blank() {
        let header = Header { name: "Subject".into(), raw: b"one\r\n   two\r\n\tthree".to_vec() };
        assert_eq!(header.value(), "one two three");
    }
}
