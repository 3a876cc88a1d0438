//! One question and what came back. Serializable: all that follows is pure.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::question::Question;

/// One question, asked until it was answered or given up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Observation {
    /// Unique within a run, in the order in which observations finished.
    pub id: u64,
    /// What was asked.
    pub question: Question,
    /// When the first attempt began (UTC).
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// When the last attempt ended (UTC).
    #[schemars(with = "String")]
    pub finished: Timestamp,
    /// Every attempt before the one that decided; empty where the first one did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Attempt>,
    /// What came back.
    pub outcome: Outcome,
    /// Names that were reached elsewhere than DNS says, because the environment's
    /// `connect` says so. Such an observation proves nothing about the real path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub connect: Vec<String>,
    /// What a person would want to see: chains, answers, exchanges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// An attempt that failed and was followed by another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attempt {
    /// When it began (UTC).
    #[schemars(with = "String")]
    pub started: Timestamp,
    /// Why it was not the last.
    pub error: ProbeError,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// The facts that were learned.
    Facts(Facts),
    /// Nothing could be learned.
    Error(ProbeError),
}

/// Facts by name, and those that could not be determined, with the reason.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Facts {
    /// The facts, shaped as the probe's fact schema says.
    pub values: Map<String, Value>,
    /// Facts of the schema that this observation could not determine, and why.
    /// Reading one is an error, never null.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unknown: BTreeMap<String, String>,
}

/// A text for people that belongs to an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// What it is: `certificate 0`, `answer`, `request`.
    pub label: String,
    /// The text, bounded by who made it.
    pub text: String,
}

/// Why a fact could not be learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{message}")]
pub struct ProbeError {
    /// The kind, by which retries are chosen.
    pub class: ErrorClass,
    /// The operation, the target and the cause, in one sentence.
    pub message: String,
}

/// Characters of an error's message that are kept.
const MOST_MESSAGE: usize = 4_000;

impl ProbeError {
    /// An error of a class. Of a message that quotes more than people read, a redirect to
    /// 60 KB of address, only the beginning is kept.
    #[must_use]
    pub fn new(class: ErrorClass, message: impl Into<String>) -> Self {
        let mut message = message.into();
        if let Some((end, _)) = message.char_indices().nth(MOST_MESSAGE) {
            let length = message.len();
            message.truncate(end);
            message.push_str(&format!("… ({length} bytes)"));
        }
        Self { class, message }
    }
}

/// Kinds of trouble on the way to a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// No answer in time.
    Timeout,
    /// The connection was refused, reset or could not be made.
    Connect,
    /// A name that had to be known first doesn't resolve.
    Resolve,
    /// The TLS handshake failed.
    Tls,
    /// The peer speaks something else, or breaks the protocol's rules or our bounds.
    Protocol,
    /// A credential was rejected. Never retried.
    Auth,
    /// This build can't do what is needed.
    Unsupported,
    /// It was not asked: what the question is made of is not known.
    NotAsked,
    /// The run was interrupted before the answer.
    Interrupted,
    /// A defect of ours.
    Internal,
}
