//! `poolproof gate`

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::arguments::{ChecksArguments, EffectArguments, TargetArguments, refuse_two_in_one_place};
use super::attended::{Attended, style};
use super::complain;
use super::notify::NotifyArguments;
use crate::diagnostic::{Code, Diagnostic};
use crate::exit::ExitCode;
use crate::gate::{
    Answer, AskedGate, GateAnswer, GateOptions, GateRecord, junit, markdown, page, places, record, seal, terminal,
    write,
};
use crate::mock::Fixture;
use crate::notify::Notice;
use crate::pipeline::run_id;
use crate::plan::AskedAbout;
use crate::report::Mode;
use crate::report::files::{Destination, RunFolder, run_at, write_atomically};
use crate::report::junit::Dialect;
use crate::run::{Evidence, SourceText};
use crate::values::Duration;
use crate::yaml::{self, Limits};
use crate::{Options, Refusal, Target};

/// Answer GO, NO-GO or UNDECIDED before a step of the migration
///
/// Asks what the gate needs, or judges what earlier runs left behind (`--from`, one for each
/// place that had to be looked at from). Leaves a record, `record.json` and `record.html`, and
/// prints its digest for the change ticket; `poolproof verify` checks it later. Exits 0 for GO, 1 for NO-GO, 3 for UNDECIDED, 130 where
/// its own run was interrupted. Runs against a mock deployment count only with `--mock`.
#[derive(Debug, Args)]
pub struct GateCommand {
    /// The gate: legacy-healthy, move-pilot, move-wave, edge-ready, open-cutover-window, keep-or-roll-back, decommission, last-of-version, after-removal, or one of your own
    name: String,
    /// Ask about this pool, and what it moves to. Repeatable
    #[arg(long, value_name = "FQDN", help_heading = "Scope")]
    pool: Vec<String>,
    /// Ask about this wave. Repeatable
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    wave: Vec<String>,
    /// Ask about this site and its pools. Repeatable
    #[arg(long, value_name = "NAME", help_heading = "Scope")]
    site: Vec<String>,
    /// Judge what this run left behind, instead of asking: its folder. Repeatable
    #[arg(long, value_name = "RUN", conflicts_with_all = ["at", "allow"])]
    from: Vec<PathBuf>,
    /// How old the oldest run may be (`30m`, `4h`); the gate's own bound if not given
    #[arg(long, value_name = "DURATION")]
    max_age: Option<Duration>,
    /// A file with signed-off exceptions
    #[arg(long, value_name = "PATH")]
    waivers: Option<PathBuf>,
    /// A file with what persons have seen
    #[arg(long, value_name = "PATH")]
    attestations: Option<PathBuf>,
    /// Let what passed after it had failed count as passed
    #[arg(long)]
    accept_flaky: bool,
    /// A gate file or a folder of them, besides the shipped gates. Repeatable
    #[arg(long, value_name = "PATH")]
    gates: Vec<PathBuf>,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    checks: ChecksArguments,
    #[command(flatten)]
    effects: EffectArguments,
    /// The folder under which the run's own folder is made
    #[arg(long, value_name = "FOLDER", default_value = "reports", help_heading = "Reports")]
    reports: PathBuf,
    /// Leave the record of the gate in this folder; beside the run's evidence, or in a folder of its own under `--reports`, if not given
    #[arg(long, value_name = "FOLDER", help_heading = "Reports")]
    record: Option<PathBuf>,
    /// Write the answer as JSON here too; `-` is standard output
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    json: Option<Destination>,
    /// Write it as Markdown, for a job summary or a change ticket, here; `-` is standard output
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    markdown: Option<Destination>,
    /// Write it as JUnit XML here: the gate, and each thing that stands in its way; `-` is standard output
    #[arg(long, value_name = "PATH", help_heading = "Reports")]
    junit: Option<Destination>,
    /// Who reads the JUnit file: `jenkins` shows flaky attempts, `strict` fits every schema
    #[arg(long, value_enum, default_value = "jenkins", value_name = "DIALECT", help_heading = "Reports")]
    junit_dialect: Dialect,
    #[command(flatten)]
    notify: NotifyArguments,
    /// Show nothing while it runs
    #[arg(short, long)]
    quiet: bool,
}

