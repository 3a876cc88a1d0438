//! A check whose every name is known.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::file::ReportMode;
use crate::diagnostic::{Place, Source};
use crate::environment::Window;
use crate::expression::{Expr, Scope, Template, Type};
use crate::facts::Roots;
use crate::observe::{ErrorClass, ProbeKind, Vantage};
use crate::report::Severity;
use crate::values::Effect;
use crate::yaml::Spanned;

/// A suite that was read and makes sense.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// What it proves.
    pub title: String,
    /// Its text.
    pub source: Arc<Source>,
    /// Its checks, in the order of the file.
    pub checks: Vec<Arc<Check>>,
}

/// One thing that must be true.
#[derive(Debug)]
pub struct Check {
    /// Its id.
    pub id: String,
    /// The suite it is in.
    pub suite: String,
    /// What must be true.
    pub title: Template,
    /// The same, before its expressions are evaluated.
    pub title_text: String,
    /// Why.
    pub because: Option<String>,
    /// The document that says so.
    pub source: Option<String>,
    /// How bad a failure is.
    pub severity: Effective<Severity>,
    /// Tags to select it by.
    pub tags: Vec<String>,
    /// Where it must be observed from.
    pub vantage: Option<Vantage>,
    /// The phases in which it is due.
    pub window: Window,
    /// The ids of the checks that it needs.
    pub needs: Vec<Spanned<String>>,
    /// What it ranges over.
    pub variables: Vec<Variable>,
    /// Which subjects it is about.
    pub filter: Option<Expr>,
    /// What is asked.
    pub steps: Vec<Step>,
    /// What must be true of the answers.
    pub expect: Expect,
    /// The command that fixes it.
    pub fix: Option<Template>,
    /// How trouble on the way is tried again.
    pub retry: Effective<Retry>,
    /// How a settling state is asked again.
    pub eventually: Effective<Option<Eventually>>,
    /// How long one attempt of one question may take.
    pub timeout: Effective<Duration>,
    /// The fewest subjects it must range over.
    pub at_least: usize,
    /// Why it may range over nothing.
    pub allow_empty: Option<String>,
    /// How many cases it makes.
    pub report: ReportMode,
    /// Traces that it leaves.
    pub effects: Vec<Effect>,
    /// Whether a waiver may cover it.
    pub waivable: bool,
    /// The named limit that its questions count against.
    pub limit: Option<String>,
    /// The account that signs in, where a step does.
    pub account: Option<Template>,
    /// The names that its expressions know, by slot.
    pub scope: Scope,
    /// Where it stands.
    pub place: Place,
}

impl Check {
    /// Whether one case stands for all its subjects and nothing is asked: they are found
    /// and judged one after the other, and nobody holds them all.
    #[must_use]
    pub fn is_bulk(&self) -> bool {
        self.report == ReportMode::All && self.steps.is_empty() && !self.variables.is_empty()
    }

    /// Whether it can't be judged, or its questions not be asked, without the inventory.
    #[must_use]
    pub fn rests_on_inventory(&self) -> bool {
        let params = self.steps.iter().flat_map(|step| &step.params).flat_map(|(_, param)| param.templates());
        let plain = self.variables.iter().map(|variable| &variable.over).chain(&self.filter);
        let mut all =
            plain.chain(self.expected().iter().map(|one| &one.that)).chain(params.flat_map(Template::expressions));
        all.any(Roots::reads_inventory)
    }

    /// Whether it rests on the inventory, or tells something of it.
    #[must_use]
    pub fn reads_inventory(&self) -> bool {
        let otherwise = if let Expect::None(otherwise) = &self.expect { otherwise.as_ref() } else { None };
        let texts = self.expected().iter().filter_map(|one| one.otherwise.as_ref());
        let mut texts = texts.chain(otherwise).chain(&self.fix).chain([&self.title]).flat_map(Template::expressions);
        self.rests_on_inventory() || texts.any(Roots::reads_inventory)
    }

    fn expected(&self) -> &[Expectation] {
        if let Expect::All(expected) = &self.expect { expected } else { &[] }
    }
}

/// A variable of `for`.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// The type of what it stands for.
    pub item: Type,
    /// The list that it ranges over.
    pub over: Expr,
    /// Its slot.
    pub slot: usize,
}

/// A step of `observe`.
#[derive(Debug)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What asks.
    pub probe: ProbeKind,
    /// The type of what it learns.
    pub facts: Type,
    /// Its parameters.
    pub params: Vec<(String, Param)>,
    /// Its slot.
    pub slot: usize,
    /// The slots of the steps that must be answered first.
    pub after: Vec<usize>,
}

/// A parameter that may depend on subjects and earlier answers.
#[derive(Debug)]
pub enum Param {
    /// Known when the file is read.
    Known(serde_json::Value),
    /// Known when it runs.
    Template(Template),
    /// A list of such.
    List(Vec<Param>),
    /// Such by name.
    Map(Vec<(String, Param)>),
}

impl Param {
    /// The templates in it.
    fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Known(_) => Vec::new(),
            Self::Template(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, item)| item.templates()).collect(),
        }
    }
}

/// What must be true.
#[derive(Debug)]
pub enum Expect {
    /// No subject may be left; what to tell of one that is.
    None(Option<Template>),
    /// All of these.
    All(Vec<Expectation>),
}

/// One expectation.
#[derive(Debug)]
pub struct Expectation {
    /// The expression's text.
    pub text: String,
    /// The expression.
    pub that: Expr,
    /// What to tell a person where it is false.
    pub otherwise: Option<Template>,
    /// Where the expression stands.
    pub place: Place,
}

/// How trouble on the way is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried at most, the first time included.
    pub attempts: u32,
    /// The pause before the second attempt; it doubles from there.
    pub wait: Duration,
    /// What is tried again.
    pub on: Vec<ErrorClass>,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 1, wait: Duration::from_secs(1), on: vec![ErrorClass::Timeout, ErrorClass::Connect] }
    }
}

/// How a settling state is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eventually {
    /// How long it may take to come true.
    pub within: Duration,
    /// How often it is asked.
    pub every: Duration,
}

/// A setting, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective<T> {
    /// The setting.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Effective<T> {
    /// The first that is given, check before suite before our own default.
    pub(super) fn first(check: Option<T>, suite: Option<T>, builtin: T) -> Self {
        match (check, suite) {
            (Some(value), _) => Self { value, origin: Origin::Check },
            (None, Some(value)) => Self { value, origin: Origin::Suite },
            (None, None) => Self { value: builtin, origin: Origin::Builtin },
        }
    }
}

/// Where a setting came from, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Poolproof's own default.
    Builtin,
    /// The suite's `defaults`.
    Suite,
    /// The check.
    Check,
    /// The environment's `policy`.
    Environment,
    /// The largest of several checks that ask the same question.
    Merged,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Builtin => "built in",
            Self::Suite => "suite defaults",
            Self::Check => "check",
            Self::Environment => "environment policy",
            Self::Merged => "largest of the checks that share it",
        })
    }
}
