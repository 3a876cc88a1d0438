//! The tests, as Jinja calls them.

use super::super::deployment::not_older;
use super::super::types::Type;
use super::super::value::{Lookup, Value};
use super::{
    Test, about, argument_list, argument_text, both_lists, both_texts, compare, contains, equal, list, pair, text,
};
use crate::values::fold;

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
