//! What ties a source to the deployment that an environment describes: its name, or a SIP domain.

use std::collections::BTreeSet;

use super::builder::Expectations;
use super::dataset;
use super::store::{Inventory, PartRead, Source, Table, cell};
use crate::values::fold;

/// Sources that are files: whoever copies the wrong one has another deployment's. A shell or a
/// directory is asked where the environment says.
const FILES: [&str; 2] = ["export", "topology"];

/// For each source, why it is not this deployment's, or need not be.
pub(super) struct Ties {
    sources: Vec<Tie>,
    environment: Option<String>,
}

/// What a source's SIP domains say.
enum Tie {
    /// One of them is the environment's.
    Ours,
    /// None of them is.
    Foreign(String),
    /// It has none, or the environment names none.
    Open,
}

impl Ties {
    pub(super) fn of(tables: &[Table], parts: &[PartRead], sources: &[Source], expectations: &Expectations) -> Self {
        let mut names: Vec<BTreeSet<&str>> = sources.iter().map(|_| BTreeSet::new()).collect();
        let table = dataset::named("sip_domains").and_then(|dataset| tables.get(dataset.number));
        if let Some((table, column)) = table.and_then(|table| {
            let column = table.named("name").or_else(|| table.named("identity"))?;
            Some((table, column))
        }) {
            for row in 0..table.rows {
                let Some(name) = cell::letters(column.get(row)) else { continue };
                for part in table.origin(row).filter_map(|part| parts.get(part)) {
                    if let Some(names) = names.get_mut(part.source) {
                        names.insert(name);
                    }
                }
            }
        }
        let ours = |name: &&str| expectations.sip_domains.iter().any(|ours| fold(ours) == fold(name));
        let tie = |names: BTreeSet<&str>| {
            if names.is_empty() || expectations.sip_domains.is_empty() {
                return Tie::Open;
            }
            if names.iter().any(ours) {
                return Tie::Ours;
            }
            let first: Vec<&str> = names.into_iter().take(5).collect();
            Tie::Foreign(format!(
                "its SIP domains are {}, and none of them is the environment's: it is of another deployment",
                first.join(", ")
            ))
        };
        Self { sources: names.into_iter().map(tie).collect(), environment: expectations.environment.clone() }
    }

    /// Why a part proves nothing about this deployment.
    pub(super) fn missing(&self, part: &PartRead, sources: &[Source]) -> Option<String> {
        match (&self.environment, &part.manifest.environment) {
            (Some(ours), Some(theirs)) if fold(ours) != fold(theirs) => {
                return Some(format!("it is of the environment `{theirs}`, not of `{ours}`"));
            }
            _ => {}
        }
        match self.sources.get(part.source)? {
            Tie::Foreign(reason) => Some(reason.clone()),
            Tie::Open if part.manifest.environment.is_none() => {
                let ours = self.environment.as_ref()?;
                let file = sources.get(part.source).is_some_and(|source| FILES.contains(&source.kind.as_str()));
                file.then(|| {
                    format!(
                        "it names no environment and came without SIP domains, so it may be another deployment's: \
                         read sip_domains too, or export it with `-Environment {ours}`"
                    )
                })
            }
            Tie::Ours | Tie::Open => None,
        }
    }
}

impl Inventory {
    /// Why what was read before need not be of the deployment that is expected now.
    pub(crate) fn is_of_another(&self, expectations: &Expectations) -> Option<String> {
        let ties = Ties::of(&self.tables, &self.parts, &self.sources, expectations);
        self.parts.iter().find_map(|part| ties.missing(part, &self.sources))
    }
}
