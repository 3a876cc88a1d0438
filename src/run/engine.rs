//! Runs the cases of a plan. What answers them, the wire or a recording, is a
//! [`Source`]: judging can't tell the difference.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{Semaphore, SetOnce};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::bulk::{Held, Needed, judge_members, shared_with};
use super::live::Live;
use super::outcome::{Outcome, failed_to_plan, lost, simple, skipped, stated};
use super::recorded::Recording;
use crate::check::{Eventually, Step};
use crate::environment::Environment;
use crate::expression::{Slots, Value};
use crate::judge::{Answers, StepAnswer, judge};
use crate::observe::{Line, ProbeKind};
use crate::plan::{Asked, Case, Plan, State, question_of};
use crate::report::{Severity, SkipReason, Verdict};

/// Where answers come from.
pub enum Source {
    /// The wire.
    Live(Live),
    /// A journal.
    Recorded(Recording),
}

struct Execution {
    plan: Arc<Plan>,
    environment: Arc<Environment>,
    source: Source,
    outcomes: Vec<SetOnce<Outcome>>,
    fail_fast: Option<Severity>,
    /// One for each processor: whoever judges in bulk takes one.
    judging: Semaphore,
}

/// Runs every case. With `fail_fast`, a failure of at least that severity keeps cases
/// that have not begun from beginning.
pub async fn execute(
    plan: Arc<Plan>,
    environment: Arc<Environment>,
    source: Source,
    fail_fast: Option<Severity>,
) -> (Vec<Outcome>, Source) {
    let outcomes = plan.cases.iter().map(|_| SetOnce::new()).collect();
    let judging = Semaphore::new(std::thread::available_parallelism().map_or(1, NonZero::get));
    let execution = Arc::new(Execution { plan, environment, source, outcomes, fail_fast, judging });
    // On a thread of the runtime, next to what it waits for.
    let all = AbortOnDropHandle::new(tokio::spawn(begin(Arc::clone(&execution))));
    drop(all.await);
    match Arc::try_unwrap(execution) {
        Ok(Execution { outcomes, source, .. }) => {
            (outcomes.into_iter().map(|outcome| outcome.into_inner().unwrap_or_else(lost)).collect(), source)
        }
        // Every task has ended, so nobody else can hold it.
        Err(execution) => {
            let outcomes = execution.outcomes.iter();
            let collected = outcomes.map(|outcome| outcome.get().cloned().unwrap_or_else(lost)).collect();
            (collected, Source::Recorded(Recording::default()))
        }
    }
}

/// How many cases begin before what came in meanwhile is looked at.
const TOGETHER: usize = 16;

/// Begins every case, and waits until all are judged.
async fn begin(execution: Arc<Execution>) {
    let mut tasks = JoinSet::new();
    for index in 0..execution.plan.cases.len() {
        let Some(case) = execution.plan.cases.get(index) else { continue };
        // What needs neither the wire nor another case is judged on the spot.
        let at_once = case.check.steps.is_empty() && !case.is_bulk() || case.state != State::Ready;
        if case.needs.is_empty() && at_once {
            let outcome = execution.without_asking(case);
            execution.settle(case, execution.waive(case, outcome));
            continue;
        }
        let span = tracing::info_span!("case", key = %case.key);
        let execution = Arc::clone(&execution);
        tasks.spawn(
            async move {
                if let Some(case) = execution.plan.cases.get(index) {
                    // Others may wait for this case: even a defect must leave an outcome.
                    let run = AssertUnwindSafe(execution.run(case)).catch_unwind();
                    let outcome = run.await.unwrap_or_else(|_| lost());
                    execution.settle(case, execution.waive(case, outcome));
                }
            }
            .instrument(span),
        );
        // Thousands of cases that prepare their questions must not hold up the first answers.
        if tasks.len() % TOGETHER == 0 {
            tokio::task::yield_now().await;
        }
    }
    while tasks.join_next().await.is_some() {}
}

