//! The record of a gate: what was asked, what was answered and what that rests on, in a file
//! that stands for itself and shows when it was changed.

mod file;
mod page;
mod verify;

pub use file::seal;
pub use page::page;
pub use verify::{Belongs, Looked, Verification, verify};

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::answer::{CheckFile, GateAnswer};
use super::ask::AskedGate;
use super::reply::answer;
use crate::Refusal;
use crate::diagnostic::{Code, Diagnostic};
use crate::gather::Kept;
use crate::inventory::sha256_of;
use crate::report::files::{EVIDENCE, RESULTS};
use crate::run::{Evidence, SourceText};
use crate::values::Duration;

/// The version of this format. Readers refuse a newer major.
const VERSION: &str = "1.0";

/// The record of a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateRecord {
    /// The version of this format, `major.minor`.
    pub version: String,
    /// What was asked, and the answer.
    pub answer: GateAnswer,
    /// The account that asked; the machine is the answer's `host`.
    pub asked_by: String,
    /// How old the oldest run might be.
    pub max_age: String,
    /// Whether what passed after it had failed was good enough.
    pub accept_flaky: bool,
    /// The environment file.
    pub environment_file: CheckFile,
    /// What each run left behind.
    pub evidence: Vec<RunEvidence>,
    /// The gate's file, and the user's own gate files.
    pub gates: Vec<SourceText>,
    /// The waivers that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waivers: Option<SourceText>,
    /// The attestations that it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attestations: Option<SourceText>,
    /// `sha256:` and the SHA-256 of this file's bytes, with zeros for these 64 digits.
    pub digest: String,
}

/// The files of a run that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunEvidence {
    /// The run's id.
    pub run: String,
    /// Its files, by their names in its folder.
    pub files: Vec<CheckFile>,
}

impl RunEvidence {
    /// Every file beside a journal that a record tells of, the journal first.
    fn names() -> impl Iterator<Item = &'static str> {
        [EVIDENCE, RESULTS].into_iter().chain(Kept::FILES)
    }

    /// What lies in a run's folder.
    fn of(evidence: &Evidence) -> std::io::Result<Self> {
        let mut files = Vec::new();
        for name in Self::names() {
            let path = evidence.folder().join(name);
            if path.is_file() {
                files.push(CheckFile { name: name.to_owned(), sha256: sha256_of(&path)? });
            }
        }
        Ok(Self { run: evidence.header.info.id.clone(), files })
    }
}

/// Answers a gate, and makes the record of it.
///
/// # Errors
/// A file is wrong, or a run must not be rested on.
pub async fn record(asked: &AskedGate, runs: Vec<Evidence>, clock: Timestamp) -> Result<GateRecord, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::Machine(format!("the evidence can't be read: {error}"));
    let evidence = runs.iter().map(RunEvidence::of).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    let environment_file = runs
        .first()
        .map(|run| &run.header.environment)
        .map(|file| CheckFile { name: file.name.clone(), sha256: crate::inventory::sha256(file.text.as_bytes()) });
    let Some(environment_file) = environment_file else {
        return Err(vec![Diagnostic::new(Code::UnfitRun, "no run was named")].into());
    };
    let answer = answer(asked, runs, clock).await?;
    let terms = &asked.terms;
    Ok(GateRecord {
        version: VERSION.to_owned(),
        answer,
        asked_by: whoami::username().unwrap_or_else(|_| "unknown".to_owned()),
        max_age: Duration(terms.max_age).to_string(),
        accept_flaky: terms.accept_flaky,
        environment_file,
        evidence,
        gates: asked.gates.iter().map(|source| SourceText::from(source.as_ref())).collect(),
        waivers: terms.waivers.as_deref().map(SourceText::from),
        attestations: terms.attestations.as_deref().map(SourceText::from),
        digest: file::blank(),
    })
}

/// The two files of a record in a folder: for programs, and for people.
#[must_use]
pub fn places(folder: &Path) -> (PathBuf, PathBuf) {
    (folder.join(file::JSON), folder.join(file::HTML))
}
