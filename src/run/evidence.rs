//! What a run left behind: its journal, and the inventory beside it. Several are joined
//! where they stood at several places.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

use super::header::Header;
use super::origin::Origin;
use super::recorded::{Recording, RecordingError};
use crate::check::{Catalogue, Selection};
use crate::diagnostic::{Code, Diagnostic};
use crate::environment::Environment;
use crate::facts::{Base, Roots};
use crate::inventory::sha256_of;
use crate::observe::{Journal, Line};
use crate::plan::{Plan, Request, Scope};
use crate::report::RunInfo;
use crate::report::files::{EVIDENCE, run_at};
use crate::waivers::Waivers;

/// What a run left behind.
#[derive(Debug)]
pub struct Evidence {
    /// What it was made of.
    pub header: Header,
    /// What it observed.
    pub recording: Recording,
    /// The folder that the inventory is in.
    folder: PathBuf,
    /// The runs that it is of.
    pub of: Vec<Origin>,
}

/// How evidence is judged again.
#[derive(Clone, Debug)]
pub struct Again {
    /// The checks that judge.
    pub catalogue: Catalogue,
    /// Which of them.
    pub selection: Selection,
    /// What is asked about.
    pub scope: Scope,
    /// The signed-off exceptions.
    pub waivers: Arc<Waivers>,
}

impl Evidence {
    /// Reads a run's journal: its folder, or the journal itself.
    ///
    /// # Errors
    /// It can't be read, or was not written by a version that this one understands.
    pub fn read(run: &Path) -> Result<Self, Vec<Diagnostic>> {
        let journal = if run.is_dir() { run_at(run).join(EVIDENCE) } else { run.to_owned() };
        let wrong = |message: String| vec![Diagnostic::new(Code::Unreadable, message)];
        let (header, recording) =
            Recording::read(&journal).map_err(|error: RecordingError| wrong(error.to_string()))?;
        let digest =
            sha256_of(&journal).map_err(|error| wrong(format!("can't read {}: {error}", journal.display())))?;
        let folder = journal.parent().unwrap_or(Path::new("")).to_owned();
        let (finished, interrupted) = recording.end(header.info.started);
        let info = RunInfo { finished, interrupted, ..header.info };
        let joined = header.joined.clone();
        let header = Header { info: info.clone(), ..header };
        Ok(Self { header, recording, folder, of: vec![Origin { info, digest, joined }] })
    }

    /// Joins what several runs left behind. They must be of one environment, and made with
    /// one set of check files. The inventory is that of the latest run that read one; the
    /// clock that of the latest run.
    ///
    /// # Errors
    /// They don't belong together.
    pub fn join(mut all: Vec<Self>) -> Result<Self, Vec<Diagnostic>> {
        all.sort_by_key(|one| one.header.info.started);
        let mut rest = all.into_iter();
        let Some(mut joined) = rest.next() else {
            return Err(vec![Diagnostic::new(Code::UnfitRun, "no run was named")]);
        };
        for other in rest {
            let (ours, theirs) = (&joined.header, &other.header);
            let pair = format!("{} and {}", ours.info.id, theirs.info.id);
            let unfit = |message: String, hint: &str| Err(vec![Diagnostic::new(Code::UnfitRun, message).hint(hint)]);
            if ours.environment.text != theirs.environment.text {
                let message = format!("the runs {pair} were made with different environment files");
                return unfit(message, "run both with the same file, in the same phase");
            }
            if !ours.made_of(&theirs.suites) {
                return unfit(
                    format!("the runs {pair} were made with different check files"),
                    "run both with the same",
                );
            }
            if ours.info.mode != theirs.info.mode {
                let message = format!("of the runs {pair}, one is against a mock deployment and the other is not");
                return unfit(message, "what a mock deployment shows proves nothing of the real one");
            }
            let ids = |one: &Self| one.parts().map(|origin| origin.info.id.clone()).collect::<BTreeSet<_>>();
            if let Some(twice) = ids(&joined).intersection(&ids(&other)).next() {
                return unfit(format!("the run {twice} is named twice"), "name each once, by itself or joined");
            }
            joined.take(other);
        }
        Ok(joined)
    }

