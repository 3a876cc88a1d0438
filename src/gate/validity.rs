//! Until when an answer may be relied on: the first end of what it rests on.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::environment::{CutoverWindow, Environment};
use crate::facts::Base;
use crate::observe::{Observation, Outcome};
use crate::report::question_text;
use crate::waivers::Waiver;

/// An end, and of what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct End {
    pub(super) at: Timestamp,
    pub(super) what: String,
}

/// The ends of what an answer rests on. What had ended when it was asked is told as such, and
/// is no end of the answer.
pub(super) struct Ends {
    clock: Timestamp,
    all: Vec<End>,
}

/// The first of them.
pub(super) fn first(ends: Ends) -> End {
    let none = || End { at: ends.clock, what: "nothing that it could rest on".to_owned() };
    ends.all.into_iter().min().unwrap_or_else(none)
}

impl Ends {
    pub(super) const fn after(clock: Timestamp) -> Self {
        Self { clock, all: Vec::new() }
    }

    fn add(&mut self, at: Timestamp, what: impl FnOnce() -> String) {
        if at > self.clock {
            self.all.push(End { at, what: what() });
        }
    }

    /// The oldest run, and how old it may be.
    pub(super) fn of_runs(&mut self, oldest: Timestamp, max_age: Duration) {
        let at = after(oldest, max_age);
        self.add(at, || "the age allowed for the oldest run".to_owned());
    }

    /// The waivers that it leans on.
    pub(super) fn of_waivers<'a>(&mut self, used: impl Iterator<Item = &'a Waiver>) {
        for waiver in used {
            self.add(waiver.until.at(), || format!("the waiver {} for {}", waiver.ticket, waiver.pattern.as_str()));
        }
    }

    /// The first of the attestations that hold.
    pub(super) fn of_attestations(&mut self, first: Option<Timestamp>) {
        if let Some(at) = first {
            self.add(at, || "an attestation".to_owned());
        }
    }

    /// The cutover window, where the gate is asked inside it.
    pub(super) fn of_window(&mut self, window: Option<&CutoverWindow>) {
        if let Some(window) = window {
            self.add(window.until.value.at(), || "the cutover window".to_owned());
        }
    }

    /// The datasets of the inventory, each by the age that it may have.
    pub(super) fn of_inventory(&mut self, base: Option<&Base>, environment: &Environment) {
        let (Some(base), Some(file)) = (base, &environment.file.inventory) else { return };
        for part in base.inventory.parts() {
            let dataset = &part.manifest.dataset;
            let most = file.max_age.get(dataset).or_else(|| file.max_age.get("default"));
            if let Some((read_at, most)) = part.manifest.read_at().zip(most) {
                self.add(after(read_at, most.0), || format!("the age allowed for the inventory's {dataset}"));
            }
        }
    }

    /// The certificates that were seen, those of their issuers as well.
    pub(super) fn of_certificates<'a>(&mut self, observations: impl Iterator<Item = &'a Arc<Observation>>) {
        for observation in observations {
            let Outcome::Facts(facts) = &observation.outcome else { continue };
            let mut found = None;
            facts.values.values().for_each(|value| not_after(value, self.clock, &mut found));
            if let Some(at) = found {
                self.add(at, || format!("a certificate that was seen ({})", question_text(&observation.question)));
            }
        }
    }
}

/// The first end of a certificate in facts, of those that have not ended.
fn not_after(facts: &Value, clock: Timestamp, found: &mut Option<Timestamp>) {
    match facts {
        Value::Object(fields) => {
            let own = fields.get("not_after").and_then(Value::as_str).and_then(|text| text.parse::<Timestamp>().ok());
            if let Some(at) = own.filter(|at| *at > clock) {
                *found = Some(found.map_or(at, |before| before.min(at)));
            }
            fields.values().for_each(|inner| not_after(inner, clock, found));
        }
        Value::Array(items) => items.iter().for_each(|inner| not_after(inner, clock, found)),
        _ => {}
    }
}

fn after(moment: Timestamp, span: Duration) -> Timestamp {
    let span = SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX);
    moment.checked_add(span).unwrap_or(Timestamp::MAX)
}
