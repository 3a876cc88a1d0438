//! Whether a dataset is all there is.

use super::builder::{Doubt, Expectations};
use super::store::{PartRead, Source, Table};

/// Writes down, for every dataset, why it proves nothing, if it doesn't.
pub(super) fn judge(
    tables: &mut [Table],
    parts: &[PartRead],
    sources: &[Source],
    doubts: &[Doubt],
    _expectations: &Expectations,
) {
    for table in tables {
        let mut reasons = Vec::new();
        let mut delivered = false;
        for part in parts.iter().filter(|part| part.manifest.dataset == table.dataset.name) {
            delivered = true;
            let problems = part.problems.iter().chain(&part.manifest.errors);
            reasons.extend(problems.map(|problem| format!("{}: {problem}", part.label)));
        }
        for doubt in doubts.iter().filter(|doubt| doubt.dataset.is_none_or(|of| of == table.dataset.number)) {
            let source = sources.get(doubt.source).map(ToString::to_string).unwrap_or_default();
            reasons.push(format!("{source}: {}", doubt.reason));
        }
        if !delivered {
            reasons.push(format!("no source delivered {}", table.dataset.name));
        }
        table.doubts = reasons;
    }
}
