//! `poolproof report`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::attended::style;
use crate::exit::ExitCode;
use crate::report::files::{RunFolder, run_at};
use crate::report::junit::Dialect;
use crate::report::terminal;
use crate::{Refusal, judge_again};

/// Rebuild the reports of a run from its evidence
///
/// Reads `evidence.ndjson` alone, judges it again, and writes `junit.xml` and
/// `results.json` anew. Cases of a run that was killed and never got their answer are
/// errors. Exits as the run would have.
#[derive(Debug, Args)]
pub struct Report {
    /// The run's folder, or its evidence.ndjson
    #[arg(default_value = "reports/latest")]
    run: PathBuf,
    /// Who reads the JUnit file
    #[arg(long, value_enum, default_value = "jenkins", value_name = "DIALECT")]
    junit_dialect: Dialect,
}

impl Report {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        // Pointing at the journal means its folder.
        let beside = || self.run.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let run = if self.run.is_file() { beside() } else { &self.run };
        let folder = RunFolder::open(run).map_err(machine)?;
        let result = judge_again(&folder.evidence()).await?;
        folder.write(&result, self.junit_dialect).map_err(machine)?;
        if run_at(run) != *run {
            // The copy that was named is of other reports now.
            folder.make_latest().map_err(machine)?;
        }
        let summary = terminal::summary(&result, Some(&folder.path()), &style());
        drop(anstream::stderr().write_all(summary.as_bytes()));
        Ok(ExitCode::of(&result))
    }
}
