//! Outcomes → the result: the same for a live run and for its journal.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::bulk::Members;
use super::outcome::Outcome;
use crate::check::{Catalogue, ReportMode};
use crate::expression::Slots;
use crate::observe::Observation;
use crate::plan::{Case, Plan};
use crate::report::{
    CaseResult, Cause, Named, RunInfo, RunResult, SkipReason, SuiteResult, Totals, VERSION, Verdict, WaiverState,
};

/// Assembles the result of a run.
#[must_use]
pub fn assemble(
    info: RunInfo,
    catalogue: &Catalogue,
    plan: &Plan,
    outcomes: &[Outcome],
    mut warnings: Vec<String>,
) -> RunResult {
    let mut by_check: HashMap<&str, Vec<(&Case, &Outcome)>> = HashMap::new();
    for (case, outcome) in plan.cases.iter().zip(outcomes) {
        by_check.entry(&case.check.id).or_default().push((case, outcome));
    }
    let mut suites: Vec<SuiteResult> = Vec::new();
    for suite in &catalogue.suites {
        let mut cases = Vec::new();
        for check in &suite.checks {
            let members = by_check.remove(check.id.as_str()).unwrap_or_default();
            let each = check.report == ReportMode::Each
                || check.is_bulk()
                || members.len() == 1 && members.iter().all(|(case, _)| case.subject.is_empty());
            if each {
                cases.extend(members.iter().map(|(case, outcome)| case_result(plan, case, outcome)));
            } else if !members.is_empty() {
                cases.extend(all_in_one(plan, &members));
            }
        }
        if !cases.is_empty() {
            let file = suite.source.name.clone();
            suites.push(SuiteResult { name: suite.name.clone(), title: suite.title.clone(), file, cases });
        }
    }
    let observations = outcomes.iter().flat_map(|outcome| outcome.observations.values());
    let observations: BTreeMap<u64, Arc<Observation>> = observations.map(|one| (one.id, Arc::clone(one))).collect();
    let totals = totals(suites.iter().flat_map(|suite| &suite.cases));
    let cases: Vec<&CaseResult> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let waivers = plan.request.waivers.states(&cases);
    warnings.extend(plan.request.waivers.warnings.iter().cloned());
    warnings.extend(waivers.iter().filter_map(WaiverState::warning));
    RunResult { version: VERSION.to_owned(), run: info, totals, suites, observations, waivers, warnings }
}

fn totals<'a>(cases: impl Iterator<Item = &'a CaseResult>) -> Totals {
    let mut totals = Totals::default();
    for case in cases {
        totals.cases += 1;
        totals.flaky += usize::from(case.flaky && case.verdict == Verdict::Pass);
        *match case.verdict {
            Verdict::Pass => &mut totals.passed,
            Verdict::Fail => &mut totals.failed,
            Verdict::Error => &mut totals.errors,
            Verdict::Skip => &mut totals.skipped,
            Verdict::Waived => &mut totals.waived,
        } += 1;
    }
    totals
}

/// The result of one case.
pub(super) fn case_result(plan: &Plan, case: &Case, outcome: &Outcome) -> CaseResult {
    let (check, judgement) = (&case.check, &outcome.judgement);
    let values = case.slots(&plan.roots);
    let slots = Slots { values: &values, now: plan.request.now };
    let started = outcome.observations.values().map(|one| one.started).min();
    let finished = outcome.observations.values().map(|one| one.finished).max();
    let span = started.zip(finished).map(|(started, finished)| finished.as_millisecond() - started.as_millisecond());
    let connect: BTreeSet<&String> = outcome.observations.values().flat_map(|one| &one.connect).collect();
    let message = match outcome.settled_after_ms {
        Some(ms) if judgement.verdict == Verdict::Pass => format!("settled after {}", in_words(ms)),
        _ => judgement.message.clone(),
    };
    CaseResult {
        key: case.key.clone(),
        check: check.id.clone(),
        title: case.title(&slots),
        subject: case.subjects(),
        severity: check.severity.value,
        vantage: check.vantage.clone(),
        tags: check.tags.clone(),
        verdict: judgement.verdict,
        message,
        skipped: outcome.skipped.clone(),
        waived: outcome.waived.clone(),
        waived_needs: outcome.waived_needs.clone(),
        cause: judgement.cause.clone(),
        expectations: judgement.expectations.clone(),
        members: outcome.members.as_ref().map(|members| members.named.clone()).unwrap_or_default(),
        ranged_over: outcome.members.as_ref().map(|members| members.judged),
        held_back: outcome.members.as_ref().map_or(0, |members| members.held_back),
        observations: outcome.observations.iter().map(|(step, one)| (step.clone(), one.id)).collect(),
        flaky: outcome.observations.values().any(|one| !one.earlier.is_empty()),
        settled_after_ms: outcome.settled_after_ms,
        connect: connect.into_iter().cloned().collect(),
        fix: judgement.fix.clone(),
        because: check.because.clone(),
        source: check.source.clone(),
        location: check.place.to_string(),
        started,
        duration_ms: span.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0),
    }
}

