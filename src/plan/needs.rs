//! Which cases must hold first.

use std::collections::{BTreeSet, HashMap};

use super::case::{Case, State};
use super::range::NO_SUBJECTS;
use crate::check::{Catalogue, Check, Selection};
use crate::values::fold;

/// The checks that a selection takes, and all that they need.
#[must_use]
pub fn wanted<'a>(catalogue: &'a Catalogue, selection: &Selection) -> Vec<&'a Check> {
    let all = || catalogue.checks().map(AsRef::as_ref);
    let selected = all().filter(|check| selection.takes(check)).map(|check: &Check| check.id.as_str()).collect();
    let wanted = with_needed(catalogue, &selected);
    all().filter(|check| wanted.contains(check.id.as_str())).collect()
}

/// The selected checks and all that they need.
pub(super) fn with_needed<'a>(catalogue: &'a Catalogue, selected: &BTreeSet<&'a str>) -> BTreeSet<&'a str> {
    let by_id: HashMap<&str, &Check> = catalogue.checks().map(|check| (check.id.as_str(), check.as_ref())).collect();
    let mut wanted = selected.clone();
    let mut open: Vec<&str> = selected.iter().copied().collect();
    while let Some(id) = open.pop() {
        for need in by_id.get(id).into_iter().flat_map(|check| &check.needs) {
            if let Some(needed) = by_id.get(need.value.as_str())
                && wanted.insert(&needed.id)
            {
                open.push(&needed.id);
            }
        }
    }
    wanted
}

/// The cases of a need, by the identities of the variables that they share with another check.
#[derive(Default)]
struct Members {
    whole: HashMap<Vec<String>, Vec<usize>>,
    /// Those that could not be ranged over to the end: what they don't say, they leave open.
    partly: Vec<(Vec<Option<String>>, usize)>,
}

impl Members {
    fn of<'c>(cases: impl Iterator<Item = &'c Case>, shared: &[String]) -> Self {
        let mut members = Self::default();
        for case in cases {
            let identities = identities(case, shared);
            match identities.iter().cloned().collect::<Option<Vec<String>>>() {
                Some(all) => members.whole.entry(all).or_default().push(case.index),
                // That there are no subjects is told by itself, and holds nobody back.
                None if ranges_over_nothing(case) => {}
                None => members.partly.push((identities, case.index)),
            }
        }
        members
    }

    /// Those that agree on everything that both say.
    fn agreeing<'m>(&'m self, wanted: &'m [String]) -> impl Iterator<Item = usize> + 'm {
        let partly = self.partly.iter().filter(|(known, _)| agree(known, wanted)).map(|(_, index)| *index);
        self.whole.get(wanted).into_iter().flatten().copied().chain(partly)
    }
}

/// Whether identities, some of which are not known, may be the wanted ones.
#[must_use]
pub(crate) fn agree(known: &[Option<String>], wanted: &[String]) -> bool {
    known.iter().zip(wanted).all(|(known, wanted)| known.as_ref().is_none_or(|known| known == wanted))
}

/// Whether a case stands for a check that has no subjects.
#[must_use]
pub(crate) fn ranges_over_nothing(case: &Case) -> bool {
    matches!(&case.state, State::Error(cause) if cause.kind == NO_SUBJECTS)
}

/// Links each case to the cases of its needs that agree on every variable both have.
pub(super) fn link(cases: &mut [Case]) {
    let mut by_check: HashMap<String, Vec<usize>> = HashMap::new();
    for case in cases.iter() {
        by_check.entry(case.check.id.clone()).or_default().push(case.index);
    }
    // Looking members up by shared variables, not one by one: two checks over the same
    // 100,000 users would otherwise cost 10^10 comparisons.
    let mut tables: HashMap<(String, Vec<String>), Members> = HashMap::new();
    let mut links: Vec<Vec<usize>> = Vec::with_capacity(cases.len());
    for case in cases.iter() {
        let mut needed = Vec::new();
        for need in &case.check.needs {
            let Some(candidates) = by_check.get(&need.value) else { continue };
            let first = candidates.first().and_then(|index| cases.get(*index));
            // Where one case stands for many subjects, who agrees with whom is known when
            // they are judged.
            if case.is_bulk() || first.is_some_and(Case::is_bulk) {
                needed.extend(candidates);
                continue;
            }
            let theirs = first.map(|case| &case.check.variables);
            let names: Vec<String> = theirs.into_iter().flatten().map(|variable| variable.name.clone()).collect();
            let shared: Vec<String> =
                case.subject.iter().map(|part| part.name.clone()).filter(|name| names.contains(name)).collect();
            let own: Option<Vec<String>> = identities(case, &shared).into_iter().collect();
            let table = tables
                .entry((need.value.clone(), shared.clone()))
                .or_insert_with(|| Members::of(candidates.iter().filter_map(|index| cases.get(*index)), &shared));
            needed.extend(table.agreeing(&own.unwrap_or_default()));
        }
        links.push(needed);
    }
    for (case, needed) in cases.iter_mut().zip(links) {
        case.needs = needed;
    }
}

/// The identities of variables, folded; none where a case does not bind one.
fn identities(case: &Case, names: &[String]) -> Vec<Option<String>> {
    let identity = |name: &String| case.subject.iter().find(|part| part.name == *name).map(|part| fold(&part.identity));
    names.iter().map(identity).collect()
}
