//! The inventory of a fixture: export folders as the export script writes them, made when the
//! mock deployment starts and gone when it ends.
//!
//! `inventory.yaml` says what the cmdlets would answer, record by record. What is read is
//! what a live run reads: files, manifests, hashes.

mod file;
mod filling;
mod folder;
mod parts;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tempfile::TempDir;

pub use file::{
    BaselineFile, CopyFile, Encoding, Form, InventoryFile, ManifestKey, OtherFile, PartFile, RoleFile, WrongHash,
};

use super::render::Document;
use crate::diagnostic::{Diagnostic, Source, render};
use crate::yaml::decode;

/// The export folders of an inventory, ready to be written.
#[derive(Clone, Debug)]
pub struct Export {
    /// Where all of it goes, and how long ago it was made, where it is the baseline.
    baseline: Option<BaselineFile>,
    file: InventoryFile,
    document: Document,
}

/// Why an export can't be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// No file.
    #[error("can't write the export {path}: {source}")]
    File {
        /// The path by which the environment file names it.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// A record can't be made at this time: it was not checked.
    #[error("the export {path} can't be made: {reason}")]
    Record {
        /// The path by which the environment file names it.
        path: String,
        /// What is wrong.
        reason: String,
    },
}

impl Export {
    /// An inventory as it is now. Each of its records can be made.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn now(document: Document) -> Result<Self, Vec<Diagnostic>> {
        Self { baseline: None, file: decode(&document.source, &document.node)?, document }.checked()
    }

    /// An inventory as it was when the baseline was taken: all of it in one folder.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn before(document: Document, baseline: BaselineFile) -> Result<Self, Vec<Diagnostic>> {
        Self { baseline: Some(baseline), file: decode(&document.source, &document.node)?, document }.checked()
    }

    fn checked(self) -> Result<Self, Vec<Diagnostic>> {
        parts::all(&self.file, &self.document, Timestamp::UNIX_EPOCH)?;
        Ok(self)
    }

    /// Which baseline it goes with.
    pub(super) fn baseline(&self) -> Option<&BaselineFile> {
        self.file.baseline.as_ref()
    }

    /// The text that its places are of.
    pub(super) fn source(&self) -> &Arc<Source> {
        &self.document.source
    }

    /// Writes it below a folder, as seen at `now`, and adds its folders by their paths.
    fn write(&self, below: &Path, now: Timestamp, folders: &mut BTreeMap<String, PathBuf>) -> Result<(), ExportError> {
        let age = self.baseline.as_ref().map(|baseline| baseline.age).unwrap_or_default();
        let made = now.checked_sub(age.0).unwrap_or(now);
        let whole = self.baseline.as_ref().map_or(&self.file.folder, |baseline| &baseline.folder);
        let parts = parts::all(&self.file, &self.document, made)
            .map_err(|found| ExportError::Record { path: whole.clone(), reason: render(&found, false) })?;
        for (number, (other, parts)) in parts.iter().enumerate() {
            let path = if self.baseline.is_some() { whole } else { other.as_ref().unwrap_or(whole) };
            // Machines write into folders of their own, below that of the whole.
            let folder = match folders.get(path) {
                Some(folder) => folder.join(number.to_string()),
                None => below.join(folders.len().to_string()),
            };
            folder::write(&folder, parts, made).map_err(|source| ExportError::File { path: path.clone(), source })?;
            folders.entry(path.clone()).or_insert(folder);
        }
        Ok(())
    }
}

/// Export folders that were written. They are removed when this is dropped.
#[derive(Debug)]
pub(super) struct Written {
    /// The folders, by the path by which the environment file names them.
    pub(super) folders: BTreeMap<String, PathBuf>,
    #[expect(dead_code, reason = "it is there as long as it is held")]
    temporary: Option<TempDir>,
}

impl Written {
    /// Writes them, as seen at `now`.
    pub(super) fn make(exports: &[Export], now: Timestamp) -> Result<Self, ExportError> {
        let mut folders = BTreeMap::new();
        let Some(first) = exports.first() else { return Ok(Self { folders, temporary: None }) };
        let failed = |source| ExportError::File { path: first.file.folder.clone(), source };
        let temporary = tempfile::Builder::new().prefix("poolproof-mock-").tempdir().map_err(failed)?;
        for export in exports {
            export.write(temporary.path(), now, &mut folders)?;
        }
        Ok(Self { folders, temporary: Some(temporary) })
    }
}
