use super::super::fit::MadeOf;
use super::*;
use crate::report::compare::{write_markdown, write_text};
use crate::report::sample::{Sample, case, run};
use crate::report::{Cause, Mode};

fn side(cases: impl IntoIterator<Item = Sample>) -> Side {
    Side { result: run(cases), made_of: None }
}

/// A side of which it is known what it was made of.
fn known(cases: impl IntoIterator<Item = Sample>, checks: &[&str], selected: &[&str]) -> Side {
    let ids = |ids: &[&str]| ids.iter().map(ToString::to_string).collect();
    let made_of = MadeOf {
        environment: "environment: contoso".into(),
        files: [("checks/federated-communication.yaml".to_owned(), "text".to_owned())].into(),
        checks: Some(ids(checks)),
        selected: ids(selected),
        about: Vec::new(),
    };
    Side { made_of: Some(made_of), ..side(cases) }
}

fn compared(before: impl IntoIterator<Item = Sample>, after: impl IntoIterator<Item = Sample>) -> Comparison {
    compare(&side(before), &side(after)).expect("they can be compared")
}

/// What becomes of one case.
fn became(before: Sample, after: Sample) -> (Became, Outcome) {
    let comparison = compared([before], [after]);
    let change = comparison.changes.first();
    (change.map_or(Became::Same, |change| change.became), comparison.outcome)
}

fn named(name: &str, verdict: Verdict) -> Named {
    Named { key: format!("many[{name}]"), verdict, message: "x".into(), group: None, fix: None, waived: None }
}

/// A case that stands for many, of whom these do not hold.
fn many(all: usize, failing: &[&str]) -> Sample {
    let sample = if failing.is_empty() { case("many") } else { case("many").fail() };
    sample.with(|case| {
        case.ranged_over = Some(all);
        case.members = failing.iter().map(|name| named(name, Verdict::Fail)).collect();
    })
}

#[test]
fn each_pair_of_verdicts_has_its_word() {
    use Became::{Fixed, NewlyFailing, NewlyUndetermined, NotJudged, NowJudged, NowWaived, Same, StillFailing};
    use Outcome::{NoWorse, Undetermined, Worse};
    let verdicts: [fn() -> Sample; 5] = [
        || case("a"),
        || case("a").fail(),
        || case("a").error("timeout"),
        || case("a").skip(SkipReason::NotDue),
        || case("a").verdict(Verdict::Waived),
    ];
    let wanted = [
        // pass before, then fail, error, skip, waived
        [
            (Same, NoWorse),
            (NewlyFailing, Worse),
            (NewlyUndetermined, Undetermined),
            (NotJudged, NoWorse),
            (NowWaived, NoWorse),
        ],
        [
            (Fixed, NoWorse),
            (StillFailing, NoWorse),
            (StillFailing, NoWorse),
            (NotJudged, Undetermined),
            (NowWaived, NoWorse),
        ],
        [
            (Fixed, NoWorse),
            (NewlyFailing, Worse),
            (StillFailing, NoWorse),
            (NotJudged, Undetermined),
            (NowWaived, NoWorse),
        ],
        [
            (NowJudged, NoWorse),
            (NewlyFailing, Worse),
            (NewlyUndetermined, Undetermined),
            (Same, NoWorse),
            (NowWaived, NoWorse),
        ],
        [
            (Fixed, NoWorse),
            (NewlyFailing, Worse),
            (NewlyUndetermined, Undetermined),
            (NotJudged, NoWorse),
            (Same, NoWorse),
        ],
    ];
    for (before, row) in verdicts.iter().zip(wanted) {
        for (after, wanted) in verdicts.iter().zip(row) {
            let (before, after) = (before(), after());
            let told = format!("{:?} → {:?}", before.0.verdict, after.0.verdict);
            assert_eq!(became(before, after), wanted, "{told}");
        }
    }
}

