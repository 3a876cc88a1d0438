//! The data from which the page's script draws the list of all cases.
//!
//! Every case is in it. Evidence and members are in it as far as the page stays small:
//! those of cases that don't hold come first.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::embedded::json;
use super::page::word_of;
use crate::observe::{Observation, Outcome};
use crate::report::explain::{groups, headline, question_text};
use crate::report::result::{CaseResult, ExpectationOutcome, RunResult, Verdict};
use crate::report::text::shorten;

/// How many bytes of evidence a page holds.
const EVIDENCE: usize = 2_000_000;
/// How many members of all cases a page names.
const MEMBERS: usize = 4_000;
/// How many members of one case are named, however many cases have members.
const FEWEST: usize = 20;
/// How long one text may be, in bytes.
const LONGEST: usize = 2_000;
/// How many entries of one list or record among the facts are shown.
const WIDEST: usize = 200;
/// For how many cases the expectations that hold are told as well.
const TOLD_WHOLE: usize = 2_000;

pub(super) struct Data<'a> {
    result: &'a RunResult,
}

#[derive(Serialize)]
struct Check<'a> {
    location: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<&'a [String]>,
}

#[derive(Serialize)]
struct Case<'a> {
    key: &'a str,
    title: Short<'a>,
    suite: usize,
    check: usize,
    severity: &'static str,
    verdict: &'static str,
    message: Short<'a>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    flaky: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    vantage: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<Short<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    connect: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    expectations: Vec<Expected<'a>>,
    #[serde(flatten)]
    members: Option<Members<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observations: Vec<(&'a str, u64)>,
}

/// A text that may have been shortened.
type Short<'a> = Cow<'a, str>;
/// The outcome, the expression, the message, and the value of each name.
type Expected<'a> = (&'static str, Short<'a>, Short<'a>, Vec<(&'a str, Short<'a>)>);

#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "they are the page's words, beside those of the case")]
struct Members<'a> {
    ranged_over: usize,
    members_total: usize,
    groups: Vec<(&'a str, usize)>,
    members: Vec<(&'a str, Short<'a>, Option<Short<'a>>)>,
}

#[derive(Serialize)]
struct Observed<'a> {
    asked: String,
    started: String,
    at: i64,
    took: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    earlier: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Fields<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    unknown: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<(&'a str, usize)>,
}

impl<'a> Data<'a> {
    pub(super) const fn of(result: &'a RunResult) -> Self {
        Self { result }
    }

    /// All of it, fit to stand in a page.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let run = &self.result.run;
        let span = run.finished.as_millisecond() - run.started.as_millisecond();
        let suites: Vec<&str> = self.result.suites.iter().map(|suite| suite.name.as_str()).collect();
        let (checks, cases) = self.cases();
        let (observations, texts) = self.observations()?;
        Ok(format!(
            "{{\"span\":{span},\"suites\":{},\"checks\":{},\"cases\":{},\"observations\":{observations},\"texts\":{}}}",
            json(&suites)?,
            json(&checks)?,
            json(&cases)?,
            json(&texts)?,
        ))
    }

    fn cases(&self) -> (Vec<Check<'a>>, Vec<Case<'a>>) {
        let with_members = self.result.cases().filter(|case| !case.members.is_empty()).count();
        let members = (MEMBERS / with_members.max(1)).max(FEWEST);
        let whole = self.result.totals.cases <= TOLD_WHOLE;
        let (mut checks, mut known) = (Vec::new(), HashMap::new());
        let mut cases = Vec::with_capacity(self.result.totals.cases);
        for (suite, found) in self.result.suites.iter().enumerate() {
            for case in &found.cases {
                let check = *known.entry(case.check.as_str()).or_insert_with(|| {
                    checks.push(Check {
                        location: &case.location,
                        because: case.because.as_deref(),
                        source: case.source.as_deref(),
                        tags: (!case.tags.is_empty()).then_some(case.tags.as_slice()),
                    });
                    checks.len() - 1
                });
                cases.push(Case::of(case, suite, check, members, whole));
            }
        }
        (checks, cases)
    }

    /// As many observations as there is room for, and the texts that they share.
    fn observations(&self) -> serde_json::Result<(String, Vec<String>)> {
        let (mut written, mut texts, mut known) = (String::from("{"), Vec::new(), HashMap::new());
        let mut size = 0;
        for id in self.by_weight() {
            let Some(observation) = self.result.observations.get(&id) else { continue };
            let evidence: Vec<(&str, usize)> = observation
                .evidence
                .iter()
                .map(|one| {
                    let at = *known.entry(one.text.as_str()).or_insert_with(|| {
                        let text = shorten(&one.text, 2 * LONGEST).into_owned();
                        size += text.len();
                        texts.push(text);
                        texts.len() - 1
                    });
                    (one.label.as_str(), at)
                })
                .collect();
            let one = json(&Observed::of(observation, self.result, evidence))?;
            size += one.len();
            let comma = if written.len() > 1 { "," } else { "" };
            let _ = write!(written, "{comma}\"{id}\":{one}");
            if size > EVIDENCE {
                break;
            }
        }
        written.push('}');
        Ok((written, texts))
    }

    /// The observations' ids: first those of cases that don't hold, then of those that needed
    /// a retry, then the rest.
    fn by_weight(&self) -> Vec<u64> {
        let mut cases: Vec<&CaseResult> = self.result.cases().collect();
        cases.sort_by_key(|case| match case.verdict {
            Verdict::Fail | Verdict::Error | Verdict::Waived => 0,
            _ if case.flaky => 1,
            _ => 2,
        });
        let mut seen = BTreeSet::new();
        cases.iter().flat_map(|case| case.observations.values().copied()).filter(|id| seen.insert(*id)).collect()
    }
}

