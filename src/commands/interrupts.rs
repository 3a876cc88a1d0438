//! Somebody, or something, wants this to end: Ctrl-C, and what a service manager or a CI server sends first.

use std::io;

/// Requests to end. Without them a run would end in its middle, leave no report, and what it has
/// started would go on.
pub(super) struct Interrupts {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
    #[cfg(windows)]
    events: (
        tokio::signal::windows::CtrlC,
        tokio::signal::windows::CtrlBreak,
        tokio::signal::windows::CtrlClose,
        tokio::signal::windows::CtrlShutdown,
    ),
}

impl Interrupts {
    /// Begins to listen: from now on none of them ends the process by itself.
    pub(super) fn begin() -> io::Result<Self> {
        #[cfg(unix)]
        let own = Self {
            signals: {
                use tokio::signal::unix::{SignalKind, signal};
                [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?]
            },
        };
        #[cfg(windows)]
        let own = Self {
            events: {
                use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
                (ctrl_c()?, ctrl_break()?, ctrl_close()?, ctrl_shutdown()?)
            },
        };
        Ok(own)
    }

    /// Waits for the next one.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate] = &mut self.signals;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        #[cfg(windows)]
        tokio::select! {
            _ = self.events.0.recv() => {}
            _ = self.events.1.recv() => {}
            _ = self.events.2.recv() => {}
            _ = self.events.3.recv() => {}
        }
    }
}

/// Waits for the first one.
pub(super) async fn interrupted() -> io::Result<()> {
    Interrupts::begin()?.next().await;
    Ok(())
}
