//! What a run keeps of what it gathered, so that it can be judged again.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::waves::waves;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Environment;
use crate::facts::{Base, Members};
use crate::inventory::{Inventory, snapshot};

/// The file of the inventory in a run's folder.
const INVENTORY: &str = "inventory.snapshot";
/// The file of the baseline.
const BASELINE: &str = "baseline.snapshot";

/// What a run has gathered, as its journal tells of it: the facts are in files beside it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The SHA-256 of the inventory.
    inventory: String,
    /// The SHA-256 of the baseline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    baseline: Option<String>,
    /// Who was on the lists of the waves, by wave.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lists: BTreeMap<String, Vec<String>>,
}

impl Kept {
    /// Writes what was gathered into a run's folder.
    ///
    /// # Errors
    /// It can't be written.
    pub fn keep(base: &Base, folder: &Path) -> io::Result<Self> {
        let write = |inventory: &Inventory, name: &str| {
            let path = folder.join(name);
            let told = |error: io::Error| io::Error::new(error.kind(), format!("writing {}: {error}", path.display()));
            let mut out = io::BufWriter::new(std::fs::File::create(&path).map_err(told)?);
            snapshot::write(inventory, &mut out).and_then(|()| io::Write::flush(&mut out)).map_err(told)?;
            Ok::<_, io::Error>(inventory.hash().to_owned())
        };
        let inventory = write(&base.inventory, INVENTORY)?;
        let baseline = base.baseline.as_ref().map(|baseline| write(baseline, BASELINE)).transpose()?;
        let listed = base.waves.0.iter().filter_map(|wave| match &wave.members {
            Members::Named(names) => {
                let mut names: Vec<String> = names.iter().cloned().collect();
                names.sort_unstable();
                Some((wave.name.clone(), names))
            }
            Members::Where { .. } => None,
        });
        Ok(Self { inventory, baseline, lists: listed.collect() })
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
        let read = |name: &str, hash: &str| {
            let path = folder.join(name);
            let inventory = snapshot::read(&path).map_err(|diagnostic| vec![diagnostic])?;
            if inventory.hash() != hash {
                let message = format!("{} is not what this run was judged on", path.display());
                let hint = "its verdicts can't be made again from it; results.json has them as they were";
                return Err(vec![Diagnostic::new(Code::Inconsistent, message).hint(hint)]);
            }
            Ok(Arc::new(inventory))
        };
        let inventory = read(INVENTORY, &self.inventory)?;
        let baseline = self.baseline.as_ref().map(|hash| read(BASELINE, hash)).transpose()?;
        let waves = waves(environment, &|wave, _| Ok(self.lists.get(&wave.name.value).cloned().unwrap_or_default()))?;
        Ok(Arc::new(Base::new(inventory, baseline, waves, now)))
    }
}
