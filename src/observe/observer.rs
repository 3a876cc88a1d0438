//! Asks the wire: each question once, within the limits, again where trouble on the way
//! says so, never longer than allowed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use futures::FutureExt;
use jiff::Timestamp;
use tokio::sync::{Mutex as Queue, OwnedMutexGuard, SetOnce};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::journal::Journal;
use super::limits::{Gate, Limits};
use super::network::Network;
use super::observation::{Attempt, ErrorClass, Facts, Observation, Outcome, ProbeError};
use super::probe::{Answer, Context, ProbeKind};
use super::question::{Question, QuestionKey, Vantage};
use crate::accounts::Roster;
use crate::values::{HostPort, SipAddress, fold};

/// Is told what is being asked. It must not block.
pub trait Watch: Send + Sync {
    /// A question leaves the queue.
    fn started(&self, question: &Question);
    /// An attempt failed, and another follows after a pause.
    fn retrying(&self, question: &Question, attempt: u32, error: &ProbeError, pause: Duration);
    /// A question was answered or given up.
    fn finished(&self, observation: &Observation);
}

/// How one question is asked.
#[derive(Clone, Debug)]
pub struct Manner {
    /// How long one attempt may take.
    pub timeout: Duration,
    /// How often it is tried at most.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles from there, with jitter.
    pub wait: Duration,
    /// What is tried again.
    pub on: Vec<ErrorClass>,
    /// The named limits that it counts against.
    pub limits: Vec<String>,
}

/// Asks, remembers, and writes down what came back.
pub struct Observer {
    shared: Arc<Shared>,
    entries: Mutex<HashMap<QuestionKey, Arc<Entry>>>,
}

struct Shared {
    sights: BTreeMap<Vantage, Sight>,
    journal: Option<Arc<Journal>>,
    watch: Arc<dyn Watch>,
    stop: CancellationToken,
    next_id: AtomicU64,
    now: Timestamp,
    roster: Arc<Roster>,
    /// One question at a time for each account that takes part.
    queues: Mutex<HashMap<String, Arc<Queue<()>>>>,
}

/// The environment from one vantage.
struct Sight {
    network: Arc<Network>,
    gate: Gate,
}

/// A question that was asked, is being asked, or waits for its turn.
struct Entry {
    asked: Instant,
    answer: SetOnce<Option<Arc<Observation>>>,
}

/// How much longer than its timeout an attempt may take to notice it.
const GRACE: Duration = Duration::from_millis(500);

impl Observer {
    /// An observer over the networks of its vantages, with the accounts that may sign in.
    /// `stop` ends it: nothing is started any more, what is under way is finished.
    #[must_use]
    pub fn new(
        networks: BTreeMap<Vantage, (Network, Limits)>,
        journal: Option<Arc<Journal>>,
        watch: Arc<dyn Watch>,
        stop: CancellationToken,
        now: Timestamp,
        roster: Arc<Roster>,
    ) -> Self {
        let sights = networks
            .into_iter()
            .map(|(vantage, (network, limits))| {
                (vantage, Sight { network: Arc::new(network), gate: Gate::new(limits) })
            })
            .collect();
        let shared =
            Shared { sights, journal, watch, stop, next_id: AtomicU64::new(1), now, roster, queues: Mutex::default() };
        Self { shared: Arc::new(shared), entries: Mutex::default() }
    }

    /// The answer to a question. One that was asked already is not asked again, unless
    /// that was before `fresh_since`. `None` where the observer was stopped before.
    pub async fn ask(
        &self,
        probe: ProbeKind,
        question: Question,
        manner: Manner,
        fresh_since: Option<Instant>,
    ) -> Option<Arc<Observation>> {
        let key = question.key();
        let entry = {
            let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
            match entries.get(&key) {
                Some(entry) if fresh_since.is_none_or(|since| entry.asked >= since) => Arc::clone(entry),
                _ => {
                    let entry = Arc::new(Entry { asked: Instant::now(), answer: SetOnce::new() });
                    let span = tracing::info_span!("observation", probe = probe.name, question = %key.0);
                    entries.insert(key, Arc::clone(&entry));
                    let (shared, answer) = (Arc::clone(&self.shared), Arc::clone(&entry));
                    tokio::spawn(
                        async move {
                            // Cases wait for this: even a defect must leave an answer.
                            let asking = AssertUnwindSafe(shared.observe(probe, question, manner)).catch_unwind();
                            drop(answer.answer.set(asking.await.unwrap_or(None)));
                        }
                        .instrument(span),
                    );
                    entry
                }
            }
        };
        entry.answer.wait().await.clone()
    }

    /// Whether it was stopped.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.shared.stop.is_cancelled()
    }

    /// Waits, or returns at once when the observer is stopped; whether it was.
    pub async fn pause(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.shared.stop.cancelled() => true,
            () = tokio::time::sleep(pause) => false,
        }
    }
}

