//! Poolproof proves, before each irreversible step of a Skype for Business Server
//! migration, that the step is safe.

// Lets the tests' shared builders name this crate as an outsider does.
#[cfg(test)]
extern crate self as poolproof;

pub mod diagnostic;
pub mod exit;
pub mod observe;
pub mod report;
pub mod values;
pub mod yaml;
