//! What can be wrong in an expression.

use std::ops::Range;

use crate::diagnostic::Code;

/// What is wrong in an expression. Spans are bytes of its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The kind of problem.
    pub code: Code,
    /// Where.
    pub span: Range<usize>,
    /// What.
    pub message: String,
    /// The way out.
    pub hint: Option<String>,
}

impl Flaw {
    pub(super) fn new(code: Code, span: Range<usize>, message: impl Into<String>) -> Self {
        Self { code, span, message: message.into(), hint: None }
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        self
    }
}
