//! Credentials for media relays.

use schemars::JsonSchema;
use serde::Deserialize;

use super::SipAnswer;
use crate::values::Fqdn;

/// The Edge that a pool uses for media, and the service there that gives its users credentials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaService {
    /// The Edge pool. Its relays, those with the same `edge`, take the credentials.
    pub edge: Fqdn,
    /// The relay's name for clients inside; the Edge pool's if absent.
    #[serde(default)]
    pub internal: Option<Fqdn>,
    /// The relay's name for clients outside.
    pub external: Fqdn,
    /// The relay's UDP port.
    #[serde(default = "stun")]
    pub udp_port: u16,
    /// The relay's TCP port.
    #[serde(default = "https")]
    pub tcp_port: u16,
    /// What it gives, each time; random ones if absent.
    #[serde(default)]
    pub credentials: Option<MediaCredentials>,
    /// What the service does instead of giving credentials.
    #[serde(default)]
    pub answer: Option<MediaAnswer>,
}

/// Credentials that are given to everybody, for tests that look for them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaCredentials {
    /// The user name, as text.
    pub username: String,
    /// The password, as text.
    pub password: String,
}

/// What a credentials service does instead of giving credentials.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MediaAnswer {
    /// Nothing.
    Silent,
    /// A refusal with status 200 and this reason in the body.
    Refusal(String),
    /// This.
    Sip(SipAnswer),
}

fn stun() -> u16 {
    3478
}

fn https() -> u16 {
    443
}
