//! The sources of an environment file → what is known in bulk.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::waves::waves_now;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::environment::{BaselineFile, Environment, InventoryFile, SourceFile};
use crate::facts::Base;
use crate::inventory::source::export;
use crate::inventory::{Builder, Expectations, Inventory, MaxAge, dataset, snapshot};
use crate::values::fold;

/// How far reading has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The dataset that is being read.
    pub dataset: &'a str,
    /// Its records so far.
    pub records: u64,
    /// The part of all bytes, in percent.
    pub percent: u64,
}

/// Is told how far reading has come.
pub type Tell = Arc<dyn Fn(Progress<'_>) + Send + Sync>;

/// How reading is told, and stopped.
#[derive(Clone, Default)]
pub struct Gathering {
    /// Is told how far it has come.
    pub tell: Option<Tell>,
    /// Stops it: what was not read proves nothing then.
    pub stop: CancellationToken,
}

impl std::fmt::Debug for Gathering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("told", &self.tell.is_some()).field("stop", &self.stop).finish()
    }
}

/// What was read.
pub type Gathered = Option<Arc<Base>>;

/// Reads the inventory that an environment names; nothing where it names none.
///
/// A source that can't be read as what it is refuses the run. What is missing, stale,
/// partial or of another deployment does not: it leaves facts unknown, with the reason.
///
/// # Errors
/// All that is wrong with the files.
pub async fn gather(
    environment: &Environment,
    now: Timestamp,
    gathering: &Gathering,
) -> Result<Gathered, Vec<Diagnostic>> {
    let Some(file) = environment.file.inventory.clone() else { return Ok(None) };
    let waves = waves_now(environment)?;
    let expectations = expectations(environment, &file, now)?;
    let (folder, gathering) = (environment.folder.clone(), gathering.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let (inventory, baseline) = read(&file, &folder, &expectations, &gathering)?;
        Ok((Arc::new(inventory), baseline.map(Arc::new)))
    });
    let read = reading.await.unwrap_or_else(|_| {
        let message = "reading the inventory failed; this is a defect of Poolproof's";
        Err(vec![Diagnostic::new(Code::Unreadable, message)])
    });
    let (inventory, baseline) = read.map_err(|found| placed(environment, found))?;
    Ok(Some(Arc::new(Base::new(inventory, baseline, waves, now))))
}

type Both = (Inventory, Option<Inventory>);

fn read(
    file: &InventoryFile,
    folder: &Path,
    expectations: &Expectations,
    gathering: &Gathering,
) -> Result<Both, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    for source in &file.sources {
        match source {
            SourceFile::Export(path) => export_into(&mut builder, &folder.join(&path.value), gathering)?,
        }
    }
    let baseline = match &file.baseline {
        None => None,
        Some(BaselineFile::Snapshot(path)) => {
            Some(snapshot::read(&folder.join(&path.value)).map_err(|diagnostic| vec![diagnostic])?)
        }
        Some(BaselineFile::Export(path)) => {
            let mut builder = Builder::default();
            export_into(&mut builder, &folder.join(&path.value), gathering)?;
            // A baseline is old by its nature.
            let of_any_age = Expectations { max_age: MaxAge::default(), ..expectations.clone() };
            Some(builder.finish(&of_any_age))
        }
    };
    Ok((builder.finish(expectations), baseline))
}

fn export_into(builder: &mut Builder, folder: &Path, gathering: &Gathering) -> Result<(), Vec<Diagnostic>> {
    let mut progress = |progress: &export::Progress| {
        if let Some(tell) = &gathering.tell {
            let percent = progress.bytes * 100 / progress.total.max(1);
            tell(Progress { dataset: progress.dataset, records: progress.records, percent });
        }
        if gathering.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    export::read(folder, builder, &mut progress).map(drop)
}

fn expectations(
    environment: &Environment,
    file: &InventoryFile,
    now: Timestamp,
) -> Result<Expectations, Vec<Diagnostic>> {
    let mut max_age = MaxAge::default();
    let mut wrong = Vec::new();
    for (name, age) in &file.max_age {
        match name.as_str() {
            "default" => max_age.default = Some(*age),
            known if dataset::named(known).is_some() => drop(max_age.by_dataset.insert(known.to_owned(), *age)),
            other => {
                let names = dataset::all().iter().map(|dataset| dataset.name).chain(["default"]);
                let message = format!("`max_age` names `{other}`, which is no dataset");
                wrong.push(
                    Diagnostic::at(Code::UnknownName, &environment.source, 0..0, message)
                        .hint(suggestion(other, names)),
                );
            }
        }
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let view = &environment.view;
    Ok(Expectations {
        environment: Some(view.name.clone()),
        sip_domains: view.sip_domains.iter().map(|domain| fold(&domain.name)).collect(),
        max_age,
        ..Expectations::at(now)
    })
}

/// A file that can't be read says who named it.
fn placed(environment: &Environment, mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    for diagnostic in found.iter_mut().filter(|one| one.place.is_none() && one.hint.is_none()) {
        diagnostic.hint = Some(format!("`inventory` in {} names it", environment.source.name));
    }
    found
}
