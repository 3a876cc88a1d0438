//! Web services, and the servers and reverse proxies that they are reached by.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::Fqdn;
use crate::yaml::Spanned;

/// The web services of a pool or Director, as they answer before anybody signs in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WebServices {
    /// Its servers. The first one answers what comes by way of a reverse proxy.
    #[schemars(length(min = 1))]
    pub servers: Vec<Fqdn>,
    /// The name of its internal web services.
    pub internal: Fqdn,
    /// The name of its external web services, if it has any.
    #[serde(default)]
    pub external: Option<Fqdn>,
    /// The Access Edge that Autodiscover sends remote clients to.
    #[serde(default)]
    pub access: Option<Fqdn>,
    /// The version in `Server: Microsoft-IIS/…`: 10.0 from Windows Server 2016 on, 8.5 with 2012 R2.
    #[serde(default = "windows_server_2016")]
    pub iis: String,
    /// What it answers otherwise than its version does, by path: `/meet/*`, or
    /// `lyncdiscover.contoso.com/` for one host only. The longest one that fits counts.
    #[serde(default)]
    pub answers: BTreeMap<String, HttpAnswer>,
}

/// A web server: whose answers a port gives.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HttpServer {
    /// The internal web site of this server.
    Internal(Spanned<Fqdn>),
    /// The external web site of this server, to which a reverse proxy passes on.
    External(Spanned<Fqdn>),
    /// A reverse proxy, which answers what it publishes as the pool's external web site does, and 404 for all else.
    Publishing(Spanned<String>),
    /// Whatever is asked gets these characters, byte by byte, and the connection ends. HTTP/1.1 only.
    Raw(String),
}

/// What is answered at a path.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum HttpAnswer {
    /// A response with this status.
    Status {
        /// The status, 200 to 599.
        #[schemars(range(min = 200, max = 599))]
        code: u16,
        /// Header fields besides those of every answer, each `Name: value`; `Name:` leaves one of those out.
        #[serde(default)]
        headers: Vec<String>,
        /// The body.
        #[serde(default)]
        body: String,
    },
    /// An Autodiscover answer that only leads on to this URL.
    Redirect(String),
}

fn windows_server_2016() -> String {
    "10.0".to_owned()
}
