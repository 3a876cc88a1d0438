//! A recording that may be shared: names, addresses and users replaced, each by the same
//! stand-in everywhere, so that it is judged as the original was.
//!
//! What is *kept* is listed, not what is hidden: the words of Poolproof's own formats and of
//! the expressions of its checks. Every other word of the environment, the inventory, the
//! observations and of check files that are not the shipped ones is replaced, whatever it means.
//! Then what was written is read again: a word that is neither kept nor a stand-in stops it, and
//! what is judged otherwise than before is told.

mod disguise;
mod recording;
mod words;

pub use recording::{Captured, capture, staging};
