//! Inventories as large as they come: read, kept, and compared with their baseline.

use std::process::{Command, Stdio};

use super::people::{CHANGED, LOST, MOVED, When, contacts, users};
use super::processes::CHILD;
use super::{Report, Sample};

/// A hundred thousand, three hundred thousand, a million: what grows faster than they do shows.
const PEOPLE: [u32; 3] = [100_000, 300_000, 1_000_000];

/// 240,000 users (the documented maximum of three pools) with their devices and applications
/// are read, and users are compared with their baseline.
pub fn inventory(report: &mut Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let text = |name: &str| at(name).display().to_string();

    let maximum = at("maximum");
    users(&maximum, 240_000, When::Before);
    contacts(&maximum, "application_endpoints", 400, "urn:application:Caa");
    contacts(&maximum, "common_area_phones", 5_000, "urn:device:commonareaphone");
    let (from, to) = (text("maximum"), text("maximum.snapshot"));
    let used = Used::of(3, &["snapshot", "--from", &from, "--output", &to]);
    report.at_most("inventory, 240,000 users, 400 applications, 5,000 devices read", &used.cpu, 3.0, "s of CPU");
    report.at_most("  its peak memory", &used.memory, 400.0, "MB");
    drop(std::fs::remove_dir_all(&maximum));

    let mut first: Option<(f64, f64)> = None;
    for people in PEOPLE {
        users(&at("before"), people as usize, When::Before);
        users(&at("after"), people as usize, When::After);
        let (before, after, baseline) = (text("before"), text("after"), text("baseline"));
        let used = Used::of(1, &["snapshot", "--from", &before, "--output", &baseline]);
        println!(
            "inventory, baseline of {people} users: {:.2} s of CPU, {:.0} MB, {} KB on disk",
            used.cpu.median(),
            used.memory.median(),
            std::fs::metadata(&baseline).map_or(0, |about| about.len() / 1_000)
        );
        drop(std::fs::remove_dir_all(at("before")));
        let comparison = ["diff", &baseline, &after, "--dataset", "users"];
        let used = Used::of(3, &comparison);
        expect(&comparison, people as usize);
        // The thresholds are a million's; less must not cost more than its share.
        let share = f64::from(people) / 1e6;
        report.at_most(
            &format!("inventory, {people} users compared over 12 policies"),
            &used.cpu,
            (60.0 * share).round() / 10.0,
            "s of CPU",
        );
        report.at_most("  its peak memory", &used.memory, 60.0 + 440.0 * share, "MB");
        let each = (used.cpu.median() / f64::from(people), used.memory.median() / f64::from(people));
        if let Some((cpu, memory)) = first {
            let grows = |times: f64| Sample::from(vec![times]);
            report.at_most("  CPU for each user, times that of 100,000", &grows(each.0 / cpu), 1.3, "times");
            report.at_most("  memory for each user, times that of 100,000", &grows(each.1 / memory), 1.3, "times");
        }
        first = first.or(Some(each));
    }
}

/// What a process used.
pub struct Used {
    pub cpu: Sample,
    pub memory: Sample,
}

impl Used {
    /// What it used each time.
    pub fn of(rounds: usize, arguments: &[&str]) -> Self {
        let used: Vec<(f64, f64)> = (0..rounds).filter_map(|_| used(arguments)).collect();
        Self {
            cpu: Sample::from(used.iter().map(|used| used.0).collect::<Vec<_>>()),
            memory: Sample::from(used.iter().map(|used| used.1).collect::<Vec<_>>()),
        }
    }
}

/// Seconds of CPU and megabytes of a `poolproof`, where the system tells.
fn used(arguments: &[&str]) -> Option<(f64, f64)> {
    let program = std::env::current_exe().expect("a path");
    let output = Command::new(program).arg(CHILD).args(arguments).stdout(Stdio::null()).output().expect("it starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let of = |name: &str| told.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
    Some((of("cpu seconds:")?, of("peak kB:")? / 1_000.0))
}

/// Holds the comparison's counts against what was made.
fn expect(arguments: &[&str], people: usize) {
    let output = Command::new(env!("CARGO_BIN_EXE_poolproof")).args(arguments).output().expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let thousands = people / 1_000;
    for (what, of) in [("vanished", LOST), ("moved", MOVED), ("changed", CHANGED)] {
        assert!(text.contains(&format!("  {what}: {}\n", of * thousands)), "{what}: {text}");
    }
}
