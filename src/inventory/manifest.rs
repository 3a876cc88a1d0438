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
    /// The caller's roles. None where they could not be learned; none in it where none was found.
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
    /// What it reaches: `Global`, sites, organisational units. A group of the local shell has none.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// The groups by which a local shell goes instead of roles [Get-CsAdminRoleAssignment, "Who can run
/// this cmdlet"]: their members read all of the deployment.
const READERS: [&str; 3] = ["RTCUniversalReadOnlyAdmins", "RTCUniversalServerAdmins", "RTCUniversalUserAdmins"];

/// What every group of the product's begins with: none of them is a role.
const GROUP: &str = "rtcuniversal";

/// Who sees everything, for messages.
const WAY_OUT: &str = "read with an account whose only role is CsViewOnlyAdministrator, or in a local shell as RTCUniversalReadOnlyAdmins";

impl Role {
    /// Whether it does not see all of the deployment: a role is limited where either kind of scope is,
    /// that of configuration or that of users.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.scopes.iter().any(|scope| !scope.trim().eq_ignore_ascii_case("global"))
    }

    /// Whether it is a group of the local shell whose members see everything.
    fn is_reader(&self) -> bool {
        READERS.iter().any(|group| group.eq_ignore_ascii_case(&self.name))
    }

    fn is_group(&self) -> bool {
        self.name.get(..GROUP.len()).is_some_and(|start| start.eq_ignore_ascii_case(GROUP))
    }
}

/// What the call of a query to the directory begins with.
const DIRECTORY: &str = "ldap ";

