//! Suites that are wrong: exit code 2, the place, and the way out.

use super::support::{Run, suite};

/// A suite of one check, `expect` and more as given.
fn check(rest: &str) -> Run {
    Run::lint(&suite(&format!("  - id: a-check\n    title: A check\n    for: {{ pool: environment.pools }}\n{rest}")))
        .stderr("nothing was run")
}

fn that(expression: &str) -> Run {
    check(&format!("    expect:\n      - that: {expression}\n"))
}

#[test]
fn an_unknown_key() {
    check("    expct: [{ that: pool.fqdn == 'x' }]\n")
        .stderr("error[unknown-key]: unknown key `expct`")
        .stderr("suite.yaml:7:5")
        .stderr("did you mean `expect`?")
        .ok();
}

#[test]
fn a_duplicate_key() {
    check("    title: Another title\n    expect: [{ that: pool.fqdn == 'x' }]\n")
        .stderr("error[duplicate-key]")
        .stderr("suite.yaml:7:5")
        .stderr("remove or rename one")
        .ok();
}

#[test]
fn a_duplicate_id_over_files() {
    let one = "  - { id: same, title: T, expect: [{ that: environment.name == 'x' }] }\n";
    Run::new(["lint", "checks"])
        .file("checks/a.yaml", format!("suite: first\ntitle: T\nchecks:\n{one}"))
        .file("checks/b.yaml", format!("suite: second\ntitle: T\nchecks:\n{one}"))
        .status(2)
        .stderr("error[duplicate-id]: the check `same` is also at checks/a.yaml:4:11")
        .stderr("checks/b.yaml:4:11")
        .stderr("rename one of them")
        .ok();
}

#[test]
fn a_misspelt_fact() {
    check("    observe: { web: { tls: { host: \"${pool.fqdn}\", port: 443 } } }\n    expect:\n      - that: web.certificate.days_lft > 30\n")
        .stderr("error[unknown-name]")
        .stderr("suite.yaml:9:31")
        .stderr("did you mean `days_left`?")
        .ok();
}

#[test]
fn a_misspelt_fact_in_a_template() {
    check("    fix: Do-Something ${pool.fqnd}\n    expect: [{ that: pool.fqdn == 'x' }]\n")
        .stderr("error[unknown-name]")
        .stderr("suite.yaml:7:30")
        .stderr("did you mean `fqdn`?")
        .ok();
}

#[test]
fn an_unknown_filter() {
    that("pool.fqdn | lenght > 3")
        .stderr("error[unknown-filter]")
        .stderr("suite.yaml:8:15")
        .stderr("did you mean `length`?")
        .ok();
}

#[test]
fn a_bad_expression() {
    that("pool.fqdn == ").stderr("error[expression-syntax]").stderr("suite.yaml:8:25").stderr("texts need quotes").ok();
}

#[test]
fn that_is_no_boolean() {
    that("pool.fqdn").stderr("error[not-boolean]").stderr("suite.yaml:8:15").stderr("compare it").ok();
}

#[test]
fn cyclic_needs() {
    let one = |id: &str, need: &str| {
        format!("  - {{ id: {id}, title: T, needs: [{need}], expect: [{{ that: environment.name == 'x' }}] }}\n")
    };
    Run::lint(&suite(&(one("a", "b") + &one("b", "c") + &one("c", "a"))))
        .stderr("error[cyclic-needs]")
        .stderr("a → b → c → a")
        .stderr("suite.yaml:6:32")
        .stderr("remove one of these needs")
        .ok();
}

#[test]
fn unknown_needs() {
    check("    needs: [a-chek]\n    expect: [{ that: pool.fqdn == 'x' }]\n")
        .stderr("error[unknown-need]")
        .stderr("suite.yaml:7:13")
        .stderr("did you mean `a-check`?")
        .ok();
}

#[test]
fn an_empty_expect() {
    check("    expect: []\n").stderr("error[empty-expect]").stderr("suite.yaml:7:13").stderr("that: …").ok();
}

#[test]
fn a_bare_duration() {
    check("    timeout: 10\n    expect: [{ that: pool.fqdn == 'x' }]\n")
        .stderr("error[bare-duration]")
        .stderr("suite.yaml:7:14")
        .stderr("write `10s`")
        .ok();
}

#[test]
fn an_expression_that_begins_with_a_quote() {
    for quoted in ["\"pool\" in pool.fqdn", "'pool' in pool.fqdn"] {
        that(quoted).stderr("error[yaml-syntax]").stderr("suite.yaml:8:").stderr("quote all of it").ok();
    }
}

#[test]
fn a_value_cut_by_a_comment_is_warned_of() {
    Run::new(["lint", "suite.yaml"])
        .file(
            "suite.yaml",
            suite(
                "  - id: a\n    title: T\n    expect: [{ that: environment.name == 'x' }]\n    fix: Set-It -Name #x\n",
            ),
        )
        .stderr("warning[suspicious-text]")
        .stderr("suite.yaml:7:23")
        .stderr("put the value in quotes")
        .ok();
}

#[test]
fn a_name_that_no_expression_could_read() {
    for name in ["none", "true", "in", "a-b", "pool"] {
        check(&format!("    observe: {{ {name}: {{ dns: {{ name: x.test, type: A }} }} }}\n    expect: [{{ that: pool.fqdn == 'x' }}]\n"))
            .stderr("suite.yaml:7:16")
            .ok();
    }
}

#[test]
fn all_mistakes_of_all_files_are_told_at_once() {
    let wrong = |name: &str| format!("suite: {name}\ntitle: T\nchekcs: []\n");
    let ran = Run::new(["lint", "checks"])
        .file("checks/a.yaml", wrong("first"))
        .file("checks/b.yaml", wrong("second"))
        .status(2)
        .ok();
    assert_eq!(ran.stderr.matches("error[unknown-key]").count(), 2, "{}", ran.stderr);
}

#[test]
fn a_mistake_made_a_thousand_times_is_told_a_hundred_times() {
    let keys: String = (0..1000).map(|number| format!("k{number}: 1\n")).collect();
    let ran = Run::lint(&(suite("  - { id: a, title: T, expect: [] }\n") + &keys)).stderr("more").ok();
    assert_eq!(ran.stderr.matches("error[").count(), 100);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let ran =
        Run::lint(&suite("  - { id: \"a\\e[31m\\a\", title: T, expect: [{ that: environment.name == 'x' }] }\n")).ok();
    assert!(!ran.stderr.contains('\u{1b}') && !ran.stderr.contains('\u{7}'), "{:?}", ran.stderr);
}
