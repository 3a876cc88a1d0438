//! The JUnit file of a run that holds everything which can go wrong, read by parsers
//! that are not ours.

#[path = "support/peers.rs"]
mod peers;
#[path = "support/sample.rs"]
mod sample;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};
use poolproof::report::junit::{Dialect, write};
use poolproof::report::text::is_unsafe;
use poolproof::report::{RunResult, Severity, SkipReason, SuiteResult, Verdict};
use quick_xml::events::{BytesStart, Event};
use sample::{Sample, case, observation, run};

const JENKINS: &str = "junit/junit-10.xsd";
const ANT: &str = "junit/windyroad.xsd";

/// What breaks writers and deceives readers.
const HOSTILE: &str = "\0\u{1}\u{8}\u{b}\u{1b}[2J\u{7f}\u{85}\u{9b}31m ]]> <![CDATA[ &amp; &#0; <x y='\"'> \
                       \u{202e}gnp.exe\u{2066}\u{200f}\u{fffd}\u{fffe}\u{ffff}\u{10ffff}\r\n\rend";

fn main() -> ExitCode {
    let trials = vec![
        ours("a_reader_counts_what_we_claim", a_reader_counts_what_we_claim),
        ours("every_case_has_one_outcome_and_a_name_of_its_own", every_case_has_one_outcome_and_a_name_of_its_own),
        ours("no_character_deceives_or_breaks", no_character_deceives_or_breaks),
        ours("long_texts_keep_both_ends", long_texts_keep_both_ends),
        ours("a_huge_run_points_to_the_evidence", a_huge_run_points_to_the_evidence),
        ours("flaky_attempts_are_shown_in_both_dialects", flaky_attempts_are_shown_in_both_dialects),
        ours("an_interrupted_run_and_warnings_are_told", an_interrupted_run_and_warnings_are_told),
        ours("a_run_of_nothing_is_a_file", a_run_of_nothing_is_a_file),
        peers::trial(
            "jenkins_is_valid_and_counted_by_others",
            || find(&[JENKINS]),
            |peers| judged_by_others(&everything(), Dialect::Jenkins, &peers),
        ),
        peers::trial(
            "strict_is_valid_and_counted_by_others",
            || find(&[JENKINS, ANT]),
            |peers| judged_by_others(&everything(), Dialect::Strict, &peers),
        ),
        peers::trial(
            "a_run_of_nothing_is_valid",
            || find(&[JENKINS, ANT]),
            |peers| {
                judged_by_others(&run([]), Dialect::Strict, &peers)?;
                judged_by_others(&run([]), Dialect::Jenkins, &Peers { schemas: peers.schemas[..1].to_vec(), ..peers })
            },
        ),
        peers::trial(
            "ant_refuses_what_only_jenkins_reads",
            || find(&[ANT]),
            |peers| match judged_by_others(&everything(), Dialect::Jenkins, &peers) {
                Err(refusal) if refusal.message().is_some_and(|text| text.contains("flakyFailure")) => Ok(()),
                Err(other) => Err(other),
                Ok(()) => Err("a check that accepts everything checks nothing".into()),
            },
        ),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A test that needs nobody else.
fn ours(name: &str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok(())
    })
}

