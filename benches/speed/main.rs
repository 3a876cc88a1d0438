//! How fast it is: `cargo bench`, or a part of it: `cargo bench -- tls`.
//!
//! Generates its inputs, measures nine things several times, and prints what came out
//! beside what it should be:
//!
//! - `run`: 10,000 cases without probes, from the start of the process to its reports;
//! - `lint`: 1,000 checks, from the start of the process to its end;
//! - `inventory`: exports with up to a million users read and compared, in CPU and memory;
//! - `gate`: every check over the inventory, with up to a million users, from the start of the
//!   process to its reports;
//! - `reports`: what a decommission gate shows of 240,000 users that are still there;
//! - `tls`: observations per second, against a loop that only completes handshakes;
//! - `http`: 1,000 cases of 100 ms, 256 in flight, from the start of the process to its
//!   reports, beside hurl;
//! - `sip`: 1,000 OPTIONS over TLS to Kamailio, beside the blackbox exporter;
//! - `sign-in`: 1,000 accounts that sign in to the mock's registrar and out again.
//!
//! What isn't installed of those is left out, and said so.
//!
//! Exits 0 whatever it finds, unless `POOLPROOF_BENCH_STRICT=1` is set.

#[path = "../../tests/support/blackbox.rs"]
mod blackbox;
#[path = "../../tests/support/daemon.rs"]
mod daemon;
mod gate;
mod http;
mod inputs;
mod inventory;
#[path = "../../tests/support/kamailio.rs"]
mod kamailio;
mod multiply;
#[allow(dead_code, reason = "only their folder is wanted")]
#[path = "../../tests/support/peers.rs"]
mod peers;
mod people;
#[path = "../../tests/support/ports.rs"]
mod ports;
#[allow(dead_code, reason = "no benchmark needs them all")]
#[path = "../../tests/support/process.rs"]
mod process;
mod processes;
mod reports;
mod sign_in;
mod sip;
mod tls;

use std::process::ExitCode;

/// As the program itself has it: it is this one that tells its memory.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures one thing.
type Measure = fn(&mut Report);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [first, rest @ ..] = arguments.as_slice()
        && first == processes::CHILD
    {
        return processes::child(rest);
    }
    let parts: [(&str, Measure); 9] = [
        ("run", processes::run),
        ("lint", processes::lint),
        ("inventory", inventory::inventory),
        ("gate", gate::gate),
        ("reports", reports::decommission),
        ("tls", tls::observations),
        ("http", http::cases),
        ("sip", sip::options),
        ("sign-in", sign_in::accounts),
    ];
    // Cargo adds options of its own.
    let chosen: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let mut report = Report::default();
    for (name, measure) in parts {
        if chosen.is_empty() || chosen.iter().any(|chosen| *chosen == name) {
            measure(&mut report);
        }
    }
    report.end()
}

/// Prints numbers beside their thresholds, and counts those that miss them.
#[derive(Default)]
struct Report {
    missed: usize,
}

impl Report {
    fn at_most(&mut self, what: &str, found: &Sample, most: f64, unit: &str) {
        self.line(what, found, &format!("at most {most} {unit}"), found.median() <= most);
    }

    fn at_least(&mut self, what: &str, found: &Sample, least: f64, unit: &str) {
        self.line(what, found, &format!("at least {least} {unit}"), found.median() >= least);
    }

    fn line(&mut self, what: &str, found: &Sample, threshold: &str, holds: bool) {
        self.missed += usize::from(!holds);
        let mark = if holds { "ok" } else { "MISSED" };
        println!(
            "{what}: median {:.3}, from {:.3} to {:.3}; {threshold}: {mark}",
            found.median(),
            found.least(),
            found.most()
        );
    }

    fn end(self) -> ExitCode {
        let strict = std::env::var_os("POOLPROOF_BENCH_STRICT").is_some_and(|value| value == "1");
        if strict && self.missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}

/// Several measurements of one thing, in ascending order.
struct Sample(Vec<f64>);

impl Sample {
    fn of(rounds: usize, measure: impl FnMut(usize) -> f64) -> Self {
        Self::from((0..rounds).map(measure).collect::<Vec<_>>())
    }

    fn least(&self) -> f64 {
        self.0.first().copied().unwrap_or(f64::NAN)
    }

    fn median(&self) -> f64 {
        self.0.get(self.0.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn most(&self) -> f64 {
        self.0.last().copied().unwrap_or(f64::NAN)
    }
}

impl From<Vec<f64>> for Sample {
    fn from(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }
}
