//! Pure renderers of the one result value. None can change it.

mod result;

pub use result::{
    CaseResult, Cause, Expectation, ExpectationOutcome, Mode, Named, RunInfo, RunResult, Severity, SkipReason, Subject,
    SuiteResult, Totals, VERSION, Verdict,
};
