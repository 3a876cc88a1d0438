//! The sources of an environment file → what is known in bulk.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::waves::waves_now;
use crate::accounts::Accounts;
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::environment::{BaselineFile, Environment, InventoryFile, SourceFile};
use crate::facts::Base;
use crate::inventory::source::{export, ldap, powershell};
use crate::inventory::{Builder, Expectations, Inventory, MaxAge, dataset, snapshot, topology};
use crate::powershell::Shell;
use crate::values::{Fqdn, fold};
use crate::yaml::Spanned;

/// How far reading has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// The dataset that is being read.
    pub dataset: &'a str,
    /// Its records so far.
    pub records: u64,
    /// The part of all bytes, in percent; 0 where nobody knows how much will come.
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

impl Gathering {
    fn tell(&self, dataset: &str, records: u64, percent: u64) {
        if let Some(tell) = &self.tell {
            tell(Progress { dataset, records, percent });
        }
    }
}

/// The ways to what is not a file.
pub struct Ways<'a> {
    /// To domain controllers.
    pub directory: &'a dyn ldap::Way,
    /// Folders that stand in for those that the environment file names.
    pub folders: &'a BTreeMap<String, PathBuf>,
    /// What became of accounts: one that a server rejected is not tried at another's.
    pub accounts: &'a Accounts,
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
    ways: Ways<'_>,
    gathering: &Gathering,
) -> Result<Gathered, Vec<Diagnostic>> {
    let Some(file) = &environment.file.inventory else { return Ok(None) };
    let waves = waves_now(environment)?;
    let expectations = expectations(environment, file, now)?;
    let reading = Reading { environment, ways, gathering };
    let read = reading.all(file, &expectations).await;
    let (inventory, baseline) = read.map_err(|found| placed(environment, found))?;
    Ok(Some(Arc::new(Base::new(Arc::new(inventory), baseline.map(Arc::new), waves, now))))
}

struct Reading<'a> {
    environment: &'a Environment,
    ways: Ways<'a>,
    gathering: &'a Gathering,
}

