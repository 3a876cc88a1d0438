//! Messages to partners: by which way they go, and each way that ends before.

use std::sync::Arc;
use std::time::Duration;

use poolproof::observe::probes::PROBES;
use poolproof::observe::{Context, Vantage};
use serde_json::{Value, json};

use crate::accounts::People;
use crate::{now, serve};

const ALICE: [&str; 3] = ["sip:alice@contoso.com", "CONTOSO\\alice", "of-alice-alone"];

/// A pool, our Edge and a partner's, and what is said of the way between them.
fn world(ours: &str, theirs: &str, federation: &str) -> String {
    format!(
        "\
authorities: {{ ca: {{ subject: CA }}, root: {{ subject: Root }}, public: {{ subject: Public, issuer: root }}, other: {{ subject: Other }} }}
certificates:
  fe11: {{ subject: pool01.contoso.com, names: [pool01.contoso.com], issuer: ca }}
  edge: {{ subject: sip.contoso.com, names: [sip.contoso.com], issuer: public }}
  old: {{ subject: sip.contoso.com, names: [sip.contoso.com], issuer: public, days_left: -1 }}
  fabrikam: {{ subject: sip.fabrikam.com, names: [sip.fabrikam.com], issuer: public }}
dns:
  internal: {{ server: 10.0.0.53, zones: [contoso.com], records: {{ pool01.contoso.com: {{ A: [10.0.0.1] }} }} }}
  external: {{ server: 198.51.100.53, zones: [fabrikam.com] }}
users: {{ alice@contoso.com: {{ user: 'CONTOSO\\alice', password: of-alice-alone, pool: pool01.contoso.com }} }}
federation: {{ edge: 198.51.100.20{federation} }}
hosts:
  10.0.0.1: {{ name: fe11, from: [internal], ports: {{ 5061: {{ tls: fe11, sip: {{ server: fe11.contoso.com, version: '6.0', pool: pool01.contoso.com }} }} }} }}
  198.51.100.20: {{ name: edge, from: [external], ports: {{ {ours} }} }}
  203.0.113.10: {{ name: fabrikam, from: [external], ports: {{ {theirs} }} }}
"
    )
}

const OURS: &str = "5061: { tls: edge, client_certificate: required }";
const THEIRS: &str = "5061: { tls: fabrikam, client_certificate: required }";

fn partner(more: &str) -> String {
    format!(", partners: {{ fabrikam.com: {{ edge: 203.0.113.10, users: {{ probe@fabrikam.com: {{}} }}{more} }} }}")
}

async fn write(deployment: &str, to: &str) -> Value {
    let mock = serve(deployment).await;
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "im").expect("a probe");
    let people = People::one(ALICE[0], ALICE[1], ALICE[2]);
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let context = Context { roster: Arc::clone(&people.roster), account: Some(ALICE[0].to_owned()), ..context };
    let answer = (probe.ask)(json!({"host": "pool01.contoso.com", "port": 5061, "to": to}), context).await;
    let answer = answer.unwrap_or_else(|error| panic!("{error}"));
    assert!(answer.facts.unknown.contains_key("delivered"), "nobody here reads at the partner's");
    assert_eq!(mock.signed_in(), Vec::<String>::new());
    Value::Object(answer.facts.values)
}

/// A message that is not taken: the status, the number of the diagnosis, and what is in the words.
async fn refused(deployment: &str, status: u16, id: Option<u32>, words: &[&str]) {
    let facts = write(deployment, "sip:probe@fabrikam.com").await;
    assert_eq!((&facts["accepted"], &facts["status"]), (&json!(false), &json!(status)), "{facts}");
    assert_eq!(facts["diagnostics"][0]["id"], id.map_or(Value::Null, Value::from), "{facts}");
    let why = facts["why"].as_str().unwrap_or_default();
    for word in words {
        assert!(why.contains(word), "`{word}` in: {why}");
    }
}

#[tokio::test]
async fn somebody_at_the_partners_takes_it() {
    let facts = write(&world(OURS, THEIRS, &partner("")), "sip:probe@fabrikam.com").await;
    assert_eq!((&facts["accepted"], &facts["why"]), (&json!(true), &Value::Null), "{facts}");
    assert_eq!((&facts["status"], &facts["message_status"]), (&json!(200), &json!(200)));
    assert_eq!((&facts["receiver_registrar"], &facts["signed_out"]), (&Value::Null, &json!(true)));
}

#[tokio::test]
async fn each_way_to_get_nowhere_is_told_apart() {
    let partner = partner("");
    // From the pool to our own Edge.
    refused(&world("", THEIRS, &partner), 504, Some(2), &["504 Server time-out"]).await;
    // From there to the partner's.
    for theirs in ["", "5061: { tls: fabrikam, fault: { kind: refuse } }"] {
        let words = ["504 Server time-out", "1046", "the partner's Access Edge"];
        refused(&world(OURS, theirs, &partner), 504, Some(1046), &words).await;
    }
    // It ends the handshake: an authority that it does not trust, a certificate that has run out, or anything else.
    let strict = self::partner(", trusts: [other]");
    let words = ["504 Server time-out", "1047", "certificates"];
    refused(&world(OURS, THEIRS, &strict), 504, Some(1047), &words).await;
    refused(&world("5061: { tls: old }", THEIRS, &partner), 504, Some(1047), &words).await;
    let resetting = "5061: { tls: fabrikam, fault: { kind: reset } }";
    refused(&world(OURS, resetting, &partner), 504, Some(1047), &words).await;
    // A firewall that lets nobody in lets us out.
    let closed = "5061: { tls: edge, fault: { kind: drop } }";
    let facts = write(&world(closed, THEIRS, &partner), "sip:probe@fabrikam.com").await;
    assert_eq!(facts["accepted"], true, "{facts}");
    // An intermediate authority may be what is trusted.
    let facts = write(&world(OURS, THEIRS, &self::partner(", trusts: [public]")), "sip:probe@fabrikam.com").await;
    assert_eq!(facts["accepted"], true, "{facts}");
}

#[tokio::test]
async fn what_comes_back_from_there_is_told() {
    let unresolved = ", answer: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1008;reason=\"Unable to resolve DNS SRV record\";source=\"sip.contoso.com\"'] } }";
    refused(&world(OURS, THEIRS, &partner(unresolved)), 504, Some(1008), &["federation DNS"]).await;
    let facts = write(&world(OURS, THEIRS, &partner("")), "sip:nobody@fabrikam.com").await;
    assert_eq!((&facts["accepted"], &facts["status"]), (&json!(false), &json!(404)), "{facts}");
    let away = partner("").replace("{}", "{ invitations: { status: { code: 480, reason: Temporarily Unavailable } } }");
    refused(&world(OURS, THEIRS, &away), 480, None, &["480 Temporarily Unavailable"]).await;
    let filtered = partner("").replace("{}", "{ texts: { status: { code: 403, reason: Forbidden } } }");
    let facts = write(&world(OURS, THEIRS, &filtered), "sip:probe@fabrikam.com").await;
    assert_eq!((&facts["accepted"], &facts["message_status"]), (&json!(true), &json!(403)), "{facts}");
    assert!(facts["why"].as_str().is_some_and(|why| why.contains("the text was answered 403")), "{facts}");
    // Whom nobody knows is no partner.
    let facts = write(&world(OURS, THEIRS, &partner("")), "sip:probe@elsewhere.example").await;
    assert_eq!((&facts["status"], &facts["diagnostics"][0]["id"]), (&json!(404), &json!(1003)), "{facts}");
}
