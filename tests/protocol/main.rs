//! The wire formats, against what real servers sent, the torture messages of RFC 4475,
//! and a parser that is not ours.

mod ezk;
#[path = "../support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;
mod round_trip;
mod samples;
mod torture;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = samples::trials().into_iter().chain(torture::trials()).chain(round_trip::trials());
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
