//! Poolproof proves, before each irreversible step of a Skype for Business Server
//! migration, that the step is safe.
//!
//! Data flows one way: check files and an environment are *discovered*, *planned* into
//! cases and questions, the questions *observed* on the wire, the cases *judged* on what
//! came back, and the one result *reported*. [`Prepared`] and its `run` are that flow:
//!
//! ```no_run
//! use std::sync::Arc;
//! use poolproof::{Options, Prepared, Stop};
//!
//! # async fn example() -> Result<(), poolproof::Refusal> {
//! let prepared = Prepared::make(Options::default()).await?;
//! println!("{} cases", prepared.plan.cases.len());
//! let finished = prepared.run(Arc::new(()), &Stop::default()).await?;
//! println!("{:?}", finished.result.totals);
//! # Ok(())
//! # }
//! ```
//!
//! [`trials`] shows cases as tests of your own test suite.

// Lets the tests' shared builders name this crate as an outsider does.
#[cfg(test)]
extern crate self as poolproof;

pub mod accounts;
pub mod capture;
pub mod check;
mod child;
pub mod commands;
pub mod diagnostic;
pub mod environment;
pub mod exit;
pub mod expression;
pub mod facts;
pub mod gate;
pub mod gather;
pub mod init;
pub mod inventory;
pub mod judge;
pub mod mock;
pub mod notify;
pub mod observe;
mod pipeline;
pub mod plan;
pub mod powershell;
pub mod protocol;
mod replay;
pub mod report;
pub mod run;
pub mod trials;
pub mod values;
pub mod waivers;
pub mod yaml;

pub use pipeline::{Finished, Options, Prepared, Refusal, Stop, Target};
pub use replay::{Judged, Replay, judge, judge_again, replay};
