//! One deployment through three sources.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use poolproof::mock::Fixture;
use poolproof::report::{CaseResult, RunResult, Verdict};

use crate::beyond::{ASKED_FOR_MORE, beyond};
use crate::contoso::{Contoso, cases, fixture, verdicts};
use crate::forest::Forest;
use crate::slapd::{OpenLdap, PASSWORD};
use crate::{peers, shell};

/// A state, and what is wrong in it, if anything is: nothing, what the shell alone can know,
/// what the directory alone can know, what both know, and what nobody was let see. Each takes every
/// check over the inventory, so that the first ones are asked each time, and all with `POOLPROOF_SOURCES=all`.
const WORLDS: [(&str, Option<&str>); 10] = [
    ("ready-to-decommission", None),
    ("ready-to-decommission", Some("contact-objects-left")),
    ("ready-to-decommission", Some("only-the-directory-knows")),
    ("coexistence", None),
    ("ready-to-decommission", Some("foreign-user-left")),
    ("ready-to-decommission", Some("inventory-limited-by-role-scope")),
    ("coexistence", Some("conferencing-policy-lost-in-the-move")),
    ("coexistence", Some("directory-says-otherwise")),
    ("removed", Some("legacy-pool-left-in-directory")),
    ("before", Some("directory-not-prepared")),
];

/// So many of them are asked each time.
const EACH_TIME: usize = 4;

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    let all = std::env::var_os("POOLPROOF_SOURCES").is_some_and(|value| value == "all");
    for (number, (state, variant)) in WORLDS.into_iter().enumerate() {
        let name = format!("{state}/{}", variant.unwrap_or("as it is"));
        let shell = Trial::test(format!("shell/{name}"), move || through_the_shell(state, variant));
        let directory = peers::trial(&format!("directory/{name}"), OpenLdap::find, move |openldap| {
            through_the_directory(&openldap, state, variant)
        });
        let asked = all || number < EACH_TIME;
        let unless = |trial: Trial| if asked { trial } else { trial.with_ignored_flag(true) };
        trials.extend([unless(shell), unless(directory)]);
    }
    trials
}

/// What an export says and what the shell says come to the same.
fn through_the_shell(state: &str, variant: Option<&str>) -> Result<(), Failed> {
    let contoso = Contoso::in_state(state, variant);
    let (export, directory) = (contoso.folder("./export"), contoso.folder("./directory"));
    let beside = format!("    - export: '{}'", directory.display());
    let exported = contoso.judged(&format!("    - export: '{}'\n{beside}", export.display()), "");
    let asked = contoso.judged(&format!("    - powershell: {{}}\n{beside}"), &shell::command(&export));
    as_the_fixture_says(&exported, variant)?;
    same(&verdicts(&exported), &verdicts(&asked))
}

/// What an export of the directory says and what the directory says come to the same: beside
/// an export, beside the shell itself, and alone.
fn through_the_directory(openldap: &OpenLdap, state: &str, variant: Option<&str>) -> Result<(), Failed> {
    let contoso = Contoso::in_state(state, variant);
    let (export, directory) = (contoso.folder("./export"), contoso.folder("./directory"));
    let [beside, kept] = [&export, &directory].map(|folder| format!("    - export: '{}'", folder.display()));
    let forest = Forest::of(&contoso, openldap);
    let (source, way) = (forest.source(PASSWORD), forest.way());
    let whole = contoso.judged(&format!("{beside}\n{kept}"), "");
    as_the_fixture_says(&whole, variant)?;
    let both = verdicts(&whole);
    same(&both, &verdicts(&contoso.judged(&format!("{beside}\n{source}"), &way)))?;
    let shell = format!("{}\n{way}", shell::command(&export));
    same(&both, &verdicts(&contoso.judged(&format!("    - powershell: {{}}\n{source}"), &shell)))?;
    let alone = contoso.judged(&source, &way);
    beyond(&whole, &alone)?;
    let (mut kept, mut alone) = (verdicts(&contoso.judged(&kept, "")), verdicts(&alone));
    for verdicts in [&mut kept, &mut alone] {
        verdicts.retain(|key, _| !ASKED_FOR_MORE.iter().any(|(check, _)| check == key));
    }
    same(&kept, &alone)
}

/// The run says what is wrong in this world, and nothing else.
fn as_the_fixture_says(result: &RunResult, variant: Option<&str>) -> Result<(), Failed> {
    let fixture = Fixture::load(&fixture()).expect("the fixture");
    let variant = variant.and_then(|name| fixture.variants().find(|(known, _)| *known == name));
    let asked: Vec<&str> = cases(result).map(|case| case.check.as_str()).collect();
    let check = |key: &str| key.split('[').next().unwrap_or(key).to_owned();
    let nothing = Vec::new();
    let (fails, errors) = variant.map_or((&nothing, &nothing), |(_, variant)| (&variant.fails, &variant.errors));
    for (verdict, wanted) in [(Verdict::Fail, fails), (Verdict::Error, errors)] {
        let fits = |key: &str, wanted: &str| key == wanted || check(key) == wanted;
        let wanted: Vec<&String> = wanted.iter().filter(|key| asked.contains(&check(key).as_str())).collect();
        let found: Vec<String> = cases(result).flat_map(|case| keys(case, verdict)).collect();
        let too_much = found.iter().filter(|key| !wanted.iter().any(|wanted| fits(key, wanted)));
        let too_little = wanted.iter().copied().filter(|wanted| !found.iter().any(|key| fits(key, wanted)));
        let wrong: Vec<&String> = too_much.chain(too_little).collect();
        if !wrong.is_empty() {
            return Err(format!("{verdict:?}: the run and the fixture differ in {wrong:?}").into());
        }
    }
    let passed = cases(result).filter(|case| case.verdict == Verdict::Pass).count();
    if passed < 20 { Err(format!("no more than {passed} passed").into()) } else { Ok(()) }
}

/// The keys of whatever ended so in a case: its members', where it stands for many.
fn keys(case: &CaseResult, verdict: Verdict) -> Vec<String> {
    let members: Vec<String> =
        case.members.iter().filter(|member| member.verdict == verdict).map(|member| member.key.clone()).collect();
    if members.is_empty() && case.verdict == verdict { vec![case.key.clone()] } else { members }
}

fn same(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Result<(), Failed> {
    let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
    let differ: Vec<String> = keys
        .filter(|key| one.get(*key) != other.get(*key))
        .map(|key| format!("{key}: {:?} and {:?}", one.get(key), other.get(key)))
        .collect();
    if differ.is_empty() { Ok(()) } else { Err(differ.join("\n").into()) }
}
