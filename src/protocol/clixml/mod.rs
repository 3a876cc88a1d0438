//! CLIXML: how PowerShell writes objects as text ([MS-PSRP] 2.2.5).
//!
//! Windows PowerShell writes its error, warning and progress streams this way where
//! standard error is redirected: a line `#< CLIXML`, then an `<Objs>` document whose
//! children name their stream in `S`. Reading is bounded by the depth and the number of
//! elements; what precedes a fault is kept, since a stream may be cut anywhere.

mod read;
mod streams;

pub use read::{Clixml, read};
pub use streams::{MARK, Said, Stream, said};

/// What an element holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// `<Nil/>`.
    Null,
    /// `<B>`.
    Bool(bool),
    /// A number, as it is written: its kinds reach from one byte to decimals.
    Number(String),
    /// Text, and whatever else is one text: dates, durations, GUIDs, versions, XML.
    Text(String),
    /// `<LST>`, `<IE>`, `<QUE>`, `<STK>`.
    List(Vec<Value>),
    /// `<DCT>`: keys and values.
    Dictionary(Vec<(Value, Value)>),
    /// `<Obj>`.
    Object(Box<Object>),
    /// `<Ref>`: an object that was written before.
    Reference(String),
}

/// An object, as the writer took it apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Object {
    /// Its .NET types, the nearest first; empty where it refers to another's.
    pub types: Vec<String>,
    /// Its `ToString()`.
    pub text: Option<String>,
    /// What it holds itself: a number for an enumeration, the items of a list.
    pub value: Option<Value>,
    /// Its properties, then its notes, in their order.
    pub properties: Vec<(String, Value)>,
}

impl Object {
    /// The property of a name, without regard to case, as PowerShell looks for it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Value {
    /// What a person would read; `None` where there is nothing to read.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(true) => Some("True"),
            Self::Bool(false) => Some("False"),
            Self::Object(object) => object.text.as_deref().or_else(|| object.value.as_ref()?.text()),
            _ => None,
        }
    }
}

/// Text with its `_xHHHH_` escapes, which are UTF-16 units, resolved.
#[must_use]
pub fn unescape(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if let Some((unit, after)) = escape(rest) {
            units.push(unit);
            rest = after;
        } else {
            let mut buffer = [0; 2];
            units.extend_from_slice(first.encode_utf16(&mut buffer));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
        }
    }
    String::from_utf16_lossy(&units)
}

fn escape(text: &str) -> Option<(u16, &str)> {
    let digits = text.strip_prefix("_x")?.get(..4)?;
    let after = text.get(6..)?.strip_prefix('_')?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(digits, 16).ok()?, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_utf_16_units() {
        for (written, meant) in [
            ("a_x000D__x000A_b", "a\r\nb"),
            ("_xD83D__xDE00_", "😀"),
            ("_xD83D_", "\u{fffd}"),
            ("_x005F_x0041_", "_x0041_"),
            ("pre_xyz_x12_ ü_x", "pre_xyz_x12_ ü_x"),
        ] {
            assert_eq!(unescape(written), meant, "{written}");
        }
    }
}
