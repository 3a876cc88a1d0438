//! Waivers that were read and make sense, held against a clock.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::file::{WaiverFile, WaiversFile};
use super::pattern::Pattern;
use crate::check::{Catalogue, Check};
use crate::diagnostic::{Code, Diagnostic, Place, Source, suggestion};
use crate::report::{Verdict, Waived};
use crate::values::Moment;
use crate::yaml::{self, Limits, Spanned};

/// A signed-off exception.
#[derive(Clone, Debug)]
pub struct Waiver {
    /// The cases that it covers.
    pub pattern: Pattern,
    /// Why it is acceptable.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was agreed.
    pub ticket: String,
    /// Its end, that moment excluded.
    pub until: Moment,
    /// Whether its end has come.
    pub lapsed: bool,
    /// Where it stands.
    pub place: Place,
}

/// All waivers of a run.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    /// Their text.
    pub source: Option<Arc<Source>>,
    /// The waivers, in the order of the file.
    pub all: Vec<Waiver>,
    /// What is suspicious about them, but not wrong.
    pub warnings: Vec<String>,
}

/// What the waivers say of a case that doesn't hold.
pub enum Cover<'a> {
    /// Nothing.
    None,
    /// It is covered.
    InForce(&'a Waiver),
    /// It was covered until a moment that is over.
    Lapsed(&'a Waiver),
    /// One would cover it, and its check can't be waived.
    Refused(&'a Waiver),
}

/// The waivers that are about one check, found quickly by key.
pub struct Covering<'a> {
    waivable: bool,
    exact: HashMap<&'a str, &'a Waiver>,
    like: Vec<&'a Waiver>,
}

impl Waiver {
    /// What a report says of a case that it covers.
    #[must_use]
    pub fn on(&self, instead_of: Verdict) -> Waived {
        Waived {
            case: self.pattern.as_str().to_owned(),
            reason: self.reason.clone(),
            owner: self.owner.clone(),
            ticket: self.ticket.clone(),
            until: self.until.to_string(),
            instead_of,
        }
    }

    /// The line that a covered case begins with.
    #[must_use]
    pub fn told(&self) -> String {
        format!("waived until {} by {} ({}): {}", self.until, self.owner, self.ticket, self.reason)
    }
}

impl Waivers {
    /// Reads a file and holds it against a clock.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn load(path: &Path, clock: Timestamp) -> Result<Self, Vec<Diagnostic>> {
        let source = yaml::read_source(path, Limits::default()).map_err(|diagnostic| {
            vec![diagnostic.hint("`--waivers` takes a file such as docs/waivers.md describes")]
        })?;
        Self::of_source(&source, clock)
    }

    /// From a text that was read already.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn of_source(source: &Arc<Source>, clock: Timestamp) -> Result<Self, Vec<Diagnostic>> {
        let file: WaiversFile = yaml::load(source, Limits::default())?;
        let (mut all, mut wrong): (Vec<Waiver>, _) = (Vec::new(), Vec::new());
        for waiver in file.waivers {
            wrong.extend(unsaid(source, &waiver));
            match Pattern::of(&waiver.case.value) {
                Err(message) => wrong.push(
                    Diagnostic::at(Code::InvalidValue, source, waiver.case.range.clone(), message)
                        .hint("name a case as reports show it: `check-id[subject]`; `*` stands for any text"),
                ),
                Ok(pattern) => all.push(Waiver {
                    pattern,
                    reason: waiver.reason.value,
                    owner: waiver.owner.value,
                    ticket: waiver.ticket.value,
                    lapsed: clock >= waiver.until.value.at(),
                    until: waiver.until.value,
                    place: Place { source: Arc::clone(source), range: waiver.case.range },
                }),
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let mut warnings = Vec::new();
        let mut seen: HashMap<&str, &Waiver> = HashMap::new();
        for waiver in &all {
            if let Some(first) = seen.insert(waiver.pattern.as_str(), waiver) {
                let text = waiver.pattern.as_str();
                warnings.push(format!(
                    "{}: a second waiver for `{text}` (the first is at {}): keep one",
                    waiver.place, first.place
                ));
            }
        }
        Ok(Self { source: Some(Arc::clone(source)), all, warnings })
    }

    /// Holds them against the checks: one that can't be waived is refused by name.
    ///
    /// # Errors
    /// Waivers for what can't be waived.
    pub fn fit(mut self, catalogue: &Catalogue) -> Result<Self, Vec<Diagnostic>> {
        let mut wrong = Vec::new();
        for waiver in &self.all {
            let pattern = &waiver.pattern;
            let about: Vec<&Arc<Check>> = catalogue.checks().filter(|check| pattern.is_about(&check.id)).collect();
            let text = pattern.as_str();
            match about.as_slice() {
                [] => {
                    let ids: Vec<&str> = catalogue.checks().map(|check| check.id.as_str()).collect();
                    let hint = suggestion(pattern.check(), ids);
                    self.warnings.push(format!("{}: `{text}` is about no check. {hint}", waiver.place).trim().into());
                }
                [check] if pattern.names_one_check() && !check.waivable => {
                    let message = format!("`{}` can't be waived", check.id);
                    let place = &waiver.place;
                    wrong.push(
                        Diagnostic::at(Code::NotWaivable, &place.source, place.range.clone(), message)
                            .hint("mend what it finds; `poolproof explain` tells how"),
                    );
                }
                checks if !pattern.names_one_check() => {
                    let about =
                        if checks.len() == 1 { "1 check".to_owned() } else { format!("{} checks", checks.len()) };
                    self.warnings.push(format!("{}: `{text}` is too broad: it is about {about}", waiver.place));
                }
                [check, ..] if pattern.subject() == Some("*") && !check.variables.is_empty() => {
                    self.warnings.push(format!(
                        "{}: `{text}` is too broad: it covers every subject of the check, those to come as well",
                        waiver.place
                    ));
                }
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(self) } else { Err(wrong) }
    }

    /// Those that are about a check.
    #[must_use]
    pub fn about(&self, check: &Check) -> Covering<'_> {
        let mut covering = Covering { waivable: check.waivable, exact: HashMap::new(), like: Vec::new() };
        for waiver in self.all.iter().filter(|waiver| waiver.pattern.is_about(&check.id)) {
            let text = waiver.pattern.as_str();
            if text.contains('*') {
                covering.like.push(waiver);
                continue;
            }
            // One in force before one that lapsed; else the first.
            let entry = covering.exact.entry(text).or_insert(waiver);
            if entry.lapsed && !waiver.lapsed {
                *entry = waiver;
            }
        }
        covering
    }
}

impl<'a> Covering<'a> {
    /// What they say of the case of this key.
    #[must_use]
    pub fn of(&self, key: &str) -> Cover<'a> {
        let like = || self.like.iter().copied().filter(|waiver| waiver.pattern.covers(key));
        let all = || self.exact.get(key).copied().into_iter().chain(like());
        let Some(first) = all().find(|waiver| !waiver.lapsed).or_else(|| all().next()) else { return Cover::None };
        match (self.waivable, first.lapsed) {
            (false, _) => Cover::Refused(first),
            (true, true) => Cover::Lapsed(first),
            (true, false) => Cover::InForce(first),
        }
    }
}

