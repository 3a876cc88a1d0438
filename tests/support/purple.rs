//! pidgin-sipe, the Lync client of Pidgin, without Pidgin: a small program of ours in C, made
//! where the headers of libpurple are.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peers::ours;
use crate::process::{self, Process};

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program.
#[derive(Clone)]
pub struct Purple(Arc<TempDir>);

impl Purple {
    pub fn find() -> Result<Self, String> {
        static MADE: OnceLock<Result<Purple, String>> = OnceLock::new();
        MADE.get_or_init(Self::make).clone()
    }

    fn make() -> Result<Self, String> {
        let compiler = process::find("cc")?;
        let flags =
            Command::new("pkg-config").args(["--cflags", "--libs", "purple", "glib-2.0"]).stdin(Stdio::null()).output();
        let flags = flags.map_err(|error| format!("pkg-config: {error}"))?;
        if !flags.status.success() {
            return Err("the headers of libpurple are missing (libpurple-dev)".to_owned());
        }
        let plugins = Command::new("pkg-config").args(["--variable=plugindir", "purple"]).output();
        let plugins = plugins.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        let plugins = plugins.map_err(|error| format!("pkg-config: {error}"))?;
        // Debian keeps it apart from those that belong to one architecture.
        if ![plugins.as_str(), "/usr/lib/purple-2"].iter().any(|at| Path::new(at).join("libsipe.so").is_file()) {
            return Err("pidgin-sipe is missing (Debian: pidgin-sipe)".to_owned());
        }
        let flags = String::from_utf8_lossy(&flags.stdout).into_owned();
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(&compiler);
        command.arg(ours("libpurple/client.c")).args(flags.split_whitespace());
        process::output(command.arg("-o").arg(folder.path().join("client")));
        Ok(Self(Arc::new(folder)))
    }

    /// Signs in at a server; `message` is to whom and what it writes then.
    pub fn sign_in(&self, at: SocketAddr, who: [&str; 3], message: Option<[&str; 2]>) -> Client {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(self.0.path().join("client"));
        command.args(who).arg(at.to_string()).arg(folder.path()).args(message.into_iter().flatten());
        command.env("SIPE_DEBUG", "1").env("HOME", folder.path());
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
        let output = child.stdout.take().expect("its output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Client { lines, heard: Vec::new(), _process: Process(child), _folder: folder }
    }
}

/// Somebody who is signed in, or tries; until it is dropped.
pub struct Client {
    lines: Receiver<String>,
    heard: Vec<String>,
    // Ends before its folder does.
    _process: Process,
    _folder: TempDir,
}

impl Client {
    /// Waits until it says something with these words: the line.
    pub fn says(&mut self, words: &str) -> Result<String, String> {
        let until = Instant::now() + PATIENCE;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) if line.contains(words) => return Ok(line),
                Ok(line) => self.heard.push(line),
                Err(end) => {
                    let how = if end == RecvTimeoutError::Timeout { "silent" } else { "over" };
                    return Err(format!("{how}, without `{words}`:\n{}", self.heard.join("\n")));
                }
            }
        }
    }

    /// Whether it has said something with these words.
    pub fn has_said(&self, words: &str) -> bool {
        self.heard.iter().any(|line| line.contains(words))
    }
}
