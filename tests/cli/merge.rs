//! Runs from two places become one, for `merge` and for `gate --from`.

use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const CHECKS: &str = "
  - id: inside
    title: seen from inside
    vantage: internal
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
  - id: outside
    title: seen from outside
    vantage: external
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: not name.exists }]
  - id: anywhere
    title: seen from anywhere
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
";

const GATE: &str = "gate: tiny\nquestion: May we?\nphases: [edge]\nchecks: [inside, outside, anywhere]\n";

/// The same deployment, seen from inside; or from outside, where nobody knows the pool.
fn deployment(vantage: &str) -> String {
    match vantage {
        "internal" => DEPLOYMENT.to_owned(),
        _ => DEPLOYMENT
            .replace("internal:\n    server: 10.0.0.53", "external:\n    server: 198.51.100.53")
            .replace("[internal]", "[external]")
            .replace("      pool02.tiny.test: { A: [10.0.0.2] }\n", ""),
    }
}

const JOINED: [&str; 10] =
    ["gate", "tiny", "--from", "reports/latest", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"];

/// The run that was kept under a name: its id, and when it began.
fn of(ran: &Ran, name: &str) -> (String, String) {
    let journal = ran.read(&format!("{name}/evidence.ndjson"));
    let header: Value = serde_json::from_str(journal.lines().next().expect("a line")).expect("JSON");
    let text = |key: &str| header["run"]["info"][key].as_str().expect("a text").to_owned();
    (text("id"), text("started"))
}

fn edit(ran: &Ran, name: &str, from: &str, to: &str) {
    let path = ran.path(&format!("{name}/evidence.ndjson"));
    let journal = std::fs::read_to_string(&path).expect("a journal");
    assert!(journal.contains(from), "{from}");
    std::fs::write(path, journal.replacen(from, to, 1)).expect("written");
}

#[test]
fn what_was_joined_is_as_old_as_the_oldest_of_it() {
    let ran = both();
    let (id, started) = of(&ran, "internal");
    let earlier = started.parse::<jiff::Timestamp>().expect("a time") - jiff::SignedDuration::from_hours(3);
    edit(&ran, "internal", &started, &earlier.to_string());
    let ran = ran.then(["merge", "external", "internal"]).ok();
    let told = format!("the run {id} is 3 h 0 min old, and at most 60 min are allowed");
    let ran = ran.then(JOINED).args(["--max-age", "1h"]).status(2).stderr(&told).ok();
    let ran = ran.then(JOINED).args(["--max-age", "4h", "--json", "-"]).ok();
    let answer: Value = serde_json::from_str(&ran.stdout).expect("an answer");
    assert_eq!(answer["runs"][0]["started"], earlier.to_string());
    let until = earlier + jiff::SignedDuration::from_hours(4);
    assert_eq!(answer["valid_until"], until.to_string());
    assert_eq!(answer["ends_with"], "the age allowed for the oldest run");
    // Joined once more, it is no younger.
    let id = answer["runs"][0]["id"].as_str().expect("an id");
    let folder = format!("reports/{id}");
    let third = ran.then(["run", "--mock", "mock", "--checks", "checks"]).status(1).ok();
    let newest = third.results().0["run"]["id"].as_str().expect("an id").to_owned();
    let ran = third.then(["merge", &folder, &format!("reports/{newest}"), "--reports", "again"]).ok();
    let again = ["gate", "tiny", "--from", "again/latest", "--mock", "mock", "--checks", "checks", "--gates"];
    ran.then(again).args(["tiny.yaml", "--max-age", "1h"]).status(2).stderr(&told).ok();
}

#[test]
fn a_mock_deployment_and_the_real_one_are_not_joined() {
    let ran = both();
    let (internal, external) = (of(&ran, "internal").0, of(&ran, "external").0);
    edit(&ran, "external", "\"mode\":\"mock\"", "\"mode\":\"live\"");
    let ran = ran.then(["merge", "external", "internal"]).status(2).stderr("and the other is not");
    let ran = ran.stderr(&internal).stderr(&external).ok();
    // Whichever is expected.
    for mock in [&["--mock", "mock"][..], &[]] {
        let mut arguments = vec!["gate", "tiny", "--checks", "checks", "--gates", "tiny.yaml"];
        arguments.extend(["--from", "internal", "--from", "external"]);
        arguments.extend(mock);
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_poolproof"))
            .args(arguments)
            .current_dir(ran.folder.path())
            .output()
            .expect("runs");
        assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

fn both() -> Ran {
    let mut ran = Run::tiny(CHECKS).file("tiny.yaml", GATE).ok();
    for (vantage, status) in [("internal", 0), ("external", 1)] {
        let run = ran.then(["run", "--mock", "mock", "--checks", "checks"]).mock(ENVIRONMENT, &deployment(vantage));
        ran = run.status(status).ok();
        let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
        std::fs::rename(ran.path("reports").join(id), ran.path(vantage)).expect("moved");
    }
    ran
}

#[test]
fn each_place_answers_for_itself() {
    let ran = both().then(["merge", "external", "internal"]).ok();
    let results = ran.results();
    for key in ["inside", "outside", "anywhere"] {
        assert_eq!(results.verdict(key), "pass", "{key}");
    }
    assert_eq!(results.0["run"]["vantages"].to_string(), "[\"internal\",\"external\"]");
    // What was joined can be reported, and asked, as any run.
    let before = ran.read("reports/latest/results.json");
    let ran = ran.then(["report"]).ok();
    assert!(ran.read("reports/latest/results.json") == before);
    let ran = ran.then(JOINED).stderr("GO\n").stderr("joined from 2 runs").ok();
    let ran = ran.then(JOINED).args(["--record", "signed"]).ok();
    let ran = ran.then(["verify", "signed", "--run", "reports/latest"]).stdout("VERIFIED").ok();
    ran.then(JOINED).args(["--from", "internal"]).status(2).stderr("is named twice").ok();
}

#[test]
fn what_was_joined_and_cut_off_is_not_all_of_it() {
    let ran = both().then(["merge", "external", "internal"]).ok();
    let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
    let path = ran.path(&format!("reports/{id}/evidence.ndjson"));
    let journal = std::fs::read_to_string(&path).expect("a journal");
    let (whole, end) = journal.trim_end().rsplit_once('\n').expect("lines");
    assert!(end.contains("finished"), "{end}");
    std::fs::write(&path, format!("{whole}\n")).expect("written");
    ran.then(JOINED).status(3).stderr("was stopped before its end").ok();
}

#[test]
fn a_gate_is_undecided_from_one_place_and_decided_from_two() {
    let gate = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--from", "internal"];
    let ran = both().then(gate).status(3).stderr("not seen from where it must be").ok();
    ran.then(gate).args(["--from", "external"]).stderr("GO\n").ok();
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let ran = both();
    let journal = ran.read("external/evidence.ndjson").replace("phase: edge", "phase: pilot");
    std::fs::write(ran.path("external/evidence.ndjson"), journal).expect("written");
    let ran = ran.then(["merge", "external", "internal"]).status(2).stderr("different environment files").ok();
    let journal =
        ran.read("external/evidence.ndjson").replace("phase: pilot", "phase: edge").replace("seen from", "seen at");
    std::fs::write(ran.path("external/evidence.ndjson"), journal).expect("written");
    let ran = ran.then(["merge", "external", "internal"]).status(2).stderr("different check files").ok();
    ran.then(["merge", "internal", "internal"]).status(2).stderr("is named twice").ok();
}
