//! 1,000 accounts that sign in once each at the mock's registrar, and out again: by the probe,
//! through the observer. What they leave behind is counted.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use poolproof::accounts::{Accounts, Roster};
use poolproof::diagnostic::Source;
use poolproof::mock::{Deployment, Document, Mock};
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Limits, Manner, Observer, Outcome, Question, Vantage};
use poolproof::yaml;
use serde_json::json;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Report;
use super::tls::Unwatched;

const ACCOUNTS: usize = 1_000;
const IN_FLIGHT: u32 = 64;

pub fn accounts(_: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let mock = Mock::start(&deployment(), Timestamp::now()).await.expect("starts");
    let folder = tempfile::tempdir().expect("a folder");
    let roster = Arc::new(roster(folder.path()));
    let vantage = Vantage::named("internal");
    let network = mock.networks().remove(&vantage).expect("the vantage");
    let limits =
        Limits { concurrency: IN_FLIGHT, per_host: IN_FLIGHT, starts_per_second: u32::MAX, ..Limits::default() };
    let networks = BTreeMap::from([(vantage.clone(), (network, limits))]);
    let (stop, now) = (CancellationToken::new(), Timestamp::now());
    let observer = Observer::new(networks, None, Arc::new(Unwatched), stop, now, Arc::clone(&roster));
    let observer = Arc::new(observer);
    let probe = *PROBES.iter().find(|probe| probe.name == "sign-in").expect("the probe");
    let (before, open) = (resident(), sockets());
    let begun = Instant::now();
    let mut all = JoinSet::new();
    for number in 0..ACCOUNTS {
        let (observer, vantage) = (Arc::clone(&observer), vantage.clone());
        let params = json!({"host": "pool01.contoso.com", "port": 5061});
        let account = Some(format!("probe{number}@contoso.com"));
        let question = Question { probe: probe.name.to_owned(), params, vantage, account };
        let timeout = Duration::from_mins(1);
        let manner = Manner { timeout, attempts: 1, wait: Duration::ZERO, on: Vec::new(), limits: Vec::new() };
        all.spawn(async move { observer.ask(probe, question, manner, None).await.expect("nobody stops it") });
    }
    while let Some(observation) = all.join_next().await {
        let observation = observation.expect("it ends");
        let Outcome::Facts(facts) = &observation.outcome else { panic!("{:?}", observation.outcome) };
        let left = (facts.values.get("signed_in"), facts.values.get("signed_out"));
        assert_eq!(left, (Some(&json!(true)), Some(&json!(true))), "{facts:?}");
    }
    let took = begun.elapsed().as_secs_f64();
    assert!(roster.settled(Duration::from_secs(5)).await, "something is left to be said");
    assert_eq!((mock.signed_in().len(), mock.credentials().len()), (0, ACCOUNTS), "each once, and nobody stays");
    closed(open).await;
    println!(
        "sign-in, {ACCOUNTS} accounts once each, {IN_FLIGHT} in flight, mock included: {took:.3} s; nobody stays signed in, no socket stays open"
    );
    match (before, resident()) {
        (Some(before), Some(most)) => println!("  memory, with the mock: {before} MB before, {most} MB at most"),
        _ => println!("  memory: not measured, this system doesn't tell it as Linux does"),
    }
}

fn deployment() -> Deployment {
    let mut text = String::from(
        "authorities: { ca: { subject: CA } }\n\
         certificates: { fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com], issuer: ca } }\n\
         dns: { internal: { server: 10.0.0.53, zones: [contoso.com], records: { pool01.contoso.com: { A: [10.0.0.1] } } } }\n\
         hosts:\n  10.0.0.1: { name: fe11, from: [internal], ports: { 5061: { tls: fe11, sip: { server: fe11.contoso.com, \
         version: '6.0' } } } }\nusers:\n",
    );
    for number in 0..ACCOUNTS {
        let _ = writeln!(
            text,
            "  probe{number}@contoso.com: {{ user: 'CONTOSO\\probe{number}', password: nobodys, pool: pool01.contoso.com }}"
        );
    }
    let source = Arc::new(Source::new("deployment.yaml", text));
    let node = yaml::parse(&source, yaml::Limits::default()).expect("YAML");
    Deployment::read(&Document { source, node }).unwrap_or_else(|found| panic!("{found:#?}"))
}

fn roster(folder: &std::path::Path) -> Roster {
    let mut text =
        String::from("environment: bench\nsip_domains: [{ name: contoso.com }]\nsites: []\npools: []\naccounts:\n");
    for number in 0..ACCOUNTS {
        let _ = writeln!(
            text,
            "  - {{ sip: 'sip:probe{number}@contoso.com', user: 'CONTOSO\\probe{number}', password: {{ file: password }} }}"
        );
    }
    super::inputs::put(&folder.join("password"), "nobodys\n");
    let path = folder.join("environment.yaml");
    super::inputs::put(&path, &text);
    let environment = poolproof::environment::load(&path).unwrap_or_else(|found| panic!("{found:#?}"));
    Roster::of(&environment.file.accounts, Accounts::of_this_run("bench"))
}

/// Waits until no more sockets are open than before: the mock's ends close when it reads so.
async fn closed(before: Option<usize>) {
    let waited = Instant::now();
    while sockets() > before {
        assert!(waited.elapsed() < Duration::from_secs(10), "{:?} sockets are open, {before:?} were", sockets());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// How many sockets this process has open, where the system tells.
fn sockets() -> Option<usize> {
    let open = std::fs::read_dir("/proc/self/fd").ok()?;
    let leads = open.filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
    Some(leads.filter(|to| to.to_string_lossy().starts_with("socket:")).count())
}

/// The most memory that this process has held, in megabytes, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}
