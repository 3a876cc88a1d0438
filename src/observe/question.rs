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
        let mut key = format!("{} {} @{}", self.probe, sorted(&self.params), self.vantage);
        if let Some(account) = &self.account {
            key.push_str(" as ");
            key.push_str(account);
        }
        QuestionKey(key)
    }
}

/// The value with the keys of every object sorted.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(entries.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
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
