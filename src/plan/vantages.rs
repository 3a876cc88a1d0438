//! Vantages are free words: a misspelt one would skip its checks, or ask the wrong
//! servers, for ever and in silence.

use std::collections::BTreeSet;

use crate::check::Check;
use crate::diagnostic::nearest;
use crate::environment::Environment;
use crate::observe::Vantage;

/// Says which vantages stand in one place only.
pub(super) fn unknown(checks: &[&Check], environment: &Environment, at: &[Vantage]) -> Vec<String> {
    let file = &environment.file;
    let usual = ["internal", "external"];
    let described: BTreeSet<&str> = file
        .resolvers
        .keys()
        .chain(file.connect_from.keys())
        .chain(file.limits_from.keys())
        .chain(file.controls.keys())
        .map(String::as_str)
        .collect();
    let asked: BTreeSet<&str> =
        checks.iter().filter_map(|check| check.vantage.as_ref()).map(|one| one.0.as_str()).collect();
    let stood: BTreeSet<&str> = at.iter().map(|vantage| vantage.0.as_str()).collect();
    let known = |name: &str, elsewhere: [&BTreeSet<&str>; 2]| {
        usual.contains(&name) || elsewhere.iter().any(|names| names.contains(name))
    };
    let hint = |name: &str| {
        let near = nearest(name, usual.into_iter().chain(described.iter().copied()).filter(|other| *other != name));
        near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    };
    let of_checks = asked.iter().filter(|name| !known(name, [&described, &stood]));
    let of_file = described.iter().filter(|name| !known(name, [&asked, &stood]));
    of_checks
        .map(|name| format!("checks ask from `{name}`, which the environment does not know{}", hint(name)))
        .chain(of_file.map(|name| format!("the environment names `{name}`, which no check asks from{}", hint(name))))
        .collect()
}
