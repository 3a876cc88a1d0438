//! A check file, as a person writes it.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::environment::Window;
use crate::observe::{ErrorClass, Vantage};
use crate::report::Severity;
use crate::values::{Duration, Effect};
use crate::yaml::{Ordered, Raw, Spanned};

/// A suite of related checks.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Poolproof suite")]
pub struct SuiteFile {
    /// The suite's name, in kebab-case; JUnit shows it as the class.
    pub suite: Spanned<String>,
    /// What it proves, in one sentence.
    pub title: String,
    /// The document that asks for it.
    pub source: Option<String>,
    /// The phases in which its checks are due.
    #[serde(default)]
    pub applies: Option<Window>,
    /// What its checks have in common.
    #[serde(default)]
    pub defaults: Defaults,
    /// The checks.
    pub checks: Vec<CheckFile>,
}

/// What the checks of a suite have in common, where they say nothing else.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Defaults {
    /// How bad a failure is; `major` if nothing says otherwise.
    pub severity: Option<Severity>,
    /// Tags, added to each check's own.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it must be observed from.
    pub vantage: Option<Vantage>,
    /// How long one attempt of one question may take; `10s` if nothing says otherwise.
    pub timeout: Option<Duration>,
    /// Whether trouble on the way is tried again.
    pub retry: Option<RetryFile>,
    /// Whether a state may still be settling.
    pub eventually: Option<EventuallyFile>,
}

/// One thing that must be true.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckFile {
    /// Its id, in kebab-case, unique over all suites. Waivers and histories hang on it.
    pub id: Spanned<String>,
    /// What must be true, in one sentence; may hold `${…}`.
    pub title: Spanned<String>,
    /// Why it must be true.
    pub because: Option<String>,
    /// The document that says so.
    pub source: Option<String>,
    /// How bad a failure is.
    pub severity: Option<Severity>,
    /// Tags to select it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Where it must be observed from: `internal`, `external` or a named place. Anywhere if absent.
    pub vantage: Option<Vantage>,
    /// The phases in which it is due; the suite's if absent.
    pub applies: Option<Window>,
    /// Checks that must hold for the same subject before this one means anything.
    #[serde(default)]
    pub needs: Vec<Spanned<String>>,
    /// What it ranges over: variable name → expression that gives a list. A later one may use an earlier one.
    #[serde(default, rename = "for")]
    pub over: Ordered<Spanned<String>>,
    /// Which of those subjects it is about: an expression that is true or false.
    #[serde(rename = "where")]
    pub filter: Option<Spanned<String>>,
    /// What is asked: step name → probe and its parameters. A step may use earlier steps.
    #[serde(default)]
    pub observe: Ordered<Raw>,
    /// What must be true of the answers; or `none`: no subject may be left.
    pub expect: Spanned<ExpectFile>,
    /// With `expect: none`: what to tell of each subject that is left; may hold `${…}`.
    pub otherwise: Option<Spanned<String>>,
    /// The command that fixes it; may hold `${…}`.
    pub fix: Option<Spanned<String>>,
    /// Whether trouble on the way is tried again.
    pub retry: Option<RetryFile>,
    /// Whether a state may still be settling.
    pub eventually: Option<EventuallyFile>,
    /// How long one attempt of one question may take.
    pub timeout: Option<Duration>,
    /// The fewest subjects it must range over.
    #[schemars(range(min = 1))]
    pub at_least: Option<u64>,
    /// Why it may range over nothing. Without this, nothing is an error.
    pub allow_empty: Option<String>,
    /// A case for each subject, or one for all. `each` where something is asked, else `all`.
    pub report: Option<ReportMode>,
    /// Traces that it leaves; it runs only with `--allow <effect>`.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// Whether a waiver may cover it; true if absent.
    pub waivable: Option<bool>,
    /// The name of a limit on questions in flight; the environment's `limits.named` says how many.
    pub limit: Option<String>,
    /// The account that steps sign in as, one of the environment's `accounts`: an address, or an expression over
    /// the subject such as `${account.sip_address}`.
    pub account: Option<Spanned<String>>,
}

/// What must be true.
#[derive(Clone, Debug)]
pub enum ExpectFile {
    /// No subject may be left.
    None,
    /// All of these.
    All(Vec<ExpectationFile>),
}

/// One expectation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectationFile {
    /// An expression that must be true.
    pub that: Spanned<String>,
    /// What to tell a person where it is false; may hold `${…}`.
    pub otherwise: Option<Spanned<String>>,
}

/// How trouble on the way is tried again. Transport noise only: a wrong answer is an answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryFile {
    /// How often it is tried at most, the first time included.
    #[schemars(range(min = 1, max = 20))]
    pub attempts: Option<u32>,
    /// The pause before the second attempt; it doubles from there.
    pub wait: Option<Duration>,
    /// What is tried again; `timeout` and `connect` if absent.
    pub on: Option<Vec<RetryOn>>,
}

/// How a state that may still be settling is asked again.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EventuallyFile {
    /// How long it may take to come true.
    pub within: Duration,
    /// How often it is asked.
    pub every: Duration,
}

/// Trouble that may be tried again. A rejected credential never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RetryOn {
    /// No answer in time.
    Timeout,
    /// Refused, reset or unreachable.
    Connect,
    /// A name that doesn't resolve.
    Resolve,
    /// A handshake that failed.
    Tls,
    /// An answer that breaks the protocol.
    Protocol,
}

impl RetryOn {
    /// The error class it stands for.
    #[must_use]
    pub const fn class(self) -> ErrorClass {
        match self {
            Self::Timeout => ErrorClass::Timeout,
            Self::Connect => ErrorClass::Connect,
            Self::Resolve => ErrorClass::Resolve,
            Self::Tls => ErrorClass::Tls,
            Self::Protocol => ErrorClass::Protocol,
        }
    }
}

/// How many cases a check makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReportMode {
    /// One for each subject.
    Each,
    /// One for all subjects, which counts and names those that failed.
    All,
}

impl<'de> Deserialize<'de> for ExpectFile {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = ExpectFile;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`none` or a list of expectations")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<ExpectFile, E> {
                if text == "none" {
                    Ok(ExpectFile::None)
                } else {
                    Err(E::custom("`none` or a list of expectations is needed"))
                }
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<ExpectFile, A::Error> {
                let mut all = Vec::new();
                while let Some(item) = items.next_element()? {
                    all.push(item);
                }
                Ok(ExpectFile::All(all))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

impl JsonSchema for ExpectFile {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Expect".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<ExpectationFile>();
        json_schema!({
            "description": "What must be true of the answers; or `none`: no subject may be left.",
            "anyOf": [{"const": "none", "type": "string"}, {"type": "array", "items": item}],
        })
    }
}
