//! Reads the inventory, once, where a check or a wave needs it.

mod kept;
mod list;
mod read;
mod waves;

pub use kept::Kept;
pub use read::{Gathered, Gathering, Progress, Tell, gather};
