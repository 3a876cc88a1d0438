//! What is posted: one shape for runs and gates, bounded, so that one template serves both.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::exit::ExitCode;
use crate::gate::{Answer, GateAnswer, Item};
use crate::report::compare::{Became, Change, Comparison};
use crate::report::explain::headline;
use crate::report::headline::{counts, in_the_way, word};
use crate::report::markdown::{code, escaped};
use crate::report::text::{clip, line};
use crate::report::{CaseResult, RunResult, Severity, Verdict};

/// The version of this format, `major.minor`.
pub const NOTICE_VERSION: &str = "1.0";

/// Findings that are told; the rest is counted.
const FINDINGS: usize = 30;
/// Characters of one text that are told.
const LONGEST: usize = 400;
/// Bytes of the texts for people after which findings are counted alone: a chat takes a few
/// thousand characters.
const ENOUGH: usize = 8_000;

/// The answer of a run or a gate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// The version of this format, `major.minor`.
    pub version: String,
    /// Whose answer it is.
    pub kind: NoticeKind,
    /// The environment's name.
    pub environment: String,
    /// The environment's default phase.
    pub phase: String,
    /// What was asked: `run`, or the gate's name.
    pub asked: String,
    /// What it was asked about.
    pub about: String,
    /// The answer in a word: `PASSED`, `FAILED`, `UNDETERMINED`, `INTERRUPTED`; `GO`, `NO-GO`, `UNDECIDED`.
    pub answer: String,
    /// The exit code of the command.
    pub exit_code: u8,
    /// The answer, and how much stands in the way, in one line.
    pub headline: String,
    /// When it was answered (UTC).
    pub at: String,
    /// Until when a gate's answer may be relied on (UTC); empty for a run.
    pub valid_until: String,
    /// The machine that answered.
    pub host: String,
    /// The ids of the runs that it rests on.
    pub runs: Vec<String>,
    /// What does not hold, then what could not be determined, the worst first.
    pub findings: Vec<Finding>,
    /// How many more there are.
    pub more_findings: usize,
    /// The waivers that it leans on: pattern, owner and end.
    pub waivers: Vec<String>,
    /// What became of the cases since an earlier run, where one was named.
    pub since: Option<SinceThen>,
    /// All of it as plain text.
    pub text: String,
    /// All of it as Markdown, in which nothing that came from outside is markup.
    pub markdown: String,
}

/// Whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// A run's.
    Run,
    /// A gate's.
    Gate,
}

/// Something that does not hold, or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The key of the case.
    pub key: String,
    /// How bad it is.
    pub severity: Severity,
    /// `failed`, `undetermined`; since an earlier run: what became of it.
    pub state: String,
    /// Why, in one line.
    pub message: String,
    /// What to do; empty where nobody knows.
    pub fix: String,
}

/// What became of the cases since an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SinceThen {
    /// The earlier run's id.
    pub run: String,
    /// `WORSE`, `UNDETERMINED`, `NO WORSE`.
    pub outcome: String,
    /// How many cases became what.
    pub summary: String,
    /// What is not as it was, what is worse first.
    pub changes: Vec<Finding>,
    /// How many more there are.
    pub more_changes: usize,
}

impl Notice {
    /// Of a run, and of what became of its cases since an earlier one.
    #[must_use]
    pub fn of_run(result: &RunResult, since: Option<&Comparison>, exit: ExitCode) -> Self {
        let run = &result.run;
        let (_, answer) = word(result);
        let told = format!("{answer}: {}", counts(result));
        let (answer, headline) = taken_back(answer, told, exit == ExitCode::Bug && answer == "PASSED", "UNDETERMINED");
        let open = in_the_way(result);
        let findings = open.iter().take(FINDINGS).map(|case| of_case(case)).collect();
        let waivers = result.waivers.iter().filter(|waiver| waiver.covers > 0);
        Self {
            version: NOTICE_VERSION.to_owned(),
            kind: NoticeKind::Run,
            environment: text(&run.environment),
            phase: text(&run.phase),
            asked: "run".to_owned(),
            about: "all of it".to_owned(),
            answer: answer.to_owned(),
            exit_code: exit.code(),
            headline,
            at: run.finished.to_string(),
            valid_until: String::new(),
            host: text(&run.host),
            runs: vec![text(&run.id)],
            findings,
            more_findings: open.len().saturating_sub(FINDINGS),
            waivers: waivers
                .take(FINDINGS)
                .map(|waiver| text(&format!("{} ({}, until {})", waiver.case, waiver.owner, waiver.until)))
                .collect(),
            since: since.map(of_comparison),
            text: String::new(),
            markdown: String::new(),
        }
        .told()
    }

