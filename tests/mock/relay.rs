//! From signing in to a relayed address, at the mock's pools and Edge: each way that ends before.

use std::sync::Arc;
use std::time::Duration;

use poolproof::mock::Mock;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, ErrorClass, Facts, ProbeError, Vantage};
use serde_json::{Value, json};

use crate::accounts::People;
use crate::{now, serve};

const SIP: &str = "sip:probe1@contoso.com";
const PASSWORD: &str = "of-the-probe-alone";

/// A pool, an Edge, and what each of the two adds to its part.
fn world(media: &str, turn: &str) -> String {
    let turn = format!("turn: {{ edge: edge02.contoso.com{turn} }}");
    format!(
        "\
authorities: {{ ca: {{ subject: CA }} }}
certificates: {{ fe21: {{ subject: pool02.contoso.com, names: [pool02.contoso.com], issuer: ca }} }}
dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records: {{ pool02.contoso.com: {{ A: [10.0.0.2] }}, edge02.contoso.com: {{ A: [10.0.0.9] }}, av2.contoso.com: {{ A: [198.51.100.22] }} }}
users: {{ probe1@contoso.com: {{ user: 'CONTOSO\\probe1', password: {PASSWORD}, pool: pool02.contoso.com }} }}
{media}
hosts:
  10.0.0.2: {{ name: fe21, from: [internal], ports: {{ 5061: {{ tls: fe21, sip: {{ server: fe21.contoso.com, version: '7.0', pool: pool02.contoso.com }} }} }} }}
  10.0.0.9: {{ name: inside, from: [internal], ports: {{ 443: {{ {turn} }}, 3478/udp: {{ {turn} }} }} }}
  198.51.100.22: {{ name: outside, from: [internal], ports: {{ 443: {{ {turn} }}, 3478/udp: {{ {turn} }} }} }}
"
    )
}

fn media(more: &str) -> String {
    format!("media: {{ pool02.contoso.com: {{ edge: edge02.contoso.com, external: av2.contoso.com{more} }} }}")
}

async fn ask(mock: &Mock, location: &str, transport: &str, timeout: u64) -> Result<Answer<Facts>, ProbeError> {
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|probe| probe.name == "relay").expect("a probe");
    let people = People::one(SIP, "CONTOSO\\probe1", PASSWORD);
    let context = Context::new(Arc::new(network), Duration::from_millis(timeout), now());
    let context = Context { roster: Arc::clone(&people.roster), account: Some(SIP.to_owned()), ..context };
    let params = json!({"host": "pool02.contoso.com", "port": 5061, "location": location, "transport": transport});
    let asked = (probe.ask)(params, context).await;
    // Of the farewell that nobody waits for, where the question had an error.
    for _ in 0..200 {
        if mock.signed_in().is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(mock.signed_in(), Vec::<String>::new());
    asked
}

async fn facts(media: &str, turn: &str, location: &str, transport: &str) -> Value {
    let mock = serve(&world(media, turn)).await;
    let answer = ask(&mock, location, transport, 60_000).await.unwrap_or_else(|error| panic!("{error}"));
    assert!(answer.facts.unknown.is_empty());
    assert!(answer.evidence.iter().all(|one| !one.text.contains("<password>") && !one.text.contains(PASSWORD)));
    Value::Object(answer.facts.values)
}

/// No relayed address, and why: words, whether there were credentials, the status of the answer.
async fn refused(media: &str, turn: &str, words: &[&str], granted: bool, status: Value) -> Value {
    let facts = facts(media, turn, "internet", "udp").await;
    assert_eq!((&facts["allocated"], &facts["granted"]), (&json!(false), &json!(granted)), "{facts}");
    assert_eq!((&facts["status"], &facts["signed_out"]), (&status, &json!(true)), "{facts}");
    assert_eq!(facts["allocation"], Value::Null);
    let why = facts["why"].as_str().unwrap_or_default();
    for word in words {
        assert!(why.contains(word), "`{word}` in: {why}");
    }
    facts
}

#[tokio::test]
async fn an_account_gets_a_relayed_address_inside_and_outside_over_both_ways() {
    for (location, host, address) in
        [("intranet", "edge02.contoso.com", "10.0.0.9"), ("internet", "av2.contoso.com", "198.51.100.22")]
    {
        for (transport, port) in [("udp", 3478), ("tcp", 443)] {
            // Of one address: whoever comes next gets it too.
            let facts = facts(&media(""), ", relays: 1", location, transport).await;
            assert_eq!(
                (&facts["granted"], &facts["allocated"], &facts["why"]),
                (&json!(true), &json!(true), &Value::Null),
                "{facts}"
            );
            assert_eq!(facts["service"], "sip:edge02.contoso.com@contoso.com;gruu;opaque=srvr:MRAS:mock");
            assert_eq!(
                (&facts["status"], &facts["phrase"], &facts["lifetime_minutes"]),
                (&json!(200), &json!("OK"), &json!(480))
            );
            let told = json!([{"location": location, "host": host, "udp_port": 3478, "tcp_port": 443}]);
            assert_eq!(facts["relays"], told);
            assert_eq!(
                (&facts["host"], &facts["port"], &facts["address"]),
                (&json!(host), &json!(port), &json!(address))
            );
            let allocation = &facts["allocation"];
            assert_eq!(allocation["relay"], json!({"address": address, "port": 50_000}), "{facts}");
            assert_eq!((&allocation["signed"], &allocation["released"]), (&json!(true), &json!(true)), "{facts}");
            assert_eq!((&facts["registrar"], &facts["signed_out"]), (&json!("fe21.contoso.com"), &json!(true)));
        }
    }
}

