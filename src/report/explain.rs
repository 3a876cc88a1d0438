//! A case in words: what every report for people says of it.

use serde_json::Value;

use super::result::{CaseResult, Expectation, ExpectationOutcome, Named, RunResult, SkipReason, Verdict};
use crate::observe::{Attempt, Observation, Outcome, Question};

/// How many members of a case that stands for many are named.
const MEMBERS_NAMED: usize = 20;

/// A question in a few words: `tls sip.contoso.com:5061 (external)`.
#[must_use]
pub fn question_text(question: &Question) -> String {
    let mut text = question.probe.clone();
    let mut say = |word: &str| {
        text.push(' ');
        text.push_str(word);
    };
    match &question.params {
        Value::Object(params) => {
            let host = params.get("host").and_then(Value::as_str);
            match (host, params.get("port")) {
                (Some(host), Some(port)) if host.contains(':') => say(&format!("[{host}]:{port}")),
                (Some(host), Some(port)) => say(&format!("{host}:{port}")),
                (Some(host), None) => say(host),
                (None, Some(port)) => say(&format!("port={port}")),
                (None, None) => {}
            }
            for (name, value) in params.iter().filter(|(name, _)| *name != "port") {
                match (name.as_str(), value) {
                    (_, Value::Null) | ("host", Value::String(_)) => {}
                    ("name" | "type", Value::String(value)) => say(value),
                    (name, Value::String(value)) => say(&format!("{name}={value}")),
                    (name, value) => say(&format!("{name}={value}")),
                }
            }
        }
        other => say(&other.to_string()),
    }
    say(&format!("({})", question.vantage));
    if let Some(account) = &question.account {
        say(&format!("as {account}"));
    }
    text
}

/// Why a case was not judged.
#[must_use]
pub fn skip_text(reason: &SkipReason) -> String {
    match reason {
        SkipReason::NeedFailed(key) => format!("{}: {key}", skip_kind(reason)),
        SkipReason::Nothing(why) => format!("{}: {why}", skip_kind(reason)),
        SkipReason::EffectNotAllowed(effect) => format!("{}: {effect} (--allow {effect})", skip_kind(reason)),
        SkipReason::NotDue
        | SkipReason::NotObservedFromHere
        | SkipReason::NoInventory
        | SkipReason::FailFast
        | SkipReason::OutOfScope => skip_kind(reason).to_owned(),
    }
}

/// The kind of reason for which a case was not judged.
#[must_use]
pub const fn skip_kind(reason: &SkipReason) -> &'static str {
    match reason {
        SkipReason::NotDue => "not due in this phase",
        SkipReason::NotObservedFromHere => "not observed from here",
        SkipReason::NoInventory => "the environment names no inventory",
        SkipReason::NeedFailed(_) => "a check it needs did not hold",
        SkipReason::Nothing(_) => "nothing to check, as its suite allows",
        SkipReason::EffectNotAllowed(_) => "leaves a trace that was not allowed",
        SkipReason::FailFast => "stopped early (--fail-fast)",
        SkipReason::OutOfScope => "about other pools, waves or sites than were asked about",
    }
}

/// What the case says of itself, or the best that is known where it says nothing.
#[must_use]
pub fn headline(case: &CaseResult) -> &str {
    let reason = || case.cause.as_ref().map(|cause| cause.message.as_str());
    if case.message.is_empty() { reason().unwrap_or(case.title.as_str()) } else { &case.message }
}

/// The expectations that don't hold.
pub fn unmet(case: &CaseResult) -> impl Iterator<Item = &Expectation> {
    case.expectations.iter().filter(|expectation| expectation.outcome != ExpectationOutcome::Holds)
}

/// What the case's observations were made of, in the order of their steps' names.
pub fn observed<'a>(result: &'a RunResult, case: &'a CaseResult) -> impl Iterator<Item = (&'a str, &'a Observation)> {
    case.observations.iter().filter_map(|(step, id)| Some((step.as_str(), result.observations.get(id)?.as_ref())))
}

