//! What is known of a run while it goes on. No clock of its own.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::observe::QuestionKey;
use crate::report::event::Event;
use crate::report::explain::{count, elapsed};
use crate::report::result::Verdict;
use crate::report::text::{clip, line};

/// From when on a question is slow.
const SLOW: Duration = Duration::from_secs(2);

/// How far a run has come.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) cases: usize,
    pub(super) judged: usize,
    failed: usize,
    errors: usize,
    /// The questions being asked, since when, and at which attempt.
    running: HashMap<QuestionKey, Running>,
    /// The cases that don't hold yet (`eventually`).
    waiting: HashSet<String>,
    interrupted: bool,
}

#[derive(Debug)]
struct Running {
    text: String,
    since: Instant,
    attempt: u32,
}

impl State {
    pub(super) fn on(&mut self, event: &Event, now: Instant) {
        match event {
            Event::RunStarted { cases, .. } => self.cases = *cases,
            Event::QuestionStarted { key, text } => {
                let running = Running { text: line(text).into_owned(), since: now, attempt: 1 };
                self.running.insert(key.clone(), running);
            }
            Event::Retrying { key, attempt, .. } => {
                if let Some(running) = self.running.get_mut(key) {
                    running.attempt = attempt.saturating_add(1);
                }
            }
            Event::QuestionFinished { key, .. } => {
                self.running.remove(key);
            }
            Event::Waiting { case, .. } => {
                self.waiting.insert(case.clone());
            }
            Event::CaseFinished(case) => {
                self.waiting.remove(&case.key);
                self.judged += 1;
                self.failed += usize::from(case.verdict == Verdict::Fail);
                self.errors += usize::from(case.verdict == Verdict::Error);
            }
            Event::Interrupted => self.interrupted = true,
            Event::RunFinished => self.running.clear(),
        }
    }

    /// Whether a case is known not to hold yet.
    pub(super) fn is_waiting(&self, case: &str) -> bool {
        self.waiting.contains(case)
    }

    /// `3 failed, 1 undetermined`; empty while all is well.
    pub(super) fn trouble(&self) -> String {
        let parts = [(self.failed, "failed"), (self.errors, "undetermined")];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        parts.join(", ")
    }

    /// What a person wants to know right now, in at most `width` characters.
    pub(super) fn now(&self, now: Instant, width: usize) -> String {
        let mut parts = Vec::new();
        if self.interrupted {
            parts.push("stopping".to_owned());
        }
        let trouble = self.trouble();
        if !trouble.is_empty() {
            parts.push(trouble);
        }
        parts.extend(self.slowest(now));
        if !self.waiting.is_empty() {
            parts.push(format!("{} yet to settle", count(self.waiting.len(), "case", "cases")));
        }
        clip(&parts.join(" · "), width).into_owned()
    }

    /// The question that has been asked for the longest time, where that is long.
    fn slowest(&self, now: Instant) -> Option<String> {
        let took = |running: &Running| now.saturating_duration_since(running.since);
        let slow = self.running.values().filter(|running| took(running) >= SLOW);
        let others = slow.clone().count().saturating_sub(1);
        // Equally slow ones by name, so that the line doesn't flicker.
        let worst = slow.min_by(|a, b| a.since.cmp(&b.since).then_with(|| a.text.cmp(&b.text)))?;
        let attempt = if worst.attempt > 1 { format!(", attempt {}", worst.attempt) } else { String::new() };
        let more = if others > 0 { format!(", and {others} more") } else { String::new() };
        Some(format!("slow right now: {} {}{attempt}{more}", worst.text, elapsed(took(worst))))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::observe::{ErrorClass, ProbeError};
    use crate::report::sample::{Sample, case};

    fn key(name: &str) -> QuestionKey {
        QuestionKey(name.into())
    }

    fn asked(name: &str) -> Event {
        Event::QuestionStarted { key: key(name), text: format!("tls {name}:5061 (external)") }
    }

    fn judged(sample: Sample) -> Event {
        Event::CaseFinished(Arc::new(sample.0))
    }

    #[test]
    fn the_longest_running_question_is_named_until_it_ends() {
        let (mut state, start) = (State::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        state.on(&asked("a"), at(0));
        state.on(&asked("b"), at(1));
        assert_eq!(state.now(at(1), 200), "", "nothing is slow yet");
        let error = ProbeError::new(ErrorClass::Timeout, "no answer");
        state.on(&Event::Retrying { key: key("a"), attempt: 1, error, wait: SLOW }, at(5));
        assert_eq!(state.now(at(12), 200), "slow right now: tls a:5061 (external) 12 s, attempt 2, and 1 more");
        state.on(&Event::QuestionFinished { key: key("a"), ok: false, elapsed: SLOW }, at(12));
        assert_eq!(state.now(at(12), 200), "slow right now: tls b:5061 (external) 11 s");
        assert_eq!(state.now(at(12), 20), "slow right now: tls…");
    }

    #[test]
    fn trouble_comes_first() {
        let (mut state, now) = (State::default(), Instant::now());
        state.on(&Event::RunStarted { cases: 4, questions: 1 }, now);
        for sample in [case("a"), case("b").fail(), case("c").error("tls")] {
            state.on(&judged(sample), now);
        }
        let wait = Event::Waiting { case: "d".into(), wait: SLOW, left: SLOW };
        state.on(&wait, now);
        state.on(&wait, now);
        assert_eq!(state.now(now, 200), "1 failed, 1 undetermined · 1 case yet to settle");
        state.on(&judged(case("d")), now);
        state.on(&Event::Interrupted, now);
        assert_eq!(state.now(now, 200), "stopping · 1 failed, 1 undetermined");
        assert_eq!((state.judged, state.cases), (4, 4));
    }
}
