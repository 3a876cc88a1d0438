//! The whole of it, as one readable page: discover → plan → observe → judge → report.

mod target;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::accounts::{self, Accounts, Roster};
use crate::check::{Catalogue, Effect, Selection};
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Environment;
use crate::expression::Slots;
use crate::facts::Roots;
use crate::gather::{Gathered, Gathering, Kept, Ways, gather};
use crate::mock::Mock;
use crate::observe::{Journal, Limits, Line, Network, Observer, Vantage};
use crate::plan::{AskedAbout, Plan, Questions, Request, Scope, State, account_of, questions, wanted};
use crate::report::files::RunFolder;
use crate::report::{Event, Listener, RunInfo, RunResult, Severity};
use crate::run::{DirectoryWay, Header, Live, Source, Telling, assemble, execute, local_addresses, networks, places};
use crate::waivers::Waivers;

pub use target::Target;
use target::{Described, Reached};

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Check files and folders; `builtin`, or nothing, for the shipped ones.
    pub checks: Vec<PathBuf>,
    /// How the environment is reached.
    pub target: Target,
    /// Which checks.
    pub selection: Selection,
    /// Traces that may be left.
    pub allowed: Vec<Effect>,
    /// The least severity whose failure fails the run.
    pub fail_on: Severity,
    /// Whether the first such failure keeps what has not begun from beginning.
    pub fail_fast: bool,
    /// The folder under which the run's own folder is made; none to write nothing.
    pub reports: Option<PathBuf>,
    /// How reading the inventory is told and stopped.
    pub gathering: Gathering,
    /// The file with signed-off exceptions.
    pub waivers: Option<PathBuf>,
    /// The pools, waves or sites that are asked about; all if none is named.
    pub about: Vec<AskedAbout>,
    /// Checks that count as a whole, whatever is asked about.
    pub everywhere: BTreeSet<String>,
    /// Where rejected accounts are remembered; what [`accounts::folder`] says if none. A run
    /// against a mock deployment remembers none.
    pub accounts: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            checks: Vec::new(),
            target: Target::Live { environment: PathBuf::from("environment.yaml"), at: Vantage::named("internal") },
            selection: Selection::default(),
            allowed: Vec::new(),
            fail_on: Severity::Minor,
            fail_fast: false,
            reports: None,
            gathering: Gathering::default(),
            waivers: None,
            about: Vec::new(),
            everywhere: BTreeSet::new(),
            accounts: None,
        }
    }
}

/// Why nothing was run.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The input is wrong.
    #[error("the input is wrong")]
    Input(Vec<Diagnostic>),
    /// No check was selected.
    #[error("{0}")]
    NothingSelected(String),
    /// Something that is needed on this machine failed.
    #[error("{0}")]
    Machine(String),
    /// Somebody wanted it to end at once.
    #[error("it was interrupted")]
    Interrupted,
}

impl From<Vec<Diagnostic>> for Refusal {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self::Input(diagnostics)
    }
}

/// Stops a run. A clone stops the same run.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    interrupt: CancellationToken,
    halt: CancellationToken,
}

impl Stop {
    /// Nothing new is started; what is under way is finished, and reports are written.
    pub fn stop(&self) {
        self.interrupt.cancel();
        self.halt.cancel();
    }

    /// What stops the reading of an inventory as well.
    #[must_use]
    pub fn reading(&self) -> CancellationToken {
        self.interrupt.clone()
    }
}

/// A run that is planned and has asked nothing yet.
pub struct Prepared {
    /// The suites.
    pub catalogue: Catalogue,
    /// The environment.
    pub environment: Arc<Environment>,
    /// The cases.
    pub plan: Arc<Plan>,
    /// The questions that are known before anything is asked.
    pub questions: Questions,
    networks: BTreeMap<Vantage, (Network, Limits)>,
    roster: Arc<Roster>,
    gathered: Gathered,
    mock: Option<Mock>,
    info: RunInfo,
    options: Options,
}

/// A run that came to its end.
#[derive(Debug)]
pub struct Finished {
    /// What it found.
    pub result: RunResult,
    /// Where its reports are, if they were asked for.
    pub folder: Option<RunFolder>,
    /// What could not be written, and why.
    pub trouble: Vec<String>,
}

