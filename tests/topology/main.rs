//! Topology documents: what real programs wrote, what never was, and what is broken.

mod broken;
mod documents;
mod exported;
mod generated;
mod init;
mod inventory;
#[path = "../support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;
mod samples;
mod shown;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Trial};
use poolproof::diagnostic::{Diagnostic, Source};
use poolproof::inventory::topology::{self, Limits, Topology};

fn main() -> ExitCode {
    let trials = samples::trials().into_iter().chain(documents::trials()).chain(broken::trials());
    let trials = trials.chain(inventory::trials()).chain(init::trials()).chain(shown::trials());
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn read(text: &str) -> Result<Topology, Vec<Diagnostic>> {
    topology::parse(&Arc::new(Source::new("topology.xml", text)), Limits::default())
}

fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}
