//! Filters and tests: few, strict, each documented. `docs/writing-checks.md` is
//! generated from these tables.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

use super::deployment::{not_older, pool_of, pool_of_type, quoted, quoted_type};
use super::types::Type;
use super::value::{Lookup, Value};
use crate::values::fold;

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

/// Every filter, by name.
pub const FILTERS: &[Filter] = &[
    Filter {
        about: about(
            "all",
            "records | all(\"port\", \"==\", 5061)",
            "Whether the attribute of each record holds against a test; with the attribute alone, whether each is true. False for an empty list: nothing proves nothing.",
        ),
        arity: (1, 3),
        kind: FilterKind::All,
    },
    Filter {
        about: about(
            "days_until",
            "cert.not_after | days_until",
            "Whole days from the run's start to a time; negative when it is past.",
        ),
        arity: (0, 0),
        kind: FilterKind::Plain(
            |input, _| match input.present() {
                Type::Time | Type::Any => Ok(Type::Int),
                other => Err(format!("`days_until` is for times, and this is {other}")),
            },
            |input, _, now| match input {
                Value::Time(time) => {
                    Ok(Value::Int(time.as_second().saturating_sub(now.as_second()).div_euclid(86_400)))
                }
                other => Err(format!("`days_until` is for times, and this is {}", other.kind())),
            },
        ),
    },
    Filter {
        about: about(
            "difference",
            "user.assignment_changes | difference([\"conferencing_policy\"])",
            "The items of the first list that are not in the other.",
        ),
        arity: (1, 1),
        kind: FilterKind::Plain(
            |input, arguments| {
                both_lists(input, arguments)?;
                same_type(input, arguments)
            },
            |input, arguments, _| {
                let (ours, theirs) = (list(input, "difference")?, argument_list(arguments)?);
                Ok(Value::List(ours.iter().filter(|item| !contains(theirs, item)).cloned().collect()))
            },
        ),
    },
    Filter {
        about: about("first", "records | first", "The first item. A list without one is an error, not none."),
        arity: (0, 0),
        kind: FilterKind::Plain(item_type, |input, _, _| edge(input, "first", <[Value]>::first)),
    },
    Filter {
        about: about("join", "addresses | join(\", \")", "The items as one text, with a text between them."),
        arity: (0, 1),
        kind: FilterKind::Plain(
            |input, _| match input.present() {
                Type::List(_) | Type::Any => Ok(Type::Text),
                other => Err(format!("`join` is for lists, and this is {other}")),
            },
            |input, arguments, _| {
                let between = arguments.first().map(ToString::to_string).unwrap_or_default();
                let items: Vec<String> = list(input, "join")?.iter().map(ToString::to_string).collect();
                Ok(Value::Text(items.join(&between).into()))
            },
        ),
    },
    Filter {
        about: about(
            "known",
            "web.server_fqdn | known",
            "The value itself, and an error where it is none or a list with none in it: for facts that not everybody tells, and whose absence proves nothing.",
        ),
        arity: (0, 0),
        kind: FilterKind::Plain(
            |input, _| match input.present() {
                Type::List(item) => Ok(Type::list(item.present().clone())),
                other => Ok(other.clone()),
            },
            |input, _, _| match input {
                Value::Null => Err("it is none, and that tells nothing".to_owned()),
                Value::List(items) if items.iter().any(|item| matches!(item, Value::Null)) => {
                    Err("one of them is none, and that tells nothing".to_owned())
                }
                other => Ok(other.clone()),
            },
        ),
    },
    Filter {
        about: about("last", "records | last", "The last item. A list without one is an error, not none."),
        arity: (0, 0),
        kind: FilterKind::Plain(item_type, |input, _, _| edge(input, "last", <[Value]>::last)),
    },
    Filter {
        about: about("length", "records | length", "How many items a list has, or how many characters a text."),
        arity: (0, 0),
        kind: FilterKind::Plain(
            |input, _| match input.present() {
                Type::List(_) | Type::Text | Type::Name | Type::Choice(_) | Type::Any => Ok(Type::Int),
                other => Err(format!("`length` is for lists and texts, and this is {other}")),
            },
            |input, _, _| {
                let length = match input {
                    Value::List(items) => items.len(),
                    Value::Text(text) | Value::Name(text) => text.chars().count(),
                    other => return Err(format!("`length` is for lists and texts, and this is {}", other.kind())),
                };
                Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
            },
        ),
    },
    Filter {
        about: about("lower", "name | lower", "A text in lower case."),
        arity: (0, 0),
        kind: FilterKind::Plain(text_type, |input, _, _| Ok(Value::Text(text(input, "lower")?.to_lowercase().into()))),
    },
    Filter {
        about: about("map", "records | map(attribute=\"port\")", "One attribute of each record."),
        arity: (0, 0),
        kind: FilterKind::Map,
    },
    Filter {
        about: about("max", "ports | max", "The largest item. An empty list is an error."),
        arity: (0, 0),
        kind: FilterKind::Plain(item_type, |input, _, _| extreme(input, "max", Ordering::Greater)),
    },
    Filter {
        about: about(
            "min",
            "chain | map(attribute=\"days_left\") | min",
            "The smallest item. An empty list is an error.",
        ),
        arity: (0, 0),
        kind: FilterKind::Plain(item_type, |input, _, _| extreme(input, "min", Ordering::Less)),
    },
    Filter {
        about: about(
            "pool_of",
            "edge.registrar | pool_of",
            "The pool in a service's identity: `Registrar:pool02.contoso.com` is on `pool02.contoso.com`. Of a site's, its name. None of none.",
        ),
        arity: (0, 0),
        kind: FilterKind::Plain(|input, _| pool_of_type(input), |input, _, _| pool_of(input)),
    },
    Filter {
        about: about(
            "quoted",
            "Move-CsUser -Identity ${user.sip_address | quoted}",
            "A value as PowerShell takes it, in single quotes, so that nothing in it is expanded; none is `$null`.",
        ),
        arity: (0, 0),
        kind: FilterKind::Plain(|input, _| quoted_type(input), |input, _, _| quoted(input)),
    },
    Filter {
        about: about(
            "rejectattr",
            "records | rejectattr(\"port\", \"==\", 5061)",
            "The records whose attribute does not hold against a test.",
        ),
        arity: (1, 3),
        kind: FilterKind::Select { keep: false },
    },
    Filter {
        about: about(
            "selectattr",
            "records | selectattr(\"port\", \"==\", 5061)",
            "The records whose attribute holds against a test; with the attribute alone, those where it is true.",
        ),
        arity: (1, 3),
        kind: FilterKind::Select { keep: true },
    },
    Filter {
        about: about("sort", "addresses | sort", "The items in ascending order."),
        arity: (0, 0),
        kind: FilterKind::Plain(same_type, |input, _, _| {
            let mut items = list(input, "sort")?.to_vec();
            if items.windows(2).any(|pair| matches!(pair, [a, b] if a.order(b).is_none())) {
                return Err("`sort` needs items that have an order".to_owned());
            }
            items.sort_by(|a, b| a.order(b).unwrap_or(Ordering::Equal));
            Ok(Value::List(items.into()))
        }),
    },
    Filter {
        about: about("union", "v4.addresses | union(v6.addresses)", "The items of both lists, each once."),
        arity: (1, 1),
        kind: FilterKind::Plain(
            |input, arguments| match (input.present(), arguments.first().map(Type::present)) {
                (Type::List(a), Some(Type::List(b))) if !a.comparable(b) => {
                    Err(format!("items of these lists have nothing in common: {a} and {b}"))
                }
                (a @ (Type::List(_) | Type::Any), Some(b @ (Type::List(_) | Type::Any))) => Ok(a.join(b)),
                (other, _) => Err(format!("`union` joins two lists, and here is {other}")),
            },
            |input, arguments, _| {
                let (ours, theirs) = (list(input, "union")?, argument_list(arguments)?);
                Ok(Value::List(each_once(ours.iter().chain(theirs)).into()))
            },
        ),
    },
    Filter {
        about: about("unique", "addresses | unique", "The items, each once, in the order in which they first stand."),
        arity: (0, 0),
        kind: FilterKind::Plain(same_type, |input, _, _| Ok(Value::List(each_once(list(input, "unique")?).into()))),
    },
    Filter {
        about: about("upper", "name | upper", "A text in upper case."),
        arity: (0, 0),
        kind: FilterKind::Plain(text_type, |input, _, _| Ok(Value::Text(text(input, "upper")?.to_uppercase().into()))),
    },
];

