//! Where reports lie: a folder for each run, `latest`, and the places a user names.
//!
//! Files are written under another name in the same folder and then renamed: whoever
//! reads one reads all of it. Two runs at once don't disturb each other.

mod atomic;
mod destination;
mod folder;
mod latest;

use std::io;
use std::path::Path;

pub use atomic::write_atomically;
pub use destination::Destination;
pub use folder::RunFolder;
pub use latest::run_at;

/// The name of the machine-readable result.
pub const RESULTS: &str = "results.json";
/// The name of the JUnit file.
pub const JUNIT: &str = "junit.xml";
/// The name of the page for people.
pub const REPORT: &str = "report.html";
/// The name of the journal.
pub const EVIDENCE: &str = "evidence.ndjson";
/// The name of what became of each case since an earlier run.
pub const COMPARISON: &str = "comparison.json";
/// The name of what became of the notice to a webhook.
pub const NOTIFICATION: &str = "notification.json";
/// The name that leads to the newest run.
pub const LATEST: &str = "latest";

/// The error with the operation and the path in it.
fn told(error: &io::Error, operation: &str, path: &Path) -> io::Error {
    io::Error::new(error.kind(), format!("{operation} {}: {error}", path.display()))
}
