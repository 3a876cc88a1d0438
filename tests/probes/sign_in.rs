//! `sign-in`, against a registrar that this test plays: what is left behind where it is given
//! up, and what hostile servers get.

use std::sync::Arc;

use poolproof::observe::ErrorClass;
use poolproof::protocol::sip::{Message, Start};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc};

use super::registrar::{ok, registrar};
use super::world::World;

fn question() -> Value {
    json!({"host": "10.0.0.1", "port": 5061, "sni": "pool01.contoso.test"})
}

/// A request of somebody who would talk to the account.
fn stranger(method: &str) -> Message {
    let mut request = Message::request(method, "sip:probe1@contoso.com");
    for (name, value) in [
        ("Via", "SIP/2.0/TLS 10.0.0.1"),
        ("From", "<sip:stranger@contoso.com>;tag=1"),
        ("To", "<sip:probe1@contoso.com>"),
        ("Call-ID", "theirs"),
        ("CSeq", &format!("1 {method}")),
    ] {
        request.headers.push(name, value);
    }
    request
}

#[tokio::test]
async fn a_registration_is_ended_also_where_the_question_is_given_up() {
    let (shown, told) = (Arc::new(Notify::new()), mpsc::unbounded_channel());
    let (sender, mut heard) = told;
    let seen = Arc::clone(&shown);
    let world = registrar(move |mut client| {
        let (seen, sender) = (Arc::clone(&seen), sender.clone());
        async move {
            let Some((_, mut association)) = client.credential().await else { return };
            // It never says whether it was accepted.
            seen.notify_one();
            let farewell = client.hear().await.expect("a farewell");
            let expires = farewell.headers.first("expires").map(std::borrow::Cow::into_owned);
            let _ = sender.send((expires, association.verify(&farewell)));
            client.say(&ok(&farewell, &mut association)).await;
        }
    })
    .await;
    tokio::select! {
        answer = world.ask("sign-in", question()) => panic!("no answer, and yet {:?}", answer.map(|one| one.facts)),
        () = shown.notified() => {}
    }
    assert_eq!(heard.recv().await, Some((Some("0".to_owned()), Ok(()))), "signed out, and signed");
}

#[tokio::test]
async fn what_registers_whoever_asks_is_left_too() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let world = registrar(move |mut client| {
        let sender = sender.clone();
        async move {
            let Some(first) = client.hear().await else { return };
            client.say(&Message::reply(&first, 200, "OK")).await;
            let farewell = client.hear().await.expect("a farewell");
            let _ = sender.send(farewell.headers.first("expires").map(std::borrow::Cow::into_owned));
            client.say(&Message::reply(&farewell, 200, "OK")).await;
        }
    })
    .await;
    let answer = world.ask("sign-in", question()).await.expect("an answer");
    assert_eq!(answer.facts.values["outcome"], "unchallenged");
    assert_eq!(answer.facts.values["signed_out"], true);
    assert_eq!(heard.recv().await, Some(Some("0".to_owned())));
}

#[tokio::test]
async fn a_refusal_that_nobody_signed_ends_no_registration() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let world = registrar(move |mut client| {
        let sender = sender.clone();
        async move {
            let Some((credential, mut association)) = client.credential().await else { return };
            client.say(&Message::reply(&credential, 503, "Service Unavailable")).await;
            let farewell = client.hear().await.expect("a farewell");
            let expires = farewell.headers.first("expires").map(std::borrow::Cow::into_owned);
            let _ = sender.send((expires, association.verify(&farewell)));
            client.say(&ok(&farewell, &mut association)).await;
        }
    })
    .await;
    let answer = world.ask("sign-in", question()).await.expect("an answer");
    assert_eq!(answer.facts.values["outcome"], "unavailable");
    assert_eq!(answer.facts.values["signed_out"], Value::Null, "nobody waits for it");
    assert_eq!(heard.recv().await, Some((Some("0".to_owned()), Ok(()))), "signed out, and signed");
}

#[tokio::test]
async fn a_credential_without_an_answer_is_told() {
    let world = registrar(async |mut client| {
        let _ = client.credential().await;
    })
    .await;
    let error = world.error("sign-in", question(), ErrorClass::Protocol).await;
    assert!(error.contains("it closed before the answer") && error.contains("the credential was sent"), "{error}");
}

#[tokio::test]
async fn silence_before_the_credential_is_another_matter() {
    let world = registrar(async |mut client| while client.hear().await.is_some() {}).await.impatient();
    let error = world.error("sign-in", question(), ErrorClass::Timeout).await;
    assert!(error.contains("sign-in of probe1@contoso.com") && !error.contains("credential was sent"), "{error}");
}

#[tokio::test]
async fn whoever_would_talk_to_the_account_is_declined() {
    let (sender, mut heard) = mpsc::unbounded_channel();
    let world = registrar(move |mut client| {
        let sender = sender.clone();
        async move {
            let Some((credential, mut association)) = client.credential().await else { return };
            client.say(&ok(&credential, &mut association)).await;
            let Some(farewell) = client.hear().await else { return };
            for method in ["INVITE", "BENOTIFY", "OPTIONS"] {
                let mut request = stranger(method);
                association.sign(&mut request, 2).expect("signed");
                client.say(&request).await;
            }
            for _ in 0..2 {
                let Some(answer) = client.hear().await else { return };
                let Start::Response { status, .. } = answer.start else { panic!("an answer") };
                let _ = sender.send((status, association.verify(&answer)));
            }
            client.say(&ok(&farewell, &mut association)).await;
        }
    })
    .await;
    let facts = world.facts("sign-in", question()).await;
    assert_eq!((&facts["signed_in"], &facts["signed_out"]), (&json!(true), &json!(true)), "{facts}");
    assert_eq!(heard.recv().await, Some((486, Ok(()))));
    assert_eq!(heard.recv().await, Some((200, Ok(()))));
}

#[tokio::test]
async fn what_is_no_answer_is_bounded() {
    let world = registrar(async |mut client| {
        let Some(first) = client.hear().await else { return };
        let mut other = Message::reply(&first, 200, "OK");
        for header in other.headers.0.iter_mut().filter(|header| header.long_name() == "call-id") {
            header.raw = b"another".to_vec();
        }
        for _ in 0..1_000 {
            client.say(&other).await;
        }
    })
    .await;
    let error = world.error("sign-in", question(), ErrorClass::Protocol).await;
    assert!(error.contains("64 messages, none of them the answer"), "{error}");
}

#[tokio::test]
async fn what_is_kept_of_an_exchange_is_bounded() {
    let world = registrar(async |mut client| {
        let Some(first) = client.hear().await else { return };
        let mut trying = Message::reply(&first, 100, "Trying");
        trying.headers.push("X-Long", "x".repeat(60_000));
        for _ in 0..60 {
            client.say(&trying).await;
        }
        client.say(&Message::reply(&first, 503, "No")).await;
        let _ = client.hear().await;
    })
    .await;
    let answer = world.ask("sign-in", question()).await.expect("an answer");
    let kept: usize = answer.evidence.iter().map(|one| one.text.len()).sum();
    assert!(kept < 400_000, "{kept} bytes");
    assert!(answer.evidence.iter().any(|one| one.text.contains("left out")), "and says so");
}

#[tokio::test]
async fn without_an_account_nobody_signs_in() {
    let world = World::new();
    let error = world.error("sign-in", question(), ErrorClass::NotAsked).await;
    assert!(error.contains("no account asks"), "{error}");
}
