//! One script, from its start to its end.

use std::process::Stdio;
use std::time::Duration;

use process_wrap::tokio::CommandWrap;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::process::ChildStderr;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

use super::invocation;
use super::lines::{Lines, NoLine};
use super::settings::Shell;
use super::stderr::Heard;
use crate::child::Child;
use crate::protocol::clixml::{Said, Stream};
use crate::values;

/// How long a script may take to end after its last line.
const PARTING: Duration = Duration::from_secs(5);

/// What a line was to its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// More is expected.
    More,
    /// It was the last one.
    Last,
}

/// A script that ran to its last line.
#[derive(Debug)]
pub struct Ended {
    /// Whether the last expected line came; else output ended before it.
    pub whole: bool,
    /// Its exit code; `None` where it had to be ended.
    pub code: Option<i32>,
    /// What it said on standard error, bounded.
    pub said: Vec<Said>,
}

/// A script that did not run to its end, and what it said until then.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct ShellFailure {
    /// Why.
    pub error: ShellError,
    /// What it said on standard error, bounded.
    pub said: Vec<Said>,
}

/// Why a script did not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ShellError {
    /// The program can't be started here.
    #[error("{command} can't be started here: {source}")]
    Start {
        /// The configured command.
        command: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// It took longer than it may.
    #[error("{command} was ended: it took longer than {}", values::Duration(*.limit))]
    Timeout {
        /// The configured command.
        command: String,
        /// How long it might have taken.
        limit: Duration,
    },
    /// It said nothing for longer than it may: it waits for somebody, or hangs.
    #[error("{command} was ended: it said nothing for {}", values::Duration(*.limit))]
    Silence {
        /// The configured command.
        command: String,
        /// How long it might have said nothing.
        limit: Duration,
    },
    /// A line is longer than allowed.
    #[error("{command} was ended: a line of its output is longer than {longest} bytes")]
    Line {
        /// The configured command.
        command: String,
        /// How long a line may be.
        longest: usize,
    },
    /// Its output can't be read.
    #[error("{command}: its output can't be read: {source}")]
    Output {
        /// The configured command.
        command: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The reader of the lines refused one.
    #[error("{0}")]
    Refused(String),
}

impl Shell {
    /// Runs a script with its request, and hands each line of its output to `line`, with
    /// whether the line was whole. Dropping the future ends the program and all that it
    /// started.
    ///
    /// # Errors
    /// It can't be started, takes too long, says too much, or `line` refuses what it says.
    pub async fn run(
        &self,
        script: &str,
        request: &Value,
        mut line: impl FnMut(&[u8], bool) -> Result<Flow, String> + Send,
    ) -> Result<Ended, ShellFailure> {
        let heard = Heard::default();
        let failed = |error, heard: &Heard| ShellFailure { error, said: heard.said() };
        let ends = self.start().await;
        let ends = ends.map_err(|source| failed(ShellError::Start { command: self.name(), source }, &heard))?;
        let Ends { child, stdin, stdout, stderr } = ends;
        // Both run beside the reading, and end with it.
        let mut beside = JoinSet::new();
        beside.spawn(give(stdin, invocation::input(script, request)));
        let listening = stderr.map(|stderr| beside.spawn(heard.clone().read(stderr)));
        let mut lines = Lines::new(stdout, self.longest_line);
        let deadline = Instant::now() + self.timeout;
        let whole = match self.listen(&mut lines, deadline, &mut line).await {
            Ok(whole) => whole,
            Err(error) => {
                if let Some(child) = child {
                    child.end(Duration::ZERO).await;
                }
                settle(&mut beside, listening.as_ref()).await;
                return Err(failed(error, &heard));
            }
        };
        // What is still to come would fill the pipe and keep it from ending.
        beside.spawn(async move { while let Ok(Some(_)) = lines.next().await {} });
        let patience = PARTING.min(deadline.saturating_duration_since(Instant::now()));
        let code = match child {
            Some(child) => child.end(patience).await.and_then(|status| status.code()),
            None => Some(0),
        };
        settle(&mut beside, listening.as_ref()).await;
        Ok(Ended { whole, code, said: heard.said() })
    }

    /// Starts the program, or reaches who speaks for it.
    async fn start(&self) -> std::io::Result<Ends> {
        if let Some(address) = self.wired {
            let (stdout, stdin) = TcpStream::connect(address).await?.into_split();
            return Ok(Ends { child: None, stdin: Box::new(stdin), stdout: Box::new(stdout), stderr: None });
        }
        let mut child = Child::in_group(self.command()?)?;
        let (Some(stdin), Some(stdout), stderr) = (child.stdin(), child.stdout(), child.stderr()) else {
            return Err(std::io::Error::other("it was started without its pipes"));
        };
        Ok(Ends { child: Some(child), stdin: Box::new(stdin), stdout: Box::new(stdout), stderr })
    }

    /// The program as it is started.
    fn command(&self) -> std::io::Result<CommandWrap> {
        let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "no command is configured");
        let (program, first) = self.command.split_first().ok_or_else(missing)?;
        Ok(CommandWrap::with_new(program, |command| {
            command
                .args(first)
                .args(invocation::arguments())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
        }))
    }

    async fn listen(
        &self,
        lines: &mut Lines<Reader>,
        deadline: Instant,
        line: &mut (impl FnMut(&[u8], bool) -> Result<Flow, String> + Send),
    ) -> Result<bool, ShellError> {
        loop {
            let silent_from = Instant::now() + self.silence;
            let until = deadline.min(silent_from);
            let next = tokio::time::timeout_at(until, lines.next()).await;
            let command = || self.name();
            // A line that is there counts also when time is up: endless output is not silence.
            match next {
                _ if Instant::now() >= deadline => {
                    return Err(ShellError::Timeout { command: command(), limit: self.timeout });
                }
                Err(_) => return Err(ShellError::Silence { command: command(), limit: self.silence }),
                Ok(Ok(None)) => return Ok(false),
                Ok(Ok(Some((text, whole)))) => {
                    if line(text, whole).map_err(ShellError::Refused)? == Flow::Last {
                        return Ok(true);
                    }
                }
                Ok(Err(NoLine::TooLong)) => {
                    return Err(ShellError::Line { command: command(), longest: self.longest_line });
                }
                Ok(Err(NoLine::Stream(source))) => return Err(ShellError::Output { command: command(), source }),
            }
        }
    }
}

