//! The result of a run: what `results.json` holds, and what every report is made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::waived::{Waived, WaiverState};
use crate::observe::{Observation, Vantage};

/// The version of `results.json`. Readers refuse a newer major.
pub const VERSION: &str = "1.1";

/// One execution and all it found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunResult {
    /// The version of this format, `major.minor`.
    pub version: String,
    /// What was run, where and when.
    pub run: RunInfo,
    /// How many cases ended how.
    pub totals: Totals,
    /// The suites in the order of their files, each with its cases in the order in which
    /// they were planned, whatever order they finished in.
    pub suites: Vec<SuiteResult>,
    /// Every observation that a case rests on, by the id that cases refer to. Those of
    /// earlier rounds (`eventually`) are in the journal.
    pub observations: BTreeMap<u64, Arc<Observation>>,
    /// The waivers that the run was given, and what became of each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<WaiverState>,
    /// What somebody should know of the run as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

/// What was run, where and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunInfo {
    /// The run's id; also the name of its folder.
    pub id: String,
    /// Poolproof's version.
    pub poolproof: String,
    /// The environment's name.
    pub environment: String,
    /// The environment's default phase.
    pub phase: String,
    /// How the environment was reached.
    pub mode: Mode,
    /// The vantages that questions were asked from.
    pub vantages: Vec<Vantage>,
    /// The machine that ran it.
    pub host: String,
    /// When it began (UTC). Also the clock of every judgement.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// When the last case was judged (UTC).
    #[schemars(with = "String")]
    pub finished: Timestamp,
    /// The least severity whose failure fails the run.
    pub fail_on: Severity,
    /// Whether it was stopped before its end.
    pub interrupted: bool,
    /// The sites, pools and Edge pools, and how far each has come (since 1.1).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Place>,
}

/// A site, pool, Director or Edge pool, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// What it is: `site`, `pool`, `director`, `edge`.
    pub kind: String,
    /// Its name or FQDN.
    pub name: String,
    /// The site that it belongs to, where it names one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// `legacy` or `target`, where it is one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its product, where that is stated: `sfb-2019`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<String>,
    /// How far it has come.
    pub phase: String,
}

/// How the environment was reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// The real one.
    #[default]
    Live,
    /// A mock deployment on loopback.
    Mock,
    /// A recording.
    Replay,
}

/// How many cases ended how. Flaky cases are counted as passed, and again as flaky.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// All cases.
    pub cases: usize,
    /// Cases that hold.
    pub passed: usize,
    /// Cases that a fact contradicts.
    pub failed: usize,
    /// Cases that could not be determined.
    pub errors: usize,
    /// Cases that were not judged.
    pub skipped: usize,
    /// Passed cases that needed a retry.
    pub flaky: usize,
    /// Failed or undetermined cases that a waiver covers.
    pub waived: usize,
}

/// A suite and its cases.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SuiteResult {
    /// The suite's name.
    pub name: String,
    /// Its title for people.
    pub title: String,
    /// The file it was read from.
    pub file: String,
    /// Its cases.
    pub cases: Vec<CaseResult>,
}

