//! The subjects of a check, one after the other: nobody has to hold a million of them.

use jiff::Timestamp;

use super::expand::Request;
use crate::check::{Check, Expect, Variable};
use crate::environment::Phase;
use crate::expression::{Expr, Fates, Lookup, Remembered, Slots, Type, Value};
use crate::facts::Roots;
use crate::report::{Cause, SkipReason};

use super::case::State;

/// The most combinations that are tried: `where` may leave none of them, and never end.
const MOST_TRIED: usize = 10_000_000;

/// The kind of error of a check that ranges over nothing.
pub(crate) const NO_SUBJECTS: &str = "no-subjects";

/// A subject as it is found: the values of the check's variables, in its slots.
pub struct Found<'a> {
    /// The slots of the check's expressions; the first `bound` variables are set.
    pub slots: &'a [Result<Value, String>],
    /// How many of the check's variables are bound: all, unless one can't be ranged over.
    pub bound: usize,
    /// Counts the values of all variables but the last: among subjects of one turn only that one differs.
    pub turn: usize,
    /// What becomes of it.
    pub state: State,
}

/// Whoever is shown the subjects of a check, one after the other.
pub trait Visitor {
    /// Takes a subject.
    fn take(&mut self, found: Found<'_>) -> Next;
    /// Takes one more of whom all is known: a subject of this turn that agreed with it in what the
    /// check reads was [`Next::Alike`].
    fn take_alike(&mut self) {}
}

/// What follows on a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The next one.
    More,
    /// The next one; and whoever agrees with this one in all that the check's `where` and `expect` read
    /// need not be shown.
    Alike,
    /// Nothing: this is enough.
    Enough,
}

impl<F: FnMut(Found<'_>) -> bool> Visitor for F {
    fn take(&mut self, found: Found<'_>) -> Next {
        if self(found) { Next::More } else { Next::Enough }
    }
}

/// What becomes of a subject, and of all that are like it.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// `where` leaves it out.
    LeftOut,
    /// It is one more like another.
    Alike,
}

/// What a check ranged over, seen as a whole.
pub struct Ranged {
    /// How many subjects were found.
    pub found: usize,
    /// What stands in for them, or beside them: there are none, or too few, or too many.
    pub remark: Option<State>,
}

/// Shows `visit` every subject that `where` leaves. Where it says that this is enough, the rest is not
/// looked at.
pub fn each(check: &Check, roots: &Roots, request: &Request, visit: &mut dyn Visitor) -> Ranged {
    let rests = check.rests_on_inventory();
    let last = check.variables.last().map_or(0, |variable| variable.slot);
    let mut ranges = Ranges {
        check,
        remembered: check.filter.as_ref().map(|filter| Remembered::of(filter, last)),
        fates: fates(check, request, last),
        turn: 0,
        request,
        visit,
        slots: roots.slots(check.scope.len()),
        phased: check.variables.iter().map(|variable| is_phased(&variable.item)).collect(),
        found: 0,
        due: 0,
        any_due: false,
        foreign: 0,
        tried: 0,
        enough: false,
        unasked: !roots.names_inventory() && rests,
        of_inventory: (rests && matches!(check.expect, Expect::None(_))).then(|| of_inventory(check)),
    };
    ranges.over(0);
    let (found, due, any_due) = (ranges.found, ranges.due, ranges.any_due);
    let (tried, unasked) = (ranges.tried, ranges.unasked);
    let foreign = ranges.foreign;
    if tried > MOST_TRIED {
        let message = "`where` leaves too few of too many subjects".to_owned();
        return Ranged { found, remark: Some(State::Error(cause("too-many-subjects", message))) };
    }
    let remark = if found == 0 && foreign > 0 {
        Some(State::Skip(SkipReason::OutOfScope))
    } else if found > 0 && any_due && !unasked && due + foreign < check.at_least {
        let message = format!("it ranges over {}, and at least {} were expected", due + foreign, check.at_least);
        Some(State::Error(cause("too-few-subjects", message)))
    } else if found == 0 || any_due && due == 0 {
        // Of those who are due, `where` has left nobody. Others who are not don't change that.
        Some(match (&check.expect, &check.allow_empty) {
            _ if !any_due => State::Skip(SkipReason::NotDue),
            (Expect::None(_), _) => State::NothingLeft,
            (_, Some(reason)) => State::Skip(SkipReason::Nothing(reason.clone())),
            _ => State::Error(cause(NO_SUBJECTS, "it ranges over nothing, and nothing proves nothing".to_owned())),
        })
    } else {
        None
    };
    Ranged { found, remark }
}

