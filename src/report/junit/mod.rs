//! JUnit XML, in two dialects, since its readers and schemas contradict each other.
//!
//! Common to both is what every reader understands: one level of suites, one outcome a
//! case (a skip never shares a case with a failure: readers disagree about which wins),
//! names unique in the file (GitLab keeps only the first of equal ones), UTC times
//! without zone or fraction, at most three decimals. [`Dialect::Jenkins`] adds totals at
//! the root and the attempts of flaky cases; [`Dialect::Strict`] is what Jenkins'
//! `junit-10.xsd` and Ant's schema agree on.
//!
//! The file is streamed and bounded: GitLab refuses files above 30 MB.

mod case;
mod outcome;
mod suite;
mod xml;

use std::collections::HashSet;
use std::io::{self, BufWriter, Write};

use self::outcome::Tally;
use self::xml::{Xml, seconds};
use super::result::RunResult;

/// Which JUnit XML is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialect {
    /// What Jenkins and most others read: with totals, and the attempts of flaky cases.
    #[default]
    Jenkins,
    /// Nothing but what Jenkins' and Ant's schemas both allow.
    Strict,
}

/// What all of one file's parts need to know.
struct Report<'a> {
    result: &'a RunResult,
    dialect: Dialect,
    /// The environment's name, as one step of a dotted class name.
    package: String,
    /// The case names given so far.
    names: HashSet<String>,
}

/// Writes a run as JUnit XML. The writer is buffered here and flushed at the end.
///
/// # Errors
/// What the writer says.
pub fn write(result: &RunResult, dialect: Dialect, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let mut xml = Xml::new(BufWriter::new(out))?;
    let mut report =
        Report { result, dialect, package: step(&result.run.environment, "environment"), names: HashSet::new() };
    match dialect {
        Dialect::Strict => xml.open("testsuites", &[])?,
        Dialect::Jenkins => {
            let all = Tally::of(result.cases(), result.run.fail_on);
            let time = result.run.finished.duration_since(result.run.started);
            xml.open(
                "testsuites",
                &[
                    ("name", &format!("poolproof {}", result.run.environment)),
                    ("time", &seconds(u64::try_from(time.as_millis()).unwrap_or(0))),
                    ("tests", &all.tests.to_string()),
                    ("failures", &all.failures.to_string()),
                    ("errors", &all.errors.to_string()),
                ],
            )?;
        }
    }
    for (index, suite) in result.suites.iter().enumerate() {
        report.suite(&mut xml, index, suite)?;
    }
    xml.close("testsuites")?;
    xml.finish()
}

/// A name as one step of a dotted class name: readers split at the last dot, and some
/// make folders of it.
fn step(name: &str, otherwise: &str) -> String {
    let safe = |char: char| if char.is_alphanumeric() || char == '-' || char == '_' { char } else { '_' };
    let step: String = name.trim().chars().take(200).map(safe).collect();
    if step.is_empty() { otherwise.to_owned() } else { step }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_name_has_one_dot() {
        assert_eq!(step("contoso.com / test", "environment"), "contoso_com___test");
        assert_eq!(step("Zürich-2", "environment"), "Zürich-2");
        assert_eq!(step("  ", "environment"), "environment");
        assert_eq!(step("a\u{202e}\u{1b}b", "environment"), "a__b");
    }
}
