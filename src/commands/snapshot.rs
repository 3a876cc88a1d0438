//! `poolproof snapshot`

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::attended::written;
use super::{complain, print, reading};
use crate::diagnostic::{Code, Diagnostic};
use crate::exit::ExitCode;
use crate::inventory::{self, Expectations, Inventory, dataset};
use crate::report::text::printable;
use crate::{Refusal, gather};

/// Keep an inventory as one file, to compare a later one with
///
/// Exits 0 if all that was read is proven whole, 3 if something is not: the snapshot is
/// written all the same, and says so to whoever reads it.
#[derive(Debug, Args)]
pub struct Snapshot {
    /// The folder with an export, or another snapshot
    #[arg(long, value_name = "PATH")]
    from: PathBuf,
    /// Where the snapshot is written
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Keep only the users of a wave: a list as the environment file's waves have it, one SIP
    /// address a line, or a spreadsheet's CSV
    #[arg(long, value_name = "FILE")]
    users: Option<PathBuf>,
}

impl Snapshot {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let expectations = Expectations::at(jiff::Timestamp::now());
        let mut inventory = reading(|tell| inventory::load(&self.from, &expectations, tell))?;
        if let Some(path) = &self.users {
            inventory = only(inventory, path)?;
        }
        let inventory = Arc::new(inventory);
        let of = Arc::clone(&inventory);
        written(self.output, move |out| inventory::snapshot::write(&of, out).map(drop)).await?;
        let (text, whole) = summary(&inventory);
        let code = print(&text);
        Ok(if code == ExitCode::Holds && !whole { ExitCode::Undetermined } else { code })
    }
}

fn only(inventory: Inventory, path: &std::path::Path) -> Result<Inventory, Refusal> {
    let shown = path.display();
    let addresses = gather::people(path)?;
    inventory.only_users(&addresses, &shown.to_string()).map_err(|missing| {
        let first: Vec<&str> = missing.iter().take(20).map(String::as_str).collect();
        let more = missing.len().saturating_sub(first.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!("{shown} names users that the inventory does not have: {}{more}", first.join(", "));
        Refusal::Input(vec![Diagnostic::new(Code::InvalidValue, message)])
    })
}

/// What was kept, dataset by dataset, and whether all of it is proven whole.
fn summary(inventory: &Inventory) -> (String, bool) {
    let mut text = String::new();
    let mut whole = true;
    for dataset in dataset::all() {
        let delivered = inventory.parts().iter().any(|part| part.manifest.dataset == dataset.name);
        if !delivered {
            continue;
        }
        text.push_str(&format!("{:<36} {:>9}\n", dataset.name, inventory.count(dataset.name)));
        for doubt in inventory.doubts(dataset.name) {
            whole = false;
            text.push_str(&format!("    {}\n", printable(doubt)));
        }
    }
    if !inventory.disagreements().is_empty() {
        text.push_str(&format!("{:<36} {:>9}\n", "disagreements", inventory.disagreements().len()));
    }
    if !whole {
        complain("not all of it is proven whole: what rests on the rest will be undetermined");
    }
    (text, whole)
}
