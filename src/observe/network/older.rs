//! Who may be asked by older TLS than the modern library speaks.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::values::fold;

/// Who may be asked by older TLS: names, folded, and addresses. All others never are.
#[derive(Clone, Debug, Default)]
pub struct OlderTls {
    /// Known to be old: nothing else is tried first.
    pub asked: HashSet<String>,
    /// Tried where the modern library found nothing in common with them.
    pub after_failure: HashSet<String>,
    /// Edges, whatever name leads there: a try stands in somebody's log, and may lock us out.
    pub spared: HashSet<IpAddr>,
}

/// How a host may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Older {
    /// By older TLS, at once.
    Asked,
    /// By older TLS, once the modern library has failed.
    AfterFailure,
    /// Never by older TLS.
    Never,
}

impl OlderTls {
    /// How the host of this name and at this address may be asked.
    #[must_use]
    pub fn at(&self, name: &str, address: IpAddr) -> Older {
        if self.spared.contains(&address) {
            return Older::Never;
        }
        let (name, address) = (fold(name), address.to_string());
        let within = |hosts: &HashSet<String>| hosts.contains(&name) || hosts.contains(&address);
        if within(&self.asked) {
            Older::Asked
        } else if within(&self.after_failure) {
            Older::AfterFailure
        } else {
            Older::Never
        }
    }
}
