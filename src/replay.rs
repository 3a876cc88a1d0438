//! Judges what a run left behind, without the network: with its own check files
//! (`report`), or with today's (`run --replay`, `gate --from`).

use std::path::PathBuf;
use std::sync::Arc;

use crate::Refusal;
use crate::check::{Catalogue, Selection};
use crate::environment::Environment;
use crate::plan::{Plan, Scope};
use crate::report::{RunResult, Severity};
use crate::run::{Again, Evidence, Source, assemble, execute};
use crate::waivers::Waivers;

/// Evidence that was judged.
#[derive(Debug)]
pub struct Judged {
    /// What came of it.
    pub result: RunResult,
    /// The checks that judged.
    pub catalogue: Catalogue,
    /// The environment that it is of.
    pub environment: Arc<Environment>,
    /// The cases.
    pub plan: Arc<Plan>,
}

/// What judges a recording, where it is not what judged the run.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    /// Check files and folders; `builtin`, or nothing, for the shipped ones.
    pub checks: Vec<PathBuf>,
    /// Which checks; those of the run if nothing is asked for.
    pub selection: Selection,
    /// The file with signed-off exceptions; those of the run if none is named.
    pub waivers: Option<PathBuf>,
    /// The least severity whose failure fails the run; that of the run if none is named.
    pub fail_on: Option<Severity>,
}

/// Judges a recording again, with the check files that it holds.
///
/// # Errors
/// The journal can't be read, or its files are not what this version reads.
pub async fn judge_again(evidence: &std::path::Path) -> Result<RunResult, Refusal> {
    let evidence = Evidence::read(evidence)?;
    let catalogue = evidence.header.catalogue()?;
    let waivers = evidence.header.waivers(&catalogue, evidence.header.info.started)?;
    let selection = evidence.header.selection();
    let again = Again { catalogue, selection, scope: Scope::default(), waivers: Arc::new(waivers) };
    Ok(judge(evidence, again).await?.result)
}

/// Judges a recording's evidence, not its verdicts, with today's checks and its own clock.
///
/// # Errors
/// The journal can't be read, or a file is wrong.
pub async fn replay(mut evidence: Evidence, with: Replay) -> Result<Judged, Refusal> {
    let clock = evidence.header.info.started;
    let catalogue = Catalogue::load(&with.checks)?;
    let waivers = match &with.waivers {
        Some(path) => Waivers::load(path, clock)?.fit(&catalogue)?,
        None => evidence.header.waivers(&catalogue, clock)?,
    };
    let selection = if with.selection.is_all() { chosen(&evidence, &catalogue)? } else { with.selection };
    if let Some(fail_on) = with.fail_on {
        evidence.header.info.fail_on = fail_on;
    }
    let again = Again { catalogue, selection, scope: Scope::default(), waivers: Arc::new(waivers) };
    let judged = judge(evidence, again).await?;
    if judged.plan.cases.is_empty() {
        return Err(Refusal::NothingSelected("none of the run's checks is there any more".to_owned()));
    }
    Ok(judged)
}

/// What the run was about: all of today's checks if it was all of its own, else the same.
fn chosen(evidence: &Evidence, catalogue: &Catalogue) -> Result<Selection, Refusal> {
    let selected = &evidence.header.selected;
    let all = evidence.header.catalogue()?.checks().all(|check| selected.contains(&check.id));
    if all {
        return Ok(Selection::default());
    }
    let there = selected.iter().map(String::as_str).filter(|id| catalogue.check(id).is_some());
    let selection = Selection::of_ids(there);
    // Nothing of it is left: an empty selection would ask for everything.
    if selection.is_all() {
        return Err(Refusal::NothingSelected("none of the run's checks is there any more".to_owned()));
    }
    Ok(selection)
}

/// Judges evidence.
///
/// # Errors
/// The recorded files are not what this version reads.
pub async fn judge(evidence: Evidence, again: Again) -> Result<Judged, Refusal> {
    let (environment, plan) = evidence.plan(&again)?;
    let (environment, plan) = (Arc::new(environment), Arc::new(plan));
    let Evidence { header, recording, .. } = evidence;
    let source = Source::Recorded(recording);
    let (outcomes, _) = execute(Arc::clone(&plan), Arc::clone(&environment), source, None).await;
    let result = assemble(header.info, &again.catalogue, &plan, &outcomes, header.warnings);
    Ok(Judged { result, catalogue: again.catalogue, environment, plan })
}
