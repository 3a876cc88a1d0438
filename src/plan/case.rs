//! One check on one subject.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::check::Check;
use crate::expression::{Lookup, Slots, Value};
use crate::facts::Roots;
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
    pub fn slots(&self, roots: &Roots) -> Vec<Result<Value, String>> {
        let mut slots = roots.slots(self.check.scope.len());
        for (variable, subject) in self.check.variables.iter().zip(&self.subject) {
            if let Some(slot) = slots.get_mut(variable.slot) {
                *slot = Ok(subject.value.clone());
            }
        }
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

    /// Whether one case stands for all subjects of its check, which are found when it is judged.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.check.is_bulk()
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
        self.subject.iter().find_map(|subject| group_of(&subject.value))
    }
}

/// The pool or site that a subject is counted under.
#[must_use]
pub fn group_of(value: &Value) -> Option<String> {
    let Value::Record(record) = value else { return None };
    ["registrar_pool", "pool", "edge", "site"].iter().find_map(|field| match record.get(field) {
        Lookup::Known(Value::Name(text) | Value::Text(text)) => Some(text.to_string()),
        _ => None,
    })
}

/// The key of a case: the identities of its variables in their order, folded, `, [ ] %` escaped.
#[must_use]
pub fn key_of<'a>(check: &str, identities: impl Iterator<Item = &'a str>) -> String {
    let mut key = check.to_owned();
    for (index, identity) in identities.enumerate() {
        key.push(if index == 0 { '[' } else { ',' });
        for character in crate::values::fold(identity).chars() {
            match character {
                ',' | '[' | ']' | '%' => drop(write!(key, "%{:02X}", u32::from(character))),
                control if control.is_control() => drop(write!(key, "%{:02X}", u32::from(control))),
                other => key.push(other),
            }
        }
    }
    if key.len() > check.len() {
        key.push(']');
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_folded_and_escaped() {
        let key = |identities: &[&str]| key_of("a", identities.iter().copied());
        assert_eq!(key(&[]), "a");
        assert_eq!(key(&["Pool01.Contoso.com.", "x,[y]%"]), "a[pool01.contoso.com,x%2C%5By%5D%25]");
    }
}
