//! `gate` on a small deployment: what stops it, and what it must not take for proof.

use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    severity: blocker
    for: { pool: environment.target_pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
    fix: open it
  - id: web-verified
    title: ${pool.fqdn} is who it says
    needs: [web-open]
    for: { pool: environment.target_pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
  - id: seen-outside
    title: seen from outside
    severity: blocker
    vantage: external
    observe: { name: { dns: { name: pool02.tiny.test, type: A } } }
    expect: [{ that: name.exists }]
  - id: nothing-there
    title: every Director answers
    for: { director: environment.directors }
    allow_empty: there is none
    expect: [{ that: director.fqdn == 'x' }]
  - id: legacy-open
    title: ${pool.fqdn} answers on 443
    for: { pool: environment.legacy_pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
  - id: much-later
    title: later
    applies: { from: removed }
    expect: [{ that: environment.name == 'tiny' }]
  - id: edge-time
    title: due from the Edge on
    applies: { from: edge }
    for: { pool: environment.target_pools }
    expect: [{ that: pool.role == 'target' }]
  - id: lesser
    title: lesser
    severity: minor
    expect: [{ that: environment.name == 'other' }]
";

fn gate(checks: &str, more: &str) -> String {
    format!("gate: tiny\nquestion: May we?\nphases: [edge]\nabout: [pool]\nchecks: {checks}\n{more}\n")
}

fn asked(checks: &str, more: &str) -> Run {
    Run::new(["gate", "tiny", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml", "--json", "-"])
        .mock(ENVIRONMENT, DEPLOYMENT)
        .suite(CHECKS)
        .file("tiny.yaml", gate(checks, more))
}

fn answer(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).expect("an answer")
}

fn kinds(answer: &Value, list: &str) -> Vec<(String, String)> {
    let items = answer[list].as_array().expect("a list");
    let text = |item: &Value, key: &str| item[key].as_str().expect("a text").to_owned();
    items.iter().map(|item| (text(item, "key"), text(item, "kind"))).collect()
}

fn pair(key: &str, kind: &str) -> (String, String) {
    (key.to_owned(), kind.to_owned())
}

#[test]
fn what_holds_is_go_and_says_what_it_rests_on() {
    let ran = asked("[web-verified]", "not_promised: [the moon]").stderr("GO\n").stderr("the moon").ok();
    let answer = answer(&ran);
    assert_eq!(answer["answer"], "go");
    assert_eq!(answer["counts"]["checks"], 2, "what is needed is asked for as well");
    assert_eq!(answer["runs"][0]["evidence"].as_str().map(str::len), Some(64));
    assert_eq!(answer["check_files"][0]["sha256"].as_str().map(str::len), Some(64));
    let schema: Value = serde_json::from_str(&Run::new(["schema", "answer"]).ok().stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<String> = validator.iter_errors(&answer).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn a_failure_is_no_go_with_its_evidence_and_fix() {
    let closed = DEPLOYMENT.replace("443: { tls: pool02 }, ", "");
    let run = asked("[web-verified, lesser]", "").mock(ENVIRONMENT, &closed).status(1);
    let ran = run.stderr("NO-GO: 1 blocker, 1 not determined").stderr("fix: open it").ok();
    let answer = answer(&ran);
    assert_eq!(kinds(&answer, "blockers"), [pair("web-open[pool02.tiny.test]", "fails")]);
    let blocker = &answer["blockers"][0];
    assert!(blocker["evidence"].to_string().contains("port.open"), "{blocker}");
    assert!(blocker["evidence"].to_string().contains("asked from internal"), "{blocker}");
    assert_eq!(blocker["holds_back"][0], "web-verified[pool02.tiny.test]");
    assert_eq!(kinds(&answer, "undetermined"), [pair("web-verified[pool02.tiny.test]", "held-back")]);
    assert_eq!(kinds(&answer, "lesser"), [pair("lesser", "fails")]);
}

#[test]
fn strict_checks_stop_it_whatever_their_severity() {
    let ran = asked("[lesser]", "strict: [lesser]").status(1).ok();
    assert_eq!(kinds(&answer(&ran), "blockers"), [pair("lesser", "fails")]);
}

#[test]
fn what_was_not_seen_is_never_go() {
    for (checks, key, kind) in [
        ("[seen-outside]", "seen-outside", "not-observed-from-here"),
        ("[nothing-there]", "nothing-there", "nothing-stated"),
    ] {
        let ran = asked(checks, "").status(3).stderr("UNDECIDED: 1 thing not determined").ok();
        assert_eq!(kinds(&answer(&ran), "undetermined"), [pair(key, kind)]);
    }
    // A check that is due later is not the gate's business; one that is due of nobody is.
    asked("[web-open, much-later]", "").ok();
    let behind = ENVIRONMENT.replace("product: sfb-2019", "product: sfb-2019, phase: pilot");
    let ran = asked("[web-open, edge-time]", "").mock(&behind, DEPLOYMENT).status(3).ok();
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("edge-time", "not-due")]);
    let other = gate("[web-open]", "").replace("[edge]", "[cutover]");
    let ran = asked("[web-open]", "").file("tiny.yaml", other).status(3).ok();
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("phase", "not-due")]);
    // Stated absence is an answer.
    let stated = format!("{ENVIRONMENT}directors: []\n");
    asked("[nothing-there]", "").mock(&stated, DEPLOYMENT).ok();
}

#[test]
fn a_gate_of_whose_checks_none_is_due_is_never_go() {
    // In no phase of the gate.
    let run = asked("[much-later]", "").status(2).stderr("asks for is due in the phase edge").stderr("tiny.yaml:");
    assert!(run.ok().stdout.is_empty());
    // Not yet, in the phase in which it is asked: what it needs may hold, and proves nothing.
    let both = |checks: &str| gate(checks, "").replace("[edge]", "[edge, removed]");
    let later = CHECKS.replace("title: later\n", "title: later\n    needs: [web-open]\n");
    for suite in [CHECKS.to_owned(), later] {
        let ran = asked("", "").suite(&suite).file("tiny.yaml", both("[much-later]")).status(3).ok();
        assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("nothing", "not-due")]);
    }
    // Beside one that is due and holds, it is of no weight.
    asked("", "").file("tiny.yaml", both("[web-open, much-later]")).ok();
}

