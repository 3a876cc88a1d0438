//! The first line of a journal: all that judging needs besides observations.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::origin::Origin;
use crate::check::{Catalogue, Effect, Selection};
use crate::diagnostic::{Diagnostic, Source};
use crate::environment::Environment;
use crate::gather::Kept;
use crate::plan::{AskedAbout, Plan};
use crate::report::RunInfo;
use crate::waivers::Waivers;

/// What a run was made of. The environment's text holds secrets by reference only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Header {
    /// What was run, where and when. `finished` and `interrupted` are told by the last line.
    pub info: RunInfo,
    /// The environment file.
    pub environment: SourceText,
    /// The check files.
    pub suites: Vec<SourceText>,
    /// The ids of the selected checks.
    pub selected: Vec<String>,
    /// The traces that were allowed.
    pub allowed: Vec<Effect>,
    /// What somebody should know of the run as a whole.
    pub warnings: Vec<String>,
    /// The waivers that the run was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waivers: Option<SourceText>,
    /// What was asked about; all of the environment if nothing is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub about: Vec<AskedAbout>,
    /// The inventory that was read, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gathered: Option<Kept>,
    /// The runs that it was joined from: it is as old as the oldest of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Origin>,
}

/// A file's name and text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SourceText {
    /// The name under which it was read.
    pub name: String,
    /// Its text.
    pub text: String,
}

impl From<&Source> for SourceText {
    fn from(source: &Source) -> Self {
        Self { name: source.name.clone(), text: source.text.clone() }
    }
}

impl From<&SourceText> for Arc<Source> {
    fn from(text: &SourceText) -> Self {
        Arc::new(Source::new(text.name.as_str(), text.text.as_str()))
    }
}

impl Header {
    /// For a run that is about to begin.
    #[must_use]
    pub fn of(
        info: RunInfo,
        environment: &Environment,
        catalogue: &Catalogue,
        plan: &Plan,
        gathered: Option<Kept>,
    ) -> Self {
        let selected = catalogue.checks().filter(|check| plan.request.selection.takes(check));
        Self {
            info,
            environment: SourceText::from(environment.source.as_ref()),
            suites: catalogue.suites.iter().map(|suite| SourceText::from(suite.source.as_ref())).collect(),
            selected: selected.map(|check| check.id.clone()).collect(),
            allowed: plan.request.allowed.clone(),
            warnings: plan.warnings.clone(),
            about: plan.request.scope.asked().to_vec(),
            waivers: plan.request.waivers.source.as_deref().map(SourceText::from),
            gathered,
            joined: Vec::new(),
        }
    }

    /// The recorded check files.
    ///
    /// # Errors
    /// They are not what this version of Poolproof reads.
    pub fn catalogue(&self) -> Result<Catalogue, Vec<Diagnostic>> {
        let sources: Vec<Arc<Source>> = self.suites.iter().map(Into::into).collect();
        Catalogue::of_sources(&sources)
    }

    /// Whether it was made with these check files, whatever they are called.
    #[must_use]
    pub fn made_of(&self, suites: &[SourceText]) -> bool {
        let texts = |suites: &[SourceText]| -> BTreeSet<String> { suites.iter().map(|one| one.text.clone()).collect() };
        texts(&self.suites) == texts(suites)
    }

    /// The recorded selection: the ids of the checks.
    #[must_use]
    pub fn selection(&self) -> Selection {
        Selection::of_ids(self.selected.iter().map(String::as_str))
    }

    /// The recorded waivers, held against a clock.
    ///
    /// # Errors
    /// They are not what this version of Poolproof reads.
    pub fn waivers(&self, catalogue: &Catalogue, clock: Timestamp) -> Result<Waivers, Vec<Diagnostic>> {
        match &self.waivers {
            Some(text) => Waivers::of_source(&text.into(), clock)?.fit(catalogue),
            None => Ok(Waivers::default()),
        }
    }
}
