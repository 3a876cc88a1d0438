//! A run's recording, disguised, written, and held against the original.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;

use super::disguise::{Disguise, Kind};
use super::words::Words;
use crate::check::Catalogue;
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::gather::Kept;
use crate::inventory::{Rewrite, snapshot};
use crate::observe::{
    Attempt, Evidence as Seen, Facts, Journal, Line, Observation, Outcome, ProbeError, Question, Vantage,
};
use crate::plan::AskedAbout;
use crate::report::files::{EVIDENCE, RunFolder, run_at};
use crate::report::junit::Dialect;
use crate::report::{Place, RunInfo, RunResult, SkipReason, Verdict};
use crate::run::{Evidence, Header, Origin, SourceText};
use crate::yaml::{Limits, parse};
use crate::{Refusal, judge_again};

/// What was captured.
#[derive(Debug)]
pub struct Captured {
    /// What the disguised recording is judged to be.
    pub result: RunResult,
    /// How many words, addresses and numbers have a stand-in.
    pub replaced: usize,
    /// What is judged otherwise than it was: keys as they are in the captured recording.
    pub otherwise: Vec<String>,
}

/// Writes a run's recording to a new folder, with stand-ins for every name in it, and its
/// reports beside it.
///
/// # Errors
/// The run can't be read, the folder can't be written, or a name in it could not be told from
/// Poolproof's own words: then nothing is left of the folder.
pub async fn capture(run: &Path, to: &Path) -> Result<Captured, Refusal> {
    let evidence = Evidence::read(run)?;
    let mut disguise = Disguise::new(Words::of_poolproof());
    // Once to learn what is a name; nothing is written.
    recorded(&evidence, None, &mut disguise)?;
    disguise.learned();
    told_apart(&evidence, &mut disguise)?;
    let machine = |error: std::io::Error| Refusal::Machine(format!("{}: {error}", to.display()));
    if let Some(parent) = to.parent() {
        std::fs::create_dir_all(parent).map_err(machine)?;
    }
    if to.exists() {
        return Err(machine(std::io::ErrorKind::AlreadyExists.into()));
    }
    let staged = staging(to);
    std::fs::create_dir(&staged).map_err(machine)?;
    let written = written(&evidence, run, &staged, &mut disguise).await;
    let written = written.and_then(|captured| std::fs::rename(&staged, to).map_err(machine).map(|()| captured));
    if written.is_err() {
        // What is not known to be safe must not lie about.
        std::fs::remove_dir_all(&staged).map_err(machine)?;
    }
    written
}

/// Where a capture is made until it is known to be safe: somebody may be waiting for the folder to
/// share it.
#[must_use]
pub fn staging(to: &Path) -> PathBuf {
    let mut name = to.file_name().unwrap_or_default().to_owned();
    name.push(format!(".partial-{}", std::process::id()));
    to.with_file_name(name)
}

async fn written(evidence: &Evidence, run: &Path, to: &Path, disguise: &mut Disguise) -> Result<Captured, Refusal> {
    let machine = |error: std::io::Error| Refusal::Machine(format!("{}: {error}", to.display()));
    recorded(evidence, Some(to), disguise)?;
    let original = if run.is_dir() { run_at(run).join(EVIDENCE) } else { run.to_owned() };
    let was = judge_again(&original).await?;
    let result = judge_again(&to.join(EVIDENCE)).await?;
    RunFolder::open(to).and_then(|folder| folder.write(&result, Dialect::default())).map_err(machine)?;
    betrays_nothing(to, disguise)?;
    let wanted = verdicts(&was, |key| disguise.text(key, Kind::Named));
    let found = verdicts(&result, str::to_owned);
    let differing = wanted.symmetric_difference(&found).map(|(key, _)| key.clone());
    let otherwise: BTreeSet<String> = differing.collect();
    Ok(Captured { result, replaced: disguise.replaced(), otherwise: otherwise.into_iter().collect() })
}

/// How each case, and each subject in a case that stands for many, ended.
fn verdicts(result: &RunResult, mut key: impl FnMut(&str) -> String) -> BTreeSet<(String, &'static str)> {
    let word = |verdict: Verdict| match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
        Verdict::Skip => "skip",
        Verdict::Waived => "waived",
    };
    let cases = result.cases();
    let all = cases.flat_map(|case| {
        let members = case.members.iter().map(|member| (member.key.as_str(), member.verdict));
        std::iter::once((case.key.as_str(), case.verdict)).chain(members)
    });
    all.map(|(of, verdict)| (key(of), word(verdict))).collect()
}

