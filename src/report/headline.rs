//! A run in one line: the word for it, how many cases ended how, and why others were skipped.

use std::collections::BTreeMap;

use super::explain::{count, skip_kind};
use super::result::{CaseResult, Mode, RunResult, Severity, Verdict};
use crate::exit::ExitCode;

/// How good or bad the word for a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Nothing is proven.
    Open,
    /// Something is wrong.
    Bad,
}

/// The word for a run, which says the same as its exit code.
#[must_use]
pub fn word(result: &RunResult) -> (Tone, &'static str) {
    match ExitCode::of(result) {
        ExitCode::Holds if result.totals.cases == result.totals.skipped => (Tone::Open, "NOTHING JUDGED"),
        ExitCode::Holds => (Tone::Good, "PASSED"),
        ExitCode::Undetermined => (Tone::Open, "UNDETERMINED"),
        ExitCode::NothingSelected => (Tone::Open, "NOTHING SELECTED"),
        ExitCode::Interrupted => (Tone::Bad, "INTERRUPTED"),
        ExitCode::Failed | ExitCode::WrongInput | ExitCode::Bug => (Tone::Bad, "FAILED"),
    }
}

/// `2 blockers, 1 minor failed · 1 undetermined · 142 passed · …`
#[must_use]
pub fn counts(result: &RunResult) -> String {
    let all = |verdict| result.cases().filter(move |case| case.verdict == verdict);
    let failed: Vec<String> = [Severity::Blocker, Severity::Major, Severity::Minor, Severity::Info]
        .into_iter()
        .filter_map(|severity| {
            let number = all(Verdict::Fail).filter(|case| case.severity == severity).count();
            (number > 0).then(|| severities(number, severity))
        })
        .collect();
    let mut parts = Vec::new();
    if !failed.is_empty() {
        parts.push(format!("{} failed", failed.join(", ")));
    }
    let flaky = all(Verdict::Pass).filter(|case| case.flaky).count();
    let aside = if flaky > 0 { format!(" ({flaky} flaky)") } else { String::new() };
    for (verdict, word, aside) in [
        (Verdict::Error, "undetermined", ""),
        (Verdict::Pass, "passed", aside.as_str()),
        (Verdict::Skip, "skipped", ""),
        (Verdict::Waived, "waived", ""),
    ] {
        let number = all(verdict).count();
        if number > 0 {
            parts.push(format!("{number} {word}{aside}"));
        }
    }
    if parts.is_empty() { "no check was selected".to_owned() } else { parts.join(" · ") }
}

/// `113 not due in this phase, 17 not observed from here`, most first; none where none was skipped.
#[must_use]
pub fn skips(result: &RunResult) -> Option<String> {
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in result.cases().filter(|case| case.verdict == Verdict::Skip) {
        *reasons.entry(case.skipped.as_ref().map_or("no reason given", skip_kind)).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let parts: Vec<String> = reasons.iter().map(|(reason, number)| format!("{number} {reason}")).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The cases that stand in the way, the worst first: what failed before what is not known.
#[must_use]
pub fn in_the_way(result: &RunResult) -> Vec<&CaseResult> {
    let mut cases: Vec<&CaseResult> =
        result.cases().filter(|case| matches!(case.verdict, Verdict::Fail | Verdict::Error)).collect();
    cases.sort_by_key(|case| (std::cmp::Reverse(case.severity), case.verdict == Verdict::Error));
    cases
}

/// How the environment was reached, in a word.
#[must_use]
pub const fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Live => "live",
        Mode::Mock => "mock",
        Mode::Replay => "replay",
    }
}

/// `1 blocker`, `3 blockers`, `2 minor`.
#[must_use]
pub fn severities(number: usize, severity: Severity) -> String {
    let many = if severity == Severity::Blocker { "blockers" } else { severity.as_str() };
    count(number, severity.as_str(), many)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::SkipReason;
    use crate::report::sample::{case, run};

    #[test]
    fn the_worst_comes_first() {
        let result = run([
            case("a").fail().severity(Severity::Minor),
            case("b").error("tls"),
            case("c"),
            case("d").fail(),
            case("e").skip(SkipReason::NotDue),
        ]);
        let keys: Vec<&str> = in_the_way(&result).iter().map(|case| case.key.as_str()).collect();
        assert_eq!(keys, ["d", "b", "a"]);
        assert_eq!(counts(&result), "1 blocker, 1 minor failed · 1 undetermined · 1 passed · 1 skipped");
        assert_eq!(skips(&result).as_deref(), Some("1 not due in this phase"));
        assert_eq!(word(&result), (Tone::Bad, "FAILED"));
    }
}
