//! `poolproof merge`

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::attended::{TakenAway, style};
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
        // Under another name until it is whole: half a run would be judged like one.
        let staged =
            RunFolder::create(&self.reports, &format!("{id}.partial-{}", std::process::id())).map_err(machine)?;
        let _stopped = TakenAway::when_interrupted(staged.path());
        let made = self.write(&joined, &staged, &id).await;
        let (folder, result) = made.inspect_err(|_| staged.discard())?;
        let summary = terminal::summary(&result, Some(&folder.path()), &style());
        drop(anstream::stderr().write_all(summary.as_bytes()));
        if let Err(error) = folder.make_latest() {
            complain(&error.to_string());
        }
        Ok(ExitCode::of(&result))
    }

    /// Writes and judges the joined run in one folder, which gets its name then.
    async fn write(&self, joined: &Evidence, staged: &RunFolder, id: &str) -> Result<(RunFolder, RunResult), Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        joined.write(&staged.path()).map_err(machine)?;
        // What was written is judged, not what was in mind.
        let result = judge_again(&staged.evidence()).await?;
        staged.write(&result, self.junit_dialect).map_err(machine)?;
        Ok((staged.rename(id).map_err(machine)?, result))
    }
}
