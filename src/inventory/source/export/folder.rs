//! Which files a folder has, and which manifest goes with which.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Source};

use super::super::super::dataset::{self, Dataset};
use super::super::super::manifest::Manifest;
use super::{decode, manifest_of};

/// What follows a part's name in the name of its manifest.
pub(super) const MANIFEST: &str = "manifest.json";
/// What follows it in the name of its records.
const RECORDS: [&str; 3] = ["jsonl", "json", "ndjson"];
/// The most files of an export.
const MOST_FILES: usize = 20_000;
/// Machines write into folders of their own, below the export's.
const DEEPEST: usize = 4;
/// The largest manifest, in bytes: errors may be many.
const LARGEST_MANIFEST: u64 = 16 << 20;

/// A part of an export.
pub(super) struct Found {
    pub(super) manifest: Manifest,
    pub(super) manifest_path: PathBuf,
    /// Whether there is one; where not, that is among the problems.
    pub(super) has_manifest: bool,
    /// The file with its records; none where it is missing.
    pub(super) records: Option<PathBuf>,
    pub(super) bytes: u64,
    pub(super) problems: Vec<String>,
}

/// All of an export.
pub(super) struct Files {
    pub(super) files: Vec<Found>,
    pub(super) doubts: Vec<(Option<&'static Dataset>, String)>,
}

/// Finds the parts of an export, in the order of their names.
pub(super) fn find(folder: &Path) -> Result<Files, Vec<Diagnostic>> {
    let mut paths = BTreeSet::new();
    list(folder, 0, &mut paths).map_err(|diagnostic| vec![diagnostic])?;
    let mut found = Files { files: Vec::new(), doubts: Vec::new() };
    let mut diagnostics = Vec::new();
    let mut taken = BTreeSet::new();
    for manifest_path in paths.iter().filter(|path| is_manifest(path)) {
        let records: Vec<PathBuf> = records_of(manifest_path).into_iter().filter(|path| paths.contains(path)).collect();
        taken.extend(records.iter().cloned());
        match read_manifest(manifest_path) {
            Ok(manifest) => found.files.push(part(manifest, manifest_path, records)),
            Err(diagnostic) => diagnostics.push(diagnostic),
        }
    }
    for records in paths.iter().filter(|path| !is_manifest(path) && !taken.contains(*path)) {
        let name = records.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        match dataset::named(&name) {
            Some(dataset) => {
                let mut part = part(Manifest::new(dataset.name, ""), &manifest_of(records), vec![records.clone()]);
                part.has_manifest = false;
                part.problems.push(format!(
                    "{} has no manifest: who read it, when, and whether all is there, is not known",
                    shown(records)
                ));
                found.files.push(part);
            }
            None => diagnostics.push(
                Diagnostic::new(
                    Code::UnknownName,
                    format!("{} has no manifest, and `{name}` is no dataset", records.display()),
                )
                .hint(crate::diagnostic::suggestion(&name, dataset::all().iter().map(|dataset| dataset.name))),
            ),
        }
    }
    if found.files.is_empty() && diagnostics.is_empty() {
        diagnostics.push(
            Diagnostic::new(Code::Unreadable, format!("{} holds no export", folder.display()))
                .hint("name the folder with the *.manifest.json files"),
        );
    }
    twice(&mut found);
    if diagnostics.is_empty() { Ok(found) } else { Err(diagnostics) }
}

fn is_manifest(path: &Path) -> bool {
    path.to_string_lossy().to_ascii_lowercase().ends_with(".manifest.json")
}

/// The names that the records of a manifest may have.
fn records_of(manifest: &Path) -> Vec<PathBuf> {
    // users.manifest.json → users
    let bare = manifest.with_extension("").with_extension("");
    RECORDS.iter().map(|extension| with_suffix(&bare, extension)).collect()
}

/// `fe21.contoso.com` + `jsonl`: a dot in the name is none of an extension.
fn with_suffix(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn shown(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn part(manifest: Manifest, manifest_path: &Path, records: Vec<PathBuf>) -> Found {
    let mut problems = Vec::new();
    match records.as_slice() {
        [] if manifest.errors.is_empty() => {
            problems.push(format!("there is no file with the records of {}", shown(manifest_path)));
        }
        [_] | [] => {}
        [first, rest @ ..] => {
            let rest: Vec<String> = rest.iter().map(|path| shown(path)).collect();
            problems.push(format!("{} and {} both belong to {}", shown(first), rest.join(", "), shown(manifest_path)));
        }
    }
    let records = records.into_iter().next();
    let bytes = records.as_ref().and_then(|path| fs::metadata(path).ok()).map_or(0, |about| about.len());
    Found { manifest, manifest_path: manifest_path.to_owned(), has_manifest: true, records, bytes, problems }
}

fn list(folder: &Path, depth: usize, paths: &mut BTreeSet<PathBuf>) -> Result<(), Diagnostic> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::new(Code::Unreadable, format!("{} can't be read: {error}", folder.display()))
    };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            if depth < DEEPEST {
                list(&path, depth + 1, paths)?;
            }
            continue;
        }
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_ascii_lowercase());
        if extension.is_some_and(|extension| RECORDS.contains(&extension.as_str())) {
            // A pipe or device would be waited for.
            if !path.is_file() {
                let message = format!("{} is no file", path.display());
                return Err(Diagnostic::new(Code::Unreadable, message));
            }
            paths.insert(path);
        }
        if paths.len() > MOST_FILES {
            let message = format!("{} has more than {MOST_FILES} files", folder.display());
            return Err(Diagnostic::new(Code::TooLarge, message));
        }
    }
    Ok(())
}

