//! A run as one side of a comparison: what it found, and what it was made of.

use std::path::Path;

use super::header::Header;
use crate::diagnostic::{Code, Diagnostic};
use crate::observe::read_journal_header;
use crate::report::compare::{MadeOf, Side};
use crate::report::files::{EVIDENCE, RESULTS, run_at};
use crate::report::json;

/// Whether this is a run: its folder, or its `results.json`.
#[must_use]
pub fn is_run(path: &Path) -> bool {
    if path.is_dir() {
        path.join(RESULTS).is_file() || path.join(EVIDENCE).is_file()
    } else {
        path.file_name().is_some_and(|name| name == RESULTS)
    }
}

/// Reads a run: its folder, or its `results.json`.
///
/// # Errors
/// It can't be read, or was not written by a version that this one understands.
pub fn side(run: &Path) -> Result<Side, Diagnostic> {
    let (results, journal) = if run.is_dir() {
        let folder = run_at(run);
        (folder.join(RESULTS), folder.join(EVIDENCE))
    } else {
        (run.to_owned(), run_at(run.parent().unwrap_or(Path::new(""))).join(EVIDENCE))
    };
    let result = json::read_file(&results).map_err(|error| {
        let diagnostic = Diagnostic::new(Code::Unreadable, error.to_string());
        if journal.is_file() && !results.is_file() {
            diagnostic.hint(format!("the run was killed; write its reports first: poolproof report {}", run.display()))
        } else {
            diagnostic.hint("name the folder of a run")
        }
    })?;
    // Results are often kept without the journal.
    if !journal.is_file() {
        return Ok(Side { result, made_of: None });
    }
    let wrong = |message: String| Diagnostic::new(Code::Unreadable, message);
    let header = read_journal_header(&journal).map_err(|error| wrong(error.to_string()))?;
    let header: Header = serde_json::from_value(header).map_err(|error| {
        wrong(format!("{}: the header is not what this version of Poolproof reads: {error}", journal.display()))
    })?;
    if header.info.id != result.run.id {
        let message =
            format!("{} holds results of {} and evidence of {}", run.display(), result.run.id, header.info.id);
        return Err(Diagnostic::new(Code::UnfitRun, message));
    }
    Ok(Side { result, made_of: Some(made_of(&header)) })
}

/// What a run was made of, as its journal tells it.
fn made_of(header: &Header) -> MadeOf {
    let checks = header.catalogue().ok().map(|catalogue| catalogue.checks().map(|check| check.id.clone()).collect());
    MadeOf {
        environment: header.environment.text.clone(),
        files: header.suites.iter().map(|suite| (suite.name.clone(), suite.text.clone())).collect(),
        checks,
        selected: header.selected.iter().cloned().collect(),
        about: header.about.iter().map(ToString::to_string).collect(),
    }
}
