//! The wire formats, against what real servers sent, the torture messages of RFC 4475,
//! and a parser that is not ours.

#[path = "../support/accounts.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod accounts;
mod autodiscover;
mod diagnostics;
mod ezk;
mod hello;
mod msturn;
#[path = "../support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;
mod records;
#[path = "../probes/registrar.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod registrar;
mod rfc4475;
mod round_trip;
mod samples;
mod signed;
mod signed_in;
mod torture;
#[path = "../probes/world.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod world;

use std::process::ExitCode;

use libtest_mimic::Arguments;

fn main() -> ExitCode {
    let trials = samples::trials()
        .into_iter()
        .chain(autodiscover::trials())
        .chain(msturn::trials())
        .chain(hello::trials())
        .chain(diagnostics::trials())
        .chain(records::trials())
        .chain(signed::trials())
        .chain(signed_in::trials())
        .chain(torture::trials())
        .chain(rfc4475::trials())
        .chain(round_trip::trials());
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}
