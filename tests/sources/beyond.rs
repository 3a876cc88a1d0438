//! What a directory alone can't know, and why: only there it may leave open what the shell and
//! the directory together decide.

use std::collections::{BTreeMap, BTreeSet};

use libtest_mimic::Failed;
use poolproof::inventory::dataset;
use poolproof::report::{CaseResult, RunResult, SkipReason, Verdict};

use crate::contoso::cases;

/// Datasets of which attributes are known and that a directory is not asked for all the same.
const NOT_ASKED: [(&str, &str); 3] = [
    ("ad_contacts", "which contacts are users of another forest is for the shell to say"),
    ("third_party_video_systems", "nothing marks them: they look as the contacts of Exchange do"),
    ("audio_test_applications", "nothing tells their contacts from those of other applications"),
];

/// Checks that the shell is needed for to be about anything.
const ABOUT_NOTHING: [(&str, &str); 2] = [
    ("sources-agree", "one source can't disagree with another"),
    ("conferencing-policy-effective-agrees", "it is about users of whom the shell was asked what governs them"),
];

/// Checks that need what the fixture's exported directory lacks, and what a directory that is
/// asked tells.
pub const ASKED_FOR_MORE: [(&str, &str); 3] = [
    ("pilot-user-attributes-kept", "Enterprise Voice: a bit of an attribute that the folder has not"),
    ("legacy-pool-no-exchange-um-contacts", "guessed: enabled contacts without an owner"),
    (
        "legacy-pool-no-trusted-application-endpoints",
        "guessed: application contacts of no application of the product's",
    ),
];

/// Holds what the directory alone says against what both say: nothing holds or fails there that
/// does not here, and what is left open needs what no directory has.
pub fn beyond(both: &RunResult, alone: &RunResult) -> Result<(), Failed> {
    // Where one of them was not let see all, or they differ, each says what it says.
    if cases(both).any(|case| case.check == "sources-agree" && case.verdict != Verdict::Pass) {
        return Ok(());
    }
    let whole: BTreeMap<&str, &CaseResult> = cases(both).map(|case| (case.key.as_str(), case)).collect();
    let open: BTreeSet<&str> = cases(alone).filter(|case| is_open(case)).map(|case| case.check.as_str()).collect();
    let mut wrong = Vec::new();
    for case in cases(alone) {
        let known = whole.get(case.key.as_str());
        let why = match (case.verdict, known.map(|known| known.verdict)) {
            (Verdict::Skip, _) if ABOUT_NOTHING.iter().any(|(check, _)| *check == case.check) => None,
            (Verdict::Pass, Some(Verdict::Pass)) => None,
            (Verdict::Fail, Some(Verdict::Fail)) => known.and_then(|known| more(case, known)),
            (Verdict::Skip, wanted) => match &case.skipped {
                Some(SkipReason::NeedFailed(need)) if open.contains(check_of(need)) => None,
                _ if wanted == Some(Verdict::Skip) => None,
                other => Some(format!("skipped: {other:?}")),
            },
            (Verdict::Error, _) => unexplained(case),
            (verdict, wanted) => Some(format!("{verdict:?}, and with the shell beside it {wanted:?}")),
        };
        wrong.extend(why.map(|why| format!("{}: {why}", case.key)));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Whether nobody can say of it how it is.
fn is_open(case: &CaseResult) -> bool {
    case.verdict == Verdict::Error || matches!(case.skipped, Some(SkipReason::NeedFailed(_)))
}

fn check_of(key: &str) -> &str {
    key.split('[').next().unwrap_or(key)
}

/// Who fails here, and not there.
fn more(case: &CaseResult, known: &CaseResult) -> Option<String> {
    let failing = |case: &CaseResult| -> BTreeSet<String> {
        let failing = case.members.iter().filter(|member| member.verdict == Verdict::Fail);
        failing.map(|member| member.key.clone()).collect()
    };
    let more: Vec<String> = failing(case).difference(&failing(known)).cloned().collect();
    (!more.is_empty()).then(|| format!("fails for {more:?} too"))
}

/// Why an error is not one of what no directory has.
fn unexplained(case: &CaseResult) -> Option<String> {
    let erring = case.members.iter().filter(|member| member.verdict == Verdict::Error);
    let mut told: Vec<&str> = erring.map(|member| member.message.as_str()).collect();
    if told.is_empty() {
        told.push(&case.message);
    }
    told.into_iter().find(|message| !is_of_the_shell(message)).map(str::to_owned)
}

/// Whether a message names a dataset, or a property of one, that is no attribute of anything.
fn is_of_the_shell(message: &str) -> bool {
    let named = |text: &str| text.rsplit([' ', '`']).next().unwrap_or(text).to_owned();
    if let Some((before, _)) = message.split_once(" was not delivered by ldap ") {
        let name = named(before);
        let known = dataset::named(&name).unwrap_or_else(|| panic!("{name} is no dataset: {message}"));
        let listed = NOT_ASKED.iter().any(|(dataset, _)| *dataset == name);
        return listed || known.asked().all(|field| field.attribute.is_none());
    }
    if let Some((before, _)) = message.split_once(": ldap ")
        && message.ends_with(" did not deliver it")
        && let Some((dataset, field)) = named(before).split_once('.')
    {
        let known = dataset::named(dataset).unwrap_or_else(|| panic!("{dataset} is no dataset: {message}"));
        return known.asked().any(|known| known.name == field && known.attribute.is_none());
    }
    false
}
