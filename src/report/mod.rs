//! Pure renderers of the one result value. None can change it.
//!
//! [`Event`]s tell what happens while a run goes on; [`RunResult`] is what it came to.
//! [`junit`] and [`json`] are for machines, [`terminal`] is for people, and [`files`]
//! lays the former down so that nobody ever reads half of one.

pub(crate) mod blocks;
pub mod compare;
mod event;
pub(crate) mod explain;
pub mod files;
pub mod headline;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
mod result;
#[cfg(test)]
#[path = "../../tests/support/sample.rs"]
pub(crate) mod sample;
mod stream;
pub mod terminal;
pub mod text;
mod waived;

pub use event::{Event, Listener};
pub use explain::{question_text, skip_text};
pub use result::{
    CaseResult, Cause, Expectation, ExpectationOutcome, Mode, Named, Place, RunInfo, RunResult, Severity, SkipReason,
    Subject, SuiteResult, Totals, VERSION, Verdict,
};
pub use stream::EventStream;
pub use waived::{Standing, Waived, WaiverState};
