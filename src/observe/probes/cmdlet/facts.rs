//! What is learned.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::diagnosis::Diagnosis;

/// What a cmdlet showed. `result` and what follows it are a synthetic transaction's, and
/// unknown of any other cmdlet; of several results the first that is no success is told.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CmdletFacts {
    /// The cmdlet.
    pub name: String,
    /// What it listed, each object with its properties in `snake_case`; at most `most` of them.
    pub records: Vec<Value>,
    /// How many it listed.
    pub count: u64,
    /// What it warned of.
    pub warnings: Vec<String>,
    /// The product's module that was loaded, and its version.
    pub module: String,
    /// Whether every result is `Success`. Unknown of a cmdlet that shows no result.
    pub succeeded: bool,
    /// The result in the product's word: `Success`, `Failure`, … Unknown of a cmdlet that shows none.
    pub result: String,
    /// The pool or server that was asked; null where the result names none.
    #[schemars(extend("format" = "fqdn"))]
    pub target_fqdn: Option<String>,
    /// The web address that was asked; null where the result names none.
    pub target_uri: Option<String>,
    /// How long it took, in milliseconds; null where it isn't told. 0 is usual where it failed early.
    pub latency_ms: Option<u64>,
    /// What went wrong, in the product's words; null where nothing did.
    pub error: Option<String>,
    /// What the servers say of it, taken apart; null where they say nothing.
    pub diagnosis: Option<Diagnosis>,
    /// From the start of the shell to the last record, in milliseconds.
    pub elapsed_ms: u64,
}
