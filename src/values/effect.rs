//! Traces that asking leaves.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A trace that a check leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// An instant message is sent.
    SendsIm,
    /// A call is placed: a phone may ring.
    PlacesCall,
    /// A voicemail is left.
    LeavesVoicemail,
}

impl Effect {
    /// As it is written in files and after `--allow`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendsIm => "sends-im",
            Self::PlacesCall => "places-call",
            Self::LeavesVoicemail => "leaves-voicemail",
        }
    }
}
