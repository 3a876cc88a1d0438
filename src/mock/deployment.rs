//! What a mock deployment serves, as `deployment.yaml` says it.
//!
//! Everything is a mapping by name or address, so that a patch names what it changes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::diagnostic::Diagnostic;
use crate::observe::Vantage;
use crate::observe::probes::cmdlet::CmdletName;
use crate::values::{Duration, Fqdn, SipAddress};
use crate::yaml::{Spanned, decode};

use super::consistency;
use super::export::Export;
use super::notation::{Address, CertificateName, PortKey, Srv};
use super::render::Document;

mod federation;
mod media;
mod sip;
mod turn;
mod user;
mod web;

pub use federation::{Federation, Partner, PartnerUser};
pub use media::{MediaAnswer, MediaService};
pub use sip::{Scheme, SettingsBy, Signatures, SipAnswer, SipServer};
pub use turn::{TurnAnswer, TurnServer};
pub use user::User;
pub use web::{HttpAnswer, HttpServer, WebServices};

/// A whole deployment: who signs, who resolves, who listens.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// Certificate authorities, made for one run and thrown away.
    #[serde(default)]
    pub authorities: BTreeMap<String, Authority>,
    /// Certificates that ports present.
    #[serde(default)]
    pub certificates: BTreeMap<String, Certificate>,
    /// One name server a vantage, by the vantage's name.
    #[serde(default)]
    pub dns: BTreeMap<Vantage, DnsView>,
    /// Web services, by the pool or Director whose they are.
    #[serde(default)]
    pub web: BTreeMap<Fqdn, WebServices>,
    /// What reverse proxies publish: public name → the pool that gets what is asked of it.
    #[serde(default)]
    pub publishing: BTreeMap<String, BTreeMap<Fqdn, Spanned<Fqdn>>>,
    /// Hosts by their address.
    #[serde(default)]
    pub hosts: BTreeMap<Address, Host>,
    /// Who can sign in, by SIP address.
    #[serde(default)]
    pub users: BTreeMap<SipAddress, User>,
    /// The Edge that each pool uses for media, by the pool. Users of a pool that is not here are told of no relay.
    #[serde(default)]
    pub media: BTreeMap<Fqdn, MediaService>,
    /// How messages leave for partners, and who takes them there. Without it nobody is known outside.
    #[serde(default)]
    pub federation: Option<Federation>,
    /// What the management shell answers, by names of your own. Without any there is no shell.
    #[serde(default)]
    pub shell: BTreeMap<String, ShellAnswer>,
    /// Export folders, which are written in a file of their own: `inventory.yaml`.
    #[serde(skip)]
    pub exports: Vec<Export>,
}

/// What a cmdlet answers. Of several answers that fit a call, the one with most parameters counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ShellAnswer {
    /// The cmdlet.
    pub cmdlet: CmdletName,
    /// The parameters that a call must have for this answer; others don't matter.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What it lists, each object with the cmdlet's own property names.
    #[serde(default)]
    pub records: Vec<Map<String, Value>>,
    /// Errors that it reports beside them.
    #[serde(default)]
    pub errors: Vec<String>,
    /// Warnings that it gives beside them.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Deployment {
    /// Decodes a deployment and checks that it fits together.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn read(document: &Document) -> Result<Self, Vec<Diagnostic>> {
        let deployment: Self = decode(&document.source, &document.node)?;
        let found = consistency::check(&deployment, document);
        if found.is_empty() { Ok(deployment) } else { Err(found) }
    }

    /// The vantages from which anything can be seen.
    #[must_use]
    pub fn vantages(&self) -> BTreeSet<&Vantage> {
        self.dns.keys().chain(self.hosts.values().flat_map(|host| &host.from)).collect()
    }
}

