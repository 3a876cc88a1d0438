//! The same deployment, told by an export, by a shell and by a directory: the verdicts are
//! the same, through the command line, whoever told it.
//!
//! Contoso's mock deployment writes its export. A stand-in that keeps the contract of the
//! export script says what is in it as PowerShell would, and `OpenLDAP` serves what a directory
//! knows of it.

#[path = "../support/directory_authority.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod authority;
#[path = "../support/canary.rs"]
mod canary;
#[path = "../topology/generated.rs"]
#[allow(dead_code, reason = "no test needs all of it")]
mod generated;
#[path = "../support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;
#[path = "../support/ports.rs"]
mod ports;
#[path = "../support/process.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod process;
#[path = "../support/slapd.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod slapd;

mod beyond;
mod contoso;
mod forest;
mod rejected;
mod secrets;
mod shell;
mod verdicts;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some((word, rest)) = words.split_first() {
        match word.as_str() {
            shell::WORD => return run(shell::stand_in, rest),
            secrets::WORD => return run(secrets::print, rest),
            _ => {}
        }
    }
    let trials = [verdicts::trials(), rejected::trials(), secrets::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}

/// What this program is when it is started by the one that it tests.
fn run(stand_in: fn(&[String]), words: &[String]) -> ExitCode {
    stand_in(words);
    ExitCode::SUCCESS
}
