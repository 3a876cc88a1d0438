//! A child process, and its end.

use std::process::ExitStatus;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout};

/// A child that ends, with all that it started, when this is dropped.
#[derive(Debug)]
pub(crate) struct Child {
    inner: Box<dyn ChildWrapper>,
    ended: bool,
}

impl Child {
    /// Starts a command in a group of its own, so that it can be ended together with what it
    /// started.
    pub(crate) fn in_group(mut wrapped: CommandWrap) -> std::io::Result<Self> {
        group(&mut wrapped);
        Ok(Self { inner: wrapped.spawn()?, ended: false })
    }

    /// The same, in a session of its own too where there are sessions: it has no terminal, so
    /// that it can't ask anybody there.
    pub(crate) fn in_session(mut wrapped: CommandWrap) -> std::io::Result<Self> {
        session(&mut wrapped);
        Ok(Self { inner: wrapped.spawn()?, ended: false })
    }

    /// Our end of its standard input, once.
    pub(crate) fn stdin(&mut self) -> Option<ChildStdin> {
        self.inner.stdin().take()
    }

    /// Our end of its standard output, once.
    pub(crate) fn stdout(&mut self) -> Option<ChildStdout> {
        self.inner.stdout().take()
    }

    /// Our end of its standard error, once.
    pub(crate) fn stderr(&mut self) -> Option<ChildStderr> {
        self.inner.stderr().take()
    }

    /// Waits for its end, no longer than this; then ends it. What it started and left
    /// behind is ended in any case. `None` where it did not end by itself.
    pub(crate) async fn end(mut self, within: Duration) -> Option<ExitStatus> {
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

#[cfg(unix)]
fn group(wrapped: &mut CommandWrap) {
    wrapped.wrap(process_wrap::tokio::ProcessGroup::leader());
}

#[cfg(unix)]
fn session(wrapped: &mut CommandWrap) {
    wrapped.wrap(process_wrap::tokio::ProcessSession);
}

#[cfg(windows)]
fn group(wrapped: &mut CommandWrap) {
    wrapped.wrap(process_wrap::tokio::JobObject);
}

#[cfg(windows)]
use group as session;
