//! A check that is judged in bulk: one case, its subjects one after the other, and only
//! those kept that don't hold.

use std::collections::{BTreeMap, HashMap};

use super::outcome::{Outcome, simple, skipped};
use crate::check::Check;
use crate::expression::{Remembered, Slots, Value};
use crate::judge::{Judgement, holds, judge_known, remembered};
use crate::plan::{
    Case, Found, NO_SUBJECTS, Next, Plan, State, Visitor, agree, each, group_of, key_of, ranges_over_nothing,
};
use crate::report::{Cause, Named, SkipReason, Verdict, Waived};
use crate::values::fold;
use crate::waivers::Covering;

/// The most members that are kept by name: more than the largest deployment has users
/// that is documented. All are counted.
const MOST_NAMED: usize = 250_000;

/// How many members a message names; the JSON names all.
const NAMED_IN_MESSAGE: usize = 20;

/// What became of the subjects of one case.
#[derive(Clone, Debug, Default)]
pub struct Members {
    /// How many were judged.
    pub judged: usize,
    /// How many failed.
    pub failed: usize,
    /// How many could not be determined.
    pub unknown: usize,
    /// How many were not judged, since what they need does not hold, or nobody looked.
    pub held_back: usize,
    /// How many of either a waiver covers.
    pub waived: usize,
    /// Those that failed, could not be determined or are waived, in the order in which they were found.
    pub named: Vec<Named>,
    /// How many of them each pool or site has.
    pub groups: BTreeMap<String, usize>,
    /// Who holds the dependents of this check back: those, and who was held back itself.
    unmet: Vec<Unmet>,
    /// Who would, were it not for a waiver.
    excepted: Vec<Unmet>,
}

/// A subject for which a check does not hold.
#[derive(Clone, Debug)]
struct Unmet {
    /// Its identities, folded, in the order of the check's variables.
    identities: Vec<String>,
    /// The key of the member, or of what held it back.
    key: String,
}

/// A case that must hold first, and what became of it.
pub(super) struct Needed<'a> {
    pub case: &'a Case,
    pub outcome: &'a Outcome,
    /// Why it holds its dependents back, where it does so as a whole.
    pub holds_back: Option<SkipReason>,
}

/// The subjects that a need keeps from being judged.
pub(super) struct Held {
    /// The slots of the variables that the check shares with the need.
    slots: Vec<usize>,
    /// The identities that don't hold → the key of the case or member.
    unmet: HashMap<Vec<String>, String>,
    /// The same, where the need did not come so far as to name all of them: it may be about anybody
    /// who agrees with what it says.
    partly: Vec<(Vec<Option<String>>, String)>,
}

