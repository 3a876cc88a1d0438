//! Signing in to the mock's registrars: where everybody ends up, and each way to be refused.

use std::sync::Arc;
use std::time::Duration;

use poolproof::accounts::Accounts;
use poolproof::mock::Mock;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, ErrorClass, Facts, ProbeError, Vantage};
use serde_json::{Value, json};

use crate::accounts::People;
use crate::{now, serve};

const POOLS: &str = "\
authorities: { ca: { subject: CA }, nobody: { subject: Nobody, trusted: false } }
certificates:
  fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca }
  fe21: { subject: pool02.contoso.com, names: [pool02.contoso.com, fe21.contoso.com], issuer: ca }
  edge: { subject: sip.contoso.com, names: [sip.contoso.com], issuer: ca }
  forged: { subject: pool01.contoso.com, names: [pool01.contoso.com], issuer: nobody }
dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records:
      pool01.contoso.com: { A: [10.0.0.1] }
      pool02.contoso.com: { A: [10.0.0.2] }
      sip.contoso.com: { A: [10.0.0.3] }
users:
  probe1@contoso.com: { user: 'CONTOSO\\probe1', password: 'Pa$$word', pool: pool01.contoso.com }
  probe2@contoso.com: { user: probe2@contoso.com, password: \u{fc}nic\u{f6}de, pool: pool02.contoso.com, remote: false }
  disabled@contoso.com: { user: 'CONTOSO\\disabled', password: mind-your-own, pool: pool01.contoso.com, rejected: '0x80070533' }
  expired@contoso.com: { user: 'CONTOSO\\expired', password: mind-your-own, pool: pool01.contoso.com, rejected: '0x80070532' }
  nobody@contoso.com:
    user: 'CONTOSO\\nobody'
    password: mind-your-own
    pool: pool01.contoso.com
    answer: { status: { code: 404, reason: Not Found, headers: ['ms-diagnostics: 4005;reason=\"Destination URI either not enabled for SIP or does not exist\";source=\"fe11.contoso.com\"'] } }
  homeless@contoso.com:
    user: 'CONTOSO\\homeless'
    password: mind-your-own
    pool: pool01.contoso.com
    answer: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1038;reason=\"Failed to connect to a peer server\";source=\"fe11.contoso.com\"'] } }
  circle@contoso.com:
    user: 'CONTOSO\\circle'
    password: mind-your-own
    pool: pool01.contoso.com
    answer: { status: { code: 301, reason: Moved, headers: ['Contact: <sip:pool01.contoso.com:5061;transport=tls>'] } }
  clear@contoso.com:
    user: 'CONTOSO\\clear'
    password: mind-your-own
    pool: pool01.contoso.com
    answer: { status: { code: 301, reason: Moved, headers: ['Contact: <sip:pool02.contoso.com:5060;transport=tcp>'] } }
  away@contoso.com:
    user: 'CONTOSO\\away'
    password: mind-your-own
    pool: pool01.contoso.com
    answer: { status: { code: 480, reason: Temporarily Unavailable } }
hosts:
  10.0.0.1:
    name: fe11
    from: [internal]
    ports:
      5061: { tls: fe11, client_certificate: asked, sip: { server: fe11.contoso.com, version: '6.0', pool: pool01.contoso.com } }
      5071: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', schemes: [TLS-DSK, Kerberos] } }
      5072: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', clients: UCCAPI/16 } }
      5073: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', minutes_fast: 20 } }
      5074: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', signatures: none } }
      5075: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', signatures: corrupt } }
      5076: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', signatures: replayed } }
      5077: { tls: forged, sip: { server: fe11.contoso.com, version: '6.0' } }
      5079: { tls: fe11, sip: { server: fe11.contoso.com, version: '6.0', answer: { status: { code: 200, reason: OK } } } }
  10.0.0.2:
    name: fe21
    from: [internal]
    ports: { 5061: { tls: fe21, sip: { server: fe21.contoso.com, version: '7.0', pool: pool02.contoso.com } } }
  10.0.0.3:
    name: edge
    from: [internal]
    ports: { 443: { tls: edge, sip: { server: fe11.contoso.com, version: '6.0', schemes: [NTLM, TLS-DSK], remote: true } } }
