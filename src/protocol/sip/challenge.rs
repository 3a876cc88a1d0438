//! What a server wants to be shown.

use schemars::JsonSchema;
use serde::Serialize;

use super::headers::Headers;
use crate::protocol::parameters::{self, Parameter};

/// An authentication scheme that a server offers ([MS-SIPAE] 2.2.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Challenge {
    /// `NTLM`, `Kerberos`, `TLS-DSK`, `Digest`, …
    pub scheme: String,
    /// For people: which sign-in is asked for.
    pub realm: Option<String>,
    /// The server that will hold the security association; with Kerberos after `sip/`.
    pub targetname: Option<String>,
    /// The version of the signatures: 3 is old, 4 is Lync Server 2010 and later.
    pub version: Option<String>,
    /// Where TLS-DSK hands out its certificates.
    pub sts_uri: Option<String>,
    /// The number of the security association that it has begun: of one exchange, and no fact of a server.
    #[serde(skip)]
    pub opaque: Option<String>,
    /// What it goes on with, in Base64.
    #[serde(skip)]
    pub gssapi_data: Option<String>,
}

impl Challenge {
    /// Every challenge of a response, in order: WWW-Authenticate of a registrar,
    /// Proxy-Authenticate of a proxy (RFC 3261 22.2, 22.3).
    #[must_use]
    pub fn all(headers: &Headers) -> Vec<Self> {
        let fields = headers
            .0
            .iter()
            .filter(|header| matches!(header.long_name().as_str(), "www-authenticate" | "proxy-authenticate"));
        fields.filter_map(|header| Self::read(&header.value())).collect()
    }

    /// Reads `NTLM realm="…", targetname="…", version=4`.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        let (scheme, rest) = value.split_once([' ', '\t']).unwrap_or((value, ""));
        let parameters = parameters::read(rest, ',');
        let get =
            |name: &str| parameters.iter().find(|one| one.name == name).map(|Parameter { value, .. }| value.clone());
        (!scheme.is_empty()).then(|| Self {
            scheme: scheme.to_owned(),
            realm: get("realm"),
            targetname: get("targetname"),
            version: get("version"),
            sts_uri: get("sts-uri"),
            opaque: get("opaque"),
            gssapi_data: get("gssapi-data"),
        })
    }

    /// The server's name, without the `sip/` of a Kerberos service name.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        let name = self.targetname.as_deref()?;
        let name = name
            .get(..4)
            .filter(|prefix| prefix.eq_ignore_ascii_case("sip/"))
            .and_then(|_| name.get(4..))
            .unwrap_or(name);
        (!name.is_empty()).then_some(name)
    }
}
