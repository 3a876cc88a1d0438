//! What texts in braces stand for.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::inventory::{Dataset, Sees};
use crate::values::{fold, parse_duration};
use crate::yaml::{Node, NodeKind, Raw};

/// How deep names may stand for names.
const DEEPEST: usize = 8;

/// One record as it is written in the file.
pub(super) struct Written<'a> {
    /// The dataset that it is of.
    pub(super) dataset: &'static Dataset,
    /// Its key.
    pub(super) key: &'a str,
    /// The host, pool or domain that its part is about.
    pub(super) about: Option<&'a str>,
    /// What it says.
    pub(super) own: &'a [(Node, Node)],
    /// What every record of its dataset says.
    pub(super) defaults: &'a [(Node, Node)],
}

/// Turns what is written into what a cmdlet would have answered.
pub(super) struct Filler<'a> {
    pub(super) values: &'a BTreeMap<String, Raw>,
    pub(super) source: &'a Arc<Source>,
    /// The clock of the export.
    pub(super) now: Timestamp,
    /// All that is wrong.
    pub(super) found: Vec<Diagnostic>,
}

/// A piece of a text.
enum Piece {
    Plain(String),
    Hole(String),
}

/// What a text stands for; none where the property is left out.
type Filled = Option<Json>;

impl Filler<'_> {
    /// The record, with every default that it doesn't override.
    pub(super) fn record(&mut self, record: &Written<'_>) -> Map<String, Json> {
        let mut all: Vec<&(Node, Node)> = Vec::new();
        let same = |one: &(Node, Node), other: &(Node, Node)| one.0.as_text() == other.0.as_text();
        for default in record.defaults {
            all.push(record.own.iter().find(|own| same(own, default)).unwrap_or(default));
        }
        all.extend(record.own.iter().filter(|own| !record.defaults.iter().any(|default| same(own, default))));
        let mut filled = Map::new();
        for (name, value) in all {
            if name.as_text().is_some_and(is_local) {
                continue;
            }
            if let (Some(name), Some(value)) = (name.as_text(), self.node(value, record, 0)) {
                filled.insert(name.to_owned(), value);
            }
        }
        filled
    }

    fn node(&mut self, node: &Node, record: &Written<'_>, depth: usize) -> Filled {
        match &node.kind {
            NodeKind::Text(text, _) => self.text(text, node, record, depth),
            NodeKind::List(items) => {
                Some(items.iter().filter_map(|item| self.node(item, record, depth)).collect::<Vec<_>>().into())
            }
            NodeKind::Map(entries) => {
                let mut filled = Map::new();
                for (name, value) in entries {
                    if let (Some(name), Some(value)) = (name.as_text(), self.node(value, record, depth)) {
                        filled.insert(name.to_owned(), value);
                    }
                }
                Some(filled.into())
            }
            _ => Some(node.to_json()),
        }
    }

    fn text(&mut self, text: &str, node: &Node, record: &Written<'_>, depth: usize) -> Filled {
        let pieces = match pieces(text) {
            Ok(pieces) => pieces,
            Err(message) => return self.wrong(node, message, "a brace that stands for itself is written twice"),
        };
        if let [Piece::Hole(name)] = pieces.as_slice() {
            // A value that is all one name keeps its type.
            return self.hole(name, node, record, depth);
        }
        let mut whole = String::new();
        for piece in pieces {
            match piece {
                Piece::Plain(plain) => whole.push_str(&plain),
                Piece::Hole(name) => match self.hole(&name, node, record, depth)? {
                    Json::Null => return Some(Json::Null),
                    Json::String(filled) => whole.push_str(&filled),
                    other => whole.push_str(&spelled(&other).unwrap_or_else(|| other.to_string())),
                },
            }
        }
        Some(whole.into())
    }

    fn hole(&mut self, name: &str, node: &Node, record: &Written<'_>, depth: usize) -> Filled {
        if depth >= DEEPEST {
            return self.wrong(node, format!("`{{{name}}}` stands for itself, in a circle"), "write its value out");
        }
        let words: Vec<&str> = name.split_whitespace().collect();
        match words.as_slice() {
            ["null"] => Some(Json::Null),
            ["missing"] => None,
            ["key"] => Some(record.key.into()),
            ["about"] => match record.about {
                Some(about) => Some(about.into()),
                None => self.wrong(node, "this dataset's parts are about all of the deployment", "leave `{about}` out"),
            },
            ["dataset"] => Some(record.dataset.name.into()),
            ["guid"] => Some(guid(&record.name()).into()),
            ["guid", of] => Some(guid(of).into()),
            ["sid"] => Some(sid(&record.name()).into()),
            ["sid", of] => Some(sid(of).into()),
            ["thumbprint"] => Some(thumbprint(&record.name()).into()),
            ["thumbprint", of] => Some(thumbprint(of).into()),
            ["ms", direction @ ("ago" | "in"), span] => {
                self.time(direction, span, node).map(|at| at.as_millisecond().to_string().into())
            }
            [direction @ ("ago" | "in"), span] => {
                self.time(direction, span, node).map(|at| at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
            }
            [one] => match one.split_once(':') {
                Some((table, property)) => self.look_up(table, property, node, record, depth),
                None if !is_local(one) || record.has(one) => self.property(one, node, record, depth),
                None => match self.values.get(*one) {
                    Some(Raw(value)) => self.node(value, record, depth + 1),
                    None => self.unknown_value(one, node),
                },
            },
            _ => self.wrong(
                node,
                format!("`{{{name}}}` stands for nothing"),
                "docs/mock.md tells what may stand in braces",
            ),
        }
    }

    fn property(&mut self, name: &str, node: &Node, record: &Written<'_>, depth: usize) -> Filled {
        let both = || record.own.iter().chain(record.defaults);
        if let Some((_, value)) = both().find(|(key, _)| key.as_text() == Some(name)) {
            return self.node(value, record, depth + 1);
        }
        let hint = suggestion(name, both().filter_map(|(key, _)| key.as_text()));
        self.wrong(node, format!("the record `{}` has no property `{name}`", record.key), hint)
    }

    /// What a table has for the value of a property.
    fn look_up(&mut self, table: &str, property: &str, node: &Node, record: &Written<'_>, depth: usize) -> Filled {
        let Some(Raw(values)) = self.values.get(table) else { return self.unknown_value(table, node) };
        let of = match property {
            "key" | "about" | "dataset" => self.hole(property, node, record, depth)?,
            _ => self.property(property, node, record, depth)?,
        };
        if of == Json::Null {
            return Some(Json::Null);
        }
        let spelled = spelled(&of).unwrap_or_default();
        let same = |(name, _): &&(Node, Node)| name.as_text().is_some_and(|name| fold(name) == fold(&spelled));
        let any = || values.get("*");
        if let Some(value) = values.entries().iter().find(same).map(|(_, value)| value).or_else(any) {
            return self.node(value, record, depth + 1);
        }
        let hint = suggestion(&spelled, values.entries().iter().filter_map(|(name, _)| name.as_text()));
        self.wrong(node, format!("`values.{table}` has nothing for `{spelled}`"), hint)
    }

    fn time(&mut self, direction: &str, span: &str, node: &Node) -> Option<Timestamp> {
        match parse_duration(span) {
            Ok(span) if direction == "ago" => self.now.checked_sub(span).ok(),
            Ok(span) => self.now.checked_add(span).ok(),
            Err((message, hint)) => {
                self.wrong(node, message, hint);
                None
            }
        }
    }

    fn unknown_value(&mut self, name: &str, node: &Node) -> Filled {
        let hint = suggestion(name, self.values.keys().map(String::as_str));
        self.wrong(node, format!("there is no `{name}` in `values`"), hint)
    }

    fn wrong(&mut self, node: &Node, message: impl Into<String>, hint: impl Into<String>) -> Filled {
        let diagnostic = Diagnostic::at(Code::InvalidValue, self.source, node.range.clone(), message).hint(hint);
        self.found.push(diagnostic);
        None
    }
}

