//! What every expression can read before anything is asked: the environment and the
//! inventory, linked with each other.
//!
//! A pool of the environment knows what is homed on it, a user knows its wave, what it was
//! before, and the policies that govern it.

mod alike;
mod base;
mod baseline;
mod changes;
mod known;
mod listed;
mod lists;
mod parity;
mod policy;
mod pools;
mod roots;
mod shell;
mod told;
mod types;
mod user;
mod waves;

#[cfg(test)]
mod tests;

pub use base::Base;
pub use roots::Roots;
pub use types::{environment_type, inventory_type, user_type};
pub use waves::{Members, Moving, Wave, Waves};
