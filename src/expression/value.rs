//! Values at run time.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::types::{RecordType, Type};
use crate::values::fold;

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// A fact that is none: not to be confused with what is unknown.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A text, compared to the letter.
    Text(Arc<str>),
    /// A name, compared folded, shown as it came.
    Name(Arc<str>),
    /// A point in time.
    Time(Timestamp),
    /// A list.
    List(Arc<[Value]>),
    /// A record.
    Record(Arc<dyn Record>),
}

/// Something with named fields: facts of an observation, a pool of the environment, a
/// user of the inventory.
pub trait Record: Debug + Send + Sync {
    /// The value of a field.
    fn get(&self, name: &str) -> Lookup;
    /// The field that identifies it among its like.
    fn identity(&self) -> Option<Value>;
    /// Where it comes from, for messages.
    fn source(&self) -> &str;
    /// Its fields, for messages and reports.
    fn fields(&self) -> Vec<(String, Value)>;
    /// Why it proves nothing that nothing belongs to it: it may not exist at all.
    fn unproven(&self) -> Option<String> {
        None
    }

    /// Whether it has an identity, without making it.
    fn has_identity(&self) -> bool {
        self.identity().is_some_and(|identity| identity.has_identity())
    }

    /// Where it lies in its list. None where nothing of it can be numbered.
    fn place(&self) -> Option<Place> {
        None
    }

    /// What numbers the records of this one's list by what is read at the end of a path of fields.
    /// None where that can't be numbered.
    fn numbering(&self, path: &[String], reading: Reading) -> Option<Numbering> {
        let _ = (path, reading);
        None
    }
}

/// Where a record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// In which list, and how it is seen.
    pub list: ListKind,
    /// Which of the list's records it is.
    pub row: usize,
}

/// A list of records, so far as numbers stand for what is read of them: those of one list mean
/// nothing in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListKind {
    /// The place in memory of what it is a list of, which stays there as long as its records.
    pub of: usize,
    /// The number of the list in there.
    pub list: usize,
    /// How its records are seen, where one may be seen in several ways.
    pub seen: u8,
}

/// Writes numbers that stand for what is read of a row: those with equal numbers read alike. False
/// where this one has none. Asked of millions of rows: names were looked up before.
pub type Numbering = Box<dyn Fn(usize, &mut Vec<u32>) -> bool + Send + Sync>;

/// What is read at the end of a path of fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// What is there.
    Value,
    /// Whether there is anything, or none.
    Presence,
}

/// What a record says of a field.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// Its value; null is a value.
    Known(Value),
    /// It was not delivered, and why.
    Unknown(String),
    /// Records of this kind have no such field.
    Missing,
}

impl Value {
    /// The value that JSON holds for a type. What doesn't fit its type is kept as it is.
    #[must_use]
    pub fn from_json(json: &Json, ty: &Type, source: &Arc<str>) -> Self {
        match (json, ty.present()) {
            (Json::Null, _) => Self::Null,
            (Json::Bool(value), _) => Self::Bool(*value),
            (Json::Number(number), _) => {
                number.as_i64().map_or_else(|| Self::Float(number.as_f64().unwrap_or(f64::NAN)), Self::Int)
            }
            (Json::String(text), Type::Name) => Self::Name(text.as_str().into()),
            (Json::String(text), Type::Time) => {
                text.parse().map_or_else(|_| Self::Text(text.as_str().into()), Self::Time)
            }
            (Json::String(text), _) => Self::Text(text.as_str().into()),
            (Json::Array(items), ty) => {
                let any = Type::Any;
                let inner = if let Type::List(inner) = ty { inner } else { &any };
                Self::List(items.iter().map(|item| Self::from_json(item, inner, source)).collect())
            }
            (Json::Object(map), ty) => {
                let record = if let Type::Record(record) = ty { Some(Arc::clone(record)) } else { None };
                Self::Record(Arc::new(FactRecord::new(map, record, BTreeMap::new(), source)))
            }
        }
    }

