//! Secrets by reference, in a type that can't be printed or serialized.

use std::io::Read;
use std::path::Path;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use self::written::Written;
use crate::values::Duration;

mod command;
#[cfg(test)]
mod tests;
mod written;

/// Where a secret is read from. The file never holds the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretReference {
    /// The environment variable of this name.
    Env(
        /// The variable's name.
        String,
    ),
    /// The first line of this file. In an environment file, its path is relative to that.
    File(
        /// The file's path.
        String,
    ),
    /// The first line that this command prints: program and arguments, no shell. It has no input and no terminal.
    Command(
        /// The program and its arguments, or these and how long it may take.
        SecretCommand,
    ),
}

/// A command that gives a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "Written", into = "Written")]
#[schemars(with = "Written", inline)]
pub struct SecretCommand {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// How long it may take, if not as long as any.
    pub within: Option<Duration>,
}

/// A resolved secret. Neither `Debug` nor `Serialize` shows it.
#[derive(Clone, Debug)]
pub struct Secret(pub SecretString);

impl SecretReference {
    /// Reads a file beside the file that names it.
    pub(super) fn rebase(&mut self, folder: &Path) {
        if let Self::File(path) = self {
            *path = folder.join(&path).display().to_string();
        }
    }

    /// Reads the secret. Whoever drops this ends a command that is still running.
    ///
    /// # Errors
    /// Why it can't be read; the message names the reference, never a value.
    pub async fn resolve(&self) -> Result<Secret, String> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))?
            }
            Self::File(path) => read_within(path, PATIENCE).await?,
            Self::Command(command) => command::run(&command.words, command.within.unwrap_or(PATIENCE).0).await?,
        };
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            return Err(format!("{self} gives an empty secret"));
        }
        Ok(Secret(SecretString::from(line.to_owned())))
    }
}

/// As a command line has it: `env:NAME`, `file:PATH`.
impl std::str::FromStr for SecretReference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.to_owned())),
            // What was given may be the secret itself.
            _ => Err("a secret is named by where it is: env:NAME or file:PATH".to_owned()),
        }
    }
}

impl std::fmt::Display for SecretReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {path}"),
            // Its arguments are nobody's business: people write into them what belongs elsewhere.
            Self::Command(SecretCommand { words, .. }) => {
                write!(f, "the command {}", words.first().map_or("", String::as_str))
            }
        }
    }
}

/// Longest secret, and longest file that is one: a device would never end.
const LONGEST: u64 = 64 << 10;

/// How long it may take to read a secret: somebody may have to touch a key for it.
const PATIENCE: Duration = Duration(std::time::Duration::from_mins(1));

/// Reading is left to a thread, which nobody waits for longer than this: what looks like a
/// file may be a pipe that nobody ever writes to.
async fn read_within(path: &str, within: Duration) -> Result<String, String> {
    let (told, hearing) = oneshot::channel();
    let file = path.to_owned();
    std::thread::spawn(move || drop(told.send(read(&file))));
    let why = match tokio::time::timeout(within.0, hearing).await {
        Ok(Ok(Ok(text))) => return Ok(text),
        Ok(Ok(Err(error))) => error.to_string(),
        Ok(Err(_)) => "reading it failed".to_owned(),
        Err(_) => format!("there was no end of it within {within}"),
    };
    Err(format!("the secret file {path} can't be read: {why}"))
}

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST {
        return Err(std::io::Error::other(format!("it is longer than {LONGEST} bytes")));
    }
    Ok(text)
}
