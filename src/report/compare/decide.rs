//! Two results → what became of each case.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::fit::{self, Side, fits};
use super::model::{
    Became, COMPARISON_VERSION, Change, Compared, Comparison, Counts, MembersChange, Numbers, Outcome, Was, Weighs,
};
use crate::diagnostic::Diagnostic;
use crate::report::explain::headline;
use crate::report::{CaseResult, Named, RunInfo, RunResult, Severity, SkipReason, Verdict};

/// A case took much longer where it took this many times as long …
const TIMES: u64 = 2;
/// … and this much longer, in milliseconds: what is quick is noise.
const LONGER_MS: u64 = 1_000;

/// Compares a run with an earlier one.
///
/// # Errors
/// They are not of one thing: see [`fits`].
pub fn compare(before: &Side, after: &Side) -> Result<Comparison, Diagnostic> {
    fits(&before.result.run, &after.result.run)?;
    let comparing = Comparing {
        fail_on: after.result.run.fail_on,
        changed: fit::changed_files(before, after),
        before,
        after,
        files: files(&before.result).chain(files(&after.result)).collect(),
    };
    let (mut changes, mut counts) = (Vec::new(), Counts::default());
    let was: HashMap<&str, &CaseResult> = before.result.cases().map(|case| (case.key.as_str(), case)).collect();
    let is: HashSet<&str> = after.result.cases().map(|case| case.key.as_str()).collect();
    let there = after.result.cases().map(|case| comparing.later(was.get(case.key.as_str()).copied(), case));
    let missing = before.result.cases().filter(|case| !is.contains(case.key.as_str()));
    for change in there.chain(missing.map(|case| comparing.missing(case))) {
        counts.add(change.became);
        if let Some(Numbers { before, after }) = change.subjects {
            *if after > before { &mut counts.more_subjects } else { &mut counts.fewer_subjects } += 1;
        }
        counts.slower += usize::from(change.slower_ms.is_some());
        let tells = change.became != Became::Same || change.subjects.is_some() || change.slower_ms.is_some();
        if tells || change.members.is_some() {
            changes.push(change);
        }
    }
    changes.sort_by_key(|change| (change.weighs, change.became, Reverse(change.severity)));
    let outcome = match changes.first().map(|change| change.weighs) {
        Some(Weighs::Worse) => Outcome::Worse,
        Some(Weighs::Open) => Outcome::Undetermined,
        Some(Weighs::Nothing) | None => Outcome::NoWorse,
    };
    Ok(Comparison {
        version: COMPARISON_VERSION.to_owned(),
        before: compared(&before.result),
        after: compared(&after.result),
        outcome,
        counts,
        remarks: fit::remarks(before, after),
        changes,
    })
}

struct Comparing<'a> {
    before: &'a Side,
    after: &'a Side,
    fail_on: Severity,
    changed: BTreeSet<String>,
    /// The file of each check.
    files: HashMap<&'a str, &'a str>,
}

impl Comparing<'_> {
    /// A case of the later run.
    fn later(&self, was: Option<&CaseResult>, is: &CaseResult) -> Change {
        let subjects = was.and_then(|was| numbers(was.ranged_over?, is.ranged_over?));
        let members = was.and_then(|was| members(was, is));
        let became = became(was, is);
        let mut weighs = match became {
            Became::NewlyFailing => Weighs::Worse,
            Became::NewlyUndetermined => Weighs::Open,
            // That what did not hold is no longer asked proves nothing.
            Became::NotJudged if unseen(is.skipped.as_ref()) || was.is_some_and(|was| open(was.verdict)) => {
                Weighs::Open
            }
            // It failed, and others fail now.
            Became::StillFailing | Became::Same => members.as_ref().map_or(Weighs::Nothing, |members| {
                let worst = |named: &Named| if named.verdict == Verdict::Fail { Weighs::Worse } else { Weighs::Open };
                members.newly.iter().map(worst).min().unwrap_or(Weighs::Nothing)
            }),
            _ => Weighs::Nothing,
        };
        if !is.counts(self.fail_on) {
            weighs = Weighs::Nothing;
        }
        let slower = was.filter(|was| was.verdict == Verdict::Pass && is.verdict == Verdict::Pass).and_then(|was| {
            let (before, after) = (was.duration_ms, is.duration_ms);
            let much = after >= before.saturating_mul(TIMES) && after.saturating_sub(before) >= LONGER_MS;
            much.then_some(Numbers { before, after })
        });
        Change {
            subjects,
            members,
            slower_ms: slower,
            fix: is.fix.clone().filter(|_| open(is.verdict)),
            ..self.change(is, became, weighs, was, Some(is))
        }
    }

    /// A case that the later run does not have.
    fn missing(&self, was: &CaseResult) -> Change {
        let later = self.after.made_of.as_ref();
        let removed = later.and_then(|made| made.checks.as_ref()).is_none_or(|checks| !checks.contains(&was.check));
        let asked = later.is_none_or(|made| made.selected.contains(&was.check));
        let became = if removed || asked { Became::Gone } else { Became::NotAsked };
        let judged = was.verdict != Verdict::Skip;
        // That a subject goes is the way of a migration. That what failed goes with it, or that
        // a check does, proves nothing.
        let lost = became == Became::Gone && (open(was.verdict) || removed && judged);
        let weighs = if lost && was.counts(self.fail_on) { Weighs::Open } else { Weighs::Nothing };
        self.change(was, became, weighs, Some(was), None)
    }

    fn change(
        &self,
        of: &CaseResult,
        became: Became,
        weighs: Weighs,
        was: Option<&CaseResult>,
        is: Option<&CaseResult>,
    ) -> Change {
        let ended = |case: &CaseResult| Was { verdict: case.verdict, message: headline(case).to_owned() };
        let both = self.before.made_of.is_some() && self.after.made_of.is_some();
        let file = self.files.get(of.check.as_str());
        Change {
            key: of.key.clone(),
            check: of.check.clone(),
            title: of.title.clone(),
            severity: of.severity,
            became,
            weighs,
            before: was.map(ended),
            after: is.map(ended),
            check_changed: both && file.is_some_and(|file| self.changed.contains(*file)),
            subjects: None,
            members: None,
            slower_ms: None,
            fix: None,
            location: of.location.clone(),
        }
    }
}

