//! Exit codes, end to end, and what chooses them.

use super::support::{DEPLOYMENT, ENVIRONMENT, Run};

const HOLDS: &str = "
  - id: sip-open
    title: ${pool.fqdn} answers on 5061
    severity: blocker
    tags: [ports, sip]
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
";

const FAILS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: minor
    tags: [ports, web]
    applies: { from: edge, until: cutover }
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect:
      - that: port.open
        otherwise: ${pool.fqdn} does not answer on 443
    fix: Enable-It ${pool.fqdn}
";

const UNKNOWN: &str = "
  - id: name-known
    title: the name server answers for another domain
    severity: major
    observe: { name: { dns: { name: elsewhere.test, type: A } } }
    expect: [{ that: name.addresses is empty }]
    timeout: 2s
";

/// A name server that answers nothing: what it knows can't be determined.
fn mute() -> String {
    DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { kind: drop }")
}

#[test]
fn everything_holds() {
    let ran = Run::tiny(HOLDS).stderr("PASSED").ok();
    assert_eq!(ran.results().0["totals"]["passed"], 2);
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn a_check_fails() {
    let ran = Run::tiny(&format!("{HOLDS}{FAILS}")).status(1).stderr("FAILED").stderr("pool01.tiny.test does not").ok();
    let results = ran.results();
    assert_eq!(results.verdict("web-open[pool01.tiny.test]"), "fail");
    assert_eq!(results.case("web-open[pool01.tiny.test]")["fix"], "Enable-It pool01.tiny.test");
    assert_eq!(results.verdict("web-open[pool02.tiny.test]"), "pass");
}

#[test]
fn something_could_not_be_determined() {
    let ran = Run::tiny(UNKNOWN).mock(super::support::ENVIRONMENT, &mute()).status(3).ok();
    let case = &ran.results().0["suites"][0]["cases"][0];
    assert_eq!((&case["verdict"], &case["cause"]["kind"]), (&"error".into(), &"timeout".into()), "{case:#}");
}

/// Over the inventory alone, over a pool's share of it, and asked of the network because of it.
const INVENTORY: &str = "
  - id: users-homed
    title: every user has a pool
    for: { user: inventory.users }
    at_least: 10
    expect: [{ that: user.registrar_pool is not none }]
  - id: nobody-left
    title: nobody is left
    for: { pool: environment.legacy_pools, user: pool.users }
    where: user.enabled == true
    expect: none
  - id: replicas-answer
    title: every replica answers
    for: { replica: inventory.replicas }
    observe: { port: { tcp: { host: \"${replica.replica_fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
  - id: not-due-yet
    title: too early
    applies: { from: removed }
    for: { user: inventory.users }
    expect: none
  - id: tells-of-it
    title: ${pool.fqdn} answers
    needs: [users-homed]
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect:
      - that: port.open
        otherwise: ${pool.users | length} users can't sign in
";

#[test]
fn what_rests_on_an_inventory_that_nobody_named_was_not_asked() {
    let ran = Run::tiny(INVENTORY).stderr("the environment names no inventory").ok();
    let results = ran.results();
    for check in ["users-homed", "nobody-left", "replicas-answer"] {
        let case = results.cases().into_iter().find(|case| case["check"] == check).expect("the check has a case");
        assert_eq!(case["verdict"], "skip", "{case}");
        assert_eq!(case["skipped"], "no-inventory", "{case}");
    }
    assert_eq!(results.case("not-due-yet")["skipped"], "not-due");
    // It neither rests on the inventory nor is held back by a need that was not asked.
    assert_eq!(results.verdict("tells-of-it[pool02.tiny.test]"), "pass");
}

#[test]
fn an_inventory_that_is_named_and_empty_is_an_error() {
    let environment = format!("{ENVIRONMENT}inventory: {{ sources: [] }}\n");
    let ran = Run::tiny(INVENTORY).mock(&environment, DEPLOYMENT).status(3).ok();
    let results = ran.results();
    for check in ["users-homed", "nobody-left", "replicas-answer"] {
        let case = results.cases().into_iter().find(|case| case["check"] == check).expect("the check has a case");
        assert_eq!(case["verdict"], "error", "{case}");
    }
    assert_eq!(results.case("tells-of-it[pool02.tiny.test]")["skipped"]["need-failed"], "users-homed");
}

#[test]
fn a_failure_outweighs_what_is_unknown() {
    let fails = "  - { id: wrong, title: T, expect: [{ that: environment.name == 'other' }] }\n";
    Run::tiny(&format!("{UNKNOWN}{fails}")).mock(super::support::ENVIRONMENT, &mute()).status(1).ok();
}

#[test]
fn nothing_is_selected() {
    Run::tiny(HOLDS).args(["no-such-*"]).status(4).stderr("no check was selected").stderr("`no-such-*`").ok();
    Run::tiny(HOLDS).args(["--tag", "no-such"]).status(4).stderr("no check was selected").ok();
}

#[test]
fn fail_on_says_which_severities_count() {
    Run::tiny(FAILS).args(["--fail-on", "minor"]).status(1).ok();
    let ran = Run::tiny(FAILS).args(["--fail-on", "major"]).ok();
    assert_eq!(ran.results().0["totals"]["failed"], 1, "it is still told");
    Run::tiny(&FAILS.replace("minor", "info")).args(["--fail-on", "info"]).ok();
}

#[test]
fn fail_fast_starts_nothing_after_a_failure() {
    let many: Vec<String> = (1..=40).map(|number| number.to_string()).collect();
    let slow = format!(
        "
  - id: slow
    title: a name that takes its time
    for: {{ number: '[{}]' }}
    observe: {{ name: {{ dns: {{ name: \"n${{number}}.tiny.test\", type: A }} }} }}
    expect: [{{ that: not name.exists }}]
  - id: after
    title: needs the slow ones
    needs: [slow]
    observe: {{ name: {{ dns: {{ name: after.tiny.test, type: A }} }} }}
    expect: [{{ that: not name.exists }}]
",
        many.join(", ")
    );
    let environment = format!("{}limits: {{ concurrency: 1 }}\n", super::support::ENVIRONMENT);
    let deployment =
        DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { delay: 100ms }");
    let wrong = "  - { id: wrong, title: T, expect: [{ that: environment.name == 'other' }] }\n";
    let ran = Run::tiny(&format!("{slow}{wrong}")).mock(&environment, &deployment).args(["--fail-fast"]).status(1).ok();
    let results = ran.results();
    let skipped = results.cases().iter().filter(|case| case["skipped"] == "fail-fast").count();
    assert!(skipped > 30, "{skipped} of 40 were kept from beginning");
    assert_eq!(results.0["totals"]["errors"], 0, "what was kept from beginning is skipped, not unknown");
    assert_eq!(results.case("after")["skipped"], "fail-fast");
    assert_eq!(results.0["run"]["interrupted"], false);
    // And it is told in the same way when it is judged again.
    let before = ran.read("reports/latest/results.json");
    let ran = ran.then(["report", "reports/latest"]).status(1).ok();
    assert_eq!(ran.read("reports/latest/results.json"), before);
}

#[test]
fn checks_are_selected_by_id_glob_tag_phase_and_severity() {
    let all = format!("{HOLDS}{FAILS}{UNKNOWN}");
    let list = |arguments: &[&str]| {
        let run = Run::new(["list", "--checks", "checks", "--format", "json"]).suite(&all);
        let run = arguments.iter().fold(run, |run, argument| run.args([argument]));
        let ids: Vec<serde_json::Value> = serde_json::from_str(&run.ok().stdout).expect("JSON");
        ids.iter().map(|check| check["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(&[]), ["sip-open", "web-open", "name-known"]);
    assert_eq!(list(&["web-open"]), ["web-open"]);
    assert_eq!(list(&["*-open"]), ["sip-open", "web-open"]);
    assert_eq!(list(&["tiny-suite/*known"]), ["name-known"]);
    assert_eq!(list(&["--tag", "web", "--tag", "sip"]), ["sip-open", "web-open"]);
    assert_eq!(list(&["--phase", "post"]), ["sip-open", "name-known"]);
    assert_eq!(list(&["--severity", "blocker", "--severity", "minor"]), ["sip-open", "web-open"]);
    assert_eq!(list(&["--severity", "blocker", "*-open"]), ["sip-open"]);
}

#[test]
fn a_pattern_that_matches_nothing_says_so() {
    let ran = Run::tiny(HOLDS).args(["sip-open", "no-such"]).stderr("the pattern `no-such` matches no check").ok();
    assert_eq!(ran.results().0["warnings"][0], "the pattern `no-such` matches no check");
    Run::tiny(HOLDS).args(["["]).status(2).stderr("`[` is not a pattern").ok();
}

#[test]
fn wrong_arguments() {
    Run::new(["run", "--fail-on", "terrible"]).status(2).stderr("blocker").ok();
    Run::new(["repotr"]).status(2).stderr("report").ok();
    Run::new(["run", "--junit", "-", "--json", "-"]).status(2).stderr("both write to standard output").ok();
    Run::new(["run", "--state", "before"]).status(2).stderr("--mock").ok();
}
