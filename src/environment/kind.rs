//! The words of the environment file that stand for one of a few things, and addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether something is left or arrived at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// It is being left.
    Legacy,
    /// It is being moved to.
    Target,
}

/// A product version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Product {
    /// Lync Server 2013.
    #[serde(rename = "lync-2013")]
    Lync2013,
    /// Skype for Business Server 2015.
    #[serde(rename = "sfb-2015")]
    Sfb2015,
    /// Skype for Business Server 2019.
    #[serde(rename = "sfb-2019")]
    Sfb2019,
    /// Skype for Business Server Subscription Edition.
    #[serde(rename = "sfb-se")]
    SfbSe,
}

/// Enterprise pool or Standard Edition server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// A pool of one or more Front Ends.
    Enterprise,
    /// A pool of one: its name is the server's.
    Standard,
}

/// How clients are spread over a pool's Front Ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Balancing {
    /// DNS load balancing: the pool's name has every Front End's address.
    #[default]
    Dns,
    /// A hardware load balancer: the pool's name has its address.
    Hlb,
}

/// Why a legacy pool stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeptFor {
    /// Persistent Chat, gone in 2019.
    PersistentChat,
    /// XMPP, gone in 2019.
    Xmpp,
    /// SQL mirroring, gone in 2019.
    SqlMirroring,
}

/// The schema of an address; the value itself is parsed by the standard library.
pub(super) struct IpText;

impl JsonSchema for IpText {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Ip".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "server-ip"})
    }
}

/// How a host is reached by TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TlsReach {
    /// By older TLS than the modern library speaks, at once: Windows Server 2012 R2 and older. It needs a build with
    /// the feature `legacy-tls`.
    Legacy,
}