/// Every attempt before the one that decided, of all observations of a case.
pub fn earlier_attempts<'a>(
    result: &'a RunResult,
    case: &'a CaseResult,
) -> impl Iterator<Item = (&'a Observation, &'a Attempt)> {
    observed(result, case)
        .flat_map(|(_, observation)| observation.earlier.iter().map(move |attempt| (observation, attempt)))
}

/// What a person should know of a case even where it holds.
#[must_use]
pub fn notes(case: &CaseResult) -> Vec<String> {
    let mut notes = Vec::new();
    if !case.connect.is_empty() {
        notes.push(format!("observed under `connect`, not on the real path: {}", case.connect.join(", ")));
    }
    if let Some(millis) = case.settled_after_ms {
        notes.push(format!("settled after {}", elapsed(std::time::Duration::from_millis(millis))));
    }
    if !case.waived_needs.is_empty() {
        notes.push(format!("what it needs is waived: {}", case.waived_needs.join(", ")));
    }
    notes
}

/// All that is known of a case that doesn't hold, on several lines.
#[must_use]
pub fn body(result: &RunResult, case: &CaseResult) -> String {
    let mut body = Lines::default();
    body.line(&case.title);
    body.line(headline(case));
    if let Some(cause) = &case.cause {
        body.field("cause", &format!("{}: {}", cause.kind, cause.message));
    }
    for expectation in unmet(case) {
        body.expectation(expectation);
    }
    body.members(case);
    for (step, observation) in observed(result, case) {
        body.observation(step, observation);
    }
    for note in notes(case) {
        body.field("note", &note);
    }
    let fields = [("fix", &case.fix), ("because", &case.because), ("source", &case.source)];
    for (name, value) in fields {
        if let Some(value) = value {
            body.field(name, value);
        }
    }
    body.field("severity", case.severity.as_str());
    body.field("check", &case.location);
    body.0
}

/// A duration for people: `0.3 s`, `12 s`, `3 min 5 s`, `2 h 0 min`.
#[must_use]
pub fn elapsed(time: std::time::Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{}.{} s", seconds, time.subsec_millis() / 100),
        10..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// `1 blocker`, `3 blockers`.
#[must_use]
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    fn field(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}: {value}"));
    }

    fn expectation(&mut self, expectation: &Expectation) {
        let outcome = match expectation.outcome {
            ExpectationOutcome::Holds => "holds",
            ExpectationOutcome::Contradicted => "contradicted",
            ExpectationOutcome::Unknown => "unknown",
        };
        self.field(outcome, &format!("{}  ({})", expectation.that, expectation.location));
        for (name, value) in &expectation.values {
            self.line(&format!("  {name} = {value}"));
        }
        if let Some(message) = &expectation.message {
            self.line(&format!("  {message}"));
        }
    }

    fn members(&mut self, case: &CaseResult) {
        if let Some(all) = case.ranged_over {
            self.line(&format!("{} of {} do not hold", case.members.len(), count(all, "subject", "subjects")));
        }
        for (group, members) in groups(&case.members) {
            self.line(&format!("  {group}: {members}"));
        }
        for member in case.members.iter().take(MEMBERS_NAMED) {
            let verdict = if member.verdict == Verdict::Error { " (could not be determined)" } else { "" };
            self.line(&format!("  {}{verdict}: {}", member.key, member.message));
            if let Some(fix) = &member.fix {
                self.line(&format!("    fix: {fix}"));
            }
        }
        if case.members.len() > MEMBERS_NAMED {
            self.line(&format!("  … and {} more: see results.json", case.members.len() - MEMBERS_NAMED));
        }
    }

    fn observation(&mut self, step: &str, observation: &Observation) {
        self.field(
            "observed",
            &format!("{step} = {}, observation {}", question_text(&observation.question), observation.id),
        );
        for attempt in &observation.earlier {
            self.line(&format!("  {}: {}", attempt.started, attempt.error.message));
        }
        if let Outcome::Error(error) = &observation.outcome {
            self.line(&format!("  {}: {}", observation.finished, error.message));
        }
    }
}

