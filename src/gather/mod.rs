//! Reads the inventory, once, where a check or a wave needs it.

mod kept;
mod list;
mod read;
mod waves;

pub use kept::Kept;
pub use list::read as people;
pub use read::{Gathered, Gathering, Progress, Tell, Ways, gather};
