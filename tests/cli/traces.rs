//! What leaves a trace: only where it is allowed, and only to those who have agreed.

use serde_json::json;

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

#[test]
fn a_trace_needs_leave() {
    let check = "
  - id: leaves-a-trace
    title: T
    effects: [sends-im]
    waivable: false
    observe: { port: { tcp: { host: 10.0.0.1, port: 5061 } } }
    expect: [{ that: port.open }]
";
    let ran = Run::tiny(check).ok();
    assert_eq!(ran.results().case("leaves-a-trace")["skipped"], json!({"effect-not-allowed": "sends-im"}));
    assert!(ran.observations().is_empty(), "nothing is asked");
    let ran = Run::tiny(check).args(["--allow", "sends-im"]).ok();
    assert_eq!(ran.results().verdict("leaves-a-trace"), "pass");
    Run::tiny(check).args(["--allow", "places-call"]).ok();
}

/// A shell that answers something else.
const SHELL: &str = "shell: { version: { cmdlet: Get-CsServerVersion, records: [] } }\n";

/// What is called, and why it is not.
fn strangers(environment: &str, parameters: &str) -> (Ran, String) {
    let check = format!(
        "
  - id: calls
    title: T
    for: {{ pool: environment.target_pools }}
    effects: [sends-im, places-call]
    observe:
      port: {{ tcp: {{ host: 10.0.0.2, port: 5061 }} }}
      call: {{ cmdlet: {{ {parameters} }} }}
    expect: [{{ that: call.succeeded }}]
    timeout: 20s
"
    );
    let ran = Run::tiny(&check)
        .mock(&format!("{ENVIRONMENT}{environment}"), &format!("{DEPLOYMENT}{SHELL}"))
        .args(["--allow", "sends-im", "--allow", "places-call"])
        .status(3)
        .ok();
    let message = ran.results().case("calls[pool02.tiny.test]")["message"].as_str().expect("a message").to_owned();
    (ran, message)
}

#[test]
fn nobody_is_touched_who_has_not_agreed() {
    const AGREED: &str = "
accounts:
  - { sip: 'sip:probe1@tiny.test', user: 'TINY\\probe1', password: { env: POOLPROOF_NO_SUCH }, phone: +1 425 555 0100 }
partners: [{ domain: fabrikam.test, probe: 'sip:probe@fabrikam.test' }]
";
    let call = |number: &str| {
        format!(
            "name: Test-CsPstnOutboundCall, parameters: {{ TargetFqdn: x.tiny.test, TargetPstnPhoneNumber: {number} }}"
        )
    };
    let message = |receiver: &str| format!("name: Test-CsXmppIM, parameters: {{ Receiver: {receiver} }}");
    for (parameters, word) in [
        (call("'+14255550199'"), "whoever answers +14255550199"),
        (call("'4255550100'"), "whoever answers 4255550100"),
        (message("'sip:sara@tiny.test'"), "sip:sara@tiny.test"),
        (message("'sip:probe@${pool.fqdn}'"), "sip:probe@pool02.tiny.test"),
        // Whom it would be only an answer tells.
        (message("'sip:${port.address}@tiny.test'"), "somebody whom `Receiver` does not name beforehand"),
        ("name: Test-CsXmppIM".to_owned(), "somebody whom `Receiver` does not name beforehand"),
    ] {
        let (ran, message) = strangers(AGREED, &parameters);
        assert!(message.contains("nothing was asked") && message.contains(word), "{parameters}: {message}");
        assert!(message.contains("may touch only the environment's `accounts`"), "{message}");
        assert!(ran.observations().is_empty(), "{parameters}: something was asked");
    }
    for parameters in [
        call("'tel:+14255550100'"),
        message("Probe1@tiny.test"),
        message("'sip:probe@fabrikam.test'"),
        "name: Test-CsIM, parameters: { TargetFqdn: '${pool.fqdn}' }".to_owned(),
    ] {
        let (ran, message) = strangers(AGREED, &parameters);
        assert!(message.contains("the mock deployment has no answer for"), "{parameters}: {message}");
        assert_eq!(ran.observations().len(), 2, "{parameters}");
    }
    let (_, message) = strangers("", &call("'+14255550100'"));
    assert!(message.contains("nothing was asked"), "{message}");
}
