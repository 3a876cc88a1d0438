//! Poolproof proves, before each irreversible step of a Skype for Business Server
//! migration, that the step is safe.

pub mod check;
pub mod diagnostic;
pub mod environment;
pub mod exit;
pub mod expression;
pub mod judge;
pub mod mock;
pub mod observe;
pub mod plan;
pub mod report;
pub mod run;
pub mod values;
pub mod yaml;

#[cfg(test)]
extern crate self as poolproof;
