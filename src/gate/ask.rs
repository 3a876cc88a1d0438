//! Evidence → answer: reads what is needed, refuses what doesn't fit, judges, decides.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::answer::{Answer, CheckFile, GateAnswer, RunUsed, VERSION, WindowLeft};
use super::attestation::Attestations;
use super::decide::{Deciding, first};
use super::fit::{Fitness, stale};
use super::load::Gates;
use super::model::Gate;
use super::order::order;
use super::statements::Statements;
use crate::check::{Catalogue, Check, Selection};
use crate::environment::Environment;
use crate::inventory::hex;
use crate::plan::{AskedAbout, Scope};
use crate::run::{Again, Evidence};
use crate::waivers::Waivers;
use crate::{Judged, Refusal, judge};

/// How a gate is asked.
#[derive(Clone, Debug, Default)]
pub struct GateOptions {
    /// Check files and folders; `builtin`, or nothing, for the shipped ones.
    pub checks: Vec<PathBuf>,
    /// Gate files and folders besides the shipped gates.
    pub gates: Vec<PathBuf>,
    /// What it is asked about.
    pub about: Vec<AskedAbout>,
    /// How old the oldest run may be; the gate's own bound if none is given.
    pub max_age: Option<Duration>,
    /// The file with signed-off exceptions.
    pub waivers: Option<PathBuf>,
    /// The file with what persons have stated.
    pub attestations: Option<PathBuf>,
    /// Whether what passed after it had failed is good enough.
    pub accept_flaky: bool,
    /// The environment file that runs must have been made with, where it is known.
    pub environment: Option<PathBuf>,
}

/// A gate that was found, with all that it asks for.
pub struct AskedGate {
    /// The gate.
    pub gate: Gate,
    /// The checks.
    pub catalogue: Catalogue,
    /// Every item that some gate asks persons for.
    items: BTreeSet<String>,
    options: GateOptions,
}

/// What is told where a run had waivers and the gate has none.
const NOT_GIVEN: &str =
    "a run was made with waivers, and none of them counts here: name the file that does with `--waivers`";

/// What a run has to be asked for, so that a gate can be answered from it.
pub struct Asking {
    /// Which checks.
    pub selection: Selection,
    /// Those that count as a whole.
    pub everywhere: BTreeSet<String>,
}

impl AskedGate {
    /// Finds a gate, and the checks that it asks for.
    ///
    /// # Errors
    /// What is wrong with the files, or with what it is asked about.
    pub fn find(name: &str, options: GateOptions) -> Result<Self, Refusal> {
        let gates = Gates::load(&options.gates)?;
        let gate = gates.named(name)?.clone();
        gate.may_be_asked_about(&options.about)?;
        let catalogue = Catalogue::load(&options.checks)?;
        gate.own(&catalogue)?;
        let items = gates.all.iter().flat_map(|gate| &gate.attestations).map(|demand| demand.item.clone()).collect();
        Ok(Self { gate, catalogue, items, options })
    }

    /// What a run has to be asked for.
    ///
    /// # Errors
    /// The gate asks for checks that aren't there.
    pub fn asking(&self) -> Result<Asking, Refusal> {
        let demanded = self.gate.demanded(&self.catalogue)?;
        let selection = Selection::of_ids(demanded.iter().map(|check| check.id.as_str()));
        Ok(Asking { selection, everywhere: self.gate.everywhere(&self.catalogue)? })
    }
}

