//! Whether a record, the evidence that it names and the verdicts belong together.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::file::{HTML, JSON, read, taken_again};
use super::page::page;
use super::{GateRecord, RunEvidence};
use crate::Refusal;
use crate::check::{BUILTIN, Catalogue};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::gate::ask::{AskedGate, Terms};
use crate::gate::load::Gates;
use crate::gate::reply::answer;
use crate::gate::{Answer, GateAnswer};
use crate::inventory::{sha256, sha256_of};
use crate::report::files::{EVIDENCE, run_at};
use crate::run::{Evidence, SourceText};
use crate::values::Duration;
use crate::yaml::{self, Limits};

/// The largest record that is read, in bytes.
const MOST: u64 = 1 << 30;

/// What came of holding one thing against the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looked {
    /// What was looked at: a file, the digest, the verdicts.
    pub at: String,
    /// Whether it belongs to the record.
    pub belongs: Belongs,
}

/// Whether something belongs to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// It is what it was.
    Yes,
    /// It is not, and how that shows.
    No(String),
    /// It could not be looked at, and nothing else proves it.
    Unknown(String),
    /// It was not looked at, and need not be.
    Aside(String),
}

/// A record that was held against its evidence.
#[derive(Clone, Debug)]
pub struct Verification {
    /// The record.
    pub record: GateRecord,
    /// What was looked at, in order.
    pub looked: Vec<Looked>,
}

impl Verification {
    /// Whether everything belongs together; none where something could not be looked at and
    /// nothing speaks against it.
    #[must_use]
    pub fn holds(&self) -> Option<bool> {
        let any = |wanted: fn(&Belongs) -> bool| self.looked.iter().any(|one| wanted(&one.belongs));
        if any(|belongs| matches!(belongs, Belongs::No(_))) {
            Some(false)
        } else if any(|belongs| matches!(belongs, Belongs::Unknown(_))) {
            None
        } else {
            Some(true)
        }
    }

    fn note(&mut self, at: impl Into<String>, belongs: Belongs) {
        self.looked.push(Looked { at: at.into(), belongs });
    }
}

/// Holds a record against what lies beside it, and judges its evidence again. `runs` are the
/// folders of its runs, where they are not beside it; `digest` is what the change ticket says.
///
/// # Errors
/// There is no record that can be read.
pub async fn verify(named: &Path, runs: &[PathBuf], digest: Option<&str>) -> Result<Verification, Refusal> {
    let (json, html) = beside(named);
    let bytes = bounded(&json)?;
    let record = read(&bytes).map_err(|told| {
        let message = format!("{}:{told}", json.display());
        vec![Diagnostic::new(Code::UnfitRecord, message).hint("name a folder in which a gate left its record")]
    })?;
    let mut found = Verification { record: record.clone(), looked: Vec::new() };
    let again = taken_again(&bytes, &record.digest);
    found.note(shown(&json), same(again == record.digest, || "it was changed: its digest is another".to_owned()));
    if let Some(ticket) = digest {
        let digits = |digest: &str| digest.trim().to_ascii_lowercase().trim_start_matches("sha256:").to_owned();
        let is = digits(ticket) == digits(&again);
        found.note("the digest that was given", same(is, || format!("the record's is {again}")));
    }
    found.note(shown(&html), page_of(&html, &record));
    let folder = json.parent().unwrap_or(Path::new(""));
    let mut evidence = Vec::new();
    for run in &record.evidence {
        evidence.extend(evidence_of(run, folder, runs, &mut found));
    }
    let whole = evidence.len() == record.evidence.len() && found.holds() != Some(false);
    let catalogue = check_files(&record, &evidence, &mut found);
    let verdicts = match catalogue {
        Some(catalogue) if whole => judged_again(&record, evidence, catalogue).await,
        _ => {
            Belongs::Unknown("they were not judged again: what they rest on is not what it was, or not here".to_owned())
        }
    };
    found.note("the verdicts", verdicts);
    Ok(found)
}

