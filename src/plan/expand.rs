//! Checks over subjects.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::case::{Case, State, SubjectValue, key_of};
use super::range::{Found, cause, each};
use super::scope::Scope;
use super::{needs, touched, vantages};
use crate::check::{Catalogue, Check, Effect, Selection};
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::{Environment, Phase};
use crate::facts::Roots;
use crate::observe::Vantage;
use crate::waivers::Waivers;

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Request {
    /// Which checks.
    pub selection: Selection,
    /// Where questions can be asked from; the first is where a check without a vantage asks.
    pub vantages: Vec<Vantage>,
    /// Traces that may be left.
    pub allowed: Vec<Effect>,
    /// The run's clock.
    pub now: Timestamp,
    /// The environment's phase, for subjects that have none of their own.
    pub phase: Phase,
    /// What is asked about.
    pub scope: Scope,
    /// The signed-off exceptions.
    pub waivers: Arc<Waivers>,
}

/// All cases of a run, in the order of the suites.
#[derive(Debug)]
pub struct Plan {
    /// The cases.
    pub cases: Vec<Case>,
    /// What was asked for.
    pub request: Request,
    /// What every expression can read.
    pub roots: Roots,
    /// What somebody should know: patterns that took nothing.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Expands the selected checks over their subjects.
    ///
    /// # Errors
    /// Two subjects of one check that can't be told apart.
    pub fn make(
        catalogue: &Catalogue,
        environment: &Environment,
        roots: Roots,
        request: Request,
    ) -> Result<Self, Vec<Diagnostic>> {
        let all: Vec<&Arc<Check>> = catalogue.checks().collect();
        let selected: BTreeSet<&str> =
            all.iter().filter(|check| request.selection.takes(check)).map(|check| check.id.as_str()).collect();
        let wanted = needs::with_needed(catalogue, &selected);
        let plain: Vec<&Check> = all.iter().map(std::convert::AsRef::as_ref).collect();
        let idle = request.selection.idle_patterns(&plain);
        let mut warnings: Vec<String> =
            idle.into_iter().map(|pattern| format!("the pattern `{pattern}` matches no check")).collect();
        warnings.extend(vantages::unknown(&plain, environment, &request.vantages));
        let mut cases: Vec<Case> = Vec::new();
        let mut found = Vec::new();
        for check in all.iter().filter(|check| wanted.contains(check.id.as_str())) {
            let first = cases.len();
            let pulled_in = !selected.contains(check.id.as_str());
            for (subject, state) in expand(check, &roots, &request) {
                let identities = subject.iter().map(|part: &SubjectValue| part.identity.as_str());
                let (index, key) = (cases.len(), key_of(&check.id, identities));
                cases.push(Case { index, key, check: Arc::clone(check), subject, state, needs: Vec::new(), pulled_in });
            }
            let mut seen: HashSet<&str> = HashSet::new();
            for case in cases.iter().skip(first) {
                if !seen.insert(&case.key) {
                    let message = format!("`{}` ranges over two subjects with the same name: {}", check.id, case.key);
                    found.push(
                        Diagnostic::at(Code::InvalidValue, &check.place.source, check.place.range.clone(), message)
                            .hint("add a variable to `for` that tells them apart"),
                    );
                }
            }
        }
        if !found.is_empty() {
            return Err(found);
        }
        touched::refuse(&mut cases, environment, &roots, request.now);
        needs::link(&mut cases);
        Ok(Self { cases, request, roots, warnings })
    }

    /// The vantage that a check asks from.
    #[must_use]
    pub fn vantage(&self, check: &Check) -> Vantage {
        let first = || self.request.vantages.first().cloned().unwrap_or_else(|| Vantage::named("internal"));
        check.vantage.clone().unwrap_or_else(first)
    }

    /// How many cases each check has, by id.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for case in &self.cases {
            *counts.entry(case.check.id.as_str()).or_insert(0) += 1;
        }
        counts
    }
}

/// The most cases that one check may make: three lists of 900 would fill any memory.
const MOST: usize = 1_000_000;

type Expanded = Vec<(Vec<SubjectValue>, State)>;

/// The subjects of a check, each with what becomes of it.
fn expand(check: &Check, roots: &Roots, request: &Request) -> Expanded {
    if check.is_bulk() {
        return vec![(Vec::new(), State::Ready)];
    }
    let mut left = Vec::new();
    let ranged = each(check, roots, request, &mut |found: Found<'_>| {
        left.push((subject(check, &found), found.state));
        left.len() <= MOST
    });
    if left.len() > MOST {
        let message = format!("it ranges over more than {MOST} subjects");
        return vec![(Vec::new(), State::Error(cause("too-many-subjects", message)))];
    }
    left.extend(ranged.remark.map(|remark| (Vec::new(), remark)));
    left
}

fn subject(check: &Check, found: &Found<'_>) -> Vec<SubjectValue> {
    let bound = check.variables.iter().take(found.bound);
    bound
        .filter_map(|variable| {
            let value = found.slots.get(variable.slot)?.as_ref().ok()?.clone();
            let identity = value.identity()?;
            Some(SubjectValue { name: variable.name.clone(), value, identity })
        })
        .collect()
}
