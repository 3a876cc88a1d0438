//! The record of a gate stands for itself, and shows when anything of it was changed.

use std::path::Path;

use poolproof::gate::{Answer, GateRecord, page, seal};
use serde_json::Value;

use super::held::{pools, user, with};
use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: blocker
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
    fix: open it
";

const GATE: &str = "gate: tiny\nquestion: May we?\nphases: [edge]\nchecks: [web-open]\nattestations: [{ item: audible-call, title: A call is heard }]\n";
const WAIVERS: &str = "waivers: [{ case: 'web-open[pool01.tiny.test]', reason: known, owner: ana, ticket: CHG-7, until: '2099-01-01T00:00:00Z' }]";
const SEEN: &str = "environment: tiny\nattestations: [{ item: audible-call, by: ana, at: '2020-02-29T12:00:00[Europe/Berlin]', evidence: CHG-8, until: '2099-01-01T00:00:00Z' }]";

/// A gate that asked itself, with a waiver and an attestation.
fn asked() -> Run {
    Run::new(["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--waivers", "w.yaml"])
        .args(["--attestations", "seen.yaml", "--record", "change"])
        .mock(ENVIRONMENT, DEPLOYMENT)
        .suite(CHECKS)
        .file("tiny.yaml", GATE)
        .file("w.yaml", WAIVERS)
        .file("seen.yaml", SEEN)
}

fn recorded() -> Ran {
    asked().stderr("GO with 1 waiver").ok()
}

fn record(ran: &Ran) -> GateRecord {
    serde_json::from_str(&ran.read("change/record.json")).expect("a record")
}

/// The only run that was made.
fn run(ran: &Ran) -> String {
    record(ran).evidence[0].run.clone()
}

fn verify(ran: Ran) -> Run {
    let folder = format!("reports/{}", run(&ran));
    ran.then(["verify", "change", "--run"]).args([&folder])
}

fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_record_says_what_was_asked_and_is_verified() {
    let ran = recorded();
    let text = ran.read("change/record.json");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    let schema: Value = serde_json::from_str(&Run::new(["schema", "record"]).ok().stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    let record = record(&ran);
    assert_eq!((record.answer.gate.as_str(), record.answer.answer), ("tiny", Answer::Go));
    assert_eq!(record.answer.waivers[0].ticket, "CHG-7");
    assert_eq!(record.environment_file.sha256, sha256(ENVIRONMENT.as_bytes()));
    assert_eq!(record.answer.check_files[0].sha256, sha256(ran.read("checks/suite.yaml").as_bytes()));
    let names: Vec<&str> = record.evidence[0].files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["evidence.ndjson", "results.json"]);
    // Anybody can take the digest again.
    let zeros = "0".repeat(64);
    let digits = record.digest.strip_prefix("sha256:").expect("a digest");
    assert_eq!(digits, sha256(text.replace(digits, &zeros).as_bytes()));
    assert!(ran.stderr.contains(&format!("for the change ticket: {}", record.digest)), "{}", ran.stderr);
    assert!(ran.read("change/record.html").contains(&record.digest));
    // With nothing of what it was asked with, but the evidence.
    for file in ["w.yaml", "seen.yaml", "tiny.yaml", "checks/suite.yaml"] {
        std::fs::remove_file(ran.path(file)).expect("removed");
    }
    std::fs::remove_dir_all(ran.path("mock")).expect("removed");
    let ran = verify(ran).args(["--digest", &record.digest]).stdout("VERIFIED: record").stdout("GO with 1 waiver").ok();
    assert!(!ran.stdout.contains("NOT"), "{}", ran.stdout);
    let html = ran.then(["verify", "change/record.html"]).status(3).stdout("name its folder with `--run`").ok();
    assert!(html.stdout.contains("NOT VERIFIED: not everything could be looked at"), "{}", html.stdout);
}

#[test]
fn a_record_lies_beside_the_evidence_or_in_a_folder_of_its_own() {
    let asked = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"];
    let ran = recorded().then(asked).status(1).stderr("the record is in reports").ok();
    let ran = ran.then(["verify", "reports/latest"]).ok();
    // From runs of before, and found beside them.
    let from = format!("reports/{}", run(&ran));
    let ran = ran.then(asked).args(["--from", &from, "--reports", "reports"]).status(1).ok();
    let place = ran.stderr.split_once("the record is in ").and_then(|(_, rest)| rest.split_once(';'));
    let place = place.expect("a place").0.to_owned();
    assert!(place.ends_with("-tiny"), "{place}");
    ran.then(["verify", &place]).stdout("NO-GO: 1 blocker").stdout("VERIFIED").ok();
}

