//! The parts that one search fills: one for each kind of object that it may find.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::classify::OBJECTS;
use super::entry::Entry;
use super::pools::Pools;
use super::record::record;
use super::search::Searched;
use super::shown;
use crate::inventory::{Builder, Dataset, Manifest, Part, SourceId, dataset};

/// Notes that are kept of one search; the rest is counted.
const MOST_NOTES: usize = 20;

/// Who asks whom for what.
#[derive(Clone, Debug)]
pub(super) struct Asking {
    pub(super) filter: String,
    pub(super) base: String,
    pub(super) caller: String,
    pub(super) controller: String,
    /// The DNS name of the domain. None: the Configuration partition, which is the whole
    /// forest's and the same everywhere.
    pub(super) domain: Option<String>,
}

/// Parts that are being filled.
pub(super) struct Parts {
    by_dataset: BTreeMap<&'static str, Part>,
    notes: Vec<String>,
    further: usize,
}

impl Parts {
    pub(super) fn begin(builder: &Builder, source: SourceId, datasets: &[&'static str], asking: &Asking) -> Self {
        let one = |name: &'static str| {
            let mut manifest = Manifest::new(name, Manifest::SEARCH);
            manifest.parameters = format!("{} below {} at {}", asking.filter, asking.base, asking.controller);
            manifest.caller = Some(asking.caller.clone());
            // Objects of a domain are that domain's; what the Configuration partition adds to
            // them is about no domain, and everything else in it is about all of them.
            match &asking.domain {
                Some(domain) => {
                    manifest.domain_controller = Some(asking.controller.clone());
                    manifest.about = Some(domain.clone());
                }
                None => manifest.about = (name == OBJECTS).then(|| asking.base.clone()),
            }
            manifest.machine = Some(gethostname::gethostname().to_string_lossy().into_owned());
            manifest.start = Some(Timestamp::now());
            Some((name, builder.part(source, manifest).ok()?))
        };
        Self { by_dataset: datasets.iter().copied().filter_map(one).collect(), notes: Vec::new(), further: 0 }
    }

    /// Takes an object into all datasets that it belongs to.
    pub(super) fn take(&mut self, entry: &Entry, datasets: &[&'static str], pools: &mut Pools) {
        for name in datasets {
            let Some(part) = self.by_dataset.get_mut(name) else { continue };
            let (notes, further) = (&mut self.notes, &mut self.further);
            let mut note = |note: String| {
                if notes.len() < MOST_NOTES { notes.push(note) } else { *further += 1 }
            };
            let record = record(part.dataset(), entry, pools, &mut note);
            if let Err(error) = part.record(&record) {
                part.problem(format!("`{}` could not be taken: {error}", shown::name(&entry.dn)));
            }
        }
    }

    /// How many records a dataset has.
    pub(super) fn count(&self, name: &str) -> usize {
        self.by_dataset.get(name).map_or(0, Part::records)
    }

    /// Tells why some datasets prove nothing.
    pub(super) fn doubt(&mut self, names: &[&'static str], why: &str) {
        for name in names {
            if let Some(part) = self.by_dataset.get_mut(name) {
                part.problem(why);
            }
        }
    }

    /// Hands the parts over, with what became of the search.
    pub(super) fn end(self, builder: &mut Builder, searched: &Searched) -> Vec<String> {
        for (_, mut part) in self.by_dataset {
            if let Some(trouble) = &searched.trouble {
                part.problem(trouble.clone());
            }
            if searched.referrals > 0 {
                let note = format!("; {} referrals not followed", searched.referrals);
                part.manifest.parameters.push_str(&note);
            }
            part.manifest.count = u64::try_from(part.records()).ok();
            part.manifest.end = Some(Timestamp::now());
            builder.end(part);
        }
        let mut notes = self.notes;
        if self.further > 0 {
            notes.push(format!("and {} more of that kind", self.further));
        }
        notes
    }
}

/// The datasets of names; all of them are in the table, as a test holds.
pub(super) fn datasets(names: &[&str]) -> Vec<&'static Dataset> {
    names.iter().filter_map(|name| dataset::named(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::classify::{OF_CONFIGURATION, OF_DOMAINS};
    use super::*;

    #[test]
    fn every_dataset_is_in_the_table() {
        let names = [&OF_DOMAINS[..], &OF_CONFIGURATION[..], &["directory_domains"]].concat();
        assert_eq!(datasets(&names).len(), names.len());
    }
}
