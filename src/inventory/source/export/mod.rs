//! The `export` source: a folder of files, each with the answers of one call, made by the export
//! script on one machine or several.
//!
//! `users.jsonl` holds one record a line; `users.manifest.json` beside it says who asked whom,
//! and how it ended. An array, a single object, and UTF-16 as Windows PowerShell writes it are
//! read too. What can be read but proves nothing (cut short, another hash, a call with errors)
//! makes its dataset unknown, with the reason; what can't be read at all is refused.

mod abreast;
mod ahead;
mod check;
mod decode;
mod folder;
mod lines;
mod split;

#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::BufRead;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Diagnostic};

use super::super::builder::{Builder, SourceId};
use super::super::dataset;
use super::super::part::Part;
use folder::Found;
use lines::Lines;
use split::{Splitter, Trouble};

/// How far reading has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The dataset that is being read.
    pub dataset: &'static str,
    /// Its records so far.
    pub records: u64,
    /// Bytes read so far, of all files.
    pub bytes: u64,
    /// Bytes of all files.
    pub total: u64,
}

impl Progress {
    /// The part of all bytes, in percent.
    #[must_use]
    pub fn percent(&self) -> u64 {
        self.bytes.saturating_mul(100) / self.total.max(1)
    }
}

/// What is told of progress, and whether to go on.
pub type Tell<'a> = &'a mut dyn FnMut(&Progress) -> ControlFlow<()>;

/// Between two reports of progress.
const EVERY: u64 = 1 << 20;

/// Reads a folder into a builder, as one source. Messages name it as `name`: as people named it,
/// wherever it lies.
///
/// # Errors
/// When the folder, or a manifest in it, can't be read; then nothing of it is in the builder but
/// the name of the source. Reading that was stopped through `tell` leaves the parts that were
/// read whole, and a doubt about everything else.
pub fn read(folder: &Path, name: &str, builder: &mut Builder, tell: Tell<'_>) -> Result<SourceId, Vec<Diagnostic>> {
    let source = builder.source("export", name);
    let found = folder::find(folder)?;
    let total = found.files.iter().map(|file| file.bytes).sum();
    let mut progress = Progress { dataset: "", records: 0, bytes: 0, total };
    let mut doubts: Vec<(Option<&'static dataset::Dataset>, String)> = found.doubts;
    for file in found.files {
        match read_file(&file, source, builder, &mut progress, tell) {
            Ok(part) => builder.end(part),
            Err(Stop::Unreadable(diagnostic)) => return Err(vec![diagnostic]),
            Err(Stop::Told) => {
                doubts.push((None, "reading was stopped before its end".to_owned()));
                break;
            }
        }
    }
    for (dataset, reason) in doubts {
        builder.doubt(source, dataset, reason);
    }
    Ok(source)
}

/// Why reading ends early.
enum Stop {
    Unreadable(Diagnostic),
    Told,
}

fn read_file(
    file: &Found,
    source: SourceId,
    builder: &Builder,
    progress: &mut Progress,
    tell: Tell<'_>,
) -> Result<Part, Stop> {
    let unknown = |error: super::super::builder::UnknownDataset| {
        Stop::Unreadable(Diagnostic::new(Code::UnknownName, format!("{}: {error}", file.manifest_path.display())))
    };
    let mut part = builder.part(source, file.manifest.clone()).map_err(unknown)?;
    progress.dataset = part.dataset().name;
    progress.records = 0;
    for problem in &file.problems {
        part.problem(problem.clone());
    }
    let Some(path) = &file.records else { return Ok(part) };
    let unreadable = |error: std::io::Error| {
        Stop::Unreadable(Diagnostic::new(Code::Unreadable, format!("{} can't be read: {error}", path.display())))
    };
    let opened = File::open(path).map_err(unreadable)?;
    let before = progress.bytes;
    // The hash is of the whole file, also of what is not read any more.
    let (outcome, whole) = ahead::read(opened, |blocks| take(blocks, &mut part, file.bytes, progress, tell));
    let Some(whole) = whole.map_err(unreadable)? else { return Err(Stop::Told) };
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    match outcome {
        Ok(ControlFlow::Continue(())) => {}
        Ok(ControlFlow::Break(())) => return Err(Stop::Told),
        Err(Trouble::Io(error)) => return Err(unreadable(error)),
        Err(trouble) => part.problem(format!("{name}, {trouble}")),
    }
    let ahead::Whole { bytes, sha256 } = whole;
    check::whole(&mut part, file, &name, bytes, &sha256);
    check::kind(&mut part, &name);
    progress.bytes = before + bytes;
    if tell(progress).is_break() { Err(Stop::Told) } else { Ok(part) }
}

/// Takes all records of a file. Where it was told to stop, it leaves the rest.
fn take(
    blocks: &mut ahead::Blocks<'_>,
    part: &mut Part,
    size: u64,
    progress: &mut Progress,
    tell: Tell<'_>,
) -> Result<ControlFlow<()>, Trouble> {
    let mut reported = progress.bytes;
    let mut passed = |records: u64, bytes: u64| {
        progress.records += records;
        progress.bytes += bytes;
        if progress.bytes < reported + EVERY {
            return ControlFlow::Continue(());
        }
        reported = progress.bytes;
        tell(progress)
    };
    let mut text = Lines::new(decode::Decoded::new(&mut *blocks));
    let mut records = Splitter::new(&mut text);
    let mut outcome = ControlFlow::Continue(());
    if size >= abreast::WORTH_WHILE {
        // The first record may wrap all others.
        outcome = in_turn(&mut records, 1, part, &mut passed)?;
        if outcome.is_continue() && records.may_be_lines() {
            outcome = abreast::take(&mut records, part, size, &mut passed)?;
        }
    }
    if outcome.is_continue() {
        outcome = in_turn(&mut records, usize::MAX, part, &mut passed)?;
    }
    if outcome.is_break() {
        blocks.leave();
    }
    Ok(outcome)
}

/// Takes one record after another, until the part has as many as wanted.
fn in_turn(
    records: &mut Splitter<'_, impl BufRead>,
    wanted: usize,
    part: &mut Part,
    passed: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, Trouble> {
    while part.records() < wanted {
        let Some(record) = records.next()? else { break };
        let bytes = record.len() as u64;
        if let Err(error) = check::take(part, record) {
            return Err(Trouble::Record { line: records.began(), error: error.to_string() });
        }
        if passed(1, bytes).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The path of a part's manifest.
fn manifest_of(records: &Path) -> PathBuf {
    records.with_extension(folder::MANIFEST)
}
