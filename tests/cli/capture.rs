//! `capture`: nothing of the original is in it, and it is judged as the original was.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine as _;
use poolproof::expression::Lookup;
use poolproof::inventory::{Dataset, dataset, snapshot};
use poolproof::yaml::{Limits, Node, NodeKind, parse, read_source};
use serde_json::Value;

use super::support::{DEPLOYMENT, ENVIRONMENT, Results, Run};

/// Words of names of which none may be found, whatever stands around it.
const TELLING: [&str; 12] = [
    "contoso",
    "northwind",
    "fabrikam",
    "adatum",
    "redmond",
    "dublin",
    "webext",
    "pool01",
    "10.1.0.",
    "10.2.0.",
    "198.51.100.",
    "14255550",
];

fn texts(node: &Node, into: &mut BTreeSet<String>) {
    match &node.kind {
        NodeKind::Text(text, _) => drop(into.insert(text.clone())),
        NodeKind::List(items) => items.iter().for_each(|item| texts(item, into)),
        NodeKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            texts(key, into);
            texts(value, into);
        }),
        _ => {}
    }
}

/// Fields that say who somebody is.
const PEOPLE: [&str; 6] =
    ["display_name", "sam_account_name", "guid", "line_uri", "user_principal_name", "sip_address"];

/// Display names of the product's own contact objects, and of a phone that is called by a word
/// that checks know.
const OF_EVERYBODY: [&str; 3] = ["Announcement Service", "RGS Presence Watcher", "Lobby"];

/// Every text of an inventory, with the dataset and the field that it stands in.
fn cells(path: &Path) -> Vec<(&'static Dataset, String, String)> {
    let inventory = Arc::new(snapshot::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    let mut all = Vec::new();
    for dataset in dataset::all() {
        for row in inventory.rows(dataset.name).into_iter().flatten() {
            for field in &dataset.fields {
                if let Lookup::Known(value) = row.field(&field.name) {
                    strings(&value.to_json(), &mut |text| all.push((dataset, field.name.clone(), text.to_owned())));
                }
            }
        }
    }
    all
}

fn strings(value: &Value, each: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => each(text),
        Value::Array(items) => items.iter().for_each(|item| strings(item, each)),
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            each(key);
            strings(value, each);
        }),
        _ => {}
    }
}

/// Whether a text names somebody or something: it is more than a word of the product's.
fn is_name(text: &str) -> bool {
    let address = text.parse::<std::net::IpAddr>();
    let time = text.get(..10).is_some_and(|date| date.parse::<jiff::civil::Date>().is_ok());
    let number = address.is_err() && text.chars().all(|char| char.is_ascii_digit() || char == '.');
    let nowhere = address.as_ref().is_ok_and(|address| address.is_unspecified() || address.is_loopback());
    let parts = text.split('.').filter(|part| !part.is_empty()).count() > 1 && !text.contains(' ');
    text.len() >= 5 && !time && !number && !nowhere && (parts || text.contains('@') || address.is_ok())
}

/// The names, addresses and users that an environment and its inventory know.
fn known(environment: &Path, run: &Path) -> BTreeSet<String> {
    let source = read_source(environment, Limits::default()).expect("read");
    let mut all = BTreeSet::new();
    texts(&parse(&source, Limits::default()).expect("parses"), &mut all);
    let mut names: BTreeSet<String> = all.into_iter().filter(|text| is_name(text)).collect();
    for name in ["inventory.snapshot", "baseline.snapshot"] {
        let path = run.join(name);
        if path.is_file() {
            let all = cells(&path).into_iter().filter(|(dataset, field, text)| {
                // A service of Windows has a display name too, which is the product's.
                let of_people = dataset.field("sip_address").is_some() && PEOPLE.contains(&field.as_str());
                let somebody = of_people && text.len() >= 5 && !OF_EVERYBODY.contains(&text.as_str());
                somebody || is_name(text) && !field.contains("version")
            });
            names.extend(all.map(|(_, _, text)| text));
        }
    }
    names
}

