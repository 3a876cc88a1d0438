//! Every shipped check against the fixtures: each passes where it is due, each can fail,
//! and every single expectation decides somewhere.
//!
//! `cargo test --test checks -- contoso/cut-over` runs the cases of one state,
//! `-- variants` what must fail, `-- gates` what gates say of it (of every variant with
//! `POOLPROOF_GATES=all`), `-- catalogue` what holds
//! over all of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

#[path = "support/gates.rs"]
mod gates;

use gates::Kept;
use libtest_mimic::{Arguments, Failed, Trial};
use poolproof::check::{Catalogue, Effect, Expect};
use poolproof::mock::Fixture;
use poolproof::report::{CaseResult, ExpectationOutcome, RunResult, SkipReason, Verdict};
use poolproof::trials::{self, Setup};
use poolproof::{Options, Target};

fn main() {
    let arguments = Arguments::from_args();
    let fixtures = fixtures();
    let mut setups = Vec::new();
    let mut variants = Vec::new();
    let mut states: BTreeMap<String, Arc<Whole>> = BTreeMap::new();
    for (name, fixture) in &fixtures {
        for state in fixture.states().map(|(state, _)| Some(state)).chain([None]) {
            let options = options(fixture.dir(), state, None);
            let whole = Whole { options, kept: OnceLock::new() };
            states.insert(format!("{name}/{}", state.unwrap_or("base")), Arc::new(whole));
        }
        setups.push(Setup::new(&format!("{name}/base"), options(fixture.dir(), None, None)));
        for (state, _) in fixture.states() {
            setups.push(Setup::new(&format!("{name}/{state}"), options(fixture.dir(), Some(state), None)));
        }
        for (variant, described) in fixture.variants() {
            variants.push(Arc::new(Broken {
                name: format!("{name}/{variant}"),
                on: format!("{name}/{}", described.on().unwrap_or("base")),
                options: options(fixture.dir(), None, Some(variant)),
                fails: described.fails.iter().cloned().collect(),
                errors: described.errors.iter().cloned().collect(),
                flaky: described.flaky.iter().cloned().collect(),
                kept: OnceLock::new(),
            }));
        }
    }
    let mut all = trials::trials(&arguments, setups.clone()).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    for variant in &variants {
        let broken = Arc::clone(variant);
        all.push(Trial::test(format!("variants/{}", variant.name), move || broken.fails_as_listed()));
        if let Some(state) = states.get(&variant.on) {
            let (broken, state) = (Arc::clone(variant), Arc::clone(state));
            let trial = Trial::test(format!("gates/{}", variant.name), move || broken.stops_gates(&state));
            all.push(trial.with_ignored_flag(!gates::all_are_asked()));
        }
    }
    if let Some(state) = states.get("contoso/coexistence") {
        let (early, late) = (Arc::clone(state), Arc::clone(state));
        let name = "gates/a-run-of-before-the-publish-is-refused";
        all.push(Trial::test(name, move || gates::refuses_a_run_of_before_the_publish(early.kept()?)));
        let name = "gates/what-became-stale-is-told";
        all.push(Trial::test(name, move || gates::tells_what_became_stale(late.kept()?)));
    }
    for (name, state) in states {
        all.push(Trial::test(format!("gates/{name}"), move || gates::all_go(state.kept()?)));
    }
    all.push(Trial::test("gates/all-that-matters-is-asked-for", gates::all_that_matters_is_asked_for));
    let (passing, deciding) = (setups, variants);
    all.push(Trial::test("catalogue/every-check-passes-somewhere", move || every_check_passes(&passing)));
    let failing = deciding.clone();
    all.push(Trial::test("catalogue/every-check-fails-somewhere", move || every_check_fails(&failing)));
    all.push(Trial::test("catalogue/every-expectation-decides-somewhere", move || {
        every_expectation_decides(&deciding)
    }));
    trials::run(&arguments, all).exit();
}

fn fixtures() -> BTreeMap<String, Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = std::fs::read_dir(&root).expect("fixtures can be listed");
    folders
        .map(|entry| entry.expect("a fixture").path())
        .filter(|path| path.join("environment.yaml").is_file())
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            let fixture = Fixture::load(&path).unwrap_or_else(|found| {
                panic!("{}", poolproof::diagnostic::render(&found, false));
            });
            (name, fixture)
        })
        .collect()
}

fn options(fixture: &Path, state: Option<&str>, variant: Option<&str>) -> Options {
    let target = Target::Mock {
        fixture: PathBuf::from(fixture),
        state: state.map(str::to_owned),
        variant: variant.map(str::to_owned),
        at: None,
    };
    // Nobody is written to on loopback but the mock's own.
    Options { target, allowed: vec![Effect::SendsIm], ..Options::default() }
}

/// A state with nothing wrong in it.
struct Whole {
    options: Options,
    kept: OnceLock<Result<Kept, String>>,
}

impl Whole {
    fn kept(&self) -> Result<&Kept, Failed> {
        self.kept.get_or_init(|| Kept::run(&self.options)).as_ref().map_err(|message| Failed::from(message.as_str()))
    }
}

/// One thing gone wrong, and what it must break.
struct Broken {
    name: String,
    /// The state that it goes wrong in.
    on: String,
    options: Options,
    fails: BTreeSet<String>,
    errors: BTreeSet<String>,
    flaky: BTreeSet<String>,
    kept: OnceLock<Result<Kept, String>>,
}

impl Broken {
    fn kept(&self) -> Result<&Kept, Failed> {
        let run = if gates::all_are_asked() { Kept::run } else { Kept::result_of };
        let kept = self.kept.get_or_init(|| run(&self.options));
        kept.as_ref().map_err(|message| Failed::from(format!("{}: {message}", self.name)))
    }

