//! Topology documents: sites, pools, servers, services and ports as they are published,
//! or as Topology Builder saved them.
//!
//! `Get-CsTopology -AsXml` and Topology Builder write the same facts in two forms; both
//! become one [`Topology`]. It is a source of the inventory (it fills sites, pools,
//! computers, services and SIP domains under the cmdlets' names), the other way from a
//! home server's directory name to its pool ([`Topology::cluster_of_pair`],
//! [`Topology::pairs`]), and what `poolproof init` makes an environment from.
//!
//! What a document cannot know (users, policies, patch levels, anything that was changed
//! after it was written) stays unknown. Spellings that no sample and no documentation
//! shows are marked UNCONFIRMED where they are read, and nothing is concluded from their
//! absence.

mod document;
mod names;
mod read;
mod records;
mod source;
mod text;
mod xml;

use std::path::Path;
use std::sync::Arc;

pub use document::{
    Cluster, ClusterIndex, Dependency, Details, Form, Host, Interface, Machine, Port, Service, ServiceIndex, SimpleUrl,
    SipDomain, Site, SiteIndex, SqlIndex, SqlInstance, Topology,
};
pub use names::role;
pub use source::{deliver, gather};
pub use text::{decode, read_source};

use crate::diagnostic::{Diagnostic, Source};

/// What a document may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Elements in it. A pool of every role has about 250.
    pub elements: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Bytes of one attribute's value, or of a namespace's name.
    pub value: usize,
    /// Nesting.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 32 << 20, elements: 300_000, attributes: 64, value: 2048, depth: 48 }
    }
}

/// Reads a topology document from a file.
///
/// # Errors
/// Everything that is wrong with it, with places; broken XML stops at its first error.
pub fn load(path: &Path) -> Result<Topology, Vec<Diagnostic>> {
    let source = read_source(path, Limits::default()).map_err(|diagnostic| vec![diagnostic])?;
    parse(&source, Limits::default())
}

/// Reads a topology document from its text.
///
/// # Errors
/// Everything that is wrong with it, with places; broken XML stops at its first error.
pub fn parse(source: &Arc<Source>, limits: Limits) -> Result<Topology, Vec<Diagnostic>> {
    let root = xml::parse(source, limits).map_err(|fault| vec![*fault.0])?;
    read::read(source, &root)
}
