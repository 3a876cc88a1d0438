//! What is asked: a gate that was found, with all that it asks for and the files that it is
//! asked with. Everything is read before anything is run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::attestation::Attestations;
use super::load::Gates;
use super::model::Gate;
use crate::Refusal;
use crate::check::{Catalogue, Selection};
use crate::diagnostic::{Diagnostic, Source};
use crate::plan::AskedAbout;
use crate::report::Mode;
use crate::run::SourceText;
use crate::yaml::{self, Limits};

/// How a gate is asked.
#[derive(Clone, Debug, Default)]
pub struct GateOptions {
    /// Check files and folders; `builtin`, or nothing, for the shipped ones.
    pub checks: Vec<PathBuf>,
    /// Gate files and folders besides the shipped gates.
    pub gates: Vec<PathBuf>,
    /// What it is asked about.
    pub about: Vec<AskedAbout>,
    /// How old the oldest run may be; the gate's own bound if none is given.
    pub max_age: Option<Duration>,
    /// The file with signed-off exceptions.
    pub waivers: Option<PathBuf>,
    /// The file with what persons have stated.
    pub attestations: Option<PathBuf>,
    /// Whether what passed after it had failed is good enough.
    pub accept_flaky: bool,
    /// How the environment has to have been reached.
    pub mode: Mode,
    /// The environment file that runs must have been made with, where it is known.
    pub environment: Option<SourceText>,
}

/// A gate that was found, with all that it asks for.
#[derive(Debug)]
pub struct AskedGate {
    /// The gate.
    pub gate: Gate,
    /// The checks.
    pub catalogue: Catalogue,
    /// Every item that some gate asks persons for.
    pub(super) items: BTreeSet<String>,
    /// The gate's file, and those of the user's own gates.
    pub(super) gates: Vec<Arc<Source>>,
    pub(super) terms: Terms,
}

/// What an answer is held against, besides evidence and checks.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    pub(super) about: Vec<AskedAbout>,
    pub(super) max_age: Duration,
    pub(super) waivers: Option<Arc<Source>>,
    pub(super) attestations: Option<Arc<Source>>,
    pub(super) accept_flaky: bool,
    pub(super) mode: Mode,
    pub(super) environment: Option<SourceText>,
}

/// What a run has to be asked for, so that a gate can be answered from it.
pub struct Asking {
    /// Which checks.
    pub selection: Selection,
    /// Those that count as a whole.
    pub everywhere: BTreeSet<String>,
}

impl AskedGate {
    /// Finds a gate, the checks that it asks for, and the files that it is asked with.
    ///
    /// # Errors
    /// What is wrong with the files, or with what it is asked about.
    pub fn find(name: &str, options: GateOptions) -> Result<Self, Refusal> {
        let gates = Gates::load(&options.gates)?;
        let catalogue = Catalogue::load(&options.checks)?;
        let waivers = named(options.waivers.as_deref(), "`--waivers` takes a file such as docs/waivers.md describes")?;
        let attestations = named(
            options.attestations.as_deref(),
            "`--attestations` takes a file such as docs/attestations.md describes",
        )?;
        let terms = Terms {
            max_age: options.max_age.map_or_else(|| gates.named(name).map(|gate| gate.max_age), Ok)?,
            about: options.about,
            waivers,
            attestations,
            accept_flaky: options.accept_flaky,
            mode: options.mode,
            environment: options.environment,
        };
        Self::of(name, &gates, catalogue, terms)
    }

    /// A gate under terms that are known.
    pub(super) fn of(name: &str, gates: &Gates, catalogue: Catalogue, terms: Terms) -> Result<Self, Refusal> {
        let gate = gates.named(name)?.clone();
        gate.may_be_asked_about(&terms.about)?;
        gate.own(&catalogue)?;
        if let Some(source) = &terms.attestations {
            Attestations::of_source(source)?;
        }
        let items = gates.all.iter().flat_map(|gate| &gate.attestations).map(|demand| demand.item.clone()).collect();
        let mut sources = vec![Arc::clone(&gate.source)];
        sources.extend(gates.own().filter(|own| own.name != gate.name).map(|own| Arc::clone(&own.source)));
        Ok(Self { gate, catalogue, items, gates: sources, terms })
    }

    /// What a run has to be asked for.
    ///
    /// # Errors
    /// The gate asks for checks that aren't there.
    pub fn asking(&self) -> Result<Asking, Refusal> {
        let demanded = self.gate.demanded(&self.catalogue)?;
        let selection = Selection::of_ids(demanded.iter().map(|check| check.id.as_str()));
        Ok(Asking { selection, everywhere: self.gate.everywhere(&self.catalogue)? })
    }
}

/// A file, where one is named.
fn named(path: Option<&Path>, hint: &str) -> Result<Option<Arc<Source>>, Vec<Diagnostic>> {
    let read = path.map(|path| yaml::read_source(path, Limits::default()));
    read.transpose().map_err(|diagnostic| vec![diagnostic.hint(hint)])
}
