//! Every command, and what it prints where.

use std::io::Read;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::Run;

const CHECKS: &str = "
  - id: sip-open
    title: ${pool.fqdn} answers on 5061
    because: clients sign in there
    source: a document
    severity: blocker
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
    timeout: 7s
  - id: sip-open-too
    title: ${pool.fqdn} answers on 5061, again
    needs: [sip-open]
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
    retry: { attempts: 4, wait: 1s }
";

#[test]
fn plan_tells_what_would_be_asked_and_asks_nothing() {
    let plan = |format: &str| {
        Run::new(["plan", "--mock", "mock", "--checks", "checks", "--format", format])
            .mock(super::support::ENVIRONMENT, super::support::DEPLOYMENT)
            .suite(CHECKS)
            .ok()
    };
    let ran = plan("json");
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        json["totals"],
        serde_json::json!({"cases": 4, "questions_known": 2, "questions_later": 0, "askings": 4})
    );
    let question = &json["questions"][0];
    assert_eq!(question["cases"], 2);
    assert_eq!((&question["timeout_ms"], &question["attempts"]), (&10_000.into(), &4.into()), "the largest of each");
    assert_eq!(question["timeout_from"], "largest of the checks that share it");
    assert_eq!(json["cases"][2]["needs"], serde_json::json!(["sip-open[pool01.tiny.test]"]));
    assert!(!ran.path("reports").exists(), "nothing is written");
    let text = plan("text").stdout;
    for part in ["pool01.tiny.test:5061", "127.0.0.1", "sip-open-too[pool02.tiny.test]", "4 attempt(s)"] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
}

#[test]
fn list_shows_checks_and_fixtures() {
    Run::new(["list"]).stdout("federated-communication").stdout("external-user-reachability").ok();
    Run::new(["list", "--mock", "mock"])
        .mock(super::support::ENVIRONMENT, super::support::DEPLOYMENT)
        .file("mock/states/late.yaml", "title: Later than that\nenvironment: { phase: post }\n")
        .file("mock/variants/bad.yaml", "title: Gone wrong\non: late\n")
        .stdout("late")
        .stdout("Later than that")
        .stdout("Gone wrong (in late)")
        .ok();
}

#[test]
fn explain_tells_all_about_one_check() {
    let explain = |id: &str| Run::new(["explain", id, "--checks", "checks"]).suite(CHECKS);
    let ran = explain("sip-open").stdout("blocker (check)").stdout("7s (check)").stdout("clients sign in there");
    ran.stdout("port.open").stdout("checks/suite.yaml:5:9").ok();
    explain("sip-opne").status(2).stderr("there is no check `sip-opne`").stderr("did you mean `sip-open`?").ok();
}

#[test]
fn lint_is_content_with_what_is_shipped() {
    Run::new(["lint"]).stderr("no mistakes").ok();
    Run::new(["lint", "builtin", "checks"]).suite(CHECKS).stderr("no mistakes").ok();
}

#[test]
fn completions_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        Run::new(["completions", shell]).stdout("poolproof").stdout("junit-dialect").ok();
    }
}

#[test]
fn help_says_what_is_needed() {
    Run::new(["--help"]).stdout("Exit codes").stdout("130").stdout("schema").ok();
    let needed: [(&str, &[&str]); 12] = [
        (
            "run",
            &[
                "--mock",
                "--environment",
                "--checks",
                "--fail-on",
                "--fail-fast",
                "--junit",
                "--at",
                "evidence.ndjson",
                "--only-changed-since",
                "--notify",
            ],
        ),
        ("plan", &["--mock", "--format", "ask nothing"]),
        ("list", &["--tag", "--phase", "--severity", "--mock"]),
        ("lint", &["--environment", "builtin", "Exits 0"]),
        ("explain", &["<CHECK>", "--checks"]),
        ("schema", &["suite", "environment", "results", "deployment"]),
        ("mock", &["--state", "--variant", "--authorities", "Ctrl-C"]),
        ("report", &["evidence.ndjson", "reports/latest", "--junit-dialect"]),
        ("completions", &["bash", "powershell"]),
        ("diff", &["never called fixed", "--format", "--approved", "markdown"]),
        ("gate", &["--from", "--notify", "--notify-secret", "--notify-template", "--notify-proxy"]),
        ("capture", &["<RUN>", "--output", "look it through"]),
    ];
    for (command, parts) in needed {
        parts.iter().fold(Run::new([command, "--help"]), |run, part| run.stdout(part)).ok();
    }
}

