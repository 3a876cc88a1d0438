//! `poolproof verify`

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::print;
use crate::Refusal;
use crate::exit::ExitCode;
use crate::gate::{Belongs, Verification, verify};
use crate::report::text::line;

/// Say whether a gate's record, its evidence and the verdicts belong together
///
/// Judges the evidence again, with the check files, waivers, attestations and clock of the
/// record, and names every file that is not what it was. Exits 0 if all belongs together, 1 if
/// something does not, 3 if something could not be looked at.
#[derive(Debug, Args)]
pub struct Verify {
    /// The record's folder, or its record.json
    record: PathBuf,
    /// The folder of one of its runs, where that is not beside the record. Repeatable
    #[arg(long, value_name = "RUN")]
    run: Vec<PathBuf>,
    /// The digest in the change ticket: shows a record that was rewritten as a whole
    #[arg(long, value_name = "DIGEST")]
    digest: Option<String>,
}

impl Verify {
    pub(super) async fn execute(self) -> Result<ExitCode, Refusal> {
        let found = verify(&self.record, &self.run, self.digest.as_deref()).await?;
        let printed = print(&told(&found, self.digest.is_some()));
        Ok(match (found.holds(), printed) {
            (Some(true), printed) => printed,
            (Some(false), _) => ExitCode::Failed,
            (None, _) => ExitCode::Undetermined,
        })
    }
}

fn told(found: &Verification, given: bool) -> String {
    let answer = &found.record.answer;
    let mut text = format!(
        "{} · {} · {}: {}\nasked at {} by {} on {}, good until {}\n\n",
        line(&answer.gate),
        line(&answer.environment),
        line(&answer.scope()),
        line(&answer.headline()),
        answer.asked_at,
        line(&found.record.asked_by),
        line(&answer.host),
        answer.valid_until,
    );
    for one in &found.looked {
        let (word, why) = match &one.belongs {
            Belongs::Yes => ("as it was", ""),
            Belongs::No(why) => ("NOT SO", why.as_str()),
            Belongs::Unknown(why) => ("not known", why.as_str()),
            Belongs::Aside(why) => ("left out", why.as_str()),
        };
        let why = if why.is_empty() { String::new() } else { format!(": {}", line(why)) };
        // Writing to a string can't fail.
        let _ = writeln!(text, "{word:<10} {}{why}", line(&one.at));
    }
    text += match found.holds() {
        Some(true) if given => "\nVERIFIED: record, evidence and verdicts belong together\n",
        Some(true) => {
            "\nVERIFIED: record, evidence and verdicts belong together. Whether it is the record that was signed \
             shows with --digest alone\n"
        }
        Some(false) => "\nNOT VERIFIED: they do not belong together\n",
        None => "\nNOT VERIFIED: not everything could be looked at\n",
    };
    text
}
