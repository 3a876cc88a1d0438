//! `poolproof capture`

use std::path::PathBuf;

use clap::Args;

use super::attended::TakenAway;
use super::{complain, print};
use crate::Refusal;
use crate::capture::{capture, staging};
use crate::exit::ExitCode;

/// Make a recording that may be shared, for a bug report or a fixture
///
/// Writes the run's evidence and inventory to a new folder with stand-ins for every name,
/// address, user, identifier and certificate in them, the same for the same everywhere, and
/// makes the reports anew from that. It is judged as the run was: `run --replay` takes it.
/// What is kept are the words of Poolproof's own formats and checks; look it through before you
/// share it. Exits 0, or 3 if something is judged otherwise than in the run, which is told.
#[derive(Debug, Args)]
pub struct Capture {
    /// The run's folder
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// The folder to write, which must not be there yet
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,
}

/// Cases that are named of those that are judged otherwise.
const NAMED: usize = 20;

impl Capture {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let _stopped = TakenAway::when_interrupted(staging(&self.output));
        let captured = capture(&self.run, &self.output).await?;
        let cases = captured.result.totals.cases;
        let code = print(&format!(
            "{}: {cases} cases, stand-ins for {} names, addresses and numbers\n",
            self.output.display(),
            captured.replaced
        ));
        if captured.otherwise.is_empty() {
            return Ok(code);
        }
        for key in captured.otherwise.iter().take(NAMED) {
            complain(&format!("judged otherwise than in the run: {key}"));
        }
        let more = captured.otherwise.len().saturating_sub(NAMED);
        if more > 0 {
            complain(&format!("and {more} more"));
        }
        Ok(ExitCode::Undetermined)
    }
}
