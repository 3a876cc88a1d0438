//! No account is ever locked out by us: one rejection ends every use of it.

use std::collections::HashMap;

use tokio::sync::{Mutex, MutexGuard};

/// What became of accounts in this run.
#[derive(Debug, Default)]
pub struct Accounts {
    rejected: Mutex<HashMap<String, String>>,
}

/// The right to sign in once. Nobody else signs in meanwhile, so that a rejection is known
/// before the next attempt.
pub(super) struct Turn<'a> {
    rejected: MutexGuard<'a, HashMap<String, String>>,
    user: String,
}

impl Accounts {
    /// Waits until nobody else signs in.
    ///
    /// # Errors
    /// The account was rejected before: by whom, and why.
    pub(super) async fn turn(&self, user: &str) -> Result<Turn<'_>, String> {
        let rejected = self.rejected.lock().await;
        let user = user.trim().to_lowercase();
        match rejected.get(&user) {
            Some(why) => Err(format!("{why}; the account is not used again")),
            None => Ok(Turn { rejected, user }),
        }
    }

    /// The accounts that were rejected, each with the reason.
    pub async fn rejected(&self) -> Vec<(String, String)> {
        let mut all: Vec<_> =
            self.rejected.lock().await.iter().map(|(user, why)| (user.clone(), why.clone())).collect();
        all.sort();
        all
    }
}

impl Turn<'_> {
    /// The account was rejected.
    pub(super) fn rejected(mut self, why: &str) {
        let user = std::mem::take(&mut self.user);
        self.rejected.insert(user, why.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rejected_account_is_not_used_again() {
        let accounts = Accounts::default();
        drop(accounts.turn("CONTOSO\\reader").await.expect("the first time"));
        accounts.turn("contoso\\Reader").await.expect("nothing happened").rejected("dc1: the password is wrong");
        let again = accounts.turn(" CONTOSO\\READER").await.err().expect("refused");
        assert!(again.contains("dc1: the password is wrong"), "{again}");
        accounts.turn("CONTOSO\\other").await.expect("another account");
        assert_eq!(accounts.rejected().await.len(), 1);
    }
}
