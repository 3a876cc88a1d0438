//! Jinja expressions, strict: parsed by minijinja, typed and evaluated here.
//!
//! minijinja's own evaluation forgives what a validation must not: `none < 30` is true
//! there, an unknown attribute is quietly undefined, `[]` is a subset of everything. So
//! its parser supplies the syntax tree, and this module checks every name and type
//! against the schema of the facts when a file is loaded, and evaluates with three rules:
//! what is unknown is an error, never null; unlike things are never equal; and `that`
//! is true or false, nothing in between.

mod builtins;
mod compile;
mod constants;
mod deployment;
mod eval;
mod explain;
mod flaw;
mod ir;
mod remember;
mod scope;
mod template;
mod types;
mod value;

#[cfg(test)]
mod tests;

pub use builtins::{Builtin, FILTERS, Filter, TESTS, Test};
pub use compile::compile;
pub use eval::{EvalError, Slots};
pub use flaw::Flaw;
pub use ir::Expr;
pub use remember::{Fates, Remembered};
pub use scope::Scope;
pub use template::{Template, has_template};
pub use types::{Field, RecordType, Type};
pub use value::{FactRecord, ListKind, Lookup, Numbering, Place, Reading, Record, Value};
