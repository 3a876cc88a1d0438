//! Cases as tests: what `cargo test`, `cargo nextest` and editors list, filter and run.
//!
//! A test file of your own (with `harness = false` in `Cargo.toml`) is three lines:
//!
//! ```no_run
//! use poolproof::{Options, trials};
//!
//! fn main() {
//!     trials::main(vec![trials::Setup::new("contoso", Options::default())]);
//! }
//! ```
//!
//! Only what the filter leaves is observed, and equal questions still once: the first
//! trial of a setup runs the engine over all selected cases, and each trial tells its own
//! case's verdict. (`cargo nextest` runs one process a trial: there, nothing is shared.)

use std::sync::{Arc, OnceLock};

use libtest_mimic::{Arguments, Conclusion, Failed, Trial};

use crate::check::Selection;
use crate::plan::State;
use crate::report::{CaseResult, ExpectationOutcome, RunResult, Verdict};
use crate::{Options, Prepared, Refusal, Stop};

/// Cases to be shown as trials, under a common prefix.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The prefix of every trial's name: `contoso/cut-over`.
    pub name: String,
    /// What is run.
    pub options: Options,
}

impl Setup {
    /// A setup of a name.
    #[must_use]
    pub fn new(name: &str, options: Options) -> Self {
        Self { name: name.to_owned(), options }
    }
}

/// Runs the setups' cases as the process's tests, and ends the process.
pub fn main(setups: Vec<Setup>) -> ! {
    let arguments = Arguments::from_args();
    match trials(&arguments, setups) {
        Ok(trials) => run(&arguments, trials).exit(),
        Err(refusal) => {
            let told = match &refusal {
                Refusal::Input(diagnostics) => crate::diagnostic::render(diagnostics, false),
                other => other.to_string(),
            };
            eprintln!("{told}");
            std::process::exit(i32::from(crate::exit::ExitCode::WrongInput.code()))
        }
    }
}

/// Runs trials, made here or elsewhere.
pub fn run(arguments: &Arguments, trials: Vec<Trial>) -> Conclusion {
    libtest_mimic::run(arguments, trials)
}

/// The trials of the setups: a case that is not due shows as ignored.
///
/// # Errors
/// A setup can't be planned.
pub fn trials(arguments: &Arguments, setups: Vec<Setup>) -> Result<Vec<Trial>, Refusal> {
    let runtime = runtime()?;
    let mut trials = Vec::new();
    for setup in setups {
        let prepared = runtime.block_on(Prepared::make(setup.options.clone()))?;
        let named = |case: &crate::plan::Case| format!("{}/{}", setup.name, case.key);
        let wanted = |name: &str| {
            let probe = Trial::test(name.to_owned(), || Ok(()));
            !arguments.is_filtered_out(&probe)
        };
        let mut checks: Vec<String> = Vec::new();
        for case in prepared.plan.cases.iter().filter(|case| wanted(&named(case))) {
            if !checks.contains(&case.check.id) {
                checks.push(case.check.id.clone());
            }
        }
        let shared = Arc::new(Shared { options: narrowed(&setup.options, &checks), result: OnceLock::new() });
        for case in &prepared.plan.cases {
            let (shared, key) = (Arc::clone(&shared), case.key.clone());
            let ignored = matches!(case.state, State::Skip(_));
            trials.push(Trial::test(named(case), move || shared.verdict(&key)).with_ignored_flag(ignored));
        }
    }
    Ok(trials)
}

/// One engine run that several trials wait for.
struct Shared {
    options: Options,
    result: OnceLock<Result<RunResult, String>>,
}

impl Shared {
    fn verdict(&self, key: &str) -> Result<(), Failed> {
        let result = self.result.get_or_init(|| run_all(self.options.clone()).map_err(|refusal| refusal.to_string()));
        let result = result.as_ref().map_err(|message| Failed::from(message.as_str()))?;
        match result.cases().find(|case| case.key == key) {
            Some(case) => verdict(case),
            // One case stands for all subjects of its check.
            None => match result.cases().find(|case| key.starts_with(&format!("{}[", case.key))) {
                Some(all) => match all.members.iter().find(|member| member.key == key) {
                    Some(member) if member.verdict == Verdict::Waived => Ok(()),
                    Some(member) => Err(member.message.clone().into()),
                    None => Ok(()),
                },
                None => Err(format!("{key} was not judged").into()),
            },
        }
    }
}

/// Runs something to its end, on a runtime of its own.
///
/// # Errors
/// Why nothing could be run.
pub fn run_all(options: Options) -> Result<RunResult, Refusal> {
    runtime()?.block_on(async {
        let prepared = Prepared::make(options).await?;
        Ok(prepared.run(Arc::new(()), &Stop::default()).await?.result)
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, Refusal> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Refusal::Machine(format!("the asynchronous runtime can't be started: {error}")))
}

fn narrowed(options: &Options, checks: &[String]) -> Options {
    let mut selection = Selection::default();
    for id in checks {
        // Ids are kebab-case: no pattern in them can be broken.
        drop(selection.pattern(id));
    }
    Options { selection, ..options.clone() }
}

fn verdict(case: &CaseResult) -> Result<(), Failed> {
    match case.verdict {
        Verdict::Pass | Verdict::Waived | Verdict::Skip => Ok(()),
        Verdict::Fail | Verdict::Error => {
            let mut text = format!("{}\n{}\n", case.title, case.message);
            for one in case.expectations.iter().filter(|one| one.outcome != ExpectationOutcome::Holds) {
                text += &format!("  {}  ({})\n", one.that, one.location);
                for (name, value) in &one.values {
                    text += &format!("    {name} = {value}\n");
                }
            }
            if let Some(fix) = &case.fix {
                text += &format!("  fix: {fix}\n");
            }
            Err(text.into())
        }
    }
}
