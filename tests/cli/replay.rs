//! `run --replay` judges a recording's evidence, not its verdicts, with today's checks.

use super::support::{Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
  - id: sip-open
    title: ${pool.fqdn} answers on 5061
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
";

const FILES: [&str; 2] = ["results.json", "junit.xml"];

/// A run, under a name that is known.
fn ran() -> Ran {
    let ran = Run::tiny(CHECKS).status(1).ok();
    let id = id(&ran);
    std::fs::rename(ran.path("reports").join(id), ran.path("recorded")).expect("moved");
    ran
}

fn id(ran: &Ran) -> String {
    ran.results().0["run"]["id"].as_str().expect("an id").to_owned()
}

/// The files of the one replay that was made.
fn replayed(ran: &Ran) -> [String; 2] {
    let folders = std::fs::read_dir(ran.path("replays")).expect("a folder");
    let names: Vec<String> =
        folders.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    let [name] = names.as_slice() else { panic!("{names:?}") };
    assert!(name.ends_with("-replay"), "{name}");
    FILES.map(|file| ran.read(&format!("replays/{name}/{file}")))
}

const REPLAY: [&str; 7] = ["run", "--replay", "recorded", "--reports", "replays", "--checks", "checks"];

#[test]
fn the_same_checks_give_the_same_results_byte_for_byte_and_nothing_is_asked() {
    let ran = ran();
    let before = FILES.map(|file| ran.read(&format!("recorded/{file}")));
    // Neither the verdicts nor the mock deployment are there any more.
    for file in FILES {
        std::fs::remove_file(ran.path("recorded").join(file)).expect("removed");
    }
    std::fs::remove_dir_all(ran.path("mock")).expect("removed");
    let ran = ran.then(REPLAY).status(1).ok();
    assert!(replayed(&ran) == before, "{}\n{}", before[0], replayed(&ran)[0]);
    // And again, into the same folder.
    let ran = ran.then(REPLAY).status(1).ok();
    assert!(replayed(&ran) == before);
}

#[test]
fn other_checks_give_other_verdicts_of_the_same_evidence() {
    let ran = ran();
    let text = ran.read("checks/suite.yaml").replacen("that: port.open", "that: not port.open or true", 1);
    std::fs::write(ran.path("checks/suite.yaml"), text).expect("written");
    let ran = ran.then(REPLAY).ok();
    let [results, _] = replayed(&ran);
    assert!(results.contains("not port.open or true"), "{results}");
}

#[test]
fn what_the_run_did_not_ask_is_an_error_that_says_so() {
    let ran = ran();
    let text = ran.read("checks/suite.yaml").replacen("port: 443", "port: 444", 1);
    std::fs::write(ran.path("checks/suite.yaml"), text).expect("written");
    let ran = ran.then(REPLAY).status(3).stderr("the recorded run did not ask it").ok();
    let [results, _] = replayed(&ran);
    assert!(results.contains("\"kind\":\"not-asked\""), "{results}");
}

#[test]
fn a_part_of_the_checks_stays_a_part() {
    let ran = Run::tiny(CHECKS).args(["sip-open"]).ok();
    std::fs::rename(ran.path("reports").join(id(&ran)), ran.path("recorded")).expect("moved");
    let before = ran.read("recorded/results.json");
    let ran = ran.then(REPLAY).ok();
    assert!(replayed(&ran)[0] == before);
    let ran = ran.then(["run", "web-open", "--replay", "recorded", "--checks", "checks"]).status(3).ok();
    drop(ran);
}

#[test]
fn what_is_no_run_is_refused() {
    Run::new(["run", "--replay", "nowhere"]).status(2).stderr("can't read nowhere").ok();
    Run::new(["run", "--replay", "a", "--mock", "b"]).status(2).stderr("cannot be used with").ok();
}