#[test]
fn what_nobody_looked_at_is_lost_from_sight_and_never_fixed() {
    for (reason, outcome) in [
        (SkipReason::NotDue, Outcome::NoWorse),
        (SkipReason::Nothing("none".into()), Outcome::NoWorse),
        (SkipReason::OutOfScope, Outcome::NoWorse),
        (SkipReason::NotObservedFromHere, Outcome::Undetermined),
        (SkipReason::NoInventory, Outcome::Undetermined),
        (SkipReason::NeedFailed("b".into()), Outcome::Undetermined),
        (SkipReason::EffectNotAllowed("sends-im".into()), Outcome::Undetermined),
        (SkipReason::FailFast, Outcome::Undetermined),
    ] {
        let told = format!("{reason:?}");
        let after = || case("a").skip(reason.clone());
        assert_eq!(became(case("a"), after()), (Became::NotJudged, outcome), "{told}");
        // Where it failed, no reason for not asking again settles that.
        assert_eq!(became(case("a").fail(), after()), (Became::NotJudged, Outcome::Undetermined), "{told}");
        // What has become due and is not looked at is no more of the same.
        let changed = if outcome == Outcome::NoWorse { Became::Same } else { Became::NotJudged };
        let not_due = case("a").skip(SkipReason::NotDue);
        assert_eq!(became(not_due, after()), (changed, outcome), "not due → {told}");
    }
}

#[test]
fn a_case_that_vanished_is_told_and_one_that_failed_leaves_it_open() {
    let of = |before: Sample| {
        let both = ["a", "b"];
        let after = known([case("b")], &both, &both);
        let comparison = compare(&known([before, case("b")], &both, &both), &after).expect("compared");
        (comparison.changes[0].became, comparison.outcome, comparison.counts.fixed)
    };
    assert_eq!(of(case("a[x]")), (Became::Gone, Outcome::NoWorse, 0));
    assert_eq!(of(case("a[x]").fail()), (Became::Gone, Outcome::Undetermined, 0));
    assert_eq!(of(case("a[x]").error("tls")), (Became::Gone, Outcome::Undetermined, 0));
    // Without its journal nobody knows why the case is not there.
    assert_eq!(compared([case("a"), case("b")], [case("b")]).outcome, Outcome::Undetermined);
}

#[test]
fn a_check_that_was_not_selected_is_no_loss_and_one_that_was_removed_is() {
    let of = |checks: &[&str]| {
        let before = known([case("a"), case("b")], &["a", "b"], &["a", "b"]);
        let comparison = compare(&before, &known([case("b")], checks, &["b"])).expect("compared");
        (comparison.changes[0].became, comparison.outcome)
    };
    assert_eq!(of(&["a", "b"]), (Became::NotAsked, Outcome::NoWorse));
    assert_eq!(of(&["b"]), (Became::Gone, Outcome::Undetermined));
}

#[test]
fn a_new_case_that_fails_is_worse_and_another_is_new() {
    let comparison = compared([case("a")], [case("a"), case("b").fail(), case("c")]);
    assert_eq!(comparison.outcome, Outcome::Worse);
    assert_eq!((comparison.counts.newly_failing, comparison.counts.new, comparison.counts.same), (1, 1, 1));
    assert!(comparison.changes[0].before.is_none());
}

#[test]
fn one_more_subject_shows_and_one_more_that_fails_is_worse() {
    let comparison = compared([many(400, &[])], [many(401, &[])]);
    assert_eq!(comparison.changes[0].subjects, Some(Numbers { before: 400, after: 401 }));
    assert_eq!((comparison.counts.more_subjects, comparison.counts.fewer_subjects), (1, 0));
    assert_eq!(comparison.outcome, Outcome::NoWorse);

    let comparison = compared([many(400, &["a", "b"])], [many(400, &["b", "c"])]);
    let members = comparison.changes[0].members.as_ref().expect("they differ");
    assert_eq!(members.newly, [named("c", Verdict::Fail)]);
    assert_eq!((members.no_longer.as_slice(), members.still), (["many[a]".to_owned()].as_slice(), 1));
    assert_eq!((comparison.changes[0].became, comparison.outcome), (Became::StillFailing, Outcome::Worse));

    let fewer = compared([many(400, &["a", "b"])], [many(399, &["b"])]);
    assert_eq!((fewer.outcome, fewer.counts.fewer_subjects), (Outcome::NoWorse, 1));
    assert_eq!(compared([many(400, &["a"])], [many(400, &["a"])]).changes[0].members, None);
}

