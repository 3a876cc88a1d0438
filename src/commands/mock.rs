//! `poolproof mock`

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;

use super::interrupts::interrupted;
use super::{complain, print};
use crate::Refusal;
use crate::exit::ExitCode;
use crate::mock::{Fixture, Mock};

/// Keep a mock deployment up for other clients
///
/// Prints where each address of the deployment is on loopback, from each vantage, and the
/// certificates of its authorities; stays until Ctrl-C.
#[derive(Debug, Args)]
pub struct MockCommand {
    /// The fixture's folder
    fixture: PathBuf,
    /// The state that it is in
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// The one thing gone wrong in it
    #[arg(long, value_name = "VARIANT")]
    variant: Option<String>,
    /// Write the authorities' certificates (PEM) here instead of printing them
    #[arg(long, value_name = "PATH")]
    authorities: Option<PathBuf>,
}

impl MockCommand {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let machine = |error: &dyn std::fmt::Display| Refusal::Machine(error.to_string());
        let resolved = Fixture::load(&self.fixture)?.resolve(self.state.as_deref(), self.variant.as_deref())?;
        let mock = Mock::start(&resolved.deployment, Timestamp::now()).await.map_err(|error| machine(&error))?;
        let mut text = format!("{}\n\n{}", resolved.title, mock.describe());
        match &self.authorities {
            Some(path) => std::fs::write(path, mock.authorities_pem()).map_err(|error| machine(&error))?,
            None => text += &format!("\n{}", mock.authorities_pem()),
        }
        text.push_str("\nready\n");
        let code = print(&text);
        complain("the mock deployment is up; Ctrl-C stops it");
        interrupted().await.map_err(|error| machine(&error))?;
        mock.stop().await;
        Ok(code)
    }
}
