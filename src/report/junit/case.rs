//! A `<testcase>`: its name, its one outcome, and the text that explains it.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::outcome::Outcome;
use super::xml::{Xml, seconds};
use super::{Dialect, Report};
use crate::observe::{Attempt, ErrorClass, Observation};
use crate::report::explain::{body, earlier_attempts, notes, question_text};
use crate::report::result::{CaseResult, RunResult, Verdict};
use crate::report::text::{clip, line, printable, shorten};

/// How many bytes of text a case may have: Jenkins cuts beyond 50,000 by itself.
const CASE_TEXT: usize = 48 * 1024;
/// How large the file may grow before texts give way to pointers.
const FILE_SIZE: u64 = 25 * 1024 * 1024;
/// How many characters an attribute may have, and may have in a file that is too large.
const MESSAGE: usize = 1_000;
const SHORT_MESSAGE: usize = 100;
/// How many earlier attempts of a flaky case are shown.
const ATTEMPTS: usize = 10;
/// What is said of a flaky case whose attempts are not at hand.
const RETRIED: &str = "passed after a retry: see evidence.ndjson";

impl Report<'_> {
    pub(super) fn case(&mut self, xml: &mut Xml<impl Write>, classname: &str, case: &CaseResult) -> io::Result<()> {
        let name = self.unique(&case.key);
        let attributes = [("name", name.as_str()), ("classname", classname), ("time", &seconds(case.duration_ms))];
        let outcome = Outcome::of(case, self.result.run.fail_on);
        let output = self.case_output(case, &outcome);
        if outcome == Outcome::Passed && output.is_none() {
            return xml.empty("testcase", &attributes);
        }
        xml.open("testcase", &attributes)?;
        let full = xml.written() >= FILE_SIZE;
        let message = |text: &str| one_line(text, if full { SHORT_MESSAGE } else { MESSAGE });
        match &outcome {
            Outcome::Passed => {}
            Outcome::Failed(why) => {
                let attributes = [("type", "assertion"), ("message", &message(why))];
                xml.text("failure", &attributes, &self.text(case, full))?;
            }
            Outcome::Errored(kind, why) => {
                let attributes = [("type", &*message(kind)), ("message", &message(why))];
                xml.text("error", &attributes, &self.text(case, full))?;
            }
            Outcome::Skipped(why) if case.verdict == Verdict::Skip => {
                xml.empty("skipped", &[("message", &message(why))])?;
            }
            // Not counted, yet somebody will want to read it.
            Outcome::Skipped(why) => xml.text("skipped", &[("message", &message(why))], &self.text(case, full))?,
        }
        if let Some(notes) = output {
            self.attempts(xml, case, full)?;
            if !notes.is_empty() && !full {
                xml.text("system-out", &[], &notes)?;
            }
        }
        xml.close("testcase")
    }

    /// In the Jenkins dialect: what a passed case has to say of itself, if anything.
    fn case_output(&self, case: &CaseResult, outcome: &Outcome) -> Option<String> {
        if self.dialect == Dialect::Strict || *outcome != Outcome::Passed {
            return None;
        }
        let notes = notes(case);
        (case.flaky || !notes.is_empty()).then(|| {
            let text: String = notes.iter().flat_map(|note| [note, "\n"]).collect();
            fit(&text, CASE_TEXT)
        })
    }

    /// The attempts that failed before a flaky case passed. Jenkins reads `flakyFailure`
    /// and not `flakyError`, whatever made them fail.
    fn attempts(&self, xml: &mut Xml<impl Write>, case: &CaseResult, full: bool) -> io::Result<()> {
        if !case.flaky {
            return Ok(());
        }
        for (observation, attempt) in earlier_attempts(self.result, case).take(if full { 1 } else { ATTEMPTS }) {
            let message = one_line(&attempt.error.message, if full { SHORT_MESSAGE } else { MESSAGE });
            xml.open("flakyFailure", &[("type", class(attempt.error.class)), ("message", &message)])?;
            xml.text("stackTrace", &[], &fit(&attempt_text(observation, attempt), CASE_TEXT / ATTEMPTS))?;
            xml.close("flakyFailure")?;
        }
        if earlier_attempts(self.result, case).next().is_none() {
            xml.empty("flakyFailure", &[("type", "retry"), ("message", RETRIED)])?;
        }
        Ok(())
    }

    /// All that is known of a case, in bounds.
    fn text(&self, case: &CaseResult, full: bool) -> String {
        if full {
            return "left out, since this file is large enough: see results.json".to_owned();
        }
        fit(&body(self.result, case), CASE_TEXT)
    }

    /// The case's key, or that with a number: a reader that sees a name twice drops one.
    fn unique(&mut self, key: &str) -> String {
        let key = one_line(key, MESSAGE);
        let key = if key.is_empty() { "case".to_owned() } else { key };
        let mut name = key.clone();
        let mut again = 1_usize;
        while !self.names.insert(name.clone()) {
            again += 1;
            name = format!("{key} #{again}");
        }
        name
    }
}

/// What a passed case has to say, where the schema lets only its suite speak.
pub(super) fn strict_output(result: &RunResult, case: &CaseResult) -> String {
    let mut output = String::new();
    if case.verdict != Verdict::Pass {
        return output;
    }
    let mut say = |text: &str| {
        // Writing to a string can't fail.
        let _ = writeln!(output, "{}: {}", case.key, line(text));
    };
    if case.flaky {
        for (observation, attempt) in earlier_attempts(result, case).take(ATTEMPTS) {
            say(&format!("flaky: {}", attempt_text(observation, attempt)));
        }
        if earlier_attempts(result, case).next().is_none() {
            say(RETRIED);
        }
    }
    for note in notes(case) {
        say(&note);
    }
    output
}

/// The text within a bound, before and after what is unsafe in it was escaped: megabytes
/// are not escaped only to be left out.
fn fit(text: &str, most: usize) -> String {
    shorten(&printable(&shorten(text, most)), most).into_owned()
}

/// At most so many characters, on one line.
fn one_line(text: &str, most: usize) -> String {
    clip(&line(&clip(text, 4 * most)), most).into_owned()
}

fn attempt_text(observation: &Observation, attempt: &Attempt) -> String {
    format!("{}: {}: {}", attempt.started, question_text(&observation.question), attempt.error.message)
}

fn class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Timeout => "timeout",
        ErrorClass::Connect => "connect",
        ErrorClass::Resolve => "resolve",
        ErrorClass::Tls => "tls",
        ErrorClass::Protocol => "protocol",
        ErrorClass::Auth => "auth",
        ErrorClass::Unsupported => "unsupported",
        ErrorClass::NotAsked => "not-asked",
        ErrorClass::Interrupted => "interrupted",
        ErrorClass::Internal => "internal",
    }
}