impl Execution {
    fn settle(&self, case: &Case, outcome: Outcome) {
        if let Source::Live(live) = &self.source {
            // What was asked, or should have been: a case that is not written down is judged
            // on the latest answers when the journal is read.
            let asked = case.state == State::Ready && !case.check.steps.is_empty() && outcome.skipped.is_none();
            if asked || outcome.skipped == Some(SkipReason::FailFast) {
                live.write(&Line::Judged {
                    case: case.key.clone(),
                    used: outcome.observations.iter().map(|(step, one)| (step.clone(), one.id)).collect(),
                    settled_after_ms: outcome.settled_after_ms,
                    skipped: outcome.skipped.clone().filter(|reason| *reason == SkipReason::FailFast),
                });
            }
            live.case_finished(case, &outcome);
            let counts = |least| case.check.severity.value > Severity::Info && case.check.severity.value >= least;
            if outcome.judgement.verdict == Verdict::Fail && self.fail_fast.is_some_and(counts) {
                live.halt();
            }
        }
        if let Some(slot) = self.outcomes.get(case.index) {
            drop(slot.set(outcome));
        }
    }

    /// What a waiver makes of an outcome. Members of one case are waived one by one, where
    /// they are judged.
    fn waive(&self, case: &Case, mut outcome: Outcome) -> Outcome {
        let verdict = outcome.judgement.verdict;
        let waivers = &self.plan.request.waivers;
        if waivers.all.is_empty() || case.is_bulk() || !matches!(verdict, Verdict::Fail | Verdict::Error) {
            return outcome;
        }
        let cover = waivers.about(&case.check).of(&case.key);
        outcome.waived = cover.apply(verdict, &mut outcome.judgement.message);
        if outcome.waived.is_some() {
            outcome.judgement.verdict = Verdict::Waived;
        }
        outcome
    }

    async fn run(&self, case: &Case) -> Outcome {
        if case.is_bulk() {
            return self.in_bulk(case).await;
        }
        let mut waived_needs = Vec::new();
        for need in &case.needs {
            let (Some(needed), Some(outcome)) = (self.plan.cases.get(*need), self.outcomes.get(*need)) else {
                continue;
            };
            let outcome = outcome.wait().await;
            if let Some(reason) = held_back(needed, outcome, case) {
                return skipped(reason);
            }
            waived_needs.extend(waived_for(needed, outcome, case));
        }
        let outcome = if case.state != State::Ready || case.check.steps.is_empty() {
            self.without_asking(case)
        } else {
            match &self.source {
                Source::Live(live) => self.observe(case, live).await,
                Source::Recorded(recording) => self.recall(case, recording),
            }
        };
        Outcome { waived_needs, ..outcome }
    }

    /// A case that stands for all subjects of its check, each with needs of its own.
    async fn in_bulk(&self, case: &Case) -> Outcome {
        let mut needed: BTreeMap<&str, Vec<Needed<'_>>> = BTreeMap::new();
        let mut waived_needs = Vec::new();
        for need in &case.needs {
            let (Some(of), Some(outcome)) = (self.plan.cases.get(*need), self.outcomes.get(*need)) else { continue };
            let outcome = outcome.wait().await;
            let holds_back = reason_to_hold_back(of, outcome);
            waived_needs.extend(waived_for(of, outcome, case));
            needed.entry(&of.check.id).or_default().push(Needed { case: of, outcome, holds_back });
        }
        // It may take seconds and, where a need names many, memory: one after the other, and while nobody who
        // waits for an answer waits for a thread.
        let Ok(_turn) = self.judging.acquire().await else { return lost() };
        let held: Vec<Held> = needed
            .into_values()
            .filter_map(|outcomes| {
                let need = &outcomes.first()?.case.check;
                Some(Held::by(&case.check, need, &outcomes))
            })
            .collect();
        let (plan, index) = (Arc::clone(&self.plan), case.index);
        let judging =
            tokio::task::spawn_blocking(move || plan.cases.get(index).map(|case| judge_members(&plan, case, &held)));
        let judged = judging.await.ok().flatten();
        Outcome { waived_needs, ..judged.unwrap_or_else(lost) }
    }

