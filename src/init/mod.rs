//! `poolproof init`: a first environment file from what a deployment says of itself.
//!
//! A topology document, or a folder that the export script wrote, becomes an inventory; what
//! it knows of sites, pools and Edges becomes a [`Deployment`]; and that is written as a
//! commented `environment.yaml`, in which every guess is called one and what nobody said
//! is a comment. The file is a proposal: a person reads every line of it.

mod deployment;
mod find;
mod page;
mod product;
mod write;

use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Source};
use crate::environment::Environment;
use crate::inventory::source::export;
use crate::inventory::topology::{self, Topology};
use crate::inventory::{Builder, Expectations};

pub use deployment::Deployment;

/// A proposed environment file.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// The file.
    pub text: String,
    /// What it was made from, in numbers, for people.
    pub told: String,
    /// What looked odd where it was read.
    pub warnings: Vec<Diagnostic>,
}

/// Proposes an environment from a topology document or an export folder, whose reading is told.
///
/// # Errors
/// What is wrong with the document or folder, or that it names nothing an environment could
/// be made of.
pub fn propose(from: &Path, tell: export::Tell<'_>) -> Result<Proposal, Vec<Diagnostic>> {
    let name = from.display().to_string();
    if from.is_dir() {
        return of_export(from, &name, tell);
    }
    of_topology(&topology::load(from)?, &name)
}

fn of_export(folder: &Path, name: &str, tell: export::Tell<'_>) -> Result<Proposal, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    export::read(folder, name, &mut builder, tell)?;
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::now())));
    let mut deployment = find::deployment(&inventory);
    deployment.origin = format!("{name}, the folder of an export");
    of_deployment(&deployment)
}

/// Proposes an environment from a topology document that was read; `name` is what the file
/// calls it.
///
/// # Errors
/// That it names nothing an environment could be made of.
pub fn of_topology(topology: &Topology, name: &str) -> Result<Proposal, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    let source = builder.source("topology", name);
    let now = jiff::Timestamp::now();
    topology::deliver(&mut builder, source, topology, Some(now));
    let inventory = Arc::new(builder.finish(&Expectations::at(now)));
    let mut deployment = find::deployment(&inventory);
    find::complete(&mut deployment, topology, name);
    let mut proposal = of_deployment(&deployment)?;
    proposal.warnings.clone_from(&topology.warnings);
    Ok(proposal)
}

fn of_deployment(deployment: &Deployment) -> Result<Proposal, Vec<Diagnostic>> {
    let written = write::environment(deployment);
    if written.domains == 0 {
        let message = format!("no SIP domain in {}, and no environment is without one", deployment.origin);
        let hint = "check that it is the file you mean";
        return Err(vec![Diagnostic::new(Code::Inconsistent, message).hint(hint)]);
    }
    let source = Arc::new(Source::new("the proposed environment", written.text));
    // Whatever names a deployment has, what is written must be what `lint` accepts.
    Environment::of_source(Arc::clone(&source), std::path::PathBuf::new())?;
    Ok(Proposal { text: source.text.clone(), told: written.told, warnings: Vec::new() })
}
