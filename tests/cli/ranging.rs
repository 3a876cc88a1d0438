//! What a check ranges over: nobody, too few, too many, and those who are not due.

use super::support::{DEPLOYMENT, ENVIRONMENT, Results, Run};

fn results(checks: &str, status: i32) -> Results {
    Run::tiny(checks).status(status).ok().results()
}

#[test]
fn expect_none_names_what_is_left() {
    let results = results(
        "
  - id: none-left
    title: T
    for: { pool: environment.legacy_pools }
    expect: none
    otherwise: ${pool.fqdn} is still there
    fix: Remove-It ${pool.fqdn}
  - id: nothing-is-left
    title: T
    for: { pool: environment.pools }
    where: pool.fqdn == 'nobody'
    expect: none
",
        1,
    );
    assert_eq!(results.verdict("nothing-is-left"), "pass");
    let left = results.case("none-left");
    assert_eq!(left["verdict"], "fail");
    let told = left.to_string();
    assert!(told.contains("pool01.tiny.test is still there") && told.contains("Remove-It pool01.tiny.test"), "{told}");
}

#[test]
fn ranging_over_nothing_or_too_little_is_an_error() {
    let results = results(
        "
  - { id: nothing, title: T, for: { pool: environment.pools }, where: pool.fqdn == 'x', expect: [{ that: pool.fqdn == 'x' }] }
  - { id: few, title: T, for: { pool: environment.pools }, at_least: 3, expect: [{ that: pool.site == 'Hall' }] }
  - { id: enough, title: T, for: { pool: environment.pools }, at_least: 2, expect: [{ that: pool.site == 'Hall' }] }
",
        3,
    );
    assert_eq!(results.case("nothing")["cause"]["kind"], "no-subjects");
    assert_eq!(results.case("few")["cause"]["kind"], "too-few-subjects");
    assert_eq!(results.verdict("enough"), "pass");
}

#[test]
fn ranging_over_far_too_much_is_an_error_and_no_end_of_memory() {
    let numbers: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let list = format!("'[{}]'", numbers.join(", "));
    let results = results(
        &format!(
            "  - {{ id: many, title: T, for: {{ a: {list}, b: {list}, c: {list} }}, report: each, expect: [{{ that: a == b }}] }}\n"
        ),
        3,
    );
    assert!(results.0.to_string().contains("more than 1000000 subjects"), "{:#}", results.0);
}

#[test]
fn a_pool_that_is_only_planned_changes_nothing_for_those_that_are_due() {
    let checks = "
  - { id: none-left, title: T, applies: { from: edge }, for: { pool: environment.pools }, where: pool.phase == 'plan', expect: none, otherwise: O, fix: F }
  - { id: allowed, title: T, applies: { from: edge }, for: { pool: environment.pools }, where: pool.phase == 'plan', allow_empty: there is none, expect: [{ that: pool.site == 'x' }] }
  - { id: nobody, title: T, applies: { from: edge }, for: { pool: environment.pools }, where: pool.phase == 'plan', expect: [{ that: pool.site == 'x' }] }
  - { id: later, title: T, applies: { from: cutover }, for: { pool: environment.pools }, where: pool.phase == 'plan', expect: [{ that: pool.site == 'x' }] }
";
    let planned =
        "  - { fqdn: pool03.tiny.test, role: target, product: sfb-2019, edition: standard, site: Hall, phase: plan }\n";
    for more in ["", planned] {
        let run = Run::new(["run", "--mock", "mock", "--checks", "checks"]);
        let run = run.mock(&format!("{ENVIRONMENT}{more}"), DEPLOYMENT).suite(checks).status(3);
        let results = run.ok().results();
        assert_eq!(results.verdict("none-left"), "pass", "{more}");
        assert_eq!(results.case("allowed")["skipped"]["nothing"], "there is none", "{more}");
        assert_eq!(results.case("nobody")["cause"]["kind"], "no-subjects", "{more}");
        assert_eq!(results.case("later")["skipped"], "not-due", "{more}");
    }
}
