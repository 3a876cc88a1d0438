//! `poolproof list`

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::arguments::{ChecksArguments, SelectionArguments};
use super::plan::Format;
use super::print;
use crate::Refusal;
use crate::check::{Catalogue, Check};
use crate::exit::ExitCode;
use crate::mock::Fixture;

/// List checks, or a fixture's states and variants
#[derive(Debug, Args)]
pub struct List {
    #[command(flatten)]
    selection: SelectionArguments,
    #[command(flatten)]
    checks: ChecksArguments,
    /// List the states and variants of this fixture instead
    #[arg(long, value_name = "FIXTURE")]
    mock: Option<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

impl List {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        if let Some(folder) = &self.mock {
            return Ok(print(&fixture(&Fixture::load(folder)?)));
        }
        let selection = self.selection.selection()?;
        let catalogue = Catalogue::load(&self.checks.checks)?;
        let checks: Vec<&Check> =
            catalogue.checks().map(AsRef::as_ref).filter(|check| selection.takes(check)).collect();
        if checks.is_empty() {
            return Err(Refusal::NothingSelected("no check was selected".to_owned()));
        }
        Ok(print(&match self.format {
            Format::Text => text(&checks),
            Format::Json => format!("{:#}\n", checks.iter().map(|check| one(check)).collect::<serde_json::Value>()),
        }))
    }
}

fn text(checks: &[&Check]) -> String {
    let mut out = String::new();
    let mut suite = "";
    for check in checks {
        if check.suite != suite {
            suite = &check.suite;
            let _ = writeln!(out, "{}{suite}", if out.is_empty() { "" } else { "\n" });
        }
        let _ = writeln!(
            out,
            "  {:<36} {:<8} {:<24} {}",
            check.id,
            check.severity.value.as_str(),
            check.window.to_string(),
            check.title_text
        );
    }
    let _ = writeln!(out, "\n{} checks; `poolproof explain <check>` tells all about one", checks.len());
    out
}

fn one(check: &Check) -> serde_json::Value {
    json!({
        "id": check.id,
        "suite": check.suite,
        "title": check.title_text,
        "severity": check.severity.value,
        "applies": check.window,
        "vantage": check.vantage,
        "tags": check.tags,
        "needs": check.needs.iter().map(|need| &need.value).collect::<Vec<_>>(),
        "effects": check.effects.iter().map(|effect| effect.as_str()).collect::<Vec<_>>(),
        "location": check.place.to_string(),
    })
}

fn fixture(fixture: &Fixture) -> String {
    let mut out = String::from("states\n");
    for (name, state) in fixture.states() {
        let _ = writeln!(out, "  {name:<32} {}", state.title);
    }
    out.push_str("\nvariants\n");
    for (name, variant) in fixture.variants() {
        let _ = writeln!(out, "  {name:<32} {} (in {})", variant.title, variant.on().unwrap_or("base"));
    }
    out
}
