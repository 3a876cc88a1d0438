//! What is learned.

use std::net::IpAddr;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use crate::observe::secure::TlsEndpoint;
use crate::protocol::diagnostics::Diagnostics;

/// How an account fares that signs in. All of it is of the last server that was asked, where several were.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct SignInFacts {
    /// The account's SIP address.
    pub account: String,
    /// The host that was asked first.
    #[schemars(extend("format" = "fqdn"))]
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether it was registered, by a server that has proven that it knows the account. Unknown where that says nothing of users with other clients: NTLM is not offered or can't be spoken, or this client's version is not let in.
    pub signed_in: bool,
    /// How it ended.
    pub outcome: SignInOutcome,
    /// Why it is not signed in, in words; null where it is.
    pub why: Option<String>,
    /// The status of the last answer.
    pub status: u16,
    /// Its reason phrase, for people.
    pub reason: String,
    /// What the server says of a failure, every header in order.
    pub diagnostics: Vec<Diagnostics>,
    /// The scheme by which it was signed in; null where the credential was not sent.
    pub scheme: Option<String>,
    /// The schemes that were offered: `NTLM`, `Kerberos`, `TLS-DSK`, …
    pub schemes: Vec<String>,
    /// The server that challenged, and holds the security association: a Front End or Director; null where none is named.
    #[schemars(extend("format" = "fqdn"))]
    pub registrar: Option<String>,
    /// The host where it ended: the home pool where a redirect led there, else the host that was asked.
    #[schemars(extend("format" = "fqdn"))]
    pub registered_at: String,
    /// The redirects that were followed, in order.
    pub redirects: Vec<Redirect>,
    /// The address that was connected to.
    pub address: IpAddr,
    /// Whether the server takes it for a remote user (`ms-user-logon-data`).
    pub remote: bool,
    /// Whether the primary registrar answered; false where the backup stands in for it, null where it isn't told.
    pub connected_to_primary: Option<bool>,
    /// How long the registration would have lasted, in seconds; null where it isn't told.
    pub expires_seconds: Option<u64>,
    /// What the server calls itself (Server, else User-Agent); null where it doesn't.
    pub server: Option<String>,
    /// The product generation that the server's `RTC/x.y` stands for; null where it isn't told. From 6.0 on it is taken from build numbers.
    pub generation: Option<String>,
    /// The server's clock (Date, UTC); null where it isn't told.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub date: Option<Timestamp>,
    /// The server's clock less this machine's, in seconds; null where it isn't told. More than 900 breaks NTLM.
    pub clock_offset_seconds: Option<i64>,
    /// Whether it was signed out again and the server proved that it knows; null where nothing was registered.
    pub signed_out: Option<bool>,
    /// What the servers break of SIP's rules, in words; empty where they break none.
    pub faults: Vec<String>,
    /// What TLS showed.
    pub tls: Option<TlsEndpoint>,
    /// From the first request to the answer, at the last server, in milliseconds.
    pub answer_ms: u64,
    /// From the start, name resolution included, until it was signed in or not, in milliseconds.
    pub sign_in_ms: u64,
    /// From the start to the end, signing out included, in milliseconds.
    pub elapsed_ms: u64,
}

/// A redirect that was followed.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Redirect {
    /// The server that sent the user on, as it calls itself in its challenge, else as it was asked.
    #[schemars(extend("format" = "fqdn"))]
    pub from: String,
    /// Where to.
    #[schemars(extend("format" = "fqdn"))]
    pub to: String,
    /// The port there.
    pub port: u16,
}

/// How a sign-in ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SignInOutcome {
    /// It is registered.
    SignedIn,
    /// The credential was not accepted. The account is not used again until it is re-armed.
    Rejected,
    /// Client and server have clocks that are too far apart (diagnostic 1013). Since nobody knows whether the credential was judged, the account is not used again until it is re-armed.
    Clock,
    /// NTLM is not among the schemes that are offered: nothing is known of the account.
    NotOffered,
    /// NTLM is offered, and its challenge is not given or can't be answered: nothing is known of the account.
    NoChallenge,
    /// The client's version is not let in (diagnostics 17002, 17003).
    ClientVersion,
    /// The account may not do this, or not from here (403).
    NotAllowed,
    /// The account is not known, or not enabled (404).
    UnknownUser,
    /// The registrar or the home pool can't be reached, or takes nobody now (408, 480, 5xx).
    Unavailable,
    /// It is sent on to where nobody follows: in a circle, without TLS, too often.
    Astray,
    /// The answer that says that all is well is not signed, wrongly signed, or a replay.
    Unproven,
    /// It is registered without any credential.
    Unchallenged,
    /// It was refused otherwise.
    Refused,
}

impl SignInOutcome {
    /// Whether it was this client that was not let try: others may sign in all the same.
    pub(super) const fn says_nothing_of_users(self) -> bool {
        matches!(self, Self::NotOffered | Self::NoChallenge | Self::ClientVersion)
    }
}
