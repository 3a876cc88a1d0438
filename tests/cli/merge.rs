//! Runs from two places become one, for `merge` and for `gate --from`.

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
    let from = ["gate", "tiny", "--from", "reports/latest", "--checks", "checks", "--gates", "tiny.yaml"];
    ran.then(from).stderr("GO\n").ok();
}

#[test]
fn a_gate_is_undecided_from_one_place_and_decided_from_two() {
    let gate = ["gate", "tiny", "--checks", "checks", "--gates", "tiny.yaml", "--from", "internal"];
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
