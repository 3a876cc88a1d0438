//! Nodes → types, through serde, with places for those who ask ([`Spanned`], [`Raw`]).

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, DeserializeOwned, DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::node::{Node, NodeKind, Style};
use crate::diagnostic::{Code, Diagnostic, Source};

const SPANNED: &str = "$poolproof::Spanned";

/// A value that remembers where it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Bytes in the source, end excluded; empty for a value that no file holds.
    pub range: Range<usize>,
}

/// A part of a file that is kept as it is, to be decoded when its type is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw(pub Node);

/// Deserializes a node.
///
/// # Errors
/// The first thing that doesn't fit. Hold the node against a [`super::Validator`] first:
/// that tells everything, and better.
pub fn from_node<T: DeserializeOwned>(node: &Node) -> Result<T, Error> {
    T::deserialize(node)
}

/// What doesn't fit, and where.
#[derive(Debug)]
pub struct Error {
    message: String,
    range: Option<Range<usize>>,
}

impl Error {
    /// The diagnostic for this error.
    #[must_use]
    pub fn into_diagnostic(self, source: &Arc<Source>) -> Diagnostic {
        Diagnostic::at(Code::InvalidValue, source, self.range.unwrap_or(0..0), self.message)
    }

    fn within(mut self, node: &Node) -> Self {
        self.range.get_or_insert_with(|| node.range.clone());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self { message: message.to_string(), range: None }
    }
}

impl<'de> Deserializer<'de> for &'de Node {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.kind {
            NodeKind::Null => visitor.visit_unit(),
            NodeKind::Bool(value) => visitor.visit_bool(*value),
            NodeKind::Int(value) => visitor.visit_i64(*value),
            NodeKind::Float(value) => visitor.visit_f64(*value),
            NodeKind::Text(value, _) => visitor.visit_borrowed_str(value),
            NodeKind::List(items) => visitor.visit_seq(Items(items.iter())),
            NodeKind::Map(entries) => visitor.visit_map(Entries { rest: entries.iter(), value: None }),
        }
        .map_err(|error| error.within(self))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.kind {
            NodeKind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == SPANNED {
            return visitor.visit_seq(Placed { node: self, part: 0 });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match &self.kind {
            NodeKind::Text(name, _) => visitor.visit_enum(name.as_str().into_deserializer()),
            NodeKind::Map(entries) if entries.len() == 1 => {
                visitor.visit_enum(de::value::MapAccessDeserializer::new(Entries { rest: entries.iter(), value: None }))
            }
            _ => Err(de::Error::custom(format_args!("{} where one of several kinds is needed", self.describe()))),
        }
        .map_err(|error: Error| error.within(self))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

struct Items<'de>(std::slice::Iter<'de, Node>);

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.next().map(|node| seed.deserialize(node).map_err(|error| error.within(node))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct Entries<'de> {
    rest: std::slice::Iter<'de, (Node, Node)>,
    value: Option<&'de Node>,
}

impl<'de> MapAccess<'de> for Entries<'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.rest.next() else { return Ok(None) };
        self.value = Some(value);
        seed.deserialize(key).map(Some).map_err(|error| error.within(key))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let value =
            self.value.take().ok_or_else(|| <Error as de::Error>::custom("a value was asked for before its key"))?;
        seed.deserialize(value).map_err(|error| error.within(value))
    }
}

/// Start, end and value of a node, for [`Spanned`].
struct Placed<'de> {
    node: &'de Node,
    part: u8,
}

impl<'de> SeqAccess<'de> for Placed<'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.part += 1;
        match self.part {
            1 => seed.deserialize((self.node.range.start as u64).into_deserializer()).map(Some),
            2 => seed.deserialize((self.node.range.end as u64).into_deserializer()).map(Some),
            3 => seed.deserialize(self.node).map(Some),
            _ => Ok(None),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Parts<T>(std::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Parts<T> {
            type Value = Spanned<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value with its place")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
                let missing = || de::Error::custom("a value without its place");
                let start: usize = parts.next_element()?.ok_or_else(missing)?;
                let end: usize = parts.next_element()?.ok_or_else(missing)?;
                let value = parts.next_element()?.ok_or_else(missing)?;
                Ok(Spanned { value, range: start..end })
            }
        }

        deserializer.deserialize_struct(SPANNED, &["start", "end", "value"], Parts(std::marker::PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Kind;

        impl<'de> Visitor<'de> for Kind {
            type Value = NodeKind;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E: de::Error>(self) -> Result<NodeKind, E> {
                Ok(NodeKind::Null)
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<NodeKind, E> {
                Ok(NodeKind::Bool(value))
            }

            fn visit_i64<E: de::Error>(self, value: i64) -> Result<NodeKind, E> {
                Ok(NodeKind::Int(value))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<NodeKind, E> {
                Ok(NodeKind::Float(value))
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<NodeKind, E> {
                Ok(NodeKind::Text(value.to_owned(), Style::Plain))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<NodeKind, A::Error> {
                let mut list = Vec::new();
                while let Some(Raw(item)) = items.next_element()? {
                    list.push(item);
                }
                Ok(NodeKind::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<NodeKind, A::Error> {
                let mut map = Vec::new();
                while let Some((Raw(key), Raw(value))) = entries.next_entry()? {
                    map.push((key, value));
                }
                Ok(NodeKind::Map(map))
            }
        }

        struct Any(NodeKind);

        impl<'de> Deserialize<'de> for Any {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(Kind).map(Any)
            }
        }

        let Spanned { value: Any(kind), range } = Spanned::deserialize(deserializer)?;
        Ok(Self(Node { kind, range }))
    }
}

impl Raw {
    /// The node, with the quoting of its scalars read back from the source.
    #[must_use]
    pub fn restyled(&self, source: &Source) -> Node {
        restyle(&self.0, source)
    }
}

fn restyle(node: &Node, source: &Source) -> Node {
    let kind = match &node.kind {
        NodeKind::Text(text, _) => NodeKind::Text(text.clone(), style_at(source, node.range.start)),
        NodeKind::List(items) => NodeKind::List(items.iter().map(|item| restyle(item, source)).collect()),
        NodeKind::Map(entries) => NodeKind::Map(entries.iter().map(|(k, v)| (k.clone(), restyle(v, source))).collect()),
        other => other.clone(),
    };
    Node { kind, range: node.range.clone() }
}

/// A plain scalar can't begin with a quote or a block indicator.
pub(crate) fn style_at(source: &Source, offset: usize) -> Style {
    match source.text.as_bytes().get(offset) {
        Some(b'\'') => Style::Single,
        Some(b'"') => Style::Double,
        Some(b'|' | b'>') => Style::Block,
        _ => Style::Plain,
    }
}

impl Spanned<String> {
    /// Where a byte range of the value stands in the source.
    #[must_use]
    pub fn place_inside(&self, source: &Source, inside: Range<usize>) -> Range<usize> {
        let style = style_at(source, self.range.start);
        Node { kind: NodeKind::Text(self.value.clone(), style), range: self.range.clone() }.place_inside(source, inside)
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        Schema::default()
    }
}
