//! The end of a run on one screen, for an engineer minutes before a cutover: the
//! verdict, what stands in the way and how to mend it, then everything else in short.

use std::path::Path;

use super::layout::{DIM, GREEN, Line, RED, YELLOW, fit, rows};
use crate::report::explain::elapsed;
use crate::report::headline::{Tone, counts, mode, word};
use crate::report::result::{CaseResult, RunResult, Verdict};
use crate::report::text::{clip, line};

/// How the summary is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used (a terminal, and no `NO_COLOR`).
    pub color: bool,
    /// How many characters a line may have.
    pub width: usize,
    /// How many lines it should have at most.
    pub lines: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100, lines: 40 }
    }
}

/// The summary of a run. `reports` is the folder its reports are in.
#[must_use]
pub fn summary(result: &RunResult, reports: Option<&Path>, style: &Style) -> String {
    let screen = Screen { result, width: style.width.max(40) };
    let head = screen.head();
    let tail = screen.tail(reports);
    let [failed, lesser, errors] = [screen.blockers(), screen.lesser(), screen.errors()];
    let height = |entries: &Vec<Vec<Line>>| rows(entries.iter().flatten(), screen.width);

    // Each section costs a blank line; blockers take what the others don't need.
    let room = style.lines.saturating_sub(rows(&head, screen.width) + rows(&tail, screen.width) + 4);
    let for_errors = height(&errors).min((room / 4).max(4));
    let for_lesser = height(&lesser).min((room / 4).max(3));
    let for_blockers = room.saturating_sub(for_errors + for_lesser);
    let for_lesser = for_lesser.max(room.saturating_sub(for_errors + height(&failed)));
    let for_errors = for_errors.max(room.saturating_sub(height(&failed) + height(&lesser)));

    let mut lines = head;
    for (entries, room) in [(failed, for_blockers), (lesser, for_lesser), (errors, for_errors)] {
        if entries.is_empty() {
            continue;
        }
        lines.push(Line::plain(""));
        let (shown, left_out) = fit(entries, room, screen.width);
        lines.extend(shown);
        if left_out > 0 {
            lines.push(Line::painted(DIM, format!("… and {left_out} more: see results.json")));
        }
    }
    lines.push(Line::plain(""));
    lines.extend(tail);
    let mut text = String::new();
    for line in &lines {
        line.render(&mut text, style.color);
    }
    text
}

pub(super) struct Screen<'a> {
    pub(super) result: &'a RunResult,
    pub(super) width: usize,
}

impl Screen<'_> {
    /// The verdict, and of what.
    fn head(&self) -> Vec<Line> {
        let (tone, word) = word(self.result);
        let paint = match tone {
            Tone::Good => GREEN,
            Tone::Open => YELLOW,
            Tone::Bad => RED,
        };
        let run = &self.result.run;
        let vantages: Vec<String> = run.vantages.iter().map(|vantage| line(&vantage.0).into_owned()).collect();
        let mut facts =
            vec![line(&run.environment).into_owned(), format!("phase {}", line(&run.phase)), mode(run.mode).into()];
        if !vantages.is_empty() {
            facts.push(format!("seen from {}", vantages.join(" and ")));
        }
        let took = run.finished.duration_since(run.started);
        facts.push(elapsed(took.try_into().unwrap_or_default()));
        let mut lines = self.wrap(Line::starting(paint, word, &format!("  {}", counts(self.result))), word.len() + 2);
        lines.extend(self.wrap(Line::painted(DIM, facts.join(", ")), 0));
        lines
    }

    /// All cases of a verdict.
    pub(super) fn all(&self, verdict: Verdict) -> impl Iterator<Item = &CaseResult> {
        self.result.cases().filter(move |case| case.verdict == verdict)
    }

    /// The line, broken where the screen ends.
    pub(super) fn wrap(&self, line: Line, hang: usize) -> Vec<Line> {
        line.wrapped(self.width, hang)
    }
}

