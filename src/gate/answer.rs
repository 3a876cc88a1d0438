//! The answer of a gate: one value, which every renderer shows and none can change.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::model::Demand;
use crate::observe::Vantage;
use crate::plan::AskedAbout;
use crate::report::{Mode, Named, Severity};

/// The version of this format. Readers refuse a newer major.
pub const VERSION: &str = "1.0";

/// Whether a step may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Everything that it asks for holds, or is waived.
    Go,
    /// Something that it asks for does not hold.
    NoGo,
    /// Nothing failed, but something could not be determined.
    Undecided,
}

/// A gate's question and its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GateAnswer {
    /// The version of this format, `major.minor`.
    pub version: String,
    /// Poolproof's version.
    pub poolproof: String,
    /// The gate's name.
    pub gate: String,
    /// The question.
    pub question: String,
    /// What going on means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What it was asked about; all of the environment if nothing is named.
    pub about: Vec<AskedAbout>,
    /// The environment's name.
    pub environment: String,
    /// How the environment was reached.
    pub mode: Mode,
    /// The environment's default phase.
    pub phase: String,
    /// The answer.
    pub answer: Answer,
    /// When it was asked (UTC). Also the clock that waivers and attestations are held against.
    #[schemars(with = "String")]
    pub asked_at: Timestamp,
    /// Until when the answer may be relied on (UTC), that moment excluded: the first end of
    /// what it rests on.
    #[schemars(with = "String")]
    pub valid_until: Timestamp,
    /// What ends then.
    pub ends_with: String,
    /// The machine that answered.
    pub host: String,
    /// The runs that it rests on.
    pub runs: Vec<RunUsed>,
    /// The check files that judged.
    pub check_files: Vec<CheckFile>,
    /// What stands in the way, in the order in which one would work through it.
    pub blockers: Vec<Item>,
    /// What could not be determined, likewise.
    pub undetermined: Vec<Item>,
    /// The waivers that the answer leans on.
    pub waivers: Vec<WaiverUsed>,
    /// What persons have stated, or should have.
    pub attestations: Vec<AttestationState>,
    /// What does not hold and does not stop this gate.
    pub lesser: Vec<Item>,
    /// How many cases ended how.
    pub counts: Counts,
    /// The time that is left in the cutover window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowLeft>,
    /// The commands that take the step back, in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roll_back: Vec<String>,
    /// What it does not promise, however it is answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_promised: Vec<String>,
    /// What somebody should know besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
}

/// A run that an answer rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RunUsed {
    /// Its id.
    pub id: String,
    /// Where it stood.
    pub vantages: Vec<Vantage>,
    /// The machine that ran it.
    pub host: String,
    /// When it began (UTC); the first of them, where several were joined.
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// Poolproof's version then.
    pub poolproof: String,
    /// The SHA-256 of its journal.
    pub evidence: String,
    /// The runs that it was joined from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<RunUsed>,
}

/// A check file and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckFile {
    /// The name under which it was read.
    pub name: String,
    /// The SHA-256 of its text.
    pub sha256: String,
}

/// Something that does not hold, or is not known to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// The key of the case, the check's id where it has none, or the attestation's item.
    pub key: String,
    /// The check's id; none where no check says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<String>,
    /// What should hold.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// Why it stands here.
    pub kind: Kind,
    /// In one line.
    pub message: String,
    /// What was seen: expectations with the values they read, and what was asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// The subjects, where one case stands for many.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Named>,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Why it must hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// The document that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// `file:line:column` of the check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The keys of what was not judged because of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds_back: Vec<String>,
}

/// Why something stands in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A fact contradicts it.
    Fails,
    /// A fact that it needs could not be learned.
    Error,
    /// The run did not ask it.
    NotRun,
    /// The run was stopped before its end.
    EndedEarly,
    /// It has to be seen from elsewhere.
    NotObservedFromHere,
    /// The environment names no inventory.
    NoInventory,
    /// A check that it needs does not hold.
    HeldBack,
    /// It ranges over nothing, and the environment does not say that there is nothing.
    NothingStated,
    /// It leaves a trace that was not allowed.
    NotAllowed,
    /// The environment says that its time has not come.
    NotDue,
    /// It was seen under `connect`, and not on the real path.
    NotTheRealPath,
    /// It passed, after it had failed.
    Flaky,
    /// Facts that it rests on have become too old.
    Stale,
    /// Nobody has attested it.
    NotAttested,
    /// The record of the answer could not be kept.
    NotRecorded,
}

/// A waiver that an answer leans on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverUsed {
    /// Its pattern over case keys.
    pub case: String,
    /// Why the exception is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed.
    pub ticket: String,
    /// Its end, as it was written.
    pub until: String,
    /// `file:line:column`.
    pub location: String,
    /// The cases, or members of cases, that it covers.
    pub covers: Vec<String>,
}