#[test]
fn a_subject_that_can_no_longer_be_determined_leaves_it_open() {
    let erring = many(400, &["a"]).with(|case| case.members.push(named("b", Verdict::Error)));
    assert_eq!(compared([many(400, &["a"])], [erring]).outcome, Outcome::Undetermined);
    let waived = many(400, &["a"]).with(|case| case.members.push(named("b", Verdict::Waived)));
    assert_eq!(compared([many(400, &["a"])], [waived]).outcome, Outcome::NoWorse);
    // Where nobody could be judged, nobody is said to hold.
    let unknown = case("many").error("timeout").with(|case| case.ranged_over = Some(400));
    assert_eq!(compared([many(400, &["a"])], [unknown]).changes[0].members, None);
}

#[test]
fn what_a_run_did_not_come_to_is_not_known_to_have_failed() {
    let unfinished = || {
        case("a")
            .error("unfinished")
            .with(|case| case.cause = Some(Cause { kind: "unfinished".into(), message: "cut".into() }))
    };
    assert_eq!(became(unfinished(), case("a").error("tls")), (Became::NewlyUndetermined, Outcome::Undetermined));
    assert_eq!(became(unfinished(), case("a")), (Became::NowJudged, Outcome::NoWorse));
    let mut before = side([unfinished()]);
    before.result.run.interrupted = true;
    let comparison = compare(&before, &side([case("a")])).expect("compared");
    assert!(comparison.remarks[0].contains("stopped before its end"), "{:?}", comparison.remarks);
}

#[test]
fn what_does_not_count_does_not_weigh() {
    let mut after = side([case("a").fail().severity(Severity::Minor), case("b").fail().severity(Severity::Info)]);
    assert_eq!(compare(&side([]), &after).expect("compared").outcome, Outcome::Worse);
    after.result.run.fail_on = Severity::Major;
    let comparison = compare(&side([]), &after).expect("compared");
    assert_eq!((comparison.outcome, comparison.counts.newly_failing), (Outcome::NoWorse, 2));
}

#[test]
fn what_took_much_longer_is_told_and_no_more() {
    let took = |ms| case("a").with(|case| case.duration_ms = ms);
    let slower = |before, after| compared([took(before)], [took(after)]).counts.slower;
    assert_eq!((slower(1_000, 2_000), slower(1_000, 1_999), slower(10, 900), slower(9_000, 11_000)), (1, 0, 0, 0));
    assert_eq!(compared([took(1_000)], [took(9_000)]).outcome, Outcome::NoWorse);
}

#[test]
fn what_would_mislead_is_refused() {
    let refused = |change: fn(&mut RunInfo)| {
        let mut before = side([case("a")]);
        change(&mut before.result.run);
        compare(&before, &side([case("a")])).expect_err("refused").to_string()
    };
    assert!(
        refused(|run| run.environment = "northwind".into()).contains("different environments: northwind and contoso")
    );
    assert!(refused(|run| run.mode = Mode::Live).contains("live and mock"));
    assert!(
        refused(|run| run.vantages.reverse()).contains("from external and internal, and from internal and external")
    );
    let later = |run: &mut RunInfo| run.started = "2027-01-01T00:00:00Z".parse().expect("a time");
    assert!(refused(later).contains("wrong order"));
}

#[test]
fn what_makes_them_less_than_comparable_is_said() {
    let mut before = known([case("a")], &["a", "b"], &["a"]);
    before.result.run.phase = "edge".into();
    let mut after = known([case("a").fail(), case("b")], &["a", "b"], &["a", "b"]);
    let made_of = after.made_of.as_mut().expect("known");
    made_of.files.insert("checks/federated-communication.yaml".into(), "other".into());
    let comparison = compare(&before, &after).expect("compared");
    let remarks = comparison.remarks.join("\n");
    for part in
        ["the phase was edge, and is cutover", "1 of the 2 checks were not asked", "check files differ: checks/fed"]
    {
        assert!(remarks.contains(part), "{remarks}");
    }
    assert!(comparison.changes[0].check_changed);
    let unknown = compare(&side([]), &known([], &[], &[])).expect("compared");
    assert!(unknown.remarks[0].contains("is not known"), "{:?}", unknown.remarks);
}