/// Every kind of outcome, hostile text in every place, ten megabytes, two thousand cases.
fn everything() -> RunResult {
    let hostile = |sample: Sample| {
        sample.message(HOSTILE).fix(HOSTILE).with(|case| {
            case.title = HOSTILE.into();
            case.because = Some(HOSTILE.into());
            case.connect = vec![HOSTILE.into()];
            case.expectations.iter_mut().for_each(|expectation| {
                expectation.that = HOSTILE.into();
                expectation.values = vec![(HOSTILE.into(), HOSTILE.into())];
            });
            case.cause.iter_mut().for_each(|cause| (cause.kind, cause.message) = (HOSTILE.into(), HOSTILE.into()));
        })
    };
    let key = |name: &str| format!("{name}[{HOSTILE}]");
    let mut cases = vec![
        hostile(case(&key("pass"))),
        hostile(case(&key("flaky")).flaky(7)),
        hostile(case(&key("fail")).fail()),
        hostile(case(&key("error")).error("timeout")),
        hostile(case(&key("waived")).verdict(Verdict::Waived)),
        hostile(case(&key("minor")).fail().severity(Severity::Minor)),
        hostile(case(&key("info")).error("tls").severity(Severity::Info)),
        case(&key("need")).skip(SkipReason::NeedFailed(HOSTILE.into())),
        case("huge").fail().message(&format!("HEAD{}TAIL", "x&<\u{1b}".repeat(2_500_000))),
        case("twice").fail(),
        case("twice").error("timeout"),
    ];
    for n in 0..2_000 {
        let key = format!("many[user{n}@contoso.com]");
        cases.push(match n % 10 {
            0 => case(&key).fail(),
            1 => case(&key).error("timeout"),
            2 => case(&key).skip(SkipReason::NotDue),
            3 => case(&key).flaky(8),
            _ => case(&key),
        });
    }
    let mut result = run(cases);
    for id in [7, 8] {
        let mut observation = observation(id);
        observation.earlier[0].error.message = HOSTILE.into();
        result.observations.insert(id, observation.into());
    }
    let other = run([case("other")]).suites.remove(0);
    result.suites.push(SuiteResult { name: HOSTILE.into(), title: HOSTILE.into(), file: HOSTILE.into(), ..other });
    result.run.environment = format!("contoso.com {HOSTILE}");
    result.run.fail_on = Severity::Major;
    result.warnings = vec![HOSTILE.into(), "y".repeat(1_000_000)];
    result
}

/// What must be counted: the two thousand and those before them.
fn expected() -> BTreeMap<&'static str, usize> {
    let waived_below_or_skipped = 4;
    BTreeMap::from([
        ("tests", 11 + 2_000 + 1),
        ("failures", 3 + 200),
        ("errors", 2 + 200),
        ("skipped", waived_below_or_skipped + 200),
    ])
}

fn written(result: &RunResult, dialect: Dialect) -> String {
    let mut bytes = Vec::new();
    write(result, dialect, &mut bytes).expect("memory can be written");
    String::from_utf8(bytes).expect("it is UTF-8")
}

/// An element as quick-xml's reader sees it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.expect("an attribute");
            let name = String::from_utf8(attribute.key.as_ref().to_vec()).expect("UTF-8");
            (name, attribute.unescape_value().expect("known entities").into_owned())
        });
        let name = String::from_utf8(start.name().as_ref().to_vec()).expect("UTF-8");
        Self { name, attributes: attributes.collect(), ..Self::default() }
    }

    fn number(&self, attribute: &str) -> usize {
        self.attributes[attribute].parse().expect("a number")
    }

    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    fn cases(&self) -> impl Iterator<Item = &Self> {
        self.named("testsuite").flat_map(|suite| suite.named("testcase"))
    }

    fn case(&self, name: &str) -> &Self {
        self.cases().find(|case| case.attributes["name"] == name).expect("the case is there")
    }
}

