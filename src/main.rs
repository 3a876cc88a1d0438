//! `poolproof`: arguments → command → exit code.

use std::process::ExitCode;

use clap::Parser as _;
use poolproof::commands::Cli;

/// A case is many small texts: an allocator made for that takes a tenth off a large run.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors: clap knows which stream is whose.
            drop(error.print());
            return if error.use_stderr() { poolproof::exit::ExitCode::WrongInput.into() } else { ExitCode::SUCCESS };
        }
    };
    // The panic has told itself on standard error; the caller learns that it is our defect.
    let code = std::panic::catch_unwind(|| poolproof::commands::dispatch(cli));
    code.unwrap_or(poolproof::exit::ExitCode::Bug).into()
}
