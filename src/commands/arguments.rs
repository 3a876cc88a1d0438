//! Arguments that several commands share.

use std::path::PathBuf;

use clap::Args;

use crate::check::{Effect, Selection};
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Phase;
use crate::observe::Vantage;
use crate::report::Severity;
use crate::report::files::Destination;
use crate::{Refusal, Target};

/// Where checks come from.
#[derive(Debug, Args)]
pub struct ChecksArguments {
    /// A check file or a folder of them, instead of the shipped checks; `builtin` names those. Repeatable
    #[arg(long, value_name = "PATH")]
    pub checks: Vec<PathBuf>,
}

/// Which checks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Selection")]
pub struct SelectionArguments {
    /// Ids of checks, or patterns over ids (`federation-*`) or `suite/id`
    #[arg(value_name = "CHECK")]
    pub patterns: Vec<String>,
    /// Only checks with this tag. Repeatable: any of them
    #[arg(long, value_name = "TAG")]
    pub tag: Vec<String>,
    /// Only checks that are due in this phase. Repeatable: any of them
    #[arg(long, value_enum, value_name = "PHASE")]
    pub phase: Vec<Phase>,
    /// Only checks of this severity. Repeatable: any of them
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub severity: Vec<Severity>,
}

/// How the environment is reached.
#[derive(Debug, Args)]
#[command(next_help_heading = "Environment")]
pub struct TargetArguments {
    /// The environment file
    #[arg(long, value_name = "PATH", default_value = "environment.yaml", env = "POOLPROOF_ENVIRONMENT")]
    pub environment: PathBuf,
    /// Where this run stands: `internal` (so it is if not given), `external`, or a named place.
    /// A mock deployment is seen from all its places, or from this one alone
    #[arg(long, value_name = "VANTAGE")]
    pub at: Option<String>,
    /// Run against a mock deployment on loopback instead: a fixture's folder
    #[arg(long, value_name = "FIXTURE")]
    pub mock: Option<PathBuf>,
    /// The state that the mock deployment is in
    #[arg(long, requires = "mock", value_name = "STATE")]
    pub state: Option<String>,
    /// The one thing gone wrong in the mock deployment
    #[arg(long, requires = "mock", value_name = "VARIANT")]
    pub variant: Option<String>,
}

/// Traces that may be left.
#[derive(Debug, Args)]
pub struct EffectArguments {
    /// Allow checks that leave this trace in the environment. Repeatable
    #[arg(long, value_enum, value_name = "EFFECT")]
    pub allow: Vec<Effect>,
}

impl SelectionArguments {
    pub(super) fn selection(&self) -> Result<Selection, Refusal> {
        let mut selection = Selection {
            tags: self.tag.clone(),
            severities: self.severity.clone(),
            phases: self.phase.clone(),
            ..Selection::default()
        };
        for pattern in &self.patterns {
            selection
                .pattern(pattern)
                .map_err(|message| Refusal::Input(vec![Diagnostic::new(Code::InvalidValue, message)]))?;
        }
        Ok(selection)
    }
}

impl TargetArguments {
    pub(super) fn target(&self) -> Target {
        let at = self.at.as_deref().map(Vantage::named);
        let Some(fixture) = &self.mock else {
            let at = at.unwrap_or_else(|| Vantage::named("internal"));
            return Target::Live { environment: self.environment.clone(), at };
        };
        Target::Mock { fixture: fixture.clone(), state: self.state.clone(), variant: self.variant.clone(), at }
    }
}

/// Refuses to write two reports into one place.
pub(super) fn refuse_two_in_one_place(named: &[(&str, &Option<Destination>)]) -> Result<(), Refusal> {
    let given = || named.iter().filter_map(|(option, destination)| Some((option, destination.as_ref()?)));
    for (at, (one, place)) in given().enumerate() {
        let Some((other, _)) = given().skip(at + 1).find(|(_, other)| other.is_same(place)) else { continue };
        return Err(Refusal::Machine(match place {
            Destination::Stdout => {
                format!("{one} - and {other} - would both write to standard output; name a file for one of them")
            }
            Destination::File(path) => {
                format!("{one} and {other} would both write to {}; name another file for one of them", path.display())
            }
        }));
    }
    Ok(())
}
