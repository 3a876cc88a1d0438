//! A tree against a JSON Schema, with messages for people.
//!
//! Covers what our own types generate (`$ref`, `type`, `properties`, `required`,
//! `additionalProperties`, `items`, `enum`, `const`, `oneOf`, `anyOf`, bounds, our
//! `format`s), not JSON Schema at large: a general validator tells *that* one of five
//! alternatives failed; this one tells which key is misspelt, and where.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use super::node::{Node, NodeKind};
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::values;

/// How the text of a `format` is checked.
pub struct Format {
    /// The `format` keyword's value.
    pub name: &'static str,
    /// Says what is wrong with a text, and the way out.
    pub check: fn(&str) -> Result<(), (String, String)>,
}

/// Holds trees against one schema.
pub struct Validator {
    root: Value,
    templates: bool,
}

type Found<'a> = Vec<Diagnostic>;

impl Validator {
    /// For the type's own schema.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
        Self { root: schema.to_value(), templates: false }
    }

    /// For a schema that was generated already.
    #[must_use]
    pub fn of_schema(schema: &schemars::Schema) -> Self {
        Self { root: schema.clone().to_value(), templates: false }
    }

    /// Accepts a text with `${…}` wherever a scalar is needed: its value is known later.
    #[must_use]
    pub fn with_templates(mut self) -> Self {
        self.templates = true;
        self
    }

    /// All that is wrong, in the order of the file.
    #[must_use]
    pub fn check(&self, source: &Arc<Source>, node: &Node) -> Vec<Diagnostic> {
        if node.kind == NodeKind::Null && source.text.trim().is_empty() {
            return vec![Diagnostic::at(Code::MissingKey, source, 0..0, "the file is empty")];
        }
        let mut found = Found::new();
        self.node(source, node, &self.root, &mut found);
        found.sort_by_key(|diagnostic| diagnostic.place.as_ref().map(|place| place.range.start));
        found
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let mut schema = schema;
        for _ in 0..16 {
            let Some(reference) = schema.get("$ref").and_then(Value::as_str) else { break };
            let Some(target) = reference.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer)) else {
                break;
            };
            schema = target;
        }
        schema
    }

    fn node(&self, source: &Arc<Source>, node: &Node, schema: &Value, found: &mut Found<'_>) {
        let schema = self.resolve(schema);
        if self.templates && node.as_text().is_some_and(|text| text.contains("${")) {
            return;
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(alternatives) = schema.get(keyword).and_then(Value::as_array) {
                let alternatives: Vec<&Value> = alternatives.iter().map(|schema| self.resolve(schema)).collect();
                self.alternatives(source, node, &alternatives, found);
                return;
            }
        }
        if !Self::right_type(source, node, schema, found) {
            return;
        }
        Self::scalar(source, node, schema, found);
        match &node.kind {
            NodeKind::Map(entries) => self.map(source, node, entries, schema, found),
            NodeKind::List(items) => {
                if let Some(item) = schema.get("items") {
                    for node in items {
                        self.node(source, node, item, found);
                    }
                }
                let least = schema.get("minItems").and_then(Value::as_u64).unwrap_or(0);
                if (items.len() as u64) < least {
                    found.push(Diagnostic::at(
                        Code::InvalidValue,
                        source,
                        node.range.clone(),
                        format!("at least {least} needed here"),
                    ));
                }
            }
            _ => {}
        }
    }

    fn right_type(source: &Arc<Source>, node: &Node, schema: &Value, found: &mut Found<'_>) -> bool {
        let wanted = types(schema);
        if wanted.is_empty() || wanted.iter().any(|name| is_of(node, name)) {
            return true;
        }
        let number = matches!(node.kind, NodeKind::Int(_) | NodeKind::Float(_));
        if number && schema.get("format").and_then(Value::as_str) == Some("duration") {
            let text = source.text.get(node.range.clone()).unwrap_or("30");
            found.push(
                Diagnostic::at(
                    Code::BareDuration,
                    source,
                    node.range.clone(),
                    format!("`{text}` is a duration without a unit"),
                )
                .hint(format!("write `{text}s` for seconds, or ms, m, h, d")),
            );
            return false;
        }
        let wanted: Vec<&str> = wanted.iter().filter(|name| **name != "null").map(|name| in_words(name)).collect();
        let mut diagnostic = Diagnostic::at(
            Code::WrongType,
            source,
            node.range.clone(),
            format!("{} where {} is needed", node.describe(), wanted.join(" or ")),
        );
        if number && wanted.contains(&"a text") {
            diagnostic = diagnostic.hint("put it in quotes");
        } else if wanted == ["a list"] {
            diagnostic = diagnostic.hint("put it in brackets: [ … ]");
        }
        found.push(diagnostic);
        false
    }

    fn scalar(source: &Arc<Source>, node: &Node, schema: &Value, found: &mut Found<'_>) {
        if let Some(allowed) = constants(schema) {
            one_of(source, node, &allowed, found);
            return;
        }
        let bound = |keyword: &str| schema.get(keyword).and_then(Value::as_f64);
        #[expect(clippy::cast_precision_loss, reason = "bounds of our schemas are small numbers")]
        let number = match node.kind {
            NodeKind::Int(value) => Some(value as f64),
            NodeKind::Float(value) => Some(value),
            _ => None,
        };
        if let Some(number) = number
            && (bound("minimum").is_some_and(|least| number < least)
                || bound("maximum").is_some_and(|most| number > most))
        {
            let range = match (bound("minimum"), bound("maximum")) {
                (Some(least), Some(most)) => format!("from {least} to {most}"),
                (Some(least), None) => format!("at least {least}"),
                (None, Some(most)) => format!("at most {most}"),
                (None, None) => String::new(),
            };
            found.push(
                Diagnostic::at(Code::InvalidValue, source, node.range.clone(), format!("{number} is out of range"))
                    .hint(format!("it must be {range}")),
            );
        }
        let format = schema.get("format").and_then(Value::as_str);
        if let (Some(text), Some(format)) = (node.as_text(), format)
            && let Some(format) = values::FORMATS.iter().find(|known| known.name == format)
            && let Err((message, hint)) = (format.check)(text)
        {
            let code = if message.contains("without a unit") { Code::BareDuration } else { Code::InvalidValue };
            found.push(Diagnostic::at(code, source, node.range.clone(), message).hint(hint));
        }
    }

    fn map(&self, source: &Arc<Source>, node: &Node, entries: &[(Node, Node)], schema: &Value, found: &mut Found<'_>) {
        let none = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for (key, value) in entries {
            let name = key.as_text().unwrap_or_default();
            if let Some(property) = properties.get(name) {
                self.node(source, value, property, found);
                continue;
            }
            match schema.get("additionalProperties") {
                Some(Value::Bool(false)) => found.push(unknown_key(source, key, name, properties)),
                Some(other) => self.node(source, value, other, found),
                None => {}
            }
        }
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if node.get(name).is_none() {
                let range = node.range.start..first_line_end(source, node);
                found.push(
                    Diagnostic::at(Code::MissingKey, source, range, format!("`{name}` is missing here"))
                        .hint(format!("add `{name}: …`")),
                );
            }
        }
    }

    fn alternatives(&self, source: &Arc<Source>, node: &Node, alternatives: &[&Value], found: &mut Found<'_>) {
        let constants: Option<Vec<Value>> = alternatives
            .iter()
            .filter(|schema| types(schema) != ["null"])
            .map(|schema| constants(schema))
            .collect::<Option<Vec<_>>>()
            .map(|lists| lists.concat());
        if let Some(constants) = constants.filter(|constants| !constants.is_empty()) {
            if !(node.kind == NodeKind::Null && alternatives.iter().any(|schema| types(schema) == ["null"])) {
                one_of(source, node, &constants, found);
            }
            return;
        }
        let fitting: Vec<&&Value> = alternatives.iter().filter(|schema| self.may_fit(node, schema)).collect();
        match fitting.as_slice() {
            [] => {
                let wanted: BTreeSet<&str> = alternatives
                    .iter()
                    .flat_map(|schema| self.all_types(schema))
                    .filter(|name| *name != "null")
                    .map(in_words)
                    .collect();
                let wanted: Vec<&str> = wanted.into_iter().collect();
                let number = matches!(node.kind, NodeKind::Int(_) | NodeKind::Float(_));
                let duration =
                    alternatives.iter().any(|schema| schema.get("format").and_then(Value::as_str) == Some("duration"));
                if number && duration {
                    let schema = serde_json::json!({"type": "string", "format": "duration"});
                    Self::right_type(source, node, &schema, found);
                    return;
                }
                found.push(Diagnostic::at(
                    Code::WrongType,
                    source,
                    node.range.clone(),
                    format!("{} where {} is needed", node.describe(), wanted.join(" or ")),
                ));
            }
            [only] => self.node(source, node, only, found),
            several => self.best_of(source, node, several, found),
        }
    }

    /// Tells the complaints of the alternative that was most likely meant.
    fn best_of(&self, source: &Arc<Source>, node: &Node, alternatives: &[&&Value], found: &mut Found<'_>) {
        let single_keys: Vec<&str> = alternatives.iter().filter_map(|schema| only_key(schema)).collect();
        if single_keys.len() == alternatives.len() && !single_keys.is_empty() {
            match node.entries() {
                [(key, _)] => {
                    if let Some(schema) = alternatives.iter().find(|schema| only_key(schema) == key.as_text()) {
                        self.node(source, node, schema, found);
                    } else {
                        let name = key.as_text().unwrap_or_default();
                        found.push(
                            Diagnostic::at(
                                Code::UnknownKey,
                                source,
                                key.range.clone(),
                                format!("`{name}` is not known here"),
                            )
                            .hint(suggestion(name, single_keys.iter().copied())),
                        );
                    }
                }
                _ => found.push(
                    Diagnostic::at(
                        Code::InvalidValue,
                        source,
                        node.range.clone(),
                        "exactly one of several keys is needed here",
                    )
                    .hint(suggestion("", single_keys.iter().copied())),
                ),
            }
            return;
        }
        let complaints = alternatives.iter().map(|schema| {
            let mut own = Found::new();
            self.node(source, node, schema, &mut own);
            own
        });
        if let Some(best) = complaints.min_by_key(Vec::len) {
            found.extend(best);
        }
    }

    fn may_fit(&self, node: &Node, schema: &Value) -> bool {
        let wanted = self.all_types(schema);
        wanted.is_empty() || wanted.iter().any(|name| is_of(node, name))
    }

    fn all_types<'a>(&'a self, schema: &'a Value) -> Vec<&'a str> {
        let schema = self.resolve(schema);
        let own = types(schema);
        if !own.is_empty() {
            return own;
        }
        ["oneOf", "anyOf"]
            .iter()
            .filter_map(|keyword| schema.get(keyword).and_then(Value::as_array))
            .flatten()
            .flat_map(|schema| self.all_types(schema))
            .collect()
    }
}

