//! Every gate over what the fixtures' runs left behind: GO where nothing is wrong, and
//! never GO over something that is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use libtest_mimic::Failed;
use poolproof::check::Catalogue;
use poolproof::environment::Environment;
use poolproof::gate::{Answer, AskedGate, Gate, GateAnswer, GateOptions, Gates, Kind, ScopeKind, answer};
use poolproof::plan::AskedAbout;
use poolproof::report::{Mode, RunResult, Severity, Verdict};
use poolproof::run::Evidence;
use poolproof::{Options, Prepared, Stop};

/// A run that is kept on disk for as long as somebody may ask gates about it.
pub(crate) struct Kept {
    pub(crate) result: RunResult,
    folder: tempfile::TempDir,
}

impl Kept {
    pub(crate) fn run(options: &Options) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let options = Options { reports: Some(folder.path().to_owned()), ..options.clone() };
        let told = |refusal: poolproof::Refusal| match refusal {
            poolproof::Refusal::Input(found) => poolproof::diagnostic::render(&found, false),
            other => other.to_string(),
        };
        let finished = block_on(async {
            let prepared = Prepared::make(options).await?;
            prepared.run(std::sync::Arc::new(()), &Stop::default()).await
        });
        Ok(Self { result: finished.map_err(told)?.result, folder })
    }

    /// A run of which only the result is kept.
    pub(crate) fn result_of(options: &Options) -> Result<Self, String> {
        let told = |refusal: poolproof::Refusal| format!("{refusal:?}");
        let finished = block_on(async {
            let prepared = Prepared::make(options.clone()).await?;
            prepared.run(std::sync::Arc::new(()), &Stop::default()).await
        });
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        Ok(Self { result: finished.map_err(told)?.result, folder })
    }

    fn evidence(&self) -> Evidence {
        Evidence::read(&self.folder.path().join(&self.result.run.id)).expect("our own evidence")
    }
}

/// Whether every variant is shown to every gate: it takes half an hour, and is asked for by
/// `POOLPROOF_GATES=all`.
pub(crate) fn all_are_asked() -> bool {
    std::env::var_os("POOLPROOF_GATES").is_some_and(|value| value == "all")
}

/// A gate, and one thing that it is asked about.
type Question = (Gate, Vec<AskedAbout>);

/// Every gate that is due, about everything that it can be asked about.
fn questions(environment: &Environment) -> Vec<Question> {
    let view = &environment.view;
    let mut all = Vec::new();
    for gate in Gates::load(&[]).expect("the shipped gates").all {
        if gate.phases.contains(&view.phase) && !gate.about_needed {
            all.push((gate.clone(), Vec::new()));
        }
        let pools = view.legacy_pools.iter().filter(|pool| gate.phases.contains(&pool.phase));
        let pools = pools.filter(|pool| pool.kept_for.is_empty()).map(|pool| AskedAbout::Pool(pool.fqdn.clone()));
        let sites = view.sites.iter().filter(|site| gate.phases.contains(&site.phase));
        let sites = sites.map(|site| AskedAbout::Site(site.name.clone()));
        let scopes: Vec<AskedAbout> = match gate.about.as_slice() {
            [ScopeKind::Pool] => pools.collect(),
            about if about.contains(&ScopeKind::Site) => sites.collect(),
            _ => Vec::new(),
        };
        all.extend(scopes.into_iter().map(|scope| (gate.clone(), vec![scope])));
    }
    all
}

fn ask(kept: &Kept, (gate, about): &Question) -> GateAnswer {
    let items: Vec<String> = gate.attestations.iter().map(|demand| demand.item.clone()).collect();
    let attestations = kept.folder.path().join(format!("{}.yaml", gate.name));
    let mut text = format!("environment: {}\nattestations:\n", kept.result.run.environment);
    for item in &items {
        text += &format!(
            "  - {{ item: {item}, by: a, at: '2020-01-01T00:00:00Z', evidence: b, until: '2099-01-01T00:00:00Z' }}\n"
        );
    }
    std::fs::write(&attestations, text).expect("written");
    let options = GateOptions {
        about: about.clone(),
        attestations: (!items.is_empty()).then_some(attestations),
        // On a busy machine anything may need a second attempt.
        accept_flaky: true,
        mode: Mode::Mock,
        ..GateOptions::default()
    };
    let told = |refusal: poolproof::Refusal| match refusal {
        poolproof::Refusal::Input(found) => poolproof::diagnostic::render(&found, false),
        other => other.to_string(),
    };
    let asked = AskedGate::find(&gate.name, options).unwrap_or_else(|refusal| panic!("{}", told(refusal)));
    let given = block_on(answer(&asked, vec![kept.evidence()], kept.result.run.finished));
    given.unwrap_or_else(|refusal| panic!("{} {about:?}: {}", gate.name, told(refusal)))
}

fn environment(kept: &Kept) -> Environment {
    kept.evidence().environment().expect("our own environment")
}

