//! The media relay, as the `turn` probe sees it: every fault in its own words.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use poolproof::observe::probes::PROBES;
use poolproof::observe::{Context, ErrorClass, ProbeError, Vantage};
use serde_json::{Map, Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::super::{Client, now, serve};
use poolproof::mock::Mock;

/// Names are bytes, and travel as Base64: `probe` and `secret`.
const USER: &str = "cHJvYmU=";
const PASSWORD: &str = "c2VjcmV0";
const EDGE: &str = "198.51.100.22";

async fn relay(options: &str) -> Mock {
    let turn = format!("turn: {{ users: {{ {USER}: {PASSWORD} }}{options} }}");
    serve(&format!(
        "dns: {{ external: {{ server: 198.51.100.53, zones: [contoso.com] }} }}
hosts:
  {EDGE}:
    name: edge02 A/V
    from: [external]
    ports: {{ 443: {{ {turn} }}, 3478/udp: {{ {turn} }} }}
"
    ))
    .await
}

/// Long enough for a busy machine, where an answer comes.
const PATIENT: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(600);

async fn ask(
    mock: &Mock,
    transport: &str,
    password: Option<&str>,
    timeout: Duration,
) -> Result<Map<String, Value>, ProbeError> {
    let folder = TempDir::new().expect("a folder");
    let mut question =
        json!({"host": EDGE, "port": if transport == "udp" { 3478 } else { 443 }, "transport": transport});
    if let Some(password) = password {
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("written");
            json!({ "file": path })
        };
        question["credentials"] = json!({"username": file("user", USER), "password": file("password", password)});
    }
    let network = mock.networks().remove(&Vantage::named("external")).expect("the vantage");
    let context = Context::new(Arc::new(network), timeout, now());
    let kind = PROBES.iter().find(|kind| kind.name == "turn").expect("the probe");
    (kind.ask)(question, context).await.map(|answer| answer.facts.values)
}

async fn facts(mock: &Mock, transport: &str, password: Option<&str>) -> Map<String, Value> {
    ask(mock, transport, password, PATIENT).await.unwrap_or_else(|error| panic!("{transport}: {error:?}"))
}

async fn refused(mock: &Mock, transport: &str, password: &str, class: ErrorClass) -> String {
    let error = ask(mock, transport, Some(password), PATIENT).await.expect_err("no facts");
    assert_eq!(error.class, class, "{transport}: {error}");
    error.message
}

#[tokio::test]
async fn without_credentials_it_shows_that_it_is_an_edge() {
    let mock = relay(", public: 203.0.113.22").await;
    for transport in ["udp", "tcp"] {
        let facts = facts(&mock, transport, None).await;
        assert_eq!(facts["av_edge"], true, "{facts:?}");
        assert_eq!((&facts["code"], &facts["reason"]), (&json!(401), &json!("Unauthorized")));
        assert_eq!(facts["realm"], "rtcmedia", "the quotation marks are not part of it");
        assert_eq!((&facts["otherwise"], &facts["allocation"]), (&Value::Null, &Value::Null));
        let alternate = json!({"address": "203.0.113.22", "port": 3478});
        assert_eq!(facts["alternate_server"], if transport == "udp" { alternate } else { Value::Null });
    }
}

#[tokio::test]
async fn with_credentials_it_gives_a_relayed_address_and_takes_it_back() {
    // Of one address each: the second question gets one because the first gave it back.
    let mock = relay(", relays: 1").await;
    for transport in ["udp", "tcp", "udp", "tcp"] {
        let facts = facts(&mock, transport, Some(PASSWORD)).await;
        assert_eq!(facts["av_edge"], true);
        let allocation = &facts["allocation"];
        assert_eq!(allocation["relay"], json!({"address": EDGE, "port": 50_000}), "{allocation}");
        assert_eq!(allocation["reflexive"]["address"], "127.0.0.1", "{allocation}");
        assert_eq!((&allocation["lifetime_seconds"], &allocation["bandwidth_kbps"]), (&json!(600), &json!(750)));
        for (fact, is) in [("signed", true), ("released", true), ("nonce_renewed", false)] {
            assert_eq!(allocation[fact], is, "{transport}: {allocation}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_rejected_credential() {
    let mock = relay("").await;
    for transport in ["udp", "tcp"] {
        let message = refused(&mock, transport, "d3Jvbmc=", ErrorClass::Auth).await;
        assert!(message.ends_with("the credentials were rejected (401 Unauthorized)"), "{message}");
    }
    let message = refused(&mock, "udp", "no base64", ErrorClass::NotAsked).await;
    assert!(message.contains("the password is no Base64"), "{message}");
    assert!(!message.contains("no base64"), "{message}");
}

#[tokio::test]
async fn a_nonce_that_went_stale_is_renewed_once() {
    let mock = relay(", stale_nonces: 1").await;
    for transport in ["udp", "tcp"] {
        let allocation = facts(&mock, transport, Some(PASSWORD)).await["allocation"].clone();
        assert_eq!(allocation["nonce_renewed"], true, "{allocation}");
        assert_eq!(allocation["released"], true, "{allocation}");
    }
    let mock = relay(", stale_nonces: 2").await;
    for transport in ["udp", "tcp"] {
        let message = refused(&mock, transport, PASSWORD, ErrorClass::Protocol).await;
        assert!(message.contains("was stale, twice"), "{message}");
    }
}

#[tokio::test]
async fn an_answer_of_somebody_else_is_refused() {
    let mock = relay(", answer: forged").await;
    let message = refused(&mock, "udp", PASSWORD, ErrorClass::Protocol).await;
    assert!(message.contains("signed with another key"), "{message}");
}

#[tokio::test]
async fn what_is_no_media_relay_is_told_by_what_it_says() {
    let cases = [
        (", answer: garbage", "220 this is not the protocol"),
        (", answer: stun", "a STUN message of RFC 5389, which an A/V Edge doesn't speak"),
        (", answer: open, relays: 1", "it gives a relayed address to whoever asks"),
    ];
    for (options, words) in cases {
        let mock = relay(options).await;
        // A second time, since an open relay's only address must have been given back.
        for transport in ["udp", "tcp", "udp", "tcp"] {
            let facts = facts(&mock, transport, None).await;
            assert_eq!(facts["av_edge"], false, "{facts:?}");
            let otherwise = facts["otherwise"].as_str().expect("words");
            assert!(otherwise.contains(words), "{transport}: {otherwise}");
        }
    }
}

#[tokio::test]
async fn one_that_has_no_relay_left_says_so() {
    let mock = relay(", relays: 0").await;
    let message = refused(&mock, "udp", PASSWORD, ErrorClass::Protocol).await;
    assert!(message.contains("it has no relay left"), "{message}");
}

#[tokio::test]
async fn silence_proves_nothing() {
    let mock = relay(", answer: silent").await;
    for transport in ["udp", "tcp"] {
        let error = ask(&mock, transport, None, SHORT).await.expect_err("silence");
        assert_eq!(error.class, ErrorClass::Timeout, "{error}");
        assert!(error.message.ends_with("no answer in time"), "{error}");
    }
}

#[tokio::test]
async fn only_its_own_prologue_is_answered() {
    let mock = relay("").await;
    let client = Client::at(&mock, "external");
    let mut stream = client.connect(&format!("{EDGE}:443")).await;
    // As long as the prologue, and another TLS version.
    let mut hello = poolproof::protocol::msturn::client_hello(&[7; 32]);
    hello[2] = 3;
    stream.write_all(&hello).await.expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.expect("closed in order");
    assert!(answer.is_empty(), "{answer:?}");
}
