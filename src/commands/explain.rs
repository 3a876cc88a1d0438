//! `poolproof explain`

use std::fmt::Write as _;

use clap::Args;

use super::arguments::ChecksArguments;
use super::print;
use crate::Refusal;
use crate::check::{Catalogue, Check, Expect};
use crate::diagnostic::{Code, Diagnostic, suggestion};
use crate::exit::ExitCode;

/// Tell all about one check
#[derive(Debug, Args)]
pub struct Explain {
    /// The check's id
    check: String,
    #[command(flatten)]
    checks: ChecksArguments,
}

impl Explain {
    pub(super) fn execute(self) -> Result<ExitCode, Refusal> {
        let catalogue = Catalogue::load(&self.checks.checks)?;
        let Some(check) = catalogue.check(&self.check) else {
            let hint = suggestion(&self.check, catalogue.checks().map(|check| check.id.as_str()).collect::<Vec<_>>());
            let message = format!("there is no check `{}`", self.check);
            return Err(Refusal::Input(vec![Diagnostic::new(Code::UnknownName, message).hint(hint)]));
        };
        Ok(print(&text(check)))
    }
}

fn text(check: &Check) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}\n  {}\n", check.id, check.title_text);
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            let _ = writeln!(out, "  {name:<10} {value}");
        }
    };
    row("suite", &check.suite);
    row("severity", &format!("{} ({})", check.severity.value.as_str(), check.severity.origin));
    row("due", &check.window.to_string());
    row("asked from", check.vantage.as_ref().map_or("anywhere", |vantage| vantage.0.as_str()));
    row("needs", &check.needs.iter().map(|need| need.value.as_str()).collect::<Vec<_>>().join(", "));
    row("tags", &check.tags.join(", "));
    row(
        "asks",
        &check.steps.iter().map(|step| format!("{} ({})", step.name, step.probe.name)).collect::<Vec<_>>().join(", "),
    );
    row("timeout", &format!("{} ({})", crate::values::Duration(check.timeout.value), check.timeout.origin));
    row("attempts", &format!("{} ({})", check.retry.value.attempts, check.retry.origin));
    row("leaves", &check.effects.iter().map(|effect| effect.as_str()).collect::<Vec<_>>().join(", "));
    row("waivable", if check.waivable { "" } else { "no" });
    row("written at", &check.place.to_string());
    if let Expect::All(expectations) = &check.expect {
        out.push_str("\n  It holds when\n");
        for expectation in expectations {
            let _ = writeln!(out, "    {}", expectation.text.replace('\n', "\n    "));
        }
    } else {
        out.push_str("\n  It holds when nothing is left of what it ranges over\n");
    }
    for (title, text) in [("Why", &check.because), ("Source", &check.source)] {
        if let Some(text) = text {
            let _ = writeln!(out, "\n  {title}\n    {}", text.trim().replace('\n', "\n    "));
        }
    }
    out
}