fn parse(text: &str) -> Element {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut open = vec![Element::default()];
    let close = |open: &mut Vec<Element>| {
        let done = open.pop().expect("something is open");
        open.last_mut().expect("the document").children.push(done);
    };
    loop {
        let top = |open: &mut Vec<Element>, text: &str| open.last_mut().expect("the document").text.push_str(text);
        match reader.read_event().expect("well-formed") {
            Event::Start(start) => open.push(Element::of(&start)),
            Event::Empty(start) => {
                open.push(Element::of(&start));
                close(&mut open);
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => top(&mut open, &text.decode().expect("UTF-8")),
            Event::GeneralRef(entity) => {
                let entity = format!("&{};", entity.decode().expect("UTF-8"));
                top(&mut open, &quick_xml::escape::unescape(&entity).expect("a known entity"));
            }
            Event::Eof => break,
            Event::Decl(_) => {}
            other => panic!("unexpected {other:?}"),
        }
    }
    assert_eq!(open.len(), 1, "all elements are closed");
    let mut roots = open.remove(0).children;
    assert_eq!(roots.len(), 1, "one root");
    roots.remove(0)
}

fn a_reader_counts_what_we_claim() {
    for dialect in [Dialect::Jenkins, Dialect::Strict] {
        let root = parse(&written(&everything(), dialect));
        let counted = |child: &str| root.cases().filter(|case| case.named(child).next().is_some()).count();
        let claimed = |attribute: &str| root.named("testsuite").map(|suite| suite.number(attribute)).sum::<usize>();
        for (attribute, child) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
            assert_eq!(counted(child), expected()[attribute], "{child}, {dialect:?}");
            assert_eq!(claimed(attribute), expected()[attribute], "{attribute}, {dialect:?}");
        }
        assert_eq!((root.cases().count(), claimed("tests")), (expected()["tests"], expected()["tests"]));
        if dialect == Dialect::Jenkins {
            for attribute in ["tests", "failures", "errors"] {
                assert_eq!(root.number(attribute), expected()[attribute]);
            }
            assert!(!root.attributes.contains_key("skipped"), "the schema refuses it");
        } else {
            assert!(root.attributes.is_empty(), "{:?}", root.attributes);
        }
    }
}

fn every_case_has_one_outcome_and_a_name_of_its_own() {
    let root = parse(&written(&everything(), Dialect::Jenkins));
    let mut names = HashSet::new();
    for case in root.cases() {
        assert!(names.insert(&case.attributes["name"]), "{} twice", case.attributes["name"]);
        assert_eq!(case.attributes["classname"].matches('.').count(), 1, "{}", case.attributes["classname"]);
        let outcomes =
            case.children.iter().filter(|child| ["failure", "error", "skipped"].contains(&child.name.as_str()));
        assert!(outcomes.count() <= 1, "{case:?}");
    }
    assert!(names.contains(&"twice #2".to_owned()));
    let minor = root.cases().find(|case| case.attributes["name"].starts_with("minor[")).expect("no such case");
    let message = &minor.children[0].attributes["message"];
    assert!(message.starts_with("fails (minor), below --fail-on major: "), "{message}");
}

fn no_character_deceives_or_breaks() {
    for dialect in [Dialect::Jenkins, Dialect::Strict] {
        let text = written(&everything(), dialect);
        assert!(!text.contains(is_unsafe), "{:?}", text.chars().find(|char| is_unsafe(*char)));
        assert!(!text.contains("]]>"));
        assert!(text.contains("\\u{202e}") && text.contains("\\u{1b}") && text.contains("\\u{fffe}"));
    }
}

fn long_texts_keep_both_ends() {
    let root = parse(&written(&everything(), Dialect::Jenkins));
    for case in root.cases() {
        let length: usize = case.children.iter().map(|child| child.text.len()).sum();
        assert!(length <= 48 * 1024, "{}: {length}", case.attributes["name"]);
    }
    let failure = &root.case("huge").children[0];
    assert!(failure.text.starts_with("Title of huge\nHEAD"), "{}", &failure.text[..100]);
    assert!(failure.text.contains("bytes left out, see evidence.ndjson …"));
    assert!(failure.text.ends_with("check: checks/sample.yaml:7:5\n"), "the fix and the place stand at the end");
}

