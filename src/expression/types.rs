//! The types of facts, taken from the JSON Schemas of the Rust types that hold them.

use std::fmt;
use std::sync::Arc;

use serde_json::Value as Json;

/// The type of an expression, as far as it is known when a file is loaded.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    /// Not known before it runs.
    Any,
    /// `none` alone.
    Null,
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A number.
    Float,
    /// A text, compared to the letter.
    Text,
    /// A host name, domain or SIP address: compared without regard to case, trailing dot and `sip:`.
    Name,
    /// A point in time.
    Time,
    /// One of a few words.
    Choice(Arc<[String]>),
    /// A list.
    List(Arc<Type>),
    /// A record with known fields.
    Record(Arc<RecordType>),
    /// The type, or null as a fact.
    Nullable(Arc<Type>),
}

/// The fields of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordType {
    /// What it is called in messages: `TlsFacts` → `tls`.
    pub name: String,
    /// Its fields in the order of the type.
    pub fields: Vec<Field>,
    /// The field that identifies a record among its like, if there is one.
    pub identity: Option<String>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// What it says, with units.
    pub doc: String,
}

impl RecordType {
    /// The field of a name.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(of: Self) -> Self {
        Self::List(Arc::new(of))
    }

    /// The type that a JSON Schema describes.
    #[must_use]
    pub fn of_schema(schema: &schemars::Schema) -> Self {
        let root = schema.clone().to_value();
        of(&root, &root, 0)
    }

    /// The type of a Rust type.
    #[must_use]
    pub fn of<T: schemars::JsonSchema>() -> Self {
        Self::of_schema(&schemars::schema_for!(T))
    }

    /// The type without its null.
    #[must_use]
    pub fn present(&self) -> &Self {
        match self {
            Self::Nullable(inner) => inner,
            other => other,
        }
    }

    /// The type, or null.
    #[must_use]
    pub fn or_null(self) -> Self {
        match self {
            nullable @ (Self::Nullable(_) | Self::Any | Self::Null) => nullable,
            other => Self::Nullable(Arc::new(other)),
        }
    }

    /// Whether values of both can be equal at all.
    #[must_use]
    pub fn comparable(&self, other: &Self) -> bool {
        use Type::{Any, Bool, Choice, Float, Int, List, Name, Null, Nullable, Record, Text, Time};
        match (self, other) {
            (Any, _) | (_, Any) => true,
            (Null, Null | Nullable(_)) | (Nullable(_), Null) => true,
            (Nullable(a), Nullable(b)) => a.comparable(b),
            (Nullable(a), b) | (b, Nullable(a)) => a.comparable(b),
            (Int | Float, Int | Float) | (Bool, Bool) | (Time, Time) => true,
            (Text | Name | Choice(_), Text | Name | Choice(_)) => true,
            (List(a), List(b)) => a.comparable(b),
            (Record(a), Record(b)) => a.name == b.name,
            _ => false,
        }
    }

    /// Whether `<` means something between both.
    #[must_use]
    pub fn orderable(&self, other: &Self) -> bool {
        use Type::{Any, Float, Int, Name, Text, Time};
        matches!(
            (self.present(), other.present()),
            (Any, _) | (_, Any) | (Int | Float, Int | Float) | (Time, Time) | (Text | Name, Text | Name)
        )
    }

    /// The type that holds values of both.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Self::Null, other) | (other, Self::Null) => other.clone().or_null(),
            (Self::Nullable(a), b) | (b, Self::Nullable(a)) => a.join(b.present()).or_null(),
            (Self::Int | Self::Float, Self::Int | Self::Float) => Self::Float,
            (Self::Text | Self::Name | Self::Choice(_), Self::Text | Self::Name | Self::Choice(_)) => Self::Text,
            (Self::List(a), Self::List(b)) => Self::list(a.join(b)),
            _ => Self::Any,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any value"),
            Self::Null => f.write_str("none"),
            Self::Bool => f.write_str("true or false"),
            Self::Int => f.write_str("a whole number"),
            Self::Float => f.write_str("a number"),
            Self::Text => f.write_str("a text"),
            Self::Name => f.write_str("a name"),
            Self::Time => f.write_str("a time"),
            Self::Choice(words) => write!(f, "one of {}", words.join(", ")),
            Self::List(inner) => write!(f, "a list of {}", Plural(inner)),
            Self::Record(record) => write!(f, "a {} record", record.name),
            Self::Nullable(inner) => write!(f, "{inner}, or none"),
        }
    }
}

struct Plural<'a>(&'a Type);

