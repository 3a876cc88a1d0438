//! A plan for people and for programs, before anything is asked.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::json;

use super::case::{Case, State};
use super::expand::Plan;
use super::question::{Settings, account_of};
use super::questions::{Questions, questions};
use crate::environment::Environment;
use crate::expression::Slots;
use crate::observe::Vantage;
use crate::report::SkipReason;

/// Why a case will not be judged, in a few words.
fn state_text(state: &State) -> String {
    match state {
        State::Ready => "ready".to_owned(),
        State::NothingLeft => "holds: nothing is left".to_owned(),
        State::Skip(reason) => match reason {
            SkipReason::NotDue => "skipped: not due".to_owned(),
            SkipReason::NotObservedFromHere => "skipped: not observed from here".to_owned(),
            SkipReason::NoInventory => "skipped: the environment names no inventory".to_owned(),
            SkipReason::EffectNotAllowed(effect) => format!("skipped: needs --allow {effect}"),
            SkipReason::Nothing(reason) => format!("skipped: ranges over nothing ({reason})"),
            SkipReason::OutOfScope => "skipped: not asked about".to_owned(),
            SkipReason::NeedFailed(_) | SkipReason::FailFast => "skipped".to_owned(),
        },
        State::Error(cause) => format!("error: {}", cause.message),
    }
}

fn steps_text(case: &Case) -> String {
    case.check.steps.iter().map(|step| format!("{}({})", step.name, step.probe.name)).collect::<Vec<_>>().join(", ")
}

/// The plan for people.
#[must_use]
pub fn text(plan: &Plan, environment: &Environment, sources: &BTreeMap<Vantage, Vec<String>>) -> String {
    let mut out = String::new();
    let Questions { known: questions, later, askings } = questions(plan, environment);
    let ready = plan.cases.iter().filter(|case| case.state == State::Ready).count();
    let _ = writeln!(
        out,
        "{} cases, {ready} of them to be judged · environment {} · phase {}",
        plan.cases.len(),
        environment.view.name,
        environment.view.phase
    );
    let asked_once = questions.len();
    let _ = writeln!(
        out,
        "{asked_once} questions are known now (for {} askings), {later} more follow from answers",
        askings - later
    );
    for (vantage, addresses) in sources {
        let _ = writeln!(out, "asked from {vantage}: source {}", addresses.join(", "));
    }
    for warning in &plan.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    let mut suite = "";
    for case in &plan.cases {
        if case.check.suite != suite {
            suite = &case.check.suite;
            let _ = writeln!(out, "\n{suite}");
        }
        let pulled = if case.pulled_in { " (needed by a selected check)" } else { "" };
        let steps = steps_text(case);
        let steps = if steps.is_empty() { String::new() } else { format!(" · {steps}") };
        let _ = writeln!(
            out,
            "  {} · {} · {}{steps}{pulled}",
            case.key,
            case.check.severity.value.as_str(),
            state_text(&case.state)
        );
    }
    let _ = writeln!(out, "\nquestions");
    let mut targets: BTreeMap<String, usize> = BTreeMap::new();
    for known in questions.values() {
        let Settings { timeout, retry, .. } = &known.asked.settings;
        let account = known
            .asked
            .question
            .account
            .as_ref()
            .map(|account| format!(" · signs in as {account}"))
            .unwrap_or_default();
        let _ = writeln!(
            out,
            "  {} {} from {} · {} case(s) · timeout {:?} ({}) · {} attempt(s) ({}){account}",
            known.asked.question.probe,
            known.asked.question.params,
            known.asked.question.vantage,
            known.cases,
            timeout.value,
            timeout.origin,
            retry.value.attempts,
            retry.origin,
        );
        *targets.entry(known.target().unwrap_or_else(|| "the resolver".to_owned())).or_insert(0) += 1;
    }
    let _ = writeln!(out, "\ntargets");
    for (target, count) in targets {
        let _ = writeln!(out, "  {target}: {count}");
    }
    out
}

/// The plan for programs.
#[must_use]
pub fn json(plan: &Plan, environment: &Environment, sources: &BTreeMap<Vantage, Vec<String>>) -> serde_json::Value {
    let Questions { known: questions, later, askings } = questions(plan, environment);
    let questions: Vec<_> = questions
        .values()
        .map(|known| {
            let Settings { timeout, retry, .. } = &known.asked.settings;
            json!({
                "question": known.asked.question,
                "target": known.target(),
                "cases": known.cases,
                "timeout_ms": u64::try_from(timeout.value.as_millis()).unwrap_or(u64::MAX),
                "timeout_from": timeout.origin.to_string(),
                "attempts": retry.value.attempts,
                "retry_wait_ms": u64::try_from(retry.value.wait.as_millis()).unwrap_or(u64::MAX),
                "retry_from": retry.origin.to_string(),
            })
        })
        .collect();
    let cases: Vec<_> = plan
        .cases
        .iter()
        .map(|case| {
            let check = &case.check;
            json!({
                "key": case.key,
                "check": check.id,
                "suite": check.suite,
                "severity": check.severity.value,
                "severity_from": check.severity.origin.to_string(),
                "vantage": check.vantage,
                "window": check.window,
                "state": state_text(&case.state),
                "pulled_in": case.pulled_in,
                "needs": case.needs.iter().filter_map(|index| plan.cases.get(*index)).map(|need| &need.key).collect::<Vec<_>>(),
                "effects": check.effects.iter().map(|effect| effect.as_str()).collect::<Vec<_>>(),
                "account": check.account.as_ref().and_then(|account| {
                    let values = case.slots(&plan.roots);
                    account_of(account, &Slots { values: &values, now: plan.request.now }).ok()
                }),
            })
        })
        .collect();
    json!({
        "environment": environment.view.name,
        "phase": environment.view.phase,
        "vantages": plan.request.vantages,
        "sources": sources,
        "warnings": plan.warnings,
        "totals": {"cases": cases.len(), "questions_known": questions.len(), "questions_later": later, "askings": askings},
        "cases": cases,
        "questions": questions,
    })
}