#[test]
fn what_was_seen_under_connect_is_no_proof_of_the_real_path() {
    let connected = format!("{ENVIRONMENT}connect: {{ \"pool02.tiny.test:443\": [\"10.0.0.2:443\"] }}\n");
    let ran = asked("[web-open]", "").mock(&connected, DEPLOYMENT).status(3).ok();
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("web-open[pool02.tiny.test]", "not-the-real-path")]);
    let ran = asked("[web-open]", "accepts_connect: true").mock(&connected, DEPLOYMENT).ok();
    assert_eq!(answer(&ran)["counts"]["under_connect"], 1);
}

#[test]
fn a_waiver_makes_it_go_and_is_named() {
    let waivers = "waivers: [{ case: 'legacy-open[pool01.tiny.test]', reason: known, owner: ana, ticket: CHG-7, until: '2099-01-01T00:00:00Z' }]";
    let run = asked("[legacy-open]", "").file("w.yaml", waivers).args(["--waivers", "w.yaml"]);
    let ran = run.stderr("GO with 1 waiver").stderr("CHG-7").ok();
    let answer = answer(&ran);
    assert_eq!(answer["waivers"][0]["covers"][0], "legacy-open[pool01.tiny.test]");
    asked("[legacy-open]", "").status(1).ok();
}

#[test]
fn the_waivers_of_a_run_are_not_those_of_the_gate() {
    let waiver = |until: &str| {
        format!(
            "waivers: [{{ case: 'web-open[pool01.tiny.test]', reason: known, owner: ana, ticket: CHG-7, until: '{until}' }}]"
        )
    };
    let checks = CHECKS.replacen("environment.target_pools", "environment.pools", 1);
    let run =
        Run::tiny(&checks).args(["web-open", "--waivers", "w.yaml"]).file("w.yaml", waiver("2099-01-01T00:00:00Z"));
    let ran = run.file("tiny.yaml", gate("[web-open]", "")).ok();
    let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
    std::fs::rename(ran.path("reports").join(id), ran.path("recorded")).expect("moved");
    let ran = ran.then(FROM).status(1).stderr("name the file that does with `--waivers`").ok();
    assert!(!ran.stderr.contains("CHG-7"), "{}", ran.stderr);
    let ran = ran.then(FROM).args(["--waivers", "w.yaml"]).stderr("GO with 1 waiver").ok();
    let later = ran.then(FROM).args(["--waivers", "late.yaml"]).file("late.yaml", waiver("2020-01-01T00:00:00Z"));
    later.status(1).stderr("expired at").ok();
}

