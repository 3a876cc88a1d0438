//! Whether a dataset is all there is. What is not proven to be whole proves nothing, and says why.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::builder::{Doubt, Expectations};
use super::dataset::{self, Dataset, Sees};
use super::store::{PartRead, Source, Table, cell};
use super::tie::Ties;
use crate::values::fold;

/// The sources that ask a management shell.
const SHELLS: [&str; 2] = ["export", "powershell"];

/// What the cmdlets begin with that go by roles.
const CMDLETS: &str = "Get-Cs";

/// Clocks of servers differ: what is this little in the future is now.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);

/// Writes down, for every dataset, why it proves nothing, if it doesn't.
pub(super) fn judge(
    tables: &mut [Table],
    parts: &[PartRead],
    sources: &[Source],
    doubts: &[Doubt],
    expectations: &Expectations,
) {
    let held = Held { ties: Ties::of(tables, parts, sources, expectations), parts, sources, doubts, expectations };
    // The topology first: it says which hosts and pools, and the directory which domains.
    for name in ["pools", "replicas", "directory_domains"] {
        let Some(dataset) = dataset::named(name) else { continue };
        let reasons = held.reasons(dataset);
        if let Some(table) = tables.get_mut(dataset.number) {
            table.doubts = reasons;
        }
    }
    let scope = Scope::of(tables, expectations);
    for dataset in dataset::all() {
        let mut found = held.reasons(dataset);
        found.extend(scope.missing(dataset, parts, sources));
        if let Some(table) = tables.get_mut(dataset.number) {
            // What could not be put together at all was told when it was.
            found.extend(table.doubts.iter().filter(|doubt| doubt.contains("more than what is kept")).cloned());
            found.dedup();
            table.doubts = found;
        }
    }
}

/// What was read, and what it is held against.
struct Held<'a> {
    ties: Ties,
    parts: &'a [PartRead],
    sources: &'a [Source],
    doubts: &'a [Doubt],
    expectations: &'a Expectations,
}

impl Held<'_> {
    /// What speaks against a dataset, its parts' extent apart.
    fn reasons(&self, dataset: &Dataset) -> Vec<String> {
        let mut found = Vec::new();
        let mut delivered = false;
        for part in self.parts.iter().filter(|part| part.manifest.dataset == dataset.name) {
            delivered = true;
            let kind = self.kind(part);
            let of_part = of_part(part, kind, dataset, self.expectations);
            let untied = self.ties.missing(part, self.sources);
            found.extend(of_part.into_iter().chain(untied).map(|reason| format!("{}: {reason}", part.label)));
        }
        for doubt in self.doubts.iter().filter(|doubt| doubt.dataset.is_none_or(|of| of == dataset.number)) {
            let source = self.sources.get(doubt.source).map(ToString::to_string).unwrap_or_default();
            found.push(format!("{source}: {}", doubt.reason));
        }
        if !delivered && found.is_empty() {
            found.push(match self.sources {
                [] => format!("no source was asked for {}", dataset.name),
                sources => {
                    let names: Vec<String> = sources.iter().map(ToString::to_string).collect();
                    format!("{} was not delivered by {}", dataset.name, names.join(" or "))
                }
            });
        }
        if delivered {
            found.extend(self.without_shell(dataset));
        }
        found
    }

    fn kind(&self, part: &PartRead) -> &str {
        self.sources.get(part.source).map_or("", |source| source.kind.as_str())
    }

    /// The shell that could have listed what only the directory did: where both are asked,
    /// "empty" rests on both.
    fn without_shell(&self, dataset: &Dataset) -> Option<String> {
        if !dataset.calls.iter().any(|call| call.starts_with("Get-Cs")) {
            return None;
        }
        // An export may hold what a directory answered.
        let of_directory = |part: &PartRead| self.kind(part) == "ldap" || part.manifest.is_of_directory();
        let mut own = self.parts.iter().filter(|part| part.manifest.dataset == dataset.name);
        if own.any(|part| !of_directory(part)) {
            return None;
        }
        // A folder with nothing but what some hosts say of themselves was not asked for more.
        let sees_more =
            |part: &&PartRead| dataset::named(&part.manifest.dataset).is_some_and(|of| of.sees != Sees::Host);
        let shell = |part: &&PartRead| SHELLS.contains(&self.kind(part)) && !of_directory(part) && sees_more(part);
        let asked = self.parts.iter().find(shell)?;
        let shell = self.sources.get(asked.source)?;
        let name = dataset.name;
        Some(format!(
            "{shell}: it has no {name}, and what the directory alone knows of them need not be all: export {name} too"
        ))
    }
}