#[test]
fn a_record_is_never_written_over() {
    let ran = recorded();
    let before = ran.read("change/record.json");
    let again = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--record", "change"];
    let ran = ran.then(again).status(2).stderr("there is a record already").ok();
    assert!(ran.read("change/record.json") == before);
}

#[test]
fn without_a_record_nothing_says_go() {
    let ran = over_an_inventory();
    std::fs::write(ran.path("taken"), "a file").expect("written");
    let asked = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"];
    let kept = ["--record", "taken/change", "--markdown", "gate.md", "--junit", "gate.xml", "--json", "gate.json"];
    let ran = ran.then(asked).args(kept).status(70).stderr("UNDECIDED").ok();
    for file in ["gate.md", "gate.xml", "gate.json"] {
        let told = ran.read(file);
        assert!(told.contains("the record can't be written"), "{file}: {told}");
        assert!(!told.contains("**GO") && !told.contains("\"answer\": \"go\""), "{file}: {told}");
    }
    assert!(ran.read("gate.xml").contains("<error"), "{}", ran.read("gate.xml"));
}

/// At how many places of a file a byte is changed.
const PLACES: usize = 12;

/// A gate over an inventory, with a wave that is a list.
fn over_an_inventory() -> Ran {
    let check = "
  - id: homed
    title: Everybody is homed somewhere
    severity: blocker
    for: { user: inventory.users }
    expect: [{ that: user.registrar_pool is not none and user.wave is not none }]
";
    let wave = "waves: [{ name: first, to: pool02.tiny.test, state: next, users: ['sip:ann@tiny.test'] }]\n";
    let users = [user("ann", "pool01.tiny.test")];
    let environment = format!("{ENVIRONMENT}{wave}");
    let run = with(check, &environment, &[("users", &users), ("pools", &pools())]);
    let gate = "gate: tiny\nquestion: May we?\nphases: [edge]\nchecks: [homed]\n";
    let asked = ["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--record", "change"];
    run.file("tiny.yaml", gate).instead(asked).stderr("GO\n").ok()
}

/// Changes one byte of a file, at places all over it, and asks each time.
fn each_byte(ran: Ran, file: impl Fn(&Ran) -> String, name: &str) {
    let path = ran.path(&file(&ran));
    let folder = format!("reports/{}", run(&ran));
    let whole = std::fs::read(&path).expect("read");
    for place in 0..PLACES {
        let at = (whole.len() - 1) * place / (PLACES - 1);
        let mut bytes = whole.clone();
        // Letters stay letters, so that what is read stays readable where it can.
        bytes[at] ^= 1;
        std::fs::write(&path, &bytes).expect("written");
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_poolproof"))
            .args(["verify", "change", "--run", &folder])
            .current_dir(ran.folder.path())
            .output()
            .expect("runs");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(matches!(output.status.code(), Some(1 | 2)), "byte {at} of {name}: {told}");
        let line = told.lines().find(|line| line.contains("NOT SO") || line.contains("error["));
        assert!(line.is_some_and(|line| line.contains(name)), "byte {at} of {name}: {told}");
        assert!(!told.contains("panicked"), "{told}");
    }
    std::fs::write(&path, whole).expect("written");
    verify(ran).stdout("VERIFIED").ok();
}

#[test]
fn one_byte_of_the_evidence_shows() {
    each_byte(recorded(), |ran| format!("reports/{}/evidence.ndjson", run(ran)), "evidence.ndjson");
}

#[test]
fn one_byte_of_the_results_shows() {
    each_byte(recorded(), |ran| format!("reports/{}/results.json", run(ran)), "results.json");
}

#[test]
fn one_byte_of_the_inventory_shows() {
    for name in ["inventory.snapshot", "waves.json"] {
        each_byte(over_an_inventory(), |ran| format!("reports/{}/{name}", run(ran)), name);
    }
}

#[test]
fn one_byte_of_the_record_shows() {
    each_byte(recorded(), |_| "change/record.json".to_owned(), "record.json");
}

#[test]
fn one_byte_of_the_page_shows() {
    each_byte(recorded(), |_| "change/record.html".to_owned(), "record.html");
}

#[test]
fn one_byte_of_a_check_file_shows() {
    each_byte(recorded(), |_| "checks/suite.yaml".to_owned(), "suite.yaml");
}