#[test]
fn scope_leaves_others_out() {
    let ran = asked("[legacy-open, web-open]", "").status(1).ok();
    assert_eq!(kinds(&answer(&ran), "blockers"), [pair("legacy-open[pool01.tiny.test]", "fails")]);
    // The legacy pool moves to this one, and belongs to it.
    asked("[legacy-open]", "").args(["--pool", "pool02.tiny.test"]).status(1).ok();
    let third = ENVIRONMENT.replace(
        "  - { fqdn: pool02",
        "  - { fqdn: pool03.tiny.test, role: target, product: sfb-2019, edition: standard, site: Hall }\n  - { fqdn: pool02",
    );
    let run = asked("[legacy-open]", "").mock(&third, DEPLOYMENT).args(["--pool", "pool03.tiny.test"]);
    let ran = run.status(3).ok();
    assert_eq!(answer(&ran)["counts"]["out_of_scope"], 1);
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("nothing", "not-run")], "nothing is proven of it");
    asked("[web-open]", "").args(["--pool", "pool9.tiny.test"]).status(2).stderr("has no pool").ok();
    asked("[web-open]", "").args(["--wave", "x"]).status(2).stderr("is not asked about a wave").ok();
}

const SEEN: &str = "attestations: [{ item: audible-call, title: A call is heard }]";

fn attested(at: &str, until: &str, more: &str) -> String {
    format!(
        "environment: tiny\nattestations:\n  - {{ item: audible-call, by: ana, at: '{at}', evidence: CHG-8, until: '{until}'{more} }}\n"
    )
}

#[test]
fn what_only_a_person_can_see_has_to_be_attested() {
    let ran = asked("[web-open]", SEEN).status(3).ok();
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("audible-call", "not-attested")]);
    let with = |text: &str| asked("[web-open]", SEEN).file("seen.yaml", text).args(["--attestations", "seen.yaml"]);
    let (early, late) = ("2020-02-29T12:00:00[Europe/Berlin]", "2099-01-01T00:00:00Z");
    let ran = with(&attested(early, late, "")).stderr("Attested:").ok();
    assert_eq!(answer(&ran)["attestations"][0]["by"], "ana");
    let second_ago = (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(1)).to_string();
    for (text, standing) in
        [(attested(early, &second_ago, ""), "expired"), (attested("2098-01-01T00:00:00Z", late, ""), "from-the-future")]
    {
        let ran = with(&text).status(3).ok();
        assert_eq!(answer(&ran)["attestations"][0]["standing"], standing);
    }
    // What was seen at one pool says nothing of all.
    with(&attested(early, late, ", pool: pool02.tiny.test")).status(3).ok();
    with(&attested(early, late, ", pool: pool02.tiny.test")).args(["--pool", "pool02.tiny.test"]).ok();
    with(&attested("2020-01-01T00:00", late, "")).status(2).stderr("has no time zone").stderr("seen.yaml:3:").ok();
    with(&attested(late, early, "")).status(2).stderr("before it was seen").ok();
    with(&attested(early, late, "").replace("tiny", "other")).status(2).stderr("are of `other`").ok();
    let typo = with(&attested(early, late, "").replace("audible", "adible")).status(3).ok();
    assert!(typo.stderr.contains("no gate asks for `adible-call`"), "{}", typo.stderr);
}

/// Runs kept under names that are known.
fn recorded(environment: &str) -> Ran {
    let ran =
        Run::tiny(CHECKS).mock(environment, DEPLOYMENT).file("tiny.yaml", gate("[web-verified]", "")).status(1).ok();
    let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
    std::fs::rename(ran.path("reports").join(id), ran.path("recorded")).expect("moved");
    ran
}

const FROM: [&str; 10] =
    ["gate", "tiny", "--from", "recorded", "--mock", "mock", "--checks", "checks", "--gates", "tiny.yaml"];

#[test]
fn a_run_of_before_answers_without_the_network() {
    let ran = recorded(ENVIRONMENT);
    // What is served now would make it NO-GO.
    let closed = DEPLOYMENT.replace("443: { tls: pool02 }, ", "");
    let ran = ran.then(FROM).mock(ENVIRONMENT, &closed).stderr("GO\n").ok();
    assert!(ran.stderr.contains("rests on"), "{}", ran.stderr);
}

