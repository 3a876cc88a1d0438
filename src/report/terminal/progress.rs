//! Progress on standard error while a run goes on.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use super::layout::{Line, RED, YELLOW};
use super::state::State;
use super::summary::Style;
use crate::report::event::{Event, Listener};
use crate::report::explain::{count, elapsed, headline};
use crate::report::result::{CaseResult, Verdict};
use crate::report::text::line;

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// A bar that tells what is slow right now.
    Bar,
    /// Plain lines, as for a log.
    Lines,
    /// Not at all.
    Quiet,
}

impl Progress {
    /// What suits the place where it is shown.
    #[must_use]
    pub const fn choose(quiet: bool, is_terminal: bool) -> Self {
        match (quiet, is_terminal) {
            (true, _) => Self::Quiet,
            (false, true) => Self::Bar,
            (false, false) => Self::Lines,
        }
    }
}

/// A listener that shows progress on standard error.
#[must_use]
pub fn progress(how: Progress, style: &Style) -> Box<dyn Listener> {
    match how {
        Progress::Bar => Box::new(Bar::new(style)),
        Progress::Lines => Box::new(Lines::new(io::stderr(), style.color)),
        Progress::Quiet => Box::new(()),
    }
}

/// A bar with counts; cases that don't hold scroll by above it.
struct Bar {
    shown: ProgressBar,
    state: Arc<Mutex<State>>,
    color: bool,
}

impl Bar {
    const TEMPLATE: &'static str = "[{bar:24}] {pos}/{len} cases  {now}";
    /// How much of the width the template takes without `{now}`.
    const FRAME: usize = 50;

    fn new(style: &Style) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let bar = ProgressBar::new(0);
        let room = style.width.saturating_sub(Self::FRAME).max(20);
        let shared = Arc::clone(&state);
        let now = move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
            // The bar's buffer can't fail.
            let _ = out.write_str(&locked(&shared).now(Instant::now(), room));
        };
        let look = ProgressStyle::with_template(Self::TEMPLATE).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(look.progress_chars("=> ").with_key("now", now));
        Self { shown: bar, state, color: style.color }
    }
}

impl Listener for Bar {
    fn on(&self, event: &Event) {
        let judged = {
            let mut state = locked(&self.state);
            state.on(event, Instant::now());
            state.judged as u64
        };
        // The bar asks the state for its text: no lock is held from here on.
        match event {
            Event::RunStarted { cases, .. } => {
                self.shown.set_length(*cases as u64);
                self.shown.enable_steady_tick(Duration::from_millis(200));
            }
            Event::CaseFinished(case) => {
                self.shown.set_position(judged);
                if let Some(text) = case_line(case, self.color) {
                    self.shown.println(text.trim_end());
                }
            }
            Event::Interrupted => self.shown.println(INTERRUPTED),
            Event::RunFinished => self.shown.finish_and_clear(),
            _ => {}
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.shown.finish_and_clear();
    }
}

/// A line for each case that doesn't hold, and one each time a tenth of them is judged.
struct Lines<W> {
    inner: Mutex<(State, W)>,
    color: bool,
}

impl<W: Write + Send> Lines<W> {
    /// How many cases make a line of their own worth while.
    const FEWEST: usize = 50;

    fn new(out: W, color: bool) -> Self {
        Self { inner: Mutex::new((State::default(), out)), color }
    }

