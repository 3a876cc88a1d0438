//! Accounts that may sign in, for tests.

use std::sync::Arc;

use poolproof::accounts::{Accounts, Roster};
use tempfile::TempDir;

/// Accounts, and the folder that their passwords are in.
pub struct People {
    pub roster: Arc<Roster>,
    _folder: TempDir,
}

impl People {
    /// These: SIP address, logon name, password, and whatever else an account has.
    pub fn of(accounts: &[[&str; 4]], turns: Accounts) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut text =
            String::from("environment: test\nsip_domains: [{ name: contoso.com }]\nsites: []\npools: []\naccounts:\n");
        for (at, [sip, user, password, more]) in accounts.iter().enumerate() {
            std::fs::write(folder.path().join(format!("{at}.password")), password).expect("written");
            let more = if more.is_empty() { String::new() } else { format!(", {more}") };
            text.push_str(&format!(
                "  - {{ sip: '{sip}', user: '{user}', password: {{ file: {at}.password }}{more} }}\n"
            ));
        }
        let path = folder.path().join("environment.yaml");
        std::fs::write(&path, text).expect("written");
        let environment = poolproof::environment::load(&path).unwrap_or_else(|found| panic!("{found:#?}"));
        Self { roster: Arc::new(Roster::of(&environment.file.accounts, turns)), _folder: folder }
    }

    /// One, in this run alone.
    #[allow(dead_code, reason = "not every test has but one")]
    pub fn one(sip: &str, user: &str, password: &str) -> Self {
        Self::of(&[[sip, user, password, ""]], Accounts::of_this_run("test"))
    }
}