fn rewrite(ran: &Ran, change: impl FnOnce(&mut GateRecord)) {
    let mut changed = record(ran);
    change(&mut changed);
    let mut file = Vec::new();
    seal(&mut changed, &mut file).expect("sealed");
    std::fs::write(ran.path("change/record.json"), file).expect("written");
    std::fs::write(ran.path("change/record.html"), page(&changed).expect("a page")).expect("written");
}

#[test]
fn a_record_that_was_rewritten_as_a_whole_shows_by_its_evidence_or_its_digest() {
    let ran = recorded();
    // What the evidence speaks of.
    rewrite(&ran, |record| record.waivers = None);
    let ran = verify(ran).status(1).stdout("the record says GO, and its evidence says NO-GO").ok();
    rewrite(&ran, |record| {
        record.waivers = Some(record.gates[0].clone());
    });
    let ran = verify(ran).status(1).stdout("the record can't be what was asked").ok();
    drop(ran);
    // What it does not: only the ticket knows.
    let ran = recorded();
    let digest = record(&ran).digest;
    rewrite(&ran, |record| record.asked_by = "somebody else".to_owned());
    let ran = verify(ran).stdout("VERIFIED").stdout("--digest").ok();
    verify(ran).args(["--digest", &digest]).status(1).stdout("NOT SO     the digest that was given").ok();
}

#[test]
fn an_answer_that_was_polished_shows() {
    let ran = recorded();
    rewrite(&ran, |record| record.answer.counts.hold += 1);
    let ran = verify(ran).status(1).stdout("the evidence says otherwise of counts").ok();
    rewrite(&ran, |record| {
        record.answer.counts.hold -= 1;
        record.answer.valid_until += jiff::SignedDuration::from_hours(1);
    });
    verify(ran).status(1).stdout("the evidence says otherwise of valid_until").ok();
}

#[test]
fn what_is_no_record_is_refused_with_its_place() {
    Run::new(["verify", "nowhere"]).status(2).stderr("can't read nowhere").ok();
    let broken = Run::new(["verify", "r.json"]).file("r.json", "{\n  \"version\": 1\n}");
    broken.status(2).stderr("r.json:2:14: this is not the record of a gate").ok();
    let ran = recorded();
    let newer = ran.read("change/record.json").replacen("\"version\": \"1.0\"", "\"version\": \"2.0\"", 1);
    std::fs::write(ran.path("change/record.json"), newer).expect("written");
    ran.then(["verify", "change"]).status(2).stderr("a newer Poolproof wrote this record").ok();
}

#[test]
fn a_page_over_a_quarter_of_a_million_users_stays_small() {
    let ran = recorded();
    let mut many = record(&ran);
    let member = |number: usize| {
        serde_json::json!({
            "key": format!("legacy-pool-no-users[pool01.tiny.test,user{number}@tiny.test]"), "verdict": "fail",
            "message": format!("user{number}@tiny.test is homed on pool01.tiny.test"),
        })
    };
    let item = serde_json::json!({
        "key": "legacy-pool-no-users", "title": "Nobody is left", "severity": "blocker", "kind": "fails",
        "message": "240000 of 240000 fail", "members": (0..240_000).map(member).collect::<Vec<_>>(),
    });
    many.answer.blockers.push(serde_json::from_value(item).expect("an item"));
    let page = page(&many).expect("a page");
    assert!(page.len() < 1_000_000 && page.contains("… and 239980 more"), "{} bytes", page.len());
    let mut file = Vec::new();
    seal(&mut many, &mut file).expect("sealed");
    let text = String::from_utf8(file).expect("UTF-8");
    assert!(text.contains("user239999@tiny.test"), "whoever signs has all of them");
}

const HOSTILE: &str = "</p></style><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7*7 }} \u{202e}";

#[test]
fn hostile_text_is_inert_in_the_page() {
    let gate = GATE.replace("May we?", &format!("'{HOSTILE}'"));
    let waivers = WAIVERS.replace("reason: known", &format!("reason: '{HOSTILE}'"));
    let ran = asked().file("tiny.yaml", gate).file("w.yaml", waivers).ok();
    let page = ran.read("change/record.html");
    for part in ["<script", "<img", "\u{202e}", " 49 ", "http://", "https://", "src=\"", "@import", "url("] {
        assert!(!page.contains(part), "{part} is in\n{page}");
    }
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("default-src 'none'") || page.contains("default-src &#x27;none&#x27;"), "{page}");
    assert!(Path::new(&ran.path("change/record.json")).is_file());
    verify(ran).ok();
}
