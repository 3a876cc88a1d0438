//! What a gate's answer looks like where people and CI servers read it, and what it says of
//! time, of ways back, and of what was seen with luck or with leave.

use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: blocker
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
    fix: open it
  - id: named
    title: its name is known
    severity: blocker
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    timeout: 1s
    retry: { attempts: 3, wait: 10ms, on: [timeout] }
  - id: seen-outside
    title: seen from outside
    vantage: external
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
  - id: leaves-a-trace
    title: T
    effects: [sends-im]
    observe: { port: { tcp: { host: 10.0.0.1, port: 5061 } } }
    expect: [{ that: port.open }]
";

fn gate(checks: &str, more: &str) -> String {
    format!("gate: tiny\nquestion: May we?\nphases: [edge]\nabout: [pool]\nchecks: {checks}\n{more}\n")
}

fn asked(checks: &str, more: &str) -> Run {
    Run::new(["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"])
        .mock(ENVIRONMENT, DEPLOYMENT)
        .suite(CHECKS)
        .file("tiny.yaml", gate(checks, more))
}

fn answer(ran: &Ran) -> Value {
    serde_json::from_str(&ran.read("reports/latest/record.json"))
        .map(|mut record: Value| record["answer"].take())
        .expect("a record")
}

fn undetermined(ran: &Ran) -> Vec<String> {
    let answer = answer(ran);
    let items = answer["undetermined"].as_array().expect("a list");
    items.iter().map(|item| format!("{} {}", item["key"], item["kind"]).replace('"', "")).collect()
}

const WAIVER: &str = "waivers: [{ case: 'web-open[pool01.tiny.test]', reason: known, owner: ana, ticket: CHG-7, until: '2099-01-01T00:00:00Z' }]";

#[test]
fn an_answer_reads_well_as_markdown() {
    let run = asked("[web-open, seen-outside]", "not_promised: ['the <moon>, @all']").args(["--markdown", "-"]);
    let ran = run.status(1).ok();
    let text = &ran.stdout;
    for part in [
        "# NO-GO: 1 blocker, 1 not determined\n",
        "May we? `tiny`, tiny, a mock deployment, all of it, phase edge.",
        "1. `web-open[pool01.tiny.test]` (blocker) does not hold: ",
        "   - fix: `open it`\n",
        "## Not determined, in the order in which to work through them\n\n1. `seen-outside` (major) was not seen from where it must be: ",
        "- the &lt;moon&gt;, &#64;all\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let run = asked("[web-open]", "").args(["--markdown", "-", "--waivers", "w.yaml"]).file("w.yaml", WAIVER);
    let ran = run.ok();
    assert!(ran.stdout.starts_with("# GO with 1 waiver\n"), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("- `web-open[pool01.tiny.test]` until 2099-01-01T00:00:00Z by ana (CHG-7): known; covers 1")
    );
    asked("[web-open]", "").args(["--markdown", "-", "--json", "-"]).status(2).stderr("would both write").ok();
    asked("[web-open]", "").args(["--markdown", "a", "--json", "a"]).status(2).stderr("would both write to a").ok();
    asked("[web-open]", "").args(["--markdown", "a", "--json", "./a"]).status(2).stderr("would both write to ./a").ok();
    for json in ["r/record.json", "./r/record.json"] {
        let own = ["--record", "r", "--json", json];
        asked("[web-open]", "").args(own).status(2).stderr("is the record's own file").ok();
    }
    // Where the run's folder is known only when it is there.
    #[cfg(unix)]
    for name in ["record.json", "results.json"] {
        let json = format!("reports/latest/{name}");
        let run = asked("[web-open]", "").args(["--json", &json, "--waivers", "w.yaml"]).file("w.yaml", WAIVER);
        let ran = run.status(70).stderr("belongs to the run or its record").ok();
        let whole = if name == "record.json" { "\"digest\": \"sha256:" } else { "\"suites\": [" };
        assert!(ran.read(&json).contains(whole), "{name}");
    }
}

#[test]
fn an_answer_is_a_test_case_for_ci_servers() {
    let junit = |run: Run, status: i32| run.args(["--junit", "-"]).status(status).ok().stdout;
    let text = junit(asked("[web-open, seen-outside]", ""), 1);
    for part in [
        "<testsuite name=\"gate-tiny\"",
        "tests=\"3\" failures=\"2\" errors=\"1\" skipped=\"0\"",
        "<testcase name=\"gate tiny\" classname=\"tiny.gate-tiny\"",
        "message=\"NO-GO: 1 blocker, 1 not determined\"",
        "<testcase name=\"web-open[pool01.tiny.test]\"",
        "<error type=\"not-observed-from-here\" message=\"was not seen from where it must be: ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let text = junit(asked("[seen-outside]", ""), 3);
    assert!(text.contains("<error type=\"undecided\" message=\"UNDECIDED: 1 thing not determined\""), "{text}");
    let waived = asked("[web-open]", "").args(["--waivers", "w.yaml"]).file("w.yaml", WAIVER);
    let text = junit(waived, 0);
    assert!(text.contains("tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"1\""), "{text}");
    assert!(text.contains("<skipped message=\"waived until 2099-01-01T00:00:00Z by ana (CHG-7): known\""), "{text}");
    let scoped = asked("[web-open]", "").args(["--pool", "pool02.tiny.test", "--waivers", "w.yaml"]);
    let text = junit(scoped.file("w.yaml", WAIVER), 0);
    assert!(text.contains("<testcase name=\"gate tiny (pool pool02.tiny.test)\""), "{text}");
}

/// A moment so many seconds from now.
fn from_now(seconds: i64) -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)).to_string()
}

