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

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Arc;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::diagnostic::Source;

    fn source(first: &str, second: &str) -> (Arc<Source>, LdapSource) {
        let account = |command: &str| format!("account: {{ user: reader, password: {{ command: {command} }} }}");
        let servers = format!("[{{ host: dc1.contoso.com }}, {{ host: dc2.contoso.com, {} }}]", account(second));
        let text = format!("servers: {servers}\n{}\n", account(first));
        let file = Arc::new(Source::new("source.yaml", text));
        let read = crate::yaml::load(&file, crate::yaml::Limits::default()).expect("a source");
        (file, read)
    }

    #[tokio::test]
    async fn each_place_is_asked_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let asked = folder.path().join("asked");
        let command = format!("[sh, -c, 'echo once >> {}; echo hunter2']", asked.display());
        let (_, source) = source(&command, &command);
        let passwords = Passwords::of(&source).await.expect("read");
        for server in &source.servers {
            let secret = passwords.of_account(source.account(server)).expect("its password");
            assert_eq!(secret.0.expose_secret(), "hunter2");
        }
        assert_eq!(std::fs::read_to_string(&asked).expect("it was asked"), "once\n");
    }

    #[tokio::test]
    async fn one_that_never_comes_is_told_with_its_place() {
        let (file, source) = source("[echo, hunter2]", "{ run: [sleep, '1000'], within: 50ms }");
        let unread = Passwords::of(&source).await.expect_err("it hangs");
        assert!(unread.value.contains("gave no secret within 50ms"), "{}", unread.value);
        assert_eq!(&file.text[unread.range], "{ command: { run: [sleep, '1000'], within: 50ms } }");
    }
}
