//! All gates: the shipped ones, and those of the user's own files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use include_dir::{Dir, include_dir};

use super::file::GateFile;
use super::model::{Demand, Gate};
use super::roll_back::RollBack;
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::report::Severity;
use crate::yaml::{self, Limits, Spanned};

/// The shipped gates.
static BUILTIN: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/gates");

/// How old the evidence of a gate may be that says nothing of it.
const MAX_AGE: Duration = Duration::from_hours(24);

/// Gates by name.
#[derive(Clone, Debug, Default)]
pub struct Gates {
    /// The gates, the shipped ones first.
    pub all: Vec<Gate>,
    /// How many of them are shipped.
    shipped: usize,
}

impl Gates {
    /// The shipped gates, and those of these files and folders. A gate of a user's own
    /// replaces the shipped one of its name.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn load(paths: &[PathBuf]) -> Result<Self, Vec<Diagnostic>> {
        let (mut sources, mut found) = (Vec::new(), Vec::new());
        for path in paths {
            for file in files_of(path, &mut found) {
                match yaml::read_source(&file, Limits::default()) {
                    Ok(source) => sources.push(source),
                    Err(diagnostic) => found.push(diagnostic),
                }
            }
        }
        match Self::of_sources(&sources) {
            Ok(gates) if found.is_empty() => Ok(gates),
            Ok(_) => Err(found),
            Err(more) => Err(found.into_iter().chain(more).collect()),
        }
    }

    /// The shipped gates, and those of these texts.
    ///
    /// # Errors
    /// Everything that is wrong in any of them.
    pub fn of_sources(sources: &[Arc<Source>]) -> Result<Self, Vec<Diagnostic>> {
        let (mut gates, mut found) = (Self::default(), Vec::new());
        let mut files: Vec<_> = BUILTIN.files().collect();
        files.sort_by_key(|file| file.path());
        for file in files {
            let name = format!("builtin:gates/{}", file.path().display());
            let Some(text) = file.contents_utf8().filter(|_| is_yaml(file.path())) else { continue };
            gates.take(&Arc::new(Source::new(name, text)), true, &mut found);
        }
        gates.shipped = gates.all.len();
        for source in sources {
            gates.take(source, false, &mut found);
        }
        for (index, gate) in gates.own().enumerate() {
            if let Some(first) = gates.own().take(index).find(|first| first.name == gate.name) {
                let message = format!("the gate `{}` is also in {}", gate.name, first.source.name);
                found.push(Diagnostic::at(Code::DuplicateId, &gate.source, 0..0, message).hint("rename one of them"));
            }
        }
        let own: Vec<String> = gates.own().map(|gate| gate.name.clone()).collect();
        let (shipped, mut index) = (gates.shipped, 0);
        gates.all.retain(|gate| {
            index += 1;
            index > shipped || !own.contains(&gate.name)
        });
        gates.shipped = gates.all.len().saturating_sub(own.len());
        if found.is_empty() { Ok(gates) } else { Err(found) }
    }

    /// The user's own.
    pub(super) fn own(&self) -> impl Iterator<Item = &Gate> {
        self.all.iter().skip(self.shipped)
    }

    /// The gate of a name.
    ///
    /// # Errors
    /// There is none, and which there are.
    pub fn named(&self, name: &str) -> Result<&Gate, Vec<Diagnostic>> {
        self.all.iter().find(|gate| gate.name == name).ok_or_else(|| {
            let hint = suggestion(name, self.all.iter().map(|gate| gate.name.as_str()));
            vec![Diagnostic::new(Code::UnknownName, format!("there is no gate `{name}`")).hint(hint)]
        })
    }

    fn take(&mut self, source: &Arc<Source>, shipped: bool, found: &mut Vec<Diagnostic>) {
        match compile(source) {
            Ok(gate) => self.all.push(gate),
            Err(wrong) => {
                debug_assert!(!shipped, "a shipped gate is broken: {wrong:?}");
                found.extend(wrong);
            }
        }
    }
}

/// Reads one gate file.
fn compile(source: &Arc<Source>) -> Result<Gate, Vec<Diagnostic>> {
    let file: GateFile = yaml::load(source, Limits::default())?;
    let mut found = Vec::new();
    let mut tell = |at: &std::ops::Range<usize>, message: String, hint: &str| {
        found.push(Diagnostic::at(Code::InvalidValue, source, at.clone(), message).hint(hint));
    };
    kebab(&file.gate, &mut tell);
    for demand in &file.attestations {
        kebab(&demand.item, &mut tell);
    }
    if file.phases.value.is_empty() {
        tell(&file.phases.range, "a gate that is asked in no phase".to_owned(), "name one: `phases: [edge]`");
    }
    if file.checks.is_empty() && file.attestations.is_empty() {
        tell(&file.gate.range, "a gate that asks for nothing".to_owned(), "nothing proves nothing: name its checks");
    }
    if file.about_needed && file.about.is_empty() {
        tell(
            &file.gate.range,
            "`about_needed` without `about`".to_owned(),
            "say what it is asked about: `about: [pool]`",
        );
    }
    let roll_back = file.roll_back.iter().filter_map(|step| RollBack::of(step, source, &mut found)).collect();
    if !found.is_empty() {
        return Err(found);
    }
    Ok(Gate {
        name: file.gate.value,
        question: file.question,
        because: file.because,
        phases: file.phases.value,
        about: file.about,
        about_needed: file.about_needed,
        checks: file.checks,
        everywhere: file.everywhere,
        strict: file.strict,
        blocks: file.blocks.unwrap_or(Severity::Major),
        accepts_connect: file.accepts_connect,
        max_age: file.max_age.map_or(MAX_AGE, |age| age.0),
        attestations: file
            .attestations
            .into_iter()
            .map(|demand| Demand { item: demand.item.value, title: demand.title })
            .collect(),
        in_window: file.in_window,
        not_promised: file.not_promised,
        roll_back,
        source: Arc::clone(source),
    })
}

fn kebab(name: &Spanned<String>, tell: &mut impl FnMut(&std::ops::Range<usize>, String, &str)) {
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if name.value.is_empty() || !name.value.bytes().all(letters) {
        let message = format!("`{}` is not a name for it", name.value);
        tell(&name.range, message, "use lower-case letters, digits and hyphens: `move-wave`");
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("yaml") || end.eq_ignore_ascii_case("yml"))
}

/// The file itself, or the gate files in a folder, by name.
fn files_of(path: &Path, found: &mut Vec<Diagnostic>) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let listed = std::fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let mut files: Vec<PathBuf> = match listed {
        Ok(entries) => entries.into_iter().map(|entry| entry.path()).filter(|path| is_yaml(path)).collect(),
        Err(error) => {
            found.push(Diagnostic::new(Code::Unreadable, format!("can't read {}: {error}", path.display())));
            return Vec::new();
        }
    };
    if files.is_empty() {
        let message = format!("no gate file in {}", path.display());
        found.push(Diagnostic::new(Code::NoChecks, message).hint("gate files end in .yaml or .yml"));
    }
    files.sort();
    files
}
