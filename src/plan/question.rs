//! A step → the question it asks.

use std::time::Duration;

use serde_json::{Map, Value as Json};

use crate::check::{Check, Effective, Origin, Param, Retry, Step};
use crate::environment::Environment;
use crate::expression::{EvalError, Slots, Template, Value};
use crate::observe::{Question, Vantage};
use crate::values::fold;

/// A question, and how it is asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The question.
    pub question: Question,
    /// How it is asked.
    pub settings: Settings,
}

impl Asked {
    /// A question of a check. Nobody signs in twice, whatever the check's settings are; for that
    /// there is as much time as for all that it takes, each by itself.
    #[must_use]
    pub fn of(question: Question, check: &Check, environment: &Environment) -> Self {
        let mut settings = Settings::of(check, environment);
        if question.account.is_some() {
            settings.retry.value.attempts = 1;
            settings.timeout.value = settings.timeout.value.saturating_mul(EXCHANGES);
        }
        Self { question, settings }
    }
}

/// What signing in is made of: a connection, the offer, the challenge, the credential.
const EXCHANGES: u32 = 4;

/// How a question is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long one attempt may take.
    pub timeout: Effective<Duration>,
    /// How trouble on the way is tried again.
    pub retry: Effective<Retry>,
    /// The named limits that it counts against.
    pub limits: Vec<String>,
}

impl Settings {
    /// A check's settings, as the environment's policy overrides them.
    #[must_use]
    pub fn of(check: &Check, environment: &Environment) -> Self {
        let (timeout, retry) = (&check.timeout, &check.retry);
        let policy = &environment.file.policy;
        let timeout = match policy.timeout {
            Some(value) => Effective { value: value.0, origin: Origin::Environment },
            None => timeout.clone(),
        };
        let mut retry = retry.clone();
        if let Some(attempts) = policy.attempts {
            retry.value.attempts = attempts;
            retry.origin = Origin::Environment;
        }
        if let Some(wait) = policy.retry_wait {
            retry.value.wait = wait.0;
            retry.origin = Origin::Environment;
        }
        Self { timeout, retry, limits: check.limit.iter().cloned().collect() }
    }

    /// The larger of each, for a question that several checks ask.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        let mut merged = self.clone();
        if other.timeout.value > merged.timeout.value {
            merged.timeout = Effective { value: other.timeout.value, origin: Origin::Merged };
        }
        let (mine, theirs) = (&mut merged.retry.value, &other.retry.value);
        let mut grown = false;
        if theirs.attempts > mine.attempts {
            mine.attempts = theirs.attempts;
            grown = true;
        }
        if theirs.wait > mine.wait {
            mine.wait = theirs.wait;
            grown = true;
        }
        for class in &theirs.on {
            if !mine.on.contains(class) {
                mine.on.push(*class);
                grown = true;
            }
        }
        for limit in &other.limits {
            if !merged.limits.contains(limit) {
                merged.limits.push(limit.clone());
            }
        }
        if grown {
            merged.retry.origin = Origin::Merged;
        }
        merged
    }
}

/// The question that a step asks, with what is known so far.
///
/// # Errors
/// A parameter depends on what is unknown.
pub fn question_of(
    step: &Step,
    slots: &Slots<'_>,
    vantage: Vantage,
    account: Option<&Template>,
) -> Result<Question, EvalError> {
    let account = account.filter(|_| step.probe.signs_in).map(|account| account_of(account, slots)).transpose()?;
    let mut params = Map::new();
    for (name, param) in &step.params {
        let value = value_of(param, slots)?;
        // None leaves a parameter out, so that an optional fact can be handed on.
        if !value.is_null() {
            params.insert(name.clone(), value);
        }
    }
    Ok(Question { probe: step.probe.name.to_owned(), params: Json::Object(params), vantage, account })
}

/// The account that a check asks as, folded.
///
/// # Errors
/// It depends on what is unknown.
pub fn account_of(account: &Template, slots: &Slots<'_>) -> Result<String, EvalError> {
    account.render(slots).map(|address| fold(&address))
}

/// The parameters of a step that are known before anything is asked.
pub(super) fn known_of(step: &Step, slots: &Slots<'_>) -> Json {
    let known = |(name, param): &(String, Param)| Some((name.clone(), known(param, slots)?));
    Json::Object(step.params.iter().filter_map(known).collect())
}

fn known(param: &Param, slots: &Slots<'_>) -> Option<Json> {
    match param {
        Param::Map(entries) => {
            let known = |(name, item): &(String, Param)| Some((name.clone(), known(item, slots)?));
            Some(Json::Object(entries.iter().filter_map(known).collect()))
        }
        other => value_of(other, slots).ok().filter(|value| !value.is_null()),
    }
}

fn value_of(param: &Param, slots: &Slots<'_>) -> Result<Json, EvalError> {
    match param {
        Param::Known(value) => Ok(value.clone()),
        Param::Template(template) => template.eval(slots).map(|value| folded(&value)),
        Param::List(items) => items.iter().map(|item| value_of(item, slots)).collect(),
        Param::Map(entries) => entries.iter().map(|(name, item)| Ok((name.clone(), value_of(item, slots)?))).collect(),
    }
}

/// Names are asked in one spelling, so that equal questions are equal.
fn folded(value: &Value) -> Json {
    match value {
        Value::Name(name) => fold(name).into(),
        other => other.to_json(),
    }
}