fn realistic() -> Comparison {
    let before = [
        case("srv[contoso.com]"),
        case("ports[edge02.contoso.com]").fail(),
        case("ports[edge01.contoso.com]").fail(),
        case("names[contoso.com]").error("timeout"),
        many(400, &["a"]),
        case("slow").with(|case| case.duration_ms = 200),
    ];
    let after = [
        case("srv[contoso.com]").fail().fix("change the SRV record"),
        case("ports[edge02.contoso.com]"),
        case("names[contoso.com]").skip(SkipReason::NotObservedFromHere),
        many(401, &["a", "b"]),
        case("slow").with(|case| case.duration_ms = 4_000),
        case("new[pool03.contoso.com]"),
    ];
    compared(before, after)
}

#[test]
fn it_reads_well() {
    let mut text = Vec::new();
    write_text(&realistic(), false, &mut text).expect("memory can be written");
    insta::assert_snapshot!(String::from_utf8(text).expect("UTF-8"), @r"
    before: run 20261122T190000-7f3a, began 2026-11-22T19:00:00.5Z, phase cutover
    after:  run 20261122T190000-7f3a, began 2026-11-22T19:00:00.5Z, phase cutover
    note:   whether both were made with the same check files is not known: the journal of 20261122T190000-7f3a is not there

    WORSE  1 newly failing · 1 still failing · 1 no longer judged · 1 gone · 1 fixed · 1 new · 1 the same · 1 over more subjects · 1 slower

    newly failing: 1
      blocker  srv[contoso.com]: the port is 5060
          it held
          fix: change the SRV record

    still failing: 1
      blocker  many: the port is 5060
          it failed: the port is 5060
          ranged over 400 subjects, and now over 401
          1 newly do not hold, 0 are not named any more, 1 as before
          now also many[b]: x

    no longer judged: 1
      blocker  names[contoso.com]: skipped
          it could not be determined: it could not be asked

    gone: 1
      blocker  ports[edge01.contoso.com]: it failed: the port is 5060
          that it is not there any more does not prove that it was fixed

    fixed: 1
      blocker  ports[edge02.contoso.com]: holds
          it failed: the port is 5060

    new: 1
      blocker  new[pool03.contoso.com]: holds

    the same, but: 1
      blocker  slow: holds
          took 0.2 s, and now 4.0 s
    ");
    let mut text = Vec::new();
    write_markdown(&realistic(), &mut text).expect("memory can be written");
    let text = String::from_utf8(text).expect("UTF-8");
    for part in [
        "# WORSE: contoso since 2026-11-22T19:00:00.5Z\n",
        "\n## Newly failing\n\n- **blocker** `srv[contoso.com]`: the port is 5060\n  - it held\n  - fix: `change the SRV record`\n",
        "  - now also `many[b]`: x\n",
        "\n## The same, but\n",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let evil = "\u{1b}[2J\u{202e}\n# heading <img src=x> @everyone";
    let before = [case("a"), case("b").fail().message(evil)];
    let after = [case("a").fail().message(evil).fix(evil)];
    let comparison = compared(before, after);
    let (mut text, mut markdown) = (Vec::new(), Vec::new());
    write_text(&comparison, true, &mut text).expect("memory can be written");
    write_markdown(&comparison, &mut markdown).expect("memory can be written");
    let (text, markdown) = (String::from_utf8(text).expect("UTF-8"), String::from_utf8(markdown).expect("UTF-8"));
    assert!(!text.contains(crate::report::text::is_unsafe), "{text}");
    let outside_code: String = markdown.split('`').step_by(2).collect();
    assert!(!outside_code.contains("<img") && !outside_code.contains("@everyone"), "{markdown}");
    assert!(!markdown.contains("\n# heading"), "{markdown}");
}

#[test]
fn it_fits_its_schema_and_is_read_again() {
    let comparison = realistic();
    let mut bytes = Vec::new();
    crate::report::json::write(&comparison, &mut bytes).expect("memory can be written");
    let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let schema = serde_json::to_value(schemars::schema_for!(Comparison)).expect("a schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("a valid schema");
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    assert_eq!(serde_json::from_slice::<Comparison>(&bytes).expect("it is ours"), comparison);
}
