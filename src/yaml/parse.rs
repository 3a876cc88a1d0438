//! Events of the YAML parser → tree, within bounds.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use granit_parser::{Event, Parser, Span};

use super::node::{Node, NodeKind, Style};
use super::scalar::scalar;
use super::source::Limits;
use crate::diagnostic::{Code, Diagnostic, Source};

/// Parses one document.
///
/// # Errors
/// The first syntax error, or every duplicate key and unsupported construct.
pub fn parse(source: &Arc<Source>, limits: Limits) -> Result<Node, Vec<Diagnostic>> {
    let mut builder =
        Builder { source, limits, nodes: 0, repeated: 0, anchors: HashMap::new(), diagnostics: Vec::new() };
    let root = builder.document().map_err(|fatal| vec![*fatal])?;
    if builder.diagnostics.is_empty() { Ok(root) } else { Err(builder.diagnostics) }
}

struct Builder<'a> {
    source: &'a Arc<Source>,
    limits: Limits,
    nodes: usize,
    repeated: usize,
    anchors: HashMap<usize, (Node, Weight)>,
    diagnostics: Vec<Diagnostic>,
}

/// What a copy of a node costs.
#[derive(Clone, Copy, Default)]
struct Weight {
    nodes: usize,
    text: usize,
}

impl Weight {
    fn of(node: &Node) -> Self {
        let parts = |nodes: &mut dyn Iterator<Item = &Node>| {
            nodes.map(Self::of).fold(Self { nodes: 1, text: 0 }, |sum, part| Self {
                nodes: sum.nodes.saturating_add(part.nodes),
                text: sum.text.saturating_add(part.text),
            })
        };
        match &node.kind {
            NodeKind::Text(text, _) => Self { nodes: 1, text: text.len() },
            NodeKind::List(items) => parts(&mut items.iter()),
            NodeKind::Map(entries) => parts(&mut entries.iter().flat_map(|(key, value)| [key, value])),
            _ => Self { nodes: 1, text: 0 },
        }
    }
}

/// A collection that is being read.
struct Open {
    start: Range<usize>,
    anchor: usize,
    items: Vec<Node>,
    is_map: bool,
}