impl Shared {
    async fn observe(&self, probe: ProbeKind, question: Question, manner: Manner) -> Option<Arc<Observation>> {
        let Some(sight) = self.sights.get(&question.vantage) else {
            let error =
                ProbeError::new(ErrorClass::Internal, format!("there is no way to ask from {}", question.vantage));
            let now = Timestamp::now();
            return Some(self.finish(question, None, (now, now), Vec::new(), Err(error)));
        };
        let target = (probe.target)(&question.params);
        let host = target.as_ref().map(|target| target.host.clone());
        // An account's turn first: who waits for it must hold nobody else up.
        let entering = async {
            let turns = self.turns(probe, &question).await;
            (turns, sight.gate.enter(host.as_deref(), &manner.limits).await)
        };
        let (_turns, leave) = tokio::select! {
            biased;
            () = self.stop.cancelled() => return None,
            entered = entering => entered,
        };
        self.watch.started(&question);
        let started = Timestamp::now();
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(manner.wait.max(Duration::from_millis(1)))
            .with_factor(2.0)
            .with_max_delay(Duration::from_mins(1).max(manner.wait))
            .with_jitter()
            .with_max_times(usize::try_from(manner.attempts.saturating_sub(1)).unwrap_or(usize::MAX))
            .build();
        let mut earlier = Vec::new();
        let (mut leave, mut attempt, mut attempt_started) = (Some(leave), 1, started);
        loop {
            let answer = self.attempt(probe, &question, sight, manner.timeout).await;
            let times = (started, Timestamp::now());
            drop(leave.take());
            // Whoever waited for leave asks first: what is made of this answer can be done while
            // the next server thinks.
            tokio::task::yield_now().await;
            let Err(error) = &answer else {
                return Some(self.finish(question, target.as_ref(), times, earlier, answer));
            };
            // Nobody signs in twice, whatever the check says and whatever went wrong: whether a
            // credential was judged is not always known.
            let again =
                manner.on.contains(&error.class) && error.class != ErrorClass::Auth && question.account.is_none();
            let Some(pause) = pauses.next().filter(|_| again) else {
                return Some(self.finish(question, target.as_ref(), times, earlier, answer));
            };
            tracing::debug!(attempt, %error, ?pause, "trying again");
            self.watch.retrying(&question, attempt, error, pause);
            earlier.push(Attempt { started: attempt_started, error: error.clone() });
            let next = tokio::select! {
                biased;
                () = self.stop.cancelled() => None,
                next = async {
                    tokio::time::sleep(pause).await;
                    sight.gate.enter(host.as_deref(), &manner.limits).await
                } => Some(next),
            };
            let Some(next) = next else {
                return Some(self.finish(question, target.as_ref(), times, earlier, answer));
            };
            leave = Some(next);
            attempt += 1;
            attempt_started = Timestamp::now();
        }
    }

    /// Waits until nothing else is asked as any account that takes part: what is meant for one
    /// endpoint of a user would be answered by another.
    async fn turns(&self, probe: ProbeKind, question: &Question) -> Vec<OwnedMutexGuard<()>> {
        let Some(account) = &question.account else { return Vec::new() };
        let companions = (probe.companions)(&question.params);
        // Always in one order: two questions that need the same two would wait for each other.
        let accounts: BTreeSet<String> = companions.iter().map(SipAddress::folded).chain([fold(account)]).collect();
        let mut turns = Vec::new();
        for account in accounts {
            let queue = {
                let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(queues.entry(account).or_default())
            };
            turns.push(queue.lock_owned().await);
        }
        turns
    }

    /// One attempt. A probe that panics or overstays is an error, not an end.
    async fn attempt(
        &self,
        probe: ProbeKind,
        question: &Question,
        sight: &Sight,
        timeout: Duration,
    ) -> Result<Answer<Facts>, ProbeError> {
        let context = Context {
            network: Arc::clone(&sight.network),
            timeout,
            now: self.now,
            roster: Arc::clone(&self.roster),
            account: question.account.clone(),
        };
        let asking = AssertUnwindSafe((probe.ask)(question.params.clone(), context)).catch_unwind();
        match tokio::time::timeout(timeout + GRACE, asking).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                let message = format!("the {} probe failed; this is a defect of Poolproof's", probe.name);
                Err(ProbeError::new(ErrorClass::Internal, message))
            }
            Err(_) => {
                let shown = crate::values::Duration(timeout);
                Err(ProbeError::new(ErrorClass::Timeout, format!("no answer within {shown}")))
            }
        }
    }

    fn finish(
        &self,
        question: Question,
        target: Option<&HostPort>,
        (started, finished): (Timestamp, Timestamp),
        earlier: Vec<Attempt>,
        answer: Result<Answer<Facts>, ProbeError>,
    ) -> Arc<Observation> {
        let (outcome, connect, evidence) = match answer {
            Ok(answer) => (Outcome::Facts(answer.facts), answer.connect, answer.evidence),
            Err(error) => (Outcome::Error(error), self.redirected(&question, target), Vec::new()),
        };
        let mut observation = Observation {
            id: 0,
            question,
            started: to_millis(started),
            finished: to_millis(finished),
            earlier,
            outcome,
            connect,
            evidence,
        };
        let number = || self.next_id.fetch_add(1, Ordering::Relaxed);
        match &self.journal {
            Some(journal) => journal.observation(&mut observation, number),
            None => observation.id = number(),
        }
        self.watch.finished(&observation);
        Arc::new(observation)
    }
}

impl Shared {
    /// Where `connect` led a question that was never answered: also a failure on that way
    /// says nothing of the real path.
    fn redirected(&self, question: &Question, target: Option<&HostPort>) -> Vec<String> {
        let sight = self.sights.get(&question.vantage);
        let ways = target.and_then(|target| sight?.network.connect.get(target).map(|ways| (target, ways)));
        ways.map(|(target, ways)| ways.iter().map(|way| format!("{target} → {way}")).collect()).unwrap_or_default()
    }
}

/// Milliseconds are what reports show: a journal with more would judge differently when read again.
fn to_millis(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}