/// What is known of something that a person has to have seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AttestationState {
    /// The item.
    pub item: String,
    /// What has to have been seen.
    pub title: String,
    /// Whether it may be relied on.
    pub standing: Standing,
    /// Who saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// What shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Until when it may be relied on, as it was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// `file:line:column`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Whether an attestation may be relied on, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It may.
    Holds,
    /// Its end has come.
    Expired,
    /// It says that it was seen later than now.
    FromTheFuture,
    /// Nobody has stated it.
    Missing,
}

/// How many of the cases that a gate asks for ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// The checks that it asks for.
    pub checks: usize,
    /// Their cases.
    pub cases: usize,
    /// Those that hold.
    pub hold: usize,
    /// Those that are waived.
    pub waived: usize,
    /// Those that are not due for their subject, beside others that are.
    pub not_due: usize,
    /// Those about others than the gate was asked about.
    pub out_of_scope: usize,
    /// Those that range over nothing, as the environment or a complete inventory says.
    pub nothing: usize,
    /// Those that were seen under `connect`.
    pub under_connect: usize,
}

/// The time that is left in the cutover window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WindowLeft {
    /// Its beginning, as it was written.
    pub from: String,
    /// Its end, as it was written.
    pub until: String,
    /// The seconds that are left; negative once it is over.
    pub seconds_left: i64,
    /// Whether it has begun.
    pub begun: bool,
}

impl GateAnswer {
    /// The answer, where no record of it could be kept: no GO stands without one.
    #[must_use]
    pub fn without_a_record(mut self, cause: &str) -> Self {
        if self.answer == Answer::Go {
            self.answer = Answer::Undecided;
        }
        self.undetermined.push(Item {
            key: "record".to_owned(),
            check: None,
            title: "The record of this answer is kept".to_owned(),
            severity: Severity::Blocker,
            kind: Kind::NotRecorded,
            message: format!("the record can't be written: {cause}"),
            evidence: Vec::new(),
            members: Vec::new(),
            fix: Some("Name a folder that can be written with --record, and ask again.".to_owned()),
            because: None,
            source: None,
            location: None,
            holds_back: Vec::new(),
        });
        self
    }

    /// `GO with 1 waiver`
    #[must_use]
    pub fn headline(&self) -> String {
        let with = match self.waivers.len() {
            0 => String::new(),
            1 => " with 1 waiver".to_owned(),
            many => format!(" with {many} waivers"),
        };
        let number =
            |number: usize, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
        match self.answer {
            Answer::Go => format!("GO{with}"),
            Answer::NoGo => {
                let open = if self.undetermined.is_empty() {
                    String::new()
                } else {
                    format!(", {} not determined", self.undetermined.len())
                };
                format!("NO-GO: {}{open}", number(self.blockers.len(), "blocker", "blockers"))
            }
            Answer::Undecided => {
                format!("UNDECIDED: {} not determined", number(self.undetermined.len(), "thing", "things"))
            }
        }
    }

    /// What it was asked about, in words.
    #[must_use]
    pub fn scope(&self) -> String {
        if self.about.is_empty() {
            return "all of it".to_owned();
        }
        self.about.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl WindowLeft {
    /// `2 h 5 min left in the cutover window (until …)`
    #[must_use]
    pub fn told(&self) -> String {
        match (self.begun, self.seconds_left) {
            (_, ..=0) => format!("the cutover window is over (it ended at {})", self.until),
            (true, left) => {
                let left = spell(SignedDuration::from_secs(left));
                format!("{left} left in the cutover window (until {})", self.until)
            }
            (false, _) => format!("the cutover window begins at {}", self.from),
        }
    }
}

/// A span as people say it.
pub(super) fn spell(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    match minutes {
        ..=0 => format!("{} s", span.as_secs()),
        1..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", minutes / 1440),
    }
}

impl Counts {
    /// `12 checks, 40 cases: 39 hold, 1 waived`
    #[must_use]
    pub fn told(&self) -> String {
        let mut told =
            format!("{} checks, {} cases: {} hold, {} waived", self.checks, self.cases, self.hold, self.waived);
        for (number, what) in [
            (self.nothing, "have nothing to check"),
            (self.not_due, "not due for their subject"),
            (self.out_of_scope, "about others"),
            (self.under_connect, "seen under `connect`"),
        ] {
            if number > 0 {
                told += &format!(", {number} {what}");
            }
        }
        told
    }

    /// Those of which something is known that speaks for going on.
    pub(super) const fn proved(&self) -> usize {
        self.hold + self.waived + self.nothing
    }
}

impl AttestationState {
    /// Of an item that nobody has stated anything of.
    pub(super) fn missing(demand: &Demand) -> Self {
        Self {
            item: demand.item.clone(),
            title: demand.title.clone(),
            standing: Standing::Missing,
            by: None,
            at: None,
            evidence: None,
            until: None,
            location: None,
        }
    }
}
