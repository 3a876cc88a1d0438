//! What a check file is refused for before anything is asked.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use poolproof::check::compile;
use poolproof::diagnostic::{Code, Source};

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 3] = [
        ("a-trace-has-to-be-declared", effects),
        ("a-cmdlet-has-to-stand-in-the-file", names),
        ("facts-are-typed", facts),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("loading/{name}"), move || -> Result<(), Failed> {
            test();
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

fn load(step: &str, more: &str, that: &str) -> Vec<(Code, String)> {
    let text = format!(
        "suite: shell\ntitle: The shell\nchecks:\n  - id: one\n    title: One\n    for: {{ pool: environment.pools }}\n    observe:\n      shell: {{ cmdlet: {step} }}\n{more}    expect:\n      - that: {that}\n"
    );
    match compile(&Arc::new(Source::new("shell.yaml", text))) {
        Ok((_, warnings)) => {
            assert!(warnings.is_empty(), "{warnings:?}");
            Vec::new()
        }
        Err(found) => found
            .into_iter()
            .map(|one| (one.code, format!("{} {}", one.message, one.hint.unwrap_or_default())))
            .collect(),
    }
}

fn effects() {
    let call = "{ name: Test-CsPstnOutboundCall, parameters: { TargetFqdn: \"${pool.fqdn}\", TargetPstnPhoneNumber: \"+14255550100\" } }";
    let found = load(call, "", "shell.succeeded");
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, Code::UndeclaredEffect);
    assert!(found[0].1.contains("effects: [places-call]"), "{found:?}");
    assert_eq!(load(call, "    effects: [places-call]\n", "shell.succeeded"), []);
    // Another trace is not this one.
    assert_eq!(load(call, "    effects: [sends-im]\n", "shell.succeeded").len(), 1);
    assert_eq!(load("{ name: Test-CsTopology }", "", "shell.succeeded"), []);
}

fn names() {
    let found = load("{ name: Get-CsUsr }", "", "shell.count == 0");
    assert!(found.iter().any(|(_, text)| text.contains("Get-CsUser")), "{found:?}");
    let found = load("{ name: \"Get-Cs${pool.fqdn}\" }", "", "shell.count == 0");
    assert!(found.iter().any(|(_, text)| text.contains("must stand in the file")), "{found:?}");
    let found = load("{ name: Get-CsUser, parameters: { Identiy: x } }", "", "shell.count == 0");
    assert!(found.iter().any(|(_, text)| text.contains("did you mean `Identity`?")), "{found:?}");
    let found = load("{ name: Test-CsRegistration, parameters: { RegistrarPort: \"5061\" } }", "", "shell.succeeded");
    assert!(found.iter().any(|(_, text)| text.contains("a whole number")), "{found:?}");
    assert_eq!(load("{ name: Set-CsUser }", "", "shell.succeeded").len(), 1);
}

fn facts() {
    let call = "{ name: Test-CsRegistration, parameters: { TargetFqdn: \"${pool.fqdn}\" } }";
    assert_eq!(load(call, "", "shell.diagnosis is none or shell.diagnosis.code != 1003"), []);
    let found = load(call, "", "shell.diagnosis.cod == 1003");
    assert!(found.iter().any(|(_, text)| text.contains("code")), "{found:?}");
    assert_eq!(load("{ name: Get-CsPool }", "", "shell.records[0].anything.at.all == 1"), []);
}
