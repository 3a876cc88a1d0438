//! All that is remembered, for people.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::file::{Busy, Locked, Record};
use super::name::AccountName;

/// Names the folder of what Poolproof remembers between runs.
const STATE: &str = "POOLPROOF_STATE";
/// Most files that are looked at.
const MOST: usize = 10_000;

/// One account that something stands against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Its file.
    pub file: PathBuf,
    /// What stands against it.
    pub standing: Standing,
}

/// What stands against an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A credential was rejected.
    Rejected {
        /// As the environment file has it.
        account: String,
        /// Who checks its password.
        authority: String,
        /// Why, in words.
        why: String,
        /// When.
        at: Timestamp,
        /// The run that signed in.
        run: String,
    },
    /// A run was ended in the middle of a sign-in.
    Interrupted {
        /// As the environment file has it.
        account: String,
        /// Who checks its password.
        authority: String,
        /// When it began.
        at: Timestamp,
        /// The run.
        run: String,
    },
    /// A run signs in with it at this moment.
    InUse,
    /// The file can't be understood: why.
    Unreadable(String),
}

/// The folder: below what `POOLPROOF_STATE` names, else where this system keeps such things.
///
/// # Errors
/// Nothing says where that is.
pub fn folder() -> Result<PathBuf, String> {
    place(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))
}

fn place(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, String> {
    let own = || {
        if cfg!(windows) {
            return variable("LOCALAPPDATA").map(|local| local.join("poolproof"));
        }
        // XDG Base Directory Specification: what is not absolute doesn't count.
        let state = variable("XDG_STATE_HOME").filter(|path| path.is_absolute());
        let state = state.or_else(|| variable("HOME").map(|home| home.join(".local/state")));
        state.map(|state| state.join("poolproof"))
    };
    let state = variable(STATE).or_else(own);
    state.map(|state| state.join("accounts")).ok_or_else(|| {
        format!("nothing says where rejected accounts are remembered: name a folder in the variable {STATE}")
    })
}

/// All that stands against accounts; nothing where the folder isn't there.
///
/// # Errors
/// The folder can't be read.
pub fn remembered(folder: &Path) -> Result<Vec<Remembered>, String> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(format!("{} can't be read: {error}", folder.display())),
    };
    let files = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
    if files.len() > MOST {
        return Err(format!("{} holds more than {MOST} files", folder.display()));
    }
    files.sort();
    let standing = |file: PathBuf| Some(Remembered { standing: standing(&file)?, file });
    Ok(files.into_iter().filter_map(standing).collect())
}

fn standing(path: &Path) -> Option<Standing> {
    match Locked::open(path, false) {
        Err(Busy::Taken) => Some(Standing::InUse),
        Err(Busy::Failed(why)) => Some(Standing::Unreadable(why)),
        Ok(mut locked) => match locked.read() {
            Ok(record) => record.map(Standing::from),
            Err(why) => Some(Standing::Unreadable(why)),
        },
    }
}

impl From<Record> for Standing {
    fn from(record: Record) -> Self {
        let Record { account, authority, rejected, at, run, .. } = record;
        match rejected {
            Some(why) => Self::Rejected { account, authority, why, at, run },
            None => Self::Interrupted { account, authority, at, run },
        }
    }
}

/// Lets an account sign in again. The account is named as in the environment file, with the authority
/// where the name has none.
///
/// # Errors
/// Nothing stands against it, it is in use, or its file can't be written.
pub fn rearm(folder: &Path, name: &AccountName) -> Result<(), String> {
    let path = folder.join(name.file());
    let none = || format!("nothing stands against {name}");
    if !path.is_file() {
        return Err(none());
    }
    match Locked::open(&path, false) {
        Err(Busy::Taken) => Err(format!("a run signs in as {name} at this moment; try again when it is done")),
        Err(Busy::Failed(why)) => Err(why),
        Ok(mut locked) => match locked.read() {
            Ok(None) => Err(none()),
            // What can't be understood goes as well: somebody has looked at it.
            Ok(Some(_)) | Err(_) => locked.clear(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_comes_first_and_nowhere_is_told() {
        let among = |set: &'static [(&str, &str)]| {
            place(|name| set.iter().find(|(known, _)| *known == name).map(|(_, value)| PathBuf::from(value)))
        };
        let all = [("POOLPROOF_STATE", "here"), ("HOME", "/home/a"), ("LOCALAPPDATA", "/local")];
        assert_eq!(
            place(|name| all.iter().find(|(known, _)| *known == name).map(|(_, value)| value.into())),
            Ok("here/accounts".into())
        );
        let own = among(&[("HOME", "/home/a"), ("LOCALAPPDATA", "/local")]).expect("a place");
        let expected =
            if cfg!(windows) { "/local/poolproof/accounts" } else { "/home/a/.local/state/poolproof/accounts" };
        assert_eq!(own, Path::new(expected));
        assert!(among(&[]).is_err_and(|why| why.contains("POOLPROOF_STATE")));
    }
}