impl Prepared {
    /// Reads suites and environment, starts the mock deployment if one is wanted, and plans.
    ///
    /// # Errors
    /// Why nothing can be run.
    pub async fn make(options: Options) -> Result<Self, Refusal> {
        let started = Timestamp::now();
        let now = Timestamp::from_millisecond(started.as_millisecond()).unwrap_or(started);
        let (catalogue, described) = read(&options);
        let catalogue = catalogue?;
        let waivers = match &options.waivers {
            Some(path) => Waivers::load(path, now)?.fit(&catalogue)?,
            None => Waivers::default(),
        };
        let Reached { environment, mock, mode, vantages } = Box::pin(described?.reach(now)).await?;
        let scope = Scope::of(&environment, &options.about)?.with_everywhere(options.everywhere.clone());
        let request = Request {
            selection: options.selection.clone(),
            vantages,
            allowed: options.allowed.clone(),
            now,
            phase: scope.phase().unwrap_or(environment.view.phase),
            scope,
            waivers: Arc::new(waivers),
        };
        let id = run_id(now);
        let accounts = match &options.target {
            Target::Live { .. } => {
                let folder = options.accounts.clone().map_or_else(accounts::folder, Ok);
                Accounts::remembering(folder, &environment.view.name, &id)
            }
            Target::Mock { .. } => Accounts::of_this_run(&environment.view.name),
        };
        let needs_inventory = wanted(&catalogue, &request.selection).iter().any(|check| check.reads_inventory());
        let beneath = mock.as_ref().map(Mock::networks).unwrap_or_default();
        let networks = networks(&environment, &request.vantages, beneath)?;
        let base = if needs_inventory {
            // The directory is asked from where the run stands.
            let here = request.vantages.first().and_then(|vantage| networks.get(vantage));
            let way = DirectoryWay::over(Arc::new(here.map(|(network, _)| network.clone()).unwrap_or_default()));
            let folders = mock.as_ref().map(Mock::folders).unwrap_or_default();
            let ways = Ways { directory: &way, folders: &folders, accounts: &accounts };
            gather(&environment, now, ways, &options.gathering).await?
        } else {
            None
        };
        let roots = match &base {
            Some(base) => Roots::new(&environment, Ok(Arc::clone(base))),
            None => Roots::without_inventory(&environment),
        };
        let plan = Plan::make(&catalogue, &environment, roots, request)?;
        if plan.cases.is_empty() {
            let hint = plan
                .warnings
                .first()
                .map_or("no check was selected".to_owned(), |warning| format!("no check was selected: {warning}"));
            return Err(Refusal::NothingSelected(hint));
        }
        // Where somebody stops it here, nothing is asked, and the reports say so.
        let stop = options.gathering.stop.clone();
        stop.run_until_cancelled(secrets(&environment, &plan)).await.transpose()?;
        let info = RunInfo {
            id,
            poolproof: env!("CARGO_PKG_VERSION").to_owned(),
            environment: environment.view.name.clone(),
            phase: environment.view.phase.to_string(),
            mode,
            vantages: plan.request.vantages.clone(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            started: now,
            finished: now,
            fail_on: options.fail_on,
            interrupted: false,
            places: places(&environment.view),
        };
        let questions = questions(&plan, &environment);
        let roster = Arc::new(Roster::of(&environment.file.accounts, accounts));
        let (environment, plan) = (Arc::new(environment), Arc::new(plan));
        Ok(Self { catalogue, environment, plan, questions, networks, roster, gathered: base, mock, info, options })
    }

    /// What would be run, where and when.
    #[must_use]
    pub const fn info(&self) -> &RunInfo {
        &self.info
    }

    /// The addresses from which each vantage would ask.
    #[must_use]
    pub fn sources(&self) -> BTreeMap<Vantage, Vec<String>> {
        let addresses = |network: &Network| match self.mock {
            Some(_) => vec!["127.0.0.1 (mock deployment)".to_owned()],
            None => local_addresses(network),
        };
        self.networks.iter().map(|(vantage, (network, _))| (vantage.clone(), addresses(network))).collect()
    }

    /// Observes, judges and writes the reports.
    ///
    /// # Errors
    /// The reports' folder can't be made; nothing was asked then.
    pub async fn run(self, listener: Arc<dyn Listener>, stop: &Stop) -> Result<Finished, Refusal> {
        let Self { catalogue, environment, plan, questions, networks, roster, gathered, mock, info, options } = self;
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        let folder =
            options.reports.as_deref().map(|root| RunFolder::create(root, &info.id)).transpose().map_err(machine)?;
        let kept = match (&gathered, &folder) {
            (Some(base), Some(folder)) => Some(Kept::keep(base, &folder.path()).map_err(machine)?),
            _ => None,
        };
        let header = Header::of(info.clone(), &environment, &catalogue, &plan, kept);
        let journal = match &folder {
            Some(folder) => {
                let header = serde_json::to_value(&header).map_err(|error| Refusal::Machine(error.to_string()))?;
                Some(Arc::new(Journal::create(&folder.evidence(), &info.id, header).map_err(machine)?))
            }
            None => None,
        };
        let ready = plan.cases.iter().filter(|case| case.state == State::Ready).count();
        listener.on(&Event::RunStarted { cases: plan.cases.len(), questions: questions.known.len() });
        tracing::info!(run = %info.id, cases = plan.cases.len(), ready, questions = questions.known.len(), "run started");
        let watch = Arc::new(Telling::to(Arc::clone(&listener)));
        let stopped = stop.halt.clone();
        let observer = Observer::new(networks, journal.clone(), watch, stopped, info.started, Arc::clone(&roster));
        let live = Live::new(
            observer,
            journal.clone(),
            Arc::clone(&listener),
            Arc::clone(&plan),
            &questions,
            stop.halt.clone(),
            stop.interrupt.clone(),
        );
        let fail_fast = options.fail_fast.then_some(options.fail_on);
        let (outcomes, _) = execute(Arc::clone(&plan), Arc::clone(&environment), Source::Live(live), fail_fast).await;
        let ended = Timestamp::now();
        let finished = Timestamp::from_millisecond(ended.as_millisecond()).unwrap_or(ended);
        let interrupted = stop.interrupt.is_cancelled();
        let mut trouble = Vec::new();
        if let Some(journal) = &journal {
            journal.write(&Line::Finished { at: finished, interrupted });
            trouble.extend(journal.error().map(|error| format!("the journal is incomplete: {error}")));
        }
        let info = RunInfo { finished, interrupted, ..info };
        let result = assemble(info, &catalogue, &plan, &outcomes, header.warnings);
        // Nobody stays signed in.
        if !roster.settled(FAREWELL).await {
            tracing::warn!("not every account could be signed out; its server will notice that the connection ended");
        }
        listener.on(&Event::RunFinished);
        if let Some(mock) = mock {
            mock.stop().await;
        }
        // Nobody who waits for the answer waits for memory: there may be a million records to let go of.
        let gone = (plan, gathered);
        drop(std::thread::Builder::new().spawn(move || drop(gone)));
        Ok(Finished { result, folder, trouble })
    }
}

/// Reads the check files and what describes the target, side by side.
fn read(options: &Options) -> (Result<Catalogue, Vec<Diagnostic>>, Result<Described, Refusal>) {
    std::thread::scope(|scope| {
        let catalogue = scope.spawn(|| Catalogue::load(&options.checks));
        let described = Described::read(&options.target);
        (catalogue.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), described)
    })
}