impl<'a> Case<'a> {
    fn of(case: &'a CaseResult, suite: usize, check: usize, members: usize, whole: bool) -> Self {
        let holds = case.verdict == Verdict::Pass;
        let expectations = case.expectations.iter().filter(|_| whole || !holds).map(|one| {
            let outcome = match one.outcome {
                ExpectationOutcome::Holds => "holds",
                ExpectationOutcome::Contradicted => "contradicted",
                ExpectationOutcome::Unknown => "unknown",
            };
            let values = one.values.iter().map(|(name, value)| (name.as_str(), short(value))).collect();
            (outcome, short(&one.that), one.message.as_deref().map(short).unwrap_or_default(), values)
        });
        Self {
            key: &case.key,
            title: short(&case.title),
            suite,
            check,
            severity: case.severity.as_str(),
            verdict: word_of(case.verdict),
            message: if holds && case.message.is_empty() { Cow::Borrowed("") } else { short(headline(case)) },
            flaky: case.flaky && holds,
            vantage: case.vantage.as_ref().map(|vantage| vantage.0.as_str()),
            fix: case.fix.as_deref().map(short),
            connect: case.connect.iter().map(String::as_str).collect(),
            expectations: expectations.collect(),
            members: case.ranged_over.filter(|_| !case.members.is_empty()).map(|ranged_over| Members {
                ranged_over,
                members_total: case.members.len(),
                groups: groups(&case.members).into_iter().take(FEWEST).collect(),
                members: case
                    .members
                    .iter()
                    .take(members)
                    .map(|member| (member.key.as_str(), short(&member.message), member.fix.as_deref().map(short)))
                    .collect(),
            }),
            observations: case.observations.iter().map(|(step, id)| (step.as_str(), *id)).collect(),
        }
    }
}

impl<'a> Observed<'a> {
    fn of(one: &'a Observation, result: &RunResult, evidence: Vec<(&'a str, usize)>) -> Self {
        let (facts, error, unknown) = match &one.outcome {
            Outcome::Facts(facts) => {
                let unknown = facts.unknown.iter().map(|(name, why)| (name.as_str(), why.as_str()));
                (Some(Fields(&facts.values)), None, unknown.collect())
            }
            Outcome::Error(error) => (None, Some(error.message.as_str()), BTreeMap::new()),
        };
        Self {
            asked: question_text(&one.question),
            started: one.started.to_string(),
            at: one.started.as_millisecond() - result.run.started.as_millisecond(),
            took: one.finished.as_millisecond() - one.started.as_millisecond(),
            earlier: one.earlier.iter().map(|attempt| attempt.error.message.as_str()).collect(),
            error,
            facts,
            unknown,
            evidence,
        }
    }
}

/// A fact, its long texts shortened.
struct Bounded<'a>(&'a Value);

impl Serialize for Bounded<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::String(text) => out.serialize_str(&short(text)),
            Value::Array(items) => {
                let mut list = out.serialize_seq(None)?;
                for item in items.iter().take(WIDEST) {
                    list.serialize_element(&Bounded(item))?;
                }
                if items.len() > WIDEST {
                    let rest = items.len() - WIDEST;
                    list.serialize_element(&format_args!("… and {rest} more, in results.json"))?;
                }
                list.end()
            }
            Value::Object(fields) => Fields(fields).serialize(out),
            other => other.serialize(out),
        }
    }
}

/// Facts by their names.
struct Fields<'a>(&'a Map<String, Value>);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        let mut record = out.serialize_map(None)?;
        for (name, value) in self.0.iter().take(WIDEST) {
            record.serialize_entry(name, &Bounded(value))?;
        }
        record.end()
    }
}

fn short(text: &str) -> Short<'_> {
    shorten(text, LONGEST)
}
