//! Whether a gate may rest on a run at all.

use jiff::{SignedDuration, Timestamp};

use super::answer::{Item, Kind, spell};
use super::ask::Terms;
use crate::check::Catalogue;
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Environment;
use crate::expression::{Lookup, Value};
use crate::facts::Base;
use crate::report::{Mode, Severity};
use crate::run::{Evidence, Origin, SourceText};

/// How far the clocks of two machines may be apart.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// The cmdlet's dataset that knows when the topology last changed, and its field
/// (`Get-CsManagementStoreReplicationStatus -CentralManagementStoreStatus`, `LastUpdatedOn`).
const PUBLISHED: (&str, &str) = ("central_management_statuses", "last_updated_on");

/// What a gate asks of the runs that it rests on.
pub(super) struct Fitness<'a> {
    pub(super) catalogue: &'a Catalogue,
    pub(super) terms: &'a Terms,
    pub(super) clock: Timestamp,
}

impl Fitness<'_> {
    /// Refuses evidence that a gate must not rest on.
    ///
    /// # Errors
    /// Everything that speaks against it.
    pub(super) fn check(&self, evidence: &Evidence, base: Option<&Base>) -> Result<(), Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        let mut unfit = |message: String, hint: &str| {
            wrong.push(Diagnostic::new(Code::UnfitRun, message).hint(hint));
        };
        let published = base.and_then(published);
        let most = SignedDuration::try_from(self.terms.max_age).unwrap_or(SignedDuration::MAX);
        for origin in evidence.parts() {
            let (id, started) = (&origin.info.id, origin.info.started);
            if origin.info.mode != self.terms.mode {
                let (message, hint) = match self.terms.mode {
                    Mode::Mock => (format!("the run {id} is not against a mock deployment"), "leave `--mock` out"),
                    Mode::Live | Mode::Replay => (
                        format!("the run {id} is against a mock deployment, and proves nothing of the real one"),
                        "run against the environment itself; to try the gate out, name the fixture with `--mock`",
                    ),
                };
                unfit(message, hint);
            }
            let age = self.clock.duration_since(started);
            if age < -CLOCK_SKEW {
                unfit(format!("the run {id} began at {started}, which is in the future"), "set the clocks right");
            } else if age > most {
                let message = format!("the run {id} is {} old, and at most {} are allowed", spell(age), spell(most));
                unfit(message, "run again; `--max-age` says what is allowed");
            }
            if let Some(at) = published.filter(|at| started < *at) {
                let message = format!("the run {id} began at {started}, and the topology was published at {at}");
                unfit(message, "run again: what was seen before may not be so any more");
            }
        }
        let suites: Vec<SourceText> =
            self.catalogue.suites.iter().map(|suite| SourceText::from(suite.source.as_ref())).collect();
        if !evidence.header.made_of(&suites) {
            let message = format!("the run {} was made with other check files", evidence.header.info.id);
            unfit(message, "run again, or name the same ones with `--checks`");
        }
        if !evidence.header.about.is_empty() && evidence.header.about != self.terms.about {
            let names: Vec<String> = evidence.header.about.iter().map(ToString::to_string).collect();
            let message = format!("the run {} is about {} alone", evidence.header.info.id, names.join(", "));
            unfit(message, "ask about the same, or name a run of all of it");
        }
        if let Some(file) = self.terms.environment.as_ref().filter(|file| file.text != evidence.header.environment.text)
        {
            unfit(
                format!("{} is not what the run {} was made with", file.name, evidence.header.info.id),
                "run again; a run is judged with the environment file that it was made with",
            );
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong) }
    }
}

/// When the topology was last published, as far as the inventory knows.
fn published(base: &Base) -> Option<Timestamp> {
    let (dataset, field) = PUBLISHED;
    let Lookup::Known(Value::List(statuses)) = base.inventory.list(dataset) else { return None };
    let at = |status: &Value| match status {
        Value::Record(record) => match record.get(field) {
            Lookup::Known(Value::Time(at)) => Some(at),
            _ => None,
        },
        _ => None,
    };
    statuses.iter().filter_map(at).max()
}

/// Runs that were stopped, or killed: what they had come to know need not be all of it.
pub(super) fn ended_early(evidence: &Evidence) -> Vec<Item> {
    // What was joined is whole only if joining came to its end as well.
    let cut_off = |origin: &&Origin| origin.info.interrupted;
    let stopped = evidence.of.iter().flat_map(|origin| {
        let parts: Vec<&Origin> = origin.parts().iter().filter(cut_off).collect();
        if parts.is_empty() { Some(origin).filter(cut_off).into_iter().collect() } else { parts }
    });
    let item = |origin: &Origin| Item {
        key: origin.info.id.clone(),
        check: None,
        title: "The run came to its end".to_owned(),
        severity: Severity::Blocker,
        kind: Kind::EndedEarly,
        message: format!("the run {} was stopped before its end, at {}", origin.info.id, origin.info.finished),
        evidence: Vec::new(),
        members: Vec::new(),
        fix: Some("run again, and let it come to its end".to_owned()),
        because: None,
        source: None,
        location: None,
        holds_back: Vec::new(),
    };
    stopped.map(item).collect()
}

/// Datasets that were fresh when they were read and have become too old since.
pub(super) fn stale(base: &Base, environment: &Environment, clock: Timestamp) -> Vec<Item> {
    let Some(file) = &environment.file.inventory else { return Vec::new() };
    let most = |dataset: &str| file.max_age.get(dataset).or_else(|| file.max_age.get("default"));
    let mut items: Vec<Item> = Vec::new();
    for part in base.inventory.parts() {
        let dataset = &part.manifest.dataset;
        let Some((read_at, most)) = part.manifest.read_at().zip(most(dataset)) else { continue };
        let age = clock.duration_since(read_at);
        let most = SignedDuration::try_from(most.0).unwrap_or(SignedDuration::MAX);
        if age > most && !items.iter().any(|item| item.key == *dataset) {
            items.push(Item {
                key: dataset.clone(),
                check: None,
                title: format!("The inventory's {} are not too old", dataset.replace('_', " ")),
                severity: Severity::Blocker,
                kind: Kind::Stale,
                message: format!("they are {} old by now, and at most {} are allowed", spell(age), spell(most)),
                evidence: Vec::new(),
                members: Vec::new(),
                fix: Some("make a new export, and run again".to_owned()),
                because: None,
                source: None,
                location: None,
                holds_back: Vec::new(),
            });
        }
    }
    items
}
