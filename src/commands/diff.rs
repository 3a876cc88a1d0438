//! `poolproof diff`

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use super::complain;
use super::since::Since;
use crate::Refusal;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::exit::ExitCode;
use crate::inventory::compare::{ApprovedFile, Differences};
use crate::inventory::{self, Dataset, Expectations, Inventory, dataset};
use crate::report::text::printable;
use crate::report::{compare, json};
use crate::run::is_run;
use crate::yaml::{self, Limits};

/// Tell what differs between two runs, or between two inventories
///
/// Of two runs of one environment: what fails that did not, what could not be determined that
/// could, what still fails, what was fixed, what is gone or new, what ranges over more or fewer
/// subjects, and what took much longer. A case that is gone or was skipped is never called
/// fixed. Exits 1 if something fails that is not known to have failed, 3 if nothing does but
/// something could not be determined or was lost from sight, else 0; what failed before and
/// still does changes nothing.
///
/// Of two inventories: objects are the same by the directory's GUID, then by SIP address. Exits
/// 0 if nothing differs but what is approved, 1 if something does, 3 if nothing does but not
/// all of it was read.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier one: a run's folder; or a snapshot, or a folder with an export
    before: PathBuf,
    /// The later one, of the same kind
    after: PathBuf,
    /// Of inventories: compare only this dataset; may be given several times
    #[arg(long = "dataset", value_name = "NAME")]
    datasets: Vec<String>,
    /// Of inventories: a file with approved changes
    #[arg(long, value_name = "FILE")]
    approved: Option<PathBuf>,
    /// Show every difference
    #[arg(long)]
    all: bool,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: DiffFormat,
}

/// For whom differences are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DiffFormat {
    /// For people
    Text,
    /// For a job summary or a change ticket; of runs alone
    Markdown,
    /// For programs
    Json,
}

impl Diff {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        match (is_run(&self.before), is_run(&self.after)) {
            (true, true) => self.runs(),
            (false, false) => self.inventories(),
            (of_before, _) => {
                let (run, other) = if of_before { (&self.before, &self.after) } else { (&self.after, &self.before) };
                let message = format!("{} is a run, and {} is none", run.display(), other.display());
                let hint = "name two runs, or two inventories: a run's inventory is its inventory.snapshot";
                Err(Refusal::Input(vec![Diagnostic::new(Code::InvalidValue, message).hint(hint)]))
            }
        }
    }

    fn runs(&self) -> Result<ExitCode, Refusal> {
        if !self.datasets.is_empty() || self.approved.is_some() {
            return Err(misplaced("--dataset and --approved are about inventories, and these are runs"));
        }
        let comparison = Since::read(&self.before)?.compare(&self.after).map_err(|diagnostic| vec![diagnostic])?;
        let written = written(|out| match self.format {
            DiffFormat::Text => compare::write_text(&comparison, self.all, out),
            DiffFormat::Markdown => compare::write_markdown(&comparison, out),
            DiffFormat::Json => json::write(&comparison, out),
        });
        Ok(written.unwrap_or_else(|| ExitCode::of_comparison(&comparison)))
    }

    fn inventories(&self) -> Result<ExitCode, Refusal> {
        let datasets = self.datasets.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?;
        let approved = match &self.approved {
            Some(path) => approved(path)?,
            None => ApprovedFile::default(),
        };
        if self.format == DiffFormat::Markdown {
            return Err(misplaced("inventories are compared as text or JSON: Markdown is for runs"));
        }
        let before = load(&self.before)?;
        let after = load(&self.after)?;
        let differences = Differences::of(&before, &after, &datasets, approved);
        let written = written(|out| match self.format {
            DiffFormat::Json => differences.write_json(out),
            DiffFormat::Text | DiffFormat::Markdown => differences.write_text(self.all, printable, out),
        });
        Ok(written.unwrap_or_else(|| match (differences.open(), differences.is_doubtful()) {
            (0, false) => ExitCode::Holds,
            (0, true) => ExitCode::Undetermined,
            _ => ExitCode::Failed,
        }))
    }
}

/// Writes to standard output; the exit code if that failed. A reader that has gone away is no error.
fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Option<ExitCode> {
    let mut out = BufWriter::new(io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Ok(()) => None,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => None,
        Err(error) => {
            complain(&format!("standard output can't be written: {error}"));
            Some(ExitCode::Bug)
        }
    }
}

fn misplaced(message: &str) -> Refusal {
    Refusal::Input(vec![Diagnostic::new(Code::InvalidValue, message)])
}

fn load(path: &Path) -> Result<Arc<Inventory>, Refusal> {
    let expectations = Expectations::at(jiff::Timestamp::now());
    let inventory = super::reading(|tell| inventory::load(path, &expectations, tell))?;
    Ok(Arc::new(inventory))
}

fn named(name: &str) -> Result<&'static Dataset, Refusal> {
    dataset::named(name).ok_or_else(|| {
        let names = dataset::all().iter().map(|dataset| dataset.name);
        let diagnostic = Diagnostic::new(Code::UnknownName, format!("there is no dataset `{name}`"));
        Refusal::Input(vec![diagnostic.hint(suggestion(name, names))])
    })
}

fn approved(path: &Path) -> Result<ApprovedFile, Refusal> {
    let source = yaml::read_source(path, Limits::default()).map_err(|diagnostic| vec![diagnostic])?;
    let file: ApprovedFile = yaml::load(&source, Limits::default())?;
    let unknown = file.approved.iter().filter_map(|approval| approval.dataset.as_deref());
    for name in unknown {
        named(name)?;
    }
    Ok(file)
}
