//! An inventory from a path: a snapshot, or a folder with an export.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::Path;

use super::builder::{Builder, Expectations};
use super::dataset;
use super::snapshot;
use super::source::export;
use super::store::filling::Filling;
use super::store::{Inventory, Table, cell};
use crate::diagnostic::{Code, Diagnostic};
use crate::values::fold;

/// Reads whatever lies at a path. A snapshot was held against its expectations when it was
/// taken, and is not held against them again.
///
/// # Errors
/// When it is neither a snapshot nor an export, or can't be read.
pub fn load(path: &Path, expectations: &Expectations, tell: export::Tell<'_>) -> Result<Inventory, Vec<Diagnostic>> {
    if path.is_dir() {
        let mut builder = Builder::default();
        export::read(path, &path.display().to_string(), &mut builder, tell)?;
        return Ok(builder.finish(expectations));
    }
    if snapshot::is_snapshot(path) {
        return snapshot::read(path).map_err(|diagnostic| vec![diagnostic]);
    }
    let shown = path.display();
    Err(vec![match path.metadata() {
        Err(error) => Diagnostic::new(Code::Unreadable, format!("{shown} can't be read: {error}")),
        Ok(_) => {
            Diagnostic::new(Code::InvalidValue, format!("{shown} is neither a snapshot nor a folder with an export"))
                .hint("`poolproof snapshot --from <export> --output <file>` makes a snapshot")
        }
    }])
}

/// Tells nobody of progress.
pub fn quietly(_: &export::Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

impl Inventory {
    /// Only some users, by their SIP addresses: the snapshot of a wave. Everything else stays;
    /// the dataset says that it is not all.
    ///
    /// # Errors
    /// Those addresses that no user has.
    pub fn only_users(mut self, addresses: &[String], name: &str) -> Result<Self, Vec<String>> {
        let Some(dataset) = dataset::named("users") else { return Ok(self) };
        let Some(table) = self.tables.get_mut(dataset.number) else { return Ok(self) };
        let wanted: BTreeSet<String> = addresses.iter().map(|address| fold(address)).collect();
        let mut found = BTreeSet::new();
        let mut rows = Vec::new();
        for row in 0..table.rows {
            let address = table.named("sip_address").and_then(|column| cell::letters(column.get(row))).map(fold);
            if let Some(address) = address.filter(|address| wanted.contains(address)) {
                rows.push(row);
                found.insert(address);
            }
        }
        let missing: Vec<String> = wanted.difference(&found).cloned().collect();
        if !missing.is_empty() {
            return Err(missing);
        }
        let mut only = Table::empty(dataset);
        only.rows = rows.len();
        only.doubts = std::mem::take(&mut table.doubts);
        only.doubts.push(format!("only the users of {name} were kept"));
        let keep = |column: &super::store::column::Column| {
            let mut kept = Filling::new();
            for row in &rows {
                // What was kept before fits again.
                drop(kept.push(column.get(*row)));
            }
            kept.finish()
        };
        only.origin = table.origin.as_ref().map(keep);
        only.columns = table.columns.iter().map(|column| column.as_ref().map(keep)).collect();
        *table = only;
        Ok(self)
    }
}