impl fmt::Display for Plural<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Type::Int => f.write_str("whole numbers"),
            Type::Float => f.write_str("numbers"),
            Type::Text => f.write_str("texts"),
            Type::Name => f.write_str("names"),
            Type::Time => f.write_str("times"),
            Type::Record(record) => write!(f, "{} records", record.name),
            other => write!(f, "({other})"),
        }
    }
}

const DEEPEST: usize = 24;

fn of(schema: &Json, root: &Json, depth: usize) -> Type {
    if depth > DEEPEST {
        return Type::Any;
    }
    if let Some(reference) = schema.get("$ref").and_then(Json::as_str) {
        let target = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
        return target.map_or(Type::Any, |target| of(target, root, depth + 1));
    }
    for keyword in ["anyOf", "oneOf"] {
        if let Some(alternatives) = schema.get(keyword).and_then(Json::as_array) {
            return of_alternatives(alternatives, root, depth);
        }
    }
    if let Some(words) = words(schema) {
        return Type::Choice(words.into());
    }
    match schema.get("type") {
        Some(Json::String(name)) => of_named(name, schema, root, depth),
        Some(Json::Array(names)) => {
            let mut present = names.iter().filter_map(Json::as_str).filter(|name| *name != "null");
            match (present.next(), present.next()) {
                (Some(only), None) => of_named(only, schema, root, depth).or_null(),
                _ => Type::Any,
            }
        }
        _ => Type::Any,
    }
}

fn of_alternatives(alternatives: &[Json], root: &Json, depth: usize) -> Type {
    let is_null = |schema: &&Json| schema.get("type").and_then(Json::as_str) == Some("null");
    let nullable = alternatives.iter().any(|schema| is_null(&schema));
    let present: Vec<&Json> = alternatives.iter().filter(|schema| !is_null(schema)).collect();
    let all_words: Option<Vec<Vec<String>>> = present.iter().map(|schema| words(schema)).collect();
    let ty = match (present.as_slice(), all_words) {
        ([only], _) => of(only, root, depth + 1),
        (_, Some(lists)) if !lists.is_empty() => Type::Choice(lists.concat().into()),
        _ => Type::Any,
    };
    if nullable { ty.or_null() } else { ty }
}

fn words(schema: &Json) -> Option<Vec<String>> {
    if let Some(word) = schema.get("const").and_then(Json::as_str) {
        return Some(vec![word.to_owned()]);
    }
    let list = schema.get("enum")?.as_array()?;
    list.iter().filter(|word| !word.is_null()).map(|word| word.as_str().map(str::to_owned)).collect()
}

fn of_named(name: &str, schema: &Json, root: &Json, depth: usize) -> Type {
    match name {
        "boolean" => Type::Bool,
        "integer" => Type::Int,
        "number" => Type::Float,
        "string" => match schema.get("format").and_then(Json::as_str) {
            Some("fqdn" | "sip-address") => Type::Name,
            Some("date-time") => Type::Time,
            _ => Type::Text,
        },
        "array" => Type::list(schema.get("items").map_or(Type::Any, |items| of(items, root, depth + 1))),
        "object" => match schema.get("properties").and_then(Json::as_object) {
            Some(properties) => Type::Record(Arc::new(RecordType {
                name: record_name(schema, root),
                identity: schema.get("x-identity").and_then(Json::as_str).map(str::to_owned),
                fields: properties
                    .iter()
                    .map(|(name, schema)| Field {
                        name: name.clone(),
                        ty: of(schema, root, depth + 1),
                        doc: doc(schema, root),
                    })
                    .collect(),
            })),
            None => Type::Any,
        },
        _ => Type::Any,
    }
}

fn doc(schema: &Json, root: &Json) -> String {
    let own = schema.get("description").and_then(Json::as_str);
    let target = || {
        let pointer = schema.get("$ref").and_then(Json::as_str)?.strip_prefix('#')?;
        root.pointer(pointer)?.get("description")?.as_str()
    };
    own.or_else(target).unwrap_or_default().replace('\n', " ")
}

/// The definition's name without the suffixes that only the code needs.
fn record_name(schema: &Json, root: &Json) -> String {
    let title = schema.get("title").and_then(Json::as_str);
    let in_definitions = || {
        let definitions = root.get("$defs")?.as_object()?;
        definitions.iter().find(|(_, definition)| std::ptr::eq(*definition, schema)).map(|(name, _)| name.as_str())
    };
    let name = title.or_else(in_definitions).unwrap_or("record");
    let name = name.trim_end_matches("Facts").trim_end_matches("View");
    let mut words = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_uppercase() && index > 0 {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}
