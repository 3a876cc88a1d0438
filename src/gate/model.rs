//! A gate whose every name is known.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::roll_back::RollBack;
use crate::check::{Catalogue, Check, Pattern};
use crate::diagnostic::{Code, Diagnostic, Source, suggestion};
use crate::environment::Phase;
use crate::plan::AskedAbout;
use crate::report::Severity;
use crate::yaml::Spanned;

/// A question, and what must hold for its answer to be GO.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Its name.
    pub name: String,
    /// The question.
    pub question: String,
    /// What going on means.
    pub because: Option<String>,
    /// The phases in which it is asked.
    pub phases: Vec<Phase>,
    /// What it may be asked about.
    pub about: Vec<ScopeKind>,
    /// Whether that has to be named.
    pub about_needed: bool,
    /// Patterns over the checks that must hold.
    pub checks: Vec<Spanned<String>>,
    /// Patterns over those that count as a whole.
    pub everywhere: Vec<Spanned<String>>,
    /// The least severity that stops it.
    pub blocks: Severity,
    /// Patterns over those that stop it whatever their severity.
    pub strict: Vec<Spanned<String>>,
    /// Whether what was observed under `connect` counts.
    pub accepts_connect: bool,
    /// How old the oldest run may be.
    pub max_age: Duration,
    /// What a person must have attested.
    pub attestations: Vec<Demand>,
    /// Whether it is asked inside the cutover window.
    pub in_window: bool,
    /// What it does not promise.
    pub not_promised: Vec<String>,
    /// How the step is taken back.
    pub roll_back: Vec<RollBack>,
    /// Its text.
    pub source: Arc<Source>,
}

/// What a person must have attested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The item's name.
    pub item: String,
    /// What has to have been seen.
    pub title: String,
}

/// What a gate may be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeKind {
    /// `--pool`
    Pool,
    /// `--wave`
    Wave,
    /// `--site`
    Site,
}

impl ScopeKind {
    /// As it is written on a command line.
    #[must_use]
    pub const fn option(self) -> &'static str {
        match self {
            Self::Pool => "--pool",
            Self::Wave => "--wave",
            Self::Site => "--site",
        }
    }

    /// The kind of what is asked about.
    #[must_use]
    pub const fn of(asked: &AskedAbout) -> Self {
        match asked {
            AskedAbout::Pool(_) => Self::Pool,
            AskedAbout::Wave(_) => Self::Wave,
            AskedAbout::Site(_) => Self::Site,
        }
    }
}

impl Gate {
    /// Refuses to be asked about what it is not for.
    ///
    /// # Errors
    /// What is wrong, and what to name.
    pub fn may_be_asked_about(&self, asked: &[AskedAbout]) -> Result<(), Vec<Diagnostic>> {
        let options: Vec<&str> = self.about.iter().map(|kind| kind.option()).collect();
        let told = |message: String| {
            let hint = match options.as_slice() {
                [] => "leave it out: the gate is about all of the environment".to_owned(),
                options => format!("name it with {}", options.join(" or ")),
            };
            Err(vec![Diagnostic::new(Code::InvalidValue, message).hint(hint)])
        };
        if let Some(other) = asked.iter().find(|one| !self.about.contains(&ScopeKind::of(one))) {
            return told(format!("the gate `{}` is not asked about a {other}", self.name));
        }
        if self.about_needed && asked.is_empty() {
            return told(format!("the gate `{}` has to be asked about something", self.name));
        }
        Ok(())
    }