";

const PROBE1: [&str; 3] = ["sip:probe1@contoso.com", "CONTOSO\\probe1", "Pa$$word"];
const PROBE2: [&str; 3] = ["sip:probe2@contoso.com", "probe2@contoso.com", "\u{fc}nic\u{f6}de"];

fn person([sip, user, password]: [&str; 3]) -> People {
    People::one(sip, user, password)
}

async fn ask(mock: &Mock, people: &People, account: &str, params: Value) -> Result<Answer<Facts>, ProbeError> {
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "sign-in").expect("a probe");
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let context = Context { roster: Arc::clone(&people.roster), account: Some(account.to_owned()), ..context };
    (probe.ask)(params, context).await
}

async fn facts(mock: &Mock, [sip, user, password]: [&str; 3], params: Value) -> Value {
    let people = person([sip, user, password]);
    let answer = ask(mock, &people, sip, params).await.unwrap_or_else(|error| panic!("{error}"));
    let untried = ["not-offered", "client-version", "no-challenge"];
    let untried = untried.iter().any(|outcome| answer.facts.values["outcome"] == *outcome);
    let unknown: Vec<&String> = answer.facts.unknown.keys().collect();
    assert_eq!(unknown, if untried { vec!["signed_in"] } else { vec![] });
    let shown = format!("{:?} {:?}", answer.facts, answer.evidence);
    assert!(!shown.contains(password), "{shown}");
    assert!(!shown.contains("TlRMTVNTU"), "an NTLM message is shown: {shown}");
    Value::Object(answer.facts.values)
}

fn at(host: &str, port: u16) -> Value {
    json!({"host": host, "port": port})
}

/// A refusal: how it ended, what is in its words, and that nobody is left signed in.
async fn refused(who: [&str; 3], params: Value, outcome: &str, words: &[&str]) -> (Mock, Value) {
    let mock = serve(POOLS).await;
    let facts = facts(&mock, who, params).await;
    assert_eq!(facts["outcome"], outcome, "{facts}");
    assert_ne!(facts["signed_in"], true, "{facts}");
    let why = facts["why"].as_str().unwrap_or_default();
    for word in words {
        assert!(why.contains(word), "`{word}` in: {why}");
    }
    assert_eq!(mock.signed_in(), Vec::<String>::new());
    (mock, facts)
}

#[tokio::test]
async fn a_user_signs_in_at_his_pool_and_out_again() {
    let mock = serve(POOLS).await;
    let facts = facts(&mock, PROBE1, at("pool01.contoso.com", 5061)).await;
    assert_eq!(
        (&facts["signed_in"], &facts["outcome"], &facts["why"]),
        (&json!(true), &json!("signed-in"), &Value::Null),
        "{facts}"
    );
    assert_eq!((&facts["scheme"], &facts["schemes"]), (&json!("NTLM"), &json!(["NTLM", "Kerberos", "TLS-DSK"])));
    assert_eq!(
        (&facts["registrar"], &facts["registered_at"]),
        (&json!("fe11.contoso.com"), &json!("pool01.contoso.com"))
    );
    assert_eq!(
        (&facts["redirects"], &facts["remote"], &facts["connected_to_primary"]),
        (&json!([]), &json!(false), &json!(true))
    );
    assert_eq!(
        (&facts["expires_seconds"], &facts["signed_out"], &facts["faults"]),
        (&json!(7200), &json!(true), &json!([]))
    );
    assert_eq!(facts["generation"], "Skype for Business Server 2015");
    assert_eq!(facts["tls"]["verified"], true);
    assert_eq!(mock.signed_in(), Vec::<String>::new());
    assert_eq!(mock.credentials(), [("contoso\\probe1".to_owned(), 1)].into());
}

