//! Media relays.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::mock::notation::Address;
use crate::values::Fqdn;

/// An A/V Edge, as it answers MS-TURN. Over TCP it begins as if it were TLS, where the client does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TurnServer {
    /// What credentials are made for.
    #[serde(default = "rtcmedia")]
    pub realm: String,
    /// Who may use it: user name → password, both Base64, as the authentication service hands them out.
    #[serde(default)]
    pub users: BTreeMap<String, String>,
    /// The Edge that it belongs to: it takes what that Edge's service for `media` has given, too.
    #[serde(default)]
    pub edge: Option<Fqdn>,
    /// The first relayed port that it gives.
    #[serde(default = "fifty_thousand")]
    #[schemars(range(min = 1024, max = 60000))]
    pub first_port: u16,
    /// The address that it takes itself to have, and gives relayed addresses at; the host's own if absent.
    #[serde(default)]
    pub public: Option<Address>,
    /// Whether a refusal over UDP names the server to go on with.
    #[serde(default = "yes")]
    pub alternate_server: bool,
    /// The relayed addresses that it has; with none left it sends clients elsewhere.
    #[serde(default = "sixty_four")]
    #[schemars(range(min = 0, max = 1000))]
    pub relays: u16,
    /// So many signed requests find that their nonce has just gone stale.
    #[serde(default)]
    pub stale_nonces: u32,
    /// What it does instead of answering as it should.
    #[serde(default)]
    pub answer: Option<TurnAnswer>,
}

/// What a media relay does instead of answering as it should.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TurnAnswer {
    /// Nothing: over TCP it answers what comes before, and is silent then.
    Silent,
    /// Bytes that are no message.
    Garbage,
    /// A message of RFC 5389, as servers of the newer STUN send them.
    Stun,
    /// A relayed address to whoever asks.
    Open,
    /// Relayed addresses in answers that another key has signed.
    Forged,
    /// Relayed addresses in answers that nobody has signed.
    Unsigned,
}

fn rtcmedia() -> String {
    "rtcmedia".to_owned()
}

fn yes() -> bool {
    true
}

fn fifty_thousand() -> u16 {
    50_000
}

fn sixty_four() -> u16 {
    64
}
