//! How far a pool, site or Edge has come, and in which phases a check is due.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A phase of the migration, in their order.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    JsonSchema,
    clap::ValueEnum,
)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Before anything is changed.
    #[default]
    Plan,
    /// The target pool is up; pilot users move.
    Pilot,
    /// The target Edge is up, without federation.
    Edge,
    /// Federation, media and external users have moved to the target Edge.
    Cutover,
    /// Users are moved; what is left besides users is being moved.
    Post,
    /// The legacy pool is to be removed.
    Decommission,
    /// The legacy pool is gone.
    Removed,
}

impl Phase {
    /// All phases, in their order.
    pub const ALL: [Self; 7] =
        [Self::Plan, Self::Pilot, Self::Edge, Self::Cutover, Self::Post, Self::Decommission, Self::Removed];

    /// As it is written in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plan => "plan",
            Self::Pilot => "pilot",
            Self::Edge => "edge",
            Self::Cutover => "cutover",
            Self::Post => "post",
            Self::Decommission => "decommission",
            Self::Removed => "removed",
        }
    }

    /// The phase of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.as_str() == name)
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The phases in which a check is due, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The first phase in which it is due; from the beginning if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Phase>,
    /// The last phase in which it is due; to the end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Phase>,
}

impl Window {
    /// Whether a check is due in a phase.
    #[must_use]
    pub fn contains(self, phase: Phase) -> bool {
        self.from.is_none_or(|from| phase >= from) && self.until.is_none_or(|until| phase <= until)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.from, self.until) {
            (Some(from), Some(until)) if from == until => write!(f, "in {from}"),
            (Some(from), Some(until)) => write!(f, "from {from} until {until}"),
            (Some(from), None) => write!(f, "from {from} on"),
            (None, Some(until)) => write!(f, "until {until}"),
            (None, None) => f.write_str("always"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_window_are_included() {
        let window = Window { from: Some(Phase::Pilot), until: Some(Phase::Cutover) };
        let due: Vec<bool> = Phase::ALL.into_iter().map(|phase| window.contains(phase)).collect();
        assert_eq!(due, [false, true, true, true, false, false, false]);
        assert!(Phase::ALL.into_iter().all(|phase| Window::default().contains(phase)));
    }
}