    /// Of a gate.
    #[must_use]
    pub fn of_gate(answer: &GateAnswer, exit: ExitCode) -> Self {
        let word = match answer.answer {
            Answer::Go => "GO",
            Answer::NoGo => "NO-GO",
            Answer::Undecided => "UNDECIDED",
        };
        let doubted = exit == ExitCode::Bug && answer.answer == Answer::Go;
        let (word, headline) = taken_back(word, answer.headline(), doubted, "UNDECIDED");
        let blockers = answer.blockers.iter().map(|item| of_item(item, "failed"));
        let undetermined = answer.undetermined.iter().map(|item| of_item(item, "undetermined"));
        Self {
            version: NOTICE_VERSION.to_owned(),
            kind: NoticeKind::Gate,
            environment: text(&answer.environment),
            phase: text(&answer.phase),
            asked: text(&answer.gate),
            about: text(&answer.scope()),
            answer: word.to_owned(),
            exit_code: exit.code(),
            headline,
            at: answer.asked_at.to_string(),
            valid_until: answer.valid_until.to_string(),
            host: text(&answer.host),
            runs: answer.runs.iter().take(FINDINGS).map(|run| text(&run.id)).collect(),
            findings: blockers.chain(undetermined).take(FINDINGS).collect(),
            more_findings: (answer.blockers.len() + answer.undetermined.len()).saturating_sub(FINDINGS),
            waivers: answer
                .waivers
                .iter()
                .take(FINDINGS)
                .map(|waiver| text(&format!("{} ({}, until {})", waiver.case, waiver.owner, waiver.until)))
                .collect(),
            since: None,
            text: String::new(),
            markdown: String::new(),
        }
        .told()
    }

    /// With its texts for people.
    fn told(mut self) -> Self {
        let of = match self.kind {
            NoticeKind::Run => format!("phase {}, run {} on {}", self.phase, self.runs.join(", "), self.host),
            NoticeKind::Gate => {
                format!("about {}, phase {}, valid until {}", self.about, self.phase, self.valid_until)
            }
        };
        let what = match self.kind {
            NoticeKind::Run => self.environment.clone(),
            NoticeKind::Gate => format!("{} at {}", self.asked, self.environment),
        };
        let mut plain = format!("{what}: {}\n{of}\n", self.headline);
        let mut marked = format!("**{}: {}**\n\n{}\n", escaped(&what), escaped(&self.headline), escaped(&of));
        let mut list = |title: &str, findings: &[Finding], more: usize| {
            if findings.is_empty() {
                return;
            }
            if !title.is_empty() {
                plain.push_str(&format!("\n{title}\n"));
                marked.push_str(&format!("\n{}\n", escaped(title)));
            }
            marked.push('\n');
            let mut told = 0;
            for Finding { key, severity, state, message, fix } in findings {
                if plain.len().max(marked.len()) > ENOUGH {
                    break;
                }
                told += 1;
                let severity = severity.as_str();
                plain.push_str(&format!("- {severity} {state}: {key}: {message}\n"));
                marked.push_str(&format!("- **{severity} {state}** {}: {}\n", code(key), escaped(message)));
                if !fix.is_empty() {
                    plain.push_str(&format!("  fix: {fix}\n"));
                    marked.push_str(&format!("  - fix: {}\n", code(fix)));
                }
            }
            let more = more + findings.len() - told;
            if more > 0 {
                plain.push_str(&format!("- … and {more} more\n"));
                marked.push_str(&format!("- … and {more} more\n"));
            }
        };
        list("", &self.findings, self.more_findings);
        if let Some(since) = &self.since {
            let title = format!("since run {}: {}: {}", since.run, since.outcome, since.summary);
            list(&title, &since.changes, since.more_changes);
        }
        for waiver in &self.waivers {
            plain.push_str(&format!("waived: {waiver}\n"));
            marked.push_str(&format!("\nwaived: {}\n", escaped(waiver)));
        }
        (self.text, self.markdown) = (plain, marked);
        self
    }
}