/// As many names as have room, and how many have not.
pub(super) fn list<'n>(names: impl Iterator<Item = &'n str>, room: usize) -> String {
    let names: Vec<_> = names.map(line).collect();
    let mut text = String::new();
    for (index, name) in names.iter().enumerate() {
        let more = names.len() - index;
        let gap = if index == 0 { "" } else { ", " };
        let note = if more > 1 { format!(", … and {} more", more - 1).chars().count() } else { 0 };
        if index > 0 && text.chars().count() + gap.len() + name.chars().count() + note > room {
            return format!("{text}, … and {more} more");
        }
        text.push_str(gap);
        text.push_str(if index == 0 { clip(name, room.saturating_sub(note)) } else { name.clone() }.as_ref());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample::{Sample, case, observation, run};
    use crate::report::{Named, Severity, SkipReason};

    fn shown(result: &RunResult) -> String {
        summary(result, Some(Path::new("reports/20261122T190000-7f3a")), &Style::default())
    }

    fn realistic() -> RunResult {
        let mut cases: Vec<Sample> =
            (0..142).map(|n| case(&format!("edge-port-open[edge{n:02}.contoso.com]"))).collect();
        cases.push(
            case("federation-srv[contoso.com]")
                .fail()
                .message("federation for contoso.com still goes to 198.51.100.10")
                .fix("change the SRV record _sipfederationtls._tcp.contoso.com to sip.contoso.com, port 5061")
                .with(|case| {
                    case.expectations[0].values = vec![("host.addresses".into(), "[\"198.51.100.10\"]".into())];
                    case.observations.insert("srv".into(), 7);
                }),
        );
        cases.push(case("moved-user-homed").fail().message("users of moved waves are homed elsewhere").with(|case| {
            case.expectations.clear();
            case.ranged_over = Some(400);
            case.members = (0..5)
                .map(|n| Named {
                    key: format!("moved-user-homed[user{n}@contoso.com]"),
                    verdict: Verdict::Fail,
                    message: "is still homed on pool01.contoso.com".into(),
                    group: Some("Redmond".into()),
                    fix: None,
                    waived: None,
                })
                .collect();
        }));
        cases.push(
            case("web-certificate-days[pool02.contoso.com]")
                .fail()
                .severity(Severity::Minor)
                .message("the certificate ends in 12 days")
                .fix("Request-CsCertificate -New -Type WebServicesExternal"),
        );
        cases.push(
            case("edge-certificate-days[edge02.contoso.com]")
                .fail()
                .severity(Severity::Major)
                .message("the certificate ends in 3 days"),
        );
        cases.extend((0..6).map(|n| case(&format!("internal-dns[fe2{n}.contoso.com]")).error("timeout")));
        cases.push(case("sip-options[pool02.contoso.com]").error("tls").with(|case| {
            case.cause = Some(crate::report::Cause {
                kind: "tls".into(),
                message: "tls to pool02.contoso.com:5061: this build can't speak what the server offers".into(),
            });
        }));
        cases.extend((0..8).map(|n| case(&format!("legacy-edge-retired[{n}]")).skip(SkipReason::NotDue)));
        cases.extend((0..4).map(|n| case(&format!("from-inside[{n}]")).skip(SkipReason::NotObservedFromHere)));
        cases.push(case("client-records[contoso.com]").flaky(7));
        cases.push(
            case("xmpp-records[contoso.com]")
                .verdict(Verdict::Waived)
                .message("waived until 2026-12-31 by ana: partner moves later"),
        );
        cases.push(
            case("access-edge-tls[edge02.contoso.com]")
                .with(|case| case.connect = vec!["sip.contoso.com:443 → 198.51.100.20:443".into()]),
        );
        let mut result = run(cases);
        result.observations.insert(7, observation(7).into());
        result.warnings.push("the internal resolver 10.0.0.53 answered none of 6 questions".into());
        result
    }

    #[test]
    fn a_realistic_run_reads_well() {
        insta::assert_snapshot!(shown(&realistic()), @r#"
        FAILED  2 blockers, 1 major, 1 minor failed · 7 undetermined · 144 passed (1 flaky) · 12 skipped · 1
                waived
        contoso, phase cutover, mock, seen from internal and external, 12 s

        blocker  federation-srv[contoso.com]
            federation for contoso.com still goes to 198.51.100.10
            host.addresses = ["198.51.100.10"]
            asked: dns _sipfederationtls._tcp.contoso.com SRV (external)
            fix: change the SRV record _sipfederationtls._tcp.contoso.com to sip.contoso.com, port 5061
        blocker  moved-user-homed
            users of moved waves are homed elsewhere
            5 of 400 subjects: Redmond 5
            moved-user-homed[user0@contoso.com]: is still homed on pool01.contoso.com
            moved-user-homed[user1@contoso.com]: is still homed on pool01.contoso.com
            moved-user-homed[user2@contoso.com]: is still homed on pool01.contoso.com
            … and 2 more

        major    edge-certificate-days[edge02.contoso.com]: the certificate ends in 3 days
        minor    web-certificate-days[pool02.contoso.com]: the certificate ends in 12 days
                 fix: Request-CsCertificate -New -Type WebServicesExternal

        undetermined  6 blockers (timeout): dns at 10.0.0.53:53: no answer within 10s
            internal-dns[fe20.contoso.com], internal-dns[fe21.contoso.com], … and 4 more
        undetermined  1 blocker (tls): tls to pool02.contoso.com:5061: this build can't speak what the
            server offers
            sip-options[pool02.contoso.com]

        skipped: 8 not due in this phase, 4 not observed from here
        flaky 1: client-records[contoso.com]
        waived: xmpp-records[contoso.com]: until 2026-12-31 by ana: partner moves later
        connect: 1 case observed under `connect`, not on the real path: sip.contoso.com:443 →
                 198.51.100.20:443
        warning: the internal resolver 10.0.0.53 answered none of 6 questions
        reports: reports/20261122T190000-7f3a
        "#);
    }

    #[test]
    fn all_is_well_in_three_lines() {
        insta::assert_snapshot!(shown(&run([case("a"), case("b")])), @r"
        PASSED  2 passed
        contoso, phase cutover, mock, seen from internal and external, 12 s

        reports: reports/20261122T190000-7f3a
        ");
    }

    #[test]
    fn nothing_selected_is_said() {
        let text = shown(&run([]));
        assert!(text.starts_with("NOTHING SELECTED  no check was selected\n"), "{text}");
    }

    #[test]
    fn the_verdict_is_that_of_the_exit_code() {
        let word = |result: &RunResult| shown(result).split_whitespace().next().map(str::to_owned);
        assert_eq!(word(&run([case("a").error("tls")])).as_deref(), Some("UNDETERMINED"));
        assert_eq!(word(&run([case("a").fail().severity(Severity::Info)])).as_deref(), Some("PASSED"));
        let mut result = run([case("a").fail()]);
        result.run.interrupted = true;
        assert_eq!(word(&result).as_deref(), Some("INTERRUPTED"));
        assert!(shown(&result).contains("interrupted: it was stopped before its end"));
    }

    #[test]
    fn what_does_not_count_says_so() {
        let mut result = run([case("a").fail().severity(Severity::Minor), case("b").fail().severity(Severity::Info)]);
        result.run.fail_on = Severity::Major;
        let text = shown(&result);
        assert!(text.contains("minor    a: the port is 5060 (below --fail-on major)\n"), "{text}");
        assert!(text.contains("info     b: the port is 5060 (fails no run)\n"), "{text}");
    }

    #[test]
    fn however_much_fails_it_fits_a_screen_and_counts_the_rest() {
        let mut cases = Vec::new();
        for n in 0..300 {
            cases.push(case(&format!("blocker[{n}]")).fail().fix(&"Move-CsUser ".repeat(15)));
            cases.push(case(&format!("major[{n}]")).fail().severity(Severity::Major));
            cases.push(case(&format!("error[{n}]")).error("timeout").with(|case| {
                case.cause = Some(crate::report::Cause { kind: "timeout".into(), message: format!("no answer {n}") });
            }));
            cases.push(case(&format!("flaky[{n}]")).flaky(n).with(|case| case.connect = vec![format!("{n} → {n}")]));
            cases.push(case(&format!("waived[{n}]")).verdict(Verdict::Waived));
        }
        let mut result = run(cases);
        result.warnings = (0..300).map(|n| format!("warning {n}")).collect();
        for width in [60, 100, 200] {
            let style = Style { width, ..Style::default() };
            let text = summary(&result, Some(Path::new("reports/x")), &style);
            let rows: usize = text.lines().map(|line| line.chars().count().div_ceil(width).max(1)).sum();
            assert!(rows <= style.lines, "{rows} rows at width {width}:\n{text}");
            for first in ["blocker[0]", "major[0]", "error[0]", "flaky[0]", "waived[0]", "warning 0", "reports: "] {
                assert!(text.contains(first), "{first} is missing at width {width}:\n{text}");
            }
            assert_eq!(text.matches("more: see results.json").count(), 3, "{text}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_screen_but_what_is_copied() {
        let style = Style { width: 50, ..Style::default() };
        for line in summary(&realistic(), None, &style).lines().filter(|line| !line.trim_start().starts_with("fix:")) {
            assert!(line.chars().count() <= 50, "{line}");
        }
    }

    #[test]
    fn a_hostile_name_can_not_repaint_the_terminal() {
        let evil = "\u{1b}[2J\u{202e}\r\n\u{9b}";
        let hostile = |sample: Sample| {
            sample.message(evil).fix(evil).with(|case| {
                case.connect = vec![evil.into()];
                case.expectations
                    .iter_mut()
                    .for_each(|expectation| expectation.values = vec![(evil.into(), evil.into())]);
                case.cause.iter_mut().for_each(|cause| (cause.kind, cause.message) = (evil.into(), evil.into()));
            })
        };
        let key = |name: &str| format!("{name}[{evil}]");
        let mut result = run([
            hostile(case(&key("a")).fail().flaky(7)),
            hostile(case(&key("b")).fail().severity(Severity::Minor)),
            hostile(case(&key("c")).error("tls")),
            hostile(case(&key("d")).verdict(Verdict::Waived)),
        ]);
        result.warnings.push(evil.into());
        result.run.environment = evil.into();
        result.run.phase = evil.into();
        let mut observation = observation(7);
        observation.question.params = serde_json::json!({"host": evil, "name": evil});
        result.observations.insert(7, observation.into());
        let text = summary(&result, Some(Path::new(evil)), &Style::default());
        let bad: Vec<char> = text.chars().filter(|char| crate::report::text::is_unsafe(*char)).collect();
        assert!(bad.is_empty(), "{bad:?} in\n{text}");
    }

    #[test]
    fn colours_add_nothing_but_colours() {
        let style = Style { color: true, ..Style::default() };
        let painted = summary(&realistic(), None, &style);
        assert!(painted.starts_with("\u{1b}["));
        assert_eq!(anstream::adapter::strip_str(&painted).to_string(), summary(&realistic(), None, &Style::default()));
    }
}
