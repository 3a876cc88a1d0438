//! Ctrl-C once: what is under way is finished and reported. Twice: now.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::inventory::export;
use super::killed::{NAMES, observed, run_folder, slow};
use super::support::{DEPLOYMENT, ENVIRONMENT, Results, Run, observations};

fn interrupt(child: &Child) {
    send("INT", child);
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{signal} {}", child.id())]).status().expect("a shell");
    assert!(sent.success());
}

#[test]
fn once_finishes_what_is_under_way() {
    finishes_at("INT");
}

/// What a service manager or a CI server sends before it kills.
#[test]
fn being_told_to_end_finishes_what_is_under_way() {
    finishes_at("TERM");
}

fn finishes_at(signal: &str) {
    let run = slow();
    let mut child = run.spawn();
    let folder = observed(&run, &mut child, 10);
    send(signal, &child);
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!(child.wait().expect("ended").code(), Some(130), "{stderr}");
    assert!(stderr.contains("Ctrl-C again ends it now"), "{stderr}");

    let results = Results::read(&folder.join("results.json"));
    assert_eq!(results.0["run"]["interrupted"], true);
    let unfinished = results.cases().iter().filter(|case| case["cause"]["kind"] == "unfinished").count();
    let passed = results.0["totals"]["passed"].as_u64().expect("a number");
    assert!(unfinished > 0 && passed >= 5, "{unfinished} unfinished, {passed} passed: {stderr}");
    assert!(observations(&folder.join("evidence.ndjson")).len() < NAMES);
    assert!(folder.join("junit.xml").exists());

    // And it is told in the same way when it is judged again.
    let before = std::fs::read(folder.join("results.json")).expect("written");
    let ran = Run::new(["report", &folder.display().to_string()]).status(130).ok();
    drop(ran);
    assert!(std::fs::read(folder.join("results.json")).expect("written") == before);
}

#[test]
fn a_gate_whose_own_run_is_stopped_is_not_go_and_says_so() {
    let gate = "gate: tiny\nquestion: May we?\nphases: [edge]\nchecks: [name]\n";
    let asked =
        ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--json", "answer.json"];
    let run = slow().file("tiny.yaml", gate).instead(asked);
    let mut child = run.spawn();
    observed(&run, &mut child, 10);
    interrupt(&child);
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!(child.wait().expect("ended").code(), Some(130), "{stderr}");
    assert!(stderr.contains("UNDECIDED") && stderr.contains("was ended early"), "{stderr}");
    let text = std::fs::read_to_string(run.path("answer.json")).expect("written");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(answer["answer"], "undecided");
    let open = answer["undetermined"].as_array().expect("a list");
    assert!(open.iter().any(|item| item["kind"] == "ended-early"), "{text}");
}

#[test]
fn a_capture_that_is_stopped_leaves_nothing_that_could_be_shared() {
    let fixture = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contoso").display().to_string();
    let ran = Run::new(["run", "--mock", &fixture, "--quiet"]).ok();
    leaves_all_or_nothing(&ran.then(["capture", "reports/latest", "--output", "shared/out"]));
}

