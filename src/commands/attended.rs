//! A run that somebody watches: progress on standard error, and Ctrl-C.

use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::task::JoinHandle;

use super::interrupts::{Interrupts, interrupted};
use super::{color, complain, show};
use crate::exit::ExitCode;
use crate::gather::Gathering;
use crate::report::Listener;
use crate::report::terminal::{self, Progress, Reading, Style};
use crate::{Finished, Options, Prepared, Refusal, Stop};

/// What stands between a run and whoever started it.
pub(super) struct Attended {
    how: Progress,
    reading: Arc<Reading>,
    stop: Stop,
    signals: JoinHandle<()>,
}

impl Attended {
    /// Begins to listen for Ctrl-C. Nothing is shown on the way where it is to be quiet.
    pub(super) fn begin(quiet: bool) -> Self {
        let how = Progress::choose(quiet, std::io::stderr().is_terminal());
        let stop = Stop::default();
        let signals = tokio::spawn(interrupts(stop.clone()));
        Self { how, reading: Arc::new(Reading::new(how)), stop, signals }
    }

    /// Plans, and tells what somebody should know of the plan.
    pub(super) async fn prepare(&self, options: Options) -> Result<Prepared, Refusal> {
        let told = Arc::clone(&self.reading);
        let gathering = Gathering {
            tell: Some(Arc::new(move |so_far| told.tell(so_far.dataset, so_far.records, so_far.percent))),
            stop: self.stop.reading(),
        };
        let prepared = Prepared::make(Options { gathering, ..options }).await;
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
        let finished = prepared.run(Arc::new(listeners), &self.stop).await;
        self.signals.abort();
        finished
    }
}

/// Takes a folder away, and ends, where somebody stops what fills it: half of it would be taken for all.
pub(super) struct TakenAway(JoinHandle<()>);

impl TakenAway {
    /// Begins to listen for Ctrl-C.
    pub(super) fn when_interrupted(folder: PathBuf) -> Self {
        Self(tokio::spawn(async move {
            if interrupted().await.is_err() {
                return;
            }
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

/// How texts for people are laid out here.
pub(super) fn style() -> Style {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    Style { color: color(), width: columns.unwrap_or(100_usize).clamp(40, 200), ..Style::default() }
}

/// The first request to end stops starting, the second stops.
async fn interrupts(stop: Stop) {
    let Ok(mut requests) = Interrupts::begin() else { return };
    if requests.next().await.is_err() {
        return;
    }
    complain("stopping: what is under way is finished and reported; Ctrl-C again ends it now");
    stop.stop();
    if requests.next().await.is_ok() {
        std::process::exit(ExitCode::Interrupted.code().into());
    }
}