fn a_huge_run_points_to_the_evidence() {
    let long = "x".repeat(60_000);
    let result = run((0..600).map(|n| case(&format!("many[{n}]")).fail().message(&long)));
    let text = written(&result, Dialect::Jenkins);
    assert!(text.len() > 20 << 20, "the budget is used: {}", text.len());
    assert!(text.len() < 30 << 20, "GitLab would refuse {} bytes", text.len());
    let root = parse(&text);
    assert_eq!(root.cases().filter(|case| case.named("failure").next().is_some()).count(), 600, "no case is lost");
    let last = root.case("many[599]");
    assert!(last.children[0].text.contains("see results.json"), "{}", last.children[0].text);
}

fn flaky_attempts_are_shown_in_both_dialects() {
    let mut result = run([case("srv").flaky(7), case("tls").flaky(99)]);
    result.observations.insert(7, observation(7).into());
    let jenkins = parse(&written(&result, Dialect::Jenkins));
    let attempt = jenkins.case("srv").named("flakyFailure").next().expect("no attempt");
    assert_eq!(attempt.attributes["type"], "timeout");
    assert_eq!(attempt.attributes["message"], "dns at 1.1.1.1:53: no answer within 10s");
    assert!(attempt.children[0].text.contains("dns _sipfederationtls._tcp.contoso.com SRV (external)"));
    assert!(jenkins.case("tls").named("flakyFailure").next().is_some(), "flaky, though its attempts are lost");

    let strict = parse(&written(&result, Dialect::Strict));
    assert!(strict.cases().all(|case| case.children.is_empty()));
    let output = &strict.children[0].named("system-out").next().expect("no output").text;
    assert!(output.contains("srv: flaky: ") && output.contains("no answer within 10s\n"), "{output}");
    assert!(output.contains("tls: passed after a retry"), "{output}");
}

fn an_interrupted_run_and_warnings_are_told() {
    let mut result = run([case("a")]);
    result.suites.push(run([case("b")]).suites.remove(0));
    result.run.interrupted = true;
    result.warnings = vec!["the baseline is old".into()];
    let root = parse(&written(&result, Dialect::Strict));
    let told: Vec<&str> =
        root.children.iter().flat_map(|suite| suite.named("system-err")).map(|err| &*err.text).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|text| text.contains("interrupted")), "{told:?}");
    assert!(told[0].contains("warning: the baseline is old") && !told[1].contains("warning"), "{told:?}");
}

fn a_run_of_nothing_is_a_file() {
    let root = parse(&written(&run([]), Dialect::Jenkins));
    assert_eq!(root.cases().count(), 0);
    assert_eq!(root.number("tests"), 0);
}

struct Peers {
    python: PathBuf,
    schemas: Vec<PathBuf>,
}

fn find(schemas: &[&str]) -> Result<Peers, String> {
    let schemas = schemas.iter().map(|schema| peers::shared(schema)).collect::<Result<_, _>>()?;
    Ok(Peers { python: peers::python(&["junitparser", "lxml.etree", "xmlschema"])?, schemas })
}

/// Validates a file against the schemas and compares what junitparser counts.
fn judged_by_others(result: &RunResult, dialect: Dialect, peers: &Peers) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let report = folder.path().join("junit.xml");
    std::fs::write(&report, written(result, dialect))?;
    let check = Command::new(&peers.python)
        .arg(peers::ours("junit_check.py"))
        .arg(&report)
        .args(&peers.schemas)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()?;
    if !check.status.success() {
        return Err(String::from_utf8_lossy(&check.stderr).into_owned().into());
    }
    let found: serde_json::Value = serde_json::from_slice(&check.stdout)?;
    if result.cases().count() == 0 {
        assert_eq!(found["counted"]["tests"], 0, "{found}");
        return Ok(());
    }
    for (what, number) in expected() {
        assert_eq!(found["counted"][what], number, "{what}: {found}");
        assert_eq!(found["claimed"][what], number, "{what}: {found}");
    }
    assert_eq!(found["names"], expected()["tests"], "names are unique: {found}");
    let flaky = if dialect == Dialect::Jenkins { 201 } else { 0 };
    assert_eq!(found["counted"]["flaky"], flaky, "{found}");
    Ok(())
}