/// Answers a gate from what one or several runs left behind.
///
/// # Errors
/// A file is wrong, or a run must not be rested on.
pub async fn answer(asked: &AskedGate, runs: Vec<Evidence>, clock: Timestamp) -> Result<GateAnswer, Refusal> {
    let AskedGate { gate, catalogue, items, options } = asked;
    let Asking { selection, everywhere } = asked.asking()?;
    let evidence = Evidence::join(runs)?;
    let environment = evidence.environment()?;
    let base = evidence.base(&environment)?;
    let max_age = options.max_age.unwrap_or(gate.max_age);
    let fitness =
        Fitness { catalogue, about: &options.about, max_age, clock, environment: options.environment.as_deref() };
    fitness.check(&evidence, base.as_deref())?;
    // Those that a run was made with were signed off for that run.
    let waivers = match &options.waivers {
        Some(path) => Waivers::load(path, clock)?.fit(catalogue)?,
        None => Waivers::default(),
    };
    let not_given = options.waivers.is_none() && evidence.header.waivers.is_some();
    let attestations = match &options.attestations {
        Some(path) => Attestations::load(path, &environment.view.name)?,
        None => Attestations::default(),
    };
    let scope = Scope::of(&environment, &options.about)?.with_everywhere(everywhere);
    let waivers = Arc::new(waivers);
    let (of, ran, oldest) = (evidence.of.clone(), ran(&evidence, catalogue), evidence.oldest());
    let again = Again { catalogue: catalogue.clone(), selection, scope, waivers: Arc::clone(&waivers) };
    let judged = judge(evidence, again).await?;

    let demanded: Vec<&Check> = gate.demanded(catalogue)?.into_iter().map(AsRef::as_ref).collect();
    let statements = Statements::of(&environment);
    let about = &options.about;
    let (accept_flaky, strict) = (options.accept_flaky, gate.strict(catalogue)?);
    let own = gate.own(catalogue)?;
    let deciding =
        Deciding { gate, judged: &judged, ran: &ran, own: &own, strict: &strict, about, accept_flaky, statements };
    let mut found = deciding.findings(&demanded);
    if let Some(base) = base.as_deref().filter(|_| demanded.iter().any(|check| check.reads_inventory())) {
        found.undetermined.extend(stale(base, &environment, clock));
    }
    let attested: Vec<_> = gate.attestations.iter().map(|demand| attestations.of(demand, about, clock)).collect();
    found.attested(&attested);

    let window = window(&environment, clock).filter(|_| gate.in_window);
    let until_age = oldest.checked_add(SignedDuration::try_from(max_age).unwrap_or(SignedDuration::MAX));
    let used = waivers.all.iter().filter(|waiver| found.waivers.contains_key(waiver.pattern.as_str()));
    let ends = used.filter(|waiver| !waiver.lapsed).map(|waiver| waiver.until.at());
    let valid_until =
        first(until_age.into_iter().chain(ends).chain(attestations.first_end(&gate.attestations, about, clock)));
    let known: Vec<&str> = items.iter().map(String::as_str).collect();
    let mut remarks = judged.result.warnings.clone();
    remarks.extend(attestations.unknown(&known));
    remarks.extend(window_remark(gate, window.as_ref()));
    remarks.extend(not_given.then(|| NOT_GIVEN.to_owned()));
    Ok(GateAnswer {
        version: VERSION.to_owned(),
        poolproof: env!("CARGO_PKG_VERSION").to_owned(),
        gate: gate.name.clone(),
        question: gate.question.clone(),
        because: gate.because.clone(),
        about: about.clone(),
        environment: environment.view.name.clone(),
        phase: environment.view.phase.to_string(),
        answer: if !found.blockers.is_empty() {
            Answer::NoGo
        } else if !found.undetermined.is_empty() {
            Answer::Undecided
        } else {
            Answer::Go
        },
        asked_at: clock,
        valid_until,
        host: gethostname::gethostname().to_string_lossy().into_owned(),
        runs: of.into_iter().map(RunUsed::from).collect(),
        check_files: check_files(&judged),
        blockers: order(found.blockers, catalogue),
        undetermined: order(found.undetermined, catalogue),
        waivers: found.waivers.into_values().collect(),
        attestations: attested,
        lesser: order(found.lesser, catalogue),
        counts: found.counts,
        window,
        roll_back: gate.roll_back.iter().flat_map(|step| step.commands(&environment, clock)).collect(),
        not_promised: gate.not_promised.clone(),
        remarks,
    })
}

/// The ids of the checks that the runs were asked for, with all that those need.
fn ran(evidence: &Evidence, catalogue: &Catalogue) -> Vec<String> {
    let mut ids: BTreeSet<String> = evidence.header.selected.iter().cloned().collect();
    let mut open: Vec<String> = ids.iter().cloned().collect();
    while let Some(check) = open.pop().and_then(|id| catalogue.check(&id)) {
        for need in &check.needs {
            if ids.insert(need.value.clone()) {
                open.push(need.value.clone());
            }
        }
    }
    ids.into_iter().collect()
}

fn check_files(judged: &Judged) -> Vec<CheckFile> {
    let digest = |text: &str| hex(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref());
    let suites = judged.catalogue.suites.iter();
    suites.map(|suite| CheckFile { name: suite.source.name.clone(), sha256: digest(&suite.source.text) }).collect()
}

fn window(environment: &Environment, clock: Timestamp) -> Option<WindowLeft> {
    let window = environment.file.cutover_window.as_ref()?;
    Some(WindowLeft {
        from: window.from.value.to_string(),
        until: window.until.value.to_string(),
        seconds_left: window.until.value.at().duration_since(clock).as_secs(),
        begun: clock >= window.from.value.at(),
    })
}

fn window_remark(gate: &Gate, window: Option<&WindowLeft>) -> Option<String> {
    match window {
        None if gate.in_window => {
            Some("the environment file states no `cutover_window`: nobody knows how much time is left".to_owned())
        }
        Some(window) if window.seconds_left <= 0 => Some(format!("the cutover window ended at {}", window.until)),
        Some(window) if !window.begun => Some(format!("the cutover window begins at {}", window.from)),
        _ => None,
    }
}

impl From<crate::run::Origin> for RunUsed {
    fn from(origin: crate::run::Origin) -> Self {
        let info = origin.info;
        Self {
            id: info.id,
            mode: info.mode,
            vantages: info.vantages,
            host: info.host,
            started: info.started,
            poolproof: info.poolproof,
            evidence: origin.digest,
        }
    }
}