/// One result for all subjects of a check: as bad as its worst member.
fn all_in_one(plan: &Plan, members: &[(&Case, &Outcome)]) -> Option<CaseResult> {
    let first = members.first()?;
    let of = |wanted| members.iter().filter(move |(_, outcome)| outcome.judgement.verdict == wanted);
    let worst = [Verdict::Fail, Verdict::Error, Verdict::Waived, Verdict::Pass, Verdict::Skip];
    let verdict = worst.into_iter().find(|verdict| of(*verdict).next().is_some())?;
    let (case, outcome) = of(verdict).next().unwrap_or(first);
    let mut result = case_result(plan, case, outcome);
    let judged: Vec<&(&Case, &Outcome)> = members.iter().filter(|(_, outcome)| outcome.skipped.is_none()).collect();
    let unmet = members
        .iter()
        .filter(|(_, outcome)| !matches!(outcome.judgement.verdict, Verdict::Pass | Verdict::Skip))
        .map(|(case, outcome)| Named {
            key: case.key.clone(),
            verdict: outcome.judgement.verdict,
            message: outcome.judgement.message.clone(),
            group: case.group(),
            fix: outcome.judgement.fix.clone(),
            waived: outcome.waived.clone(),
        });
    let unmet = Members::of(judged.len(), unmet);
    let used = || members.iter().flat_map(|(_, outcome)| outcome.observations.values());
    let connect: BTreeSet<&String> = used().flat_map(|one| &one.connect).collect();
    result.connect = connect.into_iter().cloned().collect();
    result.flaky = used().any(|one| !one.earlier.is_empty());
    result.key.clone_from(&case.check.id);
    result.title.clone_from(&case.check.title_text);
    result.subject = Vec::new();
    result.ranged_over = Some(judged.len());
    result.message = match verdict {
        Verdict::Pass => format!("holds for all {}", judged.len()),
        Verdict::Skip => outcome.judgement.message.clone(),
        _ => unmet.summary(),
    };
    result.members = unmet.named;
    result.waived = None;
    let unseen = |outcome: &Outcome| {
        !matches!(outcome.skipped, None | Some(SkipReason::NotDue | SkipReason::Nothing(_) | SkipReason::OutOfScope))
    };
    result.held_back = members.iter().filter(|(_, outcome)| unseen(outcome)).count();
    let needs: BTreeSet<&String> = members.iter().flat_map(|(_, outcome)| &outcome.waived_needs).collect();
    result.waived_needs = needs.into_iter().cloned().collect();
    result.cause = result
        .cause
        .filter(|_| verdict == Verdict::Error)
        .map(|cause| Cause { message: result.message.clone(), ..cause });
    result.skipped = result.skipped.filter(|_: &SkipReason| verdict == Verdict::Skip);
    result.fix = result.members.iter().find_map(|member| member.fix.clone());
    Some(result)
}

fn in_words(ms: u64) -> String {
    match ms {
        0..10_000 => format!("{}.{} s", ms / 1000, ms % 1000 / 100),
        10_000..120_000 => format!("{} s", ms / 1000),
        _ => format!("{} min", ms / 60_000),
    }
}
