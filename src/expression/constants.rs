//! Constants of expressions, and what a fact can never be equal to.

use std::ops::Range;

use super::builtins::FilterKind;
use super::flaw::Flaw;
use super::ir::{Comparison, Expr, Node};
use super::types::Type;
use super::value::Value;
use crate::diagnostic::{Code, suggestion};

/// Whether an expression keeps what fails a test: that nothing is left is then also true of nothing.
pub(super) fn rejects(expr: &Expr) -> bool {
    matches!(&expr.node, Node::Filter(filter, ..) if matches!(filter.kind, FilterKind::Select { keep: false }))
}

/// A comparison with a word that the fact can never be.
pub(super) fn impossible_word(left: &Expr, right: &Expr, comparison: Comparison) -> Option<Flaw> {
    let looks_inside = matches!(comparison, Comparison::In | Comparison::NotIn);
    if !looks_inside && !matches!(comparison, Comparison::Eq | Comparison::Ne) {
        return None;
    }
    match (left.ty.present(), right.ty.present()) {
        (Type::Choice(_), _) => never(&left.ty, right),
        (_, Type::Choice(_)) if !looks_inside => never(&right.ty, left),
        _ => None,
    }
}

/// A word among the constants of an expression that a fact of this type can never be.
pub(super) fn never(ty: &Type, constants: &Expr) -> Option<Flaw> {
    let Type::Choice(words) = ty.present() else { return None };
    let check = |value: &Value, span: &Range<usize>| {
        let Value::Text(word) = value else { return None };
        let known = words.iter().any(|known| known.as_str() == word.as_ref());
        (!known).then(|| {
            Flaw::new(Code::TypeMismatch, span.clone(), format!("it is never \"{word}\""))
                .hint(suggestion(word, words.iter().map(String::as_str)))
        })
    };
    match &constants.node {
        Node::Const(Value::List(items)) => items.iter().find_map(|item| check(item, &constants.span)),
        Node::Const(value) => check(value, &constants.span),
        Node::List(items) => items.iter().find_map(|item| never(ty, item)),
        _ => None,
    }
}

pub(super) fn constant_of(value: &minijinja::Value) -> Option<(Value, Type)> {
    use minijinja::value::ValueKind;
    Some(match value.kind() {
        ValueKind::None => (Value::Null, Type::Null),
        ValueKind::Bool => (Value::Bool(value.is_true()), Type::Bool),
        ValueKind::Number => match i64::try_from(value.clone()) {
            Ok(number) if value.is_integer() => (Value::Int(number), Type::Int),
            _ => (Value::Float(f64::try_from(value.clone()).ok()?), Type::Float),
        },
        ValueKind::String => (Value::Text(value.as_str()?.into()), Type::Text),
        ValueKind::Seq => {
            let items: Option<Vec<(Value, Type)>> = value.try_iter().ok()?.map(|item| constant_of(&item)).collect();
            let (items, types): (Vec<Value>, Vec<Type>) = items?.into_iter().unzip();
            let inner = types.into_iter().reduce(|a, b| a.join(&b)).unwrap_or(Type::Any);
            (Value::List(items.into()), Type::list(inner))
        }
        _ => return None,
    })
}
