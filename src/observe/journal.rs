//! `evidence.ndjson`: every observation, written as it arrives.
//!
//! One JSON value a line. A line is written with one call and no buffer of ours, so that
//! killing the process loses none that was finished; a torn last line is left out when
//! it is read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

use super::observation::Observation;
use crate::report::SkipReason;

/// The version of the journal's lines. Readers refuse a newer one.
pub const JOURNAL_VERSION: u32 = 1;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Line {
    /// The first line: all that judging needs besides observations.
    Header {
        /// The version of this format.
        version: u32,
        /// What the run was made of.
        run: Value,
    },
    /// A question and what came back.
    Observation {
        /// It.
        observation: Box<Observation>,
    },
    /// What a case was judged on.
    Judged {
        /// The case's key.
        case: String,
        /// Step → observation.
        used: BTreeMap<String, u64>,
        /// How long it took to come true, in milliseconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        settled_after_ms: Option<u64>,
        /// Why it was not judged after all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        skipped: Option<SkipReason>,
    },
    /// The last line of a run that came to its end.
    Finished {
        /// When.
        at: Timestamp,
        /// Whether it was stopped before its end.
        interrupted: bool,
    },
}

/// Writes lines.
#[derive(Debug)]
pub struct Journal {
    file: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// The first error: the run is told at its end.
    error: Option<io::Error>,
}

impl Journal {
    /// Begins a journal.
    ///
    /// # Errors
    /// The file can't be made or written.
    pub fn create(path: &Path, header: Value) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(path)?;
        let journal = Self { file: Mutex::new(State { file, error: None }) };
        journal.write(&Line::Header { version: JOURNAL_VERSION, run: header });
        match journal.error() {
            Some(error) => Err(error),
            None => Ok(journal),
        }
    }

    /// Writes an observation and gives it its number, so that lines stand in the order of numbers.
    pub(super) fn observation(&self, observation: &mut Observation, number: impl FnOnce() -> u64) {
        let mut state = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        observation.id = number();
        put(&mut state, &Line::Observation { observation: Box::new(observation.clone()) });
    }

    /// Writes a line. Errors are kept: see [`Journal::error`].
    pub fn write(&self, line: &Line) {
        put(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner), line);
    }

    /// The first error that writing met; nothing was written after it.
    pub fn error(&self) -> Option<io::Error> {
        let mut state = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let again = state.error.as_ref().map(|error| io::Error::new(error.kind(), error.to_string()));
        std::mem::replace(&mut state.error, again)
    }
}

fn put(state: &mut State, line: &Line) {
    // A line after a torn one would make both unreadable.
    if state.error.is_some() {
        return;
    }
    let written = serde_json::to_vec(line).map_err(io::Error::other).and_then(|mut bytes| {
        bytes.push(b'\n');
        state.file.write_all(&bytes)
    });
    if let Err(error) = written {
        state.error.get_or_insert(error);
    }
}

/// Why a journal can't be read.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The file can't be read.
    #[error("can't read {0}: {1}")]
    Unreadable(String, io::Error),
    /// A line in the middle is broken.
    #[error("{0}:{1}: this line is damaged: {2}")]
    Damaged(String, usize, serde_json::Error),
    /// It was written by a newer Poolproof.
    #[error("{0} was written by a newer Poolproof (version {1} of the journal)")]
    Newer(String, u32),
    /// It doesn't begin as a journal does.
    #[error("{0} is not a journal: it doesn't begin with a header")]
    NoHeader(String),
}

/// Longest line that is read.
const LONGEST: u64 = 64 << 20;

/// Reads a journal: the header's value, and the lines after it. A torn last line is left out.
///
/// # Errors
/// It can't be read, is damaged in the middle, or is not a journal.
pub fn read(path: &Path) -> Result<(Value, Vec<Line>), JournalError> {
    let name = path.display().to_string();
    let unreadable = |error| JournalError::Unreadable(name.clone(), error);
    let mut reader = BufReader::new(File::open(path).map_err(unreadable)?);
    let (mut lines, mut number, mut buffer) = (Vec::new(), 0, Vec::new());
    loop {
        buffer.clear();
        let read = io::Read::take(&mut reader, LONGEST).read_until(b'\n', &mut buffer).map_err(unreadable)?;
        if read == 0 {
            break;
        }
        number += 1;
        if read as u64 == LONGEST && !buffer.ends_with(b"\n") {
            let error = serde::de::Error::custom("longer than any line that Poolproof writes");
            return Err(JournalError::Damaged(name, number, error));
        }
        match serde_json::from_slice::<Line>(&buffer) {
            Ok(line) => lines.push(line),
            Err(_) if !buffer.ends_with(b"\n") => break,
            Err(error) => return Err(JournalError::Damaged(name, number, error)),
        }
    }
    if lines.is_empty() {
        return Err(JournalError::NoHeader(name));
    }
    match lines.remove(0) {
        Line::Header { version, .. } if version > JOURNAL_VERSION => Err(JournalError::Newer(name, version)),
        Line::Header { run, .. } => Ok((run, lines)),
        _ => Err(JournalError::NoHeader(name)),
    }
}
