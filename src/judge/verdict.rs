//! What is judged on, and what comes out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expression::{FactRecord, Type, Value};
use crate::observe::{ErrorClass, Observation, Outcome};
use crate::report::{Cause, Expectation, Verdict};

/// What became of one step of a case.
#[derive(Clone, Debug)]
pub enum StepAnswer {
    /// It was asked.
    Observed(Arc<Observation>),
    /// It could not be asked, since what it is made of is unknown; why.
    NotAsked(String),
    /// The run ended before.
    Unfinished,
}

/// The answers to a case's steps, by name.
pub type Answers = BTreeMap<String, StepAnswer>;

/// What became of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one line.
    pub message: String,
    /// What could not be learned, where it is an error.
    pub cause: Option<Cause>,
    /// Every expectation.
    pub expectations: Vec<Expectation>,
    /// The command that fixes it, where it failed.
    pub fix: Option<String>,
}

impl StepAnswer {
    /// The facts as expressions read them, or why there are none.
    ///
    /// # Errors
    /// Why the facts are unknown.
    pub fn value(&self, ty: &Type) -> Result<Value, String> {
        match self {
            Self::Observed(observation) => match &observation.outcome {
                Outcome::Facts(facts) => {
                    let source = Arc::from(format!("the {} probe", observation.question.probe));
                    let record = if let Type::Record(record) = ty { Some(Arc::clone(record)) } else { None };
                    let record = FactRecord::new(&facts.values, record, facts.unknown.clone(), &source);
                    Ok(Value::Record(Arc::new(record)))
                }
                Outcome::Error(error) => Err(error.message.clone()),
            },
            Self::NotAsked(reason) => Err(format!("it was not asked: {reason}")),
            Self::Unfinished => Err("the run ended before this was answered".to_owned()),
        }
    }

    /// Whether the run ended before it was answered.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        matches!(self, Self::Unfinished)
    }

    /// The kind of trouble, for the case's cause; `None` where facts came back.
    pub(super) fn trouble(&self) -> Option<String> {
        match self {
            Self::Observed(observation) => match &observation.outcome {
                Outcome::Facts(_) => None,
                Outcome::Error(error) => Some(class_name(error.class)),
            },
            Self::NotAsked(_) => Some(class_name(ErrorClass::NotAsked)),
            Self::Unfinished => Some("unfinished".to_owned()),
        }
    }
}

/// The class as it is written in results.
fn class_name(class: ErrorClass) -> String {
    let name = serde_json::to_value(class).ok();
    name.as_ref().and_then(serde_json::Value::as_str).unwrap_or("internal").to_owned()
}
