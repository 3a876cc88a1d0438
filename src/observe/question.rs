//! What is asked of the environment.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where a probe is sent from: `internal`, `external`, or a named place.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Vantage(pub String);

impl Vantage {
    /// The vantage with a name.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self(name.to_ascii_lowercase())
    }
}

impl fmt::Display for Vantage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One question. Equal questions are asked once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Question {
    /// The probe's name: `dns`, `tcp`, `tls`.
    pub probe: String,
    /// The probe's parameters, every value known.
    pub params: Value,
    /// Where it is asked from.
    pub vantage: Vantage,
    /// The account that asks, where one signs in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// What makes two questions equal: probe, parameters (in any order), vantage, account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuestionKey(pub String);

impl Question {
    /// The identity of this question.
    #[must_use]
    pub fn key(&self) -> QuestionKey {
        let mut key = format!("{} ", self.probe);
        put_sorted(&self.params, &mut key);
        key.push_str(" @");
        key.push_str(&self.vantage.0);
        if let Some(account) = &self.account {
            key.push_str(" as ");
            key.push_str(account);
        }
        QuestionKey(key)
    }
}

/// Writes the value as JSON, the keys of every object sorted.
fn put_sorted(value: &Value, out: &mut String) {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(&String, &Value)> = map.iter().collect();
            entries.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (index, (name, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                put_text(name, out);
                out.push(':');
                put_sorted(value, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                put_sorted(item, out);
            }
            out.push(']');
        }
        Value::String(text) => put_text(text, out),
        other => out.push_str(&other.to_string()),
    }
}

/// Writes a text as JSON does; most need no escape.
fn put_text(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < b' ' || matches!(byte, b'"' | b'\\')) {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_order_of_parameters_makes_no_other_question() {
        let ask = |params| Question { probe: "tls".into(), params, vantage: Vantage::named("internal"), account: None };
        assert_eq!(ask(json!({"host": "a.b", "port": 5061})).key(), ask(json!({"port": 5061, "host": "a.b"})).key());
        assert_ne!(ask(json!({"host": "a.b", "port": 5061})).key(), ask(json!({"host": "a.b", "port": 443})).key());
    }
}
