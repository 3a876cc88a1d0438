//! What people read: progress while a run goes on, and a summary at its end.

mod findings;
mod layout;
mod progress;
mod reading;
mod remarks;
mod state;
mod summary;

pub use progress::{Progress, progress};
pub use reading::Reading;
pub use summary::{Style, summary};