#[test]
fn a_snapshot_that_is_stopped_leaves_no_half_of_it() {
    let people: Vec<String> = (0..5_000).map(|number| format!("user{number} pool01 -")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    let run = Run::new(["snapshot", "--from", "export", "--output", "shared/out"]);
    leaves_all_or_nothing(&export(run, "export", &people, |_| {}));
}

/// What writes `shared/out` is stopped as soon as anything lies there.
fn leaves_all_or_nothing(run: &Run) {
    let mut child = run.spawn();
    let lying = || -> Vec<String> {
        let entries = std::fs::read_dir(run.path("shared")).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    while lying().is_empty() {
        assert!(child.try_wait().expect("a status").is_none(), "it ended before it began to write");
        std::thread::yield_now();
    }
    interrupt(&child);
    let code = child.wait().expect("ended").code();
    // Whoever is too quick for the signal has finished.
    let wanted = if code == Some(130) { Vec::new() } else { vec!["out".to_owned()] };
    assert!(matches!(code, Some(0 | 3 | 130)), "{code:?}");
    assert_eq!(lying(), wanted);
}

#[test]
fn twice_ends_it_now() {
    let check = "
  - id: never
    title: nobody answers
    observe: { name: { dns: { name: never.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
    timeout: 10m
  - id: quick
    title: somebody answers
    observe: { port: { tcp: { host: 10.0.0.1, port: 5061 } } }
    expect: [{ that: port.open }]
";
    let deployment = DEPLOYMENT.replace("    zones: [tiny.test]", "    zones: [tiny.test]\n    fault: { kind: drop }");
    let run = Run::tiny(check).mock(ENVIRONMENT, &deployment);
    let mut child = run.spawn();
    let folder = observed(&run, &mut child, 1);
    interrupt(&child);
    wait_for("Ctrl-C again", &mut child);
    let begun = Instant::now();
    interrupt(&child);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    assert!(begun.elapsed() < Duration::from_secs(30), "it waited for the question under way");
    assert!(!folder.join("results.json").exists(), "now means now");

    // What was learned is not lost for all that.
    let ran = Run::new(["report", &run_folder(&run).expect("a run").display().to_string()]).status(130).ok();
    drop(ran);
    let results = Results::read(&folder.join("results.json"));
    assert_eq!(results.verdict("quick"), "pass");
    assert_eq!(results.case("never")["cause"]["kind"], Value::from("unfinished"));
}

#[test]
fn twice_ends_what_the_run_has_started_too() {
    let check = "
  - id: asks
    title: A shell answers
    observe: { shell: { cmdlet: { name: Get-CsServerVersion } } }
    expect: [{ that: shell.count > 0 }]
    timeout: 10m
";
    let run = Run::tiny(check);
    let begun = run.path("begun");
    let script = format!("[sh, -c, 'sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait']", begun.display());
    let environment = format!("{ENVIRONMENT}powershell: {{ command: {script} }}\n");
    let run = run.file("environment.yaml", environment).instead(["run", "--checks", "checks"]);
    let mut child = run.spawn();
    while !begun.exists() {
        if child.try_wait().expect("a status").is_some() {
            let mut stderr = String::new();
            child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
            panic!("it ended before it asked: {stderr}");
        }
        std::thread::yield_now();
    }
    interrupt(&child);
    wait_for("Ctrl-C again", &mut child);
    interrupt(&child);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    ends(&begun);
}

/// Reports that nobody takes: a pipe whose reader sleeps.
#[test]
fn twice_ends_what_can_not_be_written() {
    let run = Run::tiny("  - { id: one, title: t, expect: [{ that: environment.name == 'tiny' }] }\n");
    let run = run.args(["--json", "pipe"]);
    assert!(Command::new("mkfifo").arg(run.path("pipe")).status().expect("a program").success());
    let mut child = run.spawn();
    while !run.path("reports/latest").exists() {
        assert!(child.try_wait().expect("a status").is_none(), "it ended before it reported");
        std::thread::yield_now();
    }
    send("TERM", &child);
    wait_for("Ctrl-C again", &mut child);
    send("TERM", &child);
    assert_eq!(child.wait().expect("ended").code(), Some(130));
    assert_eq!(Results::read(&run.path("reports/latest/results.json")).verdict("one"), "pass");
}

/// Waits until it says something on standard error.
fn wait_for(text: &str, child: &mut Child) {
    let mut stderr = BufReader::new(child.stderr.take().expect("piped"));
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert!(stderr.read_line(&mut line).expect("read") > 0, "it ended at the first");
    }
}

#[test]
fn a_command_that_gives_no_secret_is_not_waited_for() {
    let run = asks_for_a_secret();
    let stderr = stopped_while_it_asks(&run);
    assert_eq!(Results::read(&run.path("reports/latest/results.json")).0["run"]["interrupted"], true, "{stderr}");
}

#[test]
fn a_plan_that_is_stopped_ends_what_it_has_started() {
    stopped_while_it_asks(&asks_for_a_secret().instead(["plan", "--mock", "mock", "--checks", "checks"]));
}

/// A run that needs a secret, and gets none.
fn asks_for_a_secret() -> Run {
    let check = "
  - id: signs-in
    title: An account signs in
    for: { account: environment.accounts }
    account: ${account.sip_address}
    observe: { one: { sign-in: { host: pool02.tiny.test, port: 5061 } } }
    expect: [{ that: one.signed_in }]
";
    let run = Run::tiny(check);
    let begun = run.path("begun");
    let script = format!("[sh, -c, 'sleep 1000 & echo $! > {0}.new; mv {0}.new {0}; wait']", begun.display());
    let account =
        format!("{{ sip: 'sip:a@tiny.test', user: a, password: {{ command: {{ run: {script}, within: 1h }} }} }}");
    run.mock(&format!("{ENVIRONMENT}accounts: [{account}]\n"), DEPLOYMENT)
}

/// Stops it, and what it has started ends; what it said.
fn stopped_while_it_asks(run: &Run) -> String {
    let begun = run.path("begun");
    let mut child = run.spawn();
    while !begun.exists() {
        assert!(child.try_wait().expect("a status").is_none(), "it ended before it asked");
        std::thread::yield_now();
    }
    interrupt(&child);
    let mut stderr = String::new();
    child.stderr.take().expect("piped").read_to_string(&mut stderr).expect("read");
    assert_eq!(child.wait().expect("ended").code(), Some(130), "{stderr}");
    ends(&begun);
    stderr
}

/// Waits for the end of the process whose number is in a file.
fn ends(begun: &Path) {
    let process = std::fs::read_to_string(begun).expect("it said who it is");
    // Where there is no /proc, the command's end is all that is looked at.
    let gone = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", process.trim())).unwrap_or_default();
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('Z'))
    };
    let since = Instant::now();
    while !gone() {
        assert!(since.elapsed() < Duration::from_mins(1), "what it started lives");
        std::thread::sleep(Duration::from_millis(5));
    }
}
