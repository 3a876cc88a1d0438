//! The `cmdlet` probe.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use libtest_mimic::{Failed, Trial};
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, ErrorClass, Facts, Network, ProbeError};
use poolproof::powershell::Shell;
use serde_json::{Value, json};

use super::world::{PATIENT, block_on, shell};

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 13] = [
        ("a-success", success),
        ("a-failure-is-taken-apart", failure),
        ("oddities-are-unknown", oddities),
        ("records-are-renamed", records),
        ("nothing-is-known-to-be-nothing", nothing),
        ("more-than-is-kept", many),
        ("some-and-then-an-error", partial),
        ("success-of-some-is-not-of-all", success_of_some),
        ("an-error-alone-is-an-error", error_alone),
        ("a-lost-record-is-noticed", lost),
        ("hostile-values-stay-values", hostile),
        ("what-cannot-be-asked-is-not", not_asked),
        ("time-is-limited", time),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("probe/{name}"), move || -> Result<(), Failed> {
            test();
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

fn ask_in(shell: Option<Shell>, params: Value, timeout: Duration) -> Result<Answer<Facts>, ProbeError> {
    let network = Network { shell, ..Network::default() };
    let context = Context::new(Arc::new(network), timeout, Timestamp::now());
    let kind = PROBES.iter().find(|kind| kind.name == "cmdlet").expect("a probe");
    block_on((kind.ask)(params, context))
}

fn ask(behaviour: &str, params: Value) -> Result<Answer<Facts>, ProbeError> {
    ask_in(Some(shell(&[behaviour])), params, PATIENT)
}

fn facts(behaviour: &str, params: Value) -> Answer<Facts> {
    ask(behaviour, params).unwrap_or_else(|error| panic!("facts, not {error:?}"))
}

fn registration() -> Value {
    json!({"name": "Test-CsRegistration", "parameters": {"TargetFqdn": "pool02.contoso.com"}})
}

fn success() {
    let answer = facts("shows-success", registration());
    assert!(answer.facts.unknown.is_empty(), "{:?}", answer.facts.unknown);
    let found = answer.facts.values;
    assert_eq!(found["succeeded"], true);
    assert_eq!(found["result"], "Success");
    assert_eq!(found["target_fqdn"], "pool02.contoso.com");
    assert_eq!(found["latency_ms"], 2684);
    assert_eq!((&found["error"], &found["diagnosis"]), (&Value::Null, &Value::Null));
    assert_eq!(found["module"], "SkypeForBusiness 7.0.0.0");
    assert_eq!(answer.evidence[0].text, "Test-CsRegistration -TargetFqdn 'pool02.contoso.com'");
}

fn failure() {
    let answer = facts("shows-failure", registration());
    let found = answer.facts.values;
    assert_eq!(found["succeeded"], false);
    // The first that is no success is told, whatever succeeded before it.
    assert_eq!((&found["result"], &found["target_fqdn"]), (&json!("Failure"), &json!("pool03.contoso.com")));
    assert_eq!((&found["error"], &found["latency_ms"]), (&json!("404, Not Found"), &json!(0)));
    assert_eq!(found["target_uri"], "https://pool02.contoso.com:443/x");
    let diagnosis = &found["diagnosis"];
    assert_eq!((&diagnosis["code"], &diagnosis["source"]), (&json!(1003), &json!("pool03.contoso.com")));
    assert_eq!(diagnosis["reason"], "User does not exist");
    assert!(diagnosis["meaning"].is_string());
    assert_eq!(found["warnings"], json!(["Failed to read Registrar port number"]));
    assert_eq!(found["count"], 2);
}

fn oddities() {
    let answer = facts("shows-oddities", registration());
    let unknown: Vec<&str> = answer.facts.unknown.keys().map(String::as_str).collect();
    assert_eq!(unknown, ["latency_ms", "result", "succeeded"], "numbers stand for results that nobody knows");
    assert!(!answer.facts.values.contains_key("succeeded"));
}

fn records() {
    let answer = facts("lists", json!({"name": "get-csservice", "parameters": {"EdgeServer": true}}));
    let found = &answer.facts.values;
    assert_eq!((&found["name"], &found["count"]), (&json!("Get-CsService"), &json!(2)));
    assert_eq!(found["records"][0]["av_edge_external_fqdn"], "av.contoso.com");
    assert_eq!(found["records"][0]["dependent_service_list"], json!(["a", "b"]));
    for fact in ["result", "succeeded", "error", "diagnosis", "latency_ms"] {
        assert!(answer.facts.unknown[fact].contains("shows no result"), "{fact}");
    }
    assert_eq!(answer.evidence[0].text, "Get-CsService -EdgeServer");
}

fn nothing() {
    let found = facts("lists-nothing", json!({"name": "Get-CsXmppAllowedPartner"})).facts.values;
    assert_eq!((&found["count"], &found["records"]), (&json!(0), &json!([])));
    let error = ask("lists-nothing", registration()).expect_err("a test that shows nothing proves nothing");
    assert!(error.message.contains("showed nothing"), "{error}");
}

fn many() {
    let answer = facts("lists-many", json!({"name": "Get-CsUser", "most": 3}));
    assert_eq!(answer.facts.values["count"], 5000);
    assert!(answer.facts.unknown["records"].contains("5000"), "{:?}", answer.facts.unknown);
}

fn partial() {
    let answer = facts("lists-some-and-fails", json!({"name": "Get-CsPool"}));
    for fact in ["records", "count"] {
        assert!(answer.facts.unknown[fact].contains("the store went away"), "{:?}", answer.facts.unknown);
    }
}

fn success_of_some() {
    for (behaviour, reason) in [
        ("shows-success-and-errors", "pool03.contoso.com can't be reached"),
        ("shows-many-successes", "101 results, of which 100 are kept"),
    ] {
        let answer = facts(behaviour, registration());
        assert!(answer.facts.unknown["succeeded"].contains(reason), "{:?}", answer.facts.unknown);
    }
}

fn error_alone() {
    let error = ask("fails-without-records", registration()).expect_err("an error");
    assert_eq!(error.class, ErrorClass::Protocol);
    assert!(error.message.contains("504 (Server time-out)"), "{error}");
    let error = ask("fails", registration()).expect_err("an error");
    assert_eq!(error.class, ErrorClass::Unsupported);
    let error = ask("exit-0-with-errors", registration()).expect_err("an error");
    assert!(error.message.contains("exit code 0") && error.message.contains("the module broke"), "{error}");
}

fn lost() {
    let error = ask("loses-a-record", json!({"name": "Get-CsPool"})).expect_err("an error");
    assert!(error.message.contains("2 records were sent and 1 arrived"), "{error}");
}

fn hostile() {
    for hostile in [
        "'; Remove-Item C:\\ -Recurse; '",
        "$(Stop-Computer)",
        "\u{2019}; calc; \u{2018}",
        "a\nGet-CsUser | Disable-CsUser\r\n",
        "`\"& calc\"",
        "@poolproof:x:done {}",
        "#< CLIXML",
        "\u{202e}\u{0}\u{feff}\u{1f600}",
        "-WhatIf:$false",
        "{\"cmdlet\":\"Set-CsUser\"}",
    ] {
        let params = json!({"name": "Get-CsUser", "parameters": {"Identity": hostile}});
        let found = facts("echoes", params).facts.values;
        let echo = &found["records"][0];
        assert_eq!(echo["parameters"], json!({"Identity": hostile}));
        assert_eq!((&echo["cmdlet"], &echo["ascii"]), (&json!("Get-CsUser"), &json!(true)));
        let script = echo["script"].as_str().expect("a script");
        assert_eq!(script, poolproof::observe::probes::cmdlet::script(), "the script is the same for every question");
        assert!(!echo["arguments"].to_string().contains(hostile), "{hostile}");
    }
}

fn not_asked() {
    let marker = Some(shell(&["sleeps"]));
    for (params, words) in [
        (json!({"name": "Set-CsUser"}), "not among the listed cmdlets"),
        (json!({"name": "Get-CsUser; Set-CsUser"}), "not among the listed cmdlets"),
        (json!({"name": "Get-CsUser", "parameters": {"Credential": "x"}}), "takes no parameter `Credential`"),
        (json!({"name": "Get-CsPool", "parameters": {"Identity": "a", "identity": "b"}}), "given twice"),
        (json!({"name": "Test-CsRegistration", "parameters": {"TargetFqdn": "a; b"}}), "takes a name"),
    ] {
        let error = ask_in(marker.clone(), params, PATIENT).expect_err(words);
        assert_eq!(error.class, ErrorClass::NotAsked, "{error}");
        assert!(error.message.contains(words), "{error}");
    }
    let error = ask_in(None, registration(), PATIENT).expect_err("no shell");
    assert_eq!(error.class, ErrorClass::Unsupported);
    let gone = Shell { command: vec!["no-such-program-anywhere".into()], ..Shell::default() };
    let error = ask_in(Some(gone), registration(), PATIENT).expect_err("no program");
    assert_eq!(error.class, ErrorClass::Unsupported);
    assert!(error.message.contains("can't be started here"), "{error}");
}

fn time() {
    let error = ask_in(Some(shell(&["sleeps"])), registration(), Duration::from_millis(500)).expect_err("no answer");
    assert_eq!(error.class, ErrorClass::Timeout);
    assert!(error.message.contains("was ended"), "{error}");
}