impl Held {
    /// What a need says about a check's subjects.
    pub(super) fn by(check: &Check, need: &Check, needed: &[Needed<'_>]) -> Self {
        let shared: Vec<(usize, usize)> = need
            .variables
            .iter()
            .enumerate()
            .filter_map(|(index, theirs)| {
                let mine = check.variables.iter().find(|mine| mine.name == theirs.name)?;
                Some((index, mine.slot))
            })
            .collect();
        let slots = shared.iter().map(|(_, slot)| *slot).collect();
        let mut held = Self { slots, unmet: HashMap::new(), partly: Vec::new() };
        let mut hold = |identities: &[String], key: &str| {
            let known: Vec<Option<String>> = shared.iter().map(|(index, _)| identities.get(*index).cloned()).collect();
            match known.iter().cloned().collect::<Option<Vec<String>>>() {
                Some(all) => drop(held.unmet.entry(all).or_insert_with(|| key.to_owned())),
                None => held.partly.push((known, key.to_owned())),
            }
        };
        for Needed { case, outcome, holds_back } in needed {
            let as_a_whole = holds_back.as_ref().map(|reason| match reason {
                SkipReason::NeedFailed(key) => key,
                _ => &case.key,
            });
            match (&outcome.members, as_a_whole) {
                // Nothing tells one subject from another.
                (_, Some(key)) if shared.is_empty() => hold(&[], key),
                (Some(members), _) => members.unmet.iter().for_each(|one| hold(&one.identities, &one.key)),
                (None, Some(key)) if !ranges_over_nothing(case) => {
                    let identities: Vec<String> = case.subject.iter().map(|part| fold(&part.identity)).collect();
                    hold(&identities, key);
                }
                (None, _) => {}
            }
        }
        held
    }

    /// Whether it keeps nobody.
    fn is_empty(&self) -> bool {
        self.unmet.is_empty() && self.partly.is_empty()
    }

    fn back(&self, slots: &[Result<Value, String>]) -> Option<&String> {
        if self.is_empty() {
            return None;
        }
        let identity = |slot: &usize| slots.get(*slot)?.as_ref().ok()?.identity().map(|identity| fold(&identity));
        let identities: Vec<String> = self.slots.iter().map(identity).collect::<Option<_>>()?;
        let partly = || self.partly.iter().find(|(known, _)| agree(known, &identities)).map(|(_, key)| key);
        self.unmet.get(&identities).or_else(partly)
    }
}

impl Members {
    /// Those that didn't hold, counted as `report: all` counts the cases of a check.
    pub(super) fn of(judged: usize, unmet: impl Iterator<Item = Named>) -> Self {
        let mut members = Self::default();
        for named in unmet {
            members.count(named, None);
        }
        members.put_waived_last();
        Self { judged, ..members }
    }

    /// Whoever reads the first few reads those that nobody signed off.
    fn put_waived_last(&mut self) {
        self.named.sort_by_key(|named| named.verdict == Verdict::Waived);
    }

    /// Counts one; `identities` are those whom it holds back, were it not for a waiver.
    fn count(&mut self, named: Named, identities: Option<Vec<String>>) {
        self.judged += 1;
        *match named.verdict {
            Verdict::Fail => &mut self.failed,
            Verdict::Waived => &mut self.waived,
            Verdict::Pass | Verdict::Error | Verdict::Skip => &mut self.unknown,
        } += 1;
        if let Some(group) = &named.group {
            *self.groups.entry(group.clone()).or_insert(0) += 1;
        }
        match identities {
            Some(identities) if named.verdict == Verdict::Waived => self.except(identities, &named.key),
            Some(identities) => self.unmet(identities, &named.key),
            None => {}
        }
        if self.named.len() < MOST_NAMED {
            self.named.push(named);
        }
    }

    /// Remembers who holds only by a waiver. It is for a note alone: those beyond get none.
    fn except(&mut self, identities: Vec<String>, key: &str) {
        if self.excepted.len() < MOST_NAMED {
            self.excepted.push(Unmet { identities, key: key.to_owned() });
        }
    }

    /// Remembers whom to hold back: everybody, once there are more than can be told apart.
    fn unmet(&mut self, identities: Vec<String>, key: &str) {
        let identities = match self.unmet.len() {
            ..MOST_NAMED => identities,
            MOST_NAMED => Vec::new(),
            _ => return,
        };
        self.unmet.push(Unmet { identities, key: key.to_owned() });
    }

    /// The member that holds back a case of another check: one that agrees with it on every
    /// variable that both have.
    pub(super) fn unmet_for(&self, need: &Check, case: &Case) -> Option<&str> {
        agreeing(&self.unmet, need, case)
    }

    /// The member that holds for a case of another check only by a waiver.
    pub(super) fn waived_for(&self, need: &Check, case: &Case) -> Option<&str> {
        agreeing(&self.excepted, need, case)
    }

