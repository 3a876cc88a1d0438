//! A run of the binary, told as one chain.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Child;
use std::process::{Command, Stdio};

use poolproof::report::files::run_at;
use serde_json::Value;

/// A fixture of one legacy and one target pool, small enough to be read at a glance.
pub(crate) const ENVIRONMENT: &str = "
environment: tiny
phase: edge
sip_domains: [{ name: tiny.test }]
sites: [{ name: Hall }]
pools:
  - { fqdn: pool01.tiny.test, role: legacy, product: sfb-2015, edition: standard, site: Hall, moves_to: pool02.tiny.test }
  - { fqdn: pool02.tiny.test, role: target, product: sfb-2019, edition: standard, site: Hall }
";

/// What the mock serves for it. The legacy pool has no web port; the target's certificate is good.
pub(crate) const DEPLOYMENT: &str = "
authorities: { corporate: { subject: Tiny CA } }
certificates:
  pool02: { subject: pool02.tiny.test, names: [pool02.tiny.test, sip.tiny.test], issuer: corporate }
dns:
  internal:
    server: 10.0.0.53
    zones: [tiny.test]
    records:
      pool01.tiny.test: { A: [10.0.0.1] }
      pool02.tiny.test: { A: [10.0.0.2] }
hosts:
  10.0.0.1: { name: pool01, from: [internal], ports: { 5061: {} } }
  10.0.0.2: { name: pool02, from: [internal], ports: { 443: { tls: pool02 }, 5061: {} } }
";

/// One run of the binary in a folder of its own.
#[must_use]
pub(crate) struct Run {
    folder: tempfile::TempDir,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    status: Option<i32>,
    stdout: Vec<String>,
    stderr: Vec<String>,
}

/// What came of it.
pub(crate) struct Ran {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    pub(crate) fn new<const N: usize>(arguments: [&str; N]) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a folder"),
            arguments: arguments.map(OsString::from).to_vec(),
            environment: Vec::new(),
            status: Some(0),
            stdout: Vec::new(),
            stderr: Vec::new(),
        }
    }

    /// `run` of a suite against the tiny mock.
    pub(crate) fn tiny(checks: &str) -> Self {
        Self::new(["run", "--mock", "mock", "--checks", "checks"]).mock(ENVIRONMENT, DEPLOYMENT).suite(checks)
    }

    /// `lint` of one suite file, as it is.
    pub(crate) fn lint(suite: &str) -> Self {
        Self::new(["lint", "suite.yaml"]).file("suite.yaml", suite).status(2)
    }

    pub(crate) fn mock(self, environment: &str, deployment: &str) -> Self {
        self.file("mock/environment.yaml", environment).file("mock/deployment.yaml", deployment)
    }

    /// A suite around a list of checks, each indented by two.
    pub(crate) fn suite(self, checks: &str) -> Self {
        let text = suite(checks);
        self.file("checks/suite.yaml", &text)
    }

    pub(crate) fn file(self, path: &str, text: impl AsRef<[u8]>) -> Self {
        let path = below(self.folder.path(), path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
        self
    }

    /// Another command in the same folder.
    pub(crate) fn instead<const N: usize>(mut self, arguments: [&str; N]) -> Self {
        self.arguments = arguments.map(OsString::from).to_vec();
        self
    }

    pub(crate) fn args<const N: usize>(mut self, more: [&str; N]) -> Self {
        self.arguments.extend(more.map(OsString::from));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn status(mut self, code: i32) -> Self {
        self.status = Some(code);
        self
    }

    /// Whatever it ends with.
    pub(crate) fn any_status(mut self) -> Self {
        self.status = None;
        self
    }

    pub(crate) fn stdout(mut self, part: &str) -> Self {
        self.stdout.push(part.to_owned());
        self
    }

    pub(crate) fn stderr(mut self, part: &str) -> Self {
        self.stderr.push(part.to_owned());
        self
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        below(self.folder.path(), path)
    }

    /// Starts it and stays in hold of it.
    #[cfg(unix)]
    pub(crate) fn spawn(&self) -> Child {
        self.command().stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("starts")
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
        for name in ["NO_COLOR", "COLUMNS", "POOLPROOF_LOG", "POOLPROOF_ENVIRONMENT"] {
            command.env_remove(name);
        }
        command
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs it to its end and holds it against all that was said.
    pub(crate) fn ok(self) -> Ran {
        let output = self.command().output().expect("runs");
        let stdout = String::from_utf8(output.stdout).expect("UTF-8 on standard output");
        let stderr = String::from_utf8(output.stderr).expect("UTF-8 on standard error");
        let told = format!("{:?}\n--- stdout\n{}\n--- stderr\n{stderr}", self.arguments, head(&stdout));
        if self.status.is_some() {
            assert_eq!(output.status.code(), self.status, "{told}");
        }
        for part in &self.stdout {
            assert!(slashed(&stdout).contains(&*slashed(part)), "{part:?} is not on standard output: {told}");
        }
        for part in &self.stderr {
            assert!(slashed(&stderr).contains(&*slashed(part)), "{part:?} is not on standard error: {told}");
        }
        assert!(!stderr.contains("panicked"), "{told}");
        Ran { folder: self.folder, stdout, stderr }
    }
}

impl Ran {
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        below(self.folder.path(), path)
    }

    pub(crate) fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).unwrap_or_else(|error| panic!("{below}: {error}"))
    }

    pub(crate) fn results(&self) -> Results {
        Results::read(&self.path("reports/latest/results.json"))
    }

    /// The journal's observations.
    pub(crate) fn observations(&self) -> Vec<Value> {
        observations(&self.path("reports/latest/evidence.ndjson"))
    }

    /// The same folder, another command.
    pub(crate) fn then<const N: usize>(self, arguments: [&str; N]) -> Run {
        Run { folder: self.folder, ..Run::new(arguments) }
    }
}

