//! SIP servers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::values::Fqdn;

/// A SIP server: it challenges whoever asks, and signs in the deployment's users.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SipServer {
    /// The server that answers, as its challenges name it.
    pub server: Fqdn,
    /// The version in `Server: RTC/…`, such as `6.0`.
    pub version: String,
    /// The web services that hand out certificates for TLS-DSK; the server itself where none are named.
    #[serde(default)]
    pub web: Option<Fqdn>,
    /// The pool that it belongs to: it registers users who are homed there, and sends all others on to their own. One that
    /// belongs to none registers everybody.
    #[serde(default)]
    pub pool: Option<Fqdn>,
    /// Whether it stands at an Edge: nobody is sent on, and users are told that they are remote.
    #[serde(default)]
    pub remote: bool,
    /// What a client's User-Agent must begin with, for the client version filter to let it in.
    #[serde(default)]
    pub clients: Option<String>,
    /// How it signs its answers once a user has signed in.
    #[serde(default)]
    pub signatures: Signatures,
    /// How users who ask for their settings get them.
    #[serde(default)]
    pub settings: SettingsBy,
    /// How far its clock is ahead, in minutes; negative where it is behind.
    #[serde(default)]
    #[schemars(range(min = -100_000, max = 100_000))]
    pub minutes_fast: i32,
    /// The authentication schemes of its challenges.
    #[serde(default = "Scheme::all")]
    pub schemes: Vec<Scheme>,
    /// What it answers instead of challenging whoever asks.
    #[serde(default)]
    pub answer: Option<SipAnswer>,
    /// What it answers instead to requests for one SIP domain, by that domain.
    #[serde(default)]
    pub answers: BTreeMap<Fqdn, SipAnswer>,
}

impl SipServer {
    /// What it answers instead of a challenge to a request for this address.
    #[must_use]
    pub fn instead(&self, uri: &str) -> Option<&SipAnswer> {
        // `sip:user@host:port;parameters`
        let (_, rest) = uri.split_once(':')?;
        let host = rest.rsplit('@').next().unwrap_or(rest);
        let host = host.split([':', ';', '?']).next().and_then(|host| host.parse::<Fqdn>().ok());
        host.and_then(|host| self.answers.get(&host)).or(self.answer.as_ref())
    }
}

/// How a server signs its answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Signatures {
    /// As it should.
    #[default]
    Sound,
    /// Not at all.
    None,
    /// With one digit wrong.
    Corrupt,
    /// Each final answer with the number that a provisional one has used up.
    Replayed,
}

/// How settings come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SettingsBy {
    /// In the answer to the question.
    #[default]
    Answer,
    /// In a NOTIFY behind the answer, which the client answers.
    Notify,
    /// In a BENOTIFY behind the answer, which nobody answers.
    Benotify,
}

/// An authentication scheme.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Scheme {
    /// NTLM.
    #[serde(rename = "NTLM")]
    Ntlm,
    /// Kerberos, which a Front End offers and an Access Edge does not.
    Kerberos,
    /// TLS-DSK, with certificates of the deployment's own.
    #[serde(rename = "TLS-DSK")]
    TlsDsk,
}

impl Scheme {
    fn all() -> Vec<Self> {
        vec![Self::Ntlm, Self::Kerberos, Self::TlsDsk]
    }
}

/// What a SIP server answers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum SipAnswer {
    /// A response with this status.
    Status {
        /// The status, 100 to 699.
        #[schemars(range(min = 100, max = 699))]
        code: u16,
        /// The reason phrase.
        reason: String,
        /// Header fields besides those of every answer, each `Name: value`.
        #[serde(default)]
        headers: Vec<String>,
    },
    /// These characters, byte by byte, with the line ends that they have.
    Raw(String),
}
