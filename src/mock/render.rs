//! A tree as YAML text again, so that places in a merged tree are places in a text.

use std::fmt::Write;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source};
use crate::yaml::{Limits, Node, NodeKind, parse};

/// A tree and the text that its places are of.
#[derive(Clone, Debug)]
pub struct Document {
    /// The text.
    pub source: Arc<Source>,
    /// The tree.
    pub node: Node,
}

impl Document {
    /// Writes a tree under a name and reads it back.
    ///
    /// # Errors
    /// The tree doesn't survive that: a defect of ours, told rather than hidden.
    pub fn rendered(node: &Node, name: String) -> Result<Self, Vec<Diagnostic>> {
        let mut text = String::new();
        block(&mut text, node, 0);
        let source = Arc::new(Source::new(name, text));
        let node = parse(&source, Limits::default())?;
        Ok(Self { source, node })
    }
}

/// Writes a value from the beginning of a line, or a scalar right where it is.
fn block(out: &mut String, node: &Node, indent: usize) {
    match &node.kind {
        NodeKind::Map(entries) if !entries.is_empty() => {
            for (key, value) in entries {
                let _ = write!(out, "{:indent$}", "");
                flow(out, key);
                out.push(':');
                nested(out, value, indent);
            }
        }
        NodeKind::List(items) if !items.is_empty() => {
            for item in items {
                let _ = write!(out, "{:indent$}-", "");
                nested(out, item, indent);
            }
        }
        _ => {
            flow(out, node);
            out.push('\n');
        }
    }
}

/// Collections of collections go on lines of their own, anything flatter stays in line.
fn nested(out: &mut String, value: &Node, indent: usize) {
    if depth(value) > 1 {
        out.push('\n');
        block(out, value, indent + 2);
    } else {
        out.push(' ');
        flow(out, value);
        out.push('\n');
    }
}

fn depth(node: &Node) -> usize {
    match &node.kind {
        NodeKind::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        NodeKind::Map(entries) => 1 + entries.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}

fn flow(out: &mut String, node: &Node) {
    match &node.kind {
        NodeKind::Null => out.push_str("null"),
        NodeKind::Bool(value) => {
            let _ = write!(out, "{value}");
        }
        NodeKind::Int(value) => {
            let _ = write!(out, "{value}");
        }
        NodeKind::Float(value) => {
            let text = value.to_string();
            out.push_str(&text);
            if !text.contains('.') {
                out.push_str(".0");
            }
        }
        NodeKind::Text(text, _) => scalar(out, text),
        NodeKind::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { ", " });
                flow(out, item);
            }
            out.push(']');
        }
        NodeKind::Map(entries) => {
            out.push('{');
            for (at, (key, value)) in entries.iter().enumerate() {
                out.push_str(if at == 0 { " " } else { ", " });
                flow(out, key);
                out.push_str(": ");
                flow(out, value);
            }
            out.push_str(if entries.is_empty() { "}" } else { " }" });
        }
    }
}

/// Plain where no reader could take it for anything but this text, else in double
/// quotes, as JSON writes it.
fn scalar(out: &mut String, text: &str) {
    let word = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./@".contains(c));
    let address = text.parse::<std::net::Ipv4Addr>().is_ok();
    let reserved = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        .iter()
        .any(|reserved| reserved.eq_ignore_ascii_case(text));
    if (word || address) && !reserved {
        out.push_str(text);
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Node {
        parse(&Arc::new(Source::new("t", text)), Limits::default()).expect("parses")
    }

    #[test]
    fn a_rendered_tree_reads_like_a_file() {
        let node = read(
            "a: {b: [1, x], c: {}}\nl: [{fqdn: a.b, port: '5'}, [1.0, []]]\nt: ['true', \"a\\nb: #c\", ~, -3, 10.0.0.1]\n",
        );
        let document = Document::rendered(&node, "merged".into()).expect("renders");
        assert_eq!(
            document.source.text,
            "a:\n  b: [1, x]\n  c: {}\nl:\n  - { fqdn: a.b, port: \"5\" }\n  -\n    - 1.0\n    - []\n\
             t: [\"true\", \"a\\nb: #c\", null, -3, 10.0.0.1]\n"
        );
        assert_eq!(document.node.to_json(), node.to_json());
    }

    fn value() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            (-1.0e6..1.0e6).prop_map(serde_json::Value::from),
            "\\PC{0,12}".prop_map(serde_json::Value::from),
            "[ \\t\\n'\"#:{}\\[\\],&*!|>%@`~0-9a-z-]{0,6}".prop_map(serde_json::Value::from),
        ];
        leaf.prop_recursive(4, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(serde_json::Value::from),
                prop::collection::btree_map("[ -~]{1,8}", inner, 0..5).prop_map(|map| map
                    .into_iter()
                    .filter(|(k, _)| k != "<<")
                    .collect::<serde_json::Map<_, _>>()
                    .into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(value in value()) {
            let node = read(&value.to_string());
            prop_assert_eq!(node.to_json(), value.clone(), "JSON is YAML");
            let document = Document::rendered(&node, "merged".into()).expect("renders");
            prop_assert_eq!(document.node.to_json(), value);
        }
    }
}
