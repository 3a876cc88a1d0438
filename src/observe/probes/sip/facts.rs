//! What is learned.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::spec::Transport;
use crate::observe::secure::TlsEndpoint;
use crate::protocol::diagnostics::Diagnostics;
use crate::protocol::sip::Challenge;
use crate::values::Fqdn;

/// What a SIP server answered. With `addresses: all` this tells of the lowest address;
/// `endpoints` has them one by one.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SipFacts {
    /// The host that was asked.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// The port that was asked.
    pub port: u16,
    /// What SIP was spoken over.
    pub transport: Transport,
    /// The address that was connected to.
    pub address: IpAddr,
    /// The status of the final answer.
    pub status: u16,
    /// The reason phrase of the final answer, for people.
    pub reason: String,
    /// The header fields of the final answer, in their order; credentials are hidden.
    pub headers: Vec<SipHeader>,
    /// What the server calls itself (Server, else User-Agent); null where it doesn't.
    pub server: Option<String>,
    /// The product generation that the server's `RTC/x.y` stands for; null where it isn't told. From 6.0 on it is taken from build numbers.
    pub generation: Option<String>,
    /// The server's clock (Date, UTC); null where it isn't told.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub date: Option<Timestamp>,
    /// The server's clock less this machine's, in seconds; null where it isn't told. More than 300 breaks Kerberos, more than 900 NTLM.
    pub clock_offset_seconds: Option<i64>,
    /// The methods that the server allows; empty where it doesn't say.
    pub allow: Vec<String>,
    /// The extensions that the server supports; empty where it doesn't say.
    pub supported: Vec<String>,
    /// What the server says of a failure, every header in order.
    pub diagnostics: Vec<Diagnostics>,
    /// What the server wants to be shown, every challenge in order.
    pub challenges: Vec<Challenge>,
    /// The authentication schemes of the challenges: `NTLM`, `Kerberos`, `TLS-DSK`, …
    pub schemes: Vec<String>,
    /// The servers that the challenges name: they would hold the security association, so they are who really answered.
    #[schemars(with = "Vec<Fqdn>")]
    pub registrars: Vec<String>,
    /// What the answer breaks of SIP's rules, in words; empty where it breaks none.
    pub faults: Vec<String>,
    /// What TLS showed; null without it.
    pub tls: Option<TlsEndpoint>,
    /// What each address answered, ascending; one entry without `addresses: all`.
    pub endpoints: Vec<SipEndpoint>,
    /// From the request to its final answer, in milliseconds.
    pub answer_ms: u64,
    /// From the start, name resolution included, to the last answer, in milliseconds.
    pub elapsed_ms: u64,
}

/// What one address answered.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SipEndpoint {
    /// The address.
    pub address: IpAddr,
    /// The status of the final answer.
    pub status: u16,
    /// The reason phrase of the final answer, for people.
    pub reason: String,
    /// What the server calls itself; null where it doesn't.
    pub server: Option<String>,
    /// The authentication schemes of the challenges.
    pub schemes: Vec<String>,
    /// The servers that the challenges name.
    #[schemars(with = "Vec<Fqdn>")]
    pub registrars: Vec<String>,
    /// What TLS showed; null without it.
    pub tls: Option<TlsEndpoint>,
    /// From the request to its final answer, in milliseconds.
    pub answer_ms: u64,
}

/// A header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SipHeader {
    /// The long form of its name, lower case.
    pub name: String,
    /// Its value, as one line.
    pub value: String,
}
