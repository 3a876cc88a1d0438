//! What a gate asks of an inventory, with as many users as three pools may hold.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use poolproof::check::{Catalogue, Check};
use poolproof::mock::{Fixture, Mock};
use poolproof::report::Verdict;
use poolproof::report::json::read_file;
use serde_json::Value;

use super::inventory::Used;
use super::multiply::multiply;
use super::processes::timed;
use super::{Report, Sample};

const ROUNDS: usize = 5;
const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/contoso");
/// While users move, and when the legacy pools are to go.
const STATES: [&str; 2] = ["cut-over", "ready-to-decommission"];
/// The documented maximum of three pools, and more and less, to show how it grows.
const PEOPLE: [usize; 3] = [240_000, 100_000, 1_000_000];
const APPLICATIONS: usize = 400;
const DEVICES: usize = 5_000;

/// Contoso's inventory, each user of it multiplied in shell, directory and baseline alike, and
/// every shipped check over it that needs nothing else: read, judged and reported.
pub fn gate(report: &mut Report) {
    let checks = checks();
    println!("gate, {} checks over the inventory", checks.len());
    for state in STATES {
        let mut maximum: Option<(f64, f64)> = None;
        for people in PEOPLE {
            let folder = tempfile::tempdir().expect("a folder");
            let environment = deployment(folder.path(), state, people, |_| ());
            let reports = folder.path().join("reports");
            let arguments = run(&checks, &["--environment", &text(&environment), "--reports", &text(&reports)]);
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let time = Sample::of(ROUNDS, |_| timed(&arguments));
            let used = Used::of(ROUNDS, &arguments);
            if people == PEOPLE[0] {
                same_as_small(&checks, state, &reports);
            }
            let what = format!("gate, {state}, {people} users, {APPLICATIONS} applications, {DEVICES} devices");
            let cpu = used.cpu.median();
            match maximum {
                None => {
                    report.at_most(&what, &time, 3.0, "s");
                    report.at_most("  its peak memory", &used.memory, 400.0, "MB");
                    println!("  its CPU: {cpu:.2} s");
                }
                Some((seconds, memory)) => {
                    println!("{what}: {:.2} s, {cpu:.2} s of CPU, {:.0} MB", time.median(), used.memory.median());
                    #[expect(clippy::cast_precision_loss, reason = "as many people as fit a float")]
                    let share = people as f64 / PEOPLE[0] as f64;
                    let grows = |found: f64, of: f64| Sample::from(vec![found / of / share.max(1.0)]);
                    report.at_most("  its time, times its share of 240,000's", &grows(time.median(), seconds), 1.3, "");
                    let memory = grows(used.memory.median(), memory);
                    report.at_most("  its memory, times its share of 240,000's", &memory, 1.3, "");
                }
            }
            maximum = maximum.or(Some((time.median(), used.memory.median())));
        }
    }
}

/// Every shipped check that reads the inventory and asks nothing on the wire, nor needs one that
/// does: there is no mock deployment to answer it.
pub fn checks() -> Vec<String> {
    let catalogue = Catalogue::load(&[]).expect("the shipped checks");
    let checks = catalogue.checks().filter(|check| check.reads_inventory() && !asks(&catalogue, check));
    checks.map(|check| check.id.clone()).collect()
}

fn asks(catalogue: &Catalogue, check: &Check) -> bool {
    let needed = |id: &str| catalogue.checks().find(|check| check.id == id);
    !check.steps.is_empty()
        || check.needs.iter().filter_map(|need| needed(&need.value)).any(|need| asks(catalogue, need))
}

pub fn run(checks: &[String], more: &[&str]) -> Vec<String> {
    let arguments = ["run", "--quiet"].iter().chain(more).map(|argument| (*argument).to_owned());
    arguments.chain(checks.iter().cloned()).collect()
}

pub fn text(path: &Path) -> String {
    path.display().to_string()
}

/// Writes an environment file and the exports that it names, with what is done to each user.
pub fn deployment(folder: &Path, state: &str, people: usize, edit: fn(&mut Value)) -> PathBuf {
    let resolved = Fixture::load(Path::new(FIXTURE)).and_then(|fixture| fixture.resolve(Some(state), None));
    let resolved = resolved.expect("the fixture");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mock = runtime.block_on(Mock::start(&resolved.deployment, Timestamp::now())).expect("a mock deployment");
    for (name, from) in mock.folders() {
        let to = folder.join(name);
        copy(&from, &to);
        for folder in folders(&to) {
            multiply(&folder, "users", people, edit);
            multiply(&folder, "application_endpoints", APPLICATIONS, |_| ());
            multiply(&folder, "common_area_phones", DEVICES, |_| ());
        }
    }
    runtime.block_on(mock.stop());
    copy(Path::new(FIXTURE), folder);
    let snapshot = text(&folder.join("before.snapshot"));
    timed(&["snapshot", "--from", &text(&folder.join("before")), "--output", &snapshot]);
    std::fs::remove_dir_all(folder.join("before")).expect("removed");
    // As it was written, or as a patched file is written out anew.
    let named =
        [("export: ./before", "snapshot: ./before.snapshot"), ("export: \"./before\"", "snapshot: before.snapshot")];
    let environment =
        named.iter().fold(resolved.environment.source.text.clone(), |text, (from, to)| text.replace(from, to));
    assert!(environment.contains("before.snapshot"), "the baseline is not named as it was");
    let path = folder.join("environment.yaml");
    std::fs::write(&path, environment).expect("written");
    path
}

/// A folder and those in it: each has parts of a source of its own.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let within = std::fs::read_dir(folder).expect("a folder").flatten().map(|entry| entry.path());
    let within = within.filter(|path| path.is_dir()).flat_map(|path| folders(&path));
    within.chain([folder.to_owned()]).collect()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}

/// Holds each case's verdict against that of the same run over the fixture as it is.
fn same_as_small(checks: &[String], state: &str, reports: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let small = folder.path().join("reports");
    let arguments = run(checks, &["--mock", FIXTURE, "--state", state, "--reports", &text(&small)]);
    timed(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let (small, large) = (verdicts(&small), verdicts(reports));
    // What is not due yet, or has gone already, is skipped.
    assert!(small.values().filter(|verdict| **verdict == Verdict::Pass).count() > 50, "{small:?}");
    let otherwise = |(case, verdict): &(&String, &Verdict)| large.get(*case) != Some(*verdict);
    let different: Vec<_> = small.iter().filter(otherwise).map(|(case, _)| case).collect();
    assert!(different.is_empty(), "judged otherwise with many users: {different:?}");
}

fn verdicts(reports: &Path) -> BTreeMap<String, Verdict> {
    let result = read_file(&reports.join("latest").join("results.json")).expect("a result");
    let cases = result.suites.into_iter().flat_map(|suite| suite.cases);
    cases.map(|case| (case.key, case.verdict)).collect()
}