/// What speaks against one part.
fn of_part(part: &PartRead, kind: &str, dataset: &Dataset, expectations: &Expectations) -> Vec<String> {
    let manifest = &part.manifest;
    let mut found: Vec<String> = part.problems.clone();
    match manifest.errors.as_slice() {
        [] => {}
        [only] => found.push(format!("the call reported an error: {only}")),
        [first, rest @ ..] => {
            found.push(format!("the call reported {} errors, the first of them: {first}", rest.len() + 1));
        }
    }
    if let Some(count) = manifest.count
        && count != part.records
    {
        found.push(format!("{count} records were written, and {} were read", part.records));
    }
    if manifest.end.is_none() {
        found.push("the call did not come to its end".to_owned());
    }
    found.extend(manifest.limits());
    // Some are called host by host, pool by pool or user by user, and a directory is asked otherwise.
    let in_parts =
        matches!(dataset.sees, Sees::Host | Sees::Pool) || dataset.calls.iter().any(|call| call.contains('{'));
    if !in_parts && !manifest.is_of_directory() {
        found.extend(manifest.narrowed(dataset.calls));
    }
    // What a host says of itself is read with the rights on that host: an Edge knows no roles.
    let start = manifest.call.get(..CMDLETS.len()).unwrap_or_default();
    let of_shell = manifest.call.is_empty() || start.eq_ignore_ascii_case(CMDLETS);
    if of_shell && SHELLS.contains(&kind) && dataset.sees != Sees::Host {
        found.extend(manifest.unknown_limits());
    }
    found.extend(of_age(part, dataset, expectations));
    found
}

fn of_age(part: &PartRead, dataset: &Dataset, expectations: &Expectations) -> Option<String> {
    let read_at = part.manifest.read_at();
    if let Some(at) = read_at
        && at > expectations.now.checked_add(CLOCK_SKEW).unwrap_or(Timestamp::MAX)
    {
        return Some(format!("it was read at {at}, which is in the future"));
    }
    let most = expectations.max_age.of(dataset.name)?;
    let Some(at) = read_at else { return Some("it does not say when it was read".to_owned()) };
    let age = expectations.now.duration_since(at);
    let most = SignedDuration::try_from(most.0).unwrap_or(SignedDuration::MAX);
    (age > most).then(|| format!("it is {} old, and at most {} are allowed", spell(age), spell(most)))
}

