//! `poolproof plan`

use clap::{Args, ValueEnum};

use super::arguments::{ChecksArguments, EffectArguments, SelectionArguments, TargetArguments};
use super::attended::unless_interrupted;
use super::print;
use crate::exit::ExitCode;
use crate::{Options, Prepared, Refusal, plan};

/// Show what a run would ask, and ask nothing
///
/// Prints every case, every question that is known before the run, where it goes, where
/// it comes from, how often, and which setting came from where.
#[derive(Debug, Args)]
pub struct PlanCommand {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    target: TargetArguments,
    #[command(flatten)]
    checks: ChecksArguments,
    #[command(flatten)]
    effects: EffectArguments,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// For whom output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

impl PlanCommand {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let options = Options {
            checks: self.checks.checks.clone(),
            target: self.target.target(),
            selection: self.selection.selection()?,
            allowed: self.effects.allow.clone(),
            ..Options::default()
        };
        let prepared = unless_interrupted(Box::pin(Prepared::make(options))).await?;
        let sources = prepared.sources();
        let text = match self.format {
            Format::Text => plan::text(&prepared.plan, &prepared.environment, &sources),
            Format::Json => format!("{:#}\n", plan::json(&prepared.plan, &prepared.environment, &sources)),
        };
        Ok(print(&text))
    }
}
