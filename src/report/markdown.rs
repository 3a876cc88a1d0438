//! Markdown for job summaries and change tickets: the verdict, what stands in the way, and
//! how many cases of each suite ended how. GitHub's flavour, and bounded: a job summary may
//! have 1 MiB.

use std::io::{self, Write};

use super::explain::{elapsed, groups, headline};
use super::headline::{counts, in_the_way, mode, skips, word};
use super::result::{CaseResult, RunResult, Verdict};
use super::text::{clip, line};

/// How many findings are told at length.
const FINDINGS: usize = 50;
/// How many members of a finding are named.
const MEMBERS: usize = 5;
/// How many characters of one text are shown.
const LONGEST: usize = 600;

/// Writes the summary.
///
/// # Errors
/// What the writer says.
pub fn write(result: &RunResult, out: &mut dyn Write) -> io::Result<()> {
    let run = &result.run;
    let (_, word) = word(result);
    let vantages: Vec<&str> = run.vantages.iter().map(|vantage| vantage.0.as_str()).collect();
    let took = elapsed(run.finished.duration_since(run.started).try_into().unwrap_or_default());
    writeln!(out, "# {word}: {}\n", escaped(&run.environment))?;
    writeln!(out, "{}\n", escaped(&counts(result)))?;
    writeln!(
        out,
        "Phase {}, {}, seen from {}, began {}, took {took}. Run {}, Poolproof {}.",
        escaped(&run.phase),
        mode(run.mode),
        escaped(&vantages.join(" and ")),
        run.started,
        code(&run.id),
        escaped(&run.poolproof),
    )?;
    let findings = in_the_way(result);
    if !findings.is_empty() {
        writeln!(out, "\n## What stands in the way\n")?;
        for case in findings.iter().take(FINDINGS) {
            finding(case, out)?;
        }
        if findings.len() > FINDINGS {
            writeln!(out, "\n… and {} more: see report.html.", findings.len() - FINDINGS)?;
        }
    }
    list("Waived", result.cases().filter(|case| case.verdict == Verdict::Waived).map(told), out)?;
    list("To be known", result.warnings.iter().map(|warning| escaped(warning)), out)?;
    suites(result, out)?;
    match skips(result) {
        Some(skips) => writeln!(out, "\nSkipped: {}.", escaped(&skips)),
        None => Ok(()),
    }
}

fn finding(case: &CaseResult, out: &mut dyn Write) -> io::Result<()> {
    let ended = if case.verdict == Verdict::Fail { "failed" } else { "undetermined" };
    writeln!(out, "- **{} {ended}** {}", case.severity.as_str(), told(case))?;
    if let Some(all) = case.ranged_over.filter(|_| !case.members.is_empty()) {
        let groups: Vec<String> =
            groups(&case.members).iter().take(MEMBERS).map(|(group, number)| format!("{group} {number}")).collect();
        let groups = if groups.is_empty() { String::new() } else { format!(": {}", groups.join(", ")) };
        writeln!(out, "  - {} of {all} subjects{}", case.members.len(), escaped(&groups))?;
        for member in case.members.iter().take(MEMBERS) {
            writeln!(out, "  - {}: {}", code(&member.key), escaped(&member.message))?;
        }
        if case.members.len() > MEMBERS {
            writeln!(out, "  - … and {} more", case.members.len() - MEMBERS)?;
        }
    }
    case.fix.as_deref().map_or(Ok(()), |fix| writeln!(out, "  - fix: {}", code(fix)))
}

/// A case in one line.
fn told(case: &CaseResult) -> String {
    format!("{}: {}", code(&case.key), escaped(headline(case)))
}

fn list(title: &str, entries: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    let entries: Vec<String> = entries.collect();
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## {title}\n")?;
    for entry in entries.iter().take(FINDINGS) {
        writeln!(out, "- {entry}")?;
    }
    if entries.len() > FINDINGS {
        writeln!(out, "- … and {} more", entries.len() - FINDINGS)?;
    }
    Ok(())
}

