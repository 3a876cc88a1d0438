//! Secrets by reference, in a type that can't be printed or serialized.

use std::io::Read;
use std::process::Command;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

/// Where a secret is read from. The file never holds the secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SecretReference {
    /// The environment variable of this name.
    Env(
        /// The variable's name.
        String,
    ),
    /// The first line of this file.
    File(
        /// The file's path.
        String,
    ),
    /// The first line that this command prints: program and arguments, no shell.
    Command(
        /// The program and its arguments.
        Vec<String>,
    ),
}

/// A resolved secret. Neither `Debug` nor `Serialize` shows it.
#[derive(Clone, Debug)]
pub struct Secret(pub SecretString);

impl SecretReference {
    /// Reads the secret.
    ///
    /// # Errors
    /// Why it can't be read; the message names the reference, never a value.
    pub fn resolve(&self) -> Result<Secret, String> {
        let text = match self {
            Self::Env(name) => {
                std::env::var(name).map_err(|_| format!("the environment variable {name} is not set"))?
            }
            Self::File(path) => read(path).map_err(|error| format!("the secret file {path} can't be read: {error}"))?,
            Self::Command(words) => run(words)?,
        };
        let line = text.lines().next().unwrap_or_default();
        if line.is_empty() {
            return Err(format!("{self} gives an empty secret"));
        }
        Ok(Secret(SecretString::from(line.to_owned())))
    }
}

impl std::fmt::Display for SecretReference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name}"),
            Self::File(path) => write!(f, "the file {path}"),
            Self::Command(words) => write!(f, "the command {}", words.first().map_or("", String::as_str)),
        }
    }
}

/// Longest secret, and longest file that is one: a device would never end.
const LONGEST: u64 = 64 << 10;

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST {
        return Err(std::io::Error::other(format!("it is longer than {LONGEST} bytes")));
    }
    Ok(text)
}

fn run(words: &[String]) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the secret's command is empty")?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|error| format!("the secret's command {program} can't be run: {error}"))?;
    if !output.status.success() {
        return Err(format!("the secret's command {program} ended with {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|_| format!("the secret's command {program} printed no UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_read_and_never_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("password");
        std::fs::write(&path, "hunter2\r\nsecond line").expect("written");
        let secret = SecretReference::File(path.display().to_string()).resolve().expect("read");
        assert_eq!(secret.0.expose_secret(), "hunter2");
        assert!(!format!("{secret:?}").contains("hunter2"));
    }

    #[test]
    fn a_file_that_is_no_secret_is_not_swallowed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        std::fs::write(&path, vec![b'x'; 1 << 20]).expect("written");
        let error = SecretReference::File(path.display().to_string()).resolve().expect_err("too long");
        assert!(error.contains("longer than"), "{error}");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = SecretReference::Env("POOLPROOF_NO_SUCH_VARIABLE".into()).resolve().expect_err("not set");
        assert!(error.contains("POOLPROOF_NO_SUCH_VARIABLE"));
        assert!(SecretReference::Command(vec![]).resolve().is_err());
    }
}