/// A certificate authority.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Authority {
    /// Its common name.
    pub subject: String,
    /// The authority that signed it; it signs itself where there is none.
    #[serde(default)]
    pub issuer: Option<Spanned<String>>,
    /// Whether clients trust it. Only one that signs itself can be trusted.
    #[serde(default)]
    pub trusted: Option<bool>,
    /// Its key.
    #[serde(default)]
    pub key: Key,
    /// Days until it expires, from the run's start.
    #[serde(default = "ten_years")]
    #[schemars(range(min = -36500, max = 36500))]
    pub days_left: i32,
    /// Where it publishes its revocation list; every certificate that it signs says so.
    #[serde(default)]
    pub crl: Option<String>,
}

impl Authority {
    /// Whether clients trust it: a root, unless it says otherwise.
    #[must_use]
    pub fn is_trusted_root(&self) -> bool {
        self.issuer.is_none() && self.trusted.unwrap_or(true)
    }
}

/// A certificate that a port presents, good unless it says otherwise.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// Its common name.
    pub subject: String,
    /// Its subject alternative names; `*.contoso.com` is one too.
    #[serde(default)]
    pub names: Vec<CertificateName>,
    /// The authority that signs it; it signs itself where there is none.
    #[serde(default)]
    pub issuer: Option<Spanned<String>>,
    /// Days until it expires, from the run's start; negative where it has expired.
    #[serde(default = "ten_months")]
    #[schemars(range(min = -36500, max = 36500))]
    pub days_left: i32,
    /// Days until it becomes valid; negative where it has been valid for so long.
    #[serde(default = "a_month_ago")]
    #[schemars(range(min = -36500, max = 36500))]
    pub starts_in_days: i32,
    /// Its key.
    #[serde(default)]
    pub key: Key,
    /// How it is signed.
    #[serde(default)]
    pub signature: Signature,
    /// What it is for. An empty list leaves the extension out.
    #[serde(default = "for_servers")]
    pub extended_key_usage: Vec<Purpose>,
    /// Presents it without the intermediate authorities between it and its root.
    #[serde(default)]
    pub missing_intermediate: bool,
}

/// The kind of a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Key {
    /// Elliptic curve P-256, made for the run.
    #[default]
    EcP256,
    /// Elliptic curve P-384, made for the run.
    EcP384,
    /// RSA with 2048 bits: one well-known key, since making one takes seconds.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
}

/// How a certificate is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signature {
    /// As the issuer's key does it by default: ECDSA, or RSA with PKCS #1 v1.5; SHA-2.
    #[default]
    Default,
    /// RSASSA-PSS, which the product doesn't support. Needs an issuer with an RSA key.
    RsassaPss,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// TLS servers.
    Server,
    /// TLS clients.
    Client,
    /// Code signing: a purpose that no port has.
    CodeSigning,
}

/// What one name server answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsView {
    /// Its address, where port 53 listens.
    pub server: Address,
    /// Domains that it answers for; it refuses all others.
    pub zones: Vec<Fqdn>,
    /// How long its answers may be kept, where a record doesn't say.
    #[serde(default = "an_hour")]
    pub ttl: Duration,
    /// Records by name.
    #[serde(default)]
    pub records: BTreeMap<Fqdn, Records>,
    /// What is wrong with it, whatever is asked.
    #[serde(default)]
    pub fault: Option<DnsFault>,
    /// What is wrong with it when one name is asked.
    #[serde(default)]
    pub faults: BTreeMap<Fqdn, DnsFault>,
}

/// The records of one name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Records {
    /// IPv4 addresses.
    #[serde(default, rename = "A")]
    #[schemars(with = "Vec<Address>")]
    pub a: Vec<Ipv4Addr>,
    /// IPv6 addresses.
    #[serde(default, rename = "AAAA")]
    #[schemars(with = "Vec<Address>")]
    pub aaaa: Vec<Ipv6Addr>,
    /// The canonical name; nothing else may stand beside it.
    #[serde(default, rename = "CNAME")]
    pub cname: Option<Fqdn>,
    /// Services: `priority weight port target`.
    #[serde(default, rename = "SRV")]
    pub srv: Vec<Srv>,
    /// Texts.
    #[serde(default, rename = "TXT")]
    pub txt: Vec<String>,
    /// How long they may be kept.
    #[serde(default)]
    pub ttl: Option<Duration>,
}

