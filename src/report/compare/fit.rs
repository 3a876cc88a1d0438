//! Whether two runs can be compared, and what makes them less than comparable.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Code, Diagnostic};
use crate::report::headline::mode;
use crate::report::{RunInfo, RunResult};

/// Files that are named in a remark.
const NAMED: usize = 5;

/// A run that is compared.
#[derive(Clone, Debug)]
pub struct Side {
    /// What it found.
    pub result: RunResult,
    /// What it was made of, where its journal says so.
    pub made_of: Option<MadeOf>,
}

/// What a run was made of.
#[derive(Clone, Debug)]
pub struct MadeOf {
    /// The text of the environment file.
    pub environment: String,
    /// The texts of the check files, by name.
    pub files: BTreeMap<String, String>,
    /// The ids of all checks in them; none where this version can't read them.
    pub checks: Option<BTreeSet<String>>,
    /// The ids of the checks that were asked for.
    pub selected: BTreeSet<String>,
    /// What was asked about.
    pub about: Vec<String>,
}

/// Refuses to compare where what is called fixed or failing could be something else.
///
/// # Errors
/// Why these two runs are not of one thing.
pub fn fits(before: &RunInfo, after: &RunInfo) -> Result<(), Diagnostic> {
    let unfit = |message: String, hint: &str| Err(Diagnostic::new(Code::UnfitRun, message).hint(hint));
    let pair = format!("the runs {} and {}", before.id, after.id);
    if before.environment != after.environment {
        let message = format!("{pair} are of different environments: {} and {}", before.environment, after.environment);
        return unfit(message, "compare runs of one environment");
    }
    if before.mode != after.mode {
        let message = format!("{pair} were not made the same way: {} and {}", mode(before.mode), mode(after.mode));
        return unfit(message, "compare a live run with a live one, and a mock one with a mock one");
    }
    // What names no vantage is asked from the first.
    if before.vantages.first() != after.vantages.first() {
        let message = format!("{pair} saw different things: from {}, and from {}", from(before), from(after));
        return unfit(message, "compare runs from one place, or join the runs of each day first: poolproof merge");
    }
    if before.started > after.started {
        let message = format!("{pair} are in the wrong order: the first began at {}, later", before.started);
        return unfit(message, "name the earlier run first");
    }
    Ok(())
}

fn from(run: &RunInfo) -> String {
    run.vantages.iter().map(|vantage| vantage.0.as_str()).collect::<Vec<_>>().join(" and ")
}

/// The check files that are not the same in both runs.
pub(super) fn changed_files(before: &Side, after: &Side) -> BTreeSet<String> {
    let (Some(before), Some(after)) = (&before.made_of, &after.made_of) else { return BTreeSet::new() };
    let names = before.files.keys().chain(after.files.keys());
    names.filter(|name| before.files.get(*name) != after.files.get(*name)).cloned().collect()
}

/// What makes them less than comparable.
pub(super) fn remarks(before: &Side, after: &Side) -> Vec<String> {
    let (was, is) = (&before.result.run, &after.result.run);
    let mut remarks = Vec::new();
    if was.interrupted {
        remarks.push(
            "the earlier run was stopped before its end: what it did not come to is not known to have held".to_owned(),
        );
    }
    if is.interrupted {
        remarks.push("the later run was stopped before its end: what it did not come to is undetermined".to_owned());
    }
    if was.phase != is.phase {
        remarks.push(format!("the phase was {}, and is {}: other checks are due", was.phase, is.phase));
    }
    if was.vantages != is.vantages {
        remarks.push(format!("it was seen from {}, and now from {}", from(was), from(is)));
    }
    if was.poolproof != is.poolproof {
        remarks.push(format!("Poolproof was {}, and is {}", was.poolproof, is.poolproof));
    }
    let (Some(made), Some(makes)) = (&before.made_of, &after.made_of) else {
        let side = if before.made_of.is_none() { was } else { is };
        remarks.push(format!(
            "whether both were made with the same check files is not known: the journal of {} is not there",
            side.id
        ));
        return remarks;
    };
    if made.environment != makes.environment {
        remarks.push("the environment file differs".to_owned());
    }
    if made.about != makes.about {
        let about = |about: &[String]| if about.is_empty() { "all of it".to_owned() } else { about.join(", ") };
        remarks.push(format!("it was asked about {}, and now about {}", about(&made.about), about(&makes.about)));
    }
    if !makes.selected.is_subset(&made.selected) {
        let more = makes.selected.difference(&made.selected).count();
        remarks.push(format!(
            "{more} of the {} checks were not asked in the earlier run: what fails of them is not known to have failed",
            makes.selected.len()
        ));
    }
    let files: Vec<String> = changed_files(before, after).into_iter().collect();
    if let Some(named) = files.get(..files.len().min(NAMED)).filter(|named| !named.is_empty()) {
        let more = files.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        remarks.push(format!(
            "check files differ: {}{more}; what became of their cases may come from the file",
            named.join(", ")
        ));
    }
    remarks
}
