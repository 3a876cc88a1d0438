//! Which checks a run is about.

use globset::{Glob, GlobMatcher};

use super::model::Check;
use crate::environment::Phase;
use crate::report::Severity;

/// What was asked for on the command line. Empty lists ask for everything.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Ids or globs over ids (`federation-*`) and suites (`federated-communication/*`).
    pub patterns: Vec<Pattern>,
    /// Tags, any of which a check must have.
    pub tags: Vec<String>,
    /// Severities, any of which a check must have.
    pub severities: Vec<Severity>,
    /// Phases, in any of which a check must be due.
    pub phases: Vec<Phase>,
}

/// An id, or a glob over ids and suites.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    /// None: it has nothing but letters in it, and is compared with them.
    glob: Option<GlobMatcher>,
}

impl Pattern {
    /// # Errors
    /// What is wrong with it.
    pub(crate) fn new(text: &str) -> Result<Self, String> {
        // A matcher is a machine of its own, and a gate names a hundred ids.
        let is_id = text.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '/'));
        let glob = || Glob::new(text).map_err(|error| format!("`{text}` is not a pattern: {error}"));
        let glob = if is_id { None } else { Some(glob()?.compile_matcher()) };
        Ok(Self { text: text.to_owned(), glob })
    }

    /// Whether it is about a check.
    pub(crate) fn takes(&self, check: &Check) -> bool {
        let id = check.id.as_str();
        if let Some(glob) = &self.glob {
            return glob.is_match(id) || glob.is_match(format!("{}/{id}", check.suite));
        }
        let rest = self.text.strip_suffix(id);
        rest == Some("") || rest.and_then(|rest| rest.strip_suffix('/')) == Some(check.suite.as_str())
    }
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
        self.patterns.push(Pattern::new(text)?);
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
        (self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.takes(check)))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| check.tags.contains(tag)))
            && (self.severities.is_empty() || self.severities.contains(&check.severity.value))
            && (self.phases.is_empty() || self.phases.iter().any(|phase| check.window.contains(*phase)))
    }

    /// The patterns that take none of these checks: a filter that matched nothing says so.
    #[must_use]
    pub fn idle_patterns<'a>(&'a self, checks: &[&Check]) -> Vec<&'a str> {
        let idle = self.patterns.iter().filter(|pattern| !checks.iter().any(|check| pattern.takes(check)));
        idle.map(|pattern| pattern.text.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Catalogue;

    #[test]
    fn ids_are_compared_as_globs_would() {
        let catalogue = Catalogue::load(&[]).expect("the shipped checks");
        let checks: Vec<_> = catalogue.checks().collect();
        let first = checks.first().expect("a check");
        let (id, suite) = (&first.id, &first.suite);
        let texts = [
            id.clone(),
            format!("{suite}/{id}"),
            suite.clone(),
            format!("/{id}"),
            format!("x{id}"),
            format!("{suite}x/{id}"),
            format!("x{suite}/{id}"),
            String::new(),
            "/".to_owned(),
            format!("{suite}/*"),
        ];
        for text in texts {
            let pattern = Pattern::new(&text).expect("a pattern");
            let glob = Glob::new(&text).expect("a pattern").compile_matcher();
            for check in &checks {
                let by_glob = glob.is_match(&check.id) || glob.is_match(format!("{}/{}", check.suite, check.id));
                assert_eq!(pattern.takes(check), by_glob, "{text}: {}", check.id);
            }
        }
        assert!(Pattern::new("a[").is_err());
    }
}
