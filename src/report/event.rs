//! What happens while a run goes on, for whoever wants to show it.

use std::sync::Arc;
use std::time::Duration;

use super::result::CaseResult;
use crate::observe::{ProbeError, QuestionKey};

/// Something that happened. The engine emits it; no listener can change a result.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The plan is made and observing begins.
    RunStarted {
        /// How many cases will be judged.
        cases: usize,
        /// How many questions are known so far; later steps may add to them.
        questions: usize,
    },
    /// A question leaves the queue and is asked.
    QuestionStarted {
        /// Which one.
        key: QuestionKey,
        /// It, for people: see [`question_text`](super::question_text).
        text: String,
    },
    /// An attempt failed and another will follow.
    Retrying {
        /// Which question.
        key: QuestionKey,
        /// The number of the attempt that failed, from 1.
        attempt: u32,
        /// Why it failed.
        error: ProbeError,
        /// How long until the next attempt.
        wait: Duration,
    },
    /// A question was answered or given up.
    QuestionFinished {
        /// Which one.
        key: QuestionKey,
        /// Whether facts came back.
        ok: bool,
        /// From the start of the first attempt.
        elapsed: Duration,
    },
    /// A case doesn't hold yet and will be asked again (`eventually`).
    Waiting {
        /// The case's key.
        case: String,
        /// How long until the next round.
        wait: Duration,
        /// How long until it is given up.
        left: Duration,
    },
    /// A case was judged for good.
    CaseFinished(Arc<CaseResult>),
    /// The run was asked to stop: nothing new is started.
    Interrupted,
    /// The last case was judged.
    RunFinished,
}

/// Is told what happens, from any thread, in the order in which it happens to each case
/// and question. It must not block: the engine waits for it.
pub trait Listener: Send + Sync {
    /// Something happened.
    fn on(&self, event: &Event);

    /// Whether it hears anything: for one that doesn't, events need not be put together.
    fn hears(&self) -> bool {
        true
    }
}

/// Hears nothing.
impl Listener for () {
    fn on(&self, _: &Event) {}

    fn hears(&self) -> bool {
        false
    }
}

impl<L: Listener + ?Sized> Listener for Arc<L> {
    fn on(&self, event: &Event) {
        (**self).on(event);
    }

    fn hears(&self) -> bool {
        (**self).hears()
    }
}

impl<L: Listener + ?Sized> Listener for Box<L> {
    fn on(&self, event: &Event) {
        (**self).on(event);
    }

    fn hears(&self) -> bool {
        (**self).hears()
    }
}

/// Several listeners, told in this order.
impl<L: Listener> Listener for Vec<L> {
    fn on(&self, event: &Event) {
        for listener in self {
            listener.on(event);
        }
    }

    fn hears(&self) -> bool {
        self.iter().any(Listener::hears)
    }
}