/// What a subject's fate depends on: none where that is more than what expressions read of the last variable.
fn fates(check: &Check, request: &Request, last: usize) -> Option<Fates<Fate>> {
    let phased = check.variables.last().is_none_or(|variable| is_phased(&variable.item));
    if phased || !request.scope.takes_all_of(check) {
        return None;
    }
    let expected: Vec<&Expr> = match &check.expect {
        Expect::All(expected) => expected.iter().map(|one| &one.that).collect(),
        Expect::None(_) => Vec::new(),
    };
    Some(Fates::by(check.filter.iter().chain(expected), last))
}

pub(super) fn cause(kind: &str, message: String) -> Cause {
    Cause { kind: kind.to_owned(), message }
}

/// Whether records of this type have a phase of their own.
fn is_phased(ty: &Type) -> bool {
    match ty.present() {
        Type::Record(record) => record.field("phase").is_some(),
        Type::Any => true,
        _ => false,
    }
}

/// Which variables of a check the inventory lists, or a record of it.
fn of_inventory(check: &Check) -> Vec<bool> {
    let mut slots: Vec<usize> = Vec::new();
    let listed = check.variables.iter().map(|variable| {
        let listed =
            Roots::reads_inventory(&variable.over) || variable.over.reads().iter().any(|slot| slots.contains(slot));
        if listed {
            slots.push(variable.slot);
        }
        listed
    });
    listed.collect()
}

struct Ranges<'a> {
    check: &'a Check,
    /// What `where` said.
    remembered: Option<Remembered>,
    /// What became of subjects of this turn.
    fates: Option<Fates<Fate>>,
    turn: usize,
    request: &'a Request,
    visit: &'a mut dyn Visitor,
    slots: Vec<Result<Value, String>>,
    /// Which variables stand for something that has a phase.
    phased: Vec<bool>,
    found: usize,
    /// How many of them are due.
    due: usize,
    /// Whether anything that was looked at is in the check's window.
    any_due: bool,
    /// How many were found that belong to others than are asked about.
    foreign: usize,
    tried: usize,
    enough: bool,
    /// Whether it rests on an inventory that the environment doesn't name.
    unasked: bool,
    /// Where it expects that the inventory has nothing of what it ranges over: which variables the
    /// inventory lists. The others are as the environment file states them.
    of_inventory: Option<Vec<bool>>,
}