impl GateCommand {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        refuse_two_in_one_place(&[("--json", &self.json), ("--markdown", &self.markdown), ("--junit", &self.junit)])?;
        self.refuse_to_write_over()?;
        let asked = AskedGate::find(&self.name, self.options()?)?;
        let notifier = self.notify.notifier().await?;
        let (runs, folder, interrupted) = if self.from.is_empty() {
            let (folder, interrupted) = self.run(&asked).await?;
            (vec![folder.path()], Some(folder), interrupted)
        } else {
            (self.from.clone(), None, false)
        };
        let read = |run: &PathBuf| Evidence::read(run);
        let evidence = runs.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut record = record(&asked, evidence, now()).await?;
        let kept = self.keep(&mut record, folder.as_ref());
        let found = code(&record.answer);
        let given = &match &kept {
            Ok(_) => record.answer,
            Err(error) => record.answer.without_a_record(&error.to_string()),
        };
        let mut own: Vec<PathBuf> = folder.iter().flat_map(RunFolder::files).collect();
        own.extend(kept.iter().flat_map(|(folder, _)| <[PathBuf; 2]>::from(places(folder))));
        let mut trouble = self.write_where_wanted(given, &own);
        drop(anstream::stderr().write_all(terminal(given, &style()).as_bytes()));
        if let Some(folder) = &folder {
            complain(&format!("the evidence is in {}", folder.path().display()));
        }
        match kept {
            Ok((place, digest)) => {
                complain(&format!("the record is in {}; for the change ticket: {digest}", place.display()));
            }
            Err(error) => trouble.push(error),
        }
        for error in &trouble {
            complain(&error.to_string());
        }
        // A file that can't be written takes a GO back, and hides no other answer.
        let code = match found {
            _ if interrupted => ExitCode::Interrupted,
            ExitCode::Holds if !trouble.is_empty() => ExitCode::Bug,
            code => code,
        };
        if let Some(notifier) = notifier {
            notifier.tell(&Notice::of_gate(given, code), folder.as_ref()).await;
        }
        Ok(code)
    }

    /// Writes the answer where it is wanted beside the record, and over no file that it rests on; what could not be
    /// written.
    fn write_where_wanted(&self, given: &GateAnswer, own: &[PathBuf]) -> Vec<std::io::Error> {
        let dialect = self.junit_dialect;
        let free = |place: &Destination| match own.iter().find(|own| place.is_same(&Destination::File((*own).clone())))
        {
            None => Ok(()),
            Some(own) => {
                let message = format!("{} belongs to the run or its record: name another file", own.display());
                Err(std::io::Error::new(std::io::ErrorKind::AlreadyExists, message))
            }
        };
        let put = |place: &Option<Destination>, report: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
            place.as_ref().map(|place| free(place).and_then(|()| place.write(report)))
        };
        let json = put(&self.json, &|out| write(given, out));
        let markdown = put(&self.markdown, &|out| markdown(given, out));
        let junit = put(&self.junit, &|out| junit(given, dialect, out));
        [json, markdown, junit].into_iter().flatten().filter_map(Result::err).collect()
    }

    /// A record is never written over: somebody may have signed it.
    fn refuse_to_write_over(&self) -> Result<(), Refusal> {
        let Some(folder) = &self.record else { return Ok(()) };
        let (json, html) = places(folder);
        let refuse = |message: String, hint: &str| {
            Err(Refusal::Input(vec![Diagnostic::new(Code::UnfitRecord, message).hint(hint)]))
        };
        let own = [Destination::File(json.clone()), Destination::File(html.clone())];
        let wanted = [&self.json, &self.markdown, &self.junit].into_iter().flatten();
        if let Some(Destination::File(path)) = wanted.into_iter().find(|place| own.iter().any(|own| own.is_same(place)))
        {
            return refuse(format!("{} is the record's own file", path.display()), "name another file for the report");
        }
        match [json, html].into_iter().find(|path| path.exists()) {
            Some(path) => {
                refuse(format!("there is a record already: {}", path.display()), "name another folder with `--record`")
            }
            None => Ok(()),
        }
    }

    /// Writes the record; where it is, and its digest.
    fn keep(&self, record: &mut GateRecord, beside: Option<&RunFolder>) -> std::io::Result<(PathBuf, String)> {
        let folder = match (&self.record, beside) {
            (Some(named), _) => run_at(named),
            (None, Some(folder)) => folder.path(),
            (None, None) => {
                let name = format!("{}-{}", run_id(record.answer.asked_at), record.answer.gate);
                RunFolder::create(&self.reports, &name)?.path()
            }
        };
        let (json, html) = places(&folder);
        std::fs::create_dir_all(&folder)?;
        // Of two gates with one folder, the one that is first here has it.
        std::fs::File::create_new(&json).map_err(|error| {
            std::io::Error::new(error.kind(), format!("making the record {}: {error}", json.display()))
        })?;
        let halves = Halves([&html, &json]);
        // No page says GO beside a record that is not there.
        write_atomically(&json, |out| seal(record, out))?;
        let page = page(record)?;
        write_atomically(&html, |out| out.write_all(page.as_bytes()))?;
        halves.are_whole();
        Ok((folder, record.digest.clone()))
    }

    fn options(&self) -> Result<GateOptions, Refusal> {
        Ok(GateOptions {
            checks: self.checks.checks.clone(),
            gates: self.gates.clone(),
            about: self.about(),
            max_age: self.max_age.map(|age| age.0),
            waivers: self.waivers.clone(),
            attestations: self.attestations.clone(),
            accept_flaky: self.accept_flaky,
            mode: if self.target.mock.is_some() { Mode::Mock } else { Mode::Live },
            environment: if self.from.is_empty() { None } else { self.known_environment()? },
        })
    }

    fn about(&self) -> Vec<AskedAbout> {
        let pools = self.pool.iter().map(|name| AskedAbout::Pool(name.clone()));
        let waves = self.wave.iter().map(|name| AskedAbout::Wave(name.clone()));
        let sites = self.site.iter().map(|name| AskedAbout::Site(name.clone()));
        pools.chain(waves).chain(sites).collect()
    }

    /// The environment file that runs of before are held against: the fixture's, or the one that
    /// is there.
    fn known_environment(&self) -> Result<Option<SourceText>, Vec<Diagnostic>> {
        if let Target::Mock { fixture, state, variant, .. } = self.target.target() {
            let resolved = Fixture::load(&fixture)?.resolve(state.as_deref(), variant.as_deref())?;
            return Ok(Some(SourceText::from(resolved.environment.source.as_ref())));
        }
        let named = self.target.environment.as_path();
        if named == Path::new("environment.yaml") && !named.is_file() {
            return Ok(None);
        }
        let read = yaml::read_source(named, Limits::default());
        read.map(|source| Some(SourceText::from(source.as_ref())))
            .map_err(|diagnostic| vec![diagnostic.hint("name it with --environment")])
    }

    /// Asks what the gate needs; whether somebody stopped it.
    async fn run(&self, asked: &AskedGate) -> Result<(RunFolder, bool), Refusal> {
        let asking = asked.asking()?;
        let options = Options {
            checks: self.checks.checks.clone(),
            target: self.target.target(),
            selection: asking.selection,
            allowed: self.effects.allow.clone(),
            reports: Some(self.reports.clone()),
            waivers: self.waivers.clone(),
            about: self.about(),
            everywhere: asking.everywhere,
            ..Options::default()
        };
        let attended = Attended::begin(self.quiet);
        let prepared = attended.prepare(options).await?;
        let finished = attended.run(prepared, Vec::new()).await?;
        let folder = finished.folder.ok_or_else(|| Refusal::Machine("the run left no folder".to_owned()))?;
        let written = folder.write(&finished.result, self.junit_dialect).and_then(|()| folder.make_latest());
        written.map_err(|error| Refusal::Machine(error.to_string()))?;
        match finished.trouble.first() {
            Some(trouble) => Err(Refusal::Machine(trouble.clone())),
            None => Ok((folder, finished.result.run.interrupted)),
        }
    }
}

/// The clock of the answer.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
}

/// The files of a record that is not whole yet. Nothing was there before, and half a record is none.
struct Halves<'p>([&'p Path; 2]);

impl Halves<'_> {
    fn are_whole(self) {
        std::mem::forget(self);
    }
}

impl Drop for Halves<'_> {
    fn drop(&mut self) {
        for half in self.0 {
            // The first error is the one to tell.
            let _ = std::fs::remove_file(half);
        }
    }
}

const fn code(answer: &GateAnswer) -> ExitCode {
    match answer.answer {
        Answer::Go => ExitCode::Holds,
        Answer::NoGo => ExitCode::Failed,
        Answer::Undecided => ExitCode::Undetermined,
    }
}
