//! `attestations.yaml`: facts that no probe can learn, stated by a person.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::answer::{AttestationState, Standing};
use super::model::Demand;
use crate::diagnostic::{Code, Diagnostic, Place, Source};
use crate::plan::AskedAbout;
use crate::values::{Moment, fold};
use crate::yaml::{self, Limits, Spanned};

/// What persons have stated of an environment.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Poolproof attestations")]
pub struct AttestationsFile {
    /// The environment that they are of.
    pub environment: Spanned<String>,
    /// The statements.
    pub attestations: Vec<AttestationFile>,
}

/// What somebody has seen.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AttestationFile {
    /// The item of a gate that it answers.
    pub item: Spanned<String>,
    /// Who saw it.
    pub by: Spanned<String>,
    /// When.
    pub at: Spanned<Moment>,
    /// What shows it: a ticket, a recording, a screenshot.
    pub evidence: Spanned<String>,
    /// Until when it may be relied on, that moment excluded.
    pub until: Spanned<Moment>,
    /// The pool that it is about; about all of the environment if neither this nor the next two are there.
    pub pool: Option<String>,
    /// The wave that it is about.
    pub wave: Option<String>,
    /// The site that it is about.
    pub site: Option<String>,
}

/// Attestations that were read and make sense.
#[derive(Clone, Debug, Default)]
pub struct Attestations {
    source: Option<Arc<Source>>,
    environment: Option<Spanned<String>>,
    all: Vec<AttestationFile>,
}

impl Attestations {
    /// From a text that was read already.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn of_source(source: &Arc<Source>) -> Result<Self, Vec<Diagnostic>> {
        let file: AttestationsFile = yaml::load(source, Limits::default())?;
        let mut wrong = Vec::new();
        for one in &file.attestations {
            for (name, text) in [("item", &one.item), ("by", &one.by), ("evidence", &one.evidence)] {
                if text.value.trim().is_empty() {
                    wrong.push(
                        Diagnostic::at(Code::InvalidValue, source, text.range.clone(), format!("`{name}` is empty"))
                            .hint("an attestation says what was seen, by whom, and what shows it"),
                    );
                }
            }
            if one.until.value.at() <= one.at.value.at() {
                let message = format!("it ends at {}, before it was seen", one.until.value);
                wrong.push(
                    Diagnostic::at(Code::InvalidValue, source, one.until.range.clone(), message)
                        .hint("`until` is the end of its validity"),
                );
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        Ok(Self { source: Some(Arc::clone(source)), environment: Some(file.environment), all: file.attestations })
    }

    /// Refuses those of another environment.
    ///
    /// # Errors
    /// Whose they are.
    pub fn are_of(self, environment: &str) -> Result<Self, Vec<Diagnostic>> {
        match (&self.source, &self.environment) {
            (Some(source), Some(named)) if fold(&named.value) != fold(environment) => {
                let message = format!("these attestations are of `{}`, not of `{environment}`", named.value);
                let told = Diagnostic::at(Code::Inconsistent, source, named.range.clone(), message);
                Err(vec![told.hint("name this environment's own")])
            }
            _ => Ok(self),
        }
    }

    /// What is known of an item that a gate demands: the best that was stated of it.
    pub(super) fn of(&self, demand: &Demand, asked: &[AskedAbout], clock: Timestamp) -> AttestationState {
        let about = self.all.iter().filter(|one| one.item.value == demand.item && one.is_about(asked));
        let best = about.min_by_key(|one| (one.standing(clock) as u8, std::cmp::Reverse(one.until.value.at())));
        let told = |one: &AttestationFile| {
            let place =
                self.source.as_ref().map(|source| Place { source: Arc::clone(source), range: one.item.range.clone() });
            AttestationState {
                item: demand.item.clone(),
                title: demand.title.clone(),
                standing: one.standing(clock),
                by: Some(one.by.value.clone()),
                at: Some(one.at.value.to_string()),
                evidence: Some(one.evidence.value.clone()),
                until: Some(one.until.value.to_string()),
                location: place.map(|place| place.to_string()),
            }
        };
        best.map_or_else(|| AttestationState::missing(demand), told)
    }

    /// When the first of those that hold ends.
    pub(super) fn first_end(&self, demands: &[Demand], asked: &[AskedAbout], clock: Timestamp) -> Option<Timestamp> {
        let ends = demands.iter().filter_map(|demand| {
            let about = self.all.iter().filter(|one| one.item.value == demand.item && one.is_about(asked));
            about.filter(|one| one.standing(clock) == Standing::Holds).map(|one| one.until.value.at()).max()
        });
        ends.min()
    }

    /// Items that no gate asks for: probably misspelt.
    pub(super) fn unknown(&self, known: &[&str]) -> Vec<String> {
        let Some(source) = &self.source else { return Vec::new() };
        self.all
            .iter()
            .filter(|one| !known.contains(&one.item.value.as_str()))
            .map(|one| {
                let place = Place { source: Arc::clone(source), range: one.item.range.clone() };
                let hint = crate::diagnostic::suggestion(&one.item.value, known.iter().copied());
                format!("{place}: no gate asks for `{}`. {hint}", one.item.value)
            })
            .collect()
    }
}

impl AttestationFile {
    fn standing(&self, clock: Timestamp) -> Standing {
        if self.at.value.at() > clock {
            Standing::FromTheFuture
        } else if clock >= self.until.value.at() {
            Standing::Expired
        } else {
            Standing::Holds
        }
    }

    /// Whether it answers for what a gate is asked about. What was seen at one pool says
    /// nothing of another, nor of all.
    fn is_about(&self, asked: &[AskedAbout]) -> bool {
        let named = [
            self.pool.as_ref().map(|name| AskedAbout::Pool(fold(name))),
            self.wave.as_ref().map(|name| AskedAbout::Wave(fold(name))),
            self.site.as_ref().map(|name| AskedAbout::Site(fold(name))),
        ];
        let named: Vec<AskedAbout> = named.into_iter().flatten().collect();
        let folded = |one: &AskedAbout| match one {
            AskedAbout::Pool(name) => AskedAbout::Pool(fold(name)),
            AskedAbout::Wave(name) => AskedAbout::Wave(fold(name)),
            AskedAbout::Site(name) => AskedAbout::Site(fold(name)),
        };
        named.is_empty() || !asked.is_empty() && asked.iter().all(|one| named.contains(&folded(one)))
    }
}
