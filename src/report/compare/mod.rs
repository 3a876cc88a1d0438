//! Two runs of one environment: what fails that did not, what was fixed, what is not there
//! any more.
//!
//! What does not hold now and is not known to have failed before counts as worse. What was
//! judged before and is not now is never called fixed.

mod decide;
mod fit;
mod markdown;
mod model;
mod show;

pub use decide::compare;
pub use fit::{MadeOf, Side, fits};
pub use markdown::write as write_markdown;
pub use model::{
    Became, COMPARISON_VERSION, Change, Compared, Comparison, Counts, MembersChange, Numbers, Outcome, Was, Weighs,
};
pub use show::write as write_text;