    /// A case whose verdict follows from the plan or from facts that are known already.
    fn without_asking(&self, case: &Case) -> Outcome {
        match &case.state {
            State::Skip(reason) => skipped(reason.clone()),
            State::Error(cause) => failed_to_plan(cause.clone()),
            State::NothingLeft => stated(Verdict::Pass, "nothing is left", None),
            State::Ready => self.conclude(case, &Answers::new(), None),
        }
    }

    fn conclude(&self, case: &Case, answers: &Answers, settled_after_ms: Option<u64>) -> Outcome {
        let slots = case.slots(&self.plan.roots);
        let judgement = judge(&case.check, slots, answers, self.plan.request.now);
        let observations = answers
            .iter()
            .filter_map(|(step, answer)| match answer {
                StepAnswer::Observed(observation) => Some((step.clone(), Arc::clone(observation))),
                _ => None,
            })
            .collect();
        Outcome { observations, settled_after_ms, ..simple(judgement) }
    }

    /// Asks until it is judged for good.
    async fn observe(&self, case: &Case, live: &Live) -> Outcome {
        if live.halted() && !live.interrupted() {
            return skipped(SkipReason::FailFast);
        }
        let eventually = self.eventually(case);
        let begun = Instant::now();
        let mut round_begun = None;
        let mut before = None;
        loop {
            let answers = self.answers(case, |probe, asked| live.ask(probe, asked, round_begun)).await;
            let settled = round_begun.map(|_| u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX));
            let outcome = self.conclude(case, &answers, None);
            // A round that was cut short doesn't unsay what the one before it learned.
            if let Some(before) = before.filter(|_| answers.values().any(StepAnswer::is_unfinished)) {
                return before;
            }
            // Nothing of it had begun: it was kept from beginning.
            if live.halted() && !live.interrupted() && answers.values().all(StepAnswer::is_unfinished) {
                return skipped(SkipReason::FailFast);
            }
            let held = outcome.judgement.verdict == Verdict::Pass;
            let refused = outcome.judgement.cause.as_ref().is_some_and(|cause| cause.kind == "auth");
            let Some(eventually) = eventually.filter(|_| !held && !refused) else {
                return Outcome { settled_after_ms: settled.filter(|_| held), ..outcome };
            };
            let left = eventually.within.saturating_sub(begun.elapsed());
            if left < eventually.every {
                return outcome;
            }
            live.waiting(case, eventually.every, left);
            if live.pause(eventually.every).await {
                return outcome;
            }
            before = Some(outcome);
            round_begun = Some(Instant::now());
        }
    }

    /// Judges a case on what was recorded for it.
    fn recall(&self, case: &Case, recording: &Recording) -> Outcome {
        if let Some(reason) = recording.skipped(&case.key) {
            return skipped(reason);
        }
        let mut answers = Answers::new();
        let mut slots = case.slots(&self.plan.roots);
        for step in &case.check.steps {
            let answer = match self.question(case, step, &slots) {
                Ok(asked) => recording.answer(&case.key, &step.name, &asked.question.key()),
                Err(reason) => not_asked(case, step, &answers, reason),
            };
            fill(&mut slots, step, &answer);
            answers.insert(step.name.clone(), answer);
        }
        self.conclude(case, &answers, recording.settled(&case.key, &answers))
    }

    /// Asks all steps, those that don't depend on each other together.
    async fn answers<F, A>(&self, case: &Case, ask: F) -> Answers
    where
        F: Fn(ProbeKind, Asked) -> A,
        A: Future<Output = StepAnswer>,
    {
        let mut answers = Answers::new();
        let mut slots = case.slots(&self.plan.roots);
        let mut open: Vec<&Step> = case.check.steps.iter().collect();
        while !open.is_empty() {
            let names: Vec<usize> = open.iter().map(|step| step.slot).collect();
            let (ready, rest): (Vec<&Step>, Vec<&Step>) =
                open.into_iter().partition(|step| !step.after.iter().any(|slot| names.contains(slot)));
            open = rest;
            if ready.is_empty() {
                break;
            }
            let asking = ready.iter().map(|step| match self.question(case, step, &slots) {
                Ok(asked) => futures::future::Either::Left(ask(step.probe, asked)),
                Err(reason) => {
                    let answer = not_asked(case, step, &answers, reason);
                    futures::future::Either::Right(std::future::ready(answer))
                }
            });
            let answered = futures::future::join_all(asking).await;
            for (step, answer) in ready.into_iter().zip(answered) {
                fill(&mut slots, step, &answer);
                answers.insert(step.name.clone(), answer);
            }
        }
        answers
    }

    fn question(&self, case: &Case, step: &Step, slots: &[Result<Value, String>]) -> Result<Asked, String> {
        let slots = Slots { values: slots, now: self.plan.request.now };
        let vantage = self.plan.vantage(&case.check);
        let question =
            question_of(step, &slots, vantage, case.check.account.as_ref()).map_err(|error| error.message)?;
        Ok(Asked::of(question, &case.check, &self.environment))
    }

    fn eventually(&self, case: &Case) -> Option<Eventually> {
        let policy = &self.environment.file.policy;
        // An account's sign-in is never repeated: see the accounts' own rules.
        let own = case.check.eventually.value.filter(|_| case.check.account.is_none())?;
        Some(Eventually {
            within: policy.eventually_within.map_or(own.within, |within| within.0),
            every: policy.eventually_every.map_or(own.every, |every| every.0).max(Duration::from_millis(1)),
        })
    }
}

