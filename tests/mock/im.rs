//! Instant messages between accounts of the mock's pools, and to a partner.

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
authorities: { ca: { subject: CA } }
certificates:
  fe11: { subject: pool01.contoso.com, names: [pool01.contoso.com, fe11.contoso.com], issuer: ca }
  fe21: { subject: pool02.contoso.com, names: [pool02.contoso.com, fe21.contoso.com], issuer: ca }
dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records: { pool01.contoso.com: { A: [10.0.0.1] }, pool02.contoso.com: { A: [10.0.0.2] } }
users:
  alice@contoso.com: { user: 'CONTOSO\\alice', password: of-alice-alone, pool: pool01.contoso.com }
  bob@contoso.com: { user: 'CONTOSO\\bob', password: of-bob-alone, pool: pool02.contoso.com }
hosts:
  10.0.0.1:
    name: fe11
    from: [internal]
    ports:
      5061:
        tls: fe11
        sip:
          server: fe11.contoso.com
          version: '6.0'
          pool: pool01.contoso.com
          answers: { fabrikam.com: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV record\";domain=\"fabrikam.com\";source=\"sip.contoso.com\"'] } } }
  10.0.0.2:
    name: fe21
    from: [internal]
    ports: { 5061: { tls: fe21, sip: { server: fe21.contoso.com, version: '7.0', pool: pool02.contoso.com } } }
";

const ALICE: &str = "sip:alice@contoso.com";
const BOB: &str = "sip:bob@contoso.com";

fn people(password_of_bob: &str) -> People {
    let accounts = [[ALICE, "CONTOSO\\alice", "of-alice-alone", ""], [BOB, "CONTOSO\\bob", password_of_bob, ""]];
    People::of(&accounts, Accounts::of_this_run("test"))
}

async fn ask(mock: &Mock, people: &People, from: &str, to: &str) -> Result<Answer<Facts>, ProbeError> {
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "im").expect("a probe");
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let context = Context { roster: Arc::clone(&people.roster), account: Some(from.to_owned()), ..context };
    (probe.ask)(json!({"host": "pool01.contoso.com", "port": 5061, "to": to}), context).await
}

#[tokio::test]
async fn a_text_gets_from_pool_to_pool_in_both_directions() {
    for (from, to, registrars) in
        [(ALICE, BOB, ["fe11.contoso.com", "fe21.contoso.com"]), (BOB, ALICE, ["fe21.contoso.com", "fe11.contoso.com"])]
    {
        let mock = serve(POOLS).await;
        let answer = ask(&mock, &people("of-bob-alone"), from, to).await.unwrap_or_else(|error| panic!("{error}"));
        let facts = Value::Object(answer.facts.values);
        assert_eq!((&facts["delivered"], &facts["why"]), (&json!(true), &Value::Null), "{facts}");
        assert_eq!((&facts["status"], &facts["message_status"]), (&json!(200), &json!(200)), "{facts}");
        assert_eq!(
            [&facts["sender_registrar"], &facts["receiver_registrar"]],
            [&json!(registrars[0]), &json!(registrars[1])]
        );
        assert_eq!((&facts["accepted"], &facts["signed_out"]), (&json!(true), &json!(true)));
        assert!(facts["delivery_ms"].is_u64() && answer.facts.unknown.is_empty(), "{facts}");
        assert_eq!(mock.signed_in(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn what_a_partner_does_with_it_is_told_as_far_as_it_is_known() {
    let mock = serve(POOLS).await;
    let answer = ask(&mock, &people("of-bob-alone"), ALICE, "sip:probe@fabrikam.com").await.expect("facts");
    let facts = Value::Object(answer.facts.values);
    assert_eq!((&facts["accepted"], &facts["status"]), (&json!(false), &json!(504)), "{facts}");
    assert_eq!((&facts["diagnostics"][0]["id"], &facts["message_status"]), (&json!(1008), &Value::Null));
    let why = facts["why"].as_str().unwrap_or_default();
    assert!(why.contains("504 Server time-out") && why.contains("federation DNS"), "{why}");
    assert!(answer.facts.unknown["delivered"].contains("probe@fabrikam.com"), "{:?}", answer.facts.unknown);
    assert_eq!(mock.signed_in(), Vec::<String>::new());
}

#[tokio::test]
async fn without_both_nothing_is_known_of_messages() {
    let mock = serve(POOLS).await;
    let error = ask(&mock, &people("another"), ALICE, BOB).await.expect_err("Bob can't sign in");
    assert!(error.class == ErrorClass::Auth && error.message.contains("bob@contoso.com could not sign in"), "{error}");
    assert_eq!(mock.credentials(), [("contoso\\bob".to_owned(), 1)].into(), "and Alice was not asked to");
    let error = ask(&mock, &people("of-bob-alone"), ALICE, ALICE).await.expect_err("to itself");
    assert!(error.class == ErrorClass::NotAsked && error.message.contains("to itself"), "{error}");
    assert_eq!(mock.signed_in(), Vec::<String>::new());
}
