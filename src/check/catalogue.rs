//! All suites of a run: the shipped ones, or those of a folder.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use include_dir::{Dir, include_dir};

use super::compile::compile;
use super::model::{Check, Suite};
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::yaml::{Limits, read_source};

/// The shipped suites.
pub static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/checks");

/// The name under which `--checks` finds the shipped suites.
const BUILTIN_NAME: &str = "builtin";

/// Suites that fit together: ids unique, needs known and without circles.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// The suites, in the order in which they were named, files of a folder by name.
    pub suites: Vec<Suite>,
    /// What is suspicious, but not wrong.
    pub warnings: Vec<Diagnostic>,
}

impl Catalogue {
    /// Reads suites from files and folders; `builtin` names the shipped ones. No path at
    /// all means the shipped ones too.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Vec<Diagnostic>> {
        let mut sources = Vec::new();
        let mut found = Vec::new();
        if paths.is_empty() {
            sources.extend(builtin_sources());
        }
        for path in paths {
            if path.as_os_str() == BUILTIN_NAME {
                sources.extend(builtin_sources());
                continue;
            }
            match files_of(path) {
                Ok(files) if files.is_empty() => {
                    let message = format!("no check file in {}", path.display());
                    found.push(Diagnostic::new(Code::NoChecks, message).hint("check files end in .yaml or .yml"));
                }
                Ok(files) => {
                    for file in files {
                        match read_source(&file, Limits::default()) {
                            Ok(source) => sources.push(source),
                            Err(diagnostic) => found.push(diagnostic),
                        }
                    }
                }
                Err(diagnostic) => found.push(diagnostic),
            }
        }
        match Self::of_sources(&sources) {
            Ok(catalogue) if found.is_empty() => Ok(catalogue),
            Ok(_) => Err(found),
            Err(more) => {
                found.extend(more);
                Err(found)
            }
        }
    }

    /// From texts that were read already.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn of_sources(sources: &[Arc<Source>]) -> Result<Self, Vec<Diagnostic>> {
        let mut catalogue = Self::default();
        let mut found = Vec::new();
        for source in sources {
            match compile(source) {
                Ok((suite, warnings)) => {
                    catalogue.suites.push(suite);
                    catalogue.warnings.extend(warnings);
                }
                Err(diagnostics) => found.extend(diagnostics),
            }
        }
        found.extend(catalogue.clashes());
        // Needs are judged only where every check is known: a broken file would make
        // all that need its checks look broken too.
        if found.is_empty() {
            found.extend(catalogue.broken_needs());
        }
        if found.iter().any(Diagnostic::is_error) { Err(found) } else { Ok(catalogue) }
    }

    /// All checks, in the order of the suites.
    pub fn checks(&self) -> impl Iterator<Item = &Arc<Check>> {
        self.suites.iter().flat_map(|suite| &suite.checks)
    }

    /// The check of an id.
    #[must_use]
    pub fn check(&self, id: &str) -> Option<&Arc<Check>> {
        self.checks().find(|check| check.id == id)
    }

    fn clashes(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        let mut suites: HashMap<&str, &Suite> = HashMap::new();
        for suite in &self.suites {
            if let Some(first) = suites.insert(&suite.name, suite) {
                let message = format!("the suite `{}` is also in {}", suite.name, first.source.name);
                let at = suite.source.text.find(&suite.name).unwrap_or(0);
                found.push(
                    Diagnostic::at(Code::DuplicateId, &suite.source, at..at + suite.name.len(), message)
                        .hint("rename one of them"),
                );
            }
        }
        let mut ids: HashMap<&str, &Check> = HashMap::new();
        for check in self.checks() {
            if let Some(first) = ids.insert(&check.id, check) {
                let message = format!("the check `{}` is also at {}", check.id, first.place);
                let place = &check.place;
                found.push(
                    Diagnostic::at(Code::DuplicateId, &place.source, place.range.clone(), message)
                        .hint("rename one of them"),
                );
            }
        }
        found
    }

    fn broken_needs(&self) -> Vec<Diagnostic> {
        let by_id: BTreeMap<&str, &Check> = self.checks().map(|check| (check.id.as_str(), check.as_ref())).collect();
        let mut found = Vec::new();
        for check in self.checks() {
            for need in &check.needs {
                if !by_id.contains_key(need.value.as_str()) {
                    let message = format!("`{}` needs `{}`, which is not there", check.id, need.value);
                    let hint = suggestion(&need.value, by_id.keys().copied().collect::<Vec<_>>());
                    found.push(
                        Diagnostic::at(Code::UnknownNeed, &check.place.source, need.range.clone(), message).hint(hint),
                    );
                }
            }
        }
        if found.is_empty() {
            found.extend(circle(&by_id));
        }
        found
    }
}

/// The first circle among needs, told once.
fn circle(by_id: &BTreeMap<&str, &Check>) -> Option<Diagnostic> {
    let mut done: HashMap<&str, bool> = HashMap::new();
    for start in by_id.keys() {
        let mut path: Vec<(&str, usize)> = vec![(start, 0)];
        while let Some((id, next)) = path.last().copied() {
            let Some(check) = by_id.get(id) else { break };
            if next == 0 && done.get(id) == Some(&true) {
                path.pop();
                continue;
            }
            done.insert(id, false);
            let Some(need) = check.needs.get(next) else {
                done.insert(id, true);
                path.pop();
                continue;
            };
            if let Some(last) = path.last_mut() {
                last.1 += 1;
            }
            let need_id = need.value.as_str();
            if let Some(at) = path.iter().position(|(on_path, _)| *on_path == need_id) {
                let names: Vec<&str> = path.iter().skip(at).map(|(id, _)| *id).chain([need_id]).collect();
                let message = format!("checks that need each other: {}", names.join(" → "));
                return Some(
                    Diagnostic::at(Code::CyclicNeeds, &check.place.source, need.range.clone(), message)
                        .hint("remove one of these needs"),
                );
            }
            path.push((need_id, 0));
        }
    }
    None
}

fn builtin_sources() -> Vec<Arc<Source>> {
    let mut files: Vec<_> = BUILTIN.files().filter(|file| is_yaml(file.path())).collect();
    files.sort_by_key(|file| file.path());
    files
        .into_iter()
        .filter_map(|file| {
            let name = format!("{BUILTIN_NAME}:{}", file.path().display());
            Some(Arc::new(Source::new(name, file.contents_utf8()?)))
        })
        .collect()
}

fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("yaml") || extension.eq_ignore_ascii_case("yml"))
}

/// Deepest folder that is searched for check files. What lies deeper is told: a check that
/// is silently left out proves nothing.
const DEEPEST: usize = 8;

/// The file itself, or the check files of a folder and its folders, by name.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, Diagnostic> {
    let unreadable = |error: std::io::Error| {
        Diagnostic::new(Code::Unreadable, format!("can't read {}: {error}", path.display()))
            .hint("`--checks` takes a check file, a folder of them, or `builtin`")
    };
    if !path.is_dir() {
        std::fs::metadata(path).map_err(unreadable)?;
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let mut folders = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden && depth == DEEPEST {
                let message = format!("{} is nested deeper than {DEEPEST} folders", entry.path().display());
                return Err(Diagnostic::new(Code::Unreadable, message).hint("name it with `--checks` itself"));
            } else if kind.is_dir() && !hidden {
                folders.push((entry.path(), depth + 1));
            } else if !kind.is_dir() && is_yaml(&entry.path()) {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}
