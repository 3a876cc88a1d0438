//! Results of runs that never took place, for the tests of reports.

use poolproof::observe::{Attempt, ErrorClass, Evidence, Facts, Observation, Outcome, ProbeError, Question, Vantage};
use poolproof::report::{
    CaseResult, Cause, Expectation, ExpectationOutcome, Mode, Named, Place, RunInfo, RunResult, Severity, SkipReason,
    Subject, SuiteResult, Totals, VERSION, Verdict,
};

/// A case under construction.
#[must_use]
pub struct Sample(pub CaseResult);

/// A blocker that passed, on the subject between the key's brackets.
pub fn case(key: &str) -> Sample {
    let (check, subject) = key.split_once('[').unwrap_or((key, ""));
    let subject = subject.trim_end_matches(']');
    Sample(CaseResult {
        key: key.to_owned(),
        check: check.to_owned(),
        title: format!("Title of {check}"),
        subject: if subject.is_empty() {
            Vec::new()
        } else {
            vec![Subject { variable: "pool".into(), identity: subject.to_owned() }]
        },
        severity: Severity::Blocker,
        vantage: None,
        tags: Vec::new(),
        verdict: Verdict::Pass,
        message: "holds".into(),
        skipped: None,
        waived: None,
        waived_needs: Vec::new(),
        cause: None,
        expectations: Vec::new(),
        members: Vec::new(),
        ranged_over: None,
        held_back: 0,
        observations: std::collections::BTreeMap::new(),
        flaky: false,
        settled_after_ms: None,
        connect: Vec::new(),
        fix: None,
        because: None,
        source: None,
        location: "checks/sample.yaml:7:5".into(),
        started: Some("2026-11-22T19:00:01.25Z".parse().expect("a time")),
        duration_ms: 1_204,
    })
}

#[allow(dead_code, reason = "no test needs them all")]
impl Sample {
    pub fn with(mut self, change: impl FnOnce(&mut CaseResult)) -> Self {
        change(&mut self.0);
        self
    }

    pub fn verdict(self, verdict: Verdict) -> Self {
        self.with(|case| case.verdict = verdict)
    }

    pub fn severity(self, severity: Severity) -> Self {
        self.with(|case| case.severity = severity)
    }

    pub fn message(self, message: &str) -> Self {
        self.with(|case| case.message = message.into())
    }

    pub fn fix(self, fix: &str) -> Self {
        self.with(|case| case.fix = Some(fix.into()))
    }

    /// Contradicted: port 5060 where 5061 is expected.
    pub fn fail(self) -> Self {
        self.verdict(Verdict::Fail).message("the port is 5060").with(|case| {
            case.expectations = vec![Expectation {
                that: "srv.records[0].port == 5061".into(),
                outcome: ExpectationOutcome::Contradicted,
                message: None,
                values: vec![("srv.records[0].port".into(), "5060".into())],
                location: "checks/sample.yaml:15:9".into(),
            }];
        })
    }

    pub fn error(self, kind: &str) -> Self {
        self.verdict(Verdict::Error).message("it could not be asked").with(|case| {
            case.cause =
                Some(Cause { kind: kind.to_owned(), message: "dns at 10.0.0.53:53: no answer within 10s".into() });
        })
    }

    pub fn skip(self, reason: SkipReason) -> Self {
        self.verdict(Verdict::Skip).message("skipped").with(|case| {
            case.skipped = Some(reason);
            case.started = None;
            case.duration_ms = 0;
        })
    }

    pub fn flaky(self, observation: u64) -> Self {
        self.with(|case| {
            case.flaky = true;
            case.observations.insert("srv".into(), observation);
        })
    }
}