fn of_case(case: &CaseResult) -> Finding {
    let state = if case.verdict == Verdict::Fail { "failed" } else { "undetermined" };
    Finding {
        key: text(&case.key),
        severity: case.severity,
        state: state.to_owned(),
        message: text(headline(case)),
        fix: text(case.fix.as_deref().unwrap_or_default()),
    }
}

fn of_item(item: &Item, state: &str) -> Finding {
    Finding {
        key: text(&item.key),
        severity: item.severity,
        state: state.to_owned(),
        message: text(&item.message),
        fix: text(item.fix.as_deref().unwrap_or_default()),
    }
}

fn of_comparison(comparison: &Comparison) -> SinceThen {
    let told = |change: &&Change| !matches!(change.became, Became::Same | Became::NotAsked) && change.is_news();
    let changes: Vec<&Change> = comparison.changes.iter().filter(told).collect();
    let of = |change: &&Change| {
        let ended = change.after.as_ref().or(change.before.as_ref());
        Finding {
            key: text(&change.key),
            severity: change.severity,
            state: change.became.words().to_owned(),
            message: text(ended.map_or("", |was| was.message.as_str())),
            fix: text(change.fix.as_deref().unwrap_or_default()),
        }
    };
    SinceThen {
        run: text(&comparison.before.run.id),
        outcome: comparison.outcome.word().to_owned(),
        summary: comparison.counted(),
        changes: changes.iter().take(FINDINGS).map(of).collect(),
        more_changes: changes.len().saturating_sub(FINDINGS),
    }
}

/// One line that nobody's screen is repainted by, and not too long.
fn text(of: &str) -> String {
    clip(&line(of), LONGEST).into_owned()
}

/// A good answer of which something could not be written is none: whoever reads of it in a chat
/// must not act on it.
fn taken_back<'a>(word: &'a str, headline: String, doubted: bool, instead: &'a str) -> (&'a str, String) {
    if doubted {
        (instead, format!("{instead}: not everything could be written, see where it was asked"))
    } else {
        (word, headline)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{case, run, whose_texts_are_all};

    #[test]
    fn a_run_is_told_in_every_form() {
        let result = run([case("srv[contoso.com]").fail().fix("Set-X"), case("b").error("tls"), case("c")]);
        let notice = Notice::of_run(&result, None, ExitCode::Failed);
        assert_eq!((notice.answer.as_str(), notice.exit_code, notice.findings.len()), ("FAILED", 1, 2));
        assert_eq!(notice.headline, "FAILED: 1 blocker failed · 1 undetermined · 1 passed");
        insta::assert_snapshot!(notice.text, @r"
        contoso: FAILED: 1 blocker failed · 1 undetermined · 1 passed
        phase cutover, run 20261122T190000-7f3a on probe01
        - blocker failed: srv[contoso.com]: the port is 5060
          fix: Set-X
        - blocker undetermined: b: it could not be asked
        ");
        assert!(
            notice.markdown.contains("- **blocker failed** `srv[contoso.com]`: the port is 5060\n  - fix: `Set-X`\n")
        );
    }

    #[test]
    fn however_much_fails_it_stays_small() {
        let cases = (0..10_000).map(|n| case(&format!("check[{n}]")).fail().message(&"x".repeat(5_000)));
        let notice = Notice::of_run(&run(cases), None, ExitCode::Failed);
        assert_eq!((notice.findings.len(), notice.more_findings), (30, 9_970));
        let bytes = serde_json::to_vec(&notice).expect("JSON").len();
        assert!(bytes < 64 << 10, "{bytes}");
        assert!(notice.text.len() < 10_000 && notice.markdown.len() < 10_000, "{}", notice.text.len());
        assert!(notice.text.trim_end().ends_with("more"), "{}", notice.text);
    }

    #[test]
    fn hostile_text_stays_text() {
        let evil = "\u{1b}[2J\u{202e}\n# heading <!channel> @everyone [a](javascript:1)";
        let notice = Notice::of_run(&whose_texts_are_all(evil), None, ExitCode::Failed);
        assert!(!notice.text.contains(crate::report::text::is_unsafe), "{}", notice.text);
        assert!(!notice.text.contains("\n# heading"));
        let outside_code: String = notice.markdown.split('`').step_by(2).collect();
        for part in ["<!channel>", "@everyone", "[a](", "\n# heading"] {
            assert!(!outside_code.contains(part), "{part}: {}", notice.markdown);
        }
    }
}
