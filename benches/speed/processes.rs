//! What is measured from the start of a process to its end.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Parser as _;
use poolproof::commands::{Cli, dispatch};

use super::inputs::{CASES, SHAPES, write_checks};
use super::{Report, Sample};

const ROUNDS: usize = 9;

/// The argument that makes this program a `poolproof` that tells its memory at its end.
pub const CHILD: &str = "--poolproof";

/// `poolproof run`, with reports written.
pub fn run(report: &mut Report) {
    for shape in SHAPES {
        let folder = tempfile::tempdir().expect("a folder");
        shape.write(folder.path());
        let at = |name: &str| folder.path().join(name).display().to_string();
        let (checks, environment, reports) = (at("checks.yaml"), at("environment.yaml"), at("reports"));
        let arguments = ["run", "--quiet", "--checks", &checks, "--environment", &environment, "--reports", &reports];
        let time = Sample::of(ROUNDS, |_| timed(&arguments));
        let cases = cases_of(Path::new(&reports));
        assert_eq!(cases, CASES, "{}", shape.name);
        report.at_most(&format!("run, {}", shape.name), &time, 0.4, "s");
        let memory: Option<Vec<f64>> = (0..3).map(|_| peak(&arguments)).collect();
        if let Some(memory) = memory {
            report.at_most("  its peak memory", &Sample::from(memory), 100.0, "MB");
        }
    }
}

/// `poolproof lint` of 1,000 checks.
pub fn lint(report: &mut Report) {
    for files in [1, 20] {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = write_checks(folder.path(), 1_000, files);
        let path = folder.path().display().to_string();
        let time = Sample::of(ROUNDS, |_| timed(&["lint", &path]) * 1_000.0);
        let what = format!("lint, 1,000 checks, {} KB in {files} files", bytes / 1_000);
        report.at_most(&what, &time, 100.0, "ms");
    }
}

/// Seconds from the start of a `poolproof` to its end.
pub fn timed(arguments: &[&str]) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
    command.args(arguments).stdout(Stdio::null());
    let begun = Instant::now();
    let output = command.output().expect("it starts");
    let took = begun.elapsed().as_secs_f64();
    // Some cases fail on purpose.
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{arguments:?}: {}\n{told}", output.status);
    took
}

pub fn cases_of(reports: &Path) -> usize {
    let run = std::fs::read_dir(reports).expect("reports").find_map(|entry| {
        let path = entry.ok()?.path().join("results.json");
        path.is_file().then_some(path)
    });
    poolproof::report::json::read_file(&run.expect("a run")).expect("a result").totals.cases
}

/// Peak memory in MB of a process that does nothing else; `None` where the system doesn't tell.
fn peak(arguments: &[&str]) -> Option<f64> {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    let output = command.arg(CHILD).args(arguments).stderr(Stdio::null()).output().expect("it starts");
    String::from_utf8_lossy(&output.stdout).trim().parse::<f64>().ok()
}

/// Is `poolproof`, then prints its peak memory in MB where the system tells it; on standard
/// error with what it used of the CPU, for commands that print something themselves.
pub fn child(arguments: &[String]) -> ExitCode {
    let arguments = std::iter::once("poolproof").chain(arguments.iter().map(String::as_str));
    let code = dispatch(Cli::try_parse_from(arguments).expect("the benchmark's own arguments"));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let high_water = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = high_water.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    if let Some(kibibytes) = kibibytes {
        println!("{}", kibibytes * 1_024.0 / 1e6);
        eprintln!("peak kB: {}", kibibytes * 1_024.0 / 1e3);
    }
    // Linux counts in hundredths of a second, whatever its own clock.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks: Vec<f64> = fields.split_whitespace().skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    if let [user, system] = ticks.as_slice() {
        eprintln!("cpu seconds: {}", (user + system) / 100.0);
    }
    code.into()
}
