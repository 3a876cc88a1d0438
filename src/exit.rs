//! The exit code: where CI servers take the verdict from, since several of them ignore
//! what a JUnit file says.

use crate::report::compare::{Comparison, Outcome};
use crate::report::{RunResult, Verdict};

/// What the process tells its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ExitCode {
    /// 0: every case holds, is waived, or was skipped with a reason.
    Holds = 0,
    /// 1: a check failed whose severity counts (`--fail-on`).
    Failed = 1,
    /// 2: the command line, a suite, the environment or another file is wrong; nothing was run.
    WrongInput = 2,
    /// 3: nothing failed, but something could not be determined whose severity counts.
    Undetermined = 3,
    /// 4: no case was selected.
    NothingSelected = 4,
    /// 70: a defect of Poolproof itself.
    Bug = 70,
    /// 130: interrupted; the reports of what was learned until then are written.
    Interrupted = 130,
}

impl ExitCode {
    /// Every exit code, in ascending order.
    pub const ALL: [Self; 7] = [
        Self::Holds,
        Self::Failed,
        Self::WrongInput,
        Self::Undetermined,
        Self::NothingSelected,
        Self::Bug,
        Self::Interrupted,
    ];

    /// The exit code of a run that took place.
    ///
    /// An interruption outweighs everything, since the rest is not known; a failure
    /// outweighs what is undetermined. Skips never change it.
    #[must_use]
    pub fn of(result: &RunResult) -> Self {
        let counts = |verdict| result.cases().any(|case| case.verdict == verdict && case.counts(result.run.fail_on));
        if result.run.interrupted {
            Self::Interrupted
        } else if result.cases().next().is_none() {
            Self::NothingSelected
        } else if counts(Verdict::Fail) {
            Self::Failed
        } else if counts(Verdict::Error) {
            Self::Undetermined
        } else {
            Self::Holds
        }
    }

    /// The exit code of a comparison: what failed before and still does changes nothing.
    #[must_use]
    pub const fn of_comparison(comparison: &Comparison) -> Self {
        match comparison.outcome {
            Outcome::Worse => Self::Failed,
            Outcome::Undetermined => Self::Undetermined,
            Outcome::NoWorse => Self::Holds,
        }
    }

    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What it means, for help texts.
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Holds => "all checks hold or are waived",
            Self::Failed => "a check failed",
            Self::WrongInput => "the command line or a file is wrong; nothing was run",
            Self::Undetermined => "nothing failed, but something could not be determined",
            Self::NothingSelected => "no check was selected",
            Self::Bug => "a defect of Poolproof",
            Self::Interrupted => "interrupted; the reports are written",
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{case, run};
    use crate::report::{Severity, SkipReason};

    #[test]
    fn the_numbers_are_a_contract() {
        assert_eq!(ExitCode::ALL.map(ExitCode::code), [0, 1, 2, 3, 4, 70, 130]);
    }

    #[test]
    fn the_process_ends_with_the_number() {
        for code in ExitCode::ALL {
            let ours = std::process::ExitCode::from(code);
            assert_eq!(format!("{ours:?}"), format!("{:?}", std::process::ExitCode::from(code.code())));
        }
    }

    #[test]
    fn all_hold_or_are_waived_or_skipped() {
        let skipped = case("c").skip(SkipReason::NotDue);
        assert_eq!(ExitCode::of(&run([case("a"), case("b").verdict(Verdict::Waived), skipped])), ExitCode::Holds);
        assert_eq!(ExitCode::of(&run([case("a").skip(SkipReason::FailFast)])), ExitCode::Holds);
    }

    #[test]
    fn a_failure_outweighs_an_error() {
        assert_eq!(ExitCode::of(&run([case("a").error("timeout"), case("b").fail()])), ExitCode::Failed);
    }

    #[test]
    fn an_error_alone_is_undetermined() {
        assert_eq!(ExitCode::of(&run([case("a").error("timeout"), case("b")])), ExitCode::Undetermined);
    }

    #[test]
    fn below_the_threshold_nothing_counts() {
        let mut result =
            run([case("a").fail().severity(Severity::Minor), case("b").error("tls").severity(Severity::Minor)]);
        assert_eq!(ExitCode::of(&result), ExitCode::Failed);
        result.run.fail_on = Severity::Major;
        assert_eq!(ExitCode::of(&result), ExitCode::Holds);
    }

    #[test]
    fn info_never_counts() {
        let mut result = run([case("a").fail().severity(Severity::Info)]);
        result.run.fail_on = Severity::Info;
        assert_eq!(ExitCode::of(&result), ExitCode::Holds);
    }

    #[test]
    fn nothing_selected_is_not_success() {
        assert_eq!(ExitCode::of(&run([])), ExitCode::NothingSelected);
    }

    #[test]
    fn an_interruption_outweighs_all() {
        let mut result = run([case("a").fail()]);
        result.run.interrupted = true;
        assert_eq!(ExitCode::of(&result), ExitCode::Interrupted);
    }
}
