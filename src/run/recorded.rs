//! Answers from a journal.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::header::Header;
use crate::judge::StepAnswer;
use crate::observe::{JournalError, Line, Observation, QuestionKey, read_journal};
use crate::report::SkipReason;

/// A journal's observations, and what its cases were judged on.
#[derive(Debug, Default)]
pub struct Recording {
    observations: BTreeMap<u64, Arc<Observation>>,
    latest: HashMap<QuestionKey, u64>,
    judged: HashMap<String, Judged>,
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
}

impl Recording {
    /// Reads a journal.
    ///
    /// # Errors
    /// It can't be read, or was not written by a version that this one understands.
    pub fn read(path: &Path) -> Result<(Header, Self), RecordingError> {
        let (header, lines) = read_journal(path)?;
        let header = serde_json::from_value(header)
            .map_err(|error| RecordingError::Header(path.display().to_string(), error))?;
        let mut recording = Self::default();
        for line in lines {
            recording.take(line);
        }
        Ok((header, recording))
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Header { .. } => {}
            Line::Observation { observation } => {
                self.latest.insert(observation.question.key(), observation.id);
                self.observations.insert(observation.id, Arc::from(observation));
            }
            Line::Judged { case, used, settled_after_ms, skipped } => {
                self.judged.insert(case, Judged { used, settled_after_ms, skipped });
            }
            Line::Finished { at, interrupted } => self.ended = Some((at, interrupted)),
        }
    }

    /// What was observed for a step: what the case was judged on; where the run ended
    /// before that, the last answer to its question.
    pub(super) fn answer(&self, case: &str, step: &str, question: &QuestionKey) -> StepAnswer {
        let id = match self.judged.get(case) {
            Some(judged) => judged.used.get(step).copied(),
            None => self.latest.get(question).copied(),
        };
        let observation = id.and_then(|id| self.observations.get(&id));
        observation.map_or(StepAnswer::Unfinished, |observation| StepAnswer::Observed(Arc::clone(observation)))
    }

    pub(super) fn settled(&self, case: &str) -> Option<u64> {
        self.judged.get(case).and_then(|judged| judged.settled_after_ms)
    }

    pub(super) fn skipped(&self, case: &str) -> Option<SkipReason> {
        self.judged.get(case).and_then(|judged| judged.skipped.clone())
    }

    /// When the run ended and whether it was interrupted; for one that was killed, its
    /// last sign of life.
    #[must_use]
    pub fn end(&self, started: Timestamp) -> (Timestamp, bool) {
        let last = || self.observations.values().map(|one| one.finished).max().unwrap_or(started);
        self.ended.unwrap_or_else(|| (last(), true))
    }

    /// Every observation, by its number.
    #[must_use]
    pub fn observations(&self) -> &BTreeMap<u64, Arc<Observation>> {
        &self.observations
    }
}