fn read_manifest(path: &Path) -> Result<Manifest, Diagnostic> {
    let name = path.display().to_string();
    let unreadable =
        |error: std::io::Error| Diagnostic::new(Code::Unreadable, format!("{name} can't be read: {error}"));
    if fs::metadata(path).map_err(unreadable)?.len() > LARGEST_MANIFEST {
        return Err(Diagnostic::new(Code::TooLarge, format!("{name} is larger than {} MiB", LARGEST_MANIFEST >> 20)));
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let text = decode::all(&bytes).ok_or_else(|| {
        Diagnostic::new(Code::NotUtf8, format!("{name} is neither UTF-8 nor UTF-16"))
            .hint("the export script writes UTF-8; Out-File of Windows PowerShell writes UTF-16")
    })?;
    let source = Arc::new(Source::new(name.clone(), text));
    let manifest: Manifest = serde_json::from_str(&source.text).map_err(|error| {
        let at = offset(&source.text, error.line(), error.column());
        let code = if error.is_data() { Code::WrongType } else { Code::JsonSyntax };
        Diagnostic::at(code, &source, at..at, plain(&error))
    })?;
    let wrong = |message: String| Diagnostic::at(Code::InvalidValue, &source, 0..0, message);
    if manifest.manifest > Manifest::VERSION {
        return Err(wrong(format!(
            "a manifest of version {}; this build reads {}",
            manifest.manifest,
            Manifest::VERSION
        ))
        .hint("use the Poolproof that printed the export script"));
    }
    if dataset::named(&manifest.dataset).is_none() {
        let at = source.text.find(&manifest.dataset).unwrap_or(0);
        let names = dataset::all().iter().map(|dataset| dataset.name);
        let message = format!("there is no dataset `{}`", manifest.dataset);
        return Err(Diagnostic::at(Code::UnknownName, &source, at..at + manifest.dataset.len(), message)
            .hint(crate::diagnostic::suggestion(&manifest.dataset, names)));
    }
    Ok(manifest)
}

/// `serde_json`'s message without the place, which is told apart.
fn plain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(message, _)| message.to_owned())
}

/// The byte offset of `serde_json`'s line and column.
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Two parts that answer the same question: which of them is meant is not known.
fn twice(found: &mut Files) {
    let mut seen: BTreeMap<(String, String, String, String), &Found> = BTreeMap::new();
    let mut doubts = Vec::new();
    for file in &found.files {
        let manifest = &file.manifest;
        let about = manifest.about.as_deref().unwrap_or_default().to_lowercase();
        let key = (manifest.dataset.clone(), about, manifest.call.clone(), manifest.parameters.clone());
        if let Some(before) = seen.insert(key, file) {
            doubts.push((
                dataset::named(&manifest.dataset),
                format!(
                    "{} and {} answer the same call: which of them counts is not known",
                    shown(&before.manifest_path),
                    shown(&file.manifest_path)
                ),
            ));
        }
    }
    found.doubts.append(&mut doubts);
}
