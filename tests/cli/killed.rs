//! `kill -9` at any moment loses nothing that had been observed.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Child;

use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Results, Run, observations};

/// How many names are asked for, each late by so much that a run can be caught in the act.
pub(crate) const NAMES: usize = 150;

/// A run that takes seconds: one name server, never asked more than four things at a time, and late.
pub(crate) fn slow() -> Run {
    let numbers: Vec<String> = (1..=NAMES).map(|number| number.to_string()).collect();
    let checks = format!(
        "
  - id: name
    title: n${{number}} does not exist
    for: {{ number: '[{numbers}]' }}
    observe: {{ answer: {{ dns: {{ name: \"n${{number}}.tiny.test\", type: A }} }} }}
    expect: [{{ that: not answer.exists }}]
  - id: dependent
    title: what n${{number}} leads to
    needs: [name]
    for: {{ number: '[1, 2, 3]' }}
    observe:
      first: {{ dns: {{ name: pool01.tiny.test, type: A }} }}
      second: {{ dns: {{ name: \"d${{number}}.${{first.name}}\", type: A }} }}
    expect: [{{ that: not second.exists }}]
",
        numbers = numbers.join(", ")
    );
    let environment = format!("{ENVIRONMENT}limits: {{ concurrency: 4 }}\n");
    let deployment = DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { delay: 30ms }");
    Run::tiny(&checks).mock(&environment, &deployment)
}

/// The folder of the only run below `reports`, once there is one.
pub(crate) fn run_folder(run: &Run) -> Option<PathBuf> {
    let entries = std::fs::read_dir(run.path("reports")).ok()?;
    let folders = entries.map(|entry| entry.expect("an entry").path());
    folders.into_iter().find(|path| path.is_dir() && !path.ends_with("latest"))
}

/// Waits until so many observations are written down.
pub(crate) fn observed(run: &Run, child: &mut Child, least: usize) -> PathBuf {
    loop {
        let folder = run_folder(run);
        if let Some(folder) = folder.filter(|folder| observations(&folder.join("evidence.ndjson")).len() >= least) {
            return folder;
        }
        assert!(child.try_wait().expect("waited").is_none(), "it ended before {least} observations were made");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

#[test]
fn nothing_that_was_observed_is_missing() {
    let moments: Vec<usize> = (0..10).map(|moment| 1 + moment * (NAMES - 10) / 10).collect();
    std::thread::scope(|scope| {
        for pair in moments.chunks(5) {
            scope.spawn(move || pair.iter().for_each(|least| killed_at(*least)));
        }
    });
}

fn killed_at(least: usize) {
    let run = slow();
    let mut child = run.spawn();
    let folder = observed(&run, &mut child, least);
    child.kill().expect("killed");
    child.wait().expect("ended");
    assert!(!folder.join("results.json").exists(), "it was killed too late");

    let known = observations(&folder.join("evidence.ndjson"));
    let name = folder.display().to_string();
    let ran = Run::new(["report", &name]).status(130).ok();
    drop(ran);
    let results = Results::read(&folder.join("results.json"));
    assert_eq!(results.0["run"]["interrupted"], true);

    // Every observation is there, as it was written down.
    for observation in &known {
        let id = observation["id"].to_string();
        assert_eq!(&results.0["observations"][&id], observation, "observation {id} of {}", known.len());
    }
    let asked: HashSet<&str> =
        known.iter().map(|one| one["question"]["params"]["name"].as_str().expect("a name")).collect();
    let (mut judged, mut unfinished) = (0, 0);
    for case in results.cases().into_iter().filter(|case| case["check"] == "name") {
        let number = case["subject"][0]["identity"].as_str().expect("a number");
        if asked.contains(format!("n{number}.tiny.test").as_str()) {
            assert_eq!(case["verdict"], "pass", "{case:#}");
            judged += 1;
        } else {
            assert_eq!((&case["verdict"], &case["cause"]["kind"]), (&Value::from("error"), &"unfinished".into()));
            unfinished += 1;
        }
    }
    assert!(judged + 6 >= least && unfinished > 0 && judged + unfinished == NAMES, "{judged} {unfinished}");
    assert!(std::fs::read_to_string(folder.join("junit.xml")).expect("written").contains("</testsuites>"));
}
