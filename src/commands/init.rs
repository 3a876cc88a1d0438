//! `poolproof init`

use std::path::PathBuf;

use clap::Args;

use super::{complain, reading, show};
use crate::exit::ExitCode;
use crate::report::files::Destination;
use crate::{Refusal, init};

/// Propose an environment file from what a deployment says of itself
///
/// Reads a topology document (what `(Get-CsTopology -AsXml).ToString()` gives, or a file of
/// Topology Builder's) or the folder of an export, and writes a commented environment file:
/// sites, pools, Directors, branch appliances and Edges. What is guessed is called a guess;
/// what could not be known is a comment. Read every line of it.
#[derive(Debug, Args)]
pub struct Init {
    /// A topology document, or the folder of an export
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    /// Where to write it; `-` is standard output
    #[arg(long, short, value_name = "PATH", default_value = "environment.yaml")]
    output: Destination,
    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

impl Init {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        if let Destination::File(path) = &self.output
            && path.is_file()
            && !self.force
        {
            let message = format!("{} is there already; nothing was written (--force writes over it)", path.display());
            return Err(Refusal::Machine(message));
        }
        let proposal = reading(|tell| init::propose(&self.from, tell)).map_err(Refusal::Input)?;
        show(&proposal.warnings);
        let written = self.output.write(|out| out.write_all(proposal.text.as_bytes()));
        written.map_err(|error| Refusal::Machine(error.to_string()))?;
        if let Destination::File(path) = &self.output {
            complain(&format!("{}: {}", path.display(), proposal.told));
            complain(&format!("read it, then `poolproof lint --environment {}`", path.display()));
        }
        Ok(ExitCode::Holds)
    }
}