impl Cover<'_> {
    /// What it makes of a failure, or of what could not be determined: the message says so.
    #[must_use]
    pub fn apply(&self, verdict: Verdict, message: &mut String) -> Option<Waived> {
        match self {
            Self::None => None,
            Self::InForce(waiver) => {
                *message = format!("{}; {message}", waiver.told());
                Some(waiver.on(verdict))
            }
            Self::Lapsed(waiver) => {
                *message +=
                    &format!(" (its waiver, {} of {}, expired at {})", waiver.ticket, waiver.owner, waiver.until);
                None
            }
            Self::Refused(waiver) => {
                *message += &format!(" (the waiver {} does not cover it: this can't be waived)", waiver.ticket);
                None
            }
        }
    }
}

/// What a waiver must say and doesn't.
fn unsaid(source: &Arc<Source>, waiver: &WaiverFile) -> Vec<Diagnostic> {
    let fields = [("reason", &waiver.reason), ("owner", &waiver.owner), ("ticket", &waiver.ticket)];
    let empty = fields.into_iter().filter(|(_, text): &(_, &Spanned<String>)| text.value.trim().is_empty());
    empty
        .map(|(name, text)| {
            Diagnostic::at(Code::InvalidValue, source, text.range.clone(), format!("`{name}` is empty"))
                .hint("a waiver says why, who answers for it, and where it was agreed")
        })
        .collect()
}
