//! What shows an answer. None can change it.

mod json;
mod junit;
mod markdown;
mod terminal;

pub use json::{read, write};
pub use junit::junit;
pub use markdown::markdown;
pub use terminal::terminal;

use super::answer::Kind;

/// Why something stands in an answer, in words.
pub(super) const fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Fails => "does not hold",
        Kind::Error => "could not be determined",
        Kind::NotRun => "was not asked",
        Kind::EndedEarly => "was ended early",
        Kind::NotObservedFromHere => "was not seen from where it must be",
        Kind::NoInventory => "needs an inventory",
        Kind::HeldBack => "was held back",
        Kind::NothingStated => "had nothing to check, and nobody says why",
        Kind::NotAllowed => "was not allowed",
        Kind::NotDue => "is not due",
        Kind::NotTheRealPath => "was not seen on the real path",
        Kind::Flaky => "is flaky",
        Kind::Stale => "is too old",
        Kind::NotAttested => "is not attested",
        Kind::NotRecorded => "could not be kept",
    }
}
