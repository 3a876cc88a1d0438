//! What became of a case.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::bulk::Members;
use crate::judge::Judgement;
use crate::observe::Observation;
use crate::report::{Cause, SkipReason, Verdict, Waived};

/// What became of a case, and what it rests on.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it was judged.
    pub judgement: Judgement,
    /// Why it was not judged.
    pub skipped: Option<SkipReason>,
    /// Step → observation.
    pub observations: BTreeMap<String, Arc<Observation>>,
    /// How long it took to come true, in milliseconds, where it did not at first.
    pub settled_after_ms: Option<u64>,
    /// What became of each subject, where one case stands for all of them.
    pub members: Option<Members>,
    /// The waiver that covers it.
    pub waived: Option<Waived>,
    /// What it needs and holds only by a waiver.
    pub waived_needs: Vec<String>,
}

/// An outcome that rests on nothing but its judgement.
pub(super) fn simple(judgement: Judgement) -> Outcome {
    Outcome {
        judgement,
        skipped: None,
        observations: BTreeMap::new(),
        settled_after_ms: None,
        members: None,
        waived: None,
        waived_needs: Vec::new(),
    }
}

pub(super) fn stated(verdict: Verdict, message: &str, cause: Option<Cause>) -> Outcome {
    simple(Judgement { verdict, message: message.to_owned(), cause, expectations: Vec::new(), fix: None })
}

pub(super) fn failed_to_plan(cause: Cause) -> Outcome {
    let message = cause.message.clone();
    stated(Verdict::Error, &message, Some(cause))
}

pub(super) fn skipped(reason: SkipReason) -> Outcome {
    let message = match &reason {
        SkipReason::NotDue => "not due in this phase".to_owned(),
        SkipReason::NotObservedFromHere => "not observed from here".to_owned(),
        SkipReason::NoInventory => {
            "the environment names no inventory (`inventory`), so there is nothing to judge".to_owned()
        }
        SkipReason::NeedFailed(key) => format!("{key} does not hold, and this needs it"),
        SkipReason::Nothing(reason) => format!("ranges over nothing: {reason}"),
        SkipReason::EffectNotAllowed(effect) => {
            format!("it {}; allow that with --allow {effect}", effect.replace('-', " "))
        }
        SkipReason::FailFast => "the run was stopped at the first failure".to_owned(),
        SkipReason::OutOfScope => "it is about other pools, waves or sites than were asked about".to_owned(),
    };
    Outcome { skipped: Some(reason), ..stated(Verdict::Skip, &message, None) }
}

/// A case whose task died: a defect of ours, and no reason to lose the others.
pub(super) fn lost() -> Outcome {
    failed_to_plan(Cause {
        kind: "internal".to_owned(),
        message: "judging this case failed; this is a defect of Poolproof's".to_owned(),
    })
}