fn same(holds: bool, otherwise: impl FnOnce() -> String) -> Belongs {
    if holds { Belongs::Yes } else { Belongs::No(otherwise()) }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

/// The two files of the record that a path names: their folder, or one of them.
fn beside(named: &Path) -> (PathBuf, PathBuf) {
    if named.is_dir() {
        return super::places(&run_at(named));
    }
    match named.extension() {
        Some(end) if end.eq_ignore_ascii_case("html") => (named.with_extension("json"), named.to_owned()),
        _ => (named.to_owned(), named.with_extension("html")),
    }
}

fn bounded(path: &Path) -> Result<Vec<u8>, Vec<Diagnostic>> {
    let unreadable = |error: std::io::Error| {
        let message = format!("can't read {}: {error}", path.display());
        let hint = format!("name the folder of a record, or its {JSON} or {HTML}");
        vec![Diagnostic::new(Code::Unreadable, message).hint(hint)]
    };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::Read::take(file, MOST + 1), &mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MOST {
        let message = format!("{} is larger than {MOST} bytes", path.display());
        return Err(vec![Diagnostic::new(Code::TooLarge, message).hint("no record is: name another file")]);
    }
    Ok(bytes)
}

/// Whether a page is that of a record. Another version may show the same otherwise: its page
/// is held against its own digest, and against that of the record.
fn page_of(path: &Path, record: &GateRecord) -> Belongs {
    let bytes = match bounded(path) {
        Ok(bytes) => bytes,
        Err(_) if !path.exists() => return Belongs::Aside("it is not here".to_owned()),
        Err(found) => return Belongs::Unknown(found.first().map(|one| one.message.clone()).unwrap_or_default()),
    };
    if record.answer.poolproof == env!("CARGO_PKG_VERSION") {
        return match page(record) {
            Ok(wanted) => same(wanted.as_bytes() == bytes, || "it is not the page of this record".to_owned()),
            Err(error) => Belongs::Unknown(format!("the page can't be made again: {error}")),
        };
    }
    let text = String::from_utf8_lossy(&bytes);
    let own = text.rfind("sha256:").and_then(|at| text.get(at..at + record.digest.len())).unwrap_or_default();
    let is_own = taken_again(&bytes, own) == own;
    if is_own && text.contains(&record.digest) {
        // Whoever changes a page can take its digest anew: only drawing it again would prove it.
        let version = &record.answer.poolproof;
        return Belongs::Aside(format!("version {version} drew it, and only that can draw it again: go by {JSON}"));
    }
    Belongs::No("it was changed, or is another record's".to_owned())
}

/// Finds what a run left behind, and holds each of its files against the record.
fn evidence_of(run: &RunEvidence, folder: &Path, named: &[PathBuf], found: &mut Verification) -> Option<Evidence> {
    let one_step = matches!(Path::new(&run.run).components().collect::<Vec<_>>().as_slice(), [Component::Normal(_)]);
    let sibling = one_step.then(|| folder.parent().unwrap_or(Path::new("")).join(&run.run));
    let places = named.iter().cloned().chain([folder.to_owned()]).chain(sibling);
    let mut broken = None;
    for place in places {
        let place = run_at(if place.is_file() { place.parent().unwrap_or(Path::new("")) } else { &place });
        let journal = place.join(EVIDENCE);
        if !journal.is_file() {
            continue;
        }
        match Evidence::read(&journal) {
            Ok(evidence) if evidence.header.info.id == run.run => {
                files_of(run, &place, found);
                return Some(evidence);
            }
            Ok(_) => {}
            // Unless it is found elsewhere, this was it.
            Err(_) => drop(broken.get_or_insert(place)),
        }
    }
    if let Some(place) = broken {
        files_of(run, &place, found);
        return None;
    }
    let way = "name its folder with `--run`".to_owned();
    found.note(format!("the evidence of the run {}", run.run), Belongs::Unknown(format!("it is not here: {way}")));
    None
}

fn files_of(run: &RunEvidence, place: &Path, found: &mut Verification) {
    if !run.files.iter().any(|file| file.name == EVIDENCE) {
        found.note(format!("the run {}", run.run), Belongs::No("the record does not tell of its journal".to_owned()));
    }
    for file in &run.files {
        // A record may come from anybody: it names files of a run, and no others.
        if !RunEvidence::names().any(|name| name == file.name) {
            found.note(file.name.as_str(), Belongs::No("no run leaves a file of that name".to_owned()));
            continue;
        }
        let path = place.join(&file.name);
        if path.exists() && !path.is_file() {
            found.note(shown(&path), Belongs::No("it is no file".to_owned()));
            continue;
        }
        let belongs = match sha256_of(&path) {
            Ok(now) => same(now == file.sha256, || "it was changed since the gate was asked".to_owned()),
            Err(error) => Belongs::No(format!("it can't be read any more: {error}")),
        };
        found.note(shown(&path), belongs);
    }
}

/// The check files as the evidence holds them, under the names of the record. Those that lie
/// where they lay are held against it as well.
fn check_files(record: &GateRecord, evidence: &[Evidence], found: &mut Verification) -> Option<Catalogue> {
    let mut sources = Vec::new();
    for file in &record.answer.check_files {
        let suites = evidence.first().map(|one| one.header.suites.as_slice()).unwrap_or_default();
        let text = suites.iter().find(|suite| sha256(suite.text.as_bytes()) == file.sha256);
        match text {
            Some(suite) => sources.push(Arc::new(Source::new(file.name.as_str(), suite.text.as_str()))),
            None if evidence.is_empty() => {}
            None => found.note(
                format!("check file {}", file.name),
                Belongs::No("the evidence holds no such file with this digest".to_owned()),
            ),
        }
        found.looked.extend(on_disk(&file.name, &file.sha256));
    }
    if sources.len() < record.answer.check_files.len() {
        return None;
    }
    Catalogue::of_sources(&sources).ok()
}

/// A check file where it lay.
fn on_disk(name: &str, wanted: &str) -> Option<Looked> {
    let at = format!("check file {name}");
    if let Some(shipped) = name.strip_prefix("builtin:") {
        let name = shipped.trim_start_matches("checks/");
        let now = BUILTIN.get_file(name).map(|file| sha256(file.contents()));
        let other = now.is_some_and(|now| now != wanted);
        return other.then(|| Looked {
            at,
            belongs: Belongs::Aside("this Poolproof ships another one; the evidence's own judges".to_owned()),
        });
    }
    let path = Path::new(name);
    if !path.is_file() {
        let belongs = Belongs::Aside("it is not here; the evidence's own judges".to_owned());
        return Some(Looked { at, belongs });
    }
    let belongs = match yaml::read_source(path, Limits::default()) {
        Ok(source) => {
            same(sha256(source.text.as_bytes()) == wanted, || "it was changed since the gate was asked".to_owned())
        }
        Err(diagnostic) => Belongs::No(diagnostic.message),
    };
    Some(Looked { at, belongs })
}

/// Whether the evidence gives the same answer again.
async fn judged_again(record: &GateRecord, evidence: Vec<Evidence>, catalogue: Catalogue) -> Belongs {
    let of_record = |reason: &str| Belongs::No(format!("the record can't be what was asked: {reason}"));
    let Ok(Duration(max_age)) = record.max_age.parse::<Duration>() else {
        return of_record(&format!("`{}` is no age", record.max_age));
    };
    let environment = evidence.first().map(|one| sha256(one.header.environment.text.as_bytes()));
    if environment.as_deref() != Some(record.environment_file.sha256.as_str()) {
        return Belongs::No(format!("{} is not what the evidence was made with", record.environment_file.name));
    }
    let source = |text: &SourceText| -> Arc<Source> { text.into() };
    let told = |found: &[Diagnostic]| found.first().map(|one| one.message.clone()).unwrap_or_default();
    let gates = match Gates::of_sources(&record.gates.iter().map(source).collect::<Vec<_>>()) {
        Ok(gates) => gates,
        Err(found) => return of_record(&told(&found)),
    };
    let terms = Terms {
        about: record.answer.about.clone(),
        max_age,
        waivers: record.waivers.as_ref().map(source),
        attestations: record.attestations.as_ref().map(source),
        accept_flaky: record.accept_flaky,
        mode: record.answer.mode,
        environment: None,
    };
    let refused = |refusal: Refusal| match refusal {
        Refusal::Input(found) => of_record(&told(&found)),
        other => of_record(&other.to_string()),
    };
    let asked = match AskedGate::of(&record.answer.gate, &gates, catalogue, terms) {
        Ok(asked) => asked,
        Err(refusal) => return refused(refusal),
    };
    match answer(&asked, evidence, record.answer.asked_at).await {
        Ok(again) => compared(&record.answer, again),
        Err(refusal) => refused(refusal),
    }
}

/// Holds an answer against the recorded one. Another version may word the same otherwise.
fn compared(recorded: &GateAnswer, again: GateAnswer) -> Belongs {
    let word = |answer: Answer| match answer {
        Answer::Go => "GO",
        Answer::NoGo => "NO-GO",
        Answer::Undecided => "UNDECIDED",
    };
    if recorded.answer != again.answer {
        let (then, now) = (word(recorded.answer), word(again.answer));
        return Belongs::No(format!("the record says {then}, and its evidence says {now}"));
    }
    if recorded.poolproof != again.poolproof {
        let leans_on = |answer: &GateAnswer| {
            let part = |value: serde_json::Result<Value>| value.unwrap_or_default();
            let waivers = part(serde_json::to_value(&answer.waivers));
            let attestations = part(serde_json::to_value(&answer.attestations));
            (answer.valid_until, part(serde_json::to_value(&answer.runs)), waivers, attestations)
        };
        if leans_on(recorded) != leans_on(&again) {
            return Belongs::No("the evidence says otherwise of runs, waivers, attestations or the end".to_owned());
        }
        let version = &recorded.poolproof;
        return Belongs::Aside(format!("the same answer, by another version than the {version} that asked"));
    }
    let again = GateAnswer { host: recorded.host.clone(), ..again };
    let (Ok(Value::Object(then)), Ok(Value::Object(now))) =
        (serde_json::to_value(recorded), serde_json::to_value(&again))
    else {
        return Belongs::Unknown("they can't be compared".to_owned());
    };
    let names = then.keys().chain(now.keys().filter(|name| !then.contains_key(*name)));
    let other: Vec<&str> = names.filter(|name| then.get(*name) != now.get(*name)).map(String::as_str).collect();
    same(other.is_empty(), || format!("the evidence says otherwise of {}", other.join(", ")))
}