impl Reading<'_> {
    async fn all(
        &self,
        file: &InventoryFile,
        expectations: &Expectations,
    ) -> Result<(Inventory, Option<Inventory>), Vec<Diagnostic>> {
        // In the order of the file, whichever is read first: where two differ, the first one counts.
        let mut builders: Vec<Builder> = file.sources.iter().map(|_| Builder::default()).collect();
        // Home servers are told by the topology's numbers where no directory names them.
        let mut places: BTreeMap<String, Fqdn> = BTreeMap::new();
        // Files are read side by side; where one is refused, the others are not read on.
        let reading = Gathering { stop: self.gathering.stop.child_token(), ..self.gathering.clone() };
        let _ends = reading.stop.clone().drop_guard();
        let exports: Vec<_> = file
            .sources
            .iter()
            .map(|source| match source {
                SourceFile::Export(path) => Some(self.export(&path.value, &reading)),
                _ => None,
            })
            .collect();
        for ((source, export), builder) in file.sources.iter().zip(exports).zip(&mut builders) {
            match source {
                SourceFile::Export(_) => {
                    if let Some(export) = export {
                        *builder = finished(export).await?;
                    }
                }
                SourceFile::Topology(path) => {
                    self.gathering.tell("the topology", 0, 0);
                    let document = topology::gather(&self.path(&path.value), &path.value, builder)?;
                    let pairs = document.pairs().filter_map(|(pair, pool)| Some((pair.to_owned(), pool.parse().ok()?)));
                    places.extend(pairs);
                }
                SourceFile::Powershell(_) | SourceFile::Ldap(_) => {}
            }
        }
        for (source, builder) in file.sources.iter().zip(&mut builders) {
            match source {
                SourceFile::Powershell(asked) => {
                    let shell = Shell::from(&self.environment.file.powershell);
                    let name = self.environment.view.name.as_str();
                    let tell = |dataset: &str, records| self.gathering.tell(dataset, records, 0);
                    let reading = powershell::read(&shell, asked, Some(name), builder, tell);
                    // Dropping it ends the shell; what came is whole or doubted.
                    let ended = self.gathering.stop.run_until_cancelled(reading).await;
                    if let Some(report) = ended {
                        for remark in &report.remarks {
                            tracing::warn!(source = "powershell", "{remark}");
                        }
                    } else {
                        stopped(builder, "powershell", &shell.name());
                    }
                }
                SourceFile::Ldap(ldap) => {
                    self.gathering.tell("the directory", 0, 0);
                    let reading = async {
                        let passwords = ldap::Passwords::of(ldap).await.map_err(|unread| self.unresolved(unread))?;
                        let Ways { directory, accounts, .. } = self.ways;
                        Ok::<_, Vec<Diagnostic>>(
                            ldap::read(ldap, &passwords, directory, accounts, &places, &mut *builder).await,
                        )
                    };
                    let ended = self.gathering.stop.run_until_cancelled(reading).await.transpose()?;
                    if let Some(servers) = ended {
                        for trouble in servers.iter().flat_map(|told| told.troubles.iter().chain(&told.notes)) {
                            tracing::warn!(source = "ldap", "{trouble}");
                        }
                    } else {
                        stopped(builder, "ldap", "");
                    }
                }
                SourceFile::Export(_) | SourceFile::Topology(_) => {}
            }
        }
        let mut builder = Builder::default();
        for read in builders {
            builder.append(read);
        }
        let (baseline, inventory) = match &file.baseline {
            None => (None, builder.finish(expectations)),
            Some(BaselineFile::Snapshot(path)) => {
                // It is read while the sources are joined.
                let begun = snapshot(self.path(&path.value));
                let inventory = builder.finish(expectations);
                (Some((&path.value, finished(begun).await?)), inventory)
            }
            Some(BaselineFile::Export(path)) => {
                self.not_itself(file, &path.value)?;
                let earlier = finished(self.export(&path.value, &reading)).await?;
                // A baseline is old by its nature.
                let of_any_age = Expectations { max_age: MaxAge::default(), ..expectations.clone() };
                (Some((&path.value, earlier.finish(&of_any_age))), builder.finish(expectations))
            }
        };
        if let Some((named, baseline)) = &baseline {
            same_deployment(named, baseline, expectations)?;
        }
        Ok((inventory, baseline.map(|(_, baseline)| baseline)))
    }

    /// What is held against itself has never changed.
    fn not_itself(&self, file: &InventoryFile, named: &str) -> Result<(), Vec<Diagnostic>> {
        let place = |named: &str| std::fs::canonicalize(self.path(named)).ok();
        let own = place(named);
        let same = file.sources.iter().any(|source| match source {
            SourceFile::Export(path) => own.is_some() && place(&path.value) == own,
            _ => false,
        });
        if !same {
            return Ok(());
        }
        let message =
            format!("the baseline `{named}` is one of the sources: held against itself, nothing ever differs");
        let hint = "name what was read before the change (`poolproof snapshot` keeps it)";
        Err(vec![Diagnostic::new(Code::Inconsistent, message).hint(hint)])
    }

    /// A password that can't be read. It stops the run: whoever can mend it is there now.
    fn unresolved(&self, unread: Spanned<String>) -> Vec<Diagnostic> {
        let Spanned { value: message, range } = unread;
        let unresolved = Diagnostic::at(Code::UnresolvableSecret, &self.environment.source, range, message);
        vec![unresolved.hint("a selected check, or a wave, needs the inventory, and this source signs in with it")]
    }

    fn path(&self, named: &str) -> PathBuf {
        self.ways.folders.get(named).cloned().unwrap_or_else(|| self.environment.folder.join(named))
    }

    /// Begins to read an export.
    fn export(&self, named: &str, gathering: &Gathering) -> Begun<Builder> {
        let (folder, name, gathering) = (self.path(named), named.to_owned(), gathering.clone());
        tokio::task::spawn_blocking(move || export(&folder, &name, &gathering))
    }
}

/// Files that are being read.
type Begun<T> = tokio::task::JoinHandle<Result<T, Vec<Diagnostic>>>;

async fn finished<T>(begun: Begun<T>) -> Result<T, Vec<Diagnostic>> {
    begun.await.unwrap_or_else(|_| {
        let message = "reading files of the inventory failed; this is a defect of Poolproof's";
        Err(vec![Diagnostic::new(Code::Unreadable, message)])
    })
}

/// Begins to read a snapshot.
fn snapshot(path: PathBuf) -> Begun<Inventory> {
    tokio::task::spawn_blocking(move || snapshot::read(&path).map_err(|diagnostic| vec![diagnostic]))
}

/// Against a baseline of another deployment, nobody was there before, and nothing was lost.
fn same_deployment(named: &str, baseline: &Inventory, expectations: &Expectations) -> Result<(), Vec<Diagnostic>> {
    let Some(reason) = baseline.is_of_another(expectations) else { return Ok(()) };
    let message = format!("the baseline `{named}` need not be of this deployment: {reason}");
    Err(vec![Diagnostic::new(Code::Inconsistent, message).hint("name this environment's own")])
}

fn export(folder: &Path, name: &str, gathering: &Gathering) -> Result<Builder, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    let mut progress = |progress: &export::Progress| {
        gathering.tell(progress.dataset, progress.records, progress.percent());
        if gathering.stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    export::read(folder, name, &mut builder, &mut progress)?;
    Ok(builder)
}

/// Somebody stopped the reading: nothing is proven by what came.
fn stopped(builder: &mut Builder, kind: &str, name: &str) {
    let source = builder.source(kind, name);
    builder.doubt(source, None, "reading it was stopped");
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
