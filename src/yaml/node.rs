//! The tree.

use std::ops::Range;

use crate::diagnostic::Source;

/// How a scalar was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|` or `>`
    Block,
}

/// A value and the bytes it was read from.
#[derive(Clone, Debug)]
pub struct Node {
    /// The value.
    pub kind: NodeKind,
    /// Bytes in the source, end excluded.
    pub range: Range<usize>,
}

/// A YAML value (core schema, strict: `yes` is a text, `010` too).
#[derive(Clone, Debug, PartialEq)]
pub enum NodeKind {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal integer.
    Int(i64),
    /// A decimal fraction.
    Float(f64),
    /// Anything else that is scalar.
    Text(String, Style),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping; keys are texts and unique.
    Map(Vec<(Node, Node)>),
}

impl PartialEq for Node {
    /// Nodes are equal when their values are; where they stood does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Node {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            NodeKind::Text(text, _) => Some(text),
            _ => None,
        }
    }

    /// The value of a key, if this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    /// The entries of a mapping; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[(Self, Self)] {
        match &self.kind {
            NodeKind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// What it is, in words for messages.
    #[must_use]
    pub fn describe(&self) -> &'static str {
        match self.kind {
            NodeKind::Null => "nothing",
            NodeKind::Bool(_) => "a boolean",
            NodeKind::Int(_) | NodeKind::Float(_) => "a number",
            NodeKind::Text(..) => "a text",
            NodeKind::List(_) => "a list",
            NodeKind::Map(_) => "a mapping",
        }
    }

    /// The value as JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.kind {
            NodeKind::Null => serde_json::Value::Null,
            NodeKind::Bool(value) => (*value).into(),
            NodeKind::Int(value) => (*value).into(),
            NodeKind::Float(value) => (*value).into(),
            NodeKind::Text(value, _) => value.as_str().into(),
            NodeKind::List(items) => items.iter().map(Self::to_json).collect(),
            NodeKind::Map(entries) => entries
                .iter()
                .filter_map(|(key, value)| Some((key.as_text()?.to_owned(), value.to_json())))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        }
    }

    /// Where a byte range of a scalar's *value* stands in the source.
    ///
    /// Quotes, escapes and folding make the two differ; they are aligned character by
    /// character, ignoring white space, which is all that folding changes.
    #[must_use]
    pub fn place_inside(&self, source: &Source, inside: Range<usize>) -> Range<usize> {
        let NodeKind::Text(value, style) = &self.kind else { return self.range.clone() };
        let raw = source.text.get(self.range.clone()).unwrap_or_default();
        let start = align(value, raw, *style, inside.start);
        let end = align(value, raw, *style, inside.end.saturating_sub(1)).map(|end| end + 1);
        match (start, end) {
            (Some(start), Some(end)) if start < end => self.range.start + start..self.range.start + end,
            (Some(start), _) => self.range.start + start..self.range.start + start + 1,
            _ => self.range.clone(),
        }
    }
}

/// The offset in `raw` of the character at `offset` in `value`.
fn align(value: &str, raw: &str, style: Style, offset: usize) -> Option<usize> {
    let mut raw_chars = raw.char_indices().peekable();
    match style {
        Style::Plain => {}
        Style::Single | Style::Double => {
            raw_chars.next();
        }
        Style::Block => while raw_chars.next_if(|(_, c)| *c != '\n').is_some() {},
    }
    for (at, wanted) in value.char_indices() {
        if at >= offset && wanted.is_whitespace() {
            return raw_chars.peek().map(|(at, _)| *at);
        }
        if wanted.is_whitespace() {
            continue;
        }
        while raw_chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let (found, character) = raw_chars.next()?;
        let escaped = (style == Style::Double && character == '\\') || (style == Style::Single && character == '\'');
        if escaped {
            raw_chars.next();
        }
        if at >= offset {
            return Some(found);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Limits, parse};
    use std::sync::Arc;

    fn marked(yaml: &str, needle: &str) -> String {
        let source = Arc::new(Source::new("t", yaml));
        let node = parse(&source, Limits::default()).expect("parses");
        let scalar = node.get("a").expect("a");
        let value = scalar.as_text().expect("text");
        let at = value.find(needle).expect("needle in the value");
        let range = scalar.place_inside(&source, at..at + needle.len());
        source.text[range].to_owned()
    }

    #[test]
    fn places_inside_scalars_of_every_style() {
        assert_eq!(marked("a: one two three", "two"), "two");
        assert_eq!(marked("a: 'it''s two'", "two"), "two");
        assert_eq!(marked("a: \"say \\\"hi\\\" two\"", "two"), "two");
        assert_eq!(marked("a: >\n  one\n  two\n  three\n", "two"), "two");
        assert_eq!(marked("a: |\n  one\n  two three\n", "two three"), "two three");
        assert_eq!(marked("a: one\n  two\n  three", "three"), "three");
        assert_eq!(marked("a: über two", "two"), "two");
    }
}