/// A span as people say it.
fn spell(span: SignedDuration) -> String {
    let minutes = span.as_mins();
    match minutes {
        ..=0 => format!("{} s", span.as_secs()),
        1..=119 => format!("{minutes} min"),
        120..=2879 => format!("{} h", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

/// What must have been asked.
struct Scope {
    hosts: Result<BTreeSet<String>, String>,
    pools: Result<BTreeSet<String>, String>,
    domains: Result<BTreeSet<String>, String>,
}

/// What must have been asked: that there is nothing to ask is not believed.
fn some(names: BTreeSet<String>, none: &str) -> Result<BTreeSet<String>, String> {
    if names.is_empty() { Err(none.to_owned()) } else { Ok(names) }
}

/// Services that run where there is no replica, no certificate and no Windows service of ours.
const NOT_OURS: [&str; 12] = [
    "userdatabase",
    "applicationdatabase",
    "centralmanagementdatabase",
    "monitoringdatabase",
    "archivingdatabase",
    "persistentchatdatabase",
    "persistentchatcompliancedatabase",
    "filestore",
    "pstngateway",
    "wacserver",
    "trustedapplicationpool",
    "videogateway",
];

impl Scope {
    fn of(tables: &[Table], expectations: &Expectations) -> Self {
        let with = |found: Result<BTreeSet<String>, String>, more: &[String]| match found {
            Ok(mut found) => {
                found.extend(more.iter().map(|name| fold(name)));
                Ok(found)
            }
            Err(_) if !more.is_empty() => Ok(more.iter().map(|name| fold(name)).collect()),
            Err(reason) => Err(reason),
        };
        Self {
            hosts: with(Self::hosts(tables), &expectations.hosts),
            pools: with(Self::pools(tables), &expectations.pools),
            domains: with(Self::domains(tables), &expectations.domains),
        }
    }

    fn table<'a>(tables: &'a [Table], name: &str) -> Result<&'a Table, String> {
        let table = dataset::named(name).and_then(|dataset| tables.get(dataset.number));
        let table = table.ok_or_else(|| format!("{name} was not read"))?;
        match table.doubts.as_slice() {
            [] if table.rows == 0 => Err(format!("{name} is empty")),
            [] => Ok(table),
            doubts => Err(doubts.join("; ")),
        }
    }

    /// Whether a pool has a service of a role; true where its services are not known.
    fn has(table: &Table, row: usize, wanted: impl Fn(&str) -> bool) -> bool {
        let Some(services) = table.named("services").map(|services| services.get(row)) else { return true };
        if !cell::is_value(services) {
            return true;
        }
        cell::items(services)
            .filter_map(cell::letters)
            .any(|service| wanted(&service.split(':').next().unwrap_or_default().to_ascii_lowercase()))
    }

    fn hosts(tables: &[Table]) -> Result<BTreeSet<String>, String> {
        let found = Self::table(tables, "pools").and_then(|table| {
            let computers = table.named("computers").ok_or("pools came without computers")?;
            let mut hosts = BTreeSet::new();
            for row in 0..table.rows {
                if Self::has(table, row, |role| !NOT_OURS.contains(&role)) {
                    if cell::items(computers.get(row)).next().is_none() {
                        return Err("the computers of a pool are not known".to_owned());
                    }
                    hosts.extend(cell::items(computers.get(row)).filter_map(cell::letters).map(fold));
                }
            }
            some(hosts, "no pool runs a service of the product")
        });
        found.or_else(|reason: String| {
            let table = Self::table(tables, "replicas").map_err(|_| reason.clone())?;
            let names = table.named("replica_fqdn").ok_or(reason)?;
            some(
                (0..table.rows).filter_map(|row| cell::letters(names.get(row))).map(fold).collect(),
                "replicas have no names",
            )
        })
    }

    fn pools(tables: &[Table]) -> Result<BTreeSet<String>, String> {
        let table = Self::table(tables, "pools")?;
        let names = table.named("fqdn").or_else(|| table.named("identity")).ok_or("pools came without names")?;
        let homes_users = (0..table.rows).filter(|row| Self::has(table, *row, |role| role == "userserver"));
        some(homes_users.filter_map(|row| cell::letters(names.get(row))).map(fold).collect(), "no pool homes users")
    }

    fn domains(tables: &[Table]) -> Result<BTreeSet<String>, String> {
        let table = Self::table(tables, "directory_domains")?;
        let names = table.named("dns_root").ok_or("directory_domains came without names")?;
        some(
            (0..table.rows).filter_map(|row| cell::letters(names.get(row))).map(fold).collect(),
            "domains have no names",
        )
    }

    /// What a dataset's parts leave out, source by source: each was asked for all of it.
    fn missing(&self, dataset: &Dataset, parts: &[PartRead], sources: &[Source]) -> Vec<String> {
        let mut found = Vec::new();
        for (number, source) in sources.iter().enumerate() {
            let own: Vec<&PartRead> =
                parts.iter().filter(|part| part.source == number && part.manifest.dataset == dataset.name).collect();
            if own.is_empty() {
                continue;
            }
            let (what, wanted) = match dataset.sees {
                Sees::Host => ("host", &self.hosts),
                Sees::Pool => ("pool", &self.pools),
                Sees::Domain => ("domain", &self.domains),
                Sees::Deployment if dataset.is_of_directory() => ("domain", &self.domains),
                Sees::Deployment => continue,
            };
            let whole = |part: &&&PartRead| part.manifest.about.is_none();
            if dataset.sees != Sees::Host && dataset.sees != Sees::Pool && own.iter().any(|part| whole(&part)) {
                found.extend(own.iter().filter_map(|part| self.pinned(part, dataset)));
                continue;
            }
            let asked: BTreeSet<String> = own
                .iter()
                .filter_map(|part| part.manifest.about.as_deref().or(part.manifest.machine.as_deref()))
                .map(fold)
                .collect();
            match wanted {
                Err(reason) => {
                    found.push(format!("{source}: which {what}s there are is not known: {reason}"));
                }
                Ok(wanted) => {
                    let left: Vec<&str> = wanted.difference(&asked).map(String::as_str).collect();
                    if !left.is_empty() {
                        found.push(format!(
                            "{source}: {} has no part about the {what} {}",
                            dataset.name,
                            left.join(", ")
                        ));
                    }
                }
            }
        }
        found
    }

    /// One pinned domain controller may not see other domains.
    fn pinned(&self, part: &PartRead, dataset: &Dataset) -> Option<String> {
        let controller = part.manifest.domain_controller.as_ref()?;
        let domains = self.domains.as_ref().ok().filter(|domains| domains.len() > 1)?;
        dataset.is_of_directory().then(|| {
            format!(
                "{}: it was read from one domain controller, {controller}, and the forest has {} domains",
                part.label,
                domains.len()
            )
        })
    }
}

#[cfg(test)]
mod tests;
