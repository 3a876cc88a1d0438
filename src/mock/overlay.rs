//! Patches over YAML trees: what a state or a variant says differently from its base.
//!
//! A patch is laid over its base as RFC 7396 (JSON Merge Patch) does it: mappings merge
//! by key, `null` removes a key, anything else replaces. Two things are different, since
//! patches are written by hand and a misspelt one would quietly change nothing:
//!
//! - A mapping over a *list of mappings* patches its elements by identity: the key is
//!   the element's `fqdn`, `name`, `domain` or `sip` (the first that it has), `null`
//!   removes the element, and a key that names no element is an error.
//! - Removing what isn't there is an error.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::values::fold;
use crate::yaml::{Node, NodeKind};

/// By which key an element of a list is known, the first present counts.
const IDENTITIES: [&str; 4] = ["fqdn", "name", "domain", "sip"];

/// Lays a patch, read from `source`, over a base.
///
/// Ranges of the result are of whichever text a node came from: render it before places
/// in it are told to anybody.
///
/// # Errors
/// Every key of the patch that removes or patches what the base doesn't have.
pub fn overlay(base: &Node, patch: &Node, source: &Arc<Source>) -> Result<Node, Vec<Diagnostic>> {
    let mut overlay = Overlay { source, found: Vec::new() };
    let merged = overlay.merge(Some(base), patch);
    if overlay.found.is_empty() { Ok(merged) } else { Err(overlay.found) }
}

struct Overlay<'a> {
    source: &'a Arc<Source>,
    found: Vec<Diagnostic>,
}

impl Overlay<'_> {
    fn merge(&mut self, base: Option<&Node>, patch: &Node) -> Node {
        let kind = match (base.map(|base| &base.kind), &patch.kind) {
            (Some(NodeKind::List(items)), NodeKind::Map(changes)) if items.iter().all(is_map) => {
                NodeKind::List(self.elements(items, changes))
            }
            (Some(NodeKind::Map(entries)), NodeKind::Map(changes)) => NodeKind::Map(self.entries(entries, changes)),
            (_, NodeKind::Map(changes)) => NodeKind::Map(self.entries(&[], changes)),
            (_, replacement) => replacement.clone(),
        };
        Node { kind, range: patch.range.clone() }
    }

    fn entries(&mut self, entries: &[(Node, Node)], changes: &[(Node, Node)]) -> Vec<(Node, Node)> {
        let mut merged = entries.to_vec();
        for (key, change) in changes {
            let name = key.as_text().unwrap_or_default();
            let at = merged.iter().position(|(known, _)| known.as_text() == Some(name));
            match (at, &change.kind) {
                (Some(at), NodeKind::Null) => {
                    merged.remove(at);
                }
                (None, NodeKind::Null) => {
                    let known = entries.iter().filter_map(|(key, _)| key.as_text());
                    self.missing(&key.range, &format!("there is no `{name}` here to remove"), name, known);
                }
                (Some(at), _) => {
                    if let Some((_, value)) = merged.get_mut(at) {
                        *value = self.merge(Some(value), change);
                    }
                }
                (None, _) => merged.push((key.clone(), self.merge(None, change))),
            }
        }
        merged
    }

    fn elements(&mut self, items: &[Node], changes: &[(Node, Node)]) -> Vec<Node> {
        let mut merged = items.to_vec();
        for (key, change) in changes {
            let name = key.as_text().unwrap_or_default();
            let same = |item: &Node| identity(item).is_some_and(|identity| fold(identity) == fold(name));
            match (merged.iter().position(same), &change.kind) {
                (Some(at), NodeKind::Null) => {
                    merged.remove(at);
                }
                (Some(at), _) => {
                    if let Some(item) = merged.get_mut(at) {
                        *item = self.merge(Some(item), change);
                    }
                }
                (None, _) => {
                    let message = format!("no element of this list is `{name}`");
                    self.missing(&key.range, &message, name, items.iter().filter_map(identity));
                }
            }
        }
        merged
    }

    fn missing<'n>(
        &mut self,
        range: &Range<usize>,
        message: &str,
        name: &str,
        known: impl Iterator<Item = &'n str> + Clone,
    ) {
        let hint = suggestion(name, known);
        self.found.push(Diagnostic::at(Code::InvalidValue, self.source, range.clone(), message).hint(hint));
    }
}

fn is_map(node: &Node) -> bool {
    matches!(node.kind, NodeKind::Map(_))
}

fn identity(item: &Node) -> Option<&str> {
    IDENTITIES.iter().find_map(|key| item.get(key)).and_then(Node::as_text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Limits, parse};
    use serde_json::{Value, json};

    fn tree(text: &str) -> (Arc<Source>, Node) {
        let source = Arc::new(Source::new("patch.yaml", text));
        let node = parse(&source, Limits::default()).expect("parses");
        (source, node)
    }

    fn merged(base: &str, patch: &str) -> Result<Value, Vec<String>> {
        let (source, patch) = tree(patch);
        overlay(&tree(base).1, &patch, &source)
            .map(|node| node.to_json())
            .map_err(|found| found.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn mappings_merge_and_the_rest_replaces() {
        assert_eq!(
            merged("{a: 1, b: {c: 2, d: 3}, e: [1, 2]}", "{b: {c: null, x: {y: 5}}, e: [3], f: {g: 1}}"),
            Ok(json!({"a": 1, "b": {"d": 3, "x": {"y": 5}}, "e": [3], "f": {"g": 1}}))
        );
        assert_eq!(merged("{a: [1]}", "{a: {b: 1}}"), Ok(json!({"a": {"b": 1}})), "a list of scalars is replaced");
        assert_eq!(merged("{a: {b: 1}}", "{a: tcp}"), Ok(json!({"a": "tcp"})));
    }

    #[test]
    fn a_mapping_over_a_list_patches_elements_by_identity() {
        let base = "pools: [{fqdn: Pool01.contoso.com, phase: edge, name: x}, {fqdn: pool02.contoso.com}]
accounts: [{sip: 'sip:probe1@contoso.com', user: a}]";
        assert_eq!(
            merged(
                base,
                "pools: {pool01.CONTOSO.com: {phase: post, name: null}, pool02.contoso.com: null}
accounts: {probe1@contoso.com: {user: b}}"
            ),
            Ok(json!({
                "pools": [{"fqdn": "Pool01.contoso.com", "phase": "post"}],
                "accounts": [{"sip": "sip:probe1@contoso.com", "user": "b"}],
            }))
        );
    }

    #[test]
    fn what_is_not_there_is_told_with_its_place() {
        let base = "pools: [{fqdn: pool01.contoso.com}]\nlimits: {concurrency: 4}";
        let found =
            merged(base, "pools:\n  pool1.contoso.com: {phase: post}\nlimits:\n  concurency: null\n  x: {y: ~}")
                .expect_err("refused");
        assert_eq!(
            found,
            [
                "patch.yaml:2:3: error[invalid-value]: no element of this list is `pool1.contoso.com` \
                 (did you mean `pool01.contoso.com`?)",
                "patch.yaml:4:3: error[invalid-value]: there is no `concurency` here to remove \
                 (did you mean `concurrency`?)",
                "patch.yaml:5:7: error[invalid-value]: there is no `y` here to remove (nothing is known here)",
            ]
        );
        let found = merged("pools: []", "pools: {a.b: {phase: post}}").expect_err("an empty list has no element");
        assert_eq!(found.len(), 1);
    }
}