/// Whether a name is no cmdlet's property, but the file's own, for other texts of the record.
pub(super) fn is_local(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
}

impl Written<'_> {
    /// What is made from the record's name differs from host to host, and is the same in every
    /// dataset: objects are known by it.
    fn name(&self) -> String {
        match self.about {
            Some(host) if self.dataset.sees == Sees::Host => format!("{host}/{}", self.key),
            _ => self.key.to_owned(),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.own.iter().chain(self.defaults).any(|(key, _)| key.as_text() == Some(name))
    }
}

/// A text's plain pieces and those in braces.
fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '{' if letters.next_if_eq(&'{').is_some() => plain.push('{'),
            '}' if letters.next_if_eq(&'}').is_some() => plain.push('}'),
            '}' => return Err(format!("a `}}` without its `{{` in `{text}`")),
            '{' => {
                let mut name = String::new();
                loop {
                    match letters.next() {
                        Some('}') => break,
                        Some(letter) if letter != '{' => name.push(letter),
                        _ => return Err(format!("a `{{` without its `}}` in `{text}`")),
                    }
                }
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Hole(name));
            }
            other => plain.push(other),
        }
    }
    if !plain.is_empty() || pieces.is_empty() {
        pieces.push(Piece::Plain(plain));
    }
    Ok(pieces)
}

/// The name in a value, however it is spelled.
fn spelled(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(value) => Some(value.to_string()),
        Json::Object(members) => ["FriendlyName", "Value"].iter().find_map(|name| spelled(members.get(*name)?)),
        _ => None,
    }
}

fn digest(kind: &str, name: &str) -> Vec<u8> {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    hash.update(kind.as_bytes());
    hash.update(fold(name).as_bytes());
    hash.finish().as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A GUID that is always the same for a name.
fn guid(name: &str) -> String {
    let digits = hex(&digest("guid", name));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    // RFC 9562: version 8, of which the bits are ours.
    format!("{}-{}-8{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

/// A security identifier of one domain that is always the same for a name.
fn sid(name: &str) -> String {
    let number = digest("sid", name).iter().take(3).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("S-1-5-21-1004336348-1177238915-682003330-{}", 1000 + number)
}

/// The SHA-1 fingerprint of a certificate that is always the same for a name.
fn thumbprint(name: &str) -> String {
    hex(&digest("thumbprint", name)).get(..40).unwrap_or_default().to_uppercase()
}
