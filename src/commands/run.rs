//! `poolproof run`

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::arguments::{ChecksArguments, EffectArguments, SelectionArguments, TargetArguments};
use super::{color, complain, show};
use crate::exit::ExitCode;
use crate::gather::Gathering;
use crate::report::files::{Destination, RunFolder};
use crate::report::junit::{self, Dialect};
use crate::report::terminal::{self, Progress, Reading, Style};
use crate::report::{EventStream, Listener, Severity, html, json, markdown};
use crate::run::Evidence;
use crate::{Finished, Options, Prepared, Refusal, Replay, Stop, replay};

/// Run checks and write the reports
///
/// Writes `<reports>/<run id>/` with `report.html` for people, `junit.xml`, `results.json`
/// and `evidence.ndjson` (every observation, as it happened), and points `<reports>/latest` there. Everything
/// for people goes to standard error.
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
    /// Start nothing new after the first such failure
    #[arg(long)]
    fail_fast: bool,
    #[command(flatten)]
    output: OutputArguments,
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
        self.output.refuse_two_on_stdout()?;
        if let Some(run) = &self.replay {
            return self.replay(run).await;
        }
        let how = Progress::choose(self.quiet, std::io::stderr().is_terminal());
        let reading = Arc::new(Reading::new(how));
        let told = Arc::clone(&reading);
        let stop = Stop::default();
        let signals = tokio::spawn(interrupts(stop.clone()));
        let options = Options {
            checks: self.checks.checks.clone(),
            target: self.target.target(),
            selection: self.selection.selection()?,
            allowed: self.effects.allow.clone(),
            fail_on: self.fail_on.unwrap_or(Severity::Minor),
            fail_fast: self.fail_fast,
            reports: Some(self.output.reports.clone()),
            gathering: Gathering {
                tell: Some(Arc::new(move |so_far| told.tell(so_far.dataset, so_far.records, so_far.percent))),
                stop: stop.reading(),
            },
            waivers: self.waivers.clone(),
            ..Options::default()
        };
        let prepared = Prepared::make(options).await;
        reading.done();
        let prepared = prepared?;
        show(&prepared.catalogue.warnings);
        for warning in &prepared.plan.warnings {
            complain(warning);
        }
        let style = Style { color: color(), width: width(), ..Style::default() };
        let events = self.output.events.as_ref().map(EventStream::open).transpose();
        let events = events.map_err(|error| Refusal::Machine(error.to_string()))?.map(Arc::new);
        let mut listeners: Vec<Box<dyn Listener>> = vec![Box::new(terminal::progress(how, &style))];
        listeners.extend(events.clone().map(|events| Box::new(events) as Box<dyn Listener>));
        let finished = prepared.run(Arc::new(listeners), &stop).await;
        signals.abort();
        let mut finished = finished?;
        finished.trouble.extend(events.and_then(|events| events.end()).map(|error| error.to_string()));
        Ok(self.output.deliver(&finished, &style, true))
    }

    /// The reports of a replay lie in a folder of their own, and `latest` still points to
    /// the newest run.
    async fn replay(&self, run: &Path) -> Result<ExitCode, Refusal> {
        let machine = |error: std::io::Error| Refusal::Machine(error.to_string());
        let with = Replay {
            checks: self.checks.checks.clone(),
            selection: self.selection.selection()?,
            waivers: self.waivers.clone(),
            fail_on: self.fail_on,
        };
        let judged = replay(Evidence::read(run)?, with).await?;
        show(&judged.catalogue.warnings);
        for warning in &judged.plan.warnings {
            complain(warning);
        }
        let id = format!("{}-replay", judged.result.run.id);
        let folder = RunFolder::open_or_create(&self.output.reports, &id).map_err(machine)?;
        let finished = Finished { result: judged.result, folder: Some(folder), trouble: Vec::new() };
        let style = Style { color: color(), width: width(), ..Style::default() };
        Ok(self.output.deliver(&finished, &style, false))
    }
}

impl OutputArguments {
    fn refuse_two_on_stdout(&self) -> Result<(), Refusal> {
        let named = [
            ("--junit", &self.junit),
            ("--json", &self.json),
            ("--html", &self.html),
            ("--markdown", &self.markdown),
            ("--events", &self.events),
        ];
        let mut stdout = named.iter().filter(|(_, destination)| matches!(destination, Some(Destination::Stdout)));
        match (stdout.next(), stdout.next()) {
            (Some((one, _)), Some((other, _))) => Err(Refusal::Machine(format!(
                "{one} - and {other} - would both write to standard output; name a file for one of them"
            ))),
            _ => Ok(()),
        }
    }

    /// Writes all reports, then the summary. A report that can't be written never hides
    /// the verdict, but it is told, and it is an error.
    fn deliver(&self, finished: &Finished, style: &Style, newest: bool) -> ExitCode {
        let result = &finished.result;
        let mut trouble = finished.trouble.clone();
        let mut note = |written: std::io::Result<()>| trouble.extend(written.err().map(|error| error.to_string()));
        if let Some(folder) = &finished.folder {
            note(folder.write(result, self.junit_dialect));
            if newest {
                note(folder.make_latest());
            }
        }
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
            note(destination.write(|out| markdown::write(result, out)));
        }
        let place = finished.folder.as_ref().map(crate::report::files::RunFolder::path);
        let summary = terminal::summary(result, place.as_deref(), style);
        drop(anstream::stderr().write_all(summary.as_bytes()));
        for message in &trouble {
            complain(message);
        }
        match ExitCode::of(result) {
            ExitCode::Holds if !trouble.is_empty() => ExitCode::Bug,
            code => code,
        }
    }
}

/// The first Ctrl-C stops starting, the second stops.
pub(super) async fn interrupts(stop: Stop) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    complain("stopping: what is under way is finished and reported; Ctrl-C again ends it now");
    stop.stop();
    if tokio::signal::ctrl_c().await.is_ok() {
        std::process::exit(ExitCode::Interrupted.code().into());
    }
}

/// The terminal's width, where it says so.
pub(super) fn width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    columns.unwrap_or(100_usize).clamp(40, 200)
}