impl Builder<'_> {
    fn document(&mut self) -> Result<Node, Box<Diagnostic>> {
        let text = self.source.text.as_str();
        let mut open: Vec<Open> = Vec::new();
        let mut root = None;
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| {
                let at = error.marker().byte_offset().unwrap_or_else(|| byte_of(text, error.marker().index()));
                let message = error.info();
                let code = if message.contains("nesting") || message.contains("recursion") {
                    Code::YamlLimits
                } else {
                    Code::YamlSyntax
                };
                let hint = way_out(code, &message);
                Box::new(Diagnostic::at(code, self.source, at..at + 1, message).hint(hint))
            })?;
            let range = range_of(text, &span);
            let done = match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(self.fatal(
                            Code::YamlUnsupported,
                            range,
                            "a second document in one file",
                            "keep one document a file, without `---`",
                        ));
                    }
                    continue;
                }
                Event::Scalar(value, style, anchor, tag) => {
                    if tag.is_some() {
                        self.unsupported_tag(range.clone());
                    }
                    let kind = scalar(&value, style);
                    let block = matches!(kind, NodeKind::Text(_, Style::Block));
                    let range = if block { with_indicator(text, range) } else { range };
                    let node = Node { kind, range };
                    self.count(1, &node.range)?;
                    self.remember(anchor, &node)?;
                    node
                }
                Event::SequenceStart(_, anchor, tag) | Event::MappingStart(_, anchor, tag)
                    if open.len() >= self.limits.depth =>
                {
                    let _ = (anchor, tag);
                    let message = format!("nested deeper than {} levels", self.limits.depth);
                    return Err(self.fatal(Code::YamlLimits, range, &message, "flatten it"));
                }
                Event::SequenceStart(_, anchor, tag) => {
                    if tag.is_some() {
                        self.unsupported_tag(range.clone());
                    }
                    self.count(1, &range)?;
                    open.push(Open { start: range, anchor, items: Vec::new(), is_map: false });
                    continue;
                }
                Event::MappingStart(_, anchor, tag) => {
                    if tag.is_some() {
                        self.unsupported_tag(range.clone());
                    }
                    self.count(1, &range)?;
                    open.push(Open { start: range, anchor, items: Vec::new(), is_map: true });
                    continue;
                }
                Event::SequenceEnd | Event::MappingEnd => {
                    let Some(collection) = open.pop() else { continue };
                    let anchor = collection.anchor;
                    let node = self.close(collection, range.end);
                    self.remember(anchor, &node)?;
                    node
                }
                Event::Alias(id) => {
                    let Some(weight) = self.anchors.get(&id).map(|(_, weight)| *weight) else {
                        return Err(self.fatal(
                            Code::YamlUnsupported,
                            range,
                            "an alias inside its own anchor",
                            "write the value out",
                        ));
                    };
                    self.repeat(weight, &range)?;
                    self.anchors.get(&id).map_or(Node { kind: NodeKind::Null, range }, |(node, _)| node.clone())
                }
                _ => continue,
            };
            match open.last_mut() {
                Some(parent) => parent.items.push(done),
                None => root = Some(done),
            }
        }
        Ok(root.unwrap_or(Node { kind: NodeKind::Null, range: 0..0 }))
    }

    fn close(&mut self, collection: Open, end: usize) -> Node {
        let start = collection.start.start;
        let last = collection.items.last().map_or(end, |node| node.range.end);
        // A block collection's end event stands at the next token: stop at its last item.
        let end = if self.source.text.get(start..start + 1).is_some_and(|c| c == "{" || c == "[") { end } else { last };
        let range = start..end.max(start);
        if !collection.is_map {
            return Node { kind: NodeKind::List(collection.items), range };
        }
        let mut entries: Vec<(Node, Node)> = Vec::with_capacity(collection.items.len() / 2);
        let mut seen: HashSet<String> = HashSet::new();
        let mut items = collection.items.into_iter();
        while let (Some(key), Some(value)) = (items.next(), items.next()) {
            let Some(name) = key_text(&key) else {
                let message = format!("{} as a key", key.describe());
                self.diagnostics.push(
                    Diagnostic::at(Code::YamlUnsupported, self.source, key.range, message).hint("keys are texts"),
                );
                continue;
            };
            if name == "<<" {
                self.diagnostics.push(
                    Diagnostic::at(
                        Code::YamlUnsupported,
                        self.source,
                        key.range,
                        "merge keys (`<<`) are not supported",
                    )
                    .hint("write the keys out, or use `defaults`"),
                );
                continue;
            }
            if !seen.insert(name.clone()) {
                self.diagnostics.push(
                    Diagnostic::at(
                        Code::DuplicateKey,
                        self.source,
                        key.range,
                        format!("the key `{name}` stands here twice"),
                    )
                    .hint("remove or rename one: the other's value would be lost"),
                );
                continue;
            }
            entries.push((Node { kind: NodeKind::Text(name, Style::Plain), range: key.range }, value));
        }
        Node { kind: NodeKind::Map(entries), range }
    }

    fn count(&mut self, nodes: usize, range: &Range<usize>) -> Result<(), Box<Diagnostic>> {
        self.nodes = self.nodes.saturating_add(nodes);
        if self.nodes <= self.limits.nodes {
            return Ok(());
        }
        let message = format!("more than {} values, aliases counted as often as they are used", self.limits.nodes);
        Err(self.fatal(Code::YamlLimits, range.clone(), &message, "split the file"))
    }

    /// Keeps a copy of an anchored node for its aliases: a copy counts too, since anchors
    /// may stand inside anchors.
    fn remember(&mut self, anchor: usize, node: &Node) -> Result<(), Box<Diagnostic>> {
        if anchor != 0 {
            let weight = Weight::of(node);
            self.repeat(weight, &node.range)?;
            self.anchors.insert(anchor, (node.clone(), weight));
        }
        Ok(())
    }

    fn repeat(&mut self, weight: Weight, range: &Range<usize>) -> Result<(), Box<Diagnostic>> {
        self.count(weight.nodes, range)?;
        self.repeated = self.repeated.saturating_add(weight.text);
        if self.repeated <= self.limits.repeated {
            return Ok(());
        }
        let message = format!("anchors and aliases repeat more than {} bytes of text", self.limits.repeated);
        Err(self.fatal(Code::YamlLimits, range.clone(), &message, "write less, or split the file"))
    }

    fn unsupported_tag(&mut self, range: Range<usize>) {
        self.diagnostics.push(
            Diagnostic::at(Code::YamlUnsupported, self.source, range, "YAML tags (`!…`) are not supported")
                .hint("remove the tag; quote the value if it shall be a text"),
        );
    }

    #[expect(clippy::unnecessary_box_returns, reason = "it is an error variant, boxed to keep results small")]
    fn fatal(&self, code: Code, range: Range<usize>, message: &str, hint: &str) -> Box<Diagnostic> {
        Box::new(Diagnostic::at(code, self.source, range, message).hint(hint))
    }
}

/// What usually is behind a complaint of the parser's.
fn way_out(code: Code, message: &str) -> &'static str {
    if code == Code::YamlLimits {
        "flatten it"
    } else if message.contains("trailing content after") {
        "YAML takes the first quoted part for the whole value; quote all of it: `that: '\"a\" in x'`"
    } else if message.contains("mapping values are not allowed") {
        "put a text that has `: ` in it in quotes, or look at the indentation"
    } else if message.contains("tab") {
        "indent with spaces"
    } else {
        "look at the indentation, the brackets and the quotes here; a text that begins with a sign needs quotes"
    }
}

