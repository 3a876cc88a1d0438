//! `tcp`.

use poolproof::observe::{ErrorClass, Wire};
use serde_json::json;

use super::world::{RESOLVER, World};

async fn hold(stream: tokio::net::TcpStream) {
    std::future::pending::<()>().await;
    drop(stream);
}

#[tokio::test]
async fn an_open_port() {
    let world = World::new().a("sip.contoso.test.", "10.0.0.1").zone().await.listen("10.0.0.1:5061", hold).await;
    let facts = world.facts("tcp", json!({"host": "sip.contoso.test", "port": 5061})).await;
    assert_eq!(facts["state"], "open");
    assert_eq!((&facts["open"], &facts["closed"]), (&json!(true), &json!(false)));
    assert_eq!(facts["address"], "10.0.0.1");
}

#[tokio::test]
async fn where_nobody_can_be_is_not_this_machine() {
    // A topology shows `0.0.0.0` for all addresses of a server.
    for host in ["0.0.0.0", "::", "255.255.255.255", "224.0.0.1"] {
        let world = World::new().host(host);
        let error = world.error("tcp", json!({"host": host, "port": 5061}), ErrorClass::Connect).await;
        assert!(error.contains("nobody can be at") && error.contains("name the server's own address"), "{error}");
    }
}

#[tokio::test]
async fn a_refused_port() {
    let world = World::new().host("10.0.0.1");
    let facts = world.facts("tcp", json!({"host": "10.0.0.1", "port": 5061})).await;
    assert_eq!(facts["state"], "refused");
    assert_eq!((&facts["open"], &facts["closed"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn one_open_address_makes_it_open() {
    let world = World::new()
        .a("pool.contoso.test.", "10.0.0.1")
        .a("pool.contoso.test.", "10.0.0.2")
        .zone()
        .await
        .host("10.0.0.1")
        .listen("10.0.0.2:443", hold)
        .await;
    let facts = world.facts("tcp", json!({"host": "pool.contoso.test", "port": 443})).await;
    assert_eq!((&facts["state"], &facts["address"]), (&json!("open"), &json!("10.0.0.2")));
}

#[tokio::test]
async fn a_silent_first_address_leaves_time_for_the_second() {
    let world = World::new()
        .half_patient()
        .wire("10.0.0.1:443", Wire::Silent)
        .listen("10.0.0.2:443", hold)
        .await
        .connect("pool.contoso.test:443", &["10.0.0.1:443", "10.0.0.2:443"]);
    let facts = world.facts("tcp", json!({"host": "pool.contoso.test", "port": 443})).await;
    assert_eq!((&facts["state"], &facts["address"]), (&json!("open"), &json!("10.0.0.2")));
}

#[tokio::test]
async fn silence_alone_proves_nothing() {
    let world = World::new().impatient().wire("10.0.0.1:443", Wire::Silent);
    let answer = world.ask("tcp", json!({"host": "10.0.0.1", "port": 443})).await.expect("facts");
    assert_eq!(answer.facts.values["state"], "no-answer");
    assert_eq!(answer.facts.values["open"], false);
    assert!(!answer.facts.values.contains_key("closed"));
    assert!(answer.facts.unknown["closed"].contains("silence proves nothing"), "{:?}", answer.facts.unknown);
}

#[tokio::test]
async fn silence_while_the_control_target_answers_proves_a_closed_port() {
    let world = World::new().half_patient().wire("10.0.0.1:443", Wire::Silent).listen("10.0.0.2:443", hold).await;
    let question = json!({"host": "10.0.0.1", "port": 443, "control": "10.0.0.2:443"});
    let facts = world.facts("tcp", question).await;
    assert_eq!((&facts["state"], &facts["closed"]), (&json!("no-answer"), &json!(true)));
}

#[tokio::test]
async fn silence_while_the_control_target_is_silent_or_refuses_proves_nothing() {
    let silent = World::new().impatient().wire("10.0.0.1:443", Wire::Silent).wire("10.0.0.2:443", Wire::Silent);
    let refusing = World::new().impatient().wire("10.0.0.1:443", Wire::Silent).host("10.0.0.2");
    for world in [silent, refusing] {
        let question = json!({"host": "10.0.0.1", "port": 443, "control": "10.0.0.2:443"});
        let answer = world.ask("tcp", question).await.expect("facts");
        assert_eq!(answer.facts.values["state"], "no-answer");
        assert!(answer.facts.unknown["closed"].contains("10.0.0.2:443"), "{:?}", answer.facts.unknown);
    }
}

#[tokio::test]
async fn the_control_target_is_left_alone_where_there_is_an_answer() {
    let world = World::new()
        .host("10.0.0.1")
        .listen("10.0.0.2:443", |_| async { panic!("nobody needs the control target") })
        .await;
    let question = json!({"host": "10.0.0.1", "port": 443, "control": "10.0.0.2:443"});
    assert_eq!(world.facts("tcp", question).await["closed"], true);
}

#[tokio::test]
async fn no_way_there_says_nothing_of_the_port() {
    let answer = World::new().ask("tcp", json!({"host": "10.7.7.7", "port": 443})).await.expect("facts");
    assert_eq!(answer.facts.values["state"], "unreachable");
    assert!(answer.facts.unknown["closed"].contains("unreachable"), "{:?}", answer.facts.unknown);
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_an_error() {
    let world = World::new().zone().await;
    let message = world.error("tcp", json!({"host": "gone.contoso.test", "port": 443}), ErrorClass::Resolve).await;
    assert!(message.contains("gone.contoso.test"), "{message}");
    let world = World::new().impatient().resolver(RESOLVER, Wire::Silent, Wire::Silent);
    world.error("tcp", json!({"host": "sip.contoso.test", "port": 443}), ErrorClass::Timeout).await;
}

#[tokio::test]
async fn connect_is_reported() {
    let world =
        World::new().listen("198.51.100.20:443", hold).await.connect("sip.contoso.test:443", &["198.51.100.20:443"]);
    let answer = world.ask("tcp", json!({"host": "SIP.contoso.test", "port": 443})).await.expect("facts");
    assert_eq!(answer.facts.values["address"], "198.51.100.20");
    assert_eq!(answer.connect, ["sip.contoso.test:443 → 198.51.100.20:443"]);
    // A refusal under `connect` says so too.
    let world = World::new().host("198.51.100.20").connect("sip.contoso.test:443", &["198.51.100.20:443"]);
    let answer = world.ask("tcp", json!({"host": "sip.contoso.test", "port": 443})).await.expect("facts");
    assert_eq!(answer.facts.values["state"], "refused");
    assert_eq!(answer.connect, ["sip.contoso.test:443 → 198.51.100.20:443"]);
}
