//! `poolproof run`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::arguments::{
    ChecksArguments, EffectArguments, SelectionArguments, TargetArguments, refuse_two_in_one_place,
};
use super::attended::{Attended, style};
use super::notify::NotifyArguments;
use super::since::{Since, keep};
use super::{complain, show};
use crate::exit::ExitCode;
use crate::notify::Notice;
use crate::report::compare::Comparison;
use crate::report::files::{Destination, RunFolder};
use crate::report::junit::{self, Dialect};
use crate::report::terminal;
use crate::report::{EventStream, Listener, RunResult, Severity, compare, html, json, markdown};
use crate::run::Evidence;
use crate::{Finished, Options, Refusal, Replay, replay};

/// Run checks and write the reports
///
/// Writes `<reports>/<run id>/` with `report.html` for people, `junit.xml`, `results.json`
/// and `evidence.ndjson` (every observation, as it happened), and points `<reports>/latest`
/// there. What is told on the way goes to standard error.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    checks: ChecksArguments,
    #[command(flatten)]
    effects: EffectArguments,
    /// A file with signed-off exceptions
    #[arg(long, value_name = "PATH")]
    waivers: Option<PathBuf>,
    /// Judge the evidence of this run instead, without the network: its folder
    #[arg(long, value_name = "RUN", conflicts_with_all = ["at", "mock", "allow", "fail_fast"])]
    replay: Option<PathBuf>,
    /// The least severity whose failure makes the run exit 1; `minor` if not given
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<Severity>,
    /// Exit on what became worse since this earlier run alone: its folder, or its results.json
    ///
    /// What fails now and is not known to have failed then makes it exit 1; what could be
    /// determined then and can't now, or was lost from sight, makes it exit 3. The reports tell
    /// all that they always tell; what became of each case is in `comparison.json` beside them.
    #[arg(long, value_name = "RUN")]
    only_changed_since: Option<PathBuf>,
    /// Start nothing new after the first such failure
    #[arg(long)]
    fail_fast: bool,
    #[command(flatten)]
    output: OutputArguments,
    #[command(flatten)]
    notify: NotifyArguments,
    /// Show nothing while it runs
    #[arg(short, long)]
    quiet: bool,
}

/// Where reports go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Reports")]
pub struct OutputArguments {
    /// The folder under which the run's own folder is made
    #[arg(long, value_name = "FOLDER", default_value = "reports")]
    reports: PathBuf,
    /// Write JUnit XML here too; `-` is standard output
    #[arg(long, value_name = "PATH")]
    junit: Option<Destination>,
    /// Write `results.json` here too; `-` is standard output
    #[arg(long, value_name = "PATH")]
    json: Option<Destination>,
    /// Write the page for people here too; `-` is standard output
    #[arg(long, value_name = "PATH")]
    html: Option<Destination>,
    /// Write Markdown for a job summary or a change ticket here; `-` is standard output
    #[arg(long, value_name = "PATH")]
    markdown: Option<Destination>,
    /// Write what happens, as it happens, a line of JSON each; `-` is standard output
    #[arg(long, value_name = "PATH")]
    events: Option<Destination>,
    /// Who reads the JUnit file: `jenkins` shows flaky attempts, `strict` fits every schema
    #[arg(long, value_enum, default_value = "jenkins", value_name = "DIALECT")]
    junit_dialect: Dialect,
}