type Reader = Box<dyn AsyncRead + Send + Unpin>;
type Writer = Box<dyn AsyncWrite + Send + Unpin>;

/// What is spoken with.
struct Ends {
    child: Option<Child>,
    stdin: Writer,
    stdout: Reader,
    stderr: Option<ChildStderr>,
}

/// Standard input to its end. A program that doesn't read it has its reasons.
async fn give(mut stdin: Writer, text: String) {
    if stdin.write_all(text.as_bytes()).await.is_ok() {
        drop(stdin.shutdown().await);
    }
}

/// Lets standard error arrive to its end. A process that was left behind and holds it open
/// is not waited for.
async fn settle(beside: &mut JoinSet<()>, listening: Option<&AbortHandle>) {
    if let Some(listening) = listening {
        let heard = async { while !listening.is_finished() && beside.join_next().await.is_some() {} };
        drop(tokio::time::timeout(Duration::from_secs(1), heard).await);
    }
    beside.abort_all();
}

impl Ended {
    /// What it said that went wrong, for people: errors first.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        complaints(&self.said)
    }
}

impl ShellFailure {
    /// What it said that went wrong, for people: errors first.
    #[must_use]
    pub fn complaints(&self) -> Vec<String> {
        complaints(&self.said)
    }
}

fn complaints(said: &[Said]) -> Vec<String> {
    let of = |stream| said.iter().filter(move |one| one.stream == stream).map(|one| one.text.clone());
    of(Stream::Error).chain(of(Stream::Plain)).chain(of(Stream::Warning)).collect()
}