fn key_text(key: &Node) -> Option<String> {
    match &key.kind {
        NodeKind::Text(text, _) => Some(text.clone()),
        NodeKind::Int(number) => Some(number.to_string()),
        NodeKind::Bool(value) => Some(value.to_string()),
        _ => None,
    }
}

/// A block scalar's range from its `|` or `>` on: the parser's begins at its text.
fn with_indicator(text: &str, range: Range<usize>) -> Range<usize> {
    let before = text.get(..range.start).unwrap_or_default();
    let here = text.get(range.start..).unwrap_or_default();
    if here.starts_with(['|', '>']) {
        return range;
    }
    before.rfind(['|', '>']).map_or(range.clone(), |start| start..range.end)
}

fn range_of(text: &str, span: &Span) -> Range<usize> {
    span.byte_range().unwrap_or_else(|| byte_of(text, span.start.index())..byte_of(text, span.end.index()))
}

fn byte_of(text: &str, character: usize) -> usize {
    text.char_indices().nth(character).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Arc<Source> {
        Arc::new(Source::new("t.yaml", text))
    }

    fn refused(text: &str) -> Vec<Code> {
        parse(&source(text), Limits::default()).expect_err("refused").iter().map(|d| d.code).collect()
    }

    #[test]
    fn scalars_are_typed_strictly() {
        let node = parse(&source("[1, -2, 0, 1.5, 010, 1_0, yes, true, ~, '5', 0x10, 1.2.3]"), Limits::default())
            .expect("parses");
        assert_eq!(
            node.to_json(),
            serde_json::json!([1, -2, 0, 1.5, "010", "1_0", "yes", true, null, "5", "0x10", "1.2.3"])
        );
    }

    #[test]
    fn duplicate_keys_are_all_told() {
        assert_eq!(refused("a: 1\na: 2\nb: {c: 1, c: 2}\n"), [Code::DuplicateKey, Code::DuplicateKey].to_vec());
    }

    #[test]
    fn bombs_and_depth_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            let aliases = vec![alias; 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        assert_eq!(refused(&bomb), [Code::YamlLimits]);
        assert_eq!(refused(&"[".repeat(100_000)), [Code::YamlLimits]);
        assert_eq!(refused(&"{a: ".repeat(100_000)), [Code::YamlLimits]);
        assert_eq!(refused(&"- ".repeat(100_000)), [Code::YamlLimits]);
    }

    #[test]
    fn long_texts_and_nested_anchors_are_bombs_too() {
        let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(100));
        assert_eq!(refused(&long), [Code::YamlLimits]);
        let mut nested = String::from("a: ");
        for level in 0..60 {
            nested += &format!("&n{level} [");
        }
        nested += &"x, ".repeat(100_000);
        nested += &"]".repeat(60);
        assert_eq!(refused(&nested), [Code::YamlLimits]);
        let modest = format!("a: &a [x, \"{}\"]\nb: [*a, *a]\n", "y".repeat(1000));
        assert!(parse(&source(&modest), Limits::default()).is_ok(), "aliases as such are fine");
    }

    #[test]
    fn a_number_that_no_float_holds_stays_a_text() {
        let node = parse(&source(&format!("{}.0", "9".repeat(400))), Limits::default()).expect("parses");
        assert!(node.as_text().is_some(), "{node:?}");
    }

    #[test]
    fn broken_syntax_comes_with_a_way_out() {
        for (text, hint) in [
            ("a:\n  - that: \"a\" in x\n", "quote all of it"),
            ("that: 'a' in x\n", "quote all of it"),
            ("that: x == 'a: b'\n", ": "),
            ("a: [1", "brackets"),
            ("a:\n\t- b", "spaces"),
        ] {
            let found = parse(&source(text), Limits::default()).expect_err(text);
            assert!(found[0].hint.as_deref().is_some_and(|told| told.contains(hint)), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_readers_disagree_on_is_refused() {
        assert_eq!(refused("a: !!binary xx"), [Code::YamlUnsupported]);
        assert_eq!(refused("a: &x {b: 1}\nc:\n  <<: *x"), [Code::YamlUnsupported]);
        assert_eq!(refused("a: 1\n---\nb: 2"), [Code::YamlUnsupported]);
        assert_eq!(refused("? [a]\n: 1"), [Code::YamlUnsupported]);
        assert_eq!(refused("a: [1"), [Code::YamlSyntax]);
    }

    #[test]
    fn ranges_are_exact() {
        let source = source("a:\n  - b: \"x y\"\n    c: 7\nd: 1\n");
        let node = parse(&source, Limits::default()).expect("parses");
        let list = node.get("a").expect("a");
        assert_eq!(&source.text[list.range.clone()], "- b: \"x y\"\n    c: 7");
        let NodeKind::List(items) = &list.kind else { panic!("a list") };
        assert_eq!(&source.text[items[0].get("b").expect("b").range.clone()], "\"x y\"");
    }
}
