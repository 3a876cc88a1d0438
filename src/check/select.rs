//! Which checks a run is about.

use globset::{Glob, GlobMatcher};

use super::model::Check;
use crate::environment::Phase;
use crate::report::Severity;

/// What was asked for on the command line. Empty lists ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Ids or globs over ids (`federation-*`) and suites (`federated-communication/*`).
    pub patterns: Vec<GlobMatcher>,
    /// The patterns as they were given.
    pub pattern_texts: Vec<String>,
    /// Tags, any of which a check must have.
    pub tags: Vec<String>,
    /// Severities, any of which a check must have.
    pub severities: Vec<Severity>,
    /// Phases, in any of which a check must be due.
    pub phases: Vec<Phase>,
}

impl Selection {
    /// Whether it asks for everything.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.patterns.is_empty() && self.tags.is_empty() && self.severities.is_empty() && self.phases.is_empty()
    }

    /// Adds a pattern.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn pattern(&mut self, text: &str) -> Result<(), String> {
        let glob = Glob::new(text).map_err(|error| format!("`{text}` is not a pattern: {error}"))?;
        self.patterns.push(glob.compile_matcher());
        self.pattern_texts.push(text.to_owned());
        Ok(())
    }

    /// Exactly these checks.
    #[must_use]
    pub fn of_ids<'a>(ids: impl Iterator<Item = &'a str>) -> Self {
        let mut selection = Self::default();
        for id in ids {
            // Ids are kebab-case: no pattern in them can be broken.
            drop(selection.pattern(id));
        }
        selection
    }

    /// Whether a check was asked for.
    #[must_use]
    pub fn takes(&self, check: &Check) -> bool {
        let id = check.id.as_str();
        let full = format!("{}/{id}", check.suite);
        (self.patterns.is_empty() || self.patterns.iter().any(|glob| glob.is_match(id) || glob.is_match(&full)))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| check.tags.contains(tag)))
            && (self.severities.is_empty() || self.severities.contains(&check.severity.value))
            && (self.phases.is_empty() || self.phases.iter().any(|phase| check.window.contains(*phase)))
    }

    /// The patterns that take none of these checks: a filter that matched nothing says so.
    #[must_use]
    pub fn idle_patterns<'a>(&'a self, checks: &[&Check]) -> Vec<&'a str> {
        let matches = |glob: &GlobMatcher| {
            checks
                .iter()
                .any(|check| glob.is_match(&check.id) || glob.is_match(format!("{}/{}", check.suite, check.id)))
        };
        let idle = self.patterns.iter().zip(&self.pattern_texts).filter(|(glob, _)| !matches(glob));
        idle.map(|(_, text)| text.as_str()).collect()
    }
}
