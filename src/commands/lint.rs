//! `poolproof lint`

use std::path::PathBuf;

use clap::Args;

use super::{complain, show};
use crate::Refusal;
use crate::check::Catalogue;
use crate::environment;
use crate::exit::ExitCode;

/// Check suites and an environment for mistakes
///
/// Needs no environment: every name in a check is held against the schemas of the facts.
/// Exits 0 if all is well, 2 if something is wrong.
#[derive(Debug, Args)]
pub struct Lint {
    /// Check files, folders of them, or `builtin`; the shipped checks if none is named
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// An environment file to check too
    #[arg(long, value_name = "PATH")]
    environment: Option<PathBuf>,
}

impl Lint {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let mut found = Vec::new();
        let mut told = Vec::new();
        match Catalogue::load(&self.paths) {
            Ok(catalogue) => {
                told.push(format!(
                    "{} in {}",
                    many(catalogue.checks().count(), "check"),
                    many(catalogue.suites.len(), "suite")
                ));
                found.extend(catalogue.warnings);
            }
            Err(diagnostics) => found.extend(diagnostics),
        }
        if let Some(path) = &self.environment {
            match environment::load(path) {
                Ok(environment) => told.push(format!("environment {}", environment.view.name)),
                Err(diagnostics) => found.extend(diagnostics),
            }
        }
        if found.iter().any(crate::diagnostic::Diagnostic::is_error) {
            return Err(Refusal::Input(found));
        }
        show(&found);
        complain(&format!("{}: no mistakes", told.join(", ")));
        Ok(ExitCode::Holds)
    }
}

fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
