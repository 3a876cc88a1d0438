//! The question.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::observe::probes::turn::TurnTransport;
use crate::protocol::mras::Location;

/// Signs in as the check's `account`, asks for credentials for a media relay, and with them for a relayed address. Nothing of it is ever tried twice.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelaySpec {
    /// The server to begin to sign in with, a name or an address: a pool, a Director or an Access Edge.
    pub host: String,
    /// Its port: 5061 inside, 443 of an Access Edge, where nothing else was configured.
    #[schemars(range(min = 1, max = 65535))]
    pub port: u16,
    /// Where the client says that it is: `intranet` gets internal names of relays, `internet` public ones.
    pub location: Location,
    /// Over what the relay is asked.
    pub transport: TurnTransport,
    /// The User-Agent header, which a client version policy may act on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}
