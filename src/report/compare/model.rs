//! What came of comparing two runs: one value, which every renderer shows and none can change.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::report::{Named, RunInfo, Severity, Totals, Verdict};

/// The version of this format, `major.minor`.
pub const COMPARISON_VERSION: &str = "1.0";

/// Two runs and what differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// The version of this format, `major.minor`.
    pub version: String,
    /// The earlier run.
    pub before: Compared,
    /// The later run.
    pub after: Compared,
    /// Whether the later one is worse.
    pub outcome: Outcome,
    /// How many cases became what.
    pub counts: Counts,
    /// What makes the two runs less than comparable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Every case of which something is to be told, what is worse first.
    pub changes: Vec<Change>,
}

/// One of the two runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Compared {
    /// What was run, where and when; without its places.
    pub run: RunInfo,
    /// How many of its cases ended how.
    pub totals: Totals,
}

/// Whether the later run is worse than the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Something fails that is not known to have failed.
    Worse,
    /// Nothing does, but something could not be determined that could, or was lost from sight.
    Undetermined,
    /// Neither.
    NoWorse,
}

/// How many cases became what. Each is counted once; those that range over more or fewer
/// subjects, or took longer, are counted again as such.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Counts {
    /// Fail, and are not known to have failed.
    pub newly_failing: usize,
    /// Could not be determined, and could or were not asked.
    pub newly_undetermined: usize,
    /// Neither held nor hold.
    pub still_failing: usize,
    /// Did not hold, and hold.
    pub fixed: usize,
    /// Are covered by a waiver, and were not.
    pub now_waived: usize,
    /// Were judged, and are skipped.
    pub not_judged: usize,
    /// Were there, and are not: their subject or their check is gone.
    pub gone: usize,
    /// Were there, and their check was not selected.
    pub not_asked: usize,
    /// Were not there, and do not fail.
    pub new: usize,
    /// Were skipped, and hold.
    pub now_judged: usize,
    /// Of which there is nothing else to tell.
    pub same: usize,
    /// Range over more subjects.
    pub more_subjects: usize,
    /// Range over fewer subjects.
    pub fewer_subjects: usize,
    /// Took much longer.
    pub slower: usize,
}

/// A case of which something is to be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// The case's key.
    pub key: String,
    /// The check's id.
    pub check: String,
    /// What should hold.
    pub title: String,
    /// How bad its failure is.
    pub severity: Severity,
    /// What became of it.
    pub became: Became,
    /// What it does to the outcome.
    pub weighs: Weighs,
    /// How it ended in the earlier run; absent where that had no such case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Was>,
    /// How it ended in the later run; absent where that had no such case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Was>,
    /// Whether the file of its check differs: the file may be the reason, not the environment.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub check_changed: bool,
    /// How many subjects it ranges over, where that differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjects: Option<Numbers>,
    /// Which of its subjects do not hold, where one case stands for many and they differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<MembersChange>,
    /// How long it took, in milliseconds, where it took much longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slower_ms: Option<Numbers>,
    /// The command that fixes it, where it does not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// `file:line:column` of the check.
    pub location: String,
}

/// What became of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It fails, and is not known to have failed.
    NewlyFailing,
    /// It could not be determined, and could or was not asked.
    NewlyUndetermined,
    /// It neither held nor holds.
    StillFailing,
    /// It was judged, and was skipped.
    NotJudged,
    /// It was there, and is not: its subject or its check is gone.
    Gone,
    /// It was there, and its check was not selected.
    NotAsked,
    /// A waiver covers it, and did not.
    NowWaived,
    /// It did not hold, and holds.
    Fixed,
    /// It was not there, and does not fail.
    New,
    /// It was skipped, and holds.
    NowJudged,
    /// It ended as it did.
    Same,
}

/// What a change does to the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Weighs {
    /// The later run is worse.
    Worse,
    /// It is not known whether the later run is worse.
    Open,
    /// Nothing.
    Nothing,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Was {
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one line.
    pub message: String,
}