fn suites(result: &RunResult, out: &mut dyn Write) -> io::Result<()> {
    if result.suites.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n## What was asked\n\n| Suite | Failed | Undetermined | Waived | Passed | Skipped |")?;
    writeln!(out, "|---|--:|--:|--:|--:|--:|")?;
    for suite in &result.suites {
        write!(out, "| {} |", escaped(&suite.title))?;
        for verdict in [Verdict::Fail, Verdict::Error, Verdict::Waived, Verdict::Pass, Verdict::Skip] {
            match suite.cases.iter().filter(|case| case.verdict == verdict).count() {
                number @ 1.. if matches!(verdict, Verdict::Fail | Verdict::Error) => write!(out, " **{number}** |")?,
                number => write!(out, " {number} |")?,
            }
        }
        writeln!(out)?;
    }
    Ok(())
}

/// One line that Markdown takes as text, whatever is in it.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for char in clip(&line(text), LONGEST).chars() {
        match char {
            '&' => shown.push_str("&amp;"),
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            // An `@` before a name calls somebody where tickets are read.
            '@' => shown.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                shown.push('\\');
                shown.push(char);
            }
            char => shown.push(char),
        }
    }
    shown
}

/// One line of code, whatever is in it.
pub(crate) fn code(text: &str) -> String {
    let text = line(text);
    let text = clip(&text, LONGEST);
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    // Inside a table or a list a bar would end the cell.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{case, run};
    use crate::report::{Named, SkipReason};

    fn written(result: &RunResult) -> String {
        let mut bytes = Vec::new();
        write(result, &mut bytes).expect("memory can be written");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn a_run_reads_well() {
        let many = case("moved").fail().fix("Move-CsUser -Identity \"a\"").with(|case| {
            case.ranged_over = Some(400);
            case.message = "users are homed elsewhere".into();
            case.members = (0..7)
                .map(|n| Named {
                    key: format!("moved[user{n}@contoso.com]"),
                    verdict: Verdict::Fail,
                    message: "is still homed on pool01".into(),
                    group: Some("Redmond".into()),
                    fix: None,
                    waived: None,
                })
                .collect();
        });
        let mut result = run([
            case("a"),
            case("srv[contoso.com]").error("timeout"),
            many,
            case("b").skip(SkipReason::NotDue),
            case("c").verdict(Verdict::Waived).message("until 2026-12-31, ana"),
        ]);
        result.warnings.push("the resolver is silent".into());
        insta::assert_snapshot!(written(&result), @r#"
        # FAILED: contoso

        1 blocker failed · 1 undetermined · 1 passed · 1 skipped · 1 waived

        Phase cutover, mock, seen from internal and external, began 2026-11-22T19:00:00.5Z, took 12 s. Run `20261122T190000-7f3a`, Poolproof 0.1.0.

        ## What stands in the way

        - **blocker failed** `moved`: users are homed elsewhere
          - 7 of 400 subjects: Redmond 7
          - `moved[user0@contoso.com]`: is still homed on pool01
          - `moved[user1@contoso.com]`: is still homed on pool01
          - `moved[user2@contoso.com]`: is still homed on pool01
          - `moved[user3@contoso.com]`: is still homed on pool01
          - `moved[user4@contoso.com]`: is still homed on pool01
          - … and 2 more
          - fix: `Move-CsUser -Identity "a"`
        - **blocker undetermined** `srv[contoso.com]`: it could not be asked

        ## Waived

        - `c`: until 2026-12-31, ana

        ## To be known

        - the resolver is silent

        ## What was asked

        | Suite | Failed | Undetermined | Waived | Passed | Skipped |
        |---|--:|--:|--:|--:|--:|
        | Federation leads to the federated Edge | **1** | **1** | 1 | 1 | 1 |

        Skipped: 1 not due in this phase.
        "#);
    }

    #[test]
    fn hostile_text_stays_text() {
        let hostile = "<img src=x onerror=alert(1)> [a](javascript:1) | `x` @everyone \u{202e}\n# heading";
        let text = written(&run([case("a`b``").fail().message(hostile).fix("a `` b")]));
        assert!(!text.contains("<img") && !text.contains("@everyone") && !text.contains("[a](javascript"), "{text}");
        assert!(!text.contains("\n# heading") && text.contains("\\\\u{202e}"), "{text}");
        assert!(text.contains("``` a`b`` ```") && text.contains("fix: ```a `` b```"), "{text}");
    }

    #[test]
    fn however_much_fails_it_fits_a_job_summary() {
        let cases = (0..10_000).map(|n| case(&format!("check[{n}]")).fail().message(&"x".repeat(5_000)));
        let text = written(&run(cases));
        assert!(text.len() < 100_000, "{}", text.len());
        assert!(text.contains("… and 9950 more: see report.html."), "{text}");
    }
}