/// Every test, by name.
pub const TESTS: &[Test] = &[
    Test {
        about: about(
            "disjoint_from",
            "addresses is disjoint_from(legacy)",
            "No item is in the other list. False for an empty list: nothing proves nothing.",
        ),
        arity: 1,
        types: both_lists,
        holds: |input, arguments| {
            let (items, other) = (list(input, "disjoint_from")?, argument_list(arguments)?);
            Ok(!items.is_empty() && !items.iter().any(|item| contains(other, item)))
        },
    },
    Test {
        about: about("empty", "records is empty", "A list without items or a text without characters."),
        arity: 0,
        types: |input, _| match input.present() {
            Type::List(_) | Type::Text | Type::Name | Type::Any => Ok(()),
            other => Err(format!("`empty` is for lists and texts, and this is {other}")),
        },
        holds: |input, _| match input {
            Value::List(items) => Ok(items.is_empty()),
            Value::Text(text) | Value::Name(text) => Ok(text.is_empty()),
            other => Err(format!("`empty` is for lists and texts, and this is {}", other.kind())),
        },
    },
    Test {
        about: about(
            "endingwith",
            "target is endingwith(\".contoso.com\")",
            "A text ends with another. For names, `within` is what you want.",
        ),
        arity: 1,
        types: both_texts,
        holds: |input, arguments| pair(input, arguments).map(|(whole, end)| whole.ends_with(end.as_ref())),
    },
    compare("eq", "record.port is eq(5061)", "Equal, as `==`. For `selectattr`; may be written \"==\"."),
    compare("ge", "record.ttl is ge(60)", "At least, as `>=`. For `selectattr`; may be written \">=\"."),
    compare("gt", "record.ttl is gt(60)", "More, as `>`. For `selectattr`; may be written \">\"."),
    Test {
        about: about(
            "having",
            "root.json is having(\"_links\")",
            "An object of unknown shape, such as a JSON body, has a field of that name. Known shapes are checked when the file is loaded.",
        ),
        arity: 1,
        types: |input, arguments| match (input, arguments.first().map(Type::present)) {
            (Type::Any, Some(Type::Text | Type::Name | Type::Any)) => Ok(()),
            _ => Err("`having` asks whether a JSON object has a field, and is given its name".to_owned()),
        },
        holds: |input, arguments| match input {
            Value::Record(record) => Ok(!matches!(record.get(argument_text(arguments)?), Lookup::Missing)),
            _ => Ok(false),
        },
    },
    Test {
        about: about(
            "in",
            "address is in(addresses)",
            "An item of a list. For `selectattr`; elsewhere write `x in list`.",
        ),
        arity: 1,
        types: |_, _| Ok(()),
        holds: |input, arguments| Ok(contains(argument_list(arguments)?, input)),
    },
    compare("le", "record.ttl is le(300)", "At most, as `<=`. For `selectattr`; may be written \"<=\"."),
    compare("lt", "record.ttl is lt(300)", "Less, as `<`. For `selectattr`; may be written \"<\"."),
    Test {
        about: about("ne", "record.port is ne(5061)", "Not equal, as `!=`. For `selectattr`; may be written \"!=\"."),
        arity: 1,
        types: |_, _| Ok(()),
        holds: |input, arguments| equal(input, arguments).map(|same| !same),
    },
    Test {
        about: about(
            "none",
            "edge.web_conferencing is none",
            "The fact is none. What is unknown is not none, but an error.",
        ),
        arity: 0,
        types: |_, _| Ok(()),
        holds: |input, _| Ok(matches!(input, Value::Null)),
    },
    Test {
        about: about(
            "not_older_than",
            "patch.version is not_older_than(\"6.0.9319.510\")",
            "A version is another one or a later one, number by number.",
        ),
        arity: 1,
        types: both_texts,
        holds: |input, arguments| not_older(text(input, "not_older_than")?, argument_text(arguments)?),
    },
    Test {
        about: about("startingwith", "tls.version is startingwith(\"TLS 1\")", "A text begins with another."),
        arity: 1,
        types: both_texts,
        holds: |input, arguments| pair(input, arguments).map(|(whole, start)| whole.starts_with(start.as_ref())),
    },
    Test {
        about: about(
            "subset_of",
            "host.addresses is subset_of(domain.federation_addresses)",
            "Every item is in the other list. False for an empty list: nothing proves nothing.",
        ),
        arity: 1,
        types: both_lists,
        holds: |input, arguments| {
            let (items, other) = (list(input, "subset_of")?, argument_list(arguments)?);
            Ok(!items.is_empty() && items.iter().all(|item| contains(other, item)))
        },
    },
    Test {
        about: about(
            "superset_of",
            "names is superset_of([pool.fqdn])",
            "Every item of the other list is in this one. False where the other is empty.",
        ),
        arity: 1,
        types: both_lists,
        holds: |input, arguments| {
            let (items, other) = (list(input, "superset_of")?, argument_list(arguments)?);
            Ok(!other.is_empty() && other.iter().all(|item| contains(items, item)))
        },
    },
    Test {
        about: about(
            "wildcard_covers",
            "tls.certificate.names is wildcard_covers(web.external)",
            "A certificate's names cover a host: one is equal to it, or is a wildcard for its first label (RFC 6125).",
        ),
        arity: 1,
        types: |input, arguments| match (input.present(), arguments.first().map(Type::present)) {
            (Type::List(_) | Type::Any, Some(Type::Text | Type::Name | Type::Any)) => Ok(()),
            _ => Err("`wildcard_covers` holds a list of names against one name".to_owned()),
        },
        holds: |input, arguments| {
            let host = fold(argument_text(arguments)?);
            let parent = host.split_once('.').map(|(_, parent)| parent);
            let covers = |name: &str| {
                let name = fold(name);
                name == host || name.strip_prefix("*.").is_some_and(|rest| Some(rest) == parent)
            };
            Ok(list(input, "wildcard_covers")?.iter().any(|name| text(name, "wildcard_covers").is_ok_and(covers)))
        },
    },
    Test {
        about: about("within", "record.target is within(domain.name)", "A name is a domain or lies in it."),
        arity: 1,
        types: both_texts,
        holds: |input, arguments| {
            let (name, domain) = (fold(text(input, "within")?), fold(argument_text(arguments)?));
            Ok(name == domain || name.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.')))
        },
    },
];

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
