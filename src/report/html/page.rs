//! What the page says without scripts.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use crate::report::explain::{elapsed, groups, headline};
use crate::report::headline::{Tone, counts, in_the_way, mode, skips, word};
use crate::report::result::{CaseResult, Place, RunResult, SuiteResult, Verdict};
use crate::report::text::{line, printable, shorten};

/// How many findings are told at length.
const FINDINGS: usize = 100;
/// How many members of a finding are named.
const MEMBERS: usize = 20;
/// How long a text may be, in bytes.
const LONGEST: usize = 4_000;

#[derive(Debug, Serialize)]
pub(super) struct Page {
    word: &'static str,
    tone: &'static str,
    counts: String,
    run: Run,
    warnings: Vec<String>,
    findings: Vec<Finding>,
    findings_left: usize,
    waived: Vec<Finding>,
    places: Vec<Row>,
    suites: Vec<Row>,
    skipped: Option<String>,
}

#[derive(Debug, Serialize)]
struct Run {
    id: String,
    poolproof: String,
    environment: String,
    phase: String,
    mode: &'static str,
    vantages: String,
    started: String,
    took: String,
    host: String,
}

#[derive(Debug, Serialize)]
struct Finding {
    verdict: &'static str,
    label: String,
    title: String,
    key: String,
    anchor: String,
    message: String,
    members: Vec<String>,
    fix: Option<String>,
}

/// A place or a suite, and how its cases ended.
#[derive(Debug, Default, Serialize)]
struct Row {
    name: String,
    title: String,
    site: String,
    what: String,
    phase: String,
    failed: usize,
    failed_tone: &'static str,
    errors: usize,
    errors_tone: &'static str,
    waived: usize,
    passed: usize,
    skipped: usize,
}

impl Page {
    pub(super) fn of(result: &RunResult) -> Self {
        let run = &result.run;
        let (tone, word) = word(result);
        let in_the_way = in_the_way(result);
        let waived = result.cases().filter(|case| case.verdict == Verdict::Waived);
        let vantages: Vec<String> = run.vantages.iter().map(|vantage| line(&vantage.0).into_owned()).collect();
        Self {
            word,
            tone: match tone {
                Tone::Good => "pass",
                Tone::Open => "error",
                Tone::Bad => "fail",
            },
            counts: counts(result),
            run: Run {
                id: line(&run.id).into_owned(),
                poolproof: line(&run.poolproof).into_owned(),
                environment: line(&run.environment).into_owned(),
                phase: line(&run.phase).into_owned(),
                mode: mode(run.mode),
                vantages: if vantages.is_empty() { "nowhere".to_owned() } else { vantages.join(" and ") },
                started: run.started.to_string(),
                took: elapsed(run.finished.duration_since(run.started).try_into().unwrap_or_default()),
                host: line(&run.host).into_owned(),
            },
            warnings: result.warnings.iter().take(FINDINGS).map(|warning| text(warning)).collect(),
            findings: in_the_way.iter().take(FINDINGS).map(|case| Finding::of(case)).collect(),
            findings_left: in_the_way.len().saturating_sub(FINDINGS),
            waived: waived.take(FINDINGS).map(Finding::of).collect(),
            places: places(result),
            suites: result.suites.iter().map(Row::of_suite).collect(),
            skipped: skips(result),
        }
    }
}

impl Finding {
    fn of(case: &CaseResult) -> Self {
        let verdict = word_of(case.verdict);
        let ended = if case.verdict == Verdict::Fail { "failed" } else { "undetermined" };
        let mut members = Vec::new();
        if let Some(all) = case.ranged_over.filter(|_| !case.members.is_empty()) {
            let groups: Vec<String> = groups(&case.members)
                .iter()
                .take(MEMBERS)
                .map(|(group, number)| format!("{} {number}", line(group)))
                .collect();
            let of = format!("{} of {all} subjects", case.members.len());
            members.push(if groups.is_empty() { of } else { format!("{of}: {}", groups.join(", ")) });
        }
        members.extend(
            case.members.iter().take(MEMBERS).map(|member| format!("{}: {}", line(&member.key), text(&member.message))),
        );
        if case.members.len() > MEMBERS {
            members.push(format!("… and {} more", case.members.len() - MEMBERS));
        }
        Self {
            verdict,
            label: format!("{} {ended}", case.severity.as_str()),
            title: text(&case.title),
            key: line(&case.key).into_owned(),
            anchor: url::form_urlencoded::byte_serialize(line(&case.key).as_bytes())
                .collect::<String>()
                .replace('+', "%20"),
            message: text(headline(case)),
            members,
            fix: case.fix.as_deref().map(text),
        }
    }
}

impl Row {
    fn of_suite(suite: &SuiteResult) -> Self {
        let row = Self { name: line(&suite.name).into_owned(), title: text(&suite.title), ..Self::default() };
        row.counting(suite.cases.iter().map(|case| case.verdict))
    }

    fn of_place(place: &Place, verdicts: impl Iterator<Item = Verdict>) -> Self {
        let what: Vec<&str> = [place.role.as_deref(), Some(place.kind.as_str()), place.product.as_deref()]
            .into_iter()
            .flatten()
            .collect();
        let row = Self {
            name: line(&place.name).into_owned(),
            site: line(place.site.as_deref().unwrap_or_default()).into_owned(),
            what: line(&what.join(" ")).into_owned(),
            phase: line(&place.phase).into_owned(),
            ..Self::default()
        };
        row.counting(verdicts)
    }

    fn counting(mut self, verdicts: impl Iterator<Item = Verdict>) -> Self {
        for verdict in verdicts {
            *match verdict {
                Verdict::Pass => &mut self.passed,
                Verdict::Fail => &mut self.failed,
                Verdict::Error => &mut self.errors,
                Verdict::Skip => &mut self.skipped,
                Verdict::Waived => &mut self.waived,
            } += 1;
        }
        self.failed_tone = if self.failed > 0 { "fail" } else { "" };
        self.errors_tone = if self.errors > 0 { "error" } else { "" };
        self
    }
}

/// Every place with the cases that have it among their subjects; a site with those of its
/// pools and Directors.
fn places(result: &RunResult) -> Vec<Row> {
    let mut cases: HashMap<String, BTreeMap<usize, Verdict>> = HashMap::new();
    let places = &result.run.places;
    let sites: HashMap<String, &str> =
        places.iter().filter_map(|place| Some((place.name.to_lowercase(), place.site.as_deref()?))).collect();
    for (index, case) in result.cases().enumerate() {
        for subject in &case.subject {
            let name = subject.identity.to_lowercase();
            if let Some(site) = sites.get(&name) {
                cases.entry(site.to_lowercase()).or_default().insert(index, case.verdict);
            }
            cases.entry(name).or_default().insert(index, case.verdict);
        }
    }
    let of = |place: &Place| cases.get(&place.name.to_lowercase()).into_iter().flat_map(BTreeMap::values).copied();
    places.iter().map(|place| Row::of_place(place, of(place))).collect()
}

pub(super) const fn word_of(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Error => "error",
        Verdict::Skip => "skip",
        Verdict::Waived => "waived",
    }
}

fn text(raw: &str) -> String {
    printable(&shorten(raw, LONGEST)).into_owned()
}