/// What is wrong with a name server, or with one name on it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DnsFault {
    /// What it answers instead; the right answer, late, where only `delay` is given.
    #[serde(default)]
    pub kind: Option<DnsFaultKind>,
    /// How long it waits first.
    #[serde(default)]
    pub delay: Option<Duration>,
    /// Only so many queries suffer it.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What a name server does instead of answering.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DnsFaultKind {
    /// Answers REFUSED.
    Refused,
    /// Answers SERVFAIL.
    Servfail,
    /// Answers NXDOMAIN, whatever its records say.
    Nxdomain,
    /// Never answers.
    Drop,
}

/// A host: an address, who can reach it, what listens.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// What people call it.
    pub name: String,
    /// The vantages that it is reachable from.
    pub from: Vec<Vantage>,
    /// What listens, by port: `443` or `443/tcp`, `3478/udp`. All others are refused.
    #[serde(default)]
    pub ports: BTreeMap<PortKey, Port>,
}

/// What listens on a port. `{}` accepts, reads and stays, without a word.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Port {
    /// The certificate that it presents, if it speaks TLS from the first byte.
    #[serde(default)]
    pub tls: Option<Spanned<String>>,
    /// TLS versions, all that are built in where there are none.
    #[serde(default)]
    pub versions: Vec<TlsVersion>,
    /// Whether it asks for the client's certificate.
    #[serde(default)]
    pub client_certificate: ClientCertificate,
    /// The SIP server behind it. A port without a server never says a word.
    #[serde(default)]
    pub sip: Option<SipServer>,
    /// The web server behind it.
    #[serde(default)]
    pub http: Option<HttpServer>,
    /// The media relay behind it.
    #[serde(default)]
    pub turn: Option<TurnServer>,
    /// What is wrong with it.
    #[serde(default)]
    pub fault: Option<Fault>,
}

/// A TLS version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum TlsVersion {
    /// TLS 1.2.
    #[serde(rename = "TLS1.2")]
    V12,
    /// TLS 1.3.
    #[serde(rename = "TLS1.3")]
    V13,
}

/// Whether a TLS port asks for the client's certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClientCertificate {
    /// It doesn't.
    #[default]
    None,
    /// It does, and serves clients that have none, as a registrar does.
    Asked,
    /// It does, and hangs up after the handshake on clients that have none, as the
    /// federation port of an Access Edge does.
    Required,
}

/// What is wrong with a port.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What it does instead; the right thing, late, where only `delay` is given.
    #[serde(default)]
    pub kind: Option<FaultKind>,
    /// How long it waits after the connection is made.
    #[serde(default)]
    pub delay: Option<Duration>,
    /// Only so many connections suffer it. The system accepts a connection before
    /// anybody can count it, so a counted refusal is a reset, and a counted drop is
    /// a connection that stays silent.
    #[serde(default)]
    pub times: Option<u32>,
}

/// What a port does instead of serving.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// Nothing listens.
    Refuse,
    /// A firewall swallows everything.
    Drop,
    /// Hears the client's first bytes (a TLS port), then resets the connection.
    Reset,
    /// Hears the client's first bytes (a TLS port), then ends the connection in order.
    Close,
    /// Sends one byte at a time.
    Slow,
    /// Sends something that isn't the protocol.
    Garbage,
}

fn ten_years() -> i32 {
    3650
}

fn ten_months() -> i32 {
    300
}

fn a_month_ago() -> i32 {
    -30
}

fn an_hour() -> Duration {
    Duration(std::time::Duration::from_hours(1))
}

fn for_servers() -> Vec<Purpose> {
    vec![Purpose::Server]
}
