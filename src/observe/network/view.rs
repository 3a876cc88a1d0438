//! What a vantage sees.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::older::OlderTls;
use super::wiring::Wiring;
use crate::observe::question::Vantage;
use crate::powershell::Shell;
use crate::values::HostPort;

/// Everything a probe needs to know of the way to its target.
#[derive(Clone, Debug, Default)]
pub struct Network {
    /// The vantage this is the view of.
    pub vantage: Option<Vantage>,
    /// The name servers to ask, in order; the machine's own where there are none.
    pub resolvers: Vec<SocketAddr>,
    /// "Ask the future": a name and port reached elsewhere, as the environment's `connect` says.
    pub connect: BTreeMap<HostPort, Vec<HostPort>>,
    /// The lowest layer: where an address really is.
    pub wiring: Wiring,
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// Who may be asked by older TLS.
    pub older_tls: OlderTls,
    /// The PowerShell of this vantage, where there is one.
    pub shell: Option<Shell>,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// The platform's roots.
    #[default]
    Platform,
    /// These roots (DER), and no others.
    Roots(Vec<Vec<u8>>),
    /// The platform's and these.
    PlatformAnd(Vec<Vec<u8>>),
}