#[test]
fn a_gate_of_the_window_tells_the_time_that_is_left_and_the_way_back() {
    let steps = "
in_window: true
roll_back:
  - for: { pool: environment.pools }
    where: pool.role == 'legacy'
    do: Lead names back to ${pool.fqdn}
  - do: Publish the topology of ${environment.name}
";
    let within = |from: i64, until: i64| {
        let window = format!("cutover_window: {{ from: \"{}\", until: \"{}\" }}\n", from_now(from), from_now(until));
        asked("[leaves-a-trace]", steps)
            .args(["--allow", "sends-im"])
            .mock(&format!("{ENVIRONMENT}{window}"), DEPLOYMENT)
    };
    let hours = 3_600;
    let ran = within(-hours, 2 * hours + 90).stderr("2 h 1 min left in the cutover window").ok();
    let back = "To roll back:\n  1. Lead names back to pool01.tiny.test\n  2. Publish the topology of tiny\n";
    assert!(ran.stderr.contains(back), "{}", ran.stderr);
    assert!(ran.read("reports/latest/record.html").contains("Lead names back to pool01.tiny.test"));
    // The window ends before the run is too old, and the answer with it.
    let given = answer(&ran);
    assert_eq!(given["ends_with"], "the cutover window");
    assert_eq!(given["valid_until"].as_str(), given["window"]["until"].as_str());
    assert_eq!(given["window"]["begun"], true);
    let over = within(-hours, -1).stderr("the cutover window is over").ok();
    assert!(answer(&over)["window"]["seconds_left"].as_i64().is_some_and(|left| left < 0));
    let early = within(hours, 2 * hours).stderr("the cutover window begins at").ok();
    assert_eq!(answer(&early)["window"]["begun"], false);
    let none = asked("[leaves-a-trace]", steps).args(["--allow", "sends-im"]);
    none.stderr("nobody knows how much time is left").ok();
    let zoneless =
        format!("{ENVIRONMENT}cutover_window: {{ from: \"2027-01-30T20:00:00\", until: \"{}\" }}\n", from_now(60));
    asked("[web-open]", "").mock(&zoneless, DEPLOYMENT).status(2).stderr("has no time zone").ok();
}

#[test]
fn a_blocker_that_held_with_luck_needs_leave() {
    let silent =
        DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { kind: drop, times: 3 }");
    let ran = asked("[named]", "").mock(ENVIRONMENT, &silent).status(3).stderr("is flaky").ok();
    assert_eq!(undetermined(&ran), ["named flaky"]);
    asked("[named]", "").mock(ENVIRONMENT, &silent).args(["--accept-flaky"]).stderr("GO\n").ok();
    asked("[named]", "").stderr("GO\n").ok();
}

#[test]
fn what_leaves_a_trace_is_undecided_without_leave() {
    let ran = asked("[leaves-a-trace]", "").status(3).stderr("poolproof run --allow sends-im").ok();
    assert_eq!(undetermined(&ran), ["leaves-a-trace not-allowed"]);
    asked("[leaves-a-trace]", "").args(["--allow", "sends-im"]).stderr("GO\n").ok();
}
