//! Where evidence comes from: a run, or several that were joined.

use serde::{Deserialize, Serialize};

use crate::report::RunInfo;

/// A run, and the digest of its journal.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Origin {
    /// What was run, where and when.
    pub info: RunInfo,
    /// The SHA-256 of its journal, in hexadecimal digits.
    pub digest: String,
    /// The runs that it was joined from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<Origin>,
}

impl Origin {
    /// The runs that asked: those that it was joined from, or itself.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        if self.joined.is_empty() { std::slice::from_ref(self) } else { &self.joined }
    }
}
