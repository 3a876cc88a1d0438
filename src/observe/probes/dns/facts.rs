//! What is learned.

use std::net::{IpAddr, SocketAddr};

use schemars::JsonSchema;
use serde::Serialize;

use super::spec::RecordKind;
use crate::values::{Fqdn, HostPort};

/// What a name server says of a name.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct DnsFacts {
    /// The name that was asked for.
    #[schemars(extend("format" = "fqdn"))]
    pub name: String,
    /// The type of the records that were asked for.
    #[serde(rename = "type")]
    pub kind: RecordKind,
    /// What the server answered; where a CNAME led on to another name, of that one.
    pub status: DnsStatus,
    /// Whether there is at least one record of the type. Unknown, as records, addresses and targets are, where the server refused or failed.
    pub exists: bool,
    /// The records of the type, sorted: addresses by value, SRV by priority, weight, target and port, text by itself.
    pub records: Vec<DnsRecord>,
    /// The addresses of the records, ascending; empty for types other than A and AAAA.
    pub addresses: Vec<IpAddr>,
    /// The targets of SRV or CNAME records, in the order of the records; `.` where an SRV record says that the service is not offered.
    #[schemars(with = "Vec<Fqdn>")]
    pub targets: Vec<String>,
    /// The longest time for which a part of the answer may be remembered, in seconds: records and CNAMEs alike; none where there is neither. Unknown where the server is not authoritative: a cache counts down.
    pub longest_ttl: Option<u32>,
    /// Whether the server answered with authority, not from a cache.
    pub authoritative: bool,
    /// The names that CNAMEs led to on the way to the records, in order; empty where the type is CNAME itself.
    #[schemars(with = "Vec<Fqdn>")]
    pub cnames: Vec<String>,
    /// The name server that was asked, with its port.
    #[schemars(with = "HostPort")]
    pub server: SocketAddr,
    /// From the question to the answer, in milliseconds.
    pub elapsed_ms: u64,
}

/// How a name server answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsStatus {
    /// There are such records.
    Noerror,
    /// The name exists, but has no records of the type (RFC 2308 2.2).
    Nodata,
    /// The name doesn't exist (RFC 2308 2.1).
    Nxdomain,
    /// The server doesn't answer this for us.
    Refused,
    /// The server only names others that may know (RFC 2308 2.2): it has not answered.
    Referral,
    /// The server could not find out.
    Servfail,
    /// The server could not read the question.
    Formerr,
    /// The server doesn't know this kind of question.
    Notimp,
    /// The server is not responsible for the name.
    Notauth,
    /// Any other code.
    Other,
}

/// One record. What its type doesn't have is null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct DnsRecord {
    /// The name that the record belongs to.
    #[schemars(extend("format" = "fqdn"))]
    pub name: String,
    /// How long the record may be remembered, in seconds.
    pub ttl: u32,
    /// A and AAAA: the address.
    pub address: Option<IpAddr>,
    /// SRV and CNAME: the name it leads to.
    #[schemars(extend("format" = "fqdn"))]
    pub target: Option<String>,
    /// SRV: the port.
    pub port: Option<u16>,
    /// SRV: lower is tried first.
    pub priority: Option<u16>,
    /// SRV: the share among records of the same priority.
    pub weight: Option<u16>,
    /// TXT: the text, its parts joined.
    pub text: Option<String>,
}