/// A name as it may hide in a longer word.
fn hidden(name: &str) -> Vec<Vec<u8>> {
    let lower = name.to_lowercase();
    let hex: String = lower.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![hex.into_bytes()];
    for spelling in [name, &lower] {
        // The last letters depend on what follows.
        let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(spelling);
        forms.push(encoded.get(..encoded.len() / 4 * 4).unwrap_or_default().to_lowercase().into_bytes());
    }
    forms.retain(|form| form.len() >= 8);
    forms
}

fn punycode(name: &str) -> Option<String> {
    let host = url::Url::parse(&format!("http://{name}/")).ok()?.host_str()?.to_owned();
    host.contains("xn--").then_some(host)
}

/// All bytes of a captured folder, in lower case, snapshots unpacked.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| {
        let bytes = if snapshot::is_snapshot(&path) {
            let inventory = snapshot::read(&path).expect("a snapshot");
            let parts = serde_json::to_string(&(inventory.parts(), inventory.sources(), inventory.disagreements()));
            let doubts = dataset::all().iter().flat_map(|dataset| inventory.doubts(dataset.name)).cloned();
            let cells = cells(&path).into_iter().map(|(_, field, text)| format!("{field}={text}"));
            cells.chain(doubts).collect::<Vec<_>>().join("\n") + &parts.expect("JSON")
        } else {
            String::from_utf8(std::fs::read(&path).expect("read")).expect("UTF-8")
        };
        (path, bytes.to_lowercase().into_bytes())
    };
    entries.map(read).collect()
}

fn words(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.split(|byte| !(byte.is_ascii_alphanumeric() || *byte >= 0x80)).filter(|word| !word.is_empty())
}

/// Whether a text is there and is not the middle of another word.
fn is_in(text: &str, bytes: &[u8]) -> bool {
    let apart = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    memchr::memmem::find_iter(bytes, text).any(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        text.len() > 6 || apart(before) && apart(bytes.get(at + text.len()))
    })
}

fn nothing_is_left(folder: &Path, names: &BTreeSet<String>) {
    let contents = contents(folder);
    let mut left = BTreeSet::new();
    for (path, bytes) in &contents {
        let there: HashSet<&[u8]> = words(bytes).collect();
        let long: Vec<u8> = words(bytes).filter(|word| word.len() > 8).collect::<Vec<_>>().join(&b' ');
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        for name in names {
            let spellings = [Some(name.to_lowercase()), punycode(name)];
            for text in spellings.into_iter().flatten() {
                // A text whose words are not all there is not there; most are told by that.
                if words(text.as_bytes()).all(|word| there.contains(word)) && is_in(&text, bytes) {
                    left.insert(format!("{text} in {file}"));
                }
            }
            for form in hidden(name).into_iter().filter(|form| memchr::memmem::find(&long, form).is_some()) {
                left.insert(format!("{name} as {} in {file}", String::from_utf8_lossy(&form)));
            }
        }
        for text in TELLING.into_iter().filter(|text| memchr::memmem::find(bytes, text.as_bytes()).is_some()) {
            left.insert(format!("{text} in {file}"));
        }
    }
    assert!(left.is_empty(), "{left:#?}");
    assert!(contents.len() >= 4, "{:?}", contents.keys());
}

/// How many cases of each check ended how.
fn statuses(results: &Results) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for case in results.cases() {
        let members = case["members"].as_array().map_or(0, Vec::len);
        let ended = format!("{} {} {members} {}", case["verdict"], case["ranged_over"], case["skipped"].is_null());
        all.entry(case["check"].to_string()).or_default().push(ended);
    }
    for ended in all.values_mut() {
        ended.sort();
    }
    all
}

