//! YAML with places: a text becomes a tree of [`Node`]s that know their bytes, is held
//! against the JSON Schema of the type it shall become, and is then deserialized.
//!
//! The schema is generated from the type, so what editors complete, what
//! `poolproof schema` prints and what the parser accepts are one thing. All that is
//! wrong with a file is told at once; only broken YAML stops at its first error.

mod de;
mod node;
mod ordered;
mod parse;
mod scalar;
mod source;
mod validate;

pub use de::{Raw, Spanned, from_node};
pub use node::{Node, NodeKind, Style};
pub use ordered::Ordered;
pub use parse::parse;
pub use source::{Limits, read_source};
pub use validate::{Format, Validator};

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::diagnostic::{Diagnostic, Source};

/// Parses, validates and deserializes one file.
///
/// # Errors
/// All that is wrong with it, in the order of the file.
pub fn load<T: DeserializeOwned + JsonSchema>(source: &Arc<Source>, limits: Limits) -> Result<T, Vec<Diagnostic>> {
    let node = parse(source, limits)?;
    decode(source, &node)
}

/// Validates and deserializes a node.
///
/// # Errors
/// All that is wrong with it, in the order of the file.
pub fn decode<T: DeserializeOwned + JsonSchema>(source: &Arc<Source>, node: &Node) -> Result<T, Vec<Diagnostic>> {
    let diagnostics = Validator::of::<T>().check(source, node);
    if diagnostics.iter().any(Diagnostic::is_error) {
        return Err(diagnostics);
    }
    from_node(node).map_err(|error| vec![error.into_diagnostic(source)])
}
