//! `relay`, where the server ends the account's sign-in or its question in between, and where the
//! service tells of a relay that can't be: told as what it is, and the account signed out.

use poolproof::observe::ErrorClass;
use poolproof::protocol::mras::{self, Settings};
use poolproof::protocol::sip::Message;
use serde_json::json;

use super::relay::{Say, credentials, given, left, pool, provisioned, question, with_body};

#[tokio::test]
async fn a_sign_in_that_is_no_longer_known_is_told_at_once() {
    for phase in ["SUBSCRIBE", "SERVICE"] {
        let (world, mut heard) = pool(move |method, request| {
            if method != phase {
                return provisioned(request);
            }
            // As a Front End does that was started anew: it signs nothing, since it has no key. The first is of
            // another request, and so is nobody's.
            let mut reply = Message::reply(request, 401, "Unauthorized");
            let offer = "NTLM realm=\"SIP Communications Service\", targetname=\"fe11.contoso.test\", version=4";
            reply.headers.push("WWW-Authenticate", offer);
            let mut other = reply.clone();
            for header in other.headers.0.iter_mut().filter(|header| header.long_name() == "call-id") {
                header.raw = b"another".to_vec();
            }
            vec![Say::Bytes(other.encode()), Say::Bytes(reply.encode())]
        })
        .await;
        let error = world.error("relay", question("udp"), ErrorClass::Protocol).await;
        assert!(error.contains("no longer knows that the account is signed in (401 Unauthorized)"), "{phase}: {error}");
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn a_refusal_that_is_signed_is_an_answer() {
    // The media relay service's own, handed on by a Front End that knows the account well.
    let (world, mut heard) = pool(move |method, request| match method {
        "SERVICE" => vec![Say::Signed(Message::reply(request, 401, "Unauthorized"))],
        _ => provisioned(request),
    })
    .await;
    let facts = world.facts("relay", question("udp")).await;
    assert_eq!((&facts["granted"], &facts["signed_out"]), (&json!(false), &json!(true)), "{facts}");
    assert!(facts["why"].as_str().is_some_and(|why| why.contains("401")), "{facts}");
    left(&mut heard).await;
}

/// A message of the server's, in a dialog or in none.
fn notification(method: &str, call_id: &str, fields: &[(&str, &str)], body: &str) -> Say {
    let mut request = Message::request(method, "sip:probe1@contoso.com");
    let cseq = format!("1 {method}");
    let own = [
        ("Via", "SIP/2.0/TLS 10.0.0.1"),
        ("From", "<sip:probe1@contoso.com>;tag=77"),
        ("To", "<sip:probe1@contoso.com>;tag=78"),
        ("Call-ID", call_id),
        ("CSeq", &cseq),
    ];
    own.iter().chain(fields).for_each(|(name, value)| request.headers.push(*name, *value));
    request.body = body.as_bytes().to_vec();
    Say::Signed(request)
}

#[tokio::test]
async fn an_end_without_settings_is_told_with_its_reason() {
    // Both as a capture has them.
    const END: (&str, &str) = ("Subscription-State", "terminated;expires=0");
    const WHY: (&str, &str) = (
        "ms-diagnostics-public",
        "2139;reason=\"Terminating old subscription since new subscription dialog took over the previous one\"",
    );
    type Fields = &'static [(&'static str, &'static str)];
    let cases: [(&str, Fields, &str); 3] = [
        ("NOTIFY", &[END, WHY], "settings: 2139 ("),
        ("BENOTIFY", &[END, WHY], "settings: 2139 ("),
        ("BENOTIFY", &[("subscription-state", "TERMINATED")], "settings: no reason is told"),
    ];
    for (method, fields, words) in cases {
        let (world, mut heard) = pool(move |_, request| {
            let call_id = request.headers.first("call-id").expect("a call").into_owned();
            // The end of another question is none of this one's.
            let others = notification("BENOTIFY", "another", fields, "");
            let accepted = Say::Signed(Message::reply(request, 202, "Accepted"));
            vec![accepted, others, notification(method, &call_id, fields, "")]
        })
        .await;
        let error = world.error("relay", question("udp"), ErrorClass::Protocol).await;
        assert!(error.contains("a notification ended the question") && error.contains(words), "{error}");
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn a_user_who_is_disabled_meanwhile_is_told_of() {
    for phase in ["SUBSCRIBE", "SERVICE"] {
        let (world, mut heard) = pool(move |method, request| {
            if method != phase {
                return provisioned(request);
            }
            // As a capture has it.
            let fields = [
                ("Content-Type", "text/registration-event"),
                ("subscription-state", "terminated;expires=0"),
                ("ms-diagnostics-public", "4141;reason=\"User disabled\""),
            ];
            vec![notification("BENOTIFY", "of-the-registration", &fields, "deregistered;event=rejected\r\n")]
        })
        .await;
        let error = world.error("relay", question("udp"), ErrorClass::Protocol).await;
        assert!(error.contains("signed the account out meanwhile: 4141 ("), "{phase}: {error}");
        left(&mut heard).await;
    }
    // What only looks like it changes nothing.
    let (world, mut heard) = pool(|method, request| {
        let other = [("Content-Type", "text/registration-event")];
        let mut said = vec![notification("NOTIFY", "of-the-registration", &other, "registered")];
        said.extend(if method == "SUBSCRIBE" { provisioned(request) } else { given(request) });
        said
    })
    .await;
    let world = world.datagrams(super::turn::UDP, super::turn::server(|_, _| vec![b"nonsense".to_vec()])).await;
    let facts = world.facts("relay", question("udp")).await;
    assert_eq!((&facts["granted"], &facts["signed_out"]), (&json!(true), &json!(true)), "{facts}");
    left(&mut heard).await;
}

#[tokio::test]
async fn a_relay_where_nobody_can_be_is_not_asked() {
    // This machine would be asked, or everybody.
    for host in ["0.0.0.0", "255.255.255.255", "::", "ff02::1", "::ffff:0.0.0.0"] {
        let (world, mut heard) = pool(move |method, request| {
            let body = credentials().replace("198.51.100.22", host);
            match method {
                "SUBSCRIBE" => provisioned(request),
                _ => vec![Say::Signed(with_body(request, 200, mras::CONTENT_TYPE, body))],
            }
        })
        .await;
        let facts = world.facts("relay", question("udp")).await;
        assert_eq!((&facts["granted"], &facts["host"]), (&json!(false), &json!(null)), "{facts}");
        let why = facts["why"].as_str().expect("words");
        assert!(why.contains(&format!("tells of a relay at {host}, where nobody can be")), "{why}");
        assert_eq!(facts["relays"][0]["host"], host);
        left(&mut heard).await;
    }
}

#[tokio::test]
async fn settings_of_another_kind_end_it() {
    let (world, mut heard) =
        pool(|_, request| vec![Say::Signed(with_body(request, 200, Settings::CONTENT_TYPE, "<provisionGroupList/>"))])
            .await;
    let error = world.error("relay", question("udp"), ErrorClass::Protocol).await;
    assert!(error.contains("the user's settings can't be read: it is another document"), "{error}");
    left(&mut heard).await;
}
