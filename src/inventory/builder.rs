//! Where all sources end: parts in, one inventory out.

use jiff::Timestamp;

use super::dataset::{self, Dataset};
use super::manifest::Manifest;
use super::part::Part;
use super::store::{Inventory, PartRead, Source, Table};
use super::{complete, join, resolve};
use crate::values::Duration;

/// Takes parts from any number of sources.
///
/// ```
/// use poolproof::inventory::{Builder, Expectations, Manifest};
///
/// let mut builder = Builder::default();
/// let source = builder.source("export", "./export");
/// let mut part = builder.part(source, Manifest::new("sip_domains", "Get-CsSipDomain"))?;
/// part.record_json(br#"{"Identity":"contoso.com","Name":"contoso.com","IsDefault":true}"#)?;
/// builder.end(part);
/// let inventory = builder.finish(&Expectations::at(jiff::Timestamp::now()));
/// assert_eq!(inventory.count("sip_domains"), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Builder {
    pub(super) sources: Vec<Source>,
    pub(super) parts: Vec<Part>,
    pub(super) doubts: Vec<Doubt>,
}

/// A source of a builder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceId(usize);

/// A reason why a dataset, or everything, proves nothing, that no part carries.
#[derive(Debug)]
pub(super) struct Doubt {
    pub(super) source: usize,
    /// None: every dataset.
    pub(super) dataset: Option<usize>,
    pub(super) reason: String,
}

/// A manifest names a dataset that the table doesn't have.
#[derive(Debug, thiserror::Error)]
#[error("there is no dataset `{name}`: {hint}")]
pub struct UnknownDataset {
    name: String,
    hint: String,
}

/// What an inventory is held against.
#[derive(Clone, Debug)]
pub struct Expectations {
    /// The clock.
    pub now: Timestamp,
    /// The environment's name: parts that name another one prove nothing here.
    pub environment: Option<String>,
    /// The environment's SIP domains: an inventory that has none of them is another deployment's.
    pub sip_domains: Vec<String>,
    /// Hosts that must have been asked, beside those that the topology names.
    pub hosts: Vec<String>,
    /// Pools that must have been asked, beside those that the topology names.
    pub pools: Vec<String>,
    /// Domains that must have been asked, beside those that the directory names.
    pub domains: Vec<String>,
    /// How old a dataset may be.
    pub max_age: MaxAge,
}

/// How old datasets may be.
#[derive(Clone, Debug, Default)]
pub struct MaxAge {
    /// All that are not named. None: any age will do.
    pub default: Option<Duration>,
    /// By dataset.
    pub by_dataset: std::collections::BTreeMap<String, Duration>,
}

impl MaxAge {
    /// How old a dataset may be.
    #[must_use]
    pub fn of(&self, dataset: &str) -> Option<Duration> {
        self.by_dataset.get(dataset).copied().or(self.default)
    }
}

impl Expectations {
    /// Nothing but a clock: everything that was read without errors is complete.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            environment: None,
            sip_domains: Vec::new(),
            hosts: Vec::new(),
            pools: Vec::new(),
            domains: Vec::new(),
            max_age: MaxAge::default(),
        }
    }
}

impl Builder {
    /// Names a source: its kind (`export`, `powershell`, `ldap`, `topology`), and which one it is.
    pub fn source(&mut self, kind: impl Into<String>, name: impl Into<String>) -> SourceId {
        self.sources.push(Source { kind: kind.into(), name: name.into() });
        SourceId(self.sources.len() - 1)
    }

    /// Begins a part. Parts are independent of one another: several may be read at once.
    ///
    /// # Errors
    /// When its manifest names a dataset that does not exist.
    pub fn part(&self, source: SourceId, manifest: Manifest) -> Result<Part, UnknownDataset> {
        let Some(dataset) = dataset::named(&manifest.dataset) else {
            let names = dataset::all().iter().map(|dataset| dataset.name);
            let hint = crate::diagnostic::suggestion(&manifest.dataset, names);
            return Err(UnknownDataset { name: manifest.dataset, hint });
        };
        Ok(Part::begin(dataset, source.0, manifest))
    }

    /// Takes a part whose records have all come in. The order of parts is the order of records.
    pub fn end(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// Tells why a dataset of a source, or with no dataset all of them, proves nothing: what no
    /// part could carry, such as a folder that can't be read, or two manifests for one file.
    pub fn doubt(&mut self, source: SourceId, dataset: Option<&Dataset>, reason: impl Into<String>) {
        let dataset = dataset.map(|dataset| dataset.number);
        self.doubts.push(Doubt { source: source.0, dataset, reason: reason.into() });
    }

    /// Takes what another builder was given, after what this one has: several sources may be read
    /// at once.
    pub fn append(&mut self, other: Self) {
        let before = self.sources.len();
        self.sources.extend(other.sources);
        self.parts.extend(other.parts.into_iter().map(|mut part| {
            part.source += before;
            part
        }));
        self.doubts.extend(other.doubts.into_iter().map(|doubt| Doubt { source: before + doubt.source, ..doubt }));
    }

    /// Joins what the sources know of the same objects, resolves what only everything together
    /// tells, and holds it against what must be there.
    #[must_use]
    pub fn finish(self, expectations: &Expectations) -> Inventory {
        let Self { sources, parts, doubts } = self;
        let mut read = Vec::with_capacity(parts.len());
        let mut by_dataset: Vec<Vec<(usize, Part)>> = dataset::all().iter().map(|_| Vec::new()).collect();
        for (number, mut part) in parts.into_iter().enumerate() {
            read.push(PartRead {
                source: part.source,
                manifest: part.manifest.clone(),
                records: part.rows as u64,
                problems: std::mem::take(&mut part.problems),
                label: label(sources.get(part.source), &part.manifest).into(),
            });
            if let Some(parts) = by_dataset.get_mut(part.dataset.number) {
                parts.push((number, part));
            }
        }
        let mut disagreements = Vec::new();
        let mut tables: Vec<Table> = dataset::all()
            .iter()
            .zip(by_dataset)
            .map(|(dataset, parts)| join::table(dataset, parts, &read, &sources, &mut disagreements))
            .collect();
        resolve::pools(&mut tables);
        complete::judge(&mut tables, &read, &sources, &doubts, expectations);
        Inventory { tables, sources, parts: read, disagreements, now: expectations.now }
    }
}

/// What messages call a part: `export ./export (Get-CsCertificate on fe21.contoso.com)`.
pub(super) fn label(source: Option<&Source>, manifest: &Manifest) -> String {
    let source = source.map(ToString::to_string).unwrap_or_default();
    let call = if manifest.call.is_empty() { &manifest.dataset } else { &manifest.call };
    match &manifest.about {
        Some(about) => format!("{source} ({call}, {about})"),
        None => format!("{source} ({call})"),
    }
}
