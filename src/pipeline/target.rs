//! Where the environment is: described by a file, or served by a mock deployment.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Refusal;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::environment::{self, Environment};
use crate::mock::{Deployment, Fixture, Mock};
use crate::observe::Vantage;
use crate::report::Mode;

/// How the environment is reached.
#[derive(Clone, Debug)]
pub enum Target {
    /// The real one, described by this file, from where the run stands.
    Live {
        /// The environment file.
        environment: PathBuf,
        /// Where the run stands.
        at: Vantage,
    },
    /// A mock deployment on loopback.
    Mock {
        /// The fixture's folder.
        fixture: PathBuf,
        /// The state it is in; its base if none is named.
        state: Option<String>,
        /// The one thing gone wrong in it.
        variant: Option<String>,
        /// From where it is asked; from every vantage that it has if none is named.
        at: Option<Vantage>,
    },
}

/// A target whose files were read; nothing is asked of it or started yet.
pub(super) struct Described {
    environment: Environment,
    way: Way,
}

enum Way {
    Live(Vantage),
    Mock { deployment: Box<Deployment>, at: Option<Vantage> },
}

/// A target that can be asked.
pub(super) struct Reached {
    pub(super) environment: Environment,
    pub(super) mock: Option<Mock>,
    pub(super) mode: Mode,
    pub(super) vantages: Vec<Vantage>,
}

impl Described {
    pub(super) fn read(target: &Target) -> Result<Self, Refusal> {
        match target {
            Target::Live { environment, at } => {
                let environment = environment::load(environment).map_err(with_a_way_out)?;
                known_place(&environment, at)?;
                Ok(Self { environment, way: Way::Live(at.clone()) })
            }
            Target::Mock { fixture, state, variant, at } => {
                let loaded = Fixture::load(fixture)?;
                let resolved = loaded.resolve(state.as_deref(), variant.as_deref())?;
                let environment = Environment::of_source(resolved.environment.source, loaded.dir().to_owned())?;
                let way = Way::Mock { deployment: Box::new(resolved.deployment), at: at.clone() };
                Ok(Self { environment, way })
            }
        }
    }

    pub(super) async fn reach(self, now: Timestamp) -> Result<Reached, Refusal> {
        let environment = self.environment;
        let (deployment, at) = match self.way {
            Way::Live(at) => return Ok(Reached { environment, mock: None, mode: Mode::Live, vantages: vec![at] }),
            Way::Mock { deployment, at } => (deployment, at),
        };
        let mock = Mock::start(&deployment, now).await.map_err(|error| Refusal::Machine(error.to_string()))?;
        // A check that names no vantage asks from inside, where most of the field stands.
        let mut vantages: Vec<Vantage> = mock.networks().into_keys().collect();
        vantages.sort_by_key(|vantage| vantage.0 != "internal");
        if let Some(at) = at {
            if !vantages.contains(&at) {
                let message = format!("the mock deployment has no place `{at}`");
                let known = vantages.iter().map(|vantage| vantage.0.as_str());
                let hint = suggestion(&at.0, known);
                return Err(vec![Diagnostic::new(Code::UnknownName, message).hint(hint)].into());
            }
            vantages = vec![at];
        }
        Ok(Reached { environment, mock: Some(mock), mode: Mode::Mock, vantages })
    }
}

/// Refuses a place without resolvers where other places have theirs: the machine's own
/// would answer with the view of wherever it stands.
fn known_place(environment: &Environment, at: &Vantage) -> Result<(), Vec<Diagnostic>> {
    let resolvers = &environment.file.resolvers;
    if resolvers.is_empty() || resolvers.contains_key(&at.0) {
        return Ok(());
    }
    let message = format!("the environment names no DNS servers for `{at}`, and for other places it does");
    let hint = suggestion(&at.0, resolvers.keys().map(String::as_str));
    Err(vec![
        Diagnostic::new(Code::Inconsistent, message).hint(format!("{hint} Or add `resolvers: {{ {at}: [...] }}`")),
    ])
}

/// A file that can't be read says what could be named instead.
fn with_a_way_out(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for diagnostic in found.iter_mut().filter(|one| one.code == Code::Unreadable && one.hint.is_none()) {
        let hint = "name the file with --environment, or run against a mock deployment: --mock fixtures/contoso";
        diagnostic.hint = Some(hint.to_owned());
    }
    found
}