    fn result(&self) -> Result<&RunResult, Failed> {
        Ok(&self.kept()?.result)
    }

    /// No gate that asks for what is wrong says GO.
    fn stops_gates(&self, state: &Whole) -> Result<(), Failed> {
        gates::none_goes_over(self.kept()?, state.kept()?)
    }

    /// Exactly the listed cases fail, exactly the listed ones err, and the listed flaky
    /// ones pass after another attempt; on a busy machine others may too.
    fn fails_as_listed(&self) -> Result<(), Failed> {
        let result = self.result()?;
        let mut wrong = compare("fails", &self.fails, result, Verdict::Fail);
        wrong.extend(compare("errors", &self.errors, result, Verdict::Error));
        for name in &self.flaky {
            let mut named = result.cases().filter(|case| case.key == *name || case.check == *name).peekable();
            if named.peek().is_none() {
                wrong.push(format!("flaky: {name} is listed, and there is no such case"));
            }
            for case in named.filter(|case| case.verdict != Verdict::Pass || !case.flaky) {
                wrong.push(format!("flaky: {} is listed, and it is {:?}: {}", case.key, case.verdict, case.message));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
    }
}

/// What a result says of one subject: of a case, or of a member of one that stands for many.
struct Said<'a> {
    key: &'a str,
    check: &'a str,
    verdict: Verdict,
    message: &'a str,
}

/// All that was judged, and what was held back by another check.
fn said(result: &RunResult) -> Vec<Said<'_>> {
    let held_back = |case: &CaseResult| matches!(case.skipped, Some(SkipReason::NeedFailed(_)));
    let mut all = Vec::new();
    for case in result.cases().filter(|case| case.verdict != Verdict::Skip || held_back(case)) {
        let check = case.check.as_str();
        let of = |key, verdict, message| Said { key, check, verdict, message };
        if case.members.is_empty() {
            all.push(of(&case.key, case.verdict, &case.message));
        }
        all.extend(case.members.iter().map(|member| of(&member.key, member.verdict, &member.message)));
    }
    all
}

/// A listed name is the key of a case or member, or a check's id that stands for all of its.
fn compare(what: &str, listed: &BTreeSet<String>, result: &RunResult, verdict: Verdict) -> Vec<String> {
    let all = said(result);
    let mut wrong = Vec::new();
    let mut explained: BTreeSet<&str> = BTreeSet::new();
    for name in listed {
        let named: Vec<&Said<'_>> = all.iter().filter(|one| one.key == *name || one.check == *name).collect();
        if named.is_empty() {
            wrong.push(format!("{what}: {name} is listed, and there is no such case that is due"));
        }
        for one in named {
            explained.insert(one.key);
            if one.verdict != verdict {
                wrong.push(format!("{what}: {} is listed, and it is {:?}: {}", one.key, one.verdict, one.message));
            }
        }
    }
    for one in all.iter().filter(|one| one.verdict == verdict && !explained.contains(one.key)) {
        wrong.push(format!("{what}: {} is not listed: {}", one.key, one.message));
    }
    wrong
}

fn shipped() -> Catalogue {
    Catalogue::load(&[]).unwrap_or_else(|found| panic!("{}", poolproof::diagnostic::render(&found, false)))
}

fn missing(what: &str, names: &[String]) -> Result<(), Failed> {
    if names.is_empty() { Ok(()) } else { Err(format!("{} {what}:\n  {}", names.len(), names.join("\n  ")).into()) }
}

fn every_check_passes(setups: &[Setup]) -> Result<(), Failed> {
    let mut passed: BTreeSet<String> = BTreeSet::new();
    for setup in setups {
        let result = trials::run_all(setup.options.clone()).map_err(|refusal| refusal.to_string())?;
        passed.extend(result.cases().filter(|case| case.verdict == Verdict::Pass).map(|case| case.check.clone()));
    }
    let catalogue = shipped();
    let never: Vec<String> =
        catalogue.checks().map(|check| check.id.clone()).filter(|id| !passed.contains(id)).collect();
    missing("checks pass in no state of any fixture", &never)
}

fn every_check_fails(variants: &[Arc<Broken>]) -> Result<(), Failed> {
    let mut failed: BTreeSet<String> = BTreeSet::new();
    for variant in variants {
        let result = variant.result()?;
        failed.extend(result.cases().filter(|case| case.verdict == Verdict::Fail).map(|case| case.check.clone()));
    }
    let catalogue = shipped();
    let never: Vec<String> =
        catalogue.checks().map(|check| check.id.clone()).filter(|id| !failed.contains(id)).collect();
    missing("checks fail in no variant", &never)
}

/// An expectation decides where it is the only one of its case that is contradicted:
/// without it, that case would not fail, against the variant's list.
fn every_expectation_decides(variants: &[Arc<Broken>]) -> Result<(), Failed> {
    let mut deciding: BTreeSet<(String, String)> = BTreeSet::new();
    for variant in variants {
        for case in variant.result()?.cases().filter(|case| case.verdict == Verdict::Fail) {
            let contradicted: Vec<_> =
                case.expectations.iter().filter(|one| one.outcome == ExpectationOutcome::Contradicted).collect();
            if let [only] = contradicted.as_slice() {
                deciding.insert((case.check.clone(), only.location.clone()));
            }
        }
    }
    let mut never = Vec::new();
    for check in shipped().checks() {
        if let Expect::All(expectations) = &check.expect {
            for expectation in expectations {
                let location = expectation.place.to_string();
                if !deciding.contains(&(check.id.clone(), location.clone())) {
                    never.push(format!("{}: {} ({location})", check.id, expectation.text));
                }
            }
        }
    }
    missing("expectations decide in no variant", &never)
}