#[tokio::test]
async fn a_user_is_led_to_his_home_pool() {
    let mock = serve(POOLS).await;
    let facts = facts(&mock, PROBE2, at("pool01.contoso.com", 5061)).await;
    assert_eq!((&facts["signed_in"], &facts["signed_out"]), (&json!(true), &json!(true)), "{facts}");
    assert_eq!(
        (&facts["registrar"], &facts["registered_at"]),
        (&json!("fe21.contoso.com"), &json!("pool02.contoso.com"))
    );
    let led = json!([{"from": "fe11.contoso.com", "to": "pool02.contoso.com", "port": 5061}]);
    assert_eq!(facts["redirects"], led);
    assert_eq!(mock.credentials(), [("probe2@contoso.com".to_owned(), 2)].into(), "one at each server");
}

#[tokio::test]
async fn an_edge_sends_nobody_on() {
    let mock = serve(POOLS).await;
    let facts = facts(&mock, PROBE1, at("sip.contoso.com", 443)).await;
    assert_eq!(
        (&facts["signed_in"], &facts["remote"], &facts["schemes"]),
        (&json!(true), &json!(true), &json!(["NTLM", "TLS-DSK"]))
    );
    let params = at("sip.contoso.com", 443);
    let (_, facts) =
        refused(PROBE2, params, "not-allowed", &["sip.contoso.com", "4003", "external access policy"]).await;
    assert_eq!(facts["diagnostics"][0]["header"], "ms-diagnostics-public");
}

#[tokio::test]
async fn a_rejected_credential_reaches_a_server_once_in_all_runs() {
    let mock = serve(POOLS).await;
    let state = tempfile::tempdir().expect("a folder");
    let sip = PROBE1[0];
    let run = |run: &str| {
        let turns = Accounts::remembering(Ok(state.path().to_owned()), "test", run);
        People::of(&[[sip, "CONTOSO\\probe1", "wrong", ""]], turns)
    };
    let first = run("run-1");
    let answer = ask(&mock, &first, sip, at("pool01.contoso.com", 5061)).await.expect("facts");
    assert_eq!(answer.facts.values["outcome"], "rejected");
    let why = answer.facts.values["why"].to_string();
    for word in ["fe11.contoso.com", "probe1", "1000", "credential was not accepted", "accounts rearm"] {
        assert!(why.contains(word), "`{word}` in {why}");
    }
    // In this run, at another server; and in the next.
    for (people, host) in [(&first, "pool02.contoso.com"), (&run("run-2"), "pool01.contoso.com")] {
        let error = ask(&mock, people, sip, at(host, 5061)).await.expect_err("nobody signs in");
        assert_eq!(error.class, ErrorClass::Auth, "{error}");
        assert!(error.message.contains("not used again") && error.message.contains("fe11.contoso.com"), "{error}");
    }
    assert_eq!(mock.credentials(), [("contoso\\probe1".to_owned(), 1)].into());
    // Once it is right and re-armed, all is well.
    let name = poolproof::accounts::AccountName::named("CONTOSO\\probe1", "test");
    poolproof::accounts::rearm(state.path(), &name).expect("re-armed");
    let turns = Accounts::remembering(Ok(state.path().to_owned()), "test", "run-3");
    let right = People::of(&[[sip, "CONTOSO\\probe1", "Pa$$word", ""]], turns);
    let answer = ask(&mock, &right, sip, at("pool01.contoso.com", 5061)).await.expect("facts");
    assert_eq!(answer.facts.values["signed_in"], true);
}