/// What became of a case that the later run has.
fn became(was: Option<&CaseResult>, is: &CaseResult) -> Became {
    let Some(was) = was else {
        return match is.verdict {
            Verdict::Fail => Became::NewlyFailing,
            Verdict::Error => Became::NewlyUndetermined,
            Verdict::Pass | Verdict::Skip | Verdict::Waived => Became::New,
        };
    };
    // What a run did not come to is no error of the environment's.
    let before = if unfinished(was) { Verdict::Skip } else { was.verdict };
    match (before, is.verdict) {
        (Verdict::Fail, Verdict::Fail) | (Verdict::Fail | Verdict::Error, Verdict::Error) => Became::StillFailing,
        (_, Verdict::Fail) => Became::NewlyFailing,
        (_, Verdict::Error) => Became::NewlyUndetermined,
        (Verdict::Fail | Verdict::Error | Verdict::Waived, Verdict::Pass) => Became::Fixed,
        (Verdict::Skip, Verdict::Pass) => Became::NowJudged,
        (Verdict::Skip, Verdict::Skip) if unseen(is.skipped.as_ref()) && !unseen(was.skipped.as_ref()) => {
            Became::NotJudged
        }
        (Verdict::Waived, Verdict::Waived) | (Verdict::Skip, Verdict::Skip) | (Verdict::Pass, Verdict::Pass) => {
            Became::Same
        }
        (_, Verdict::Waived) => Became::NowWaived,
        (_, Verdict::Skip) => Became::NotJudged,
    }
}

/// Which subjects do not hold, where one case stands for many and they are not the same.
fn members(was: &CaseResult, is: &CaseResult) -> Option<MembersChange> {
    is.ranged_over?;
    // A case that nobody could judge names nobody, which proves nothing of them.
    if is.verdict == Verdict::Skip || is.verdict == Verdict::Error && is.members.is_empty() {
        return None;
    }
    let of = |case: &CaseResult| -> HashMap<String, Verdict> {
        case.members
            .iter()
            .filter(|member| open(member.verdict))
            .map(|member| (member.key.clone(), member.verdict))
            .collect()
    };
    let (before, after) = (of(was), of(is));
    let known = |member: &Named| match before.get(&member.key) {
        Some(Verdict::Fail) => true,
        Some(_) => member.verdict == Verdict::Error,
        None => false,
    };
    let (known, newly): (Vec<&Named>, Vec<&Named>) =
        is.members.iter().filter(|member| open(member.verdict)).partition(|member| known(member));
    let no_longer = was.members.iter().filter(|member| open(member.verdict) && !after.contains_key(&member.key));
    let no_longer: Vec<String> = no_longer.map(|member| member.key.clone()).collect();
    if newly.is_empty() && no_longer.is_empty() {
        return None;
    }
    Some(MembersChange { newly: newly.into_iter().cloned().collect(), no_longer, still: known.len() })
}

/// Whether nobody looked. What is not due, or is about nothing, is settled by what the
/// environment states.
const fn unseen(reason: Option<&SkipReason>) -> bool {
    !matches!(reason, Some(SkipReason::NotDue | SkipReason::Nothing(_) | SkipReason::OutOfScope))
}

fn unfinished(case: &CaseResult) -> bool {
    let kinds = ["unfinished", "interrupted"];
    case.verdict == Verdict::Error && case.cause.as_ref().is_some_and(|cause| kinds.contains(&cause.kind.as_str()))
}

const fn open(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Fail | Verdict::Error)
}

fn numbers(before: usize, after: usize) -> Option<Numbers> {
    let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    (before != after).then(|| Numbers { before: number(before), after: number(after) })
}

/// The file of each check.
fn files(result: &RunResult) -> impl Iterator<Item = (&str, &str)> {
    result
        .suites
        .iter()
        .flat_map(|suite| suite.cases.iter().map(move |case| (case.check.as_str(), suite.file.as_str())))
}

fn compared(result: &RunResult) -> Compared {
    Compared { run: RunInfo { places: Vec::new(), ..result.run.clone() }, totals: result.totals }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
