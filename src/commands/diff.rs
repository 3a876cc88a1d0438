//! `poolproof diff`

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::complain;
use super::plan::Format;
use crate::Refusal;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::exit::ExitCode;
use crate::inventory::compare::{ApprovedFile, Differences};
use crate::inventory::{self, Dataset, Expectations, Inventory, dataset};
use crate::report::text::printable;
use crate::yaml::{self, Limits};

/// Tell what differs between two inventories
///
/// Objects are the same by the directory's GUID, then by SIP address. Exits 0 if nothing
/// differs but what is approved, 1 if something does, 3 if nothing does but not all of it was
/// read.
#[derive(Debug, Args)]
pub struct Diff {
    /// The earlier one: a snapshot, or a folder with an export
    before: PathBuf,
    /// The later one
    after: PathBuf,
    /// Compare only this dataset; may be given several times
    #[arg(long = "dataset", value_name = "NAME")]
    datasets: Vec<String>,
    /// A file with approved changes
    #[arg(long, value_name = "FILE")]
    approved: Option<PathBuf>,
    /// Show every difference
    #[arg(long)]
    all: bool,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl Diff {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let datasets = self.datasets.iter().map(|name| named(name)).collect::<Result<Vec<_>, _>>()?;
        let approved = match &self.approved {
            Some(path) => approved(path)?,
            None => ApprovedFile::default(),
        };
        let before = load(&self.before)?;
        let after = load(&self.after)?;
        let differences = Differences::of(&before, &after, &datasets, approved);
        let mut out = BufWriter::new(std::io::stdout().lock());
        let written = match self.format {
            Format::Text => differences.write_text(self.all, printable, &mut out),
            Format::Json => differences.write_json(&mut out),
        };
        match written.and_then(|()| out.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {}
            Err(error) => {
                complain(&format!("standard output can't be written: {error}"));
                return Ok(ExitCode::Bug);
            }
        }
        Ok(match (differences.open(), differences.is_doubtful()) {
            (0, false) => ExitCode::Holds,
            (0, true) => ExitCode::Undetermined,
            _ => ExitCode::Failed,
        })
    }
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
