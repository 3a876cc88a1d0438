//! What does not hold or could not be determined: the summary's middle.

use super::layout::{CYAN, DIM, Line, RED, YELLOW};
use super::summary::{Screen, list};
use crate::observe::Outcome;
use crate::report::explain::{count, groups, headline, observed, question_text, unmet};
use crate::report::headline::severities;
use crate::report::result::{CaseResult, Severity, Verdict};
use crate::report::text::{clip, line};

/// How many values of a failed expectation are shown.
const VALUES: usize = 3;
/// How many members of a case that stands for many are shown.
const MEMBERS: usize = 3;
impl Screen<'_> {
    pub(super) fn blockers(&self) -> Vec<Vec<Line>> {
        self.all(Verdict::Fail)
            .filter(|case| case.severity == Severity::Blocker)
            .map(|case| self.blocker(case))
            .collect()
    }

    /// A blocker: what, why, by which evidence, and how to mend it.
    fn blocker(&self, case: &CaseResult) -> Vec<Line> {
        let mut lines = self.wrap(Line::starting(RED, "blocker", &format!("  {}", line(&case.key))), 9);
        lines.extend(self.indented(&line(headline(case))));
        for (name, value) in unmet(case).flat_map(|expectation| &expectation.values).take(VALUES) {
            let text = format!("{} = {}", line(name), line(value));
            lines.push(Line::painted(DIM, format!("    {}", clip(&text, self.width - 4))));
        }
        lines.extend(self.members(case));
        for (_, observation) in observed(self.result, case).take(VALUES) {
            let mut text = format!("asked: {}", line(&question_text(&observation.question)));
            if let Outcome::Facts(facts) = &observation.outcome
                && let Some(address) = facts.values.get("address").and_then(serde_json::Value::as_str)
            {
                text = format!("{text} at {}", line(address));
            }
            lines.push(Line::painted(DIM, format!("    {}", clip(&text, self.width - 4))));
        }
        lines.extend(fix(case, "    "));
        lines
    }

    fn members(&self, case: &CaseResult) -> Vec<Line> {
        let mut lines = Vec::new();
        if let Some(all) = case.ranged_over {
            let groups: Vec<String> =
                groups(&case.members).iter().map(|(group, count)| format!("{} {count}", line(group))).collect();
            let groups = if groups.is_empty() { String::new() } else { format!(": {}", groups.join(", ")) };
            lines.extend(self.indented(&format!(
                "{} of {}{groups}",
                case.members.len(),
                count(all, "subject", "subjects")
            )));
        }
        for member in case.members.iter().take(MEMBERS) {
            let text = format!("{}: {}", line(&member.key), line(&member.message));
            lines.push(Line::plain(format!("    {}", clip(&text, self.width - 4))));
        }
        if case.members.len() > MEMBERS {
            lines.push(Line::painted(DIM, format!("    … and {} more", case.members.len() - MEMBERS)));
        }
        lines
    }

    /// Failures that are no blockers: the worst first.
    pub(super) fn lesser(&self) -> Vec<Vec<Line>> {
        let mut cases: Vec<&CaseResult> =
            self.all(Verdict::Fail).filter(|case| case.severity < Severity::Blocker).collect();
        cases.sort_by_key(|case| std::cmp::Reverse(case.severity));
        let least = self.result.run.fail_on;
        cases
            .into_iter()
            .map(|case| {
                let aside = match case.severity {
                    _ if case.counts(least) => String::new(),
                    Severity::Info => " (fails no run)".to_owned(),
                    _ => format!(" (below --fail-on {})", least.as_str()),
                };
                let word = case.severity.as_str();
                let rest = format!(
                    "{}  {}: {}{aside}",
                    " ".repeat(7_usize.saturating_sub(word.len())),
                    line(&case.key),
                    line(headline(case))
                );
                let mut lines = self.wrap(Line::starting(YELLOW, word, &rest), 9);
                lines.extend(fix(case, "         "));
                lines
            })
            .collect()
    }

    /// What could not be determined, by cause: one dead name server makes many errors.
    pub(super) fn errors(&self) -> Vec<Vec<Line>> {
        let mut causes: Vec<((&str, &str), Vec<&CaseResult>)> = Vec::new();
        let mut index = std::collections::HashMap::new();
        for case in self.all(Verdict::Error) {
            let cause =
                case.cause.as_ref().map_or(("unknown", headline(case)), |cause| (&*cause.kind, &*cause.message));
            let at = *index.entry(cause).or_insert_with(|| {
                causes.push((cause, Vec::new()));
                causes.len() - 1
            });
            if let Some((_, cases)) = causes.get_mut(at) {
                cases.push(case);
            }
        }
        let worst = |cases: &[&CaseResult]| cases.iter().map(|case| case.severity).max();
        causes.sort_by_key(|(_, cases)| std::cmp::Reverse((worst(cases), cases.len())));
        causes
            .into_iter()
            .map(|((kind, message), cases)| {
                let number = match worst(&cases) {
                    Some(worst) if cases.iter().all(|case| case.severity == worst) => severities(cases.len(), worst),
                    Some(worst) => format!("{} cases, up to {}", cases.len(), worst.as_str()),
                    None => String::new(),
                };
                let what = format!("  {number} ({}): {}", line(kind), line(message));
                let mut lines = self.wrap(Line::starting(YELLOW, "undetermined", &what), 4);
                let keys = list(cases.iter().map(|case| case.key.as_str()), self.width - 4);
                lines.push(Line::painted(DIM, format!("    {keys}")));
                lines
            })
            .collect()
    }

    fn indented(&self, text: &str) -> Vec<Line> {
        self.wrap(Line::plain(format!("    {text}")), 4)
    }
}

/// The command, unbroken: it will be copied. The screen may wrap it.
fn fix(case: &CaseResult, indent: &str) -> Option<Line> {
    let fix = case.fix.as_ref()?;
    Some(Line::starting(CYAN, &format!("{indent}fix:"), &format!(" {}", line(fix))))
}
