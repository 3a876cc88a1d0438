//! `report.html`, and the page of a gate's record, in a real browser, judged by axe-core.

#[allow(dead_code, reason = "no test needs them all")]
#[path = "support/peers.rs"]
mod peers;
#[path = "support/sample.rs"]
mod sample;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed};
use poolproof::gate::{GateRecord, page};
use poolproof::report::{RunResult, html};
use sample::{Sample, case, observation, run, whose_texts_are_all};
use serde_json::{Value, json};

/// What would run, load or deceive if any of it became markup.
const HOSTILE: &str = "</script><script>alert(1)</script><img src=//evil.test/x onerror=alert(1)>\" autofocus \
                       onfocus='alert(1)' x=' {{ 7*7 }} javascript:alert(1) \u{202e}gnp.exe\u{2066} \u{1b}[2J";

struct Peers {
    python: PathBuf,
    chromium: PathBuf,
    axe: PathBuf,
}

fn main() -> ExitCode {
    let trials = vec![
        peers::trial("hostile_names_do_nothing_in_a_browser", find, |peers| hostile_names_do_nothing(&peers)),
        peers::trial("ten_thousand_cases_stay_fluid", find, |peers| ten_thousand_cases_stay_fluid(&peers)),
        peers::trial("the_record_of_a_gate_is_inert", find, |peers| the_record_of_a_gate_is_inert(&peers)),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn find() -> Result<Peers, String> {
    let runs = |program: &&str| {
        let status = Command::new(program)
            .arg("--version")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.is_ok_and(|status| status.success())
    };
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let chromium = names.iter().find(|name| runs(name)).ok_or("there is no chromium")?;
    let axe = std::env::var_os("POOLPROOF_AXE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("target/page/node_modules/axe-core/axe.min.js"),
        PathBuf::from,
    );
    if !axe.exists() {
        return Err(format!("{} is missing: npm install --prefix target/page axe-core (POOLPROOF_AXE)", axe.display()));
    }
    Ok(Peers { python: peers::python(&["json"])?, chromium: chromium.into(), axe })
}

/// What the browser saw of a result's page.
fn read(result: &RunResult, peers: &Peers) -> Result<Value, Failed> {
    let mut bytes = Vec::new();
    html::write(result, &mut bytes)?;
    read_page(&bytes, peers)
}

/// What it saw of a page.
fn read_page(bytes: &[u8], peers: &Peers) -> Result<Value, Failed> {
    let folder = tempfile::tempdir()?;
    let page = folder.path().join("report.html");
    std::fs::write(&page, bytes)?;
    let mut command = Command::new(&peers.python);
    command.arg(peers::ours("page.py")).args([&peers.chromium, &peers.axe, &page]).stdin(Stdio::null());
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let saw: Value = serde_json::from_slice(&output.stdout)?;
    for list in ["violations", "complaints"] {
        if saw[list].as_array().is_none_or(|list| !list.is_empty()) {
            return Err(format!("{list}: {:#}", saw[list]).into());
        }
    }
    Ok(saw)
}

fn hostile_names_do_nothing(peers: &Peers) -> Result<(), Failed> {
    let result = whose_texts_are_all(HOSTILE);
    let saw = read(&result, peers)?;
    let shown = format!(
        "a[{}]",
        HOSTILE.replace('\u{202e}', "\\u{202e}").replace('\u{2066}', "\\u{2066}").replace('\u{1b}', "\\u{1b}")
    );
    assert_eq!(saw["opened"], shown, "a finding leads to its case");
    assert_eq!(saw["focused"], "SUMMARY");
    Ok(())
}

/// A record whose texts are all hostile, with something of everything.
fn hostile_record() -> Result<GateRecord, serde_json::Error> {
    let at = "2026-11-22T19:00:00Z";
    let item = |kind: &str| {
        json!({
            "key": HOSTILE, "check": HOSTILE, "title": HOSTILE, "severity": "blocker", "kind": kind,
            "message": HOSTILE, "evidence": [HOSTILE], "fix": HOSTILE, "holds_back": [HOSTILE],
            "members": [{ "key": HOSTILE, "verdict": "fail", "message": HOSTILE }],
        })
    };
    let file = json!({ "name": HOSTILE, "sha256": HOSTILE });
    let text = json!({ "name": HOSTILE, "text": HOSTILE });
    let answer = json!({
        "version": "1.0", "poolproof": HOSTILE, "gate": HOSTILE, "question": HOSTILE, "because": HOSTILE,
        "about": [{ "pool": HOSTILE }], "environment": HOSTILE, "mode": "mock", "phase": HOSTILE, "answer": "no-go",
        "asked_at": at, "valid_until": at, "ends_with": HOSTILE, "host": HOSTILE,
        "runs": [{
            "id": HOSTILE, "vantages": [HOSTILE], "host": HOSTILE, "started": at, "poolproof": "0", "evidence": "0",
        }],
        "check_files": [file], "blockers": [item("fails")], "undetermined": [item("not-run")], "lesser": [item("fails")],
        "waivers": [{
            "case": HOSTILE, "reason": HOSTILE, "owner": HOSTILE, "ticket": HOSTILE, "until": HOSTILE,
            "location": HOSTILE, "covers": [HOSTILE],
        }],
        "attestations": [{
            "item": HOSTILE, "title": HOSTILE, "standing": "holds", "by": HOSTILE, "at": HOSTILE,
            "evidence": HOSTILE, "until": HOSTILE,
        }],
        "counts": {
            "checks": 1, "cases": 1, "hold": 1, "waived": 1, "not_due": 1, "out_of_scope": 1, "nothing": 1,
            "under_connect": 1,
        },
        "window": { "from": HOSTILE, "until": HOSTILE, "seconds_left": 60, "begun": true },
        "roll_back": [HOSTILE], "not_promised": [HOSTILE], "remarks": [HOSTILE],
    });
    serde_json::from_value(json!({
        "version": "1.0", "answer": answer, "asked_by": HOSTILE, "max_age": "4h", "accept_flaky": false,
        "environment_file": file, "evidence": [{ "run": HOSTILE, "files": [file] }], "gates": [text],
        "waivers": text, "attestations": text, "digest": HOSTILE,
    }))
}

fn the_record_of_a_gate_is_inert(peers: &Peers) -> Result<(), Failed> {
    let text = page(&hostile_record()?)?;
    if text.contains("<script") || text.contains("<img") || text.contains('\u{202e}') {
        return Err("markup of others".into());
    }
    let saw = read_page(text.as_bytes(), peers)?;
    assert_eq!(saw["pdf"], "%PDF-");
    assert!(saw["title"].as_str().is_some_and(|title| title.starts_with("NO-GO: 1 blocker")), "{saw}");
    Ok(())
}

fn ten_thousand_cases_stay_fluid(peers: &Peers) -> Result<(), Failed> {
    let mut cases: Vec<Sample> = (0..10_000_u64)
        .map(|n| {
            case(&format!("check[edge{n:05}.contoso.com]")).with(|case| {
                case.observations.insert("tls".into(), n);
            })
        })
        .collect();
    cases.push(case("last[pool01.contoso.com]").fail());
    let mut result = run(cases);
    result.observations = (0..10_000).map(|id| (id, observation(id).into())).collect();
    let saw = read(&result, peers)?;
    assert_eq!(saw["status"], "1 to 100 of 10001");
    assert_eq!(saw["rows"], 100, "a page at a time");
    assert_eq!(saw["nothing"], "No case matches.");
    assert_eq!(saw["opened"], "last[pool01.contoso.com]", "on the page that holds it");
    assert_eq!(saw["slash"], "search");
    assert_eq!(saw["pdf"], "%PDF-");
    // Far more than it takes, on a machine that does much else: a search that draws all of
    // the list, or reads it in quadratic time, takes many seconds.
    let took = saw["search_ms"].as_f64().ok_or("no time")?;
    assert!(took < 1_000.0, "a search took {took} ms");
    Ok(())
}
