//! Evaluation: what is unknown stays unknown, whatever stands around it.

use std::ops::Range;

use jiff::Timestamp;

use super::builtins::{FilterKind, alike, contains, list};
use super::ir::{Args, Arithmetic, Comparison, Expr, Node};
use super::value::{Lookup, MOST_TOLD, Value, clip};

/// What the variables of an expression stand for.
pub struct Slots<'a> {
    /// By slot: a value, or why there is none.
    pub values: &'a [Result<Value, String>],
    /// The run's clock.
    pub now: Timestamp,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What could not be determined, and why.
    pub message: String,
    /// Bytes of the expression's text.
    pub span: Range<usize>,
}

type Evaluated = Result<Value, EvalError>;

impl Expr {
    /// The value.
    ///
    /// # Errors
    /// What it reads is unknown, or it compares what can't be compared.
    pub fn eval(&self, slots: &Slots<'_>) -> Evaluated {
        match &self.node {
            Node::Const(value) => Ok(value.clone()),
            Node::Slot(slot) => match slots.values.get(*slot) {
                Some(Ok(value)) => Ok(value.clone()),
                Some(Err(reason)) => Err(self.error(reason.clone())),
                None => Err(self.error("it was never set")),
            },
            Node::Attr(inner, name) => self.attribute(&inner.eval(slots)?, name),
            Node::Item(inner, index) => self.item(&inner.eval(slots)?, &index.eval(slots)?),
            Node::Not(inner) => Ok(Value::Bool(!inner.truth(slots)?)),
            Node::Neg(inner) => match inner.eval(slots)? {
                Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(|| self.error("too large")),
                Value::Float(value) => Ok(Value::Float(-value)),
                other => Err(self.error(format!("`-` is for numbers, and this is {}", other.kind()))),
            },
            Node::And(a, b) => Ok(Value::Bool(a.truth(slots)? && b.truth(slots)?)),
            Node::Or(a, b) => Ok(Value::Bool(a.truth(slots)? || b.truth(slots)?)),
            Node::Compare(first, rest) => {
                let mut left = first.eval(slots)?;
                for (comparison, expr) in rest {
                    let right = expr.eval(slots)?;
                    if !self.compare(*comparison, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Ok(Value::Bool(true))
            }
            Node::Arithmetic(operator, a, b) => self.arithmetic(*operator, &a.eval(slots)?, &b.eval(slots)?),
            Node::Concat(a, b) => Ok(Value::Text(format!("{}{}", a.eval(slots)?, b.eval(slots)?).into())),
            Node::If(test, yes, no) => {
                if test.truth(slots)? {
                    yes.eval(slots)
                } else {
                    no.eval(slots)
                }
            }
            Node::Filter(filter, input, args) => {
                let input = input.eval(slots)?;
                match &filter.kind {
                    FilterKind::Plain(_, apply) => {
                        let arguments = evaluate(&args.positional, slots)?;
                        apply(&input, &arguments, slots.now).map_err(|message| self.error(message))
                    }
                    FilterKind::Map => self.map(&input, args),
                    FilterKind::All => self.select(&input, args, true, slots).and_then(|kept| {
                        let count = |value: &Value| list(value, "all").map(<[Value]>::len);
                        let (kept, all) = (count(&kept), count(&input));
                        let (kept, all) =
                            kept.and_then(|kept| all.map(|all| (kept, all))).map_err(|message| self.error(message))?;
                        Ok(Value::Bool(all > 0 && kept == all))
                    }),
                    FilterKind::Select { keep } => self.select(&input, args, *keep, slots),
                }
            }
            Node::Test(test, input, args) => {
                let (input, arguments) = (input.eval(slots)?, evaluate(&args.positional, slots)?);
                (test.holds)(&input, &arguments).map(Value::Bool).map_err(|message| self.error(message))
            }
            Node::List(items) => evaluate(items, slots).map(|items| Value::List(items.into())),
        }
    }

    /// The value, which must be true or false.
    ///
    /// # Errors
    /// As [`Expr::eval`], and where it is neither.
    pub fn truth(&self, slots: &Slots<'_>) -> Result<bool, EvalError> {
        match self.eval(slots)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.error(format!("this must be true or false, and it is {}", other.kind()))),
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> EvalError {
        EvalError { message: clip(message.into(), MOST_TOLD), span: self.span.clone() }
    }

    fn attribute(&self, value: &Value, name: &str) -> Evaluated {
        match value {
            Value::Record(record) => match record.get(name) {
                Lookup::Known(value) => Ok(value),
                Lookup::Unknown(reason) => Err(self.error(format!("`{name}` is unknown: {reason}"))),
                Lookup::Missing => Err(self.error(format!("`{name}` is not known to {}", record.source()))),
            },
            Value::Null => Err(self.error(format!("`{name}` of none"))),
            other => Err(self.error(format!("`{name}` of {}", other.kind()))),
        }
    }

    fn item(&self, value: &Value, index: &Value) -> Evaluated {
        match (value, index) {
            (Value::List(items), Value::Int(index)) => {
                let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let at = if *index < 0 { length.saturating_add(*index) } else { *index };
                usize::try_from(at).ok().and_then(|at| items.get(at)).cloned().ok_or_else(|| {
                    let items = if length == 1 { "item" } else { "items" };
                    self.error(format!("[{index}] of a list with {length} {items}"))
                })
            }
            (Value::Record(_), Value::Text(name)) => self.attribute(value, name),
            (value, index) => Err(self.error(format!("[{index}] of {}", value.kind()))),
        }
    }

    fn compare(&self, comparison: Comparison, left: &Value, right: &Value) -> Result<bool, EvalError> {
        let unlike = || self.error(format!("{} can't be compared with {}", left.kind(), right.kind()));
        let order = || left.order(right).ok_or_else(unlike);
        match comparison {
            Comparison::Eq => left.same(right).ok_or_else(unlike),
            Comparison::Ne => left.same(right).map(|same| !same).ok_or_else(unlike),
            Comparison::Lt => order().map(std::cmp::Ordering::is_lt),
            Comparison::Le => order().map(std::cmp::Ordering::is_le),
            Comparison::Gt => order().map(std::cmp::Ordering::is_gt),
            Comparison::Ge => order().map(std::cmp::Ordering::is_ge),
            Comparison::In | Comparison::NotIn => {
                let inside = match (left, right) {
                    (item, Value::List(items)) => contains(items, item),
                    (part, whole) if alike(part, whole).is_some() => {
                        alike(part, whole).is_some_and(|(part, whole)| whole.contains(part.as_ref()))
                    }
                    (_, other) => {
                        return Err(
                            self.error(format!("`in` looks into lists and texts, and this is {}", other.kind()))
                        );
                    }
                };
                Ok(inside == (comparison == Comparison::In))
            }
        }
    }

    fn arithmetic(&self, operator: Arithmetic, a: &Value, b: &Value) -> Evaluated {
        let no_value = || self.error("this has no value (overflow, or division by zero)");
        if let (Value::Int(a), Value::Int(b)) = (a, b) {
            let value = match operator {
                Arithmetic::Add => a.checked_add(*b),
                Arithmetic::Sub => a.checked_sub(*b),
                Arithmetic::Mul => a.checked_mul(*b),
                Arithmetic::Div => return self.divide(*a, *b),
                Arithmetic::FloorDiv => a.checked_div_euclid(*b),
                Arithmetic::Rem => a.checked_rem_euclid(*b),
            };
            return value.map(Value::Int).ok_or_else(no_value);
        }
        let (Some(x), Some(y)) = (number(a), number(b)) else {
            return Err(self.error(format!("arithmetic is for numbers, and here are {} and {}", a.kind(), b.kind())));
        };
        let value = match operator {
            Arithmetic::Add => x + y,
            Arithmetic::Sub => x - y,
            Arithmetic::Mul => x * y,
            Arithmetic::Div => x / y,
            Arithmetic::FloorDiv => (x / y).floor(),
            Arithmetic::Rem => x.rem_euclid(y),
        };
        if value.is_finite() { Ok(Value::Float(value)) } else { Err(no_value()) }
    }

    fn divide(&self, a: i64, b: i64) -> Evaluated {
        if b == 0 {
            return Err(self.error("division by zero"));
        }
        #[expect(clippy::cast_precision_loss, reason = "a quotient of counts; exactness is what `//` is for")]
        Ok(Value::Float(a as f64 / b as f64))
    }

    fn map(&self, input: &Value, args: &Args) -> Evaluated {
        let path = args.attribute.as_deref().unwrap_or_default();
        let items = list(input, "map").map_err(|message| self.error(message))?;
        items
            .iter()
            .map(|item| self.path(item, path))
            .collect::<Result<Vec<_>, _>>()
            .map(|items| Value::List(items.into()))
    }

    fn select(&self, input: &Value, args: &Args, keep: bool, slots: &Slots<'_>) -> Evaluated {
        let path = args.attribute.as_deref().unwrap_or_default();
        let arguments = evaluate(&args.positional, slots)?;
        let mut kept = Vec::new();
        for item in list(input, "selectattr").map_err(|message| self.error(message))? {
            let value = self.path(item, path)?;
            let holds = match (args.test, &value) {
                (Some(test), value) => (test.holds)(value, &arguments).map_err(|message| self.error(message))?,
                (None, Value::Bool(value)) => *value,
                (None, other) => {
                    return Err(self.error(format!(
                        "`{}` must be true or false, and it is {}",
                        path.join("."),
                        other.kind()
                    )));
                }
            };
            if holds == keep {
                kept.push(item.clone());
            }
        }
        Ok(Value::List(kept.into()))
    }

    fn path(&self, item: &Value, path: &[String]) -> Evaluated {
        path.iter().try_fold(item.clone(), |value, name| self.attribute(&value, name))
    }
}

fn evaluate(items: &[Expr], slots: &Slots<'_>) -> Result<Vec<Value>, EvalError> {
    items.iter().map(|item| item.eval(slots)).collect()
}

fn number(value: &Value) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "mixed arithmetic is approximate by nature")]
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}
