//! `name=value` and `name="value"` lists, as challenges and diagnostics headers have them.

use schemars::JsonSchema;
use serde::Serialize;

/// One parameter, in the order of the header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Parameter {
    /// Its name, lower case.
    pub name: String,
    /// Its value, without quotes; empty where it has none.
    pub value: String,
}

/// Reads `name=value` pairs apart by `separator`. What is in quotes may hold separators,
/// `=` and backslash escapes (RFC 3261 25.1). Servers and the tools that show their
/// headers leave a separator at the end, blanks around `=`, and a last quote open; none
/// of that makes a parameter unreadable.
pub(crate) fn read(text: &str, separator: char) -> Vec<Parameter> {
    split(text, separator)
        .into_iter()
        .filter_map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let name = name.trim().to_ascii_lowercase();
            (!name.is_empty()).then(|| Parameter { name, value: unquote(value.trim()) })
        })
        .collect()
}

/// Splits at separators that are not in quotes.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => {
                parts.extend(text.get(start..at));
                start = at + letter.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// The text between quotes, its escapes taken away; a text without quotes as it is.
fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"') else { return text.to_owned() };
    let (mut value, mut escaped) = (String::with_capacity(inner.len()), false);
    for letter in inner.chars() {
        match letter {
            _ if escaped => {
                value.push(letter);
                escaped = false;
            }
            '\\' => escaped = true,
            '"' => break,
            _ => value.push(letter),
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str, separator: char) -> Vec<(String, String)> {
        read(text, separator).into_iter().map(|one| (one.name, one.value)).collect()
    }

    #[test]
    fn separators_in_quotes_are_text() {
        let found = pairs(r#"reason="a; b (c=d) \"e\"";Source="fe1.contoso.com""#, ';');
        let expected = [("reason", "a; b (c=d) \"e\""), ("source", "fe1.contoso.com")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn careless_writing_is_read() {
        let found = pairs(r#" reason ="x"; domain =" a.b "; flag;; last="open"#, ';');
        let expected = [("reason", "x"), ("domain", " a.b "), ("flag", ""), ("last", "open")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
