//! What results say of waivers: which one covered a case, and what became of each.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::result::Verdict;

/// The waiver that covers a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waived {
    /// The waiver's pattern over case keys.
    pub case: String,
    /// Why the exception is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed.
    pub ticket: String,
    /// Its end, as it was written; that moment excluded.
    pub until: String,
    /// How the case ended by itself: `fail` or `error`.
    pub instead_of: Verdict,
}

/// A waiver and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WaiverState {
    /// The cases it is about.
    pub case: String,
    /// Why it is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed.
    pub ticket: String,
    /// Its end, as it was written.
    pub until: String,
    /// `file:line:column`.
    pub location: String,
    /// What became of it.
    pub standing: Standing,
    /// How many cases, or members of cases, it covered.
    pub covers: usize,
}

/// What became of a waiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// It covered something.
    InForce,
    /// All that it covers holds, or isn't there.
    Unused,
    /// Its end has come.
    Expired,
    /// It is about checks that were not judged.
    NotAsked,
}

impl WaiverState {
    /// What somebody should know of it.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let Self { case, owner, ticket, until, location, .. } = self;
        match self.standing {
            Standing::InForce | Standing::NotAsked => None,
            Standing::Unused => {
                Some(format!("{location}: the waiver for `{case}` ({ticket}) covers nothing: remove it"))
            }
            Standing::Expired => {
                Some(format!("{location}: the waiver for `{case}` ({ticket}, {owner}) expired at {until}"))
            }
        }
    }
}
