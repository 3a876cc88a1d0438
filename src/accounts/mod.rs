//! No account is ever locked out by us: one rejected credential stops every use of that
//! account, in this run and, remembered, in later ones, until somebody re-arms it by hand.
//!
//! Whoever signs in, over whatever protocol, takes a turn first and tells how it went:
//!
//! ```no_run
//! # async fn example(accounts: &poolproof::accounts::Accounts) -> Result<(), String> {
//! let turn = accounts.turn("CONTOSO\\probe1").await?; // Err: it was rejected before, and why
//! // … send the credential, exactly once, and wait for the answer …
//! turn.rejected("fe21.contoso.com: 401, the password is wrong"); // or:
//! // turn.over();                                  // accepted, or no answer came
//! # Ok(())
//! # }
//! ```
//!
//! Get the secret before the turn, so that a turn is as short as an attempt. Turns of one
//! account exclude each other, in this process and between processes on one machine (or on
//! one folder). A turn that is dropped is over. There is one [`Accounts`] for a run; a clone
//! is the same.
//!
//! Each account has a small file in the folder, locked while somebody signs in. The file
//! is empty where nothing stands against the account. It says *under way* during an attempt, so that
//! a process that is killed in the middle of one leaves word of it: whether that attempt was
//! rejected nobody knows, and the account stops. A file that can't be read, understood,
//! locked or written stops it too.

mod file;
mod folder;
mod name;
mod roster;
mod turn;

pub use folder::{Remembered, Standing, folder, rearm, remembered};
pub use name::AccountName;
pub use roster::{Member, Roster};
pub use turn::{Accounts, Turn};
