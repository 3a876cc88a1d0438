//! Evidence → answer: refuses what doesn't fit, judges, decides.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::answer::{Answer, CheckFile, GateAnswer, RunUsed, VERSION, WindowLeft};
use super::ask::{AskedGate, Asking};
use super::attestation::Attestations;
use super::decide::Deciding;
use super::fit::{Fitness, ended_early, stale};
use super::model::Gate;
use super::order::order;
use super::statements::Statements;
use super::validity::{Ends, first};
use crate::check::{Catalogue, Check};
use crate::environment::Environment;
use crate::inventory::sha256;
use crate::plan::Scope;
use crate::run::{Again, Evidence, Origin};
use crate::waivers::Waivers;
use crate::{Judged, Refusal, judge};

/// What is told where a run had waivers and the gate has none.
const NOT_GIVEN: &str =
    "a run was made with waivers, and none of them counts here: name the file that does with `--waivers`";

/// Answers a gate from what one or several runs left behind.
///
/// # Errors
/// A file is wrong, or a run must not be rested on.
pub async fn answer(asked: &AskedGate, runs: Vec<Evidence>, clock: Timestamp) -> Result<GateAnswer, Refusal> {
    let AskedGate { gate, catalogue, items, terms, .. } = asked;
    let Asking { selection, everywhere } = asked.asking()?;
    let about = &terms.about;
    let evidence = Evidence::join(runs)?;
    let environment = evidence.environment()?;
    let base = evidence.base(&environment)?;
    Fitness { catalogue, terms, clock }.check(&evidence, base.as_deref())?;
    // Those that a run was made with were signed off for that run.
    let waivers = match &terms.waivers {
        Some(source) => Waivers::of_source(source, clock)?.fit(catalogue)?,
        None => Waivers::default(),
    };
    let not_given = terms.waivers.is_none() && evidence.header.waivers.is_some();
    let attestations = match &terms.attestations {
        Some(source) => Attestations::of_source(source)?.are_of(&environment.view.name)?,
        None => Attestations::default(),
    };
    let scope = Scope::of(&environment, about)?.with_everywhere(everywhere);
    let waivers = Arc::new(waivers);
    let (of, ran, oldest) = (evidence.of.clone(), ran(&evidence, catalogue), evidence.oldest());
    let ended_early = ended_early(&evidence);
    let again = Again { catalogue: catalogue.clone(), selection, scope, waivers: Arc::clone(&waivers) };
    let judged = judge(evidence, again).await?;

    let demanded: Vec<&Check> = gate.demanded(catalogue)?.into_iter().map(AsRef::as_ref).collect();
    let statements = Statements::of(&environment);
    let (accept_flaky, strict, own) = (terms.accept_flaky, gate.strict(catalogue)?, gate.own(catalogue)?);
    let deciding =
        Deciding { gate, judged: &judged, ran: &ran, own: &own, strict: &strict, about, accept_flaky, statements };
    let mut found = deciding.findings(&demanded);
    found.undetermined.extend(ended_early);
    let base = base.filter(|_| demanded.iter().any(|check| check.reads_inventory()));
    if let Some(base) = base.as_deref() {
        found.undetermined.extend(stale(base, &environment, clock));
    }
    let attested: Vec<_> = gate.attestations.iter().map(|demand| attestations.of(demand, about, clock)).collect();
    found.attested(&attested);

    let window = window(&environment, clock).filter(|_| gate.in_window);
    let mut ends = Ends::after(clock);
    ends.of_runs(oldest, terms.max_age);
    ends.of_waivers(waivers.all.iter().filter(|waiver| found.waivers.contains_key(waiver.pattern.as_str())));
    ends.of_attestations(attestations.first_end(&gate.attestations, about, clock));
    ends.of_window(environment.file.cutover_window.as_ref().filter(|_| gate.in_window));
    ends.of_inventory(base.as_deref(), &environment);
    ends.of_certificates(judged.result.observations.values());
    let end = first(ends);

    let known: Vec<&str> = items.iter().map(String::as_str).collect();
    let mut remarks = judged.result.warnings.clone();
    remarks.extend(attestations.unknown(&known));
    remarks.extend(window_remark(gate, window.as_ref()));
    remarks.extend(not_given.then(|| NOT_GIVEN.to_owned()));
    Ok(GateAnswer {
        version: VERSION.to_owned(),
        poolproof: env!("CARGO_PKG_VERSION").to_owned(),
        gate: gate.name.clone(),
        question: gate.question.clone(),
        because: gate.because.clone(),
        about: about.clone(),
        environment: environment.view.name.clone(),
        mode: terms.mode,
        phase: environment.view.phase.to_string(),
        answer: if !found.blockers.is_empty() {
            Answer::NoGo
        } else if !found.undetermined.is_empty() {
            Answer::Undecided
        } else {
            Answer::Go
        },
        asked_at: clock,
        valid_until: end.at,
        ends_with: end.what,
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        runs: of.into_iter().map(RunUsed::from).collect(),
        check_files: check_files(&judged),
        blockers: order(found.blockers, catalogue),
        undetermined: order(found.undetermined, catalogue),
        waivers: found.waivers.into_values().collect(),
        attestations: attested,
        lesser: order(found.lesser, catalogue),
        counts: found.counts,
        window,
        roll_back: gate.roll_back.iter().flat_map(|step| step.commands(&environment, clock)).collect(),
        not_promised: gate.not_promised.clone(),
        remarks,
    })
}

/// The ids of the checks that the runs were asked for, with all that those need.
fn ran(evidence: &Evidence, catalogue: &Catalogue) -> Vec<String> {
    let mut ids: BTreeSet<String> = evidence.header.selected.iter().cloned().collect();
    let mut open: Vec<String> = ids.iter().cloned().collect();
    while let Some(check) = open.pop().and_then(|id| catalogue.check(&id)) {
        for need in &check.needs {
            if ids.insert(need.value.clone()) {
                open.push(need.value.clone());
            }
        }
    }
    ids.into_iter().collect()
}

fn check_files(judged: &Judged) -> Vec<CheckFile> {
    let suites = judged.catalogue.suites.iter().map(|suite| suite.source.as_ref());
    suites.map(|source| CheckFile { name: source.name.clone(), sha256: sha256(source.text.as_bytes()) }).collect()
}

fn window(environment: &Environment, clock: Timestamp) -> Option<WindowLeft> {
    let window = environment.file.cutover_window.as_ref()?;
    Some(WindowLeft {
        from: window.from.value.to_string(),
        until: window.until.value.to_string(),
        seconds_left: window.until.value.at().duration_since(clock).as_secs(),
        begun: clock >= window.from.value.at(),
    })
}

fn window_remark(gate: &Gate, window: Option<&WindowLeft>) -> Option<String> {
    match window {
        None if gate.in_window => {
            Some("the environment file states no `cutover_window`: nobody knows how much time is left".to_owned())
        }
        Some(window) if window.seconds_left <= 0 => Some(format!("the cutover window ended at {}", window.until)),
        Some(window) if !window.begun => Some(format!("the cutover window begins at {}", window.from)),
        _ => None,
    }
}

impl From<Origin> for RunUsed {
    fn from(origin: Origin) -> Self {
        let started = origin.parts().iter().map(|part| part.info.started).min().unwrap_or(origin.info.started);
        let info = origin.info;
        Self {
            id: info.id,
            vantages: info.vantages,
            host: info.host,
            started,
            poolproof: info.poolproof,
            evidence: origin.digest,
            joined: origin.joined.into_iter().map(Self::from).collect(),
        }
    }
}
