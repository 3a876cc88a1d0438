//! One deployment through three sources.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use poolproof::report::{RunResult, Verdict};

use crate::contoso::{Contoso, cases, verdicts};
use crate::forest::Forest;
use crate::slapd::{OpenLdap, PASSWORD};
use crate::{peers, shell};

/// A state, and what is wrong in it, if anything is.
const WORLDS: [(&str, Option<&str>); 4] = [
    ("ready-to-decommission", None),
    ("ready-to-decommission", Some("foreign-user-left")),
    ("ready-to-decommission", Some("contact-objects-left")),
    ("coexistence", None),
];

pub fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for (state, variant) in WORLDS {
        let name = format!("{state}/{}", variant.unwrap_or("as it is"));
        trials.push(Trial::test(format!("shell/{name}"), move || through_the_shell(state, variant)));
        trials.push(peers::trial(&format!("directory/{name}"), OpenLdap::find, move |openldap| {
            through_the_directory(&openldap, state, variant)
        }));
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
    judged_something(&exported, variant)?;
    same(&verdicts(&exported), &verdicts(&asked))
}

/// What an export of the directory says and what the directory says come to the same; and the
/// directory alone never proves more than both.
fn through_the_directory(openldap: &OpenLdap, state: &str, variant: Option<&str>) -> Result<(), Failed> {
    let contoso = Contoso::in_state(state, variant);
    let (export, directory) = (contoso.folder("./export"), contoso.folder("./directory"));
    let beside = format!("    - export: '{}'", export.display());
    let exported = contoso.judged(&format!("{beside}\n    - export: '{}'", directory.display()), "");
    let forest = Forest::of(&contoso, openldap);
    let (source, more) = (forest.source(PASSWORD), forest.way());
    let asked = contoso.judged(&format!("{beside}\n{source}"), &more);
    judged_something(&exported, variant)?;
    let both = verdicts(&asked);
    same(&verdicts(&exported), &both)?;
    let alone = contoso.judged(&source, &more);
    for (key, verdict) in verdicts(&alone).into_iter().filter(|(_, verdict)| verdict.starts_with("Pass")) {
        let wanted = both.get(&key).map(String::as_str).unwrap_or_default();
        if !wanted.starts_with("Pass") {
            return Err(format!("{key}: the directory alone says {verdict}, with the shell beside it: {wanted}").into());
        }
    }
    Ok(())
}

fn judged_something(result: &RunResult, variant: Option<&str>) -> Result<(), Failed> {
    let count = |verdict| cases(result).filter(|case| case.verdict == verdict).count();
    let (passed, failed) = (count(Verdict::Pass), count(Verdict::Fail));
    let wrong: Vec<String> = cases(result)
        .filter(|case| matches!(case.verdict, Verdict::Fail | Verdict::Error))
        .map(|case| format!("{}: {}", case.key, case.message))
        .collect();
    if passed < 20 || (failed > 0) != variant.is_some() || count(Verdict::Error) > 0 {
        return Err(format!("{passed} passed, {failed} failed: {wrong:#?}").into());
    }
    Ok(())
}

fn same(one: &BTreeMap<String, String>, other: &BTreeMap<String, String>) -> Result<(), Failed> {
    let keys = one.keys().chain(other.keys().filter(|key| !one.contains_key(*key)));
    let differ: Vec<String> = keys
        .filter(|key| one.get(*key) != other.get(*key))
        .map(|key| format!("{key}: {:?} and {:?}", one.get(key), other.get(key)))
        .collect();
    if differ.is_empty() { Ok(()) } else { Err(differ.join("\n").into()) }
}
