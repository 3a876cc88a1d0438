//! The filters.

use std::cmp::Ordering;

use super::super::deployment::{pool_of, pool_of_type, quoted, quoted_type};
use super::super::types::Type;
use super::super::value::Value;
use super::{
    Filter, FilterKind, about, argument_list, both_lists, contains, each_once, edge, extreme, item_type, list,
    same_type, text, text_type,
};

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