/// A number in both runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Numbers {
    /// In the earlier run.
    pub before: u64,
    /// In the later run.
    pub after: u64,
}

/// Which subjects of a case that stands for many do not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MembersChange {
    /// Those that do not hold and are not known not to have held.
    pub newly: Vec<Named>,
    /// The keys of those that did not hold and are not named any more. They hold, are waived,
    /// or are gone: a case names only what does not hold.
    pub no_longer: Vec<String>,
    /// How many neither held nor hold.
    pub still: usize,
}

impl Became {
    /// Every one, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::NewlyFailing,
        Self::NewlyUndetermined,
        Self::StillFailing,
        Self::NotJudged,
        Self::Gone,
        Self::NotAsked,
        Self::NowWaived,
        Self::Fixed,
        Self::New,
        Self::NowJudged,
        Self::Same,
    ];

    /// In words, for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NewlyFailing => "newly failing",
            Self::NewlyUndetermined => "newly undetermined",
            Self::StillFailing => "still failing",
            Self::NotJudged => "no longer judged",
            Self::Gone => "gone",
            Self::NotAsked => "not asked this time",
            Self::NowWaived => "now waived",
            Self::Fixed => "fixed",
            Self::New => "new",
            Self::NowJudged => "now judged",
            Self::Same => "the same",
        }
    }
}

impl Counts {
    /// How many became this.
    #[must_use]
    pub const fn of(&self, became: Became) -> usize {
        match became {
            Became::NewlyFailing => self.newly_failing,
            Became::NewlyUndetermined => self.newly_undetermined,
            Became::StillFailing => self.still_failing,
            Became::NotJudged => self.not_judged,
            Became::Gone => self.gone,
            Became::NotAsked => self.not_asked,
            Became::NowWaived => self.now_waived,
            Became::Fixed => self.fixed,
            Became::New => self.new,
            Became::NowJudged => self.now_judged,
            Became::Same => self.same,
        }
    }

    pub(super) const fn add(&mut self, became: Became) {
        let count = match became {
            Became::NewlyFailing => &mut self.newly_failing,
            Became::NewlyUndetermined => &mut self.newly_undetermined,
            Became::StillFailing => &mut self.still_failing,
            Became::NotJudged => &mut self.not_judged,
            Became::Gone => &mut self.gone,
            Became::NotAsked => &mut self.not_asked,
            Became::NowWaived => &mut self.now_waived,
            Became::Fixed => &mut self.fixed,
            Became::New => &mut self.new,
            Became::NowJudged => &mut self.now_judged,
            Became::Same => &mut self.same,
        };
        *count += 1;
    }
}

impl Outcome {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worse => "WORSE",
            Self::Undetermined => "UNDETERMINED",
            Self::NoWorse => "NO WORSE",
        }
    }
}

impl Comparison {
    /// `2 newly failing · 3 still failing · 140 the same · 1 over more subjects`
    #[must_use]
    pub fn counted(&self) -> String {
        let became = Became::ALL.into_iter().map(|became| (self.counts.of(became), became.words()));
        let besides = [
            (self.counts.more_subjects, "over more subjects"),
            (self.counts.fewer_subjects, "over fewer subjects"),
            (self.counts.slower, "slower"),
        ];
        let parts: Vec<String> = became
            .chain(besides)
            .filter(|(number, _)| *number > 0)
            .map(|(number, words)| format!("{number} {words}"))
            .collect();
        parts.join(" · ")
    }

    /// Whether anything is to be told that was not so before.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.changes.iter().any(Change::is_news)
    }
}

impl Change {
    /// Whether it tells of something that was not so before. Times alone are none, and what was
    /// not selected is no change of the environment's.
    #[must_use]
    pub const fn is_news(&self) -> bool {
        match self.became {
            Became::StillFailing => self.members.is_some() || self.subjects.is_some(),
            Became::Same => self.members.is_some() || self.subjects.is_some(),
            Became::NotAsked => false,
            _ => true,
        }
    }
}