/// The journal and what lies beside it, with stand-ins; written, where there is a folder.
fn recorded(evidence: &Evidence, to: Option<&Path>, disguise: &mut Disguise) -> Result<(), Refusal> {
    let header = &evidence.header;
    let kept = header.gathered.as_ref();
    let gathered = kept.map(|kept| kept.rewritten(evidence.folder(), to, disguise)).transpose()?;
    let header = disguised(header, gathered, disguise)?;
    let lines = evidence.recording.lines().map(|line| of_line(line, disguise));
    let Some(to) = to else {
        lines.for_each(drop);
        return Ok(());
    };
    let machine = |error: std::io::Error| Refusal::Machine(format!("{}: {error}", to.display()));
    let header = serde_json::to_value(&header).map_err(|error| Refusal::Machine(error.to_string()))?;
    let journal = Journal::create(&to.join(EVIDENCE), &evidence.header.info.id, header).map_err(machine)?;
    lines.for_each(|line| journal.write(&line));
    journal.error().map_or(Ok(()), |error| Err(machine(error)))
}

/// Refuses where a domain or a server is called by Poolproof's own words alone: its name would
/// stay as it is.
fn told_apart(evidence: &Evidence, disguise: &mut Disguise) -> Result<(), Vec<Diagnostic>> {
    let environment = evidence.environment()?;
    let file = &environment.file;
    let domains = file.sip_domains.iter().map(|domain| domain.name.value.as_str());
    let servers = file.pools.iter().map(|pool| pool.fqdn.value.as_str());
    let edges = file.edges.iter().map(|edge| edge.fqdn.value.as_str());
    for name in domains.chain(servers).chain(edges) {
        if disguise.text(name, Kind::Named) == name {
            let message = format!("{name} is called by words that checks hang on, and can't be hidden");
            let hint = "share what the report says of the case instead, by hand";
            return Err(vec![Diagnostic::new(Code::UnfitRun, message).hint(hint)]);
        }
    }
    Ok(())
}

fn disguised(header: &Header, gathered: Option<Kept>, disguise: &mut Disguise) -> Result<Header, Vec<Diagnostic>> {
    let shipped = Catalogue::load(&[])?;
    let is_shipped = |suite: &SourceText| shipped.suites.iter().any(|known| known.source.text == suite.text);
    let mut suites = Vec::new();
    for (number, suite) in header.suites.iter().enumerate() {
        suites.push(if is_shipped(suite) {
            suite.clone()
        } else {
            SourceText { name: format!("checks/{}.yaml", number + 1), text: file(suite, |json| disguise.suite(&json))? }
        });
    }
    let waivers = header.waivers.as_ref().map(|waivers| {
        file(waivers, |json| disguise.suite(&json)).map(|text| SourceText { name: "waivers.yaml".to_owned(), text })
    });
    let environment = file(&header.environment, |json| disguise.json(&json, Kind::Named))?;
    Ok(Header {
        info: info(&header.info, disguise),
        environment: SourceText { name: "environment.yaml".to_owned(), text: environment },
        suites,
        selected: header.selected.iter().map(|id| disguise.text(id, Kind::Named)).collect(),
        allowed: header.allowed.clone(),
        warnings: header.warnings.iter().map(|warning| disguise.text(warning, Kind::Said)).collect(),
        waivers: waivers.transpose()?,
        about: header.about.iter().map(|about| asked(about, disguise)).collect(),
        gathered,
        joined: header.joined.iter().map(|origin| of_part(origin, disguise)).collect(),
    })
}

/// A YAML file with stand-ins, as JSON, which is YAML too: comments are gone.
fn file(of: &SourceText, disguise: impl FnOnce(Json) -> Json) -> Result<String, Vec<Diagnostic>> {
    let source: Arc<Source> = of.into();
    let json = disguise(parse(&source, Limits::default())?.to_json());
    Ok(format!("{json:#}\n"))
}

fn info(info: &RunInfo, disguise: &mut Disguise) -> RunInfo {
    let mut named = |text: &str| disguise.text(text, Kind::Named);
    RunInfo {
        environment: named(&info.environment),
        host: named(&info.host),
        vantages: info.vantages.iter().map(|vantage| Vantage(named(&vantage.0))).collect(),
        places: info
            .places
            .iter()
            .map(|place| Place {
                name: named(&place.name),
                site: place.site.as_deref().map(&mut named),
                ..place.clone()
            })
            .collect(),
        ..info.clone()
    }
}

fn of_part(origin: &Origin, disguise: &mut Disguise) -> Origin {
    let joined = origin.joined.iter().map(|part| of_part(part, disguise)).collect();
    Origin { info: info(&origin.info, disguise), joined, digest: origin.digest.clone() }
}

fn asked(about: &AskedAbout, disguise: &mut Disguise) -> AskedAbout {
    let mut named = |text: &str| disguise.text(text, Kind::Named);
    match about {
        AskedAbout::Pool(name) => AskedAbout::Pool(named(name)),
        AskedAbout::Wave(name) => AskedAbout::Wave(named(name)),
        AskedAbout::Site(name) => AskedAbout::Site(named(name)),
    }
}

