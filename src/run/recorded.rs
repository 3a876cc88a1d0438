//! Answers from a journal.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::header::Header;
use crate::judge::{Answers, StepAnswer};
use crate::observe::{JournalError, Line, Observation, QuestionKey, read_journal};
use crate::report::SkipReason;

/// A journal's observations, and what its cases were judged on.
#[derive(Debug, Default)]
pub struct Recording {
    observations: BTreeMap<u64, Arc<Observation>>,
    latest: HashMap<QuestionKey, u64>,
    /// By case: once for each run that was joined.
    judged: HashMap<String, Vec<Judged>>,
    ended: Option<(Timestamp, bool)>,
}

#[derive(Debug, Default)]
struct Judged {
    used: BTreeMap<String, u64>,
    settled_after_ms: Option<u64>,
    skipped: Option<SkipReason>,
}

/// Why a recording can't be used.
#[derive(Debug, thiserror::Error)]
pub enum RecordingError {
    /// The journal can't be read.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its header is not what this version writes.
    #[error("{0}: the header is not what this version of Poolproof reads: {1}")]
    Header(String, serde_json::Error),
    /// A line that stands where no run writes it.
    #[error("{0}:{1}: no run writes this line there: {2}")]
    Misplaced(String, usize, String),
}

impl Recording {
    /// Reads a journal.
    ///
    /// # Errors
    /// It can't be read, was not written by a version that this one understands, or is not what one
    /// run wrote from its beginning to its end.
    pub fn read(path: &Path) -> Result<(Header, Self), RecordingError> {
        let (header, lines) = read_journal(path)?;
        let header: Header = serde_json::from_value(header)
            .map_err(|error| RecordingError::Header(path.display().to_string(), error))?;
        let runs = header.joined.len().max(1);
        let mut recording = Self::default();
        for (number, line) in lines {
            if let Some(reason) = recording.speaks_against(&line, runs) {
                return Err(RecordingError::Misplaced(path.display().to_string(), number, reason));
            }
            recording.take(line);
        }
        Ok((header, recording))
    }

    /// Why a line can't follow those before it in the journal of so many runs: one is missing,
    /// twice there, or from elsewhere.
    fn speaks_against(&self, line: &Line, runs: usize) -> Option<String> {
        if self.ended.is_some() {
            return Some("the run has ended before".to_owned());
        }
        match line {
            Line::Header { .. } => Some("a journal begins once".to_owned()),
            Line::Observation { observation } => {
                let next = self.observations.last_key_value().map_or(1, |(id, _)| id + 1);
                let id = observation.id;
                (id != next).then(|| format!("it is observation {id}, and {next} is the next"))
            }
            Line::Judged { case, used, .. } => {
                let unknown = used.values().find(|id| !self.observations.contains_key(id));
                let times = self.judged.get(case).map_or(0, Vec::len);
                match unknown {
                    Some(id) => Some(format!("{case} rests on observation {id}, which was not made before")),
                    None => (times >= runs).then(|| format!("{case} was judged before")),
                }
            }
            Line::Finished { .. } => None,
        }
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Header { .. } => {}
            Line::Observation { observation } => {
                self.latest.insert(observation.question.key(), observation.id);
                self.observations.insert(observation.id, Arc::from(observation));
            }
            Line::Judged { case, used, settled_after_ms, skipped } => {
                self.judged.entry(case).or_default().push(Judged { used, settled_after_ms, skipped });
            }
            Line::Finished { at, interrupted } => self.ended = Some((at, interrupted)),
        }
    }

    /// What was observed for a step: what the case was judged on; where the run ended
    /// before that, or the check asks something else by now, the last answer to its question.
    pub(super) fn answer(&self, case: &str, step: &str, question: &QuestionKey) -> StepAnswer {
        let judged = self.judged.get(case).map(Vec::as_slice).unwrap_or_default();
        // A case that was judged without an answer to this step got none in time.
        if !judged.is_empty() && judged.iter().all(|one| !one.used.contains_key(step)) {
            return StepAnswer::Unfinished;
        }
        let mut used = judged.iter().rev().filter_map(|one| self.observations.get(one.used.get(step)?));
        let same = used.find(|observation| observation.question.key() == *question);
        let latest = || self.latest.get(question).and_then(|id| self.observations.get(id));
        match same.or_else(latest) {
            Some(observation) => StepAnswer::Observed(Arc::clone(observation)),
            None if self.ended.is_some_and(|(_, interrupted)| !interrupted) => {
                StepAnswer::NotAsked("the recorded run did not ask it".to_owned())
            }
            None => StepAnswer::Unfinished,
        }
    }

    /// How long it took a case to come true, by the run that its answers are of.
    pub(super) fn settled(&self, case: &str, answers: &Answers) -> Option<u64> {
        let used = |one: &&Judged| {
            one.used.iter().all(|(step, id)| match answers.get(step) {
                Some(StepAnswer::Observed(observation)) => observation.id == *id,
                _ => false,
            })
        };
        self.judged.get(case)?.iter().rev().find(used)?.settled_after_ms
    }

    /// Why a case was not judged after all, in any run.
    pub(super) fn skipped(&self, case: &str) -> Option<SkipReason> {
        let judged = self.judged.get(case)?;
        if judged.iter().all(|one| one.skipped.is_some()) { judged.first()?.skipped.clone() } else { None }
    }

    /// When the run ended and whether it was interrupted; for one that was killed, its
    /// last sign of life.
    #[must_use]
    pub fn end(&self, started: Timestamp) -> (Timestamp, bool) {
        let last = || self.observations.values().map(|one| one.finished).max().unwrap_or(started);
        self.ended.unwrap_or_else(|| (last(), true))
    }

    /// Takes in what another run observed, with numbers of its own. What both asked is
    /// answered by the later one, which is `other`.
    pub(super) fn join(&mut self, other: Self) {
        // Numbers begin with one, and none is left out.
        let before = self.observations.last_key_value().map_or(0, |(id, _)| *id);
        for (id, observation) in other.observations {
            let id = before + id;
            let observation = Observation { id, ..Arc::unwrap_or_clone(observation) };
            self.latest.insert(observation.question.key(), id);
            self.observations.insert(id, Arc::new(observation));
        }
        for (case, judged) in other.judged {
            let moved = judged.into_iter().map(|one| {
                let used = one.used.into_iter().map(|(step, id)| (step, before + id)).collect();
                Judged { used, ..one }
            });
            self.judged.entry(case).or_default().extend(moved);
        }
        // Joined runs are whole only if each of them is.
        self.ended = match (self.ended, other.ended) {
            (Some((one, early)), Some((two, cut))) => Some((one.max(two), early || cut)),
            _ => None,
        };
    }

    /// The lines of a journal that holds all of it.
    pub fn lines(&self) -> impl Iterator<Item = Line> {
        let observed =
            self.observations.values().map(|one| Line::Observation { observation: Box::new((**one).clone()) });
        let mut cases: Vec<&String> = self.judged.keys().collect();
        cases.sort_unstable();
        let judged = cases.into_iter().flat_map(|case| {
            self.judged.get(case).into_iter().flatten().map(|one| Line::Judged {
                case: case.clone(),
                used: one.used.clone(),
                settled_after_ms: one.settled_after_ms,
                skipped: one.skipped.clone(),
            })
        });
        let ended = self.ended.map(|(at, interrupted)| Line::Finished { at, interrupted });
        observed.chain(judged).chain(ended)
    }

    /// Every observation, by its number.
    #[must_use]
    pub fn observations(&self) -> &BTreeMap<u64, Arc<Observation>> {
        &self.observations
    }
}
