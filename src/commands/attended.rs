//! A run that somebody watches: progress on standard error, and Ctrl-C.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::interrupts::Interrupts;
use super::{color, complain, show};
use crate::exit::ExitCode;
use crate::gather::Gathering;
use crate::report::Listener;
use crate::report::files::write_atomically;
use crate::report::terminal::{self, Progress, Reading, Style};
use crate::{Finished, Options, Prepared, Refusal, Stop};

/// What stands between a run and whoever started it.
pub(super) struct Attended {
    how: Progress,
    reading: Arc<Reading>,
    stop: Stop,
    /// Cancelled where somebody has no more patience.
    now: CancellationToken,
}

impl Attended {
    /// Begins to listen for Ctrl-C, until the process ends: what is reported after a run is finished too at
    /// the first, and can be ended by the second. Nothing is shown on the way where it is to be quiet.
    pub(super) fn begin(quiet: bool) -> Self {
        let how = Progress::choose(quiet, std::io::stderr().is_terminal());
        let stop = Stop::default();
        let now = CancellationToken::new();
        drop(tokio::spawn(interrupts(Interrupts::begin(), stop.clone(), now.clone())));
        Self { how, reading: Arc::new(Reading::new(how)), stop, now }
    }

    /// Plans, and tells what somebody should know of the plan.
    pub(super) async fn prepare(&self, options: Options) -> Result<Prepared, Refusal> {
        let told = Arc::clone(&self.reading);
        let gathering = Gathering {
            tell: Some(Arc::new(move |so_far| told.tell(so_far.dataset, so_far.records, so_far.percent))),
            stop: self.stop.reading(),
        };
        let prepared = self.unless_ended(Box::pin(Prepared::make(Options { gathering, ..options }))).await;
        self.reading.done();
        let prepared = prepared?;
        show(&prepared.catalogue.warnings);
        for warning in &prepared.plan.warnings {
            complain(warning);
        }
        Ok(prepared)
    }

    /// Runs, and tells what happens. Others are told after whoever watches.
    pub(super) async fn run(self, prepared: Prepared, others: Vec<Box<dyn Listener>>) -> Result<Finished, Refusal> {
        let mut listeners: Vec<Box<dyn Listener>> = vec![Box::new(terminal::progress(self.how, &style()))];
        listeners.extend(others);
        self.unless_ended(Box::pin(prepared.run(Arc::new(listeners), &self.stop))).await
    }

    /// What is dropped on the way takes with it what it had started: processes too.
    async fn unless_ended<T>(&self, done: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
        tokio::select! {
            done = done => done,
            () = self.now.cancelled() => Err(Refusal::Interrupted),
        }
    }
}

/// Does something that leaves nothing behind, unless somebody ends it: what it has started then ends too.
pub(super) async fn unless_interrupted<T>(done: impl Future<Output = Result<T, Refusal>>) -> Result<T, Refusal> {
    let mut requests = Interrupts::begin().map_err(|error| Refusal::Machine(error.to_string()))?;
    tokio::select! {
        done = done => done,
        () = requests.next() => Err(Refusal::Interrupted),
    }
}

/// Takes a folder away, and ends, where somebody stops what fills it: half of it would be taken for all.
pub(super) struct TakenAway(JoinHandle<()>);

impl TakenAway {
    /// Begins to listen for Ctrl-C.
    pub(super) fn when_interrupted(folder: PathBuf) -> Self {
        let requests = Interrupts::begin();
        Self(tokio::spawn(async move {
            let Ok(mut requests) = requests else { return };
            requests.next().await;
            // What is still being written to it may come in between.
            for _ in 0..100 {
                if std::fs::remove_dir_all(&folder).is_ok() || !folder.exists() {
                    break;
                }
            }
            if folder.exists() {
                complain(&format!("{} is not whole, and could not be taken away", folder.display()));
            }
            std::process::exit(ExitCode::Interrupted.code().into());
        }))
    }
}

impl Drop for TakenAway {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long a file that somebody has stopped is waited for: whoever reads a pipe may have gone to sleep.
const LAST_WORDS: Duration = Duration::from_secs(5);
/// How long an end at once may take.
const AT_ONCE: Duration = Duration::from_secs(1);

/// Writes a large file, all at once. Whoever stops it leaves no half of it under another name.
///
/// # Errors
/// What the file system or `write` says, and that it was interrupted.
pub(super) async fn written(
    path: PathBuf,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()> + Send + 'static,
) -> Result<(), Refusal> {
    let machine = |error: &dyn std::fmt::Display| Refusal::Machine(error.to_string());
    // Before there is anything to be left.
    let mut requests = Interrupts::begin().map_err(|error| machine(&error))?;
    let stopped = Arc::new(AtomicBool::new(false));
    let stop = Arc::clone(&stopped);
    let writing =
        tokio::task::spawn_blocking(move || write_atomically(&path, |out| write(&mut Until { out, stopped: &stop })));
    tokio::pin!(writing);
    tokio::select! {
        written = &mut writing => match written {
            Ok(written) => written.map_err(|error| machine(&error)),
            Err(error) => Err(machine(&error)),
        },
        () = requests.next() => {
            stopped.store(true, Ordering::Relaxed);
            match tokio::time::timeout(LAST_WORDS, writing).await {
                // It was too late to stop it.
                Ok(Ok(Ok(()))) => Ok(()),
                _ => Err(Refusal::Interrupted),
            }
        }
    }
}

/// Writes until somebody stops it.
struct Until<'a> {
    out: &'a mut dyn Write,
    stopped: &'a AtomicBool,
}

impl Write for Until<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // `Interrupted` itself would be tried again.
        if self.stopped.load(Ordering::Relaxed) {
            return Err(io::Error::other("it was interrupted"));
        }
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How texts for people are laid out here.
pub(super) fn style() -> Style {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Style { color: color(), width: columns.unwrap_or(100_usize).clamp(40, 200), ..Style::default() }
}

/// The first request to end stops starting, the second stops.
async fn interrupts(requests: io::Result<Interrupts>, stop: Stop, now: CancellationToken) {
    let Ok(mut requests) = requests else { return };
    requests.next().await;
    stop.stop();
    // Whoever reads standard error may have gone to sleep.
    drop(tokio::task::spawn_blocking(|| {
        complain("stopping: what is under way is finished and reported; Ctrl-C again ends it now");
    }));
    requests.next().await;
    now.cancel();
    // Who writes a file at that moment does not hear of it.
    tokio::time::sleep(AT_ONCE).await;
    std::process::exit(ExitCode::Interrupted.code().into());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_stopped_is_not_left_by_halves() {
        let folder = tempfile::tempdir().expect("a folder");
        let stopped = AtomicBool::new(false);
        let write = |out: &mut dyn Write| {
            let mut out = Until { out, stopped: &stopped };
            out.write_all(&vec![b'x'; 100_000])?;
            stopped.store(true, Ordering::Relaxed);
            out.write_all(b"x")
        };
        let error = write_atomically(&folder.path().join("a.snapshot"), write).expect_err("it was stopped");
        assert!(error.to_string().contains("it was interrupted"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    }
}
