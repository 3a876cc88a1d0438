//! Checks over subjects.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::case::{Case, State, SubjectValue, key_of};
use super::{needs, vantages};
use crate::check::{Catalogue, Check, Effect, Expect, Selection, Variable};
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::{Environment, Phase};
use crate::expression::{Lookup, Slots, Value};
use crate::observe::Vantage;
use crate::report::{Cause, SkipReason};

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
}

/// All cases of a run, in the order of the suites.
#[derive(Debug)]
pub struct Plan {
    /// The cases.
    pub cases: Vec<Case>,
    /// What was asked for.
    pub request: Request,
    /// What somebody should know: patterns that took nothing.
    pub warnings: Vec<String>,
}

impl Plan {
    /// Expands the selected checks over their subjects.
    ///
    /// # Errors
    /// Two subjects of one check that can't be told apart.
    pub fn make(catalogue: &Catalogue, environment: &Environment, request: Request) -> Result<Self, Vec<Diagnostic>> {
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
            for (subject, state) in expand(check, environment, &request) {
                let (index, key) = (cases.len(), key_of(&check.id, &subject));
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
        needs::link(&mut cases);
        Ok(Self { cases, request, warnings })
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

/// The most combinations that are tried: `where` may leave none of them, and never end.
const MOST_TRIED: usize = 10 * MOST;

type Expanded = Vec<(Vec<SubjectValue>, State)>;

fn expand(check: &Arc<Check>, environment: &Environment, request: &Request) -> Expanded {
    let mut ranges = Ranges { check, environment, request, left: Vec::new(), any_due: false, tried: 0 };
    ranges.over(&mut Vec::new(), &check.variables);
    let (mut left, any_due) = (ranges.left, ranges.any_due);
    if left.len() > MOST || ranges.tried > MOST_TRIED {
        let message = format!("it ranges over more than {MOST} subjects, or `where` leaves too few of too many");
        return vec![(Vec::new(), State::Error(cause("too-many-subjects", message)))];
    }
    if left.is_empty() {
        let state = match (&check.expect, &check.allow_empty) {
            _ if !any_due => State::Skip(SkipReason::NotDue),
            (Expect::None(_), _) => State::NothingLeft,
            (_, Some(reason)) => State::Skip(SkipReason::Nothing(reason.clone())),
            _ => State::Error(cause("no-subjects", "it ranges over nothing, and nothing proves nothing".to_owned())),
        };
        return vec![(Vec::new(), state)];
    }
    if any_due && left.len() < check.at_least {
        let message = format!("it ranges over {}, and at least {} were expected", left.len(), check.at_least);
        left.push((Vec::new(), State::Error(cause("too-few-subjects", message))));
    }
    left
}

fn cause(kind: &str, message: String) -> Cause {
    Cause { kind: kind.to_owned(), message }
}

/// A check's subjects while they are found.
struct Ranges<'a> {
    check: &'a Check,
    environment: &'a Environment,
    request: &'a Request,
    /// What was found so far.
    left: Expanded,
    /// Whether anything that was looked at is in the check's window.
    any_due: bool,
    tried: usize,
}

impl Ranges<'_> {
    /// Every combination of the variables that are left, with those that are bound.
    ///
    /// What can't be ranged over is an error of the subject so far, not of its siblings.
    fn over(&mut self, subject: &mut Vec<SubjectValue>, open: &[Variable]) {
        if self.left.len() > MOST || self.tried > MOST_TRIED {
            return;
        }
        let Some((variable, rest)) = open.split_first() else { return self.take(subject) };
        let items = match self.items(subject, variable) {
            Ok(items) => items,
            Err(message) => {
                let state = if self.due(subject) {
                    State::Error(cause("unknown-fact", message))
                } else {
                    State::Skip(SkipReason::NotDue)
                };
                return self.left.push((subject.clone(), state));
            }
        };
        if items.is_empty() {
            self.due(subject);
        }
        for (value, identity) in items {
            subject.push(SubjectValue { name: variable.name.clone(), value, identity });
            self.over(subject, rest);
            subject.pop();
        }
    }

    fn items(&self, subject: &[SubjectValue], variable: &Variable) -> Result<Vec<(Value, String)>, String> {
        let slots = self.slots(subject);
        let values = Slots { values: &slots, now: self.request.now };
        let list = variable.over.eval(&values).map_err(|error| format!("what it ranges over is unknown: {error}"))?;
        let Value::List(items) = list else {
            return Err(format!("`{}` ranges over {}, not over a list", variable.name, list.kind()));
        };
        let named = |value: &Value| {
            let identity = value.identity();
            identity
                .map(|identity| (value.clone(), identity))
                .ok_or_else(|| format!("`{}` ranges over something without a name", variable.name))
        };
        items.iter().map(named).collect()
    }

    fn slots(&self, subject: &[SubjectValue]) -> Vec<Result<Value, String>> {
        let environment = Ok(self.environment.value.clone());
        std::iter::once(environment).chain(subject.iter().map(|part| Ok(part.value.clone()))).collect()
    }

    /// Whether the check is due for a subject: in the phase of each pool, site or Edge in
    /// it, else in the environment's.
    fn due(&mut self, subject: &[SubjectValue]) -> bool {
        let phases: Vec<Phase> = subject.iter().filter_map(|part| phase_of(&part.value)).collect();
        let due = if phases.is_empty() {
            self.check.window.contains(self.environment.view.phase)
        } else {
            phases.into_iter().all(|phase| self.check.window.contains(phase))
        };
        self.any_due |= due;
        due
    }

    /// Takes a subject, unless `where` leaves it out.
    fn take(&mut self, subject: &[SubjectValue]) {
        self.tried += 1;
        let due = self.due(subject);
        let filtered = self.check.filter.as_ref().map(|filter| {
            let slots = self.slots(subject);
            filter.truth(&Slots { values: &slots, now: self.request.now })
        });
        let state = match filtered {
            Some(Ok(false)) => return,
            _ if !due => State::Skip(SkipReason::NotDue),
            Some(Err(error)) => State::Error(cause("unknown-fact", format!("`where` is unknown: {error}"))),
            _ => self.state(),
        };
        self.left.push((subject.to_vec(), state));
    }

    /// What becomes of a subject that is due.
    fn state(&self) -> State {
        if self.check.vantage.as_ref().is_some_and(|vantage| !self.request.vantages.contains(vantage)) {
            return State::Skip(SkipReason::NotObservedFromHere);
        }
        let forbidden = self.check.effects.iter().find(|effect| !self.request.allowed.contains(effect));
        match forbidden {
            Some(effect) => State::Skip(SkipReason::EffectNotAllowed(effect.as_str().to_owned())),
            None => State::Ready,
        }
    }
}

fn phase_of(value: &Value) -> Option<Phase> {
    let Value::Record(record) = value else { return None };
    match record.get("phase") {
        Lookup::Known(Value::Text(name)) => Phase::named(&name),
        _ => None,
    }
}
