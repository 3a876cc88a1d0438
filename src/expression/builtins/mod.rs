//! Filters and tests: few, strict, each documented. `docs/writing-checks.md` is
//! generated from these tables.

mod filters;
mod predicates;

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

use super::types::Type;
use super::value::Value;
use crate::values::fold;

pub use filters::FILTERS;
pub use predicates::TESTS;

/// What documentation tells of a filter or test.
pub struct Builtin {
    /// Its name.
    pub name: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it does, in one sentence.
    pub doc: &'static str,
}

/// A filter: `value | name(arguments)`.
pub struct Filter {
    /// Name, usage and documentation.
    pub about: Builtin,
    pub(super) kind: FilterKind,
    /// Least and most positional arguments.
    pub(super) arity: (usize, usize),
}

type TypeOf = fn(&Type, &[Type]) -> Result<Type, String>;
type Apply = fn(&Value, &[Value], Timestamp) -> Result<Value, String>;
type Holds = fn(&Value, &[Value]) -> Result<bool, String>;

pub(super) enum FilterKind {
    Plain(TypeOf, Apply),
    /// `map(attribute="…")`
    Map,
    /// `all("…", …)`: whether the attribute of each record holds; false for none.
    All,
    /// `selectattr` keeps what holds, `rejectattr` what doesn't.
    Select {
        keep: bool,
    },
}

/// A test: `value is name(arguments)`.
pub struct Test {
    /// Name, usage and documentation.
    pub about: Builtin,
    pub(super) arity: usize,
    pub(super) types: fn(&Type, &[Type]) -> Result<(), String>,
    pub(super) holds: Holds,
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.about.name)
    }
}

impl std::fmt::Debug for Test {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.about.name)
    }
}

const fn about(name: &'static str, usage: &'static str, doc: &'static str) -> Builtin {
    Builtin { name, usage, doc }
}

/// The symbols that `selectattr` accepts for tests.
pub(super) const SYMBOLS: &[(&str, &str)] =
    &[("==", "eq"), ("!=", "ne"), ("<", "lt"), ("<=", "le"), (">", "gt"), (">=", "ge"), ("equalto", "eq")];

fn each_once<'a>(items: impl IntoIterator<Item = &'a Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::new();
    for item in items {
        if !contains(&kept, item) {
            kept.push(item.clone());
        }
    }
    kept
}

pub(super) fn contains(list: &[Value], item: &Value) -> bool {
    list.iter().any(|known| known.same(item) == Some(true))
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], String> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(format!("`{name}` is for lists, and this is {}", other.kind())),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    match value {
        Value::Text(text) | Value::Name(text) => Ok(text),
        other => Err(format!("`{name}` is for texts, and this is {}", other.kind())),
    }
}

/// Two texts as they are compared: folded where one of them is a name.
pub(super) fn alike<'a>(a: &'a Value, b: &'a Value) -> Option<(Cow<'a, str>, Cow<'a, str>)> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some((a.as_ref().into(), b.as_ref().into())),
        (Value::Text(a) | Value::Name(a), Value::Text(b) | Value::Name(b)) => Some((fold(a).into(), fold(b).into())),
        _ => None,
    }
}

fn pair<'a>(input: &'a Value, arguments: &'a [Value]) -> Result<(Cow<'a, str>, Cow<'a, str>), String> {
    let other = arguments.first().ok_or("a text is missing in the parentheses")?;
    alike(input, other)
        .ok_or_else(|| format!("this compares texts, and here are {} and {}", input.kind(), other.kind()))
}

fn argument_text(arguments: &[Value]) -> Result<&str, String> {
    arguments.first().map_or_else(|| Err("a text is missing in the parentheses".to_owned()), |value| text(value, "it"))
}

fn argument_list(arguments: &[Value]) -> Result<&[Value], String> {
    arguments.first().map_or_else(|| Err("a list is missing in the parentheses".to_owned()), |value| list(value, "it"))
}

