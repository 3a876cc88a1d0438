//! A gate file, as a person writes it.

use schemars::JsonSchema;
use serde::Deserialize;

use super::model::ScopeKind;
use crate::environment::Phase;
use crate::report::Severity;
use crate::values::Duration;
use crate::yaml::{Ordered, Spanned};

/// A question that opens or closes a step of the migration.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Poolproof gate")]
pub struct GateFile {
    /// The gate's name, in kebab-case.
    pub gate: Spanned<String>,
    /// The question that it answers.
    pub question: String,
    /// What going on means, and why it can't be undone easily.
    pub because: Option<String>,
    /// The document that says what must hold.
    pub source: Option<String>,
    /// The phases in which it is asked: of the pools that it is asked about, else of the environment.
    pub phases: Spanned<Vec<Phase>>,
    /// What it may be asked about. It is about all of the environment where nothing is named.
    #[serde(default)]
    pub about: Vec<ScopeKind>,
    /// Whether one of `about` has to be named.
    #[serde(default)]
    pub about_needed: bool,
    /// The checks that must hold: ids, or patterns over `suite/id`. Those that are due in no phase of the gate are left out.
    pub checks: Vec<Spanned<String>>,
    /// Checks that count as a whole, whatever the gate is asked about.
    #[serde(default)]
    pub everywhere: Vec<Spanned<String>>,
    /// The least severity that stops it; `major` if absent.
    pub blocks: Option<Severity>,
    /// Checks that stop it whatever their severity.
    #[serde(default)]
    pub strict: Vec<Spanned<String>>,
    /// Whether what was observed under `connect` counts: for gates before the names lead where they shall.
    #[serde(default)]
    pub accepts_connect: bool,
    /// How old the oldest run that it rests on may be; `24h` if absent.
    pub max_age: Option<Duration>,
    /// What a person must have attested.
    #[serde(default)]
    pub attestations: Vec<DemandFile>,
    /// Whether it is asked inside the cutover window, and tells the time that is left.
    #[serde(default)]
    pub in_window: bool,
    /// What it does not promise, however it is answered.
    #[serde(default)]
    pub not_promised: Vec<String>,
    /// The commands that take the step back, in their order.
    #[serde(default)]
    pub roll_back: Vec<RollBackFile>,
}

/// Something that no probe can learn.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DemandFile {
    /// The item's name, in kebab-case.
    pub item: Spanned<String>,
    /// What a person has to have seen.
    pub title: String,
}

/// A step back.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RollBackFile {
    /// What it is done for: variable name → expression that gives a list. Once if absent.
    #[serde(default, rename = "for")]
    pub over: Ordered<Spanned<String>>,
    /// Which of those: an expression that is true or false.
    #[serde(rename = "where")]
    pub filter: Option<Spanned<String>>,
    /// What to do; may hold `${…}`.
    #[serde(rename = "do")]
    pub what: Spanned<String>,
}
