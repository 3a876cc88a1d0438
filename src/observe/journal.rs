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

use super::observation::{ErrorClass, Observation, Outcome, ProbeError};
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
    /// The id of the run that writes it: every line says whose it is.
    run: String,
    file: Mutex<State>,
}

/// A line as it stands in a journal.
#[derive(Serialize)]
struct Marked<'a, T> {
    #[serde(flatten)]
    line: T,
    by: &'a str,
}

/// The same, read.
#[derive(Deserialize)]
struct Read {
    #[serde(flatten)]
    line: Line,
    /// None where no run says that it wrote it.
    by: Option<String>,
}

#[derive(Debug)]
struct State {
    file: File,
    /// The line on its way.
    line: Vec<u8>,
    /// The first error: the run is told at its end.
    error: Option<io::Error>,
}

impl Journal {
    /// Begins the journal of a run.
    ///
    /// # Errors
    /// The file can't be made or written.
    pub fn create(path: &Path, run: &str, header: Value) -> io::Result<Self> {
        let file = File::options().write(true).create_new(true).open(path)?;
        let state = State { file, line: Vec::new(), error: None };
        let journal = Self { run: run.to_owned(), file: Mutex::new(state) };
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
        let by = &self.run;
        if !fits(&mut state, &Marked { line: Written::Observation { observation }, by }) {
            let long = state.line.len();
            let message = format!("what came back makes {long} bytes of evidence; {LONGEST} are kept at most");
            observation.outcome = Outcome::Error(ProbeError::new(ErrorClass::Protocol, message));
            observation.earlier.clear();
            observation.evidence.clear();
            fits(&mut state, &Marked { line: Written::Observation { observation }, by });
        }
        put(&mut state);
    }

    /// Writes a line. Errors are kept: see [`Journal::error`].
    pub fn write(&self, line: &Line) {
        let mut state = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if !fits(&mut state, &Marked { line, by: &self.run }) {
            let cause = format!("a line of {} bytes; {LONGEST} are read at most", state.line.len());
            state.error.get_or_insert(io::Error::other(cause));
        }
        put(&mut state);
    }

    /// The first error that writing met; nothing was written after it.
    pub fn error(&self) -> Option<io::Error> {
        let mut state = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let again = state.error.as_ref().map(|error| io::Error::new(error.kind(), error.to_string()));
        std::mem::replace(&mut state.error, again)
    }
}

/// [`Line::Observation`] as it is written: observations are large, so none is copied for it.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Written<'a> {
    Observation { observation: &'a Observation },
}

/// Sets a line; whether it will be read again.
fn fits(state: &mut State, line: &impl Serialize) -> bool {
    state.line.clear();
    if let Err(error) = serde_json::to_writer(&mut state.line, line) {
        state.error.get_or_insert(io::Error::other(error));
    }
    state.line.push(b'\n');
    state.line.len() as u64 <= LONGEST
}

/// Writes the line that was set.
fn put(state: &mut State) {
    // A line after a torn one would make both unreadable.
    if state.error.is_some() {
        return;
    }
    if let Err(error) = state.file.write_all(&state.line) {
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
    /// A line that no Poolproof writes.
    #[error("{0}:{1}: this line is longer than {LONGEST} bytes")]
    TooLong(String, usize),
    /// A line that the run did not write which began the journal.
    #[error("{0}:{1}: this line was written by {2}, and the journal is of the run {3}")]
    NotOfThisRun(String, usize, String, String),
    /// It was written by a newer Poolproof.
    #[error("{0}:1: written by a newer Poolproof (version {1} of the journal; this one reads {JOURNAL_VERSION})")]
    Newer(String, u64),
    /// It doesn't begin as a journal does.
    #[error("{0}:1: not a journal: it doesn't begin with a header")]
    NoHeader(String),
}

/// Longest line that is read.
const LONGEST: u64 = 64 << 20;

/// Reads a journal: the header's value, and the lines after it with their numbers. A torn last
/// line is left out.
///
/// # Errors
/// It can't be read, is damaged in the middle, is of several runs, or is not a journal.
pub fn read(path: &Path) -> Result<(Value, Vec<(usize, Line)>), JournalError> {
    let (run, own, mut lines) = begin(path)?;
    let mut rest = Vec::new();
    while lines.advance()? {
        match serde_json::from_slice::<Read>(&lines.buffer) {
            Ok(Read { line, by: Some(by) }) if by == own => rest.push((lines.number, line)),
            Ok(Read { by, .. }) => {
                let by = by.map_or("no run that it names".to_owned(), |by| format!("the run {by}"));
                return Err(JournalError::NotOfThisRun(lines.name, lines.number, by, own));
            }
            Err(_) if !lines.buffer.ends_with(b"\n") => break,
            Err(error) => return Err(JournalError::Damaged(lines.name, lines.number, error)),
        }
    }
    Ok((run, rest))
}

/// Reads no more of a journal than its header's value.
///
/// # Errors
/// It can't be read, or is not a journal.
pub fn read_header(path: &Path) -> Result<Value, JournalError> {
    begin(path).map(|(run, ..)| run)
}

/// The header's value, the run that wrote it, and what stands before the lines after it.
fn begin(path: &Path) -> Result<(Value, String, Lines<BufReader<File>>), JournalError> {
    let name = path.display().to_string();
    let file = File::open(path).map_err(|error| JournalError::Unreadable(name.clone(), error))?;
    let mut lines = Lines { reader: BufReader::new(file), name, number: 0, buffer: Vec::new() };
    // The version first: what a newer one writes would look like damage.
    if !lines.advance()? {
        return Err(JournalError::NoHeader(lines.name));
    }
    let Ok(first) = serde_json::from_slice::<Value>(&lines.buffer) else {
        return Err(JournalError::NoHeader(lines.name));
    };
    match first.get("version").and_then(Value::as_u64) {
        Some(version) if version > u64::from(JOURNAL_VERSION) => return Err(JournalError::Newer(lines.name, version)),
        _ => {}
    }
    match serde_json::from_value(first) {
        Ok(Read { line: Line::Header { run, .. }, by: Some(own) }) => Ok((run, own, lines)),
        _ => Err(JournalError::NoHeader(lines.name)),
    }
}

struct Lines<R> {
    reader: R,
    name: String,
    number: usize,
    buffer: Vec<u8>,
}

impl<R: BufRead> Lines<R> {
    /// Reads the next line, its end included where it has one; whether there was any.
    fn advance(&mut self) -> Result<bool, JournalError> {
        self.buffer.clear();
        self.number += 1;
        let read = io::Read::take(&mut self.reader, LONGEST)
            .read_until(b'\n', &mut self.buffer)
            .map_err(|error| JournalError::Unreadable(self.name.clone(), error))?;
        if read as u64 == LONGEST && !self.buffer.ends_with(b"\n") {
            return Err(JournalError::TooLong(std::mem::take(&mut self.name), self.number));
        }
        Ok(read > 0)
    }
}