    /// Takes in a later run.
    fn take(&mut self, other: Self) {
        self.recording.join(other.recording);
        let (header, later) = (&mut self.header, other.header);
        if later.gathered.is_some() {
            self.folder = other.folder;
            header.gathered = later.gathered;
        }
        for id in later.selected {
            if !header.selected.contains(&id) {
                header.selected.push(id);
            }
        }
        for effect in later.allowed {
            if !header.allowed.contains(&effect) {
                header.allowed.push(effect);
            }
        }
        for warning in later.warnings {
            if !header.warnings.contains(&warning) {
                header.warnings.push(warning);
            }
        }
        if later.waivers.is_some() {
            header.waivers = later.waivers;
        }
        let (info, later) = (&mut header.info, later.info);
        for vantage in later.vantages {
            if !info.vantages.contains(&vantage) {
                info.vantages.push(vantage);
            }
        }
        // A check that names no vantage asks from inside, where most of the field stands.
        info.vantages.sort_by_key(|vantage| vantage.0 != "internal");
        info.started = later.started;
        info.finished = info.finished.max(later.finished);
        info.interrupted |= later.interrupted;
        self.of.extend(other.of);
    }

    /// Plans its cases again.
    ///
    /// # Errors
    /// The recorded files are not what this version of Poolproof reads.
    pub fn plan(&self, again: &Again) -> Result<(Environment, Plan), Vec<Diagnostic>> {
        let environment = self.environment()?;
        let request = Request {
            selection: again.selection.clone(),
            vantages: self.header.info.vantages.clone(),
            allowed: self.header.allowed.clone(),
            now: self.header.info.started,
            phase: again.scope.phase().unwrap_or(environment.view.phase),
            scope: again.scope.clone(),
            waivers: Arc::clone(&again.waivers),
        };
        let roots = match self.base(&environment)? {
            Some(base) => Roots::new(&environment, Ok(base)),
            None if environment.file.inventory.is_some() => {
                Roots::new(&environment, Err("the recorded run did not read the inventory".to_owned()))
            }
            None => Roots::without_inventory(&environment),
        };
        let plan = Plan::make(&again.catalogue, &environment, roots, request)?;
        Ok((environment, plan))
    }

    /// The recorded environment.
    ///
    /// # Errors
    /// It is not what this version of Poolproof reads.
    pub fn environment(&self) -> Result<Environment, Vec<Diagnostic>> {
        Environment::of_source((&self.header.environment).into(), PathBuf::new())
    }

    /// The inventory that was read.
    ///
    /// # Errors
    /// It is missing, or is not the one that was judged.
    pub fn base(&self, environment: &Environment) -> Result<Option<Arc<Base>>, Vec<Diagnostic>> {
        let kept = self.header.gathered.as_ref();
        kept.map(|kept| kept.recall(&self.folder, environment, self.header.info.started)).transpose()
    }

    /// Writes it as one run's: a journal, and the inventory beside it.
    ///
    /// # Errors
    /// What can't be written.
    pub fn write(&self, folder: &Path) -> std::io::Result<()> {
        if let Some(kept) = &self.header.gathered {
            kept.copy(&self.folder, folder)?;
        }
        let joined: Vec<Origin> = self.parts().cloned().collect();
        let joined = if joined.len() > 1 { joined } else { Vec::new() };
        let header = Header { joined, ..self.header.clone() };
        let header = serde_json::to_value(&header).map_err(std::io::Error::other)?;
        let path = folder.join(EVIDENCE);
        let journal = Journal::create(&path, &self.header.info.id, header)?;
        let mut last = false;
        for line in self.recording.lines() {
            last |= matches!(line, Line::Finished { .. });
            journal.write(&line);
        }
        if !last {
            let (at, interrupted) = self.recording.end(self.header.info.started);
            journal.write(&Line::Finished { at, interrupted });
        }
        journal.error().map_or(Ok(()), Err)
    }

    /// The folder that its files are in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The runs that asked, each by itself.
    pub fn parts(&self) -> impl Iterator<Item = &Origin> {
        self.of.iter().flat_map(Origin::parts)
    }

    /// When the first of its runs began.
    #[must_use]
    pub fn oldest(&self) -> Timestamp {
        self.parts().map(|origin| origin.info.started).min().unwrap_or(self.header.info.started)
    }
}
