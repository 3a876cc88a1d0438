//! The field's scalar types: durations, moments, host names, SIP addresses, host and port, web
//! addresses, distinguished names.
//!
//! Each is parsed once, where it is read, and compared folded (case, trailing dot,
//! `sip:`), but shown as it came.

mod dn;
mod dn_text;
mod duration;
mod effect;
mod moment;
mod name;
mod place;
mod url;
mod version;

pub use dn::{Attribute, AttributeValue, Dn, Rdn};
pub(crate) use dn_text::is_unseen;
pub use duration::{Duration, millis, parse_duration};
pub use effect::Effect;
pub use moment::Moment;
pub use name::{Fqdn, SipAddress, fold};
pub(crate) use name::{fold_bare_into, fold_into};
pub use place::{HostPort, ServerAddress, nobody_is_at, parse_address, parse_server_ip};
pub use url::HttpUrl;
pub use version::Version;

use crate::yaml::Format;

/// The `format`s of our JSON Schemas, each with its check.
pub const FORMATS: &[Format] = &[
    Format { name: "duration", check: |text| parse_duration(text).map(drop) },
    Format { name: "moment", check: |text| text.parse::<Moment>().map(drop).map_err(Invalid::parts) },
    Format { name: "fqdn", check: |text| text.parse::<Fqdn>().map(drop).map_err(Invalid::parts) },
    Format { name: "sip-address", check: |text| text.parse::<SipAddress>().map(drop).map_err(Invalid::parts) },
    Format { name: "ip", check: |text| parse_address(text).map(drop) },
    Format { name: "server-ip", check: |text| parse_server_ip(text).map(drop) },
    Format { name: "host-port", check: |text| text.parse::<HostPort>().map(drop).map_err(Invalid::parts) },
    Format { name: "http-url", check: |text| text.parse::<HttpUrl>().map(drop).map_err(Invalid::parts) },
    Format { name: "version", check: |text| text.parse::<Version>().map(drop).map_err(Invalid::parts) },
    Format { name: "dn", check: |text| text.parse::<Dn>().map(drop).map_err(Invalid::parts) },
    Format { name: "server", check: |text| text.parse::<ServerAddress>().map(drop).map_err(Invalid::parts) },
];

/// Why a text is not a value of one of these types, and what would be one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    message: String,
    hint: String,
}

impl Invalid {
    pub(crate) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    pub(crate) fn parts(self) -> (String, String) {
        (self.message, self.hint)
    }
}

/// Serde and schema for a type that is written as text.
macro_rules! text_type {
    ($type:ty, $format:literal, $title:literal, $doc:literal) => {
        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                $title.into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({"type": "string", "format": $format, "description": $doc})
            }
        }
    };
}
pub(crate) use text_type;
