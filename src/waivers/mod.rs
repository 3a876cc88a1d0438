//! Waivers: signed-off exceptions. A waiver turns a failure, or what could not be
//! determined, into *waived*, which every report shows. It never makes anything pass.

mod file;
mod list;
mod pattern;
mod told;

pub use file::{WaiverFile, WaiversFile};
pub use list::{Cover, Covering, Waiver, Waivers};
pub use pattern::Pattern;