#[tokio::test]
async fn accounts_that_can_not_sign_in_are_told_apart() {
    let pool = || at("pool01.contoso.com", 5061);
    let user = |name: &'static str| -> [String; 3] {
        [format!("sip:{name}@contoso.com"), format!("CONTOSO\\{name}"), "mind-your-own".to_owned()]
    };
    let cases: [(&str, &str, &[&str]); 7] = [
        ("disabled", "rejected", &["the account is disabled"]),
        ("expired", "rejected", &["the password has expired"]),
        ("nobody", "unknown-user", &["404 Not Found", "4005"]),
        ("homeless", "unavailable", &["504 Server time-out", "1038", "next hop"]),
        ("away", "unavailable", &["480 Temporarily Unavailable"]),
        ("circle", "astray", &["back to pool01.contoso.com:5061"]),
        ("clear", "astray", &["pool02.contoso.com:5060 without TLS"]),
    ];
    for (name, outcome, words) in cases {
        let [sip, user, password] = user(name);
        refused([&sip, &user, &password], pool(), outcome, words).await;
    }
    // The credential is good, and is somebody else's.
    let other = ["sip:probe2@contoso.com", "CONTOSO\\probe1", "Pa$$word"];
    refused(other, pool(), "not-allowed", &["4004", "different users"]).await;
}

#[tokio::test]
async fn servers_that_let_nobody_in_are_told_apart() {
    let port = |port| at("pool01.contoso.com", port);
    let (mock, facts) = refused(PROBE1, port(5071), "not-offered", &["TLS-DSK, Kerberos", "not sent"]).await;
    assert_eq!((facts["scheme"].clone(), mock.credentials().len()), (Value::Null, 0));
    refused(PROBE1, port(5072), "client-version", &["403", "17002", "client version policy"]).await;
    refused(PROBE1, port(5073), "clock", &["1013", "clocks"]).await;
    let (mock, _) = refused(PROBE1, port(5079), "unchallenged", &["whoever asks"]).await;
    assert!(mock.credentials().is_empty());
}

#[tokio::test]
async fn a_client_calls_itself_what_the_check_says() {
    let mock = serve(POOLS).await;
    let mut params = at("pool01.contoso.com", 5072);
    params["user_agent"] = json!("UCCAPI/16.0.10336.20039 OC/16.0.10336.20039 (Skype for Business)");
    assert_eq!(facts(&mock, PROBE1, params.clone()).await["signed_in"], true);
    params["user_agent"] = json!("UCCAPI\r\nX: y");
    let error = ask(&mock, &person(PROBE1), PROBE1[0], params).await.expect_err("a header field of its own");
    assert!(error.class == ErrorClass::NotAsked && error.message.contains("user_agent"), "{error}");
}

#[tokio::test]
async fn an_answer_that_is_not_the_servers_is_not_believed() {
    let port = |port| at("pool01.contoso.com", port);
    for (number, words) in [(5074, "not signed"), (5075, "signature is wrong"), (5076, "replay")] {
        let (mock, facts) = refused(PROBE1, port(number), "unproven", &[words]).await;
        // It may have been registered all the same, and was signed out; whether that is so nobody has proven.
        assert_eq!(facts["signed_out"], false, "{facts}");
        assert_eq!(mock.signed_in(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn no_credential_goes_over_a_connection_that_can_not_be_relied_on() {
    let mock = serve(POOLS).await;
    let error = ask(&mock, &person(PROBE1), PROBE1[0], at("pool01.contoso.com", 5077)).await.expect_err("a forged one");
    assert_eq!(error.class, ErrorClass::Tls, "{error}");
    assert!(error.message.contains("nothing secret is sent"), "{error}");
    assert!(mock.credentials().is_empty());
    let [sip, user, password] = PROBE1;
    let people = People::of(&[[sip, user, password, "any_certificate: true"]], Accounts::of_this_run("test"));
    let answer = ask(&mock, &people, sip, at("pool01.contoso.com", 5077)).await.expect("allowed");
    assert_eq!(answer.facts.values["signed_in"], true);
    let warning = answer.evidence.iter().find(|one| one.label == "warning").expect("and told");
    assert!(warning.text.contains("any_certificate: true"), "{}", warning.text);
}

#[tokio::test]
async fn only_accounts_sign_in() {
    let mock = serve(POOLS).await;
    let error = ask(&mock, &person(PROBE1), "sip:probe2@contoso.com", at("pool01.contoso.com", 5061)).await;
    let error = error.expect_err("not among the accounts");
    assert!(
        error.class == ErrorClass::NotAsked && error.message.contains("none of the environment's accounts"),
        "{error}"
    );
}
