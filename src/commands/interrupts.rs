//! Somebody, or something, wants this to end: Ctrl-C, and what a service manager or a CI server sends first.

use std::io;

/// Requests to end. Without them a run would end in its middle, leave no report, and what it has
/// started would go on.
pub(super) struct Interrupts {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    others:
        (tokio::signal::windows::CtrlBreak, tokio::signal::windows::CtrlClose, tokio::signal::windows::CtrlShutdown),
}

impl Interrupts {
    /// Begins to listen.
    pub(super) fn begin() -> io::Result<Self> {
        #[cfg(unix)]
        let own = Self { terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())? };
        #[cfg(windows)]
        let own = Self {
            others: {
                use tokio::signal::windows::{ctrl_break, ctrl_close, ctrl_shutdown};
                (ctrl_break()?, ctrl_close()?, ctrl_shutdown()?)
            },
        };
        Ok(own)
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) -> io::Result<()> {
        #[cfg(unix)]
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = self.terminate.recv() => Ok(()),
        }
        #[cfg(windows)]
        tokio::select! {
            pressed = tokio::signal::ctrl_c() => pressed,
            _ = self.others.0.recv() => Ok(()),
            _ = self.others.1.recv() => Ok(()),
            _ = self.others.2.recv() => Ok(()),
        }
    }
}

/// Waits for the first one.
pub(super) async fn interrupted() -> io::Result<()> {
    Interrupts::begin()?.next().await
}
