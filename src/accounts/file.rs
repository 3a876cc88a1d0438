//! The file of one account: empty, or what stands against it. Whoever has it open has it locked.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest file in bytes.
const LONGEST: u64 = 64 << 10;
/// Longest reason that is kept, in characters.
const LONGEST_REASON: usize = 2_000;
/// The form of the file.
const VERSION: u32 = 1;

/// What stands against an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    version: u32,
    /// As it was written in the environment file.
    pub account: String,
    pub authority: String,
    /// Why it was rejected; none while an attempt is under way.
    pub rejected: Option<String>,
    pub at: Timestamp,
    pub run: String,
}

impl Record {
    /// An attempt is under way.
    pub fn under_way(account: &str, authority: &str, run: &str) -> Self {
        let (account, authority, run) = (account.to_owned(), authority.to_owned(), run.to_owned());
        Self { version: VERSION, account, authority, rejected: None, at: Timestamp::now(), run }
    }

    /// It was rejected.
    pub fn rejected(self, why: &str) -> Self {
        let why = why.chars().take(LONGEST_REASON).collect();
        Self { rejected: Some(why), at: Timestamp::now(), ..self }
    }
}

/// An open file, locked until it is dropped.
#[derive(Debug)]
pub(super) struct Locked {
    file: File,
    path: PathBuf,
}

/// Why it could not be locked.
pub(super) enum Busy {
    /// Somebody else has it.
    Taken,
    /// In words.
    Failed(String),
}

impl Locked {
    /// Opens and locks the file, without waiting. `make`: also where there is none yet.
    pub fn open(path: &Path, make: bool) -> Result<Self, Busy> {
        let failed = |error: &dyn std::fmt::Display| Busy::Failed(format!("{} {error}", path.display()));
        let opened = OpenOptions::new().read(true).write(true).create(make).truncate(false).open(path);
        let file = opened.map_err(|error| failed(&format!("can't be opened: {error}")))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { file, path: path.to_owned() }),
            Err(TryLockError::WouldBlock) => Err(Busy::Taken),
            Err(TryLockError::Error(error)) => Err(failed(&format!("can't be locked: {error}"))),
        }
    }

    /// What stands against the account.
    pub fn read(&mut self) -> Result<Option<Record>, String> {
        let unreadable = |error: &dyn std::fmt::Display| format!("{} can't be read: {error}", self.path.display());
        let mut bytes = Vec::new();
        let read = self.file.rewind().and_then(|()| (&self.file).take(LONGEST + 1).read_to_end(&mut bytes));
        read.map_err(|error| unreadable(&error))?;
        if bytes.is_empty() {
            return Ok(None);
        }
        if bytes.len() as u64 > LONGEST {
            return Err(unreadable(&"it is too long to be ours"));
        }
        let record: Record = serde_json::from_slice(&bytes).map_err(|error| unreadable(&error))?;
        if record.version != VERSION {
            return Err(unreadable(&format!("it is of form {}, and this version knows {VERSION}", record.version)));
        }
        Ok(Some(record))
    }

    /// Writes what stands against the account, down to the disk.
    pub fn write(&mut self, record: &Record) -> Result<(), String> {
        let bytes = serde_json::to_vec(record).map_err(|error| error.to_string())?;
        let length = bytes.len() as u64;
        // What is cut off in the middle of this is not empty, and not understood: it stops the account.
        let written = self
            .file
            .rewind()
            .and_then(|()| self.file.write_all(&bytes))
            .and_then(|()| self.file.set_len(length))
            .and_then(|()| self.file.sync_all());
        written.map_err(|error| format!("{} can't be written: {error}", self.path.display()))
    }

    /// Nothing stands against the account any more.
    pub fn clear(&mut self) -> Result<(), String> {
        let cleared = self.file.set_len(0).and_then(|()| self.file.sync_all());
        cleared.map_err(|error| format!("{} can't be written: {error}", self.path.display()))
    }
}
