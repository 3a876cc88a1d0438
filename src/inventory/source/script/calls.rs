//! The calls of the table of datasets, taken apart: `Get-CsService -EdgeServer`.

use std::collections::BTreeSet;

use super::super::super::dataset::{self, Dataset};
use crate::powershell::template::literal;

/// One call, as the script makes it.
#[derive(Debug)]
pub struct Call {
    /// What it fills.
    pub dataset: &'static Dataset,
    /// The name of its parts' files.
    pub part: String,
    /// The cmdlet.
    pub cmdlet: &'static str,
    /// Its fixed parameters: names and PowerShell expressions.
    pub with: Vec<(&'static str, String)>,
    /// The parameter that takes the host, pool or domain that the call is about. Without
    /// one a host can only be asked on itself.
    pub about: Option<&'static str>,
    /// Whether it is made once for each user.
    pub each_user: bool,
    /// What follows the call in its pipeline.
    pub then: &'static str,
}

/// The calls of a dataset that the script makes; none where no export can hold it.
#[must_use]
pub fn of(dataset: &'static Dataset) -> Vec<Call> {
    let calls: Vec<Call> = dataset.calls.iter().filter_map(|call| read(dataset, call)).collect();
    let several = calls.len() > 1;
    let numbered = calls.into_iter().enumerate().map(|(index, call)| {
        let part = if several { format!("{}.{}", call.part, index + 1) } else { call.part };
        Call { part, ..call }
    });
    numbered.collect()
}

/// Every cmdlet that the script may name beside the shell's own.
#[must_use]
pub fn cmdlets() -> BTreeSet<&'static str> {
    // The caller's roles and their scopes; users and pools, to ask about each.
    let own = ["Get-CsAdminRole", "Get-CsAdminRoleAssignment", "Get-CsService", "Get-CsUser"];
    dataset::all().iter().flat_map(of).map(|call| call.cmdlet).chain(own).collect()
}

/// Events of the product's log that the checks ask for: replicas and their certificates,
/// the User Replicator on Edge Servers and Front Ends, web certificates. A whole log would
/// be many times the rest of an export.
const EVENTS: &str = "@{ LogName = 'Lync Server'; Id = @(1015, 1017, 30006, 30024, 30061, 32042) }";

fn read(dataset: &'static Dataset, text: &'static str) -> Option<Call> {
    let mut words = text.split_whitespace().peekable();
    let cmdlet = words.next()?;
    // Tests act as a client would: they are asked for one by one, by checks.
    if !cmdlet.starts_with("Get-") {
        return None;
    }
    let mut call = Call {
        dataset,
        part: dataset.name.to_owned(),
        cmdlet,
        with: Vec::new(),
        about: None,
        each_user: false,
        then: "",
    };
    match cmdlet {
        "Get-WinEvent" => {
            call.with = vec![("FilterHashtable", EVENTS.to_owned()), ("MaxEvents", "500".to_owned())];
            call.about = Some("ComputerName");
            return Some(call);
        }
        "Get-CsWindowsService" => call.about = Some("ComputerName"),
        // The document itself is a source of its own; its numbers of pools are a dataset.
        "Get-CsTopology" => call.then = " | ForEach-Object -Process { $_.Clusters }",
        _ => {}
    }
    while let Some(word) = words.next() {
        let name = word.strip_prefix('-')?;
        let value = words.next_if(|word| !word.starts_with('-'));
        match value {
            None => call.with.push((name, "$true".to_owned())),
            Some("{user}") => {
                call.each_user = true;
            }
            Some("{host}" | "{pool}" | "{domain}") => call.about = Some(name),
            Some(value) => call.with.push((name, literal(value.trim_matches('\'')))),
        }
    }
    Some(call)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Manifest;
    use crate::powershell::cmdlets as list;

    fn one(name: &str) -> Call {
        of(dataset::named(name).expect(name)).into_iter().next().expect("a call")
    }

    #[test]
    fn calls_are_taken_apart() {
        let users = one("users");
        assert_eq!(
            (users.cmdlet, users.with[0].0, users.with[0].1.as_str()),
            ("Get-CsUser", "ResultSize", "'Unlimited'")
        );
        let edges = one("edge_services");
        assert_eq!((edges.cmdlet, edges.with[0].0, edges.with[0].1.as_str()), ("Get-CsService", "EdgeServer", "$true"));
        assert_eq!(one("database_mirror_states").about, Some("PoolFqdn"));
        assert_eq!(one("windows_services").about, Some("ComputerName"));
        assert_eq!(one("certificates").about, None);
        assert!(one("effective_policies").each_user);
        let groups = of(dataset::named("response_group_queues").unwrap_or_else(|| {
            dataset::all().iter().find(|dataset| dataset.calls[0].starts_with("Get-CsRgsQueue")).expect("queues")
        }));
        assert!(groups[0].with.iter().any(|(name, _)| *name == "ShowAll"));
    }

    /// As `ConvertTo-Plain` of the script shows what it calls with.
    fn shown(expression: &str) -> String {
        match expression.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(text) => format!("\"{text}\""),
            None => expression.trim_start_matches('$').to_owned(),
        }
    }

    #[test]
    fn no_call_of_the_script_asks_for_some_alone() {
        for call in dataset::all().iter().flat_map(of).filter(|call| !call.each_user) {
            let own = call.with.iter().map(|(name, value)| format!("-{name} {}", shown(value)));
            let parameters: Vec<String> =
                [r#"-DomainController "dc1.contoso.com""#.to_owned()].into_iter().chain(own).collect();
            let manifest =
                Manifest { parameters: parameters.join(" "), ..Manifest::new(call.dataset.name, call.cmdlet) };
            assert_eq!(manifest.narrowed(call.dataset.calls), None, "{}: {}", call.dataset.name, manifest.parameters);
        }
    }

    #[test]
    fn only_listed_cmdlets_are_called_and_no_call_is_lost() {
        for name in cmdlets() {
            assert!(list::named(name).is_some() || name == "Get-WinEvent", "{name}");
        }
        for dataset in dataset::all() {
            let reads = dataset.calls.iter().filter(|call| call.starts_with("Get-")).count();
            assert_eq!(of(dataset).len(), reads, "{}", dataset.name);
        }
    }
}
