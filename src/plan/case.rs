//! One check on one subject.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::check::Check;
use crate::expression::{Lookup, Slots, Value};
use crate::report::{Cause, SkipReason, Subject};

/// One check on one subject.
#[derive(Debug)]
pub struct Case {
    /// Its place in the plan.
    pub index: usize,
    /// `check-id[subject]`: stable from run to run.
    pub key: String,
    /// The check.
    pub check: Arc<Check>,
    /// What the check's variables stand for.
    pub subject: Vec<SubjectValue>,
    /// Whether it will be judged.
    pub state: State,
    /// The cases that must hold first, by their place in the plan.
    pub needs: Vec<usize>,
    /// Whether it was not selected, but is needed by one that was.
    pub pulled_in: bool,
}

/// What a variable stands for.
#[derive(Clone, Debug)]
pub struct SubjectValue {
    /// The variable.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// Its identity, as it came.
    pub identity: String,
}

/// Whether a case will be judged.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// It will.
    Ready,
    /// It ranges over nothing, and nothing is what it expects.
    NothingLeft,
    /// It will not, and why.
    Skip(SkipReason),
    /// It can't, and why.
    Error(Cause),
}

impl Case {
    /// The values of the check's variables, by slot; steps are not asked yet.
    #[must_use]
    pub fn slots(&self, environment: &Value) -> Vec<Result<Value, String>> {
        let mut slots: Vec<Result<Value, String>> = Vec::with_capacity(self.check.scope.len());
        slots.push(Ok(environment.clone()));
        slots.extend(self.subject.iter().map(|subject| Ok(subject.value.clone())));
        slots.resize_with(self.check.scope.len(), || Err("it was not asked".to_owned()));
        slots
    }

    /// The title with the subject's values in it.
    #[must_use]
    pub fn title(&self, slots: &Slots<'_>) -> String {
        if self.subject.len() < self.check.variables.len() {
            return self.check.title_text.clone();
        }
        self.check.title.render_lossy(slots)
    }

    /// The subject as reports show it.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let named =
            |subject: &SubjectValue| Subject { variable: subject.name.clone(), identity: subject.identity.clone() };
        self.subject.iter().map(named).collect()
    }

    /// The pool or site that it is counted under.
    #[must_use]
    pub fn group(&self) -> Option<String> {
        self.subject.iter().find_map(|subject| {
            let Value::Record(record) = &subject.value else { return None };
            ["registrar_pool", "pool", "edge", "site"].iter().find_map(|field| match record.get(field) {
                Lookup::Known(Value::Name(text) | Value::Text(text)) => Some(text.to_string()),
                _ => None,
            })
        })
    }
}

/// The key of a case: variables in their order, folded, `, [ ] %` escaped.
pub(super) fn key_of(check: &str, subject: &[SubjectValue]) -> String {
    if subject.is_empty() {
        return check.to_owned();
    }
    let mut key = format!("{check}[");
    for (index, part) in subject.iter().enumerate() {
        if index > 0 {
            key.push(',');
        }
        for character in crate::values::fold(&part.identity).chars() {
            match character {
                ',' | '[' | ']' | '%' => drop(write!(key, "%{:02X}", u32::from(character))),
                control if control.is_control() => drop(write!(key, "%{:02X}", u32::from(control))),
                other => key.push(other),
            }
        }
    }
    key.push(']');
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_folded_and_escaped() {
        let part = |identity: &str| SubjectValue { name: "x".into(), value: Value::Null, identity: identity.into() };
        assert_eq!(key_of("a", &[]), "a");
        assert_eq!(key_of("a", &[part("Pool01.Contoso.com."), part("x,[y]%")]), "a[pool01.contoso.com,x%2C%5By%5D%25]");
    }
}