impl Run {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        refuse_two_in_one_place(&[
            ("--junit", &self.output.junit),
            ("--json", &self.output.json),
            ("--html", &self.output.html),
            ("--markdown", &self.output.markdown),
            ("--events", &self.output.events),
        ])?;
        let since = self.only_changed_since.as_deref().map(Since::read).transpose()?;
        let notifier = self.notify.notifier().await?;
        let (finished, newest) = match &self.replay {
            Some(run) => (self.replayed(run, since.as_ref()).await?, false),
            None => (self.finished(since.as_ref()).await?, true),
        };
        let delivered = self.output.deliver(&finished, since.as_ref(), newest);
        let comparison = delivered.comparison.as_ref();
        // Where it is not known what has changed, somebody should know of that.
        let quiet = since.is_some() && comparison.is_some_and(|comparison| !comparison.has_changed());
        if let Some(notifier) = notifier.filter(|_| !quiet) {
            let notice = Notice::of_run(&finished.result, comparison, delivered.code);
            notifier.tell(&notice, finished.folder.as_ref()).await;
        }
        // The process ends here: giving back what a large run holds piece by piece only takes time.
        std::mem::forget(finished);
        Ok(delivered.code)
    }

    async fn finished(&self, since: Option<&Since>) -> Result<Finished, Refusal> {
        let options = Options {
            checks: self.checks.checks.clone(),
            target: self.target.target(),
            selection: self.selection.selection()?,
            allowed: self.effects.allow.clone(),
            fail_on: self.fail_on.unwrap_or(Severity::Minor),
            fail_fast: self.fail_fast,
            reports: Some(self.output.reports.clone()),
            waivers: self.waivers.clone(),
            ..Options::default()
        };
        let events = self.output.events.as_ref().map(EventStream::open).transpose();
        let events = events.map_err(|error| Refusal::Machine(error.to_string()))?.map(Arc::new);
        let others = events.clone().map(|events| Box::new(events) as Box<dyn Listener>);
        let attended = Attended::begin(self.quiet);
        let prepared = attended.prepare(options).await?;
        if let Some(since) = since {
            since.expect(prepared.info())?;
        }
        let mut finished = attended.run(prepared, others.into_iter().collect()).await?;
        finished.trouble.extend(events.and_then(|events| events.end()).map(|error| error.to_string()));
        Ok(finished)
    }

    /// The reports of a replay lie in a folder of their own, and `latest` still points to
    /// the newest run.
    async fn replayed(&self, run: &Path, since: Option<&Since>) -> Result<Finished, Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        let with = Replay {
            checks: self.checks.checks.clone(),
            selection: self.selection.selection()?,
            waivers: self.waivers.clone(),
            fail_on: self.fail_on,
        };
        let judged = replay(Evidence::read(run)?, with).await?;
        if let Some(since) = since {
            since.expect(&judged.result.run)?;
        }
        show(&judged.catalogue.warnings);
        for warning in &judged.plan.warnings {
            complain(warning);
        }
        let id = format!("{}-replay", judged.result.run.id);
        let folder = RunFolder::open_or_create(&self.output.reports, &id).map_err(machine)?;
        Ok(Finished { result: judged.result, folder: Some(folder), trouble: Vec::new() })
    }
}

impl OutputArguments {
    /// Writes all reports, then the summary. A report that can't be written never hides
    /// the verdict, but it is told, and it is an error.
    ///
    /// With an earlier run, what became worse since then decides; where that can't be told, all
    /// that fails does.
    fn deliver(&self, finished: &Finished, since: Option<&Since>, newest: bool) -> Delivered {
        let result = &finished.result;
        let mut trouble = finished.trouble.clone();
        let mut note = |written: std::io::Result<()>| trouble.extend(written.err().map(|error| error.to_string()));
        let mut comparison = None;
        if let Some(folder) = &finished.folder {
            note(folder.write(result, self.junit_dialect));
            if newest {
                note(folder.make_latest());
            }
            match since.map(|since| since.compare(&folder.path())) {
                Some(Ok(compared)) => {
                    note(keep(&compared, folder));
                    comparison = Some(compared);
                }
                Some(Err(why)) => note(Err(std::io::Error::other(format!("comparing: {}", why.message)))),
                None => {}
            }
        }
        self.elsewhere(result, comparison.as_ref(), &mut note);
        let place = finished.folder.as_ref().map(RunFolder::path);
        let summary = terminal::summary(result, place.as_deref(), &style());
        drop(anstream::stderr().write_all(summary.as_bytes()));
        if let Some(comparison) = &comparison {
            let mut told = b"\n".to_vec();
            drop(compare::write_text(comparison, false, &mut told));
            drop(anstream::stderr().write_all(&told));
        }
        for message in &trouble {
            complain(message);
        }
        let code = match (ExitCode::of(result), &comparison) {
            (ExitCode::Failed | ExitCode::Undetermined | ExitCode::Holds, Some(comparison)) => {
                ExitCode::of_comparison(comparison)
            }
            (code, _) => code,
        };
        let code = if code == ExitCode::Holds && !trouble.is_empty() { ExitCode::Bug } else { code };
        Delivered { code, comparison }
    }

    /// Writes what was asked for elsewhere.
    fn elsewhere(
        &self,
        result: &RunResult,
        comparison: Option<&Comparison>,
        note: &mut impl FnMut(std::io::Result<()>),
    ) {
        if let Some(destination) = &self.junit {
            note(destination.write(|out| junit::write(result, self.junit_dialect, out)));
        }
        if let Some(destination) = &self.json {
            note(destination.write(|out| json::write(result, out)));
        }
        if let Some(destination) = &self.html {
            note(destination.write(|out| html::write(result, out)));
        }
        if let Some(destination) = &self.markdown {
            note(destination.write(|out| {
                markdown::write(result, out)?;
                let Some(comparison) = comparison else { return Ok(()) };
                writeln!(out)?;
                compare::write_markdown(comparison, out)
            }));
        }
    }
}

/// What was told of a run.
struct Delivered {
    code: ExitCode,
    comparison: Option<Comparison>,
}
