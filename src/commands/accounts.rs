//! `poolproof accounts`

use std::fmt::Write as _;

use clap::{Args, Subcommand};

use super::{complain, print};
use crate::Refusal;
use crate::accounts::{self, AccountName, Remembered, Standing};
use crate::exit::ExitCode;
use crate::report::text::printable;

/// List the accounts that are not used any more, or let one sign in again
///
/// An account whose credential was rejected once is not used again, in any run on this
/// machine, until it is re-armed here: a wrong password that is tried in every run locks an
/// account out. What is remembered lies in the folder that `POOLPROOF_STATE` names.
#[derive(Debug, Args)]
pub struct AccountsCommand {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Let an account sign in again, once its password is right
    Rearm {
        /// The account, as the environment file has it: `CONTOSO\probe1`, `probe1@contoso.com` …
        account: String,
        /// Who checks its password, where its name has no domain; `poolproof accounts` shows it
        #[arg(long, value_name = "NAME", default_value = "")]
        authority: String,
    },
}

impl AccountsCommand {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let folder = accounts::folder().map_err(Refusal::Machine)?;
        match self.action {
            None => {
                let all = accounts::remembered(&folder).map_err(Refusal::Machine)?;
                let mut text: String = all.iter().map(line).collect();
                if all.is_empty() {
                    let _ = writeln!(text, "no account is stopped ({})", folder.display());
                }
                Ok(print(&text))
            }
            Some(Action::Rearm { account, authority }) => {
                let name = AccountName::named(&account, &authority);
                accounts::rearm(&folder, &name).map_err(Refusal::Machine)?;
                complain(&format!("{account} may sign in again"));
                Ok(ExitCode::Holds)
            }
        }
    }
}

fn line(one: &Remembered) -> String {
    let text = match &one.standing {
        Standing::Rejected { account, authority, why, at, run } => {
            format!("{account} of {authority}: rejected at {at:.0} in run {run}: {why}")
        }
        Standing::Interrupted { account, authority, at, run } => {
            format!("{account} of {authority}: run {run} was ended in the middle of a sign-in at {at:.0}")
        }
        Standing::InUse => format!("{}: a run signs in with it at this moment", one.file.display()),
        Standing::Unreadable(why) => why.clone(),
    };
    format!("{}\n", printable(&text))
}
