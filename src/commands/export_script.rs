//! `poolproof export-script`

use clap::Args;

use super::print;
use crate::Refusal;
use crate::exit::ExitCode;
use crate::inventory::source::script::{Options, script};

/// Print the PowerShell script that exports a deployment
///
/// Run what it prints in Windows PowerShell 5.1 on a machine with the management tools:
/// `.\export.ps1 -Path C:\export`. It only reads; `Get-Help .\export.ps1 -Full` tells its
/// parameters, and docs/export.md the rest.
#[derive(Debug, Args)]
pub struct ExportScript {
    /// Only these datasets; all of them otherwise
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    dataset: Vec<String>,
    /// The deployment's name, as its environment file has it
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// The domain controller that every call asks which can be told one
    #[arg(long, value_name = "FQDN")]
    domain_controller: Option<String>,
}

impl ExportScript {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let Self { dataset: datasets, environment, domain_controller } = self;
        let options = Options { datasets, environment, domain_controller };
        match script(&options) {
            Ok(text) => Ok(print(&text)),
            Err(error) => Err(Refusal::Machine(error.to_string())),
        }
    }
}
