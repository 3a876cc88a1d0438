//! A run held against an earlier one.

use std::path::Path;

use crate::Refusal;
use crate::diagnostic::Diagnostic;
use crate::report::compare::{Comparison, Side, compare, fits};
use crate::report::files::{COMPARISON, RunFolder, write_atomically};
use crate::report::{RunInfo, json};
use crate::run::side;

/// The earlier run.
pub(super) struct Since(Side);

impl Since {
    /// Reads it.
    pub(super) fn read(run: &Path) -> Result<Self, Refusal> {
        Ok(Self(side(run).map_err(|diagnostic| vec![diagnostic])?))
    }

    /// Refuses a run that can't be held against it, before anything is asked.
    pub(super) fn expect(&self, run: &RunInfo) -> Result<(), Refusal> {
        Ok(fits(&self.0.result.run, run).map_err(|diagnostic| vec![diagnostic])?)
    }

    /// What became of its cases in a run whose reports are written.
    pub(super) fn compare(&self, later: &Path) -> Result<Comparison, Diagnostic> {
        side(later).and_then(|later| compare(&self.0, &later))
    }
}

/// Leaves a comparison beside the later run's reports.
pub(super) fn keep(comparison: &Comparison, folder: &RunFolder) -> std::io::Result<()> {
    write_atomically(&folder.path().join(COMPARISON), |out| json::write(comparison, out))
}