/// A run of one suite.
pub fn run(cases: impl IntoIterator<Item = Sample>) -> RunResult {
    let cases: Vec<CaseResult> = cases.into_iter().map(|sample| sample.0).collect();
    let count = |verdict| cases.iter().filter(|case| case.verdict == verdict).count();
    RunResult {
        version: VERSION.into(),
        run: RunInfo {
            id: "20261122T190000-7f3a".into(),
            poolproof: "0.1.0".into(),
            environment: "contoso".into(),
            phase: "cutover".into(),
            mode: Mode::Mock,
            vantages: vec![Vantage::named("internal"), Vantage::named("external")],
            host: "probe01".into(),
            started: "2026-11-22T19:00:00.5Z".parse().expect("a time"),
            finished: "2026-11-22T19:00:12.75Z".parse().expect("a time"),
            fail_on: Severity::Minor,
            interrupted: false,
            places: Vec::new(),
        },
        totals: Totals {
            cases: cases.len(),
            passed: count(Verdict::Pass),
            failed: count(Verdict::Fail),
            errors: count(Verdict::Error),
            skipped: count(Verdict::Skip),
            flaky: cases.iter().filter(|case| case.flaky).count(),
            waived: count(Verdict::Waived),
        },
        suites: vec![SuiteResult {
            name: "federated-communication".into(),
            title: "Federation leads to the federated Edge".into(),
            file: "checks/federated-communication.yaml".into(),
            cases,
        }],
        observations: std::collections::BTreeMap::new(),
        waivers: Vec::new(),
        warnings: Vec::new(),
    }
}

/// An observation that was answered at the second attempt.
#[allow(dead_code, reason = "no test needs them all")]
pub fn observation(id: u64) -> Observation {
    Observation {
        id,
        question: Question {
            probe: "dns".into(),
            params: serde_json::json!({"name": "_sipfederationtls._tcp.contoso.com", "type": "SRV"}),
            vantage: Vantage::named("external"),
            account: None,
        },
        started: "2026-11-22T19:00:01Z".parse().expect("a time"),
        finished: "2026-11-22T19:00:02Z".parse().expect("a time"),
        earlier: vec![Attempt {
            started: "2026-11-22T19:00:01Z".parse().expect("a time"),
            error: ProbeError::new(ErrorClass::Timeout, "dns at 1.1.1.1:53: no answer within 10s"),
        }],
        outcome: Outcome::Facts(Facts::default()),
        connect: Vec::new(),
        evidence: Vec::new(),
    }
}

/// A run in which every text from outside is this one.
#[allow(dead_code, reason = "no test needs them all")]
pub fn whose_texts_are_all(text: &str) -> RunResult {
    let mut result = run([
        case(&format!("a[{text}]")).fail().message(text).fix(text).with(|case| {
            case.title = text.into();
            case.because = Some(text.into());
            case.source = Some(text.into());
            case.tags = vec![text.into()];
            case.connect = vec![text.into()];
            case.observations.insert(text.into(), 7);
            case.ranged_over = Some(2);
            case.members = vec![Named {
                key: text.into(),
                verdict: Verdict::Fail,
                message: text.into(),
                group: Some(text.into()),
                fix: Some(text.into()),
                waived: None,
            }];
        }),
        case("b").verdict(Verdict::Waived).message(text),
        case("c").error("tls").message(text),
        case("d").skip(SkipReason::NotDue),
        case("e").flaky(7),
    ]);
    let mut seen = observation(7);
    seen.evidence = ["request", "answer", text]
        .map(|label| Evidence { label: label.into(), text: format!("{text}\n{text}") })
        .to_vec();
    if let Outcome::Facts(facts) = &mut seen.outcome {
        facts.values.insert(text.into(), serde_json::json!([{ text: text }, [text], text]));
        facts.unknown.insert(text.into(), text.into());
    }
    result.observations.insert(7, seen.into());
    result.run.environment = text.into();
    result.run.host = text.into();
    result.run.phase = text.into();
    result.run.places = vec![Place {
        kind: text.into(),
        name: text.into(),
        site: Some(text.into()),
        role: Some(text.into()),
        product: Some(text.into()),
        phase: text.into(),
    }];
    result.warnings.push(text.into());
    for suite in &mut result.suites {
        suite.title = text.into();
        suite.name = text.into();
    }
    result
}
