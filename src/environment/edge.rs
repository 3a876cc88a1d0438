//! Edge pools, as a person writes them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::kind::{IpText, Role, TlsReach};
use super::phase::Phase;
use crate::values::Fqdn;
use crate::yaml::Spanned;

/// An Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Its internal name.
    pub fqdn: Spanned<Fqdn>,
    /// Left or arrived at.
    pub role: Role,
    /// How far it has come, if not as far as the environment.
    pub phase: Option<Phase>,
    /// Whether it shall carry federation from its cutover on.
    #[serde(default)]
    pub federation: bool,
    /// The pool or Director behind it, from its cutover on.
    pub next_hop: Option<Spanned<Fqdn>>,
    /// Its servers.
    #[serde(default)]
    pub nodes: Vec<EdgeNode>,
    /// The Access Edge service.
    pub access: AccessEdge,
    /// The Web Conferencing Edge service.
    pub web_conferencing: Option<EdgeService>,
    /// The A/V Edge service.
    pub av: Option<AvEdge>,
    /// `legacy`: its servers may be asked by older TLS, which no Edge is otherwise.
    pub tls: Option<TlsReach>,
}

/// The Access Edge service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessEdge {
    /// Its public name.
    pub fqdn: Fqdn,
    /// The port for remote users.
    #[serde(default = "https")]
    pub client_port: u16,
    /// The port for federation.
    #[serde(default = "sip_tls")]
    pub federation_port: u16,
    /// Its public addresses, as seen from outside NAT; the nodes' if absent.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
}

/// The A/V Edge service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AvEdge {
    /// Its public name.
    pub fqdn: Fqdn,
    /// The TCP port.
    #[serde(default = "https")]
    pub port: u16,
    /// The UDP port.
    #[serde(default = "turn")]
    pub udp_port: u16,
    /// Its public addresses.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
}

/// A server of an Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeNode {
    /// Its internal name.
    pub fqdn: Spanned<Fqdn>,
    /// Its internal address.
    #[schemars(with = "IpText")]
    pub internal: std::net::IpAddr,
    /// The public address of its Access Edge service, as seen from outside NAT.
    #[schemars(with = "Option<IpText>")]
    pub external: Option<std::net::IpAddr>,
}

/// A public service of an Edge pool.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EdgeService {
    /// Its public name.
    pub fqdn: Fqdn,
    /// Its port.
    pub port: u16,
    /// Its public addresses.
    #[serde(default)]
    #[schemars(with = "Vec<IpText>")]
    pub addresses: Vec<std::net::IpAddr>,
}

fn https() -> u16 {
    443
}

fn sip_tls() -> u16 {
    5061
}

fn turn() -> u16 {
    3478
}
