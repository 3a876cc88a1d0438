//! Poolproof proves, before each irreversible step of a Skype for Business Server
//! migration, that the step is safe.

pub mod diagnostic;
pub mod mock;
pub mod observe;
pub mod report;
pub mod values;
pub mod yaml;
