//! What YAML probably read differently from what was meant.

use std::sync::Arc;

use super::file::{ExpectFile, SuiteFile};
use crate::diagnostic::{Code, Diagnostic, Source};
use crate::yaml::Spanned;

/// Warnings for one file.
pub(super) fn suspicious(source: &Arc<Source>, file: &SuiteFile) -> Vec<Diagnostic> {
    let texts = file.checks.iter().flat_map(|check| {
        let expectations = match &check.expect.value {
            ExpectFile::All(list) => list.as_slice(),
            ExpectFile::None => &[],
        };
        let inside = expectations.iter().flat_map(|one| std::iter::once(&one.that).chain(one.otherwise.as_ref()));
        let own = [Some(&check.title), check.filter.as_ref(), check.otherwise.as_ref(), check.fix.as_ref()];
        inside.chain(own.into_iter().flatten()).chain(check.over.0.iter().map(|(_, text)| text))
    });
    texts.filter_map(|text| cut_by_comment(source, text)).collect()
}

/// ` #` ends a plain scalar: what follows is a comment, which `-Name #x` hardly meant.
fn cut_by_comment(source: &Arc<Source>, text: &Spanned<String>) -> Option<Diagnostic> {
    let first = source.text.get(text.range.clone())?.chars().next()?;
    if matches!(first, '\'' | '"' | '|' | '>') {
        return None;
    }
    let rest = source.text.get(text.range.end..)?;
    let line = rest.lines().next().unwrap_or_default();
    let comment = line.trim_start();
    let glued = comment.starts_with('#') && !comment.starts_with("# ") && comment.len() > 1;
    glued.then(|| {
        let start = text.range.end + (line.len() - comment.len());
        Diagnostic::at(
            Code::SuspiciousText,
            source,
            start..start + comment.len(),
            "YAML takes this for a comment and cuts the value before it",
        )
        .hint("put the value in quotes, or write `# ` for a comment")
        .warning()
    })
}
