//! A parameter, and whether a value fits it.

use serde_json::Value;

/// A parameter that may be given.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any text: identities, filters.
    Text,
    /// A host, pool or domain name.
    Name,
    /// A SIP address, with or without `sip:`.
    Sip,
    /// A telephone number: an optional `+`, digits.
    Phone,
    /// A whole number from 0 on.
    Number,
    /// True or false; the switch is given where it is true.
    Switch,
}

/// Why a value doesn't fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{parameter}` takes {wanted}, and this is {found}")]
pub struct Misfit {
    parameter: &'static str,
    wanted: &'static str,
    found: String,
}

/// The longest value, in bytes.
const LONGEST: usize = 4096;

impl ParameterKind {
    /// For people.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Name => "a name",
            Self::Sip => "a SIP address",
            Self::Phone => "a telephone number",
            Self::Number => "a whole number",
            Self::Switch => "true or false",
        }
    }
}

impl Parameter {
    /// The value, as it is handed over: names folded of nothing, addresses with `sip:`.
    ///
    /// # Errors
    /// It is of another kind.
    pub fn take(&self, value: &Value) -> Result<Value, Misfit> {
        let misfit = || Misfit { parameter: self.name, wanted: self.kind.in_words(), found: shown(value) };
        let text = || value.as_str().filter(|text| text.len() <= LONGEST).ok_or_else(misfit);
        Ok(match self.kind {
            ParameterKind::Text => text()?.into(),
            ParameterKind::Name => {
                let name = text()?;
                // Also names that no DNS would take: pools were named by people.
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
                if name.is_empty() || !name.bytes().all(fits) {
                    return Err(misfit());
                }
                name.into()
            }
            ParameterKind::Sip => {
                let address: crate::values::SipAddress = text()?.parse().map_err(|_| misfit())?;
                format!("sip:{}", address.folded()).into()
            }
            ParameterKind::Phone => {
                let number = text()?;
                let digits = number.strip_prefix("tel:").unwrap_or(number);
                let digits = digits.strip_prefix('+').unwrap_or(digits);
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err(misfit());
                }
                number.into()
            }
            ParameterKind::Number => {
                value.as_u64().filter(|number| u32::try_from(*number).is_ok()).ok_or_else(misfit)?.into()
            }
            ParameterKind::Switch => value.as_bool().ok_or_else(misfit)?.into(),
        })
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if text.len() > 80 => format!("a text of {} bytes", text.len()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn take(kind: ParameterKind, value: &Value) -> Option<Value> {
        Parameter { name: "P", kind }.take(value).ok()
    }

    #[test]
    fn values_fit_their_kind_or_are_refused() {
        use ParameterKind::{Name, Number, Phone, Sip, Switch, Text};
        for (kind, given, taken) in [
            (Text, json!("'; calc \u{2019}"), Some(json!("'; calc \u{2019}"))),
            (Text, json!(1), None),
            (Text, json!("x".repeat(5000)), None),
            (Name, json!("pool01.contoso.com"), Some(json!("pool01.contoso.com"))),
            (Name, json!("pool01; calc"), None),
            (Name, json!(""), None),
            (Sip, json!("Sip:Sara@contoso.com"), Some(json!("sip:sara@contoso.com"))),
            (Sip, json!("sara"), None),
            (Phone, json!("+14255550100"), Some(json!("+14255550100"))),
            (Phone, json!("tel:+1425"), Some(json!("tel:+1425"))),
            (Phone, json!("+1 (425) 555"), None),
            (Number, json!(5061), Some(json!(5061))),
            (Number, json!("5061"), None),
            (Number, json!(-1), None),
            (Switch, json!(true), Some(json!(true))),
            (Switch, json!("true"), None),
        ] {
            assert_eq!(take(kind, &given), taken, "{kind:?} {given}");
        }
    }
}
