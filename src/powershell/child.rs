//! The child process, and its end.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

use super::invocation;

/// A child that ends, with all that it started, when this is dropped.
pub(super) struct Child {
    inner: Box<dyn ChildWrapper>,
    ended: bool,
}

/// Its ends of the pipes.
pub(super) struct Pipes {
    pub(super) stdin: ChildStdin,
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

impl Child {
    pub(super) fn start(command: &[String]) -> std::io::Result<(Self, Pipes)> {
        let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "no command is configured");
        let (program, first) = command.split_first().ok_or_else(missing)?;
        let mut wrapped = CommandWrap::with_new(program, |command| {
            command
                .args(first)
                .args(invocation::arguments())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .kill_on_drop(true);
        });
        // A group of its own, so that it can be ended together with what it started.
        #[cfg(unix)]
        wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        wrapped.wrap(process_wrap::tokio::JobObject);
        let mut inner = wrapped.spawn()?;
        let pipes = (inner.stdin().take(), inner.stdout().take(), inner.stderr().take());
        let child = Self { inner, ended: false };
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(std::io::Error::other("it was started without its pipes"));
        };
        Ok((child, Pipes { stdin, stdout, stderr }))
    }

    /// Waits for its end, no longer than this; then ends it. What it started and left
    /// behind is ended in any case. `None` where it did not end by itself.
    pub(super) async fn end(mut self, within: Duration) -> Option<ExitStatus> {
        // The process alone: one that it left behind would be waited for as well.
        let waited = tokio::time::timeout(within, self.inner.inner_mut().wait()).await;
        self.kill();
        waited.ok().and_then(Result::ok)
    }

    fn kill(&mut self) {
        if !self.ended {
            self.ended = true;
            // It may be gone already, which is what is wanted.
            drop(self.inner.start_kill());
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.kill();
    }
}
