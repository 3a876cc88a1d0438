//! The script that makes an export: a template, and the table of datasets.
//!
//! What it calls and which properties it keeps follow from the one table of datasets. It
//! names read-only cmdlets alone, those of [`cmdlets()`], and a short list of the shell's
//! own.

mod calls;

use std::fmt::Write as _;

use super::super::dataset::{self, Dataset, Kind, Sees};
use crate::powershell::template::{self, literal};

pub use calls::{Call, cmdlets};

const TEMPLATE: &str = include_str!("export.ps1");

/// What a script is made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The datasets; all of them where none is named.
    pub datasets: Vec<String>,
    /// What `-Environment` is where it isn't given.
    pub environment: Option<String>,
    /// What `-DomainController` is where it isn't given.
    pub domain_controller: Option<String>,
}

/// Why there is no such script.
#[derive(Debug, thiserror::Error)]
pub enum NoScript {
    /// A dataset is named that doesn't exist.
    #[error("there is no dataset `{name}`; {hint}")]
    Unknown {
        /// As it was named.
        name: String,
        /// The way out.
        hint: String,
    },
    /// A dataset is named that no export can hold.
    #[error("the script can't read `{0}`: LDAP does, or `cmdlet` steps of checks")]
    NotExported(String),
}

/// The script.
///
/// # Errors
/// A dataset is named that it can't read.
pub fn script(options: &Options) -> Result<String, NoScript> {
    let mut chosen: Vec<&'static Dataset> = Vec::new();
    for name in &options.datasets {
        let Some(dataset) = dataset::named(name) else {
            let hint = crate::diagnostic::suggestion(name, dataset::all().iter().map(|dataset| dataset.name));
            return Err(NoScript::Unknown { name: name.clone(), hint });
        };
        if calls::of(dataset).is_empty() {
            return Err(NoScript::NotExported(name.clone()));
        }
        if !chosen.iter().any(|known| known.number == dataset.number) {
            chosen.push(dataset);
        }
    }
    if chosen.is_empty() {
        chosen = dataset::all().iter().collect();
    }
    let entries: String = chosen.iter().flat_map(|dataset| calls::of(dataset)).map(|call| entry(&call)).collect();
    let defaults = [("Environment", &options.environment), ("DomainController", &options.domain_controller)];
    let defaults: String = defaults
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
        .map(|(name, value)| format!("if (${name} -eq '') {{ ${name} = {} }}\n", literal(value)))
        .collect();
    Ok(template::fill(TEMPLATE, &[("common", template::COMMON), ("datasets", &entries), ("defaults", &defaults)]))
}

/// The datasets that a script reads where none is named.
pub fn usual() -> impl Iterator<Item = &'static Dataset> {
    dataset::all().iter().filter(|dataset| calls::of(dataset).iter().any(|call| !call.each_user))
}

/// How many calls the script makes for a dataset, each of them perhaps about several hosts,
/// pools or domains.
#[must_use]
pub fn calls(dataset: &'static Dataset) -> usize {
    calls::of(dataset).len()
}

/// One call, as the script has it.
fn entry(call: &Call) -> String {
    let Call { dataset, part, cmdlet, .. } = call;
    let sees = match dataset.sees {
        Sees::Deployment => "deployment",
        Sees::Host => "host",
        Sees::Domain => "domain",
        Sees::Pool => "pool",
    };
    let each = if call.each_user { "user" } else { "" };
    let about = call.about.unwrap_or_default();
    let mut text = String::from("@{\n");
    let _ = writeln!(text, "    Dataset = '{}'; Part = '{part}'; Cmdlet = '{cmdlet}'", dataset.name);
    let _ = writeln!(text, "    Sees = '{sees}'; Each = '{each}'; Parameter = '{about}'");
    let _ = writeln!(text, "    Run = {{ param($With) {cmdlet} @With{} }}", call.then);
    let with: Vec<String> = call.with.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let _ = writeln!(text, "    With = @{{ {} }}", with.join("; "));
    let _ = writeln!(text, "    Properties = @({})", properties(dataset).map(quoted).collect::<Vec<_>>().join(", "));
    let deep = dataset.asked().filter(|field| takes_apart(&field.kind));
    let deep: Vec<String> = deep.map(|field| format!("{} = 1", field.property)).collect();
    let _ = writeln!(text, "    Deep = @{{ {} }}", deep.join("; "));
    text.push_str("}\n");
    text
}

fn quoted(name: &str) -> String {
    format!("'{name}'")
}

/// The properties that are kept: none named is all, where settings of any name are compared.
fn properties(dataset: &'static Dataset) -> impl Iterator<Item = &'static str> {
    let named =
        dataset.asked().flat_map(|field| std::iter::once(field.property).chain(field.spellings.iter().copied()));
    named.filter(|_| !dataset.keeps_settings)
}

/// Whether a property holds objects that are of use only with their parts.
fn takes_apart(kind: &Kind) -> bool {
    match kind {
        Kind::Any => true,
        Kind::List(inner) => takes_apart(inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(datasets: &[&str]) -> Result<String, NoScript> {
        script(&Options { datasets: datasets.iter().map(ToString::to_string).collect(), ..Options::default() })
    }

    #[test]
    fn every_dataset_of_the_deployment_is_in_the_script() {
        let whole = script(&Options::default()).expect("a script");
        for dataset in dataset::all() {
            let named = whole.contains(&format!("Dataset = '{}';", dataset.name));
            assert_eq!(named, !calls::of(dataset).is_empty(), "{}", dataset.name);
        }
        assert!(usual().count() > 60, "{}", usual().count());
        assert!(!usual().any(|dataset| dataset.name == "effective_policies"));
    }

    #[test]
    fn chosen_datasets_alone_are_in_the_script() {
        let found = with(&["users", "sip_domains", "users"]).expect("a script");
        assert_eq!(found.matches("Dataset = '").count(), 2);
        assert!(found.contains("'SipAddress'") && found.contains("ResultSize = 'Unlimited'"));
        let hint = with(&["usrs"]).expect_err("no script").to_string();
        assert!(hint.contains("users"), "{hint}");
        assert!(matches!(with(&["synthetic_results"]), Err(NoScript::NotExported(_))));
    }

    #[test]
    fn defaults_are_data() {
        let options = Options {
            environment: Some("Con'toso\u{2019}; calc".into()),
            domain_controller: Some("dc1.contoso.com".into()),
            ..Options::default()
        };
        let found = script(&options).expect("a script");
        assert!(found.contains("$DomainController = 'dc1.contoso.com'"));
        assert!(found.contains(r"$Environment = ([regex]::Unescape('Con''toso\u2019; calc'))"));
        assert!(found.is_ascii());
    }

    #[test]
    fn nothing_of_the_template_is_left_open() {
        assert!(!script(&Options::default()).expect("a script").contains("<<"));
    }
}
