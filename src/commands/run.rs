//! `poolproof run`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::arguments::{ChecksArguments, EffectArguments, SelectionArguments, TargetArguments, refuse_two_on_stdout};
use super::attended::{Attended, style};
use super::{complain, show};
use crate::exit::ExitCode;
use crate::report::files::{Destination, RunFolder};
use crate::report::junit::{self, Dialect};
use crate::report::terminal;
use crate::report::{EventStream, Listener, Severity, html, json, markdown};
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
        refuse_two_on_stdout(&[
            ("--junit", &self.output.junit),
            ("--json", &self.output.json),
            ("--html", &self.output.html),
            ("--markdown", &self.output.markdown),
            ("--events", &self.output.events),
        ])?;
        if let Some(run) = &self.replay {
            return self.replay(run).await;
        }
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
        let mut finished = Attended::begin(self.quiet).run(options, others.into_iter().collect()).await?;
        finished.trouble.extend(events.and_then(|events| events.end()).map(|error| error.to_string()));
        let code = self.output.deliver(&finished, true);
        // The process ends here: giving back what a large run holds piece by piece only takes time.
        std::mem::forget(finished);
        Ok(code)
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
        Ok(self.output.deliver(&finished, false))
    }
}

impl OutputArguments {
    /// Writes all reports, then the summary. A report that can't be written never hides
    /// the verdict, but it is told, and it is an error.
    fn deliver(&self, finished: &Finished, newest: bool) -> ExitCode {
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
        let summary = terminal::summary(result, place.as_deref(), &style());
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
