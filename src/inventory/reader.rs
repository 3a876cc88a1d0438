//! Records as JSON text, straight into a part: no tree in between.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::normal::Raw;
use super::part::{Part, Target};

/// Reads one object; how many keys it has.
pub(super) fn read(text: &[u8], part: &mut Part) -> Result<usize, serde_json::Error> {
    // Looked at once as a whole, which is several times faster than text by text.
    let text = std::str::from_utf8(text).map_err(|error| {
        serde_json::Error::custom(format_args!(
            "byte {} is no UTF-8, nor a whole letter of UTF-16",
            error.valid_up_to() + 1
        ))
    })?;
    // Nesting is bounded by serde_json, length by the caller.
    let mut json = serde_json::Deserializer::from_str(text);
    let keys = json.deserialize_map(Record(part))?;
    json.end().map(|()| keys)
}

struct Record<'p>(&'p mut Part);

impl<'de> Visitor<'de> for Record<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<usize, A::Error> {
        let mut index = 0;
        while let Some(target) = map.next_key_seed(Key { part: self.0, index })? {
            if target == (Target { field: None, setting: false }) {
                map.next_value::<IgnoredAny>()?;
            } else {
                map.next_value_seed(Member { part: self.0, index, target })?;
            }
            index += 1;
        }
        Ok(index)
    }
}

struct Key<'p> {
    part: &'p mut Part,
    index: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Target;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Target, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property's name")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Target, E> {
        self.part
            .target(self.index, key)
            .ok_or_else(|| E::custom(format_args!("more than {} properties", Part::MOST_KEYS)))
    }
}

struct Member<'p> {
    part: &'p mut Part,
    index: usize,
    target: Target,
}

impl Member<'_> {
    #[expect(clippy::unnecessary_wraps, reason = "visitors answer with results")]
    fn take<E>(self, raw: Raw<'_>) -> Result<(), E> {
        self.part.put(self.index, self.target, raw, None);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Member<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Member<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.take(Raw::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.take(Raw::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
        self.take(Raw::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
        #[expect(clippy::cast_precision_loss, reason = "beyond i64, as JSON's own numbers are read")]
        self.take(i64::try_from(value).map_or(Raw::Float(value as f64), Raw::Int))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
        self.take(Raw::Float(value))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
        self.take(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<Json>()? {
            items.push(item);
        }
        self.take(Raw::Json(&Json::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = Map::new();
        while let Some((key, value)) = map.next_entry::<String, Json>()? {
            members.insert(key, value);
        }
        self.take(Raw::Json(&Json::Object(members)))
    }
}
