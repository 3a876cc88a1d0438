//! The answer for CI servers: a case for the gate itself, and one for each thing that stands in
//! its way or is waived.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::word;
use crate::gate::{Answer, GateAnswer, Item, Kind};
use crate::report::junit::{self, Dialect};
use crate::report::{CaseResult, Cause, RunInfo, RunResult, Severity, SuiteResult, Totals, VERSION, Verdict};

/// Writes the answer as JUnit XML.
///
/// # Errors
/// What the writer says.
pub fn junit(answer: &GateAnswer, dialect: Dialect, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut out = out;
    junit::write(&result(answer), dialect, &mut out)
}

fn result(answer: &GateAnswer) -> RunResult {
    let mut cases = vec![itself(answer)];
    cases.extend(answer.blockers.iter().map(|item| open(item, Verdict::Fail)));
    cases.extend(answer.undetermined.iter().map(|item| open(item, Verdict::Error)));
    for waiver in &answer.waivers {
        let (until, owner, ticket, reason) = (&waiver.until, &waiver.owner, &waiver.ticket, &waiver.reason);
        cases.extend(waiver.covers.iter().map(|key| CaseResult {
            message: format!("waived until {until} by {owner} ({ticket}): {reason}"),
            ..case(key, &waiver.case, Verdict::Waived)
        }));
    }
    let suite = SuiteResult {
        name: format!("gate-{}", answer.gate),
        title: answer.question.clone(),
        file: String::new(),
        cases,
    };
    RunResult {
        version: VERSION.to_owned(),
        run: RunInfo {
            id: answer.runs.iter().map(|run| run.id.as_str()).collect::<Vec<_>>().join(" "),
            poolproof: answer.poolproof.clone(),
            environment: answer.environment.clone(),
            phase: answer.phase.clone(),
            mode: answer.mode,
            vantages: answer.runs.iter().flat_map(|run| run.vantages.clone()).collect(),
            host: answer.host.clone(),
            started: answer.asked_at,
            finished: answer.asked_at,
            fail_on: Severity::Minor,
            interrupted: false,
            places: Vec::new(),
        },
        totals: Totals::default(),
        suites: vec![suite],
        observations: BTreeMap::new(),
        waivers: Vec::new(),
        warnings: answer.remarks.clone(),
    }
}

/// The gate, under a name that no check can have.
fn itself(answer: &GateAnswer) -> CaseResult {
    let (verdict, kind) = match answer.answer {
        Answer::Go => (Verdict::Pass, ""),
        Answer::NoGo => (Verdict::Fail, ""),
        Answer::Undecided => (Verdict::Error, "undecided"),
    };
    let about = if answer.about.is_empty() { String::new() } else { format!(" ({})", answer.scope()) };
    let message = answer.headline();
    CaseResult {
        cause: (!kind.is_empty()).then(|| Cause { kind: kind.to_owned(), message: message.clone() }),
        message,
        because: answer.because.clone(),
        location: format!("the gate {}", answer.gate),
        ..case(&format!("gate {}{about}", answer.gate), &answer.question, verdict)
    }
}

fn open(item: &Item, verdict: Verdict) -> CaseResult {
    let message = format!("{}: {}", word(item.kind), item.message);
    let kind = || serde_json::to_value(item.kind).ok()?.as_str().map(str::to_owned);
    CaseResult {
        // Whatever its severity is, here it stops.
        severity: item.severity.max(Severity::Minor),
        cause: (item.kind != Kind::Fails).then(|| Cause { kind: kind().unwrap_or_default(), message: message.clone() }),
        message,
        members: item.members.clone(),
        fix: item.fix.clone(),
        because: item.because.clone(),
        source: item.source.clone(),
        location: item.location.clone().unwrap_or_default(),
        ..case(&item.key, &item.title, verdict)
    }
}

fn case(key: &str, title: &str, verdict: Verdict) -> CaseResult {
    CaseResult {
        key: key.to_owned(),
        check: key.to_owned(),
        title: title.to_owned(),
        subject: Vec::new(),
        severity: Severity::Blocker,
        vantage: None,
        tags: Vec::new(),
        verdict,
        message: String::new(),
        skipped: None,
        waived: None,
        waived_needs: Vec::new(),
        cause: None,
        expectations: Vec::new(),
        members: Vec::new(),
        ranged_over: None,
        held_back: 0,
        observations: BTreeMap::new(),
        flaky: false,
        settled_after_ms: None,
        connect: Vec::new(),
        fix: None,
        because: None,
        source: None,
        location: String::new(),
        started: None,
        duration_ms: 0,
    }
}