    /// The checks that must hold, and all that they need, in the order of the catalogue.
    ///
    /// # Errors
    /// As of [`Gate::own`].
    pub fn demanded<'a>(&self, catalogue: &'a Catalogue) -> Result<Vec<&'a Arc<Check>>, Vec<Diagnostic>> {
        let own = self.own(catalogue)?;
        let mut ids: BTreeSet<&str> = own.iter().map(String::as_str).collect();
        let mut open: Vec<&str> = ids.iter().copied().collect();
        while let Some(check) = open.pop().and_then(|id| catalogue.check(id)) {
            for need in &check.needs {
                // A need that is not due holds nobody back.
                if let Some(needed) = catalogue.check(&need.value)
                    && self.is_in_time(needed)
                    && ids.insert(&needed.id)
                {
                    open.push(&needed.id);
                }
            }
        }
        Ok(catalogue.checks().filter(|check| ids.contains(check.id.as_str())).collect())
    }

    /// The ids of the checks that it names itself, without those that they need.
    ///
    /// # Errors
    /// A pattern that matches no check, or no check that is due when it is asked.
    pub fn own(&self, catalogue: &Catalogue) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
        let mut own = self.ids(&self.checks, catalogue)?;
        own.retain(|id| catalogue.check(id).is_some_and(|check| self.is_in_time(check)));
        if let Some(first) = self.checks.first().filter(|_| own.is_empty()) {
            let phases: Vec<&str> = self.phases.iter().map(|phase| phase.as_str()).collect();
            let (name, phases) = (&self.name, phases.join(" or "));
            let message = format!("no check that the gate `{name}` asks for is due in the phase {phases}");
            let hint = "name checks whose `applies` has a phase of the gate: `poolproof list` tells when each is due";
            return Err(vec![
                Diagnostic::at(Code::Inconsistent, &self.source, first.range.clone(), message).hint(hint),
            ]);
        }
        Ok(own)
    }

    /// Whether a check is due in a phase in which the gate is asked.
    fn is_in_time(&self, check: &Check) -> bool {
        self.phases.iter().any(|phase| check.window.contains(*phase))
    }

    /// The ids of the checks that count as a whole.
    ///
    /// # Errors
    /// A pattern that matches no check.
    pub fn everywhere(&self, catalogue: &Catalogue) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
        self.ids(&self.everywhere, catalogue)
    }

    /// The ids of the checks that stop it whatever their severity.
    ///
    /// # Errors
    /// A pattern that matches no check.
    pub fn strict(&self, catalogue: &Catalogue) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
        self.ids(&self.strict, catalogue)
    }

    fn ids(&self, patterns: &[Spanned<String>], catalogue: &Catalogue) -> Result<BTreeSet<String>, Vec<Diagnostic>> {
        let (mut ids, mut wrong) = (BTreeSet::new(), Vec::new());
        for pattern in patterns {
            ids.extend(self.matching(catalogue, pattern, &mut wrong).into_iter().map(|check| check.id.clone()));
        }
        if wrong.is_empty() { Ok(ids) } else { Err(wrong) }
    }

    /// The checks of a pattern: a gate that lacks one can't be answered.
    fn matching<'a>(
        &self,
        catalogue: &'a Catalogue,
        pattern: &Spanned<String>,
        wrong: &mut Vec<Diagnostic>,
    ) -> Vec<&'a Arc<Check>> {
        let told = |message: String, hint: String| {
            Diagnostic::at(Code::UnknownName, &self.source, pattern.range.clone(), message).hint(hint)
        };
        let asked = match Pattern::new(&pattern.value) {
            Ok(asked) => asked,
            Err(message) => {
                wrong.push(told(message, String::new()));
                return Vec::new();
            }
        };
        let full = |check: &Check| format!("{}/{}", check.suite, check.id);
        let found: Vec<&Arc<Check>> = catalogue.checks().filter(|check| asked.takes(check)).collect();
        if found.is_empty() {
            let ids = catalogue.checks().map(|check| check.id.clone());
            let names: Vec<String> = ids.chain(catalogue.checks().map(|check| full(check))).collect();
            let hint = suggestion(&pattern.value, names.iter().map(String::as_str));
            let message = format!("the gate `{}` asks for `{}`, and no check file has it", self.name, pattern.value);
            wrong.push(told(message, format!("{hint} `--checks builtin` adds the shipped checks")));
        }
        found
    }
}
