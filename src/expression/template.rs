//! Text with `${…}` in it.

use std::ops::Range;

use super::compile::compile;
use super::eval::{EvalError, Slots};
use super::flaw::Flaw;
use super::ir::Expr;
use super::scope::Scope;
use super::types::Type;
use super::value::Value;
use crate::diagnostic::Code;

/// A text whose `${…}` parts are expressions.
#[derive(Debug, Clone)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Expr(Expr),
}

/// Whether a text has an expression in it.
#[must_use]
pub fn has_template(text: &str) -> bool {
    text.contains("${")
}

impl Template {
    /// Compiles a text. A text without `${` is itself.
    ///
    /// # Errors
    /// Everything that is wrong in its expressions; spans are bytes of the text.
    pub fn compile(text: &str, scope: &Scope) -> Result<Self, Vec<Flaw>> {
        let (mut parts, mut flaws, mut at) = (Vec::new(), Vec::new(), 0);
        while let Some(open) = text.get(at..).and_then(|rest| rest.find("${")).map(|found| at + found) {
            push_text(&mut parts, text.get(at..open).unwrap_or_default());
            let inside = open + 2;
            let Some(close) = closing(text, inside) else {
                flaws.push(
                    Flaw::new(Code::ExpressionSyntax, open..text.len(), "`${` is never closed")
                        .hint("close it with `}`; a literal `${` is written ${'${'}"),
                );
                break;
            };
            match expression(text, inside..close, scope) {
                Ok(expr) => parts.push(Part::Expr(expr)),
                Err(found) => flaws.extend(found),
            }
            at = close + 1;
        }
        push_text(&mut parts, text.get(at..).unwrap_or_default());
        if flaws.is_empty() { Ok(Self { parts }) } else { Err(flaws) }
    }

    /// Its type: that of its only expression, else a text.
    #[must_use]
    pub fn ty(&self) -> &Type {
        match self.parts.as_slice() {
            [Part::Expr(only)] => only.ty(),
            _ => &Type::Text,
        }
    }

    /// Its value: a value that is all `${…}` keeps its type.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval(&self, slots: &Slots<'_>) -> Result<Value, EvalError> {
        if let [Part::Expr(only)] = self.parts.as_slice() {
            return only.eval(slots);
        }
        self.render(slots).map(|text| Value::Text(text.into()))
    }

    /// Its value as text.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn render(&self, slots: &Slots<'_>) -> Result<String, EvalError> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Expr(expr) => text.push_str(&expr.eval(slots)?.to_string()),
            }
        }
        Ok(text)
    }

    /// Its value as text for people, whatever happens: what is unknown is shown as
    /// `‹unknown: why›`, and of a long value its beginning ([`Value::told`]).
    #[must_use]
    pub fn render_lossy(&self, slots: &Slots<'_>) -> String {
        let show = |part: &Part| match part {
            Part::Text(part) => part.clone(),
            Part::Expr(expr) => {
                expr.eval(slots).map_or_else(|error| format!("‹unknown: {error}›"), |value| value.told())
            }
        };
        self.parts.iter().map(show).collect()
    }

    /// The slots that it reads.
    #[must_use]
    pub fn reads(&self) -> Vec<usize> {
        self.expressions().flat_map(Expr::reads).collect()
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.parts.iter().filter_map(|part| if let Part::Expr(expr) = part { Some(expr) } else { None })
    }
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

fn expression(text: &str, range: Range<usize>, scope: &Scope) -> Result<Expr, Vec<Flaw>> {
    let source = text.get(range.clone()).unwrap_or_default();
    let refuse =
        |message: &str, hint: &str| Err(vec![Flaw::new(Code::ExpressionSyntax, range.clone(), message).hint(hint)]);
    if source.starts_with('-') {
        return refuse("`${-` would trim white space in Jinja", "write `${ -n }` for a negative number");
    }
    let scheme = source.split(':').next().unwrap_or_default();
    if source.contains(':') && scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) && !scheme.is_empty() {
        return refuse("this looks like a PowerShell variable", "a literal `${` is written ${'${'}");
    }
    compile(source, scope).map_err(|flaws| flaws.into_iter().map(|flaw| flaw.shifted(range.start)).collect())
}

/// The offset of the brace that closes an expression, past strings and inner braces.
fn closing(text: &str, from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut characters = text.get(from..)?.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some(_), '\\') => {
                characters.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(character),
            (None, '{') => depth += 1,
            (None, '}') if depth == 0 => return Some(from + at),
            (None, '}') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}