#[tokio::test]
async fn settings_may_come_behind_the_answer() {
    for by in ["notify", "benotify"] {
        let world = world(&media(""), "").replace("version: '7.0'", &format!("version: '7.0', settings: {by}"));
        let mock = serve(&world).await;
        let answer = ask(&mock, "internet", "udp", 60_000).await.unwrap_or_else(|error| panic!("{by}: {error}"));
        assert_eq!(answer.facts.values["allocated"], true, "{by}");
    }
    let world = world("", "").replace("version: '7.0'", "version: '7.0', settings: benotify");
    let answer = ask(&serve(&world).await, "internet", "udp", 60_000).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&answer.facts.values["service"], &answer.facts.values["granted"]), (&Value::Null, &json!(false)));
}

#[tokio::test]
async fn a_pool_without_an_edge_is_told_as_such() {
    let facts =
        refused("", "", &["probe1@contoso.com", "no Edge is associated with the pool"], false, Value::Null).await;
    assert_eq!(facts["service"], Value::Null);
}

#[tokio::test]
async fn each_way_to_get_no_credentials_is_told_apart() {
    let answer = "{ sip: { status: { code: 504, reason: Server time-out, headers: ['ms-diagnostics: 1038;reason=\"Failed to connect to a peer server\";source=\"fe21.contoso.com\"'] } } }";
    let unreachable = media(&format!(", answer: {answer}"));
    let facts =
        refused(&unreachable, "", &["MRAS:mock gave no credentials", "504 Server time-out", "1038"], false, json!(504))
            .await;
    assert_eq!(facts["diagnostics"][0]["id"], 1038);
    let forbidden = media(", answer: { sip: { status: { code: 403, reason: Forbidden } } }");
    refused(&forbidden, "", &["403 Forbidden"], false, json!(403)).await;
    let refusal = media(", answer: { refusal: Request Malformed }");
    let facts = refused(&refusal, "", &["it says `Request Malformed`"], false, json!(200)).await;
    assert_eq!(facts["phrase"], "Request Malformed");
}

#[tokio::test]
async fn a_service_that_says_nothing_proves_nothing() {
    let mock = serve(&world(&media(", answer: silent"), "")).await;
    let error = ask(&mock, "internet", "udp", 3_000).await.expect_err("silence");
    assert_eq!(error.class, ErrorClass::Timeout, "{error}");
    assert!(error.message.contains("credentials for media relays, asked of sip:edge02.contoso.com"), "{error}");
}

#[tokio::test]
async fn credentials_that_the_relay_does_not_know_are_told_of() {
    // As where the servers of an Edge pool have different certificates for authentication.
    let other = media("").replace("edge: edge02", "edge: edge03");
    let facts =
        refused(&other, "", &["198.51.100.22:3478", "the credentials were rejected (401"], true, json!(200)).await;
    assert_eq!(facts["address"], "198.51.100.22");
}

#[tokio::test]
async fn what_the_relay_does_is_a_fact() {
    let facts = facts(&media(""), ", stale_nonces: 1", "internet", "udp").await;
    assert_eq!((&facts["allocated"], &facts["allocation"]["nonce_renewed"]), (&json!(true), &json!(true)), "{facts}");
    refused(&media(""), ", stale_nonces: 2", &["was stale, twice"], true, json!(200)).await;
    refused(&media(""), ", answer: forged", &["signed with another key"], true, json!(200)).await;
    let unsigned = self::facts(&media(""), ", answer: unsigned", "internet", "udp").await;
    assert_eq!((&unsigned["allocated"], &unsigned["granted"]), (&json!(false), &json!(true)), "{unsigned}");
    assert!(unsigned["why"].as_str().is_some_and(|why| why.contains("it is not signed")), "{unsigned}");
    let nowhere = self::facts(&media(""), ", public: 0.0.0.0", "internet", "tcp").await;
    assert_eq!(nowhere["allocated"], false, "{nowhere}");
    refused(&media(""), ", relays: 0", &["no relay left"], true, json!(200)).await;
    refused(&media(""), ", answer: stun", &["RFC 5389"], true, json!(200)).await;
    let odd = self::facts(&media(""), ", first_port: 40000, public: 172.16.0.9", "internet", "tcp").await;
    assert_eq!(odd["allocation"]["relay"], json!({"address": "172.16.0.9", "port": 40_000}), "{odd}");
    let mock = serve(&world(&media(""), ", answer: silent")).await;
    let error = ask(&mock, "internet", "tcp", 3_000).await.expect_err("silence");
    assert!(error.class == ErrorClass::Timeout && error.message.contains("turn at av2.contoso.com:443/tcp"), "{error}");
}