/// Resolves the secrets of the accounts that selected cases sign in with: better to learn
/// before the run than in the middle of it.
async fn secrets(environment: &Environment, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let mut found = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for case in plan.cases.iter().filter(|case| case.state == State::Ready) {
        let Some(account) = &case.check.account else { continue };
        let values = case.slots(&plan.roots);
        // What is unknown is told by the case.
        let Ok(sip) = account_of(account, &Slots { values: &values, now: plan.request.now }) else { continue };
        if !seen.insert(sip.clone()) {
            continue;
        }
        let Some(account) = environment.file.accounts.iter().find(|account| account.sip.value.folded() == sip) else {
            let place = &case.check.place;
            let message = format!("`{}` asks as {sip}, and the environment has no such account", case.check.id);
            found.push(
                Diagnostic::at(Code::UnresolvableSecret, &place.source, place.range.clone(), message)
                    .hint("add it to `accounts`"),
            );
            continue;
        };
        if let Err(message) = account.password.value.resolve().await {
            let range = account.password.range.clone();
            let hint = format!("{} needs it", case.key);
            found.push(Diagnostic::at(Code::UnresolvableSecret, &environment.source, range, message).hint(hint));
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found) }
}

/// How long it may take to sign out who was left signed in.
const FAREWELL: Duration = Duration::from_secs(3);

/// When it began, and something that two runs of one second don't share.
pub(crate) fn run_id(now: Timestamp) -> String {
    let random = std::hash::RandomState::new().build_hasher().finish();
    format!("{}-{:04x}", now.strftime("%Y%m%dT%H%M%SZ"), random & 0xffff)
}
