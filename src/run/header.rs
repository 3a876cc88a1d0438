//! The first line of a journal: all that judging needs besides observations.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::check::{Catalogue, Effect, Selection};
use crate::diagnostic::{Diagnostic, Source};
use crate::environment::Environment;
use crate::facts::Roots;
use crate::gather::Kept;
use crate::observe::Vantage;
use crate::plan::{Plan, Request};
use crate::report::RunInfo;

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
    /// The inventory that was read, where one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gathered: Option<Kept>,
}

/// A file's name and text.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
            gathered,
        }
    }

    /// Makes the same plan again, from the run's folder.
    ///
    /// # Errors
    /// The recorded files are not what this version of Poolproof reads.
    pub fn plan(&self, folder: &Path) -> Result<(Catalogue, Environment, Plan), Vec<Diagnostic>> {
        let sources: Vec<Arc<Source>> = self.suites.iter().map(Into::into).collect();
        let catalogue = Catalogue::of_sources(&sources)?;
        let environment = Environment::of_source((&self.environment).into(), PathBuf::new())?;
        let mut selection = Selection::default();
        for id in &self.selected {
            // Ids are kebab-case: no pattern in them can be broken.
            drop(selection.pattern(id));
        }
        let request = Request {
            selection,
            vantages: self.info.vantages.clone(),
            allowed: self.allowed.clone(),
            now: self.info.started,
            phase: environment.view.phase,
        };
        let roots = match &self.gathered {
            Some(kept) => Roots::new(&environment, Ok(kept.recall(folder, &environment, self.info.started)?)),
            None => Roots::without_inventory(&environment),
        };
        let plan = Plan::make(&catalogue, &environment, roots, request)?;
        Ok((catalogue, environment, plan))
    }

    /// The recorded vantages, for the plan.
    #[must_use]
    pub fn vantages(&self) -> &[Vantage] {
        &self.info.vantages
    }
}