/// How many members each group has, most first.
#[must_use]
pub fn groups(members: &[Named]) -> Vec<(&str, usize)> {
    let mut groups: Vec<(&str, usize)> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for group in members.iter().filter_map(|member| member.group.as_deref()) {
        let at = *index.entry(group).or_insert_with(|| {
            groups.push((group, 0));
            groups.len() - 1
        });
        if let Some((_, count)) = groups.get_mut(at) {
            *count += 1;
        }
    }
    groups.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    groups
}

#[cfg(test)]
mod tests {
    use super::super::sample::{case, observation, run};
    use super::*;
    use crate::observe::Vantage;
    use serde_json::json;
    use std::time::Duration;

    #[test]
    fn a_question_is_told_in_a_few_words() {
        let text = |probe: &str, params| {
            question_text(&Question { probe: probe.into(), params, vantage: Vantage::named("external"), account: None })
        };
        assert_eq!(
            text("tls", json!({"host": "sip.contoso.com", "port": 5061})),
            "tls sip.contoso.com:5061 (external)"
        );
        assert_eq!(text("tcp", json!({"port": 443, "host": "2001:db8::1"})), "tcp [2001:db8::1]:443 (external)");
        assert_eq!(text("dns", json!({"name": "a.b", "type": "SRV", "server": null})), "dns a.b SRV (external)");
        assert_eq!(text("tls", json!({"host": "a.b", "port": 1, "sni": "c.d"})), "tls a.b:1 sni=c.d (external)");
    }

    #[test]
    fn the_body_says_what_why_where_and_how_to_mend_it() {
        let failed = case("federation-srv[contoso.com]").fail().flaky(7).fix("Set-CsX").with(|case| {
            case.because = Some("partners find us by it".into());
            case.source = Some("Planning guide".into());
            case.connect = vec!["sip.contoso.com:443 → 198.51.100.20:443".into()];
        });
        let mut result = run([failed]);
        result.observations.insert(7, observation(7).into());
        let case = result.cases().next().expect("a case");
        let body = body(&result, case);
        for part in [
            "Title of federation-srv\n",
            "the port is 5060\n",
            "contradicted: srv.records[0].port == 5061  (checks/sample.yaml:15:9)\n",
            "  srv.records[0].port = 5060\n",
            "observed: srv = dns _sipfederationtls._tcp.contoso.com SRV (external), observation 7\n",
            "no answer within 10s\n",
            "note: observed under `connect`, not on the real path: sip.contoso.com:443 → 198.51.100.20:443\n",
            "fix: Set-CsX\n",
            "because: partners find us by it\n",
            "source: Planning guide\n",
            "severity: blocker\n",
            "check: checks/sample.yaml:7:5\n",
        ] {
            assert!(body.contains(part), "{part:?} is missing in\n{body}");
        }
    }

    #[test]
    fn of_many_members_twenty_are_named_and_all_counted() {
        let many = case("moved").fail().with(|case| {
            case.ranged_over = Some(400);
            case.members = (0..25)
                .map(|n| Named {
                    key: format!("moved[user{n}]"),
                    verdict: Verdict::Fail,
                    message: "still there".into(),
                    group: Some(if n % 5 == 0 { "Dublin" } else { "Redmond" }.into()),
                    fix: None,
                    waived: None,
                })
                .collect();
        });
        let result = run([many]);
        let body = body(&result, result.cases().next().expect("a case"));
        assert!(body.contains("25 of 400 subjects do not hold\n  Redmond: 20\n  Dublin: 5\n"), "{body}");
        assert!(body.contains("moved[user19]") && !body.contains("moved[user20]"), "{body}");
        assert!(body.contains("… and 5 more: see results.json"), "{body}");
    }

    #[test]
    fn durations_for_people() {
        let shown = |millis| elapsed(Duration::from_millis(millis));
        assert_eq!(shown(340), "0.3 s");
        assert_eq!(shown(9_999), "9.9 s");
        assert_eq!(shown(12_000), "12 s");
        assert_eq!(shown(185_000), "3 min 5 s");
        assert_eq!(shown(7_200_000), "2 h 0 min");
    }
}
