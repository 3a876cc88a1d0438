//! `poolproof completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, print};
use crate::Refusal;
use crate::exit::ExitCode;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    #[expect(clippy::unnecessary_wraps, reason = "every command has this signature")]
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "poolproof", &mut script);
        Ok(print(&String::from_utf8_lossy(&script)))
    }
}
