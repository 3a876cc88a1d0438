//! What a case is to JUnit: one of four outcomes, never two.

use crate::report::explain::{headline, skip_text};
use crate::report::result::{CaseResult, Severity, Verdict};

/// What a case is to JUnit.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    /// The message.
    Failed(String),
    /// The kind of cause, and the message.
    Errored(String, String),
    /// Why it is neither passed nor failed.
    Skipped(String),
}

impl Outcome {
    /// The outcome of a case in a run that fails on `least`.
    pub(super) fn of(case: &CaseResult, least: Severity) -> Self {
        match case.verdict {
            Verdict::Pass => Self::Passed,
            Verdict::Fail if case.counts(least) => Self::Failed(headline(case).to_owned()),
            Verdict::Fail => Self::Skipped(below("fails", case, least)),
            Verdict::Error if case.counts(least) => Self::Errored(kind(case), headline(case).to_owned()),
            Verdict::Error => Self::Skipped(below("could not be determined", case, least)),
            Verdict::Skip => Self::Skipped(case.skipped.as_ref().map_or_else(|| headline(case).to_owned(), skip_text)),
            Verdict::Waived if case.message.starts_with("waived") => Self::Skipped(case.message.clone()),
            Verdict::Waived => Self::Skipped(format!("waived: {}", headline(case))),
        }
    }
}

fn kind(case: &CaseResult) -> String {
    case.cause.as_ref().map(|cause| cause.kind.clone()).filter(|kind| !kind.is_empty()).unwrap_or("unknown".into())
}

fn below(what: &str, case: &CaseResult, least: Severity) -> String {
    match case.severity {
        Severity::Info => format!("{what} (info, which fails no run): {}", headline(case)),
        severity => {
            format!("{what} ({}), below --fail-on {}: {}", severity.as_str(), least.as_str(), headline(case))
        }
    }
}

/// How many cases have which outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) tests: usize,
    pub(super) failures: usize,
    pub(super) errors: usize,
    pub(super) skipped: usize,
}

impl Tally {
    pub(super) fn of<'a>(cases: impl IntoIterator<Item = &'a CaseResult>, least: Severity) -> Self {
        let mut tally = Self::default();
        for case in cases {
            tally.tests += 1;
            match (case.verdict, case.counts(least)) {
                (Verdict::Pass, _) => {}
                (Verdict::Fail, true) => tally.failures += 1,
                (Verdict::Error, true) => tally.errors += 1,
                (Verdict::Fail | Verdict::Error, false) | (Verdict::Skip | Verdict::Waived, _) => tally.skipped += 1,
            }
        }
        tally
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SkipReason;
    use crate::report::sample::{Sample, case};

    fn outcome(sample: &Sample) -> Outcome {
        Outcome::of(&sample.0, Severity::Major)
    }

    #[test]
    fn what_counts_fails() {
        assert_eq!(outcome(&case("a")), Outcome::Passed);
        assert_eq!(outcome(&case("a").fail()), Outcome::Failed("the port is 5060".into()));
        assert_eq!(
            outcome(&case("a").error("timeout")),
            Outcome::Errored("timeout".into(), "it could not be asked".into())
        );
    }

    #[test]
    fn what_does_not_count_is_neither_failed_nor_passed() {
        let skipped = |text: &str| Outcome::Skipped(text.into());
        assert_eq!(
            outcome(&case("a").fail().severity(Severity::Minor)),
            skipped("fails (minor), below --fail-on major: the port is 5060")
        );
        assert_eq!(
            outcome(&case("a").error("tls").severity(Severity::Minor)),
            skipped("could not be determined (minor), below --fail-on major: it could not be asked")
        );
        assert_eq!(
            outcome(&case("a").fail().severity(Severity::Info)),
            skipped("fails (info, which fails no run): the port is 5060")
        );
    }

    #[test]
    fn a_waiver_is_always_visible() {
        let waived = case("a").verdict(Verdict::Waived);
        assert_eq!(outcome(&waived.message("the port is 5060")), Outcome::Skipped("waived: the port is 5060".into()));
        let said = case("a").verdict(Verdict::Waived).message("waived until 2027-01-01 by ana: known");
        assert_eq!(outcome(&said), Outcome::Skipped("waived until 2027-01-01 by ana: known".into()));
    }

    #[test]
    fn a_skip_says_why() {
        let skipped = case("b").skip(SkipReason::NeedFailed("a[x]".into()));
        assert_eq!(outcome(&skipped), Outcome::Skipped("a check it needs did not hold: a[x]".into()));
    }

    #[test]
    fn the_tally_agrees_with_the_outcomes() {
        let samples = [
            case("a"),
            case("b").fail(),
            case("c").fail().severity(Severity::Info),
            case("d").error("tls"),
            case("e").error("tls").severity(Severity::Minor),
            case("f").verdict(Verdict::Waived),
            case("g").skip(SkipReason::NotDue),
        ];
        let tally = Tally::of(samples.iter().map(|sample| &sample.0), Severity::Major);
        let count = |wanted: fn(&Outcome) -> bool| samples.iter().filter(|sample| wanted(&outcome(sample))).count();
        assert_eq!(tally.tests, samples.len());
        assert_eq!(tally.failures, count(|outcome| matches!(outcome, Outcome::Failed(_))));
        assert_eq!(tally.errors, count(|outcome| matches!(outcome, Outcome::Errored(..))));
        assert_eq!(tally.skipped, count(|outcome| matches!(outcome, Outcome::Skipped(_))));
        assert_eq!((tally.failures, tally.errors, tally.skipped), (1, 1, 4));
    }
}