/// The parameters of `Get-Cs*` cmdlets by which they list some objects and not others.
const NARROWING: [&str; 10] =
    ["Filter", "LdapFilter", "OU", "Identity", "PoolFqdn", "SiteId", "Site", "Local", "Name", "UnAssignedUser"];

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
        let start = self.call.get(..DIRECTORY.len()).unwrap_or_default();
        self.call.eq_ignore_ascii_case(Self::SEARCH) || start.eq_ignore_ascii_case(DIRECTORY)
    }

    /// When what it tells was true, as far as it says.
    #[must_use]
    pub fn read_at(&self) -> Option<Timestamp> {
        // A change while the call ran may or may not be in it: the start is what is certain.
        self.start.or(self.end)
    }

    /// How roles limit what the caller saw.
    ///
    /// A cmdlet may be in several of a caller's roles, each with scopes of its own, and how those
    /// combine is nowhere documented: one limited role is enough for a doubt. Roles play no part in a
    /// local shell, which goes by groups, and is known by them.
    #[must_use]
    pub fn limits(&self) -> Option<String> {
        let roles = self.roles.as_ref().filter(|roles| !roles.iter().any(Role::is_reader))?;
        let scopes = roles.iter().filter(|role| role.is_limited()).flat_map(|role| &role.scopes);
        let scopes: Vec<&str> = scopes.map(String::as_str).collect();
        let caller = self.caller();
        (!scopes.is_empty()).then(|| {
            format!("the roles of {caller} are limited to {}: there may be more; {WAY_OUT}", scopes.join(", "))
        })
    }

    /// Why it is not known whether roles limit what the caller saw: none was asked for, none was
    /// found, or one that was found does not say how far it reaches.
    #[must_use]
    pub fn unknown_limits(&self) -> Option<String> {
        let caller = self.caller();
        let Some(roles) = &self.roles else {
            return Some(format!("it does not say which roles {caller} had, and roles may hide records"));
        };
        if roles.iter().any(Role::is_reader) {
            return None;
        }
        let mut roles = roles.iter().filter(|role| !role.is_group()).peekable();
        if roles.peek().is_none() {
            return Some(format!(
                "no role of {caller} was found that sees everything, and roles may hide records: {WAY_OUT}"
            ));
        }
        let open = roles.find(|role| role.scopes.is_empty())?;
        Some(format!("how far the role {} of {caller} reaches is not known: {WAY_OUT}", open.name))
    }

    /// What the call was narrowed by: it did not ask for all there is. What the dataset's own calls
    /// have narrows nothing.
    #[must_use]
    pub fn narrowed(&self, calls: &[&str]) -> Option<String> {
        let words: Vec<&str> = self.call.split_whitespace().chain(self.parameters.split_whitespace()).collect();
        let narrows = |(at, word): (usize, &&str)| {
            let Some(word) = word.strip_prefix('-') else { return false };
            let next = || (word, words.get(at + 1).copied().unwrap_or_default());
            let (name, value) = word.split_once(':').unwrap_or_else(next);
            let limited = || !value.trim_matches(['\'', '"']).eq_ignore_ascii_case("Unlimited");
            let own = |narrowing: &str| calls.iter().any(|call| call.contains(&format!(" -{narrowing}")));
            NARROWING.iter().any(|narrowing| name.eq_ignore_ascii_case(narrowing) && !own(narrowing))
                || (name.eq_ignore_ascii_case("ResultSize") && limited())
        };
        let at = words.iter().enumerate().position(narrows)?;
        let named = words.get(at..).unwrap_or_default().join(" ");
        Some(format!("the call asked for some of it alone: {named}"))
    }

    fn caller(&self) -> &str {
        self.caller.as_deref().unwrap_or("the caller")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(roles: &[(&str, &[&str])]) -> (Option<String>, Option<String>) {
        let role = |(name, scopes): &(&str, &[&str])| Role {
            name: (*name).to_owned(),
            scopes: scopes.iter().map(ToString::to_string).collect(),
        };
        let roles = Some(roles.iter().map(role).collect());
        let manifest = Manifest { roles, ..Manifest::new("users", "Get-CsUser") };
        (manifest.limits(), manifest.unknown_limits())
    }

    #[test]
    fn a_role_that_sees_everything_lifts_no_other_roles_limits() {
        let everything: (&str, &[&str]) = ("CsArchivingAdministrator", &["Global"]);
        let some: (&str, &[&str]) = ("HelpDeskDublin", &["Global", "OU:ou=Dublin,dc=contoso,dc=com"]);
        assert_eq!(of(&[everything]), (None, None));
        for roles in [[everything, some], [some, everything]] {
            let (limits, _) = of(&roles);
            assert!(limits.is_some_and(|told| told.contains("ou=Dublin")), "{roles:?}");
        }
        // A local shell goes by its groups alone.
        assert_eq!(of(&[some, ("RTCUniversalReadOnlyAdmins", &[])]), (None, None));
    }

    #[test]
    fn a_call_that_asked_for_some_is_told() {
        let narrowed = |call: &str, parameters: &str| {
            let manifest = Manifest { parameters: parameters.to_owned(), ..Manifest::new("users", call) };
            manifest.narrowed(&["Get-CsUser -Site"])
        };
        for whole in [
            "",
            "-ResultSize Unlimited",
            "-resultsize 'unlimited'",
            "-ResultSize:Unlimited",
            r#"-DomainController "dc1.contoso.com" -ResultSize "Unlimited""#,
            "-EdgeServer true",
            r#"-Site "its own""#,
        ] {
            assert_eq!(narrowed("Get-CsUser", whole), None, "{whole}");
        }
        for some in [
            "-Filter {RegistrarPool -eq 'pool02.contoso.com'}",
            "-filter:{x}",
            "-ResultSize 2",
            r#"-ResultSize "2""#,
            "-ResultSize:2",
            "-ResultSize",
            "-ou x",
            r#"-PoolFqdn "pool11.contoso.com""#,
        ] {
            assert!(narrowed("Get-CsUser", some).is_some(), "{some}");
        }
        assert!(narrowed("Get-CsUser -Identity sarad", "").is_some_and(|told| told.contains("-Identity sarad")));
    }

    #[test]
    fn no_role_that_was_found_is_no_proof_that_none_limits() {
        for roles in [&[][..], &[("RTCUniversalSBATechnicians", &[][..])], &[("CsAdministrator", &[])]] {
            let (limits, unknown) = of(roles);
            assert_eq!(limits, None, "{roles:?}");
            assert!(unknown.is_some_and(|told| told.contains("CsViewOnlyAdministrator")), "{roles:?}");
        }
        assert!(
            Manifest::new("users", "Get-CsUser").unknown_limits().is_some_and(|told| told.contains("does not say"))
        );
    }
}