    /// What kind of thing it is, for messages.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "none",
            Self::Bool(_) => "true or false",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(_) => "a text",
            Self::Name(_) => "a name",
            Self::Time(_) => "a time",
            Self::List(_) => "a list",
            Self::Record(_) => "a record",
        }
    }

    /// Equality as expressions mean it; `None` where the two can't be compared.
    #[must_use]
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(true),
            (Self::Null, _) | (_, Self::Null) => Some(false),
            (Self::Bool(a), Self::Bool(b)) => Some(a == b),
            (Self::Name(a), Self::Name(b) | Self::Text(b)) | (Self::Text(a), Self::Name(b)) => {
                Some(a == b || fold(a) == fold(b))
            }
            (Self::Text(a), Self::Text(b)) => Some(a == b),
            (Self::Time(a), Self::Time(b)) => Some(a == b),
            (Self::Int(_) | Self::Float(_), Self::Int(_) | Self::Float(_)) => {
                self.order(other).map(|order| order == Ordering::Equal)
            }
            (Self::List(a), Self::List(b)) => {
                if a.len() != b.len() {
                    return Some(false);
                }
                let pairs: Option<Vec<bool>> = a.iter().zip(b.iter()).map(|(a, b)| a.same(b)).collect();
                pairs.map(|pairs| pairs.into_iter().all(|same| same))
            }
            (Self::Record(a), Self::Record(b)) => match (a.identity(), b.identity()) {
                (Some(a), Some(b)) => a.same(&b),
                _ => None,
            },
            _ => None,
        }
    }

    /// The order of two values; `None` where there is none.
    #[must_use]
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        #[expect(clippy::cast_precision_loss, reason = "only mixed comparisons convert, and facts are far below 2^53")]
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Float(b)) => (*a as f64).partial_cmp(b),
            (Self::Float(a), Self::Int(b)) => a.partial_cmp(&(*b as f64)),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(b),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Name(a), Self::Name(b) | Self::Text(b)) | (Self::Text(a), Self::Name(b)) => {
                Some(fold(a).cmp(&fold(b)))
            }
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// What identifies it in a case's key: its own text, or its record's identity.
    #[must_use]
    pub fn identity(&self) -> Option<String> {
        match self {
            Self::Record(record) => record.identity().and_then(|identity| identity.identity()),
            Self::List(_) | Self::Null => None,
            scalar => Some(scalar.to_string()),
        }
    }

    /// Whether it has an identity, without making it.
    #[must_use]
    pub fn has_identity(&self) -> bool {
        match self {
            Self::Record(record) => record.has_identity(),
            Self::List(_) | Self::Null => false,
            _ => true,
        }
    }

    /// As JSON, for questions and reports.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => (*value).into(),
            Self::Int(value) => (*value).into(),
            Self::Float(value) => (*value).into(),
            Self::Text(text) | Self::Name(text) => text.as_ref().into(),
            Self::Time(time) => time.to_string().into(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Record(record) => {
                let fields = record.fields().into_iter().map(|(name, value)| (name, value.to_json()));
                Json::Object(fields.collect())
            }
        }
    }

    /// As a message quotes it: as it is shown, but no more of it than people read. A body
    /// of 256 KiB in a sentence helps nobody; the evidence has all of it.
    #[must_use]
    pub fn told(&self) -> String {
        clip(self.to_string(), MOST_TOLD)
    }

    /// As an explanation shows it: bounded, quoted where that matters.
    #[must_use]
    pub fn brief(&self) -> String {
        clip(self.outline(), MOST_TOLD)
    }

    fn outline(&self) -> String {
        const MOST: usize = 12;
        match self {
            Self::Text(text) if text.is_empty() => "\"\"".to_owned(),
            Self::List(items) if items.is_empty() => "[] (nothing)".to_owned(),
            Self::List(items) => {
                let shown: Vec<String> = items.iter().take(MOST).map(Self::outline).collect();
                let rest = items.len().saturating_sub(MOST);
                let rest = if rest > 0 { format!(", … {rest} more") } else { String::new() };
                format!("[{}{rest}]", shown.join(", "))
            }
            Self::Record(record) => {
                if let Some(identity) = record.identity() {
                    identity.outline()
                } else {
                    let fields = record.fields();
                    let shown: Vec<String> =
                        fields.iter().take(MOST).map(|(name, value)| format!("{name}: {}", value.outline())).collect();
                    let more = if fields.len() > MOST { ", …" } else { "" };
                    format!("{{{}{more}}}", shown.join(", "))
                }
            }
            other => clip(other.to_string(), 300),
        }
    }
}

