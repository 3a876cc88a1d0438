//! A `<testsuite>`: its attributes, properties and the texts that belong to no case.

use std::io::{self, Write};

use jiff::Timestamp;

use super::case::strict_output;
use super::outcome::Tally;
use super::xml::{Xml, seconds};
use super::{Dialect, Report, step};
use crate::report::result::{Mode, RunInfo, SuiteResult};
use crate::report::text::shorten;

/// How much text of a suite is written.
const MOST_TEXT: usize = 48 * 1024;

impl Report<'_> {
    pub(super) fn suite(&mut self, xml: &mut Xml<impl Write>, index: usize, suite: &SuiteResult) -> io::Result<()> {
        let run = &self.result.run;
        let tally = Tally::of(&suite.cases, run.fail_on);
        let (started, millis) = span(suite, run);
        let host = if run.host.trim().is_empty() { "localhost" } else { &run.host };
        let name = step(&suite.name, "suite");
        xml.open(
            "testsuite",
            &[
                ("name", &name),
                ("package", &self.package),
                ("id", &index.to_string()),
                ("tests", &tally.tests.to_string()),
                ("failures", &tally.failures.to_string()),
                ("errors", &tally.errors.to_string()),
                ("skipped", &tally.skipped.to_string()),
                ("time", &seconds(millis)),
                ("timestamp", &started.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
                ("hostname", host),
            ],
        )?;
        properties(xml, suite, run)?;
        let classname = format!("{}.{name}", self.package);
        for case in &suite.cases {
            self.case(xml, &classname, case)?;
        }
        xml.text("system-out", &[], &self.output(suite))?;
        xml.text("system-err", &[], &self.complaints(index))?;
        xml.close("testsuite")
    }

    /// In the strict dialect: what a case may not say of itself.
    fn output(&self, suite: &SuiteResult) -> String {
        let mut output = String::new();
        if self.dialect == Dialect::Strict {
            for case in &suite.cases {
                output.push_str(&strict_output(self.result, case));
                if output.len() > MOST_TEXT {
                    output = shorten(&output, MOST_TEXT / 2).into_owned();
                    output.push_str("… more of the kind follows: see results.json\n");
                    break;
                }
            }
        }
        output
    }

    /// What is wrong with the run as a whole. Warnings are told once, in the first suite.
    fn complaints(&self, index: usize) -> String {
        let mut complaints = String::new();
        if self.result.run.interrupted {
            complaints.push_str("the run was interrupted: what was not judged until then is missing or an error\n");
        }
        if index == 0 {
            for warning in &self.result.warnings {
                complaints.push_str("warning: ");
                complaints.push_str(warning);
                complaints.push('\n');
            }
        }
        shorten(&complaints, MOST_TEXT).into_owned()
    }
}

fn properties(xml: &mut Xml<impl Write>, suite: &SuiteResult, run: &RunInfo) -> io::Result<()> {
    let vantages: Vec<String> = run.vantages.iter().map(ToString::to_string).collect();
    let mode = match run.mode {
        Mode::Live => "live",
        Mode::Mock => "mock",
        Mode::Replay => "replay",
    };
    xml.open("properties", &[])?;
    for (name, value) in [
        ("run.id", run.id.as_str()),
        ("environment", &run.environment),
        ("mode", mode),
        ("phase", &run.phase),
        ("vantages", &vantages.join(",")),
        ("fail-on", run.fail_on.as_str()),
        ("poolproof.version", &run.poolproof),
        ("suite.title", &suite.title),
        ("suite.file", &suite.file),
    ] {
        xml.empty("property", &[("name", name), ("value", value)])?;
    }
    xml.close("properties")
}

/// When the suite's first case began, and how many milliseconds later its last one ended.
/// Cases run at the same time: the sum of their times would be no time at all.
fn span(suite: &SuiteResult, run: &RunInfo) -> (Timestamp, u64) {
    let starts = suite.cases.iter().filter_map(|case| Some((case.started?, case.duration_ms)));
    let first = starts.clone().map(|(started, _)| started).min();
    let last = starts
        .map(|(started, millis)| started.as_millisecond().saturating_add(i64::try_from(millis).unwrap_or(i64::MAX)))
        .max();
    match (first, last) {
        (Some(first), Some(last)) => {
            (first, u64::try_from(last.saturating_sub(first.as_millisecond())).unwrap_or_default())
        }
        _ => (run.started, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{case, run};

    #[test]
    fn a_suite_lasts_from_its_first_start_to_its_last_end() {
        let at = |text: &str, millis| {
            case("a").with(|case| {
                case.started = Some(text.parse().expect("a time"));
                case.duration_ms = millis;
            })
        };
        let result = run([
            at("2026-11-22T19:00:05Z", 1_000),
            at("2026-11-22T19:00:02.5Z", 4_250),
            case("c").with(|case| case.started = None),
        ]);
        let (started, millis) = span(&result.suites[0], &result.run);
        assert_eq!((started.to_string().as_str(), millis), ("2026-11-22T19:00:02.5Z", 4_250));
    }

    #[test]
    fn a_suite_that_asked_nothing_takes_no_time() {
        let result = run([case("a").with(|case| case.started = None)]);
        assert_eq!(span(&result.suites[0], &result.run), (result.run.started, 0));
    }
}