/// One check on one subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CaseResult {
    /// `check-id[subject]`: stable from run to run.
    pub key: String,
    /// The check's id.
    pub check: String,
    /// The check's title, with the subject's values in it.
    pub title: String,
    /// What it ranges over, in the order in which the check names it.
    pub subject: Vec<Subject>,
    /// How bad its failure is.
    pub severity: Severity,
    /// Where it must be observed from; `None` where it doesn't matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vantage: Option<Vantage>,
    /// The check's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// How it ended.
    pub verdict: Verdict,
    /// Why, in one line: the first thing a person should read.
    pub message: String,
    /// Why it was not judged, where the verdict is `skip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<SkipReason>,
    /// The waiver that covers it, where the verdict is `waived`. Where one case stands for
    /// many, its members name theirs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// Cases that it needs and that a waiver covers: they hold only by that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waived_needs: Vec<String>,
    /// What could not be learned, where the verdict is `error`, or was before a waiver covered it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// Every expectation and what became of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub expectations: Vec<Expectation>,
    /// The subjects that failed, erred or are waived, where one case stands for many (`report: all`).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Named>,
    /// How many subjects one case stands for (`report: all`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ranged_over: Option<usize>,
    /// How many subjects were not judged, since a check that they need does not hold, or
    /// nobody looked (`report: all`).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub held_back: usize,
    /// The observations it rests on: step name → observation id.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub observations: BTreeMap<String, u64>,
    /// Whether an observation needed a retry.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub flaky: bool,
    /// How long it took to come true, in milliseconds, where it did not at first (`eventually`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled_after_ms: Option<u64>,
    /// Names that were reached elsewhere than DNS says (`connect`): not proof of the real path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connect: Vec<String>,
    /// The command that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Why this must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The document that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `file:line:column` of the check.
    pub location: String,
    /// When its first observation began (UTC); absent where nothing was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub started: Option<Timestamp>,
    /// From the start of its first to the end of its last observation, in milliseconds.
    pub duration_ms: u64,
}

/// One variable of a subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// The variable's name: `pool`.
    pub variable: String,
    /// Its identity as it came: `Pool01.contoso.com`.
    pub identity: String,
}

/// A subject inside a case that stands for many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Named {
    /// The member's own case key.
    pub key: String,
    /// How it ended.
    pub verdict: Verdict,
    /// Why.
    pub message: String,
    /// The site or pool it is counted under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The command that fixes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// The waiver that covers it, where the verdict is `waived`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
}

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It holds.
    Pass,
    /// A fact contradicts it.
    Fail,
    /// A fact it needs could not be learned.
    Error,
    /// It was not judged, with the reason.
    Skip,
    /// It failed or could not be determined, and a waiver covers that.
    Waived,
}

/// How bad a failure is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never fails anything.
    Info,
    /// Should be mended.
    Minor,
    /// Must be mended before the step is done.
    Major,
    /// The step must not be taken.
    Blocker,
}

/// Why a case was not judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// Its subject is in another phase.
    NotDue,
    /// The run stands elsewhere.
    NotObservedFromHere,
    /// It rests on the inventory, and the environment names none.
    NoInventory,
    /// A check it needs did not hold; the key of that case.
    NeedFailed(String),
    /// It ranges over nothing, which the check allows; the check's reason.
    Nothing(String),
    /// It leaves a trace that was not allowed (`--allow`); the effect.
    EffectNotAllowed(String),
    /// The run was stopped early because another case failed (`--fail-fast`).
    FailFast,
    /// Every subject that it has belongs to another pool, wave or site than was asked about.
    OutOfScope,
}

/// What could not be learned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cause {
    /// The kind: an error class (`timeout`, `tls`, …), `unknown-fact`, `no-subjects`, `unfinished`.
    pub kind: String,
    /// In one sentence.
    pub message: String,
}

/// One expectation and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Expectation {
    /// The expression.
    pub that: String,
    /// What became of it.
    pub outcome: ExpectationOutcome,
    /// What to tell a person: the check's `otherwise`, or why it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The value of each name in the expression, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String)>,
    /// `file:line:column` of the expression.
    pub location: String,
}

/// What became of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ExpectationOutcome {
    /// True.
    Holds,
    /// False.
    Contradicted,
    /// It reads what could not be learned.
    Unknown,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Severity {
    /// As it is written in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Blocker => "blocker",
        }
    }
}

impl CaseResult {
    /// Whether this case fails a run that fails on `least`. `info` never does.
    #[must_use]
    pub fn counts(&self, least: Severity) -> bool {
        self.severity > Severity::Info && self.severity >= least
    }
}

impl RunResult {
    /// All cases, in the order of the report.
    pub fn cases(&self) -> impl Iterator<Item = &CaseResult> {
        self.suites.iter().flat_map(|suite| &suite.cases)
    }
}
