//! What a gate shows when everybody is still there: every report of a run and of the gate, beside
//! the run itself.

use std::io;
use std::path::Path;
use std::time::Instant;

use poolproof::gate::{AskedGate, GateOptions, junit, markdown, page, record, seal, terminal, write};
use poolproof::plan::AskedAbout;
use poolproof::report;
use poolproof::report::files::{REPORT, RunFolder, write_atomically};
use poolproof::report::junit::Dialect;
use poolproof::run::Evidence;
use serde_json::Value;

use super::gate::{checks, deployment, run, text};
use super::processes::timed;
use super::{Report, Sample};

const ROUNDS: usize = 5;
const PEOPLE: usize = 240_000;
const POOL: &str = "pool01.contoso.com";

/// 240,000 users on a pool that is to go: the shell says so, the directory says otherwise, and
/// every check over the inventory was asked.
pub fn decommission(bench: &mut Report) {
    let folder = tempfile::tempdir().expect("a folder");
    let environment = deployment(folder.path(), "ready-to-decommission", PEOPLE, |user| {
        if user.get("RegistrarPool").is_some() {
            user["RegistrarPool"] = Value::from(POOL);
        }
    });
    let reports = folder.path().join("reports");
    let arguments = run(&checks(), &["--environment", &text(&environment), "--reports", &text(&reports)]);
    timed(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
    let latest = reports.join("latest");
    let result = report::json::read_file(&latest.join("results.json")).expect("a result");
    let mut record = record_of(&latest);
    assert!(record.answer.blockers.iter().any(|blocker| blocker.members.len() >= PEOPLE), "somebody has moved");
    let mut largest = 0;
    let took = Sample::of(ROUNDS, |round| {
        // As each run does it: nothing is there that would be replaced.
        let shown = RunFolder::create(folder.path(), &format!("shown-{round}")).expect("a folder");
        let begun = Instant::now();
        shown.write(&result, Dialect::Jenkins).expect("written");
        report::markdown::write(&result, &mut io::sink()).expect("written");
        let file = shown.path().join("record.json");
        write_atomically(&file, |out| seal(&mut record, out)).expect("written");
        let page = page(&record).expect("a page");
        let given = &record.answer;
        write(given, &mut io::sink()).expect("written");
        markdown(given, &mut io::sink()).expect("written");
        junit(given, Dialect::Jenkins, &mut io::sink()).expect("written");
        drop(terminal(given, &report::terminal::Style::default()));
        let took = begun.elapsed().as_secs_f64();
        let of_run = std::fs::metadata(shown.path().join(REPORT)).expect("a page").len();
        largest = of_run.max(page.len() as u64);
        std::fs::remove_dir_all(shown.path()).expect("removed");
        took
    });
    bench.at_most(&format!("reports, a decommission gate with {PEOPLE} users left: all of them"), &took, 2.0, "s");
    #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
    bench.at_most("  its largest page", &Sample::from(vec![largest as f64 / 1e6]), 5.0, "MB");
}

/// What the gate says of the run.
fn record_of(run: &Path) -> poolproof::gate::GateRecord {
    let options = GateOptions { about: vec![AskedAbout::Pool(POOL.to_owned())], ..GateOptions::default() };
    let asked = AskedGate::find("decommission", options).expect("a shipped gate");
    let evidence = vec![Evidence::read(run).expect("the evidence")];
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(record(&asked, evidence, jiff::Timestamp::now())).expect("an answer")
}
