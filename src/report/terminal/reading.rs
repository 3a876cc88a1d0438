//! Progress on standard error while the inventory is read, before the run begins.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::progress::Progress;

/// Between two plain lines.
const EVERY: Duration = Duration::from_secs(5);

/// Shows how far reading has come; a few moments pass in silence.
pub struct Reading {
    bar: Option<ProgressBar>,
    lines: bool,
    told: Mutex<Instant>,
}

impl Reading {
    /// Suits the place where progress is shown.
    #[must_use]
    pub fn new(how: Progress) -> Self {
        let bar = (how == Progress::Bar).then(|| {
            let bar = ProgressBar::new(100);
            let look = ProgressStyle::with_template("[{bar:24}] {pos} %  {msg}");
            bar.set_style(look.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
            bar
        });
        Self { bar, lines: how == Progress::Lines, told: Mutex::new(Instant::now()) }
    }

    /// So many records of a dataset were read, and this part of all bytes, in percent.
    pub fn tell(&self, dataset: &str, records: u64, percent: u64) {
        let text = format!("reading {dataset}: {records}");
        if let Some(bar) = &self.bar {
            bar.set_position(percent);
            bar.set_message(text);
        } else if self.lines {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.elapsed() >= EVERY {
                *told = Instant::now();
                // Standard error may be closed; the run goes on.
                drop(writeln!(anstream::stderr(), "{text} ({percent} %)"));
            }
        }
    }

    /// It is over: nothing of it stays on the screen.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
