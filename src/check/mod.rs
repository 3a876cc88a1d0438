//! Suites: what a check file says, and what it means once every name in it is checked.

mod catalogue;
mod compile;
mod file;
mod lint;
mod model;
mod schema;
mod select;

pub use crate::values::Effect;
pub use catalogue::{BUILTIN, Catalogue};
pub use compile::compile;
pub use file::{CheckFile, Defaults, EventuallyFile, ExpectFile, ReportMode, RetryFile, RetryOn, SuiteFile};
pub use model::{Check, Effective, Eventually, Expect, Expectation, Origin, Param, Retry, Step, Suite, Variable};
pub use schema::suite_schema;
pub use select::{Pattern, Selection};
