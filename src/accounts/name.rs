//! Which account it is: a name, and who checks its password.

use std::fmt;

use ring::digest::{SHA256, digest};

use crate::values::{Dn, fold};

/// An account, at the authority that checks its password. Compared folded.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountName {
    authority: String,
    user: String,
}

impl AccountName {
    /// An account as the environment file names it. `CONTOSO\probe1`, `probe1@contoso.com`
    /// and `CN=probe1,DC=contoso,DC=com` name their domain; a bare name is one of `otherwise`.
    ///
    /// That two of these spellings are one account is not known here: they count as two.
    #[must_use]
    pub fn named(text: &str, otherwise: &str) -> Self {
        let text = text.trim();
        // First, since a distinguished name escapes with the same backslash.
        if let Some(dn) = text.parse::<Dn>().ok().filter(|dn| dn.parts().len() > 1) {
            let labels: Vec<&str> = dn.parts().iter().filter_map(|part| part.text("DC")).collect();
            let authority = if labels.is_empty() { otherwise.to_owned() } else { labels.join(".") };
            return Self::new(&authority, &dn.to_string());
        }
        if let Some((domain, user)) = text.split_once('\\') {
            return Self::new(domain, user);
        }
        match text.rsplit_once('@') {
            Some((user, domain)) if !user.is_empty() => Self::new(domain, user),
            _ => Self::new(otherwise, text),
        }
    }

    /// An account of an authority.
    #[must_use]
    pub fn new(authority: &str, user: &str) -> Self {
        // White space and a final dot don't make another account.
        Self { authority: fold(authority.trim()), user: user.trim().to_lowercase() }
    }

    /// Who checks its password.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Its name there.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What its file is called. A name may hold what no file name can.
    pub(super) fn file(&self) -> String {
        let key = format!("{}\0{}", self.authority, self.user);
        let digest = digest(&SHA256, key.as_bytes());
        let digits: String = digest.as_ref().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("{digits}.json")
    }
}

impl fmt::Display for AccountName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` of `{}`", self.user, self.authority)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_known_by_its_authority() {
        for (text, authority, user) in [
            ("CONTOSO\\Probe1", "contoso", "probe1"),
            (" contoso\\probe1 ", "contoso", "probe1"),
            ("Probe1@Contoso.com.", "contoso.com", "probe1"),
            ("CN=Reader,OU=Ops,DC=contoso,DC=com", "contoso.com", "cn=reader,ou=ops,dc=contoso,dc=com"),
            ("CN=Doe\\, Jane,DC=contoso,DC=com", "contoso.com", "cn=doe\\, jane,dc=contoso,dc=com"),
            ("CN=Reader,O=Contoso", "lab", "cn=reader,o=contoso"),
            ("probe1", "lab", "probe1"),
            ("@odd", "lab", "@odd"),
        ] {
            let name = AccountName::named(text, "Lab");
            assert_eq!((name.authority(), name.user()), (authority, user), "{text}");
        }
    }

    #[test]
    fn each_has_a_file_of_its_own() {
        let file = |text: &str| AccountName::named(text, "lab").file();
        assert_eq!(file("CONTOSO\\probe1"), file("contoso\\PROBE1"));
        for other in ["CONTOSO\\probe2", "FABRIKAM\\probe1", "probe1", "CONTOSO\\../probe1"] {
            assert_ne!(file(other), file("CONTOSO\\probe1"), "{other}");
            assert!(file(other).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'));
        }
    }
}