impl Ranges<'_> {
    /// Every combination of the variables from this one on, with those that are bound.
    ///
    /// What can't be ranged over is an error of the subject so far, not of its siblings.
    fn over(&mut self, bound: usize) {
        let Some(variable) = self.check.variables.get(bound) else { return self.take(bound) };
        let items = match self.items(variable) {
            Ok(items) => items,
            Err(_) if self.leaves_out(bound) => return,
            Err(message) => {
                let due = self.due(bound);
                let state =
                    if due { State::Error(cause("unknown-fact", message)) } else { State::Skip(SkipReason::NotDue) };
                return self.tell(bound, state);
            }
        };
        if items.is_empty() && self.leaves_out(bound) {
            return;
        }
        if items.is_empty() && self.due(bound) && self.is_stated(bound) && self.check.allow_empty.is_none() {
            let name = &variable.name;
            let message = format!("the environment file states no {name} to look for, and nothing was looked at");
            return self.tell(bound, State::Error(cause(NO_SUBJECTS, message)));
        }
        if bound + 1 == self.check.variables.len() {
            self.turn += 1;
            self.remembered.iter_mut().for_each(Remembered::forget);
            self.fates.iter_mut().for_each(Fates::forget);
        }
        for item in items.iter() {
            if self.enough || self.tried > MOST_TRIED {
                return;
            }
            if bound + 1 == self.check.variables.len() && self.is_settled(item) {
                continue;
            }
            let before = self.found;
            self.bind(variable.slot, Ok(item.clone()));
            self.over(bound + 1);
            // Of what need not exist, nothing is left whatever else there is.
            if self.of_inventory.is_some()
                && self.found == before
                && let Value::Record(record) = item
                && let Some(reason) = record.unproven()
                && !self.leaves_out(bound + 1)
                && self.due(bound + 1)
            {
                self.tell(bound + 1, State::Error(cause("unknown-fact", reason)));
            }
        }
        self.bind(variable.slot, Err("it is not bound".to_owned()));
    }

    /// Whether the fate of the last variable's value is known, which is met then.
    fn is_settled(&mut self, item: &Value) -> bool {
        let Some(fate) = self.fates.as_mut().and_then(|fates| fates.of(item)) else { return false };
        match fate {
            // Of what need not exist, somebody asks whether it does.
            Fate::LeftOut if self.of_inventory.is_some() && is_unproven(item) => return false,
            Fate::LeftOut => {}
            Fate::Alike => {
                self.found += 1;
                self.due += 1;
                self.visit.take_alike();
            }
        }
        self.tried += 1;
        true
    }

    fn settle(&mut self, fate: Fate) {
        self.fates.iter_mut().for_each(|fates| fates.settle(fate));
    }

    /// Whether a check for absence ranges there over what the environment file states: that it
    /// states nothing is not that there is nothing.
    fn is_stated(&self, variable: usize) -> bool {
        self.of_inventory.as_ref().and_then(|all| all.get(variable)).is_some_and(|listed| !listed)
    }

    fn bind(&mut self, slot: usize, value: Result<Value, String>) {
        if let Some(place) = self.slots.get_mut(slot) {
            *place = value;
        }
    }

    fn now(&self) -> Timestamp {
        self.request.now
    }

    fn items(&self, variable: &Variable) -> Result<std::sync::Arc<[Value]>, String> {
        let values = Slots { values: &self.slots, now: self.now() };
        let list = variable.over.eval(&values).map_err(|error| format!("what it ranges over is unknown: {error}"))?;
        let Value::List(items) = list else {
            return Err(format!("`{}` ranges over {}, not over a list", variable.name, list.kind()));
        };
        // Lists of one kind are the rule; the type says whether each has a name.
        if items.iter().any(|item| !item.has_identity()) {
            return Err(format!("`{}` ranges over something without a name", variable.name));
        }
        Ok(items)
    }

    /// Whether a subject is somebody else's. It is counted, so that a list that shrank is noticed.
    fn leaves_out(&mut self, bound: usize) -> bool {
        let foreign = !self.request.scope.takes(self.check, &self.slots, bound);
        self.foreign += usize::from(foreign);
        foreign
    }

    /// Whether the check is due for a subject: in the phase of each pool, site or Edge in
    /// it, else in the environment's.
    fn due(&mut self, bound: usize) -> bool {
        let (mut any, mut all) = (false, true);
        for (variable, _) in self.check.variables.iter().zip(&self.phased).take(bound).filter(|(_, phased)| **phased) {
            if let Some(Ok(value)) = self.slots.get(variable.slot)
                && let Some(phase) = phase_of(value)
            {
                any = true;
                all &= self.check.window.contains(phase);
            }
        }
        let due = if any { all } else { self.check.window.contains(self.request.phase) };
        self.any_due |= due;
        due
    }

    /// Takes a subject, unless `where` leaves it out.
    fn take(&mut self, bound: usize) {
        self.tried += 1;
        let now = self.now();
        let slots = Slots { values: &self.slots, now };
        let filtered = match (&self.check.filter, &mut self.remembered) {
            (Some(filter), Some(remembered)) => Some(remembered.truth(filter, &slots)),
            _ => None,
        };
        let left = !matches!(filtered, Some(Ok(false)));
        if left && self.leaves_out(bound) {
            return;
        }
        let due = self.due(bound);
        let state = match filtered {
            Some(Ok(false)) => return self.settle(Fate::LeftOut),
            _ if !due => State::Skip(SkipReason::NotDue),
            Some(Err(error)) => State::Error(cause("unknown-fact", format!("`where` is unknown: {error}"))),
            _ => self.state(),
        };
        self.tell(bound, state);
    }

    fn tell(&mut self, bound: usize, state: State) {
        self.found += 1;
        self.due += usize::from(state != State::Skip(SkipReason::NotDue));
        let state = match state {
            State::Ready | State::Error(_) if self.unasked => State::Skip(SkipReason::NoInventory),
            other => other,
        };
        let found = Found { slots: &self.slots, bound, turn: self.turn, state };
        match self.visit.take(found) {
            Next::More => {}
            Next::Alike => self.settle(Fate::Alike),
            Next::Enough => self.enough = true,
        }
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

fn is_unproven(value: &Value) -> bool {
    matches!(value, Value::Record(record) if record.unproven().is_some())
}

fn phase_of(value: &Value) -> Option<Phase> {
    let Value::Record(record) = value else { return None };
    match record.get("phase") {
        Lookup::Known(Value::Text(name)) => Phase::named(&name),
        _ => None,
    }
}