fn unknown_key(source: &Arc<Source>, key: &Node, name: &str, properties: &Map<String, Value>) -> Diagnostic {
    Diagnostic::at(Code::UnknownKey, source, key.range.clone(), format!("unknown key `{name}`"))
        .hint(suggestion(name, properties.keys().map(String::as_str)))
}

fn one_of(source: &Arc<Source>, node: &Node, allowed: &[Value], found: &mut Found<'_>) {
    if allowed.contains(&node.to_json()) {
        return;
    }
    let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
    let (code, message) = match node.as_text() {
        Some(text) => (Code::InvalidValue, format!("`{text}` is not possible here")),
        None => (Code::WrongType, format!("{} where one of a few words is needed", node.describe())),
    };
    found.push(
        Diagnostic::at(code, source, node.range.clone(), message)
            .hint(suggestion(node.as_text().unwrap_or_default(), names)),
    );
}

fn constants(schema: &Value) -> Option<Vec<Value>> {
    if let Some(list) = schema.get("enum").and_then(Value::as_array) {
        return Some(list.clone());
    }
    if let Some(constant) = schema.get("const") {
        return Some(vec![constant.clone()]);
    }
    let alternatives = schema.get("oneOf").and_then(Value::as_array)?;
    alternatives.iter().map(constants).collect::<Option<Vec<_>>>().map(|lists| lists.concat())
}

fn only_key(schema: &Value) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    (properties.len() == 1).then(|| properties.keys().next().map(String::as_str)).flatten()
}

fn types(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_of(node: &Node, name: &str) -> bool {
    match node.kind {
        NodeKind::Null => name == "null",
        NodeKind::Bool(_) => name == "boolean",
        NodeKind::Int(_) => name == "integer" || name == "number",
        NodeKind::Float(_) => name == "number",
        NodeKind::Text(..) => name == "string",
        NodeKind::List(_) => name == "array",
        NodeKind::Map(_) => name == "object",
    }
}

fn in_words(name: &str) -> &'static str {
    match name {
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a text",
        "array" => "a list",
        "object" => "a mapping",
        _ => "nothing",
    }
}

fn first_line_end(source: &Source, node: &Node) -> usize {
    let text = source.text.get(node.range.clone()).unwrap_or_default();
    node.range.start + text.find('\n').unwrap_or(text.len())
}
