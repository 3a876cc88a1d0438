//! The right to sign in once.

use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex as Queue, OwnedMutexGuard};
use tokio::time::{Instant, sleep};

use super::file::{Busy, Locked, Record};
use super::name::AccountName;

/// How long another process may sign in with the same account, one attempt after the other.
const PATIENCE: Duration = Duration::from_mins(2);
/// How often it is looked whether the other one is done.
const LOOK: Duration = Duration::from_millis(20);

/// What became of accounts, in this run and in earlier ones. A clone is the same.
#[derive(Clone)]
pub struct Accounts {
    all: Arc<All>,
}

struct All {
    /// None: this run only.
    folder: Option<Result<PathBuf, String>>,
    environment: String,
    run: String,
    patience: Duration,
    queues: Mutex<HashMap<AccountName, Arc<Queue<Stopped>>>>,
}

/// Why an account is not used any more in this run; none while it is.
type Stopped = Option<String>;

/// The right to sign in once with an account. Nobody else has one meanwhile.
#[must_use = "a turn that is dropped is over"]
pub struct Turn {
    stopped: OwnedMutexGuard<Stopped>,
    /// The account's file, and what it says now.
    file: Option<(Locked, Record)>,
    /// Why the account stops where nobody tells how it went, since the credential was sent.
    sent: Option<String>,
}

impl Accounts {
    /// Remembers in a folder ([`super::folder`] tells which; where there is none, nobody
    /// signs in). Names without a domain belong to the environment.
    #[must_use]
    pub fn remembering(folder: Result<PathBuf, String>, environment: &str, run: &str) -> Self {
        Self::of(Some(folder), environment, run, PATIENCE)
    }

    /// Remembers for this run alone: for mock deployments, whose accounts are nobody's.
    #[must_use]
    pub fn of_this_run(environment: &str) -> Self {
        Self::of(None, environment, "", PATIENCE)
    }

    pub(super) fn of(
        folder: Option<Result<PathBuf, String>>,
        environment: &str,
        run: &str,
        patience: Duration,
    ) -> Self {
        let (environment, run) = (environment.to_owned(), run.to_owned());
        Self { all: Arc::new(All { folder, environment, run, patience, queues: Mutex::default() }) }
    }

    /// Waits until nobody else signs in with this account, here or in another process.
    ///
    /// # Errors
    /// Why nobody may: it was rejected before, or whether it was is not known.
    pub async fn turn(&self, user: &str) -> Result<Turn, String> {
        let name = AccountName::named(user, &self.all.environment);
        let queue = {
            let mut queues = self.all.queues.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(queues.entry(name.clone()).or_default())
        };
        let mut stopped = queue.lock_owned().await;
        if let Some(why) = &*stopped {
            return Err(why.clone());
        }
        let file = match &self.all.folder {
            None => None,
            Some(folder) => match self.file(folder, &name, user).await {
                Ok(file) => Some(file),
                Err(Not::Now(why)) => return Err(why),
                Err(Not::Again(why)) => {
                    *stopped = Some(why.clone());
                    return Err(why);
                }
            },
        };
        Ok(Turn { stopped, file, sent: None })
    }

    /// Locks the account's file, and writes into it that an attempt is under way.
    async fn file(
        &self,
        folder: &Result<PathBuf, String>,
        name: &AccountName,
        user: &str,
    ) -> Result<(Locked, Record), Not> {
        let refused = |why: String| Not::Again(format!("nobody signs in as `{user}`, since {why}"));
        let folder = folder.as_ref().map_err(|why| refused(why.clone()))?;
        std::fs::create_dir_all(folder)
            .map_err(|error| refused(format!("{} can't be made: {error}", folder.display())))?;
        let path = folder.join(name.file());
        let until = Instant::now() + self.all.patience;
        let mut locked = loop {
            match Locked::open(&path, true) {
                Ok(locked) => break locked,
                Err(Busy::Failed(why)) => return Err(refused(why)),
                Err(Busy::Taken) if Instant::now() < until => sleep(LOOK).await,
                Err(Busy::Taken) => {
                    return Err(Not::Now(format!("another run has been signing in as `{user}` all the time")));
                }
            }
        };
        let way_out = format!("`poolproof accounts rearm \"{user}\"` lets it sign in again");
        match locked.read() {
            Ok(None) => {}
            Ok(Some(Record { rejected: Some(why), at, run, .. })) => {
                return Err(Not::Again(format!(
                    "{why}; that was at {at:.0} in run {run}, and the account is not used again: {way_out}"
                )));
            }
            Ok(Some(Record { at, run, .. })) => {
                return Err(refused(format!(
                    "run {run} was ended in the middle of a sign-in at {at:.0}, and whether that was rejected is not known: {way_out}"
                )));
            }
            Err(why) => return Err(refused(format!("{why}: {way_out}"))),
        }
        let record = Record::under_way(user, name.authority(), &self.all.run);
        locked.write(&record).map_err(refused)?;
        Ok((locked, record))
    }
}

/// Why there is no turn.
enum Not {
    /// Somebody else has it.
    Now(String),
    /// Never again in this run.
    Again(String),
}

impl Turn {
    /// The credential goes out now. Where the turn ends without word of what became of that,
    /// the account is not used again in this run: a second try might be a second rejection.
    pub fn sent(&mut self, to: &str) {
        self.sent = Some(format!(
            "the credential was sent to {to}, and whether it was accepted is not known: it is not sent again in this run"
        ));
    }

    /// The credential was accepted, or was not judged: nothing stands against the account.
    pub fn over(mut self) {
        self.sent = None;
    }

    /// The credential was rejected: the account is not used again.
    pub fn rejected(mut self, why: &str) {
        self.sent = None;
        *self.stopped = Some(format!("{why}; the account is not used again"));
        if let Some((mut file, record)) = self.file.take()
            && let Err(trouble) = file.write(&record.rejected(why))
        {
            // It still says that an attempt is under way, which stops the account as well.
            tracing::warn!("{trouble}");
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(why) = self.sent.take() {
            *self.stopped = Some(why);
        }
        if let Some((mut file, _)) = self.file.take()
            && let Err(trouble) = file.clear()
        {
            tracing::warn!("{trouble}");
        }
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts").field("folder", &self.all.folder).finish_non_exhaustive()
    }
}

impl fmt::Debug for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("file", &self.file).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
