//! What a run keeps of what it gathered, so that it can be judged again.

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::waves::waves;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Environment;
use crate::facts::{Base, Members};
use crate::inventory::{Inventory, Rewrite, sha256, snapshot};

/// The file of the inventory in a run's folder.
const INVENTORY: &str = "inventory.snapshot";
/// The file of the baseline.
const BASELINE: &str = "baseline.snapshot";
/// The file of who is on the lists of the waves. They name people: the journal does not.
const WAVES: &str = "waves.json";
/// The largest file of lists that is read again, in bytes: twenty of a million addresses.
const MOST: u64 = 1 << 30;

/// What a run has gathered, as its journal tells of it: the facts are in files beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The SHA-256 of the inventory, which its file ends with.
    inventory: String,
    /// The SHA-256 of the baseline, which its file ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
    /// The SHA-256 of the lists of the waves, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    waves: Option<String>,
}

/// Who is on the lists of the waves, by wave.
type Lists = BTreeMap<String, Vec<String>>;

impl Kept {
    /// The files beside a journal, where there are any.
    pub const FILES: [&str; 3] = [INVENTORY, BASELINE, WAVES];

    /// Writes what was gathered into a run's folder.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(base: &Base, folder: &Path) -> io::Result<Self> {
        let baseline = base.baseline.as_ref();
        let (inventory, baseline) = std::thread::scope(|scope| {
            let beside = baseline.map(|baseline| scope.spawn(|| write(baseline, &folder.join(BASELINE))));
            (write(&base.inventory, &folder.join(INVENTORY)), beside.map(joined))
        });
        let (inventory, baseline) = (inventory?, baseline.transpose()?);
        let listed = base.waves.0.iter().filter_map(|wave| match &wave.members {
            Members::Named(names) => {
                let mut names: Vec<String> = names.iter().cloned().collect();
                names.sort_unstable();
                Some((wave.name.clone(), names))
            }
            Members::Where { .. } => None,
        });
        let lists: Lists = listed.collect();
        let waves = if lists.is_empty() { None } else { Some(keep_lists(&lists, &folder.join(WAVES))?) };
        Ok(Self { inventory, baseline, waves })
    }

    /// Copies its files into another run's folder.
    ///
    /// # Errors
    /// One can't be read or written.
    pub fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        let beside = [self.baseline.as_ref().map(|_| BASELINE), self.waves.as_ref().map(|_| WAVES)];
        for name in beside.into_iter().flatten().chain([INVENTORY]) {
            let told = |error: io::Error| io::Error::new(error.kind(), format!("copying {name}: {error}"));
            std::fs::copy(from.join(name), to.join(name)).map_err(told)?;
        }
        Ok(())
    }

    /// The same with other names in it, in another folder; without one it is gone through, and
    /// nothing is written.
    ///
    /// # Errors
    /// A file is missing, is not the one that was judged, or can't be written.
    pub fn rewritten(&self, from: &Path, to: Option<&Path>, with: &mut dyn Rewrite) -> Result<Self, Vec<Diagnostic>> {
        let unwritable = |error: io::Error| vec![Diagnostic::new(Code::Unreadable, error.to_string())];
        let mut rewrite = |name: &str, hash: &str| {
            let inventory = read(&from.join(name), hash)?;
            let other = inventory.rewritten(with).map_err(|why| vec![Diagnostic::new(Code::TooLarge, why)])?;
            match to {
                Some(to) => write(&other, &to.join(name)).map_err(unwritable),
                None => Ok(String::new()),
            }
        };
        let inventory = rewrite(INVENTORY, &self.inventory)?;
        let baseline = self.baseline.as_ref().map(|hash| rewrite(BASELINE, hash)).transpose()?;
        let lists = self.waves.as_ref().map(|hash| recall_lists(&from.join(WAVES), hash)).transpose()?;
        let waves = lists.map(|lists| {
            let lists: Lists = lists
                .into_iter()
                .map(|(wave, list)| {
                    let mut list: Vec<String> = list.iter().map(|name| with.named("sip_address", name)).collect();
                    list.sort_unstable();
                    (with.named("wave", &wave), list)
                })
                .collect();
            to.map_or_else(|| Ok(String::new()), |to| keep_lists(&lists, &to.join(WAVES)).map_err(unwritable))
        });
        Ok(Self { inventory, baseline, waves: waves.transpose()? })
    }

    /// Reads it again, from the folder of the run that was judged at `now`.
    ///
    /// # Errors
    /// A file is missing, or is not the one that was judged.
    pub fn recall(
        &self,
        folder: &Path,
        environment: &Environment,
        now: Timestamp,
    ) -> Result<Arc<Base>, Vec<Diagnostic>> {
        let read = |name: &str, hash: &str| read(&folder.join(name), hash).map(Arc::new);
        let inventory = read(INVENTORY, &self.inventory)?;
        let baseline = self.baseline.as_ref().map(|hash| read(BASELINE, hash)).transpose()?;
        let path = folder.join(WAVES);
        let lists = self.waves.as_ref().map(|hash| recall_lists(&path, hash)).transpose()?.unwrap_or_default();
        let waves = waves(environment, &|wave, _| match lists.get(&wave.name.value) {
            Some(list) => Ok(list.clone()),
            None => Err(another(&path)),
        })?;
        Ok(Arc::new(Base::new(inventory, baseline, waves, now)))
    }
}

/// Writes an inventory, and tells its file's SHA-256.
fn write(inventory: &Inventory, path: &Path) -> io::Result<String> {
    let told = |error: io::Error| io::Error::new(error.kind(), format!("writing {}: {error}", path.display()));
    let mut out = io::BufWriter::new(std::fs::File::create(path).map_err(told)?);
    let hash = snapshot::write(inventory, &mut out).map_err(told)?;
    io::Write::flush(&mut out).map_err(told)?;
    Ok(hash)
}

/// What a thread came to.
fn joined<T>(thread: std::thread::ScopedJoinHandle<'_, io::Result<T>>) -> io::Result<T> {
    thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread failed; this is a defect of Poolproof's")))
}

/// Reads the inventory that was judged.
fn read(path: &Path, hash: &str) -> Result<Inventory, Vec<Diagnostic>> {
    let (inventory, own) = snapshot::read_with_hash(path).map_err(|diagnostic| vec![diagnostic])?;
    if own == hash { Ok(inventory) } else { Err(another(path)) }
}

/// Writes the lists, and tells their SHA-256.
fn keep_lists(lists: &Lists, path: &Path) -> io::Result<String> {
    let bytes = serde_json::to_vec(lists)?;
    std::fs::write(path, &bytes)
        .map_err(|error| io::Error::new(error.kind(), format!("writing {}: {error}", path.display())))?;
    Ok(sha256(&bytes))
}

fn recall_lists(path: &Path, hash: &str) -> Result<Lists, Vec<Diagnostic>> {
    let unreadable = |error: io::Error| {
        vec![Diagnostic::new(Code::Unreadable, format!("{} can't be read: {error}", path.display()))]
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if sha256(&bytes) != hash {
        return Err(another(path));
    }
    serde_json::from_slice(&bytes).map_err(|_| another(path))
}

fn another(path: &Path) -> Vec<Diagnostic> {
    let message = format!("{} is not what this run was judged on", path.display());
    let hint = "its verdicts can't be made again from it; results.json has them as they were";
    vec![Diagnostic::new(Code::Inconsistent, message).hint(hint)]
}
