//! Expectations and observations → verdicts. No I/O and no clock: judging a recording
//! again gives the same verdicts, to the byte.

mod expectations;
mod verdict;

pub use expectations::{holds, judge, judge_known, remembered};
pub use verdict::{Answers, Judgement, StepAnswer};
