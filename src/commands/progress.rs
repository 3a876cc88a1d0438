//! How far reading an inventory has come, on a terminal.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};

use crate::inventory::source::export::Progress;

/// A bar that appears with the first report. Where standard error is no terminal, nothing is shown.
#[derive(Default)]
pub(super) struct Reading {
    bar: Option<ProgressBar>,
}

impl Reading {
    pub(super) fn tell(&mut self, at: &Progress) -> ControlFlow<()> {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::new(at.total);
            if let Ok(style) = ProgressStyle::with_template("reading {msg} {bar:30} {bytes}/{total_bytes}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_position(at.bytes);
        bar.set_message(format!("{} ({} records)", at.dataset, at.records));
        ControlFlow::Continue(())
    }

    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}
