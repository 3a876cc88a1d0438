//! `poolproof schema`

use clap::{Args, ValueEnum};

use super::print;
use crate::Refusal;
use crate::check;
use crate::environment::EnvironmentFile;
use crate::exit::ExitCode;
use crate::gate::{AttestationsFile, GateAnswer, GateFile, GateRecord};
use crate::inventory::compare::ApprovedFile;
use crate::mock::{Deployment, InventoryFile, State, Variant};
use crate::notify::Notice;
use crate::report::RunResult;
use crate::report::compare::Comparison;
use crate::waivers::WaiversFile;

/// Print the JSON Schema of a file format
///
/// Editors complete from it: put `# yaml-language-server: $schema=<path>` at the top of a
/// check file.
#[derive(Debug, Args)]
pub struct SchemaCommand {
    /// Which format
    #[arg(value_enum)]
    format: SchemaName,
}

/// A file format that has a JSON Schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// Check files
    Suite,
    /// environment.yaml
    Environment,
    /// results.json
    Results,
    /// What `diff` of two runs and `run --only-changed-since` tell
    Comparison,
    /// What --notify posts
    Notice,
    /// waivers.yaml
    Waivers,
    /// attestations.yaml
    Attestations,
    /// Gate files
    Gate,
    /// The answer of a gate
    Answer,
    /// The record of a gate
    Record,
    /// A file with approved changes, of `diff`
    Approved,
    /// A fixture's deployment.yaml
    Deployment,
    /// A fixture's inventory.yaml
    Inventory,
    /// A fixture's state
    State,
    /// A fixture's variant
    Variant,
}

impl SchemaName {
    /// The schema.
    #[must_use]
    pub fn schema(self) -> schemars::Schema {
        match self {
            Self::Suite => check::suite_schema(),
            Self::Environment => schemars::schema_for!(EnvironmentFile),
            Self::Results => schemars::schema_for!(RunResult),
            Self::Comparison => schemars::schema_for!(Comparison),
            Self::Notice => schemars::schema_for!(Notice),
            Self::Waivers => schemars::schema_for!(WaiversFile),
            Self::Attestations => schemars::schema_for!(AttestationsFile),
            Self::Gate => schemars::schema_for!(GateFile),
            Self::Answer => schemars::schema_for!(GateAnswer),
            Self::Record => schemars::schema_for!(GateRecord),
            Self::Approved => schemars::schema_for!(ApprovedFile),
            Self::Deployment => schemars::schema_for!(Deployment),
            Self::Inventory => schemars::schema_for!(InventoryFile),
            Self::State => schemars::schema_for!(State),
            Self::Variant => schemars::schema_for!(Variant),
        }
    }
}

impl SchemaCommand {
    #[expect(clippy::unnecessary_wraps, reason = "every command has this signature")]
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        Ok(print(&format!("{:#}\n", self.format.schema().to_value())))
    }
}