/// The most characters of one value in a message.
pub(super) const MOST_TOLD: usize = 2_000;

/// The text, or its first characters and how many bytes it has.
pub(super) fn clip(text: String, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}… ({} bytes)", text.get(..at).unwrap_or_default(), text.len()),
        None => text,
    }
}

impl fmt::Display for Value {
    /// As a message shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("none"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Float(value) => write!(f, "{value}"),
            Self::Text(text) | Self::Name(text) => f.write_str(text),
            Self::Time(time) => write!(f, "{time}"),
            Self::List(_) | Self::Record(_) => f.write_str(&self.brief()),
        }
    }
}

/// Facts that came as JSON.
#[derive(Debug)]
pub struct FactRecord {
    fields: Vec<(String, Value)>,
    unknown: BTreeMap<String, String>,
    ty: Option<Arc<RecordType>>,
    source: Arc<str>,
}

impl FactRecord {
    /// From a JSON object, typed by a record type where one is known.
    #[must_use]
    pub fn new(
        map: &serde_json::Map<String, Json>,
        ty: Option<Arc<RecordType>>,
        unknown: BTreeMap<String, String>,
        source: &Arc<str>,
    ) -> Self {
        let fields = map
            .iter()
            .map(|(name, json)| {
                let field = ty.as_ref().and_then(|ty| ty.field(name)).map_or(&Type::Any, |field| &field.ty);
                (name.clone(), Value::from_json(json, field, source))
            })
            .collect();
        Self { fields, unknown, ty, source: Arc::clone(source) }
    }

    /// From values, without a type: names below it are not checked.
    #[must_use]
    pub fn of_values(fields: Vec<(String, Value)>, source: &Arc<str>) -> Self {
        Self { fields, unknown: BTreeMap::new(), ty: None, source: Arc::clone(source) }
    }

    /// The same, without what could not be learned, by name and with the reason.
    #[must_use]
    pub fn without(self, unknown: BTreeMap<String, String>) -> Self {
        Self { unknown, ..self }
    }

    /// The same, of a type: it says which field identifies it, and what is missing is unknown.
    #[must_use]
    pub fn of_type(self, ty: Arc<RecordType>) -> Self {
        Self { ty: Some(ty), ..self }
    }
}

impl Record for FactRecord {
    fn get(&self, name: &str) -> Lookup {
        if let Some((_, value)) = self.fields.iter().find(|(field, _)| field == name) {
            return Lookup::Known(value.clone());
        }
        if let Some(reason) = self.unknown.get(name) {
            return Lookup::Unknown(reason.clone());
        }
        match self.ty.as_ref().and_then(|ty| ty.field(name)) {
            // Serialization leaves out what is none, for fields that may be.
            Some(field) if matches!(field.ty, Type::Nullable(_)) => Lookup::Known(Value::Null),
            Some(_) => Lookup::Unknown(format!("{} did not deliver it", self.source)),
            None => Lookup::Missing,
        }
    }

    fn identity(&self) -> Option<Value> {
        let name = self.ty.as_ref()?.identity.as_ref()?;
        match self.get(name) {
            Lookup::Known(value) => Some(value),
            _ => None,
        }
    }

    fn source(&self) -> &str {
        &self.source
    }

    fn fields(&self) -> Vec<(String, Value)> {
        self.fields.clone()
    }
}