    /// `3 of 60 fail: pool01 (2), pool11 (1); a; b; c`
    pub(super) fn summary(&self) -> String {
        let all = self.judged;
        let mut text = match (self.failed, self.unknown) {
            (0, 0) => String::new(),
            (0, unknown) => format!("{unknown} of {all} could not be determined"),
            (failed, 0) => format!("{failed} of {all} fail"),
            (failed, unknown) => format!("{failed} of {all} fail, {unknown} could not be determined"),
        };
        match self.waived {
            0 => {}
            waived if text.is_empty() => text = format!("{waived} of {all} waived"),
            waived => text += &format!(", {waived} waived"),
        }
        let groups: Vec<String> = self.groups.iter().map(|(group, count)| format!("{group} ({count})")).collect();
        if !groups.is_empty() {
            text += &format!(": {}", groups.join(", "));
        }
        for member in self.named.iter().take(NAMED_IN_MESSAGE) {
            text += "; ";
            text += &member.message;
        }
        let named = self.failed + self.unknown + self.waived;
        if named > NAMED_IN_MESSAGE {
            text += &format!("; and {} more", named - NAMED_IN_MESSAGE);
        }
        text
    }
}

/// The variables of a need that a case binds too: their places, and the case's identities.
pub(super) fn shared_with(need: &Check, case: &Case) -> Vec<(usize, String)> {
    let variables = need.variables.iter().enumerate();
    variables
        .filter_map(|(index, theirs)| {
            let mine = case.subject.iter().find(|part| part.name == theirs.name)?;
            Some((index, fold(&mine.identity)))
        })
        .collect()
}

/// The first of these that agrees with a case of another check on every variable that both have.
fn agreeing<'a>(unmet: &'a [Unmet], need: &Check, case: &Case) -> Option<&'a str> {
    let shared = shared_with(need, case);
    let agrees = |identities: &[String]| {
        shared.iter().all(|(index, identity)| identities.get(*index).is_none_or(|known| known == identity))
    };
    unmet.iter().find(|one| agrees(&one.identities)).map(|one| one.key.as_str())
}

/// Judges all subjects of a case.
pub(super) fn judge_members(plan: &Plan, case: &Case, held: &[Held]) -> Outcome {
    let mut tally = Tally {
        check: &case.check,
        plan,
        held,
        covering: plan.request.waivers.about(&case.check),
        remembered: remembered(&case.check),
        turn: 0,
        members: Members::default(),
        worst: None,
        skipped: None,
    };
    let ranged = each(&case.check, &plan.roots, &plan.request, &mut tally);
    tally.conclude(ranged.remark)
}

struct Tally<'a> {
    check: &'a Check,
    plan: &'a Plan,
    held: &'a [Held],
    covering: Covering<'a>,
    /// What each expectation said, in this turn.
    remembered: Vec<Remembered>,
    turn: usize,
    members: Members,
    /// The judgement that stands for all: the first failure, else the first error, else the
    /// first that is waived.
    worst: Option<Judgement>,
    /// Why the first of those that were not judged was not.
    skipped: Option<SkipReason>,
}

impl Visitor for Tally<'_> {
    fn take(&mut self, found: Found<'_>) -> Next {
        match &found.state {
            State::Skip(reason) => {
                self.members.held_back += usize::from(*reason != SkipReason::NotDue);
                self.skipped.get_or_insert_with(|| reason.clone());
            }
            State::Error(cause) => self.keep(&found, failed_to_learn(cause.clone())),
            State::Ready | State::NothingLeft => {
                if let Some(key) = self.held.iter().find_map(|held| held.back(found.slots)) {
                    self.hold_back(&found, key);
                    return Next::More;
                }
                if self.turn != found.turn {
                    self.turn = found.turn;
                    self.remembered.iter_mut().for_each(Remembered::forget);
                }
                let slots = Slots { values: found.slots, now: self.plan.request.now };
                if holds(self.check, &mut self.remembered, &slots) {
                    self.members.judged += 1;
                    // A need tells subjects apart by more than what is read of them.
                    return if self.held.iter().all(Held::is_empty) { Next::Alike } else { Next::More };
                }
                self.keep(&found, judge_known(self.check, &slots));
            }
        }
        Next::More
    }

    fn take_alike(&mut self) {
        self.members.judged += 1;
    }
}

