//! Contoso in one of its states, and what each source tells of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::Timestamp;
use poolproof::check::Catalogue;
use poolproof::mock::{Fixture, Mock};
use poolproof::report::json;
use poolproof::report::{CaseResult, RunResult, SkipReason};
use tempfile::TempDir;

/// A deployment whose exports lie in folders, as long as it lives.
pub struct Contoso {
    mock: Option<Mock>,
    runtime: tokio::runtime::Runtime,
    environment: String,
}

impl Contoso {
    pub fn in_state(state: &str, variant: Option<&str>) -> Self {
        let fixture = Fixture::load(&fixture()).expect("the fixture");
        let resolved = fixture.resolve(Some(state), variant).expect("its state");
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let mock = runtime.block_on(Mock::start(&resolved.deployment, Timestamp::now())).expect("it starts");
        Self { mock: Some(mock), runtime, environment: resolved.environment.source.text.clone() }
    }

    /// Where the export is that the environment file calls so.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folders = self.mock.as_ref().expect("it lives").folders();
        folders.get(name).unwrap_or_else(|| panic!("{name} is none of {folders:?}")).clone()
    }

    /// Runs the checks that ask the inventory alone, with other sources than the fixture's.
    pub fn judged(&self, sources: &str, more: &str) -> RunResult {
        let folder = tempfile::tempdir().expect("a folder");
        let output = self.run(&folder, sources, more).output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(matches!(output.status.code(), Some(0 | 1 | 3)), "{}: {told}", output.status);
        json::read_file(&folder.path().join("reports/latest/results.json"))
            .unwrap_or_else(|error| panic!("{error}: {told}"))
    }

    /// A run of those checks in a folder, which remembers what it remembers there.
    pub fn run(&self, folder: &TempDir, sources: &str, more: &str) -> Command {
        let mut command = self.aloud(folder, sources, more);
        command.arg("--quiet");
        command
    }

    /// The same, telling what it does.
    pub fn aloud(&self, folder: &TempDir, sources: &str, more: &str) -> Command {
        let file = self.written(folder, sources, more);
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
        command.args(["run", "--at", "internal", "--environment"]).arg(&file);
        command.arg("--reports").arg(folder.path().join("reports")).args(over_the_inventory());
        command.env("POOLPROOF_STATE", folder.path().join("state"));
        command.current_dir(folder.path()).stdin(Stdio::null());
        command
    }

    fn written(&self, folder: &TempDir, sources: &str, more: &str) -> PathBuf {
        for entry in std::fs::read_dir(fixture()).expect("the fixture") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "csv") {
                std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
        let baseline = self.folder("./before");
        let text = format!(
            "{}inventory:\n  sources:\n{sources}\n  baseline: {{ export: '{}' }}\n  max_age: {{ default: 24h, users: 4h }}\n{more}\n",
            without(&self.environment, &["inventory"]),
            baseline.display()
        );
        let file = folder.path().join("environment.yaml");
        std::fs::write(&file, text).expect("written");
        file
    }
}

impl Drop for Contoso {
    fn drop(&mut self) {
        if let Some(mock) = self.mock.take() {
            self.runtime.block_on(mock.stop());
        }
    }
}

/// Where it lies.
pub fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/contoso")
}

/// A file's text without some of its top-level keys.
fn without(text: &str, keys: &[&str]) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in text.lines() {
        if !line.starts_with([' ', '#', '-']) && !line.is_empty() {
            inside = keys.iter().any(|key| line.starts_with(&format!("{key}:")));
        }
        if !inside {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

/// The shipped checks that rest on the inventory and ask nothing on the wire.
fn over_the_inventory() -> Vec<String> {
    let catalogue = Catalogue::load(&[]).expect("the shipped checks");
    let ids = catalogue.checks().filter(|check| check.reads_inventory() && check.steps.is_empty());
    ids.map(|check| check.id.clone()).collect()
}

/// The cases of those checks. What they need is asked on the wire, where nothing is.
pub fn cases(result: &RunResult) -> impl Iterator<Item = &CaseResult> {
    let asked = over_the_inventory();
    result.cases().filter(move |case| asked.contains(&case.check))
}

/// Each case's key and how it ended, with the subjects that did not hold.
pub fn verdicts(result: &RunResult) -> BTreeMap<String, String> {
    let told = |case: &CaseResult| {
        let mut members: Vec<String> =
            case.members.iter().map(|member| format!("{} {:?}", member.key, member.verdict)).collect();
        members.sort();
        // How many kinds several sources tell of is nothing that they tell: a directory that is
        // asked looks for all of them.
        let over = case.ranged_over.filter(|_| case.check != "sources-agree");
        // Of many needs that do not hold, the first one is named, in the order of the records.
        let skipped = match &case.skipped {
            Some(SkipReason::NeedFailed(key)) => format!("NeedFailed {}", key.split('[').next().unwrap_or(key)),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        };
        format!("{:?} {skipped} {over:?} {}: {}", case.verdict, case.held_back, members.join(", "))
    };
    cases(result).map(|case| (case.key.clone(), told(case).trim_end().to_owned())).collect()
}