fn edge(input: &Value, name: &str, pick: fn(&[Value]) -> Option<&Value>) -> Result<Value, String> {
    pick(list(input, name)?).cloned().ok_or_else(|| format!("`{name}` of an empty list"))
}

fn extreme(input: &Value, name: &str, wanted: Ordering) -> Result<Value, String> {
    let items = list(input, name)?;
    let mut items = items.iter();
    let mut best = items.next().ok_or_else(|| format!("`{name}` of an empty list"))?;
    for item in items {
        let order = item.order(best).ok_or_else(|| format!("`{name}` needs items that have an order"))?;
        if order == wanted {
            best = item;
        }
    }
    Ok(best.clone())
}

fn equal(input: &Value, arguments: &[Value]) -> Result<bool, String> {
    let other = arguments.first().ok_or("a value is missing in the parentheses")?;
    input.same(other).ok_or_else(|| format!("{} can't be compared with {}", input.kind(), other.kind()))
}

const fn compare(name: &'static str, usage: &'static str, doc: &'static str) -> Test {
    Test { about: about(name, usage, doc), arity: 1, types: |_, _| Ok(()), holds: holds_named(name) }
}

/// The function for a comparison: a table, since a closure can't carry the predicate.
const fn holds_named(name: &'static str) -> Holds {
    match name.as_bytes() {
        b"eq" => |input, arguments| equal(input, arguments),
        b"ge" => |input, arguments| ordered(input, arguments).map(Ordering::is_ge),
        b"gt" => |input, arguments| ordered(input, arguments).map(Ordering::is_gt),
        b"le" => |input, arguments| ordered(input, arguments).map(Ordering::is_le),
        _ => |input, arguments| ordered(input, arguments).map(Ordering::is_lt),
    }
}

fn ordered(input: &Value, arguments: &[Value]) -> Result<Ordering, String> {
    let other = arguments.first().ok_or("a value is missing in the parentheses")?;
    input.order(other).ok_or_else(|| format!("{} and {} have no order", input.kind(), other.kind()))
}

fn item_type(input: &Type, _: &[Type]) -> Result<Type, String> {
    match input.present() {
        Type::List(inner) => Ok(inner.as_ref().clone()),
        Type::Any => Ok(Type::Any),
        other => Err(format!("this is for lists, and here is {other}")),
    }
}

fn same_type(input: &Type, _: &[Type]) -> Result<Type, String> {
    match input.present() {
        list @ Type::List(_) => Ok(list.clone()),
        Type::Any => Ok(Type::Any),
        other => Err(format!("this is for lists, and here is {other}")),
    }
}

fn text_type(input: &Type, _: &[Type]) -> Result<Type, String> {
    match input.present() {
        Type::Text | Type::Name | Type::Choice(_) | Type::Any => Ok(Type::Text),
        other => Err(format!("this is for texts, and here is {other}")),
    }
}

fn both_lists(input: &Type, arguments: &[Type]) -> Result<(), String> {
    match (input.present(), arguments.first().map(Type::present)) {
        (Type::List(a), Some(Type::List(b))) if !a.comparable(b) => {
            Err(format!("items of these lists are never equal: {a} and {b}"))
        }
        (Type::List(_) | Type::Any, Some(Type::List(_) | Type::Any)) => Ok(()),
        (other, _) if !matches!(other, Type::List(_) | Type::Any) => {
            Err(format!("this compares lists, and here is {other}"))
        }
        (_, Some(other)) => Err(format!("a list is needed in the parentheses, and here is {other}")),
        (_, None) => Err("a list is missing in the parentheses".to_owned()),
    }
}

fn both_texts(input: &Type, arguments: &[Type]) -> Result<(), String> {
    let texts = |ty: &Type| matches!(ty.present(), Type::Text | Type::Name | Type::Choice(_) | Type::Any);
    if texts(input) && arguments.iter().all(texts) {
        return Ok(());
    }
    Err("this compares texts".to_owned())
}
