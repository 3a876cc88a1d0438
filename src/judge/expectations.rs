//! One case: every expectation, then the verdict.

use jiff::Timestamp;

use super::verdict::{Answers, Judgement, StepAnswer};
use crate::check::{Check, Expect, Expectation as Expected};
use crate::expression::{Remembered, Slots, Value};
use crate::report::{Cause, Expectation, ExpectationOutcome, Verdict};

/// Judges a case: `slots` holds `environment` and the subject, `answers` what its steps
/// learned. One expectation false and another unknown is a fail; none false and one
/// unknown an error.
#[must_use]
pub fn judge(check: &Check, mut slots: Vec<Result<Value, String>>, answers: &Answers, now: Timestamp) -> Judgement {
    for step in &check.steps {
        let answer = answers.get(&step.name).unwrap_or(&StepAnswer::Unfinished);
        if let Some(slot) = slots.get_mut(step.slot) {
            *slot = answer.value(&step.facts);
        }
    }
    let slots = Slots { values: &slots, now };
    weigh_all(check, &slots, answers)
}

/// Judges a subject whose every fact is known before anything is asked.
#[must_use]
pub fn judge_known(check: &Check, slots: &Slots<'_>) -> Judgement {
    weigh_all(check, slots, &Answers::new())
}

/// Whether all that a check expects is true: what most of a million subjects need.
#[must_use]
pub fn holds(check: &Check, remembered: &mut [Remembered], slots: &Slots<'_>) -> bool {
    match &check.expect {
        Expect::None(_) => false,
        Expect::All(expected) => {
            let mut each = expected.iter().zip(remembered);
            each.all(|(one, remembered)| matches!(remembered.truth(&one.that, slots), Ok(true)))
        }
    }
}

/// What [`holds`] remembers of a check whose last variable alone changes.
#[must_use]
pub fn remembered(check: &Check) -> Vec<Remembered> {
    let slot = check.variables.last().map_or(0, |variable| variable.slot);
    match &check.expect {
        Expect::None(_) => Vec::new(),
        Expect::All(expected) => expected.iter().map(|one| Remembered::of(&one.that, slot)).collect(),
    }
}

fn weigh_all(check: &Check, slots: &Slots<'_>, answers: &Answers) -> Judgement {
    match &check.expect {
        Expect::None(otherwise) => {
            let told = otherwise.as_ref().map(|template| template.render_lossy(slots));
            let message = told.unwrap_or_else(|| "it is left, and nothing may be left".to_owned());
            failed(check, slots, message, Vec::new())
        }
        Expect::All(expected) => weigh(check, slots, expected, answers),
    }
}

fn weigh(check: &Check, slots: &Slots<'_>, expected: &[Expected], answers: &Answers) -> Judgement {
    let judged: Vec<Expectation> = expected.iter().map(|one| expectation(one, slots)).collect();
    let of = |wanted| judged.iter().filter(move |one: &&Expectation| one.outcome == wanted);
    let contradicted: Vec<String> = of(ExpectationOutcome::Contradicted).map(told).collect();
    if !contradicted.is_empty() {
        return failed(check, slots, contradicted.join("; "), judged);
    }
    let Some(unknown) = of(ExpectationOutcome::Unknown).next() else {
        let message = "holds".to_owned();
        return Judgement { verdict: Verdict::Pass, message, cause: None, expectations: judged, fix: None };
    };
    let message = unknown.message.clone().unwrap_or_default();
    let index = judged.iter().position(|one| one.outcome == ExpectationOutcome::Unknown).unwrap_or(0);
    let read = expected.get(index).map(|one| one.that.reads()).unwrap_or_default();
    let kind = check
        .steps
        .iter()
        .filter(|step| read.contains(&step.slot))
        .find_map(|step| answers.get(&step.name).unwrap_or(&StepAnswer::Unfinished).trouble())
        .unwrap_or_else(|| "unknown-fact".to_owned());
    let cause = Some(Cause { kind, message: message.clone() });
    Judgement { verdict: Verdict::Error, message, cause, expectations: judged, fix: None }
}

fn failed(check: &Check, slots: &Slots<'_>, message: String, expectations: Vec<Expectation>) -> Judgement {
    let fix = check.fix.as_ref().map(|fix| fix.render_lossy(slots));
    Judgement { verdict: Verdict::Fail, message, cause: None, expectations, fix }
}

fn expectation(expected: &Expected, slots: &Slots<'_>) -> Expectation {
    let (outcome, message) = match expected.that.truth(slots) {
        Ok(true) => (ExpectationOutcome::Holds, None),
        Ok(false) => {
            let otherwise = expected.otherwise.as_ref().map(|template| template.render_lossy(slots));
            (ExpectationOutcome::Contradicted, otherwise)
        }
        Err(error) => (ExpectationOutcome::Unknown, Some(error.message)),
    };
    let values = match outcome {
        ExpectationOutcome::Holds => Vec::new(),
        _ => expected.that.explain(&expected.text, slots),
    };
    Expectation { that: expected.text.clone(), outcome, message, values, location: expected.place.to_string() }
}

/// The check's own words, or the expression and its values.
fn told(expectation: &Expectation) -> String {
    if let Some(message) = &expectation.message {
        return message.clone();
    }
    let values: Vec<String> = expectation.values.iter().map(|(name, value)| format!("{name} is {value}")).collect();
    format!("expected {}, but {}", expectation.that, values.join(", "))
}