    fn text(&self, state: &State, event: &Event) -> Option<String> {
        match event {
            Event::RunStarted { cases, questions } => Some(format!(
                "{}, {} to ask",
                count(*cases, "case", "cases"),
                count(*questions, "question", "questions")
            )),
            Event::CaseFinished(case) => {
                let mut text = case_line(case, self.color).unwrap_or_default();
                if state.judged.is_multiple_of((state.cases / 10).max(Self::FEWEST)) {
                    let trouble = state.trouble();
                    let colon = if trouble.is_empty() { "" } else { ": " };
                    text = format!("{text}{} of {} cases judged{colon}{trouble}", state.judged, state.cases);
                }
                (!text.is_empty()).then_some(text)
            }
            Event::Waiting { case, wait, left } => Some(format!(
                "waiting: {} does not hold yet; asked again in {}, given up in {}",
                line(case),
                elapsed(*wait),
                elapsed(*left)
            )),
            Event::Interrupted => Some(INTERRUPTED.to_owned()),
            _ => None,
        }
    }
}

impl<W: Write + Send> Listener for Lines<W> {
    fn on(&self, event: &Event) {
        let mut inner = locked(&self.inner);
        let (state, out) = &mut *inner;
        let first_wait = matches!(event, Event::Waiting { case, .. } if !state.is_waiting(case));
        state.on(event, Instant::now());
        if matches!(event, Event::Waiting { .. }) && !first_wait {
            return;
        }
        if let Some(text) = self.text(state, event) {
            // Nobody to tell, and nothing to change: a run doesn't fail for its progress.
            let _ = writeln!(out, "{}", text.trim_end());
        }
    }
}

const INTERRUPTED: &str = "interrupted: nothing new is started, reports will be written; once more stops at once";

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Progress is shown as far as it is known, whoever panicked.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A case that doesn't hold, in one line.
fn case_line(case: &CaseResult, color: bool) -> Option<String> {
    let (paint, word) = match case.verdict {
        Verdict::Fail => (RED, "failed"),
        Verdict::Error => (YELLOW, "undetermined"),
        Verdict::Pass | Verdict::Skip | Verdict::Waived => return None,
    };
    let rest = format!(" ({}) {}: {}", case.severity.as_str(), line(&case.key), line(headline(case)));
    let mut text = String::new();
    Line::starting(paint, word, &rest).render(&mut text, color);
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::case;

    fn shown(events: &[Event]) -> String {
        let lines = Lines::new(Vec::new(), false);
        for event in events {
            lines.on(event);
        }
        let inner = lines.inner.into_inner().expect("nobody panicked");
        String::from_utf8(inner.1).expect("UTF-8")
    }

    fn judged(sample: crate::report::sample::Sample) -> Event {
        Event::CaseFinished(Arc::new(sample.0))
    }

    #[test]
    fn a_log_gets_a_line_for_what_does_not_hold_and_now_and_then_a_count() {
        let mut events = vec![Event::RunStarted { cases: 100, questions: 7 }];
        events.extend((0..98).map(|n| judged(case(&format!("ok[{n}]")))));
        events.push(judged(case("srv[\u{1b}c]").fail()));
        events.push(judged(case("tls").error("timeout")));
        events.push(Event::RunFinished);
        assert_eq!(
            shown(&events),
            "100 cases, 7 questions to ask\n\
             50 of 100 cases judged\n\
             failed (blocker) srv[\\u{1b}c]: the port is 5060\n\
             undetermined (blocker) tls: it could not be asked\n\
             100 of 100 cases judged: 1 failed, 1 undetermined\n"
        );
    }

    #[test]
    fn a_case_that_settles_is_told_once() {
        let wait = Event::Waiting { case: "srv".into(), wait: Duration::from_secs(30), left: Duration::from_secs(570) };
        assert_eq!(
            shown(&[wait.clone(), wait]),
            "waiting: srv does not hold yet; asked again in 30 s, given up in 9 min 30 s\n"
        );
    }

    #[test]
    fn an_interruption_is_told() {
        assert_eq!(shown(&[Event::Interrupted]), format!("{INTERRUPTED}\n"));
    }

    #[test]
    fn the_place_decides() {
        assert_eq!(Progress::choose(false, true), Progress::Bar);
        assert_eq!(Progress::choose(false, false), Progress::Lines);
        assert_eq!(Progress::choose(true, true), Progress::Quiet);
    }

    #[test]
    fn a_bar_survives_any_order_of_events() {
        let bar = progress(Progress::Bar, &Style::default());
        for event in [
            judged(case("a").fail()),
            Event::RunStarted { cases: 1, questions: 0 },
            Event::Interrupted,
            Event::RunFinished,
            judged(case("b")),
        ] {
            bar.on(&event);
        }
    }
}
