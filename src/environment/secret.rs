//! Secrets by reference, in a type that can't be printed or serialized.

use std::io::Read;
use std::path::Path;
use std::process::{ChildStdout, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

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
    /// The first line of this file. In an environment file, its path is relative to that.
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
    /// Reads a file beside the file that names it.
    pub(super) fn rebase(&mut self, folder: &Path) {
        if let Self::File(path) = self {
            *path = folder.join(&path).display().to_string();
        }
    }

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
            Self::Command(words) => run(words, PATIENCE)?,
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
            Self::Command(words) => write!(f, "the command {}", words.first().map_or("", String::as_str)),
        }
    }
}

/// Longest secret, and longest file that is one: a device would never end.
const LONGEST: u64 = 64 << 10;

/// How long a command may take to print a secret: somebody may have to touch a key for it.
const PATIENCE: Duration = Duration::from_mins(1);

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?.take(LONGEST + 1).read_to_string(&mut text)?;
    if read as u64 > LONGEST {
        return Err(std::io::Error::other(format!("it is longer than {LONGEST} bytes")));
    }
    Ok(text)
}

fn run(words: &[String], patience: Duration) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the secret's command is empty")?;
    let failed = |error| format!("the secret's command {program} can't be run: {error}");
    // What it complains of may hold the secret, and is told nobody.
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().map_err(failed)?;
    let heard = child.stdout.take().map_or_else(|| Ok(Vec::new()), |stdout| first_bytes(stdout, patience));
    let heard = heard.and_then(|heard| match u64::try_from(heard.len()) {
        Ok(length) if length <= LONGEST => Ok(heard),
        _ => Err(format!("printed more than {LONGEST} bytes")),
    });
    let heard = match heard {
        Ok(heard) => heard,
        Err(why) => {
            drop(child.kill());
            drop(child.wait());
            return Err(format!("the secret's command {program} {why}"));
        }
    };
    let status = child.wait().map_err(failed)?;
    if !status.success() {
        return Err(format!("the secret's command {program} ended with {status}"));
    }
    String::from_utf8(heard).map_err(|_| format!("the secret's command {program} printed no UTF-8"))
}

/// What a program prints, to its end or one byte more than is allowed. Reading is left to a
/// thread, which nobody waits for longer than this.
fn first_bytes(stdout: ChildStdout, patience: Duration) -> Result<Vec<u8>, String> {
    let (heard, hearing) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = stdout.take(LONGEST + 1).read_to_end(&mut bytes);
        drop(heard.send(read.map(|_| bytes)));
    });
    match hearing.recv_timeout(patience) {
        Ok(read) => read.map_err(|error| format!("can't be read: {error}")),
        Err(_) => Err(format!("gave no secret within {}", crate::values::Duration(patience))),
    }
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

    #[cfg(unix)]
    #[test]
    fn a_command_is_bounded_in_length_and_time_and_its_complaints_are_told_nobody() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let endless = SecretReference::Command(words(&["yes", "hunter2"])).resolve().expect_err("too long");
        assert!(endless.contains("printed more than 65536 bytes"), "{endless}");
        let silent = run(&words(&["sleep", "600"]), Duration::from_millis(50)).expect_err("too slow");
        assert!(silent.contains("sleep gave no secret within 50ms"), "{silent}");
        let script = "echo hunter2; echo the password is hunter2 >&2; exit 3";
        let failed = SecretReference::Command(words(&["sh", "-c", script])).resolve().expect_err("it failed");
        assert!(failed.contains("ended with") && !failed.contains("hunter2"), "{failed}");
        let secret = SecretReference::Command(words(&["printf", "hunter2\\n"])).resolve().expect("read");
        assert_eq!(secret.0.expose_secret(), "hunter2");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = SecretReference::Env("POOLPROOF_NO_SUCH_VARIABLE".into()).resolve().expect_err("not set");
        assert!(error.contains("POOLPROOF_NO_SUCH_VARIABLE"));
        assert!(SecretReference::Command(vec![]).resolve().is_err());
    }
}
