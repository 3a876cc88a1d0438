//! `poolproof merge`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::attended::style;
use super::complain;
use crate::exit::ExitCode;
use crate::report::RunResult;
use crate::report::files::RunFolder;
use crate::report::junit::Dialect;
use crate::report::terminal;
use crate::run::Evidence;
use crate::{Refusal, judge_again};

/// Join runs from several places, or of several CI jobs, into one
///
/// They must be of one environment file and one set of check files. What they observed is
/// judged again as one run's: a check that has to be seen from outside is judged by what the
/// run there saw. Exits as that run would have.
#[derive(Debug, Args)]
pub struct Merge {
    /// The folders of the runs
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// The folder under which the joined run's own folder is made
    #[arg(long, value_name = "FOLDER", default_value = "reports")]
    reports: PathBuf,
    /// Who reads the JUnit file
    #[arg(long, value_enum, default_value = "jenkins", value_name = "DIALECT")]
    junit_dialect: Dialect,
}

impl Merge {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        let read = self.runs.iter().map(|run| Evidence::read(run)).collect::<Result<Vec<_>, _>>()?;
        let mut joined = Evidence::join(read)?;
        joined.header.info.id += "-merged";
        let id = joined.header.info.id.clone();
        if self.reports.join(&id).exists() {
            return Err(Refusal::Machine(format!(
                "there is a joined run already: {}",
                self.reports.join(&id).display()
            )));
        }
        // Under another name until it is whole: half a run would be judged like one.
        let staged =
            RunFolder::create(&self.reports, &format!("{id}.partial-{}", std::process::id())).map_err(machine)?;
        let written = self.write(&joined, &staged).await;
        let result = written.inspect_err(|_| staged.discard())?;
        let folder = staged.rename(&id).map_err(machine)?;
        let summary = terminal::summary(&result, Some(&folder.path()), &style());
        drop(anstream::stderr().write_all(summary.as_bytes()));
        if let Err(error) = folder.make_latest() {
            complain(&error.to_string());
        }
        Ok(ExitCode::of(&result))
    }

    async fn write(&self, joined: &Evidence, folder: &RunFolder) -> Result<RunResult, Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        joined.write(&folder.path()).map_err(machine)?;
        // What was written is judged, not what was in mind.
        let result = judge_again(&folder.evidence()).await?;
        folder.write(&result, self.junit_dialect).map_err(machine)?;
        Ok(result)
    }
}