/// Where nothing is wrong, every gate that is due says GO.
pub(crate) fn all_go(kept: &Kept) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    let questions = questions(&environment(kept));
    if questions.is_empty() {
        return Err("no gate is due in this state".into());
    }
    for question in &questions {
        let answer = ask(kept, question);
        if answer.answer != Answer::Go {
            let items = answer.blockers.iter().chain(&answer.undetermined);
            let items: Vec<String> =
                items.map(|item| format!("    {} {:?}: {}", item.key, item.kind, item.message)).collect();
            wrong.push(format!("{} {}: {}\n{}", answer.gate, answer.scope(), answer.headline(), items.join("\n")));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Where something is wrong, every gate that asks for it stops: about all, or about one of
/// what it can be asked about. `base` is the same state with nothing wrong in it.
pub(crate) fn none_goes_over(kept: &Kept, base: &Kept) -> Result<(), Failed> {
    let catalogue = Catalogue::load(&[]).expect("the shipped checks");
    let environment = environment(kept);
    let wrong: Vec<(&str, &str)> = wrong(&kept.result).collect();
    let mut by_gate: BTreeMap<String, Vec<Question>> = BTreeMap::new();
    for question in questions(&environment) {
        let (gate, about) = &question;
        let strict = gate.strict(&catalogue).expect("the shipped checks");
        let demanded = gate.demanded(&catalogue).expect("the shipped checks");
        let stops = demanded
            .iter()
            .filter(|check| check.severity.value >= Severity::Major || strict.contains(&check.id))
            .map(|check| check.id.as_str())
            .collect::<BTreeSet<_>>();
        // A gate about one site has nothing to say of another's pools.
        let is_concerned =
            wrong.iter().any(|(check, key)| stops.contains(check) && !is_elsewhere(key, about, &environment));
        if is_concerned {
            by_gate.entry(gate.name.clone()).or_default().push(question);
        }
    }
    let goes = |kept: &Kept, own: &[Question]| own.iter().all(|question| ask(kept, question).answer == Answer::Go);
    // What is not GO without the mistake proves nothing with it.
    let blind = by_gate.into_iter().filter(|(_, own)| goes(kept, own) && goes(base, own));
    let blind: Vec<String> = blind.map(|(name, _)| format!("{name} says GO")).collect();
    if blind.is_empty() { Ok(()) } else { Err(format!("{}, over {wrong:?}", blind.join(", ")).into()) }
}

/// What failed or is not known: the check, and the case or the member of one.
fn wrong(result: &RunResult) -> impl Iterator<Item = (&str, &str)> {
    let cases = result.cases().filter(|case| matches!(case.verdict, Verdict::Fail | Verdict::Error));
    cases.flat_map(|case| {
        let members = case.members.iter().map(|member| member.key.as_str());
        let own = case.members.is_empty().then_some(case.key.as_str());
        members.chain(own).map(|key| (case.check.as_str(), key))
    })
}

/// Whether a case is about a pool, or a server of one, of another site than the one asked about.
fn is_elsewhere(key: &str, about: &[AskedAbout], environment: &Environment) -> bool {
    let [AskedAbout::Site(site)] = about else { return false };
    let subjects = key.split_once('[').map(|(_, rest)| rest.trim_end_matches(']')).unwrap_or_default();
    let others = environment.view.pools.iter().filter(|pool| !pool.site.eq_ignore_ascii_case(site));
    let mut names = others.flat_map(|pool| &pool.servers);
    names.any(|name| subjects.split(',').any(|subject| subject.eq_ignore_ascii_case(name)))
}

fn open_window(max_age: std::time::Duration) -> AskedGate {
    let options =
        GateOptions { accept_flaky: true, max_age: Some(max_age), mode: Mode::Mock, ..GateOptions::default() };
    AskedGate::find("open-cutover-window", options).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// A run of before the last publish shows a topology that is no more: the Central
/// Management store's own status knows when that was.
pub(crate) fn refuses_a_run_of_before_the_publish(kept: &Kept) -> Result<(), Failed> {
    let mut evidence = kept.evidence();
    for origin in &mut evidence.of {
        origin.info.started -= SignedDuration::from_hours(2);
    }
    match block_on(answer(&open_window(DAY), vec![evidence], kept.result.run.finished)) {
        Err(poolproof::Refusal::Input(found)) => {
            let told = poolproof::diagnostic::render(&found, false);
            if told.contains("the topology was published at") { Ok(()) } else { Err(told.into()) }
        }
        other => Err(format!("{other:?}").into()),
    }
}

/// What was fresh when it was read becomes too old while a gate waits.
pub(crate) fn tells_what_became_stale(kept: &Kept) -> Result<(), Failed> {
    let stale = |hours| {
        let clock = kept.result.run.finished + SignedDuration::from_hours(hours);
        let given = block_on(answer(&open_window(DAY), vec![kept.evidence()], clock));
        let given = given.unwrap_or_else(|refusal| panic!("{refusal:?}"));
        let items = given.undetermined.iter().filter(|item| item.kind == Kind::Stale);
        items.map(|item| item.key.clone()).collect::<Vec<_>>()
    };
    let (at_once, later) = (stale(0), stale(5));
    if at_once.is_empty() && later.contains(&"users".to_owned()) {
        Ok(())
    } else {
        Err(format!("at once {at_once:?}, later {later:?}").into())
    }
}

/// What matters is asked for by some gate: else it stops nobody.
pub(crate) fn all_that_matters_is_asked_for() -> Result<(), Failed> {
    let catalogue = Catalogue::load(&[]).expect("the shipped checks");
    let gates = Gates::load(&[]).expect("the shipped gates");
    let mut open: BTreeSet<&str> = catalogue
        .checks()
        .filter(|check| check.severity.value >= Severity::Major)
        .map(|check| check.id.as_str())
        .collect();
    for gate in &gates.all {
        for check in gate.demanded(&catalogue).expect("the shipped checks") {
            open.remove(check.id.as_str());
        }
    }
    if open.is_empty() { Ok(()) } else { Err(format!("no gate asks for {open:?}").into()) }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}