/// Why a step was not asked: something that it is made of is unknown, or the run ended
/// before it was known.
fn not_asked(case: &Case, step: &Step, answers: &Answers, reason: String) -> StepAnswer {
    let mut before = case.check.steps.iter().filter(|earlier| step.after.contains(&earlier.slot));
    if before.any(|earlier| answers.get(&earlier.name).is_some_and(StepAnswer::is_unfinished)) {
        StepAnswer::Unfinished
    } else {
        StepAnswer::NotAsked(reason)
    }
}

fn fill(slots: &mut [Result<Value, String>], step: &Step, answer: &StepAnswer) {
    if let Some(slot) = slots.get_mut(step.slot) {
        *slot = answer.value(&step.facts);
    }
}

/// Whether a need's outcome holds a case back: as a whole, or by a member that is about
/// the same subject.
fn held_back(needed: &Case, outcome: &Outcome, case: &Case) -> Option<SkipReason> {
    match &outcome.members {
        Some(members) => {
            let member = members.unmet_for(&needed.check, case);
            let as_a_whole = || {
                let apart = !shared_with(&needed.check, case).is_empty();
                reason_to_hold_back(needed, outcome).filter(|_| !apart)
            };
            member.map(|member| SkipReason::NeedFailed(member.to_owned())).or_else(as_a_whole)
        }
        None => reason_to_hold_back(needed, outcome),
    }
}

/// Whether a need's outcome holds its dependents back. What was not judged for reasons
/// of its own (not due, not observed from here, no inventory) does not.
fn reason_to_hold_back(needed: &Case, outcome: &Outcome) -> Option<SkipReason> {
    match (&outcome.judgement.verdict, &outcome.skipped) {
        (Verdict::Fail | Verdict::Error, _) => Some(SkipReason::NeedFailed(needed.key.clone())),
        (Verdict::Skip, Some(reason @ (SkipReason::NeedFailed(_) | SkipReason::FailFast))) => Some(reason.clone()),
        _ => None,
    }
}

/// What a case needs and holds only by a waiver: the need itself, or one of its subjects.
fn waived_for(needed: &Case, outcome: &Outcome, case: &Case) -> Option<String> {
    match &outcome.members {
        Some(members) => members.waived_for(&needed.check, case).map(str::to_owned),
        None => outcome.waived.as_ref().map(|_| needed.key.clone()),
    }
}