/// Runs a fixture, captures that, and replays it with the shipped checks.
fn captured(fixture: &str, state: &str) {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(fixture);
    let shown = fixture.display().to_string();
    // However it ends: that a machine is slow is no business of this test.
    let ran = Run::new(["run", "--quiet", "--mock", &shown, "--state", state]).any_status().ok();
    let run = ran.path("reports/latest").canonicalize().expect("a run");
    let names = known(&fixture.join("environment.yaml"), &run);
    assert!(names.len() > 50, "{names:?}");
    // There is something to be found.
    let original = contents(&run);
    let all: Vec<u8> = original.values().flatten().copied().collect();
    let there =
        names.iter().filter(|name| memchr::memmem::find(&all, name.to_lowercase().as_bytes()).is_some()).count();
    assert!(there * 10 > names.len() * 9, "{there} of {}", names.len());
    let before = statuses(&ran.results());
    let ran = ran.then(["capture", "reports/latest", "--output", "shared"]).stdout("stand-ins for").ok();
    nothing_is_left(&ran.path("shared"), &names);
    assert_eq!(statuses(&Results::read(&ran.path("shared/results.json"))), before);
    let ran = ran.then(["run", "--quiet", "--replay", "shared", "--reports", "replayed"]).any_status().ok();
    let mut replays = std::fs::read_dir(ran.path("replayed")).expect("a folder");
    let replay = replays.next().expect("a replay").expect("an entry").path();
    assert_eq!(statuses(&Results::read(&replay.join("results.json"))), before);
}

#[test]
fn a_run_of_contoso_can_be_shared() {
    captured("contoso", "coexistence");
}

#[test]
fn a_run_of_northwind_can_be_shared() {
    captured("northwind", "coexistence");
}

const CHECKS: &str = "
  - id: tiny-hall-open
    title: ${pool.fqdn} of Hall answers on 443
    for: { pool: environment.pools }
    observe: { hallway: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: hallway.open }, { that: 'pool.fqdn in [\"pool01.tiny.test\", \"pool02.tiny.test\"]' }]
    fix: call Mr Grimaldi
  - id: named
    title: it is called so
    expect: [{ that: environment.name == 'tiny' }]
";

const WAIVERS: &str = "
waivers:
  - case: tiny-hall-open[pool01.tiny.test]
    reason: Mr Grimaldi moves it
    owner: grimaldi@tiny.test
    ticket: HALL-4711
    until: 2099-01-01T00:00:00Z
";

#[test]
fn check_files_and_waivers_of_ones_own_are_disguised_too() {
    let environment = format!(
        "{ENVIRONMENT}accounts: [{{ sip: grimaldi@tiny.test, user: 'TINY\\grimaldi', password: {{ env: HALL_SECRET }} }}]\n"
    );
    let run = Run::tiny(CHECKS).mock(&environment, DEPLOYMENT).file("w.yaml", WAIVERS).args(["--waivers", "w.yaml"]);
    let ran = run.ok();
    assert_eq!(ran.results().verdict("tiny-hall-open[pool01.tiny.test]"), "waived");
    let ran = ran.then(["capture", "reports/latest", "--output", "deep/shared"]).ok();
    let names = ["grimaldi", "pool01", "tiny", "hall_secret", "hallway", "10.0.0.1"];
    let names = names.into_iter().map(str::to_owned).collect();
    nothing_is_left(&ran.path("deep/shared"), &names);
    let mut verdicts: Vec<String> = Results::read(&ran.path("deep/shared/results.json"))
        .cases()
        .iter()
        .map(|case| case["verdict"].to_string())
        .collect();
    verdicts.sort();
    assert_eq!(verdicts, ["\"pass\"", "\"pass\"", "\"waived\""]);
    ran.then(["report", "deep/shared"]).ok();
}

#[test]
fn what_is_judged_otherwise_is_told() {
    let checks = "  - { id: short, title: T, expect: [{ that: environment.name | length == 4 }] }\n";
    let ran = Run::tiny(checks).ok().then(["capture", "reports/latest", "--output", "shared"]).status(3);
    ran.stderr("judged otherwise than in the run: ").ok();
}

#[test]
fn what_can_not_be_hidden_is_refused_and_nothing_is_left() {
    let checks = "  - { id: short, title: T, expect: [{ that: environment.name == 'tiny' }] }\n";
    let environment = ENVIRONMENT.replace("{ name: tiny.test }", "{ name: edge.com }");
    let ran = Run::tiny(checks).mock(&environment, DEPLOYMENT).ok();
    let ran = ran.then(["capture", "reports/latest", "--output", "shared"]).status(2).stderr("can't be hidden").ok();
    assert!(!ran.path("shared").exists());
    let ran = ran.then(["capture", "nowhere", "--output", "shared"]).status(2).stderr("can't read nowhere").ok();
    ran.then(["capture", "reports/latest", "--output", "checks"]).status(2).ok();
}
