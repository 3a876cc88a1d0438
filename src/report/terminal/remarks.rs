//! What does not stand in the way, and where to read on: the summary's end.

use std::collections::BTreeSet;
use std::path::Path;

use super::layout::{BOLD, DIM, Line, RED, YELLOW};
use super::summary::{Screen, list};
use crate::report::explain::{count, headline};
use crate::report::headline::skips;
use crate::report::result::{CaseResult, Verdict};
use crate::report::text::{clip, line};

/// How many waivers and warnings are shown.
const REMARKS: usize = 3;

impl Screen<'_> {
    /// What does not stand in the way, and where to read on.
    pub(super) fn tail(&self, reports: Option<&Path>) -> Vec<Line> {
        let mut lines = Vec::new();
        lines.extend(self.skipped());
        let flaky: Vec<&str> = self.result.cases().filter(|case| case.flaky).map(|case| case.key.as_str()).collect();
        if !flaky.is_empty() {
            let start = format!("flaky {}: ", flaky.len());
            let keys = list(flaky.into_iter(), self.width.saturating_sub(start.len()));
            lines.push(Line::starting(YELLOW, &start, &keys));
        }
        let waived = self.all(Verdict::Waived).map(|case| {
            let said = line(headline(case));
            format!("{}: {}", line(&case.key), said.strip_prefix("waived ").unwrap_or(&said))
        });
        lines.extend(self.remarks("waived", &waived.collect::<Vec<_>>()));
        lines.extend(self.connect());
        let warnings: Vec<String> = self.result.warnings.iter().map(|warning| line(warning).into_owned()).collect();
        lines.extend(self.remarks("warning", &warnings));
        if self.result.run.interrupted {
            let text = ": it was stopped before its end; what was not judged is not known";
            lines.extend(self.wrap(Line::starting(RED, "interrupted", text), 0));
        }
        if let Some(folder) = reports {
            // A path is copied, too.
            lines.push(Line::starting(BOLD, "reports:", &format!(" {}", line(&folder.display().to_string()))));
        }
        lines
    }

    fn skipped(&self) -> Vec<Line> {
        skips(self.result).map_or_else(Vec::new, |text| self.wrap(Line::starting(DIM, "skipped: ", &text), 9))
    }

    fn remarks(&self, word: &str, texts: &[String]) -> Vec<Line> {
        let more = texts.len().saturating_sub(REMARKS);
        let mut lines: Vec<Line> = texts
            .iter()
            .take(REMARKS)
            .map(|text| {
                Line::starting(YELLOW, word, &clip(&format!(": {text}"), self.width.saturating_sub(word.len())))
            })
            .collect();
        if more > 0 {
            lines.push(Line::painted(DIM, format!("… and {more} more {word}: see results.json")));
        }
        lines
    }

    /// What was asked of the future and not of the real path.
    fn connect(&self) -> Vec<Line> {
        let cases: Vec<&CaseResult> = self.result.cases().filter(|case| !case.connect.is_empty()).collect();
        if cases.is_empty() {
            return Vec::new();
        }
        let names: BTreeSet<&str> = cases.iter().flat_map(|case| case.connect.iter().map(String::as_str)).collect();
        let start =
            format!(": {} observed under `connect`, not on the real path: ", count(cases.len(), "case", "cases"));
        let room = (2 * self.width).saturating_sub("connect".len() + start.len() + 9);
        let names = list(names.into_iter(), room.max(30));
        self.wrap(Line::starting(YELLOW, "connect", &format!("{start}{names}")), 9)
    }
}
