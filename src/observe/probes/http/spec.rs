//! The question.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::observe::network::Addresses;
use crate::observe::secure::Sni;
use crate::values::HttpUrl;

/// Sends one request, and follows redirects as far as it is told to. Nobody signs in: a
/// header that carries a credential is refused.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpSpec {
    /// The address to ask for, `http` or `https`. Whatever its certificate is worth, the answer is read.
    pub url: HttpUrl,
    /// The method; none that changes anything.
    #[serde(default, skip_serializing_if = "Method::is_default")]
    pub method: Method,
    /// Headers to send beside `host`, `user-agent` and `accept-encoding: identity`, name by name, with redirects too; none that holds a credential. No `accept` is sent unless it is given here: the Autodiscover service must answer without one. A `host` is for the first request alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// How many redirects to follow. One more is the answer itself; one to an address that has been asked already is a loop, and an error.
    #[serde(default, skip_serializing_if = "is_zero")]
    #[schemars(range(min = 0, max = 10))]
    pub redirects: u8,
    /// The only version to speak: `1.1` or `2`. Where it isn't given, `https` offers both (ALPN), and `http` speaks 1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Version>,
    /// The name to ask for in the TLS handshake of the first request (SNI), `none` for no name at all; the host where it isn't given and is a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sni: Option<Sni>,
    /// The address to connect to for the first request, instead of those that the host resolves to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<IpAddr>,
    /// Which addresses of the host to ask. `all` follows no redirects.
    #[serde(default, skip_serializing_if = "Addresses::is_default")]
    pub addresses: Addresses,
}

/// Redirects followed at most.
pub(super) const MOST_REDIRECTS: u8 = 10;

/// A method that changes nothing (RFC 9110 9.2.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Method {
    /// The resource.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// The same without its body.
    #[serde(rename = "HEAD")]
    Head,
    /// What is possible there.
    #[serde(rename = "OPTIONS")]
    Options,
}

impl Method {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        })
    }
}

/// A version of HTTP, `1.1` or `2`; a number in YAML is as good as a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Version {
    /// RFC 9112.
    #[serde(rename = "1.1")]
    Http11,
    /// RFC 9113.
    #[serde(rename = "2")]
    Http2,
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        match text.as_str() {
            "1.1" => Ok(Self::Http11),
            "2" => Ok(Self::Http2),
            _ => Err(D::Error::custom("a version that is neither 1.1 nor 2")),
        }
    }
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "HttpVersion".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"enum": ["1.1", "2", 1.1, 2]})
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u8) -> bool {
    *count == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_version_is_a_text_or_a_number() {
        let read = |value: Value| serde_json::from_value::<Version>(value).ok();
        assert_eq!((read(json!("1.1")), read(json!(1.1))), (Some(Version::Http11), Some(Version::Http11)));
        assert_eq!((read(json!("2")), read(json!(2))), (Some(Version::Http2), Some(Version::Http2)));
        assert_eq!((read(json!(1)), read(json!(null)), read(json!("3"))), (None, None, None));
    }
}