/// `results.json`, by the keys of its cases.
pub(crate) struct Results(pub(crate) Value);

impl Results {
    pub(crate) fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self(serde_json::from_str(&text).expect("JSON"))
    }

    pub(crate) fn cases(&self) -> Vec<&Value> {
        self.0["suites"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|suite| suite["cases"].as_array().expect("cases"))
            .collect()
    }

    pub(crate) fn case(&self, key: &str) -> &Value {
        let cases = self.cases();
        let keys: Vec<&Value> = cases.iter().map(|case| &case["key"]).collect();
        cases.iter().find(|case| case["key"] == key).unwrap_or_else(|| panic!("{key} is not among {keys:?}"))
    }

    pub(crate) fn verdict(&self, key: &str) -> &str {
        self.case(key)["verdict"].as_str().expect("a verdict")
    }
}

/// A path below a folder. Where `latest` could be no link, it says where it leads.
fn below(folder: &Path, path: &str) -> PathBuf {
    match path.strip_prefix("reports/latest").map(|rest| rest.trim_start_matches('/')) {
        Some("") => run_at(&folder.join("reports/latest")),
        Some(rest) => run_at(&folder.join("reports/latest")).join(rest),
        None => folder.join(path),
    }
}

/// Paths as this system shows them, with slashes.
fn slashed(text: &str) -> Cow<'_, str> {
    if cfg!(windows) { text.replace('\\', "/").into() } else { text.into() }
}

/// A suite file around a list of checks.
pub(crate) fn suite(checks: &str) -> String {
    format!("suite: tiny-suite\ntitle: What this test needs\nchecks:\n{checks}")
}

/// The whole observation lines of a journal; a torn last line is none.
pub(crate) fn observations(journal: &Path) -> Vec<Value> {
    let bytes = std::fs::read(journal).unwrap_or_default();
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes[..whole]
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).expect("a line of JSON"))
        .filter(|line| line["kind"] == "observation")
        .map(|mut line| line["observation"].take())
        .collect()
}

fn head(text: &str) -> String {
    text.chars().take(4000).collect()
}
