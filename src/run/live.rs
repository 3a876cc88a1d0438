//! Answers from the wire: the observer, its journal, and whoever listens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::assemble::case_result;
use super::outcome::Outcome;
use crate::judge::StepAnswer;
use crate::observe::{
    Journal, Line, Manner, Observation, Observer, ProbeError, ProbeKind, Question, QuestionKey, Watch,
};
use crate::plan::{Asked, Case, Plan, Questions, Settings};
use crate::report::{Event, Listener, question_text};

/// Answers from the wire.
pub struct Live {
    observer: Observer,
    journal: Option<Arc<Journal>>,
    listener: Arc<dyn Listener>,
    plan: Arc<Plan>,
    /// The largest settings of all that ask a question that was known before the run.
    merged: HashMap<QuestionKey, Settings>,
    halt: CancellationToken,
    interrupt: CancellationToken,
}

impl Live {
    /// Answers from an observer. `halt` stops new questions; `interrupt` says that a person did it.
    #[must_use]
    pub fn new(
        observer: Observer,
        journal: Option<Arc<Journal>>,
        listener: Arc<dyn Listener>,
        plan: Arc<Plan>,
        questions: &Questions,
        halt: CancellationToken,
        interrupt: CancellationToken,
    ) -> Self {
        let merged = questions.known.iter().map(|(key, known)| (key.clone(), known.asked.settings.clone())).collect();
        Self { observer, journal, listener, plan, merged, halt, interrupt }
    }

    pub(super) async fn ask(&self, probe: ProbeKind, asked: Asked, fresh_since: Option<Instant>) -> StepAnswer {
        let settings = self.merged.get(&asked.question.key()).unwrap_or(&asked.settings);
        let manner = Manner {
            timeout: settings.timeout.value,
            attempts: settings.retry.value.attempts,
            wait: settings.retry.value.wait,
            on: settings.retry.value.on.clone(),
            limits: settings.limits.clone(),
        };
        let answer = self.observer.ask(probe, asked.question, manner, fresh_since).await;
        answer.map_or(StepAnswer::Unfinished, StepAnswer::Observed)
    }

    pub(super) fn halted(&self) -> bool {
        self.halt.is_cancelled()
    }

    pub(super) fn halt(&self) {
        self.halt.cancel();
    }

    pub(super) fn interrupted(&self) -> bool {
        self.interrupt.is_cancelled()
    }

    /// Waits between two rounds; whether the run was stopped meanwhile.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        self.observer.pause(pause).await
    }

    pub(super) fn write(&self, line: &Line) {
        if let Some(journal) = &self.journal {
            journal.write(line);
        }
    }

    pub(super) fn waiting(&self, case: &Case, wait: Duration, left: Duration) {
        self.listener.on(&Event::Waiting { case: case.key.clone(), wait, left });
    }

    pub(super) fn case_finished(&self, case: &Case, outcome: &Outcome) {
        if self.listener.hears() {
            let result = case_result(&self.plan, case, outcome);
            self.listener.on(&Event::CaseFinished(Arc::new(result)));
        }
    }
}

/// Tells listeners what an observer does.
pub struct Telling {
    listener: Arc<dyn Listener>,
    begun: Mutex<HashMap<QuestionKey, Instant>>,
}

impl Telling {
    /// Tells this listener.
    #[must_use]
    pub fn to(listener: Arc<dyn Listener>) -> Self {
        Self { listener, begun: Mutex::default() }
    }
}

impl Watch for Telling {
    fn started(&self, question: &Question) {
        if !self.listener.hears() {
            return;
        }
        let key = question.key();
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), Instant::now());
        self.listener.on(&Event::QuestionStarted { key, text: question_text(question) });
    }

    fn retrying(&self, question: &Question, attempt: u32, error: &ProbeError, pause: Duration) {
        let event = Event::Retrying { key: question.key(), attempt, error: error.clone(), wait: pause };
        self.listener.on(&event);
    }

    fn finished(&self, observation: &Observation) {
        if !self.listener.hears() {
            return;
        }
        let key = observation.question.key();
        let begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
        let elapsed = begun.map(|begun| begun.elapsed()).unwrap_or_default();
        let ok = matches!(observation.outcome, crate::observe::Outcome::Facts(_));
        self.listener.on(&Event::QuestionFinished { key, ok, elapsed });
    }
}
