//! What was read, in columns.

pub(crate) mod cell;
pub(crate) mod column;
pub(crate) mod filling;
mod index;
pub(crate) mod packed;
mod table;

pub use index::Rows;
pub(crate) use table::Table;

use std::sync::Arc;

use jiff::Timestamp;

use super::dataset::{self, Dataset, Sees};
use super::manifest::Manifest;
use super::record::Row;
use crate::expression::{Lookup, Type, Value};

/// All that was read of a deployment at one time, normalised, joined, and held against what
/// must be there. Cheap to share, never changed.
#[derive(Debug)]
pub struct Inventory {
    /// One for each dataset of the table, by its number.
    pub(crate) tables: Vec<Table>,
    pub(crate) sources: Vec<Source>,
    pub(crate) parts: Vec<PartRead>,
    pub(crate) disagreements: Vec<Disagreement>,
    /// When it was put together, by the clock of whoever asked for it.
    pub(crate) now: Timestamp,
}

/// Where parts come from: one entry of the environment's `inventory.sources`.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Source {
    /// What it is: `export`, `powershell`, `ldap`, `topology`.
    pub kind: String,
    /// Which one: a folder, a server.
    pub name: String,
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.name.is_empty() { f.write_str(&self.kind) } else { write!(f, "{} {}", self.kind, self.name) }
    }
}

/// A part that was read.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct PartRead {
    /// Its source's place among the sources.
    pub source: usize,
    /// What came with it.
    pub manifest: Manifest,
    /// How many records were read.
    pub records: u64,
    /// Why it proves nothing, if it doesn't.
    pub problems: Vec<String>,
    /// What messages call it.
    #[serde(skip)]
    pub(crate) label: Arc<str>,
}

/// Two sources that say different things of one object.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Disagreement {
    /// The dataset.
    pub dataset: String,
    /// The object.
    pub identity: String,
    /// The field; none where only one of them has the object at all.
    pub field: Option<String>,
    /// What each says.
    pub values: Vec<Statement>,
}

/// What one source says.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Statement {
    /// The source.
    pub source: String,
    /// Its value, as messages show it.
    pub value: String,
}

impl Inventory {
    /// The type of the root `inventory` in expressions: known without any data.
    #[must_use]
    pub fn ty() -> Type {
        dataset::ty()
    }

    /// The root `inventory` of expressions.
    #[must_use]
    pub fn value(self: &Arc<Self>) -> Value {
        Value::Record(Arc::new(super::record::Root(Arc::clone(self))))
    }

    /// The records of a dataset, whether or not they are all. `None`: there is no such dataset.
    #[must_use]
    pub fn rows(self: &Arc<Self>, dataset: &str) -> Option<impl ExactSizeIterator<Item = Row> + use<>> {
        let table = self.table(dataset)?;
        let (inventory, number) = (Arc::clone(self), table.dataset.number);
        Some((0..table.rows).map(move |row| Row::new(&inventory, number, row)))
    }

    /// A record of a dataset by its place.
    #[must_use]
    pub fn row(self: &Arc<Self>, dataset: &str, number: usize) -> Option<Row> {
        let table = self.table(dataset)?;
        (number < table.rows).then(|| Row::new(self, table.dataset.number, number))
    }

    /// The records of a dataset as expressions see them: unknown, with the reasons, where it is
    /// not proven to be complete.
    #[must_use]
    pub fn list(self: &Arc<Self>, dataset: &str) -> Lookup {
        let Some(table) = self.table(dataset) else { return Lookup::Missing };
        match self.doubt(dataset) {
            Some(reason) => Lookup::Unknown(reason),
            None => Lookup::Known(Value::List(
                (0..table.rows).map(|row| Value::Record(Arc::new(Row::new(self, table.dataset.number, row)))).collect(),
            )),
        }
    }

    /// Why a dataset proves nothing, in words that name source and dataset. `None`: it is
    /// complete.
    #[must_use]
    pub fn doubt(&self, dataset: &str) -> Option<String> {
        let table = self.table(dataset)?;
        (!table.doubts.is_empty()).then(|| table.doubts.join("; "))
    }

    /// The reasons one by one.
    #[must_use]
    pub fn doubts(&self, dataset: &str) -> &[String] {
        self.table(dataset).map_or(&[], |table| table.doubts.as_slice())
    }

    /// How many records of a dataset were read.
    #[must_use]
    pub fn count(&self, dataset: &str) -> usize {
        self.table(dataset).map_or(0, |table| table.rows)
    }

    /// The parts that were read.
    #[must_use]
    pub fn parts(&self) -> &[PartRead] {
        &self.parts
    }

    /// The sources that were asked.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
    }

    /// Where two sources differ.
    #[must_use]
    pub fn disagreements(&self) -> &[Disagreement] {
        &self.disagreements
    }

    /// Why it is not known where sources differ: a dataset that several of them delivered, or in
    /// which one address may be two people's, is not proven to be complete.
    pub(crate) fn undecided(&self) -> Option<String> {
        if self.parts.is_empty() {
            return Some("nothing was read that could differ".to_owned());
        }
        let doubted =
            self.tables.iter().filter(|table| !table.doubts.is_empty()).find(|table| self.may_differ(table))?;
        Some(format!("where sources differ: {}", doubted.doubts.join("; ")))
    }

    /// Whether a dataset could hold a disagreement: one source says nothing against itself, but of
    /// people and contacts whose address is somebody else's too.
    fn may_differ(&self, table: &Table) -> bool {
        let dataset = table.dataset;
        let mut own = self.parts.iter().filter(|part| part.manifest.dataset == dataset.name);
        let Some(first) = own.next() else { return false };
        // Parts about hosts or pools are about different things.
        let apart = matches!(dataset.sees, Sees::Host | Sees::Pool);
        let addressed = ["sip_address", "primary_uri"].iter().any(|field| dataset.field(field).is_some());
        dataset.is_of_directory() && addressed || own.any(|part| !apart || part.source != first.source)
    }

    /// When it was put together.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Bytes that the columns take.
    #[must_use]
    pub fn size(&self) -> usize {
        self.tables.iter().map(Table::size).sum()
    }

    pub(crate) fn table(&self, dataset: &str) -> Option<&Table> {
        self.tables.get(dataset::named(dataset)?.number)
    }

    pub(crate) fn dataset(&self, number: usize) -> Option<(&'static Dataset, &Table)> {
        let table = self.tables.get(number)?;
        Some((table.dataset, table))
    }
}

/// The SHA-256 of bytes, in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref())
}

/// The SHA-256 of a file, in hexadecimal.
pub(crate) fn sha256_of(path: &std::path::Path) -> std::io::Result<String> {
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let mut file = std::fs::File::open(path)?;
    let mut block = vec![0; 64 * 1024];
    loop {
        let read = std::io::Read::read(&mut file, &mut block)?;
        let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
    }
    Ok(hex(hash.finish().as_ref()))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
