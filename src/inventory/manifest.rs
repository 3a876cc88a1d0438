//! What is known of a part beside its records: who asked whom, with which rights, and how it ended.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What goes with one part: one answer of one call, about the whole deployment, one host, one
/// domain or one pool.
///
/// Written beside each part of an export, and taken into the inventory and its snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of this form. 1 is the only one.
    #[serde(default)]
    pub manifest: u32,
    /// The dataset that the records are of.
    pub dataset: String,
    /// The cmdlet, or the LDAP query.
    #[serde(default)]
    pub call: String,
    /// What it was called with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub parameters: String,
    /// The deployment, as the environment file names it, where whoever asked was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The account that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// The caller's roles. None where they could not be learned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roles: Option<Vec<Role>>,
    /// The domain controller that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_controller: Option<String>,
    /// The machine that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine: Option<String>,
    /// The host, domain or pool that this part is about, where one call sees no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The version of the module or product that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// How many records were written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<String>,
    /// When the call began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Timestamp>,
    /// When it ended. None: it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Timestamp>,
    /// How long the records' file is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// The SHA-256 of the records' file, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

/// A role of the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// Its name: `CsViewOnlyAdministrator`.
    pub name: String,
    /// The sites and organisational units that it is limited to. `Global`, or none at all, is no limit.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl Role {
    /// Whether it does not see all of the deployment: a role is limited where either kind of scope is,
    /// that of configuration or that of users.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.scopes.iter().any(|scope| !scope.trim().eq_ignore_ascii_case("global"))
    }
}

impl Manifest {
    /// The newest form that is read.
    pub const VERSION: u32 = 1;
    /// The call of what was read from a directory.
    pub const SEARCH: &str = "search";

    /// A manifest that says nothing but its dataset and call.
    #[must_use]
    pub fn new(dataset: impl Into<String>, call: impl Into<String>) -> Self {
        Self { manifest: Self::VERSION, dataset: dataset.into(), call: call.into(), ..Self::default() }
    }

    /// Whether the directory was asked, and no shell.
    #[must_use]
    pub fn is_of_directory(&self) -> bool {
        self.call == Self::SEARCH || self.call.starts_with("ldap ")
    }

    /// When what it tells was true, as far as it says.
    #[must_use]
    pub fn read_at(&self) -> Option<Timestamp> {
        // A change while the call ran may or may not be in it: the start is what is certain.
        self.start.or(self.end)
    }

    /// The scopes that limit what the caller saw: those of every role, if none of them is unlimited.
    #[must_use]
    pub fn limits(&self) -> Vec<&str> {
        let Some(roles) = &self.roles else { return Vec::new() };
        if roles.is_empty() || roles.iter().any(|role| !role.is_limited()) {
            return Vec::new();
        }
        roles.iter().flat_map(|role| role.scopes.iter().map(String::as_str)).collect()
    }
}