fn of_line(line: Line, disguise: &mut Disguise) -> Line {
    match line {
        Line::Observation { observation } => Line::Observation { observation: Box::new(seen(&observation, disguise)) },
        Line::Judged { case, used, settled_after_ms, skipped } => Line::Judged {
            case: disguise.text(&case, Kind::Named),
            used: used.into_iter().map(|(step, id)| (disguise.text(&step, Kind::Named), id)).collect(),
            settled_after_ms,
            skipped: skipped.map(|reason| match reason {
                SkipReason::NeedFailed(key) => SkipReason::NeedFailed(disguise.text(&key, Kind::Named)),
                SkipReason::Nothing(reason) => SkipReason::Nothing(disguise.text(&reason, Kind::Said)),
                other => other,
            }),
        },
        other @ (Line::Header { .. } | Line::Finished { .. }) => other,
    }
}

fn seen(one: &Observation, disguise: &mut Disguise) -> Observation {
    let question = &one.question;
    let question = Question {
        probe: question.probe.clone(),
        params: disguise.json(&question.params, Kind::Named),
        vantage: Vantage(disguise.text(&question.vantage.0, Kind::Named)),
        account: question.account.as_deref().map(|account| disguise.text(account, Kind::Named)),
    };
    let mut trouble =
        |error: &ProbeError| ProbeError { class: error.class, message: disguise.text(&error.message, Kind::Said) };
    let earlier = one.earlier.iter().map(|one| Attempt { started: one.started, error: trouble(&one.error) }).collect();
    let outcome = match &one.outcome {
        Outcome::Error(error) => Outcome::Error(trouble(error)),
        Outcome::Facts(facts) => Outcome::Facts(said(facts, disguise)),
    };
    let evidence = one
        .evidence
        .iter()
        .map(|one| Seen { label: disguise.text(&one.label, Kind::Said), text: disguise.text(&one.text, Kind::Said) });
    let evidence = evidence.collect();
    let connect = one.connect.iter().map(|name| disguise.text(name, Kind::Named)).collect();
    Observation {
        id: one.id,
        question,
        started: one.started,
        finished: one.finished,
        earlier,
        outcome,
        connect,
        evidence,
    }
}

fn said(facts: &Facts, disguise: &mut Disguise) -> Facts {
    let values = match disguise.json(&Json::Object(facts.values.clone()), Kind::Said) {
        Json::Object(values) => values,
        _ => serde_json::Map::new(),
    };
    let unknown: BTreeMap<String, String> = facts
        .unknown
        .iter()
        .map(|(name, why)| (disguise.text(name, Kind::Said), disguise.text(why, Kind::Said)))
        .collect();
    Facts { values, unknown }
}

/// Reads again what was written, and refuses it where a name or an address is still in it.
fn betrays_nothing(folder: &Path, disguise: &Disguise) -> Result<(), Vec<Diagnostic>> {
    let mut audit = Audit { disguise, found: None };
    let unreadable = |error: std::io::Error| vec![Diagnostic::new(Code::Unreadable, error.to_string())];
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if snapshot::is_snapshot(&path) {
            let inventory = snapshot::read(&path).map_err(|diagnostic| vec![diagnostic])?;
            inventory.rewritten(&mut audit).map_err(|why| vec![Diagnostic::new(Code::TooLarge, why)])?;
        } else if path.file_name().is_some_and(|name| name == EVIDENCE || name == "waves.json") {
            // The reports are made of these.
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            let shipped = Catalogue::load(&[])?;
            audit.journal(&text, &shipped);
        }
    }
    match audit.found {
        None => Ok(()),
        Some(name) => {
            let message = format!("`{name}` would still be in it: nothing was written");
            Err(vec![Diagnostic::new(Code::UnfitRun, message).hint("please report this, without the name")])
        }
    }
}

/// Looks for what should not be there.
struct Audit<'a> {
    disguise: &'a Disguise,
    found: Option<String>,
}

impl Audit<'_> {
    fn text(&mut self, text: &str) {
        if self.found.is_none() {
            self.found =
                self.disguise.betrayed(text).map(str::to_owned).or_else(|| self.disguise.betrayed_address(text));
        }
    }

    /// Each text of each line; the shipped check files are public.
    fn journal(&mut self, text: &str, shipped: &Catalogue) {
        for line in text.lines() {
            match serde_json::from_str::<Json>(line) {
                Ok(json) => self.json(&json, shipped),
                Err(_) => self.text(line),
            }
        }
    }

    fn json(&mut self, json: &Json, shipped: &Catalogue) {
        match json {
            Json::String(text) if shipped.suites.iter().any(|suite| suite.source.text == *text) => {}
            Json::String(text) => self.text(text),
            Json::Array(items) => items.iter().for_each(|item| self.json(item, shipped)),
            Json::Object(map) => map.iter().for_each(|(key, value)| {
                self.text(key);
                self.json(value, shipped);
            }),
            _ => {}
        }
    }
}

impl Rewrite for Audit<'_> {
    fn named(&mut self, _: &str, text: &str) -> String {
        self.text(text);
        String::new()
    }

    fn said(&mut self, text: &str) -> String {
        self.text(text);
        String::new()
    }

    fn guid(&mut self, guid: [u8; 16]) -> [u8; 16] {
        guid
    }
}
