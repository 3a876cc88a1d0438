//! What is done with PowerShell, against a stand-in that behaves as it does, well and badly.
//!
//! The stand-in is this program itself, started again with a word of its own.

mod act;
mod export;
mod loading;
#[path = "../support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;
mod probe;
mod samples;
mod stand_in;
mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((first, rest)) if first == stand_in::WORD => stand_in::run(rest),
        Some((first, rest)) if first == stand_in::CHILD => stand_in::linger(rest),
        _ => {}
    }
    let trials = [export::trials(), probe::trials(), loading::trials(), samples::trials()];
    libtest_mimic::run(&Arguments::from_args(), trials.into_iter().flatten().collect()).exit_code()
}