#[test]
fn a_report_on_standard_output_is_alone_there() {
    let ran = Run::tiny(CHECKS).args(["--junit", "-", "-v"]).stderr("PASSED").ok();
    assert!(ran.stdout.starts_with("<?xml"), "{}", ran.stdout);
    let mut reader = quick_xml::Reader::from_str(&ran.stdout);
    let mut cases = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)
                if tag.name().as_ref() == b"testcase" =>
            {
                cases += 1;
            }
            _ => {}
        }
    }
    assert_eq!(cases, 4);
    let ran = Run::tiny(CHECKS).args(["--json", "-"]).ok();
    assert_eq!(ran.stdout, ran.read("reports/latest/results.json"));
}

#[test]
fn reports_go_where_they_are_wanted() {
    let ran = Run::tiny(CHECKS).args(["--junit", "out/a.xml", "--json", "out/b.json", "--reports", "elsewhere"]).ok();
    assert_eq!(ran.read("out/a.xml"), ran.read("elsewhere/latest/junit.xml"));
    assert_eq!(ran.read("out/b.json"), ran.read("elsewhere/latest/results.json"));
    let named = ["--html", "out/c.html", "--markdown", "out/d.md", "--events", "out/e.ndjson"];
    let ran = Run::tiny(CHECKS).args(named).ok();
    assert_eq!(ran.read("out/c.html"), ran.read("reports/latest/report.html"));
    assert!(ran.read("out/d.md").starts_with("# PASSED: "), "{}", ran.read("out/d.md"));
    let events: Vec<Value> =
        ran.read("out/e.ndjson").lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let of = |name: &str| events.iter().filter(|event| event["event"] == name).count();
    assert_eq!((of("run-started"), of("case-finished"), of("run-finished")), (1, 4, 1));
    assert_eq!(events.last().map(|event| event["event"].clone()), Some("run-finished".into()));
}

#[test]
fn two_reports_never_share_standard_output() {
    for two in [["--junit", "-", "--json", "-"], ["--html", "-", "--markdown", "-"], ["--events", "-", "--json", "-"]] {
        Run::tiny(CHECKS).args(two).stderr("would both write to standard output").status(2).ok();
    }
}

#[test]
fn no_terminal_gets_no_colour() {
    for run in [Run::tiny(CHECKS), Run::tiny(CHECKS).env("NO_COLOR", "1"), Run::lint("a: [").env("NO_COLOR", "1")] {
        let ran = run.ok();
        assert!(!ran.stderr.contains('\u{1b}'), "{:?}", ran.stderr);
    }
}

#[test]
fn log_lines_are_json_where_that_is_asked_for() {
    let ran = Run::tiny(CHECKS).args(["-v", "--log-format", "json", "--quiet"]).ok();
    let lines: Vec<Value> = ran
        .stderr
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert!(lines.iter().any(|line| line["fields"]["message"] == "run started"), "{}", ran.stderr);
}

#[test]
fn a_reader_that_went_away_is_no_trouble() {
    let run = Run::tiny(CHECKS);
    for arguments in [
        vec!["schema", "suite"],
        vec!["list"],
        vec!["completions", "bash"],
        vec!["--help"],
        vec!["run", "--mock", "mock", "--checks", "checks", "--junit", "-"],
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_poolproof"))
            .args(&arguments)
            .current_dir(run.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        drop(child.stdout.take());
        let mut stderr = String::new();
        child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
        assert_eq!(child.wait().expect("ends").code(), Some(0), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{stderr}");
    }
}

#[test]
fn export_script_prints_what_is_chosen() {
    let whole = Run::new(["export-script"]).ok().stdout;
    let chosen = Run::new([
        "export-script",
        "--dataset",
        "users,sip_domains",
        "--environment",
        "cont'oso",
        "--domain-controller",
        "dc1.contoso.com",
    ])
    .ok()
    .stdout;
    for (script, datasets) in [(&whole, 60), (&chosen, 2)] {
        let found = script.lines().filter(|line| line.trim_start().starts_with("Dataset = '")).count();
        assert!(if datasets == 2 { found == 2 } else { found > datasets }, "{found}");
        assert!(script.starts_with("<#") && script.contains(".SYNOPSIS"));
    }
    assert!(chosen.contains("$Environment = 'cont''oso'") && chosen.contains("$DomainController = 'dc1.contoso.com'"));
    let ran = Run::new(["export-script", "--dataset", "usrs"]).status(2).stderr("did you mean `users`").ok();
    assert!(ran.stdout.is_empty());
}
