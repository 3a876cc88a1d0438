//! `diff` of two runs, and `run --only-changed-since`.

use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run, suite};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: blocker
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
  - id: sip-open
    title: ${pool.fqdn} answers on 5061
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
    fix: open it
";

const RUN: [&str; 5] = ["run", "--mock", "mock", "--checks", "checks"];

/// The target pool's SIP port is closed.
fn closed() -> String {
    DEPLOYMENT.replace("443: { tls: pool02 }, 5061: {}", "443: { tls: pool02 }")
}

/// Gives the newest run a name that is known.
fn named(ran: &Ran, name: &str) {
    let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
    std::fs::rename(ran.path("reports").join(id), ran.path(name)).expect("moved");
}

/// A run where the legacy pool's web port is closed, as it is in the tiny deployment.
fn before() -> Ran {
    let ran = Run::tiny(CHECKS).status(1).ok();
    named(&ran, "before");
    ran
}

/// The run of before, and one with this deployment.
fn both(deployment: &str, status: i32) -> Ran {
    let ran = before().then(RUN).mock(ENVIRONMENT, deployment).status(status).ok();
    named(&ran, "after");
    ran
}

fn json(ran: Ran, status: i32) -> (Value, Ran) {
    let ran = ran.then(["diff", "before", "after", "--format", "json"]).status(status).ok();
    let value: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let schema: Value = serde_json::from_str(&Run::new(["schema", "comparison"]).ok().stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    (value, ran)
}

#[test]
fn what_newly_fails_is_told_in_every_form() {
    let (value, ran) = json(both(&closed(), 1), 1);
    assert_eq!(value["outcome"], "worse");
    assert_eq!((&value["counts"]["newly_failing"], &value["counts"]["still_failing"]), (&1.into(), &1.into()));
    let first = &value["changes"][0];
    assert_eq!((&first["key"], &first["became"]), (&"sip-open[pool02.tiny.test]".into(), &"newly-failing".into()));
    assert_eq!((&first["before"]["verdict"], &first["after"]["verdict"]), (&"pass".into(), &"fail".into()));
    let ran = ran
        .then(["diff", "before", "after"])
        .status(1)
        .stdout("WORSE  1 newly failing · 1 still failing · 2 the same")
        .stdout("blocker  web-open[pool01.tiny.test]")
        .stdout("fix: open it")
        .ok();
    let ran = ran.then(["diff", "before", "after", "--format", "markdown"]).status(1).stdout("## Newly failing").ok();
    // The results alone, as CI servers keep them, will do; that the check files are the same is
    // not known then.
    std::fs::remove_file(ran.path("before/evidence.ndjson")).expect("removed");
    ran.then(["diff", "before/results.json", "after"]).status(1).stdout("is not known: the journal of").ok();
}

#[test]
fn nothing_new_is_no_worse_and_what_was_mended_is_fixed() {
    let ran =
        both(DEPLOYMENT, 1).then(["diff", "before", "after"]).stdout("NO WORSE  1 still failing · 3 the same").ok();
    drop(ran);
    let mended = DEPLOYMENT.replace("ports: { 5061: {} } }", "ports: { 443: {}, 5061: {} } }");
    both(&mended, 0).then(["diff", "before", "after"]).stdout("NO WORSE  1 fixed · 3 the same").ok();
}

#[test]
fn a_subject_that_is_gone_is_not_fixed() {
    let ran = before();
    let alone = ENVIRONMENT.replace(
        "  - { fqdn: pool01.tiny.test, role: legacy, product: sfb-2015, edition: standard, site: Hall, moves_to: pool02.tiny.test }\n",
        "",
    );
    let ran = ran.then(RUN).mock(&alone, DEPLOYMENT).ok();
    named(&ran, "after");
    ran.then(["diff", "before", "after"])
        .status(3)
        .stdout("UNDETERMINED  2 gone · 2 the same")
        .stdout("does not prove that it was fixed")
        .stdout("the environment file differs")
        .ok();
}

#[test]
fn a_run_can_exit_on_what_became_worse_alone() {
    let since = ["--only-changed-since", "before", "--markdown", "summary.md"];
    let ran = before().then(RUN).args(since).stderr("FAILED").stderr("NO WORSE  1 still failing").ok();
    let kept: Value = serde_json::from_str(&ran.read("reports/latest/comparison.json")).expect("JSON");
    assert_eq!((&kept["outcome"], &kept["version"]), (&"no-worse".into(), &"1.0".into()));
    assert_eq!(ran.results().verdict("web-open[pool01.tiny.test]"), "fail", "the reports tell all");
    let summary = ran.read("summary.md");
    assert!(summary.contains("# FAILED: tiny") && summary.contains("# NO WORSE: tiny since"), "{summary}");
    let ran = ran.then(RUN).args(since).mock(ENVIRONMENT, &closed()).status(1).stderr("WORSE  1 newly failing").ok();
    // What can't be determined any more is not as good as what could.
    let silent = DEPLOYMENT.replace("      pool02.tiny.test: { A: [10.0.0.2] }\n", "");
    ran.then(RUN).args(since).mock(ENVIRONMENT, &silent).status(3).stderr("newly undetermined").ok();
}

#[test]
fn a_part_is_held_against_that_part() {
    let ran = before().then(RUN).args(["sip-open", "--only-changed-since", "before"]);
    ran.stderr("NO WORSE  2 not asked this time · 2 the same").ok();
    let ran = Run::tiny(CHECKS).args(["sip-open"]).ok();
    named(&ran, "before");
    let ran = ran.then(RUN).args(["--only-changed-since", "before"]).status(1);
    ran.stderr("1 of the 2 checks were not asked in the earlier run").stderr("WORSE  1 newly failing · 1 new").ok();
}

#[test]
fn other_check_files_are_told() {
    let ran = before();
    let text = suite(&CHECKS.replace("that: port.open }]\n    fix", "that: not port.open }]\n    fix"));
    let ran = ran.then(RUN).args(["--only-changed-since", "before"]).file("checks/suite.yaml", text).status(1);
    ran.stderr("check files differ: checks/suite.yaml").stderr("the file of its check differs").ok();
}

#[test]
fn a_replay_is_held_against_a_run_too() {
    let ran = both(&closed(), 1);
    let replay = ["run", "--replay", "after", "--checks", "checks", "--only-changed-since", "before"];
    let ran = ran.then(replay).status(1).stderr("WORSE  1 newly failing").ok();
    ran.then(["run", "--replay", "after", "--checks", "checks", "--only-changed-since", "after"])
        .stderr("NO WORSE")
        .ok();
}

#[test]
fn what_would_mislead_is_refused_before_anything_is_asked() {
    let ran = before();
    let other = ENVIRONMENT.replace("environment: tiny", "environment: huge");
    let ran = ran.then(RUN).args(["--only-changed-since", "before"]).mock(&other, DEPLOYMENT);
    let ran = ran.status(2).stderr("are of different environments: tiny and huge").ok();
    let runs = std::fs::read_dir(ran.path("reports")).expect("a folder").count();
    assert!(runs <= 1, "no run was made: {runs}");
    let ran = ran.then(["diff", "before", "reports"]).status(2).stderr("before is a run, and reports is none").ok();
    let ran =
        ran.then(["diff", "before", "before", "--dataset", "users"]).status(2).stderr("are about inventories").ok();
    let ran = ran.then(RUN).args(["--only-changed-since", "nowhere"]).status(2).stderr("name the folder of a run").ok();
    let results = ran.read("before/results.json").replacen("\"version\": \"1.", "\"version\": \"9.", 1);
    std::fs::write(ran.path("before/results.json"), results).expect("written");
    let ran = ran.then(["diff", "before", "before"]).status(2).stderr("a newer Poolproof wrote").ok();
    std::fs::remove_file(ran.path("before/results.json")).expect("removed");
    ran.then(["diff", "before", "before"]).status(2).stderr("poolproof report before").ok();
}
