//! `report` rebuilds a run's files from its journal alone.

use serde_json::Value;

use super::support::{Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
  - id: web-verified
    title: ${pool.fqdn} is who it says
    needs: [web-open]
    for: { pool: environment.pools }
    observe:
      name: { dns: { name: \"${pool.fqdn}\", type: A } }
      web: { tls: { host: \"${pool.fqdn}\", address: \"${name.addresses[0]}\", port: 443 } }
    expect:
      - that: web.verified
      - that: web.certificate.days_left > 30
  - id: not-due
    title: later
    applies: { from: removed }
    expect: [{ that: environment.name == 'x' }]
  - id: counts
    title: all at once
    for: { pool: environment.pools }
    report: all
    expect: [{ that: pool.role == 'legacy' }]
";

const JOURNAL: &str = "reports/latest/evidence.ndjson";

fn ran() -> Ran {
    Run::tiny(CHECKS).status(1).ok()
}

/// A run whose journal was changed, and then reported.
fn reported(change: impl FnOnce(String) -> String, run: impl FnOnce(Run) -> Run) -> Ran {
    let ran = ran();
    let journal = change(ran.read(JOURNAL));
    std::fs::write(ran.path(JOURNAL), journal).expect("written");
    run(ran.then(["report", "reports/latest"])).ok()
}

#[test]
fn an_unharmed_run_is_rebuilt_byte_for_byte() {
    let ran = ran();
    let before = ["results.json", "junit.xml"].map(|name| ran.read(&format!("reports/latest/{name}")));
    for name in ["results.json", "junit.xml"] {
        std::fs::remove_file(ran.path("reports/latest").join(name)).expect("removed");
    }
    let ran = ran.then(["report"]).status(1).ok();
    let after = ["results.json", "junit.xml"].map(|name| ran.read(&format!("reports/latest/{name}")));
    assert!(before == after, "{}\n{}", before[0], after[0]);
}

#[test]
fn another_place_and_another_day_change_nothing() {
    let ran = ran();
    let before = ran.read("reports/latest/results.json");
    let real = ran.path("reports/latest").canonicalize().expect("a run");
    for gone in ["mock", "checks"] {
        std::fs::remove_dir_all(ran.path(gone)).expect("removed");
    }
    std::fs::rename(real, ran.path("moved")).expect("moved");
    let ran = ran.then(["report", "moved"]).status(1).ok();
    assert_eq!(ran.read("moved/results.json"), before);
    // Where somebody stands in that folder.
    std::fs::copy(ran.path("moved/evidence.ndjson"), ran.path("evidence.ndjson")).expect("copied");
    let ran = ran.then(["report", "evidence.ndjson"]).status(1).ok();
    assert_eq!(ran.read("results.json"), before);
}

#[test]
fn a_changed_observation_changes_its_verdict() {
    let ran = reported(
        |journal| {
            let lines = journal.lines().map(|line| {
                let mut line: Value = serde_json::from_str(line).expect("JSON");
                let observation = &mut line["observation"];
                if observation["question"]["probe"] == "tcp"
                    && observation["question"]["params"]["host"] == "pool01.tiny.test"
                {
                    observation["outcome"]["facts"]["values"]["open"] = true.into();
                }
                line.to_string() + "\n"
            });
            lines.collect()
        },
        // Its dependent was skipped then and has no answer now.
        |run| run.status(1),
    );
    let results = ran.results();
    assert_eq!(results.verdict("web-open[pool01.tiny.test]"), "pass");
    assert_eq!(results.verdict("web-open[pool02.tiny.test]"), "pass");
    let dependent = results.case("web-verified[pool01.tiny.test]");
    assert_eq!((&dependent["verdict"], &dependent["cause"]["kind"]), (&"error".into(), &"not-asked".into()));
    assert_eq!(results.verdict("web-verified[pool02.tiny.test]"), "pass");
}

#[test]
fn a_torn_last_line_is_left_out() {
    let ran = reported(
        |journal| {
            let whole = journal.trim_end();
            whole[..whole.len() - 10].to_owned()
        },
        |run| run.status(130),
    );
    assert_eq!(ran.results().0["run"]["interrupted"], true, "the run's end was torn off");
    assert_eq!(ran.results().verdict("web-open[pool01.tiny.test]"), "fail");
}

#[test]
fn an_empty_journal_is_refused() {
    reported(|_| String::new(), |run| run.status(2).stderr("evidence.ndjson:1").stderr("doesn't begin with a header"));
}

#[test]
fn a_torn_header_is_refused() {
    reported(|journal| journal[..100].to_owned(), |run| run.status(2).stderr("evidence.ndjson:1").stderr("header"));
}

#[test]
fn a_newer_journal_is_refused_as_such() {
    reported(
        |journal| {
            let newer = journal.replacen("\"version\":1", "\"version\":2", 1);
            newer.replacen("{\"kind\":\"observation\"", "{\"kind\":\"dream\"", 1)
        },
        |run| run.status(2).stderr("evidence.ndjson:1").stderr("newer Poolproof").stderr("version 2"),
    );
}

#[test]
fn damage_in_the_middle_is_told_with_its_line() {
    reported(
        |journal| {
            let mut lines: Vec<&str> = journal.lines().collect();
            lines.insert(2, "garbage");
            lines.join("\n") + "\n"
        },
        |run| run.status(2).stderr("evidence.ndjson:3").stderr("damaged"),
    );
}

/// A journal whose lines were changed is refused at this line, with these words.
fn refused(change: impl FnOnce(&mut Vec<String>), line: usize, words: &str) {
    let change = |journal: String| {
        let mut lines: Vec<String> = journal.lines().map(str::to_owned).collect();
        change(&mut lines);
        lines.join("\n") + "\n"
    };
    reported(change, |run| run.status(2).stderr(&format!("evidence.ndjson:{line}: ")).stderr(words));
}

fn by(line: &str) -> String {
    let line: Value = serde_json::from_str(line).expect("JSON");
    line["by"].as_str().expect("every line says who wrote it").to_owned()
}

#[test]
fn a_line_of_another_run_is_refused() {
    refused(
        |lines| lines[2] = lines[2].replace(&by(&lines[2]), "20260101T000000-0000"),
        3,
        "was written by the run 20260101T000000-0000",
    );
    refused(
        |lines| lines[3] = lines[3].replace(&format!(",\"by\":\"{}\"", by(&lines[3])), ""),
        4,
        "was written by no run that it names",
    );
}

#[test]
fn lines_that_no_run_writes_in_that_order_are_refused() {
    let first_of = |lines: &[String], kind: &str| {
        let kind = format!("{{\"kind\":\"{kind}\"");
        lines.iter().position(|line| line.starts_with(&kind)).expect("such a line")
    };
    // An observation is missing, is there twice, or stands before an earlier one.
    refused(|lines| drop(lines.remove(1)), 2, "");
    refused(|lines| lines.insert(2, lines[1].clone()), 3, "it is observation 1, and 2 is the next");
    refused(|lines| lines[1] = lines[1].replacen("\"id\":1", "\"id\":7", 1), 2, "it is observation 7");
    // A case rests on what was not seen, or is judged twice.
    refused(
        |lines| {
            let judged = first_of(lines, "judged");
            let line = lines.remove(judged);
            lines.insert(1, line);
        },
        2,
        "which was not made before",
    );
    let last = ran().read(JOURNAL).lines().count();
    let again = |lines: &mut Vec<String>| {
        let judged = first_of(lines, "judged");
        lines.insert(lines.len() - 1, lines[judged].clone());
    };
    refused(again, last, "was judged before");
    // A journal begins once, and ends once.
    refused(|lines| lines.insert(1, lines[0].clone()), 2, "a journal begins once");
    refused(|lines| lines.push(lines[1].clone()), last + 1, "the run has ended before");
}

#[test]
fn a_run_without_a_journal_is_refused() {
    let ran = ran();
    std::fs::remove_file(ran.path(JOURNAL)).expect("removed");
    ran.then(["report"]).status(2).stderr("evidence.ndjson").ok();
    Run::new(["report"]).status(2).stderr("reports/latest").ok();
}