impl Tally<'_> {
    fn hold_back(&mut self, found: &Found<'_>, key: &str) {
        self.members.held_back += 1;
        self.skipped.get_or_insert_with(|| SkipReason::NeedFailed(key.to_owned()));
        let identities = self.bound(found).into_iter().filter_map(Value::identity);
        let identities = identities.map(|identity| fold(&identity)).collect();
        self.members.unmet(identities, key);
    }

    fn bound<'f>(&self, found: &'f Found<'_>) -> Vec<&'f Value> {
        let bound = self.check.variables.iter().take(found.bound);
        bound.filter_map(|variable| found.slots.get(variable.slot)?.as_ref().ok()).collect()
    }

    fn keep(&mut self, found: &Found<'_>, mut judgement: Judgement) {
        let bound = self.bound(found);
        let identities: Vec<String> = bound.iter().filter_map(|value| value.identity()).collect();
        let group = bound.iter().find_map(|value| group_of(value));
        let key = key_of(&self.check.id, identities.iter().map(String::as_str));
        let waived = self.waive(&key, &mut judgement);
        let Judgement { verdict, message, fix, .. } = judgement.clone();
        let named = Named { key, verdict, message, group, fix, waived };
        self.members.count(named, Some(identities.iter().map(|identity| fold(identity)).collect()));
        self.stand_for_all(judgement);
    }

    fn waive(&self, key: &str, judgement: &mut Judgement) -> Option<Waived> {
        let waived = self.covering.of(key).apply(judgement.verdict, &mut judgement.message)?;
        judgement.verdict = Verdict::Waived;
        Some(waived)
    }

    fn stand_for_all(&mut self, judgement: Judgement) {
        let weight = |verdict| match verdict {
            Verdict::Fail => 3,
            Verdict::Error => 2,
            Verdict::Waived => 1,
            Verdict::Pass | Verdict::Skip => 0,
        };
        if self.worst.as_ref().is_none_or(|worst| weight(judgement.verdict) > weight(worst.verdict)) {
            self.worst = Some(judgement);
        }
    }

    fn conclude(mut self, remark: Option<State>) -> Outcome {
        self.members.put_waived_last();
        match remark {
            Some(State::NothingLeft) => return self.outcome(Verdict::Pass, "nothing is left".to_owned(), None),
            Some(State::Skip(reason)) => return skipped(reason),
            Some(State::Error(cause)) => {
                let key = self.check.id.clone();
                // That there are no subjects is told by itself; everything else holds all of them back.
                let held = (cause.kind != NO_SUBJECTS).then(Vec::new);
                let mut judgement = failed_to_learn(cause);
                let waived = self.waive(&key, &mut judgement);
                let (verdict, message) = (judgement.verdict, judgement.message.clone());
                self.members.count(Named { key, verdict, message, group: None, fix: None, waived }, held);
                self.stand_for_all(judgement);
            }
            Some(State::Ready) | None => {}
        }
        let judged = self.members.judged;
        match (self.worst.take(), self.skipped.take()) {
            (Some(worst), _) => {
                let lone = self.members.named.len() == 1 && judged == 1;
                let message = if lone { worst.message.clone() } else { self.members.summary() };
                self.outcome(worst.verdict, message, Some(worst))
            }
            (None, Some(reason)) if judged == 0 => Outcome { members: Some(self.members), ..skipped(reason) },
            (None, _) => self.outcome(Verdict::Pass, format!("holds for all {judged}"), None),
        }
    }

    fn outcome(self, verdict: Verdict, message: String, worst: Option<Judgement>) -> Outcome {
        let (cause, expectations) = worst.map(|worst| (worst.cause, worst.expectations)).unwrap_or_default();
        let cause =
            cause.filter(|_| verdict == Verdict::Error).map(|cause| Cause { message: message.clone(), ..cause });
        let fix = self.members.named.iter().find_map(|member| member.fix.clone());
        let judgement = Judgement { verdict, message, cause, expectations, fix };
        Outcome { members: Some(self.members), ..simple(judgement) }
    }
}

fn failed_to_learn(cause: Cause) -> Judgement {
    let message = cause.message.clone();
    Judgement { verdict: Verdict::Error, message, cause: Some(cause), expectations: Vec::new(), fix: None }
}
