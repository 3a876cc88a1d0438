//! The passwords of whoever signs in, read before anything is asked.

use crate::environment::{DirectoryAccount, LdapSource, Secret, SecretReference};
use crate::yaml::Spanned;

/// The passwords that a source needs.
#[derive(Debug)]
pub struct Passwords(Vec<(SecretReference, Secret)>);

impl Passwords {
    /// Asks each place once, one after the other: somebody may have to touch a key.
    ///
    /// # Errors
    /// Where the one is written that can't be read, and why it can't.
    pub async fn of(source: &LdapSource) -> Result<Self, Spanned<String>> {
        let mut read = Self(Vec::new());
        for account in source.servers.iter().map(|server| source.account(server)) {
            if read.of_account(account).is_none() {
                let Spanned { value, range } = &account.password;
                let secret = value.resolve().await;
                let secret = secret.map_err(|why| Spanned { value: why, range: range.clone() })?;
                read.0.push((value.clone(), secret));
            }
        }
        Ok(read)
    }

    /// An account's.
    pub(super) fn of_account(&self, account: &DirectoryAccount) -> Option<&Secret> {
        self.0.iter().find(|(place, _)| *place == account.password.value).map(|(_, secret)| secret)
    }
}