#[test]
fn a_run_against_a_mock_deployment_proves_nothing_of_the_real_one() {
    let ran = recorded(ENVIRONMENT);
    let from = ["gate", "tiny", "--from", "recorded", "--checks", "checks", "--gates", "tiny.yaml"];
    let ran = ran.then(from).status(2).stderr("is against a mock deployment").stderr("`--mock`").ok();
    let ran = ran.then(FROM).stderr("· a mock deployment ·").ok();
    let journal = ran.read("recorded/evidence.ndjson").replacen("\"mode\":\"mock\"", "\"mode\":\"live\"", 1);
    std::fs::write(ran.path("recorded/evidence.ndjson"), journal).expect("written");
    let ran = ran.then(FROM).status(2).stderr("is not against a mock deployment").ok();
    ran.then(from).stderr("GO\n").ok();
}

#[test]
fn a_run_that_was_ended_early_is_never_go() {
    let ran = recorded(ENVIRONMENT);
    // All that the gate asks for is known; the run's last line is missing.
    let journal = ran.read("recorded/evidence.ndjson");
    let (rest, _) = journal.trim_end().rsplit_once('\n').expect("lines");
    std::fs::write(ran.path("recorded/evidence.ndjson"), format!("{rest}\n")).expect("written");
    let ran = ran.then(FROM).args(["--json", "-"]).status(3).stderr("was ended early").ok();
    let answer = answer(&ran);
    let id = answer["runs"][0]["id"].as_str().expect("an id");
    assert_eq!(kinds(&answer, "undetermined"), [pair(id, "ended-early")]);
}

#[test]
fn a_run_that_does_not_fit_is_refused() {
    let ran = recorded(ENVIRONMENT).then(FROM).args(["--max-age", "0s"]).status(2).stderr("are allowed").ok();
    let text = ran.read("checks/suite.yaml");
    std::fs::write(ran.path("checks/suite.yaml"), text.replace("much-later", "later-still")).expect("written");
    let ran = ran.then(FROM).status(2).stderr("was made with other check files").ok();
    std::fs::write(ran.path("checks/suite.yaml"), text).expect("written");
    let other = ENVIRONMENT.replace("edge", "pilot");
    let ran = ran.then(FROM).mock(&other, DEPLOYMENT).status(2).stderr("is not what the run").ok();
    let live = ["gate", "tiny", "--from", "recorded", "--checks", "checks", "--gates", "tiny.yaml"];
    let ran = ran.then(live).file("environment.yaml", &other).status(2).stderr("is not what the run").ok();
    let ran = ran.then(live).args(["--environment", "none.yaml"]).status(2).stderr("can't read none.yaml").ok();
    std::fs::write(ran.path("mock/environment.yaml"), ENVIRONMENT).expect("written");
    let ran = ran.then(FROM).args(["--from", "recorded"]).status(2).stderr("is named twice").ok();
    let journal = ran.read("recorded/evidence.ndjson");
    let ahead = (jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2)).to_string();
    let now = serde_json::from_str::<Value>(journal.lines().next().expect("a line")).expect("JSON");
    let started = now["run"]["info"]["started"].as_str().expect("a time");
    std::fs::write(ran.path("recorded/evidence.ndjson"), journal.replacen(started, &ahead, 1)).expect("written");
    ran.then(FROM).status(2).stderr("is in the future").ok();
}

#[test]
fn a_run_of_a_part_is_undecided() {
    let ran = Run::tiny(CHECKS).args(["web-open"]).file("tiny.yaml", gate("[web-verified]", "")).ok();
    let id = ran.results().0["run"]["id"].as_str().expect("an id").to_owned();
    std::fs::rename(ran.path("reports").join(id), ran.path("recorded")).expect("moved");
    let ran = ran.then(FROM).args(["--json", "-"]).status(3).ok();
    assert_eq!(kinds(&answer(&ran), "undetermined"), [pair("web-verified", "not-run")]);
}

#[test]
fn a_broken_gate_file_is_told_with_its_place() {
    for (text, part) in [
        (gate("[web-opn]", ""), "did you mean"),
        (gate("[]", ""), "asks for nothing"),
        (gate("[web-open]", "rol_back: []"), "roll_back"),
        (gate("[web-open]", "roll_back: [{ do: \"${environment.nam}\" }]"), "did you mean `name`?"),
        (gate("[web-open]", "roll_back: [{ for: { a: environment.name }, do: x }]"), "`for` needs a list"),
        (gate("[web-open]", "").replace("[edge]", "[]"), "asked in no phase"),
    ] {
        asked("[web-open]", "").file("tiny.yaml", &text).status(2).stderr(part).stderr("tiny.yaml:").ok();
    }
    Run::new(["gate", "keep-or-rol-back"]).status(2).stderr("did you mean `keep-or-roll-back`?").ok();
    Run::new(["gate", "decommission"]).status(2).stderr("has to be asked about something").stderr("--pool").ok();
}
