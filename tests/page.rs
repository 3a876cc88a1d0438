//! `report.html` in a real browser, judged by axe-core.

#[allow(dead_code, reason = "no test needs them all")]
#[path = "support/peers.rs"]
mod peers;
#[path = "support/sample.rs"]
mod sample;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use libtest_mimic::{Arguments, Failed};
use poolproof::report::{RunResult, html};
use sample::{Sample, case, observation, run, whose_texts_are_all};
use serde_json::Value;

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
    let folder = tempfile::tempdir()?;
    let page = folder.path().join("report.html");
    let mut bytes = Vec::new();
    html::write(result, &mut bytes)?;
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
