//! Waivers: what they cover, when they end, and that nobody overlooks one.

use super::support::{Ran, Run};

const CHECKS: &str = "
  - id: web-open
    title: ${pool.fqdn} answers on 443
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
    fix: open it
  - id: web-safe
    title: ${pool.fqdn} is safe
    needs: [web-open]
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 5061 } } }
    expect: [{ that: port.open }]
  - id: all-target
    title: every pool is a target
    for: { pool: environment.pools }
    expect: [{ that: pool.role == 'target', otherwise: \"${pool.fqdn} is legacy\" }]
  - id: all-named
    title: every pool is named
    needs: [all-target]
    for: { pool: environment.pools }
    expect: [{ that: pool.fqdn == pool.fqdn }]
  - id: never-waived
    title: the environment is another
    waivable: false
    expect: [{ that: environment.name == 'other' }]
";

fn waiver(case: &str, until: &str) -> String {
    format!("  - {{ case: '{case}', reason: known, owner: ana, ticket: CHG-7, until: '{until}' }}\n")
}

fn file(waivers: &[String]) -> String {
    format!("waivers:\n{}", waivers.concat())
}

const LATER: &str = "2099-01-01T00:00:00+01:00";

fn with(checks: [&str; 4], waivers: &[String]) -> Run {
    Run::tiny(CHECKS).args(checks).args(["--waivers", "waivers.yaml"]).file("waivers.yaml", file(waivers))
}

const FOUR: [&str; 4] = ["web-*", "web-*", "all-*", "all-*"];
const WEB: &str = "web-open[pool01.tiny.test]";
const MEMBER: &str = "all-target[pool01.tiny.test]";

fn covered() -> Ran {
    with(FOUR, &[waiver(WEB, LATER), waiver(MEMBER, LATER)]).ok()
}

#[test]
fn a_waived_case_holds_what_needs_it_and_is_visible_everywhere() {
    let ran = covered();
    let results = ran.results();
    assert_eq!(results.verdict(WEB), "waived");
    let case = results.case(WEB);
    assert_eq!(case["waived"]["ticket"], "CHG-7");
    assert_eq!(case["waived"]["instead_of"], "fail");
    assert_eq!(case["fix"], "open it");
    // The need holds, with a note.
    assert_eq!(results.verdict("web-safe[pool01.tiny.test]"), "pass");
    assert_eq!(results.case("web-safe[pool01.tiny.test]")["waived_needs"][0], WEB);
    assert_eq!(results.verdict("all-target"), "waived");
    assert_eq!(results.case("all-target")["members"][0]["key"], MEMBER);
    assert_eq!(results.case("all-target")["members"][0]["waived"]["owner"], "ana");
    assert_eq!(results.verdict("all-named"), "pass");
    assert_eq!(results.0["totals"]["waived"], 2);
    assert_eq!(results.0["waivers"][0]["standing"], "in-force");
    let junit = ran.read("reports/latest/junit.xml");
    assert!(junit.contains(&format!("<skipped message=\"waived until {LATER} by ana (CHG-7): known")), "{junit}");
    assert!(junit.contains("waived: 1 of 2 waived"), "{junit}");
    assert!(ran.stderr.contains("2 waived") && ran.stderr.contains("CHG-7"), "{}", ran.stderr);
}

#[test]
fn a_waived_member_is_visible_to_people_beside_one_that_fails() {
    let checks = format!(
        "{CHECKS}  - id: all-renamed
    title: every pool has another name
    for: {{ pool: environment.pools }}
    expect: [{{ that: pool.fqdn == 'x', otherwise: \"${{pool.fqdn}} is not renamed\" }}]
"
    );
    let one = waiver("all-renamed[pool01.tiny.test]", LATER);
    let run = Run::tiny(&checks).args(["all-renamed", "--waivers", "w.yaml", "--markdown", "s.md"]);
    let ran = run.file("w.yaml", file(std::slice::from_ref(&one))).status(1).ok();
    let told = format!("waived until {LATER} by ana (CHG-7): known");
    for name in ["s.md", "reports/latest/report.html", "reports/latest/junit.xml"] {
        let text = ran.read(name).replace('\\', "").replace("&#x2f;", "/");
        assert!(text.contains(&told), "{name}: {text}");
        assert!(text.contains("pool02.tiny.test is not renamed"), "{name}");
    }
    // All of them: the case is waived, and says so.
    let both = [one, waiver("all-renamed[pool02.tiny.test]", LATER)];
    let run = Run::tiny(&checks).args(["all-renamed", "--waivers", "w.yaml", "--markdown", "s.md"]);
    let ran = run.file("w.yaml", file(&both)).ok();
    for name in ["s.md", "reports/latest/report.html"] {
        let text = ran.read(name).replace('\\', "").replace("&#x2f;", "/");
        assert!(text.contains("2 of 2 waived") && text.contains(&told), "{name}: {text}");
    }
}

#[test]
fn a_run_with_waivers_is_rebuilt_and_replayed_byte_for_byte() {
    let ran = covered();
    let before = ran.read("reports/latest/results.json");
    std::fs::remove_file(ran.path("waivers.yaml")).expect("removed");
    let ran = ran.then(["report"]).ok();
    assert!(ran.read("reports/latest/results.json") == before);
    let ran = ran
        .then(["run", "--replay", "reports/latest", "--checks", "checks", "--reports", "again", "--json", "x.json"])
        .ok();
    assert!(ran.read("x.json") == before);
}

#[test]
fn one_member_is_covered_and_the_next_is_not() {
    let ran = with(FOUR, &[waiver(WEB, LATER), waiver("all-target[pool02.tiny.test]", LATER)]).status(1).ok();
    assert_eq!(ran.results().verdict("all-target"), "fail");
    assert!(ran.stderr.contains("covers nothing"), "{}", ran.stderr);
    assert_eq!(ran.results().0["waivers"][1]["standing"], "unused");
}

#[test]
fn an_expired_waiver_fails_again_and_says_so() {
    let ago = |seconds| (jiff::Timestamp::now() - jiff::SignedDuration::from_secs(seconds)).to_string();
    let ended = ago(1);
    let ran = with(FOUR, &[waiver(WEB, &ended), waiver(MEMBER, LATER)]).status(1).ok();
    let results = ran.results();
    assert_eq!(results.verdict(WEB), "fail");
    let message = results.case(WEB)["message"].as_str().expect("a message");
    assert!(message.contains(&format!("its waiver, CHG-7 of ana, expired at {ended}")), "{message}");
    assert_eq!(results.0["waivers"][0]["standing"], "expired");
    assert!(ran.stderr.contains("expired at"), "{}", ran.stderr);
    // A minute before its end it still covers.
    with(FOUR, &[waiver(WEB, &ago(-60)), waiver(MEMBER, LATER)]).ok();
}

#[test]
fn a_missing_zone_is_refused_with_its_place() {
    for until in ["2027-01-31T18:00:00", "2027-01-31"] {
        with(FOUR, &[waiver(WEB, until)]).status(2).stderr("has no time zone").stderr("waivers.yaml:2:").ok();
    }
    with(FOUR, &[waiver(WEB, "2027-02-29T00:00:00Z")]).status(2).stderr("is not a moment").ok();
    with(FOUR, &[waiver(WEB, "2027-03-28T02:30:00[Europe/Berlin]")]).status(2).stderr("is not a moment").ok();
}

#[test]
fn what_can_not_be_waived_is_not() {
    let never = ["never-waived", "never-*", "never-waived", "web-safe"];
    with(never, &[waiver("never-waived", LATER)]).status(2).stderr("can't be waived").stderr("waivers.yaml:2:").ok();
    let broad = with(never, &[waiver("never-*", LATER)]).status(1).stderr("this can't be waived").ok();
    assert!(broad.stderr.contains("too broad"), "{}", broad.stderr);
}

#[test]
fn careless_waivers_are_told() {
    let told = with(FOUR, &[waiver("*", LATER), waiver("*[*]", LATER), waiver(MEMBER, LATER)]).ok();
    assert!(told.stderr.contains("`*` is too broad"), "{}", told.stderr);
    let results = told.results();
    let warnings = results.0["warnings"].to_string();
    assert!(warnings.contains("`*[*]` is too broad: it is about 5 checks"), "{warnings}");
    let twice = with(FOUR, &[waiver(WEB, LATER), waiver(WEB, LATER), waiver("all-target[*]", LATER)]).ok();
    let warnings = twice.results().0["warnings"].to_string();
    assert!(warnings.contains("a second waiver for"), "{warnings}");
    assert!(warnings.contains("it covers every subject of the check"), "{warnings}");
    let typo = with(FOUR, &[waiver("web-opn[pool01.tiny.test]", LATER)]).status(1).ok();
    assert!(typo.results().0["warnings"].to_string().contains("did you mean `web-open`?"));
    for (case, part) in [("web open", "does not begin with a check's id"), ("web-open[a", "has no `]`")] {
        with(FOUR, &[waiver(case, LATER)]).status(2).stderr(part).ok();
    }
    let empty = "waivers: [{ case: 'web-open[a]', reason: ' ', owner: a, ticket: b, until: 2099-01-01T00:00:00Z }]";
    Run::tiny(CHECKS).args(["--waivers", "w.yaml"]).file("w.yaml", empty).status(2).stderr("`reason` is empty").ok();
}
