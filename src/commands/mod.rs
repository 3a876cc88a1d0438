//! One thin file per subcommand: arguments → pipeline → output and exit code.

mod accounts;
mod arguments;
mod attended;
mod capture;
mod completions;
mod diff;
mod explain;
mod export_script;
mod gate;
mod init;
mod interrupts;
mod lint;
mod list;
mod logging;
mod merge;
mod mock;
mod notify;
mod plan;
mod report;
mod run;
mod schema;
mod since;
mod snapshot;
mod verify;
pub use schema::SchemaName;

use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;

use clap::{Parser, Subcommand};

use crate::Refusal;
use crate::diagnostic::{self, Diagnostic};
use crate::exit::ExitCode;
use crate::inventory::source::export;
use crate::report::terminal::{Progress, Reading};

/// Proves, before each irreversible step of a Skype for Business Server migration, that
/// the step is safe.
///
/// Checks are files; the environment is a file; a run asks DNS servers, Front Ends and
/// Edge Servers and says what holds, what doesn't, and what could not be determined.
/// Nothing is ever changed in the environment under test.
#[derive(Debug, Parser)]
#[command(name = "poolproof", version, max_term_width = 100, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    logging: logging::Logging,
}

const EXIT_CODES: &str = "\
Exit codes:
  0    everything holds, or is waived; GO
  1    a check failed; NO-GO
  2    the command line or a file is wrong; nothing was run
  3    nothing failed, but something could not be determined; UNDECIDED
  4    nothing was selected
  70   a defect of Poolproof's
  130  interrupted; reports were written";

#[derive(Debug, Subcommand)]
enum Command {
    // What each does is told at its arguments: a text here would hide the long one there.
    Init(init::Init),
    Run(Box<run::Run>),
    Gate(Box<gate::GateCommand>),
    Verify(verify::Verify),
    Plan(Box<plan::PlanCommand>),
    List(list::List),
    Lint(lint::Lint),
    Explain(explain::Explain),
    Schema(schema::SchemaCommand),
    ExportScript(export_script::ExportScript),
    Mock(mock::MockCommand),
    Report(report::Report),
    Merge(merge::Merge),
    Capture(capture::Capture),
    Snapshot(snapshot::Snapshot),
    Diff(diff::Diff),
    Accounts(accounts::AccountsCommand),
    Completions(completions::Completions),
}

/// Runs a command.
#[must_use]
pub fn dispatch(cli: Cli) -> ExitCode {
    cli.logging.begin();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("the asynchronous runtime can't be started: {error}"));
            return ExitCode::Bug;
        }
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Init(init) => init.execute(),
            Command::Run(run) => run.execute().await,
            Command::Gate(gate) => gate.execute().await,
            Command::Verify(verify) => verify.execute().await,
            Command::Plan(plan) => plan.execute().await,
            Command::List(list) => list.execute(),
            Command::Lint(lint) => lint.execute(),
            Command::Explain(explain) => explain.execute(),
            Command::Schema(schema) => schema.execute(),
            Command::ExportScript(export) => export.execute(),
            Command::Mock(mock) => mock.execute().await,
            Command::Merge(merge) => merge.execute().await,
            Command::Capture(capture) => capture.execute().await,
            Command::Report(report) => report.execute().await,
            Command::Snapshot(snapshot) => snapshot.execute().await,
            Command::Diff(diff) => diff.execute(),
            Command::Accounts(accounts) => accounts.execute(),
            Command::Completions(completions) => completions.execute(),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    outcome.unwrap_or_else(|refusal| refused(&refusal))
}

fn refused(refusal: &Refusal) -> ExitCode {
    match refusal {
        Refusal::Input(diagnostics) => {
            show(diagnostics);
            let errors = diagnostics.iter().filter(|diagnostic| diagnostic.is_error()).count();
            complain(&format!("{errors} mistake{}; nothing was run", if errors == 1 { "" } else { "s" }));
            ExitCode::WrongInput
        }
        Refusal::NothingSelected(message) => {
            complain(message);
            ExitCode::NothingSelected
        }
        Refusal::Machine(message) => {
            complain(message);
            ExitCode::WrongInput
        }
        Refusal::Interrupted => ExitCode::Interrupted,
    }
}

/// Reads an inventory, and shows how far it has come, as `run` does.
fn reading<T>(read: impl FnOnce(export::Tell<'_>) -> T) -> T {
    let shown = Reading::new(Progress::choose(false, std::io::stderr().is_terminal()));
    let read = read(&mut |at| {
        shown.tell(at.dataset, at.records, at.percent());
        ControlFlow::Continue(())
    });
    shown.done();
    read
}

/// Whether standard error is a terminal that wants colours.
fn color() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Most diagnostics that are shown: who made a hundred mistakes made one, a hundred times.
const MOST_SHOWN: usize = 100;

fn show(diagnostics: &[Diagnostic]) {
    let (errors, warnings): (Vec<&Diagnostic>, Vec<&Diagnostic>) =
        diagnostics.iter().partition(|diagnostic| diagnostic.is_error());
    let hidden = diagnostics.len().saturating_sub(MOST_SHOWN);
    // In their own order, unless that would hide an error behind warnings.
    let shown: Vec<Diagnostic> = match hidden {
        0 => diagnostics.to_vec(),
        _ => errors.into_iter().chain(warnings).take(MOST_SHOWN).cloned().collect(),
    };
    let text = diagnostic::render(&shown, color());
    drop(anstream::stderr().write_all(text.as_bytes()));
    if hidden > 0 {
        complain(&format!("and {hidden} more"));
    }
}

fn complain(message: &str) {
    let message = crate::report::text::printable(message).into_owned();
    drop(writeln!(std::io::stderr(), "poolproof: {message}"));
}

/// Prints to standard output. A reader that has gone away is no error.
fn print(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::Holds,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::Holds,
        Err(error) => {
            complain(&format!("standard output can't be written: {error}"));
            ExitCode::Bug
        }
    }
}
