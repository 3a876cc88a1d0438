//! What real servers said to a client that signs in or is signed in, as the probes take it: a
//! server that signs has the samples' header fields, and the client is ours.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use poolproof::observe::ErrorClass;
use poolproof::protocol::diagnostics::HEADERS;
use poolproof::protocol::mras::Settings;
use poolproof::protocol::sip::Message;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::peers;
use super::registrar::registrar;
use super::samples::{same, sample};
use super::world::World;

/// An answer to REGISTER: its file, the client's own address in it, facts.
type Welcome = (&'static str, Option<&'static str>, fn() -> Value);

const WELCOMES: [Welcome; 4] = [
    (
        "sfb2015-200ok-register-gruu",
        Some("sip:user6@skype2015.loc;opaque=user:epid:a1De4AWnzFmb-tN1kxQSMQAA;gruu"),
        || json!({"expires_seconds": 300, "generation": "Skype for Business Server 2015", "connected_to_primary": null}),
    ),
    (
        "ms-siprege-200ok-register-presence-state",
        Some("sip:alice@fabrikam.com;opaque=user:epid:QJJYwWDmT1mos0tV81jLwQAA;gruu"),
        || json!({"expires_seconds": 7200, "generation": null, "connected_to_primary": true}),
    ),
    (
        "ocs2007-200ok-register-ntlm",
        None,
        || json!({"expires_seconds": 900, "generation": null, "connected_to_primary": null}),
    ),
    (
        "ocs2007r2-200ok-register-ntlm",
        Some("sip:user@cosmo.local;opaque=user:epid:21nYNIVlkV-jtN6FPBU0fQAA;gruu"),
        || {
            let generation = "Office Communications Server 2007 R2";
            json!({"expires_seconds": 7200, "generation": generation, "connected_to_primary": null})
        },
    ),
];

/// A refusal: its file, its first line, the number and the words that people are told.
type Refusal = (&'static str, u16, &'static str, u32, &'static str);

const REFUSALS: [Refusal; 8] = [
    ("sfbonline-403-service-diag4268-fault-body", 403, "Forbidden", 4268, "delegate and delegator"),
    ("sfb2019-500-exumrouting-diag15000", 500, "Server Internal Error", 15000, "Unable to read the user properties"),
    ("sfb2015-504-diag1009-srv-mismatch", 504, "Server time-out", 1009, "SRV"),
    ("ms-diagnostics-4005-uccapilog", 404, "Not Found", 4005, "not enabled for SIP"),
    ("ms-diagnostics-1017-split-domain", 403, "Forbidden", 1017, "From and To domains"),
    ("ms-diagnostics-1027-and-1034-uccapilog", 504, "Server time-out", 1027, "federated partners"),
    ("ms-diagnostics-1047-tls-negotiation", 504, "Server time-out", 1047, "TLS negotiation"),
    ("ocs-benotify-deregistered-4141", 403, "Forbidden", 4141, "User disabled"),
];

pub fn trials() -> Vec<Trial> {
    let welcomes = WELCOMES.iter().map(|expected| {
        let file = expected.0;
        peers::trial(
            &format!("signed_in::{file}"),
            move || sample(file),
            move |text| runtime().block_on(welcomed(expected, &text)),
        )
    });
    let refusals = REFUSALS.iter().map(|expected| {
        let file = expected.0;
        peers::trial(
            &format!("signed_in::refused::{file}"),
            move || sample(file),
            move |text| runtime().block_on(refused(expected, &text)),
        )
    });
    let end = peers::trial(
        "signed_in::ended::ocs-benotify-deregistered-4141",
        || sample("ocs-benotify-deregistered-4141"),
        |text| runtime().block_on(deregistered(&text)),
    );
    welcomes.chain(refusals).chain([end]).collect()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

type Fields = Vec<(String, String)>;

/// A sample's header fields but those that belong to one request, each with its value.
fn fields(text: &str) -> Fields {
    const OF_ONE: [&str; 8] =
        ["via", "from", "to", "call-id", "cseq", "content-length", "authentication-info", "proxy-authentication-info"];
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with(['<', '-']));
    let fields = lines.filter(|line| !line.starts_with("SIP/2.0")).filter_map(|line| line.split_once(':'));
    let own = fields.filter(|(name, _)| !OF_ONE.contains(&name.to_ascii_lowercase().as_str()));
    own.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect()
}

fn with(mut message: Message, fields: &Fields) -> Message {
    for (name, value) in fields {
        message.headers.push(name.as_str(), value.as_str());
    }
    message
}

/// A server that welcomes whoever signs in with these header fields, tells settings that name a service, and says what
/// it is told to whoever asks that. Requests are passed on, farewells among them; each of them was signed.
async fn server(
    welcome: Fields,
    service: impl Fn(&Message) -> Message + Send + Sync + 'static,
) -> (World, UnboundedReceiver<Message>) {
    let (tell, heard) = unbounded_channel();
    let (welcome, service) = (Arc::new(welcome), Arc::new(service));
    let world = registrar(move |mut client| {
        let (tell, welcome, service) = (tell.clone(), Arc::clone(&welcome), Arc::clone(&service));
        async move {
            let Some((credential, mut association)) = client.credential().await else { return };
            let mut said = with(Message::reply(&credential, 200, "OK"), &welcome);
            loop {
                association.sign(&mut said, 1).expect("signed");
                client.say(&said).await;
                let Some(request) = client.hear().await else { return };
                association.verify(&request).expect("signed");
                let method = request.cseq().map(|(_, method)| method).unwrap_or_default();
                said = match method.as_str() {
                    "SERVICE" => service(&request),
                    "SUBSCRIBE" => {
                        let mut settings = Message::reply(&request, 200, "OK");
                        settings.headers.push("Content-Type", Settings::CONTENT_TYPE);
                        let mras = Some("sip:edge02.contoso.com@contoso.com;gruu;opaque=srvr:MRAS:AB".to_owned());
                        settings.body = Settings { mras }.write().into_bytes();
                        settings
                    }
                    _ => Message::reply(&request, 200, "OK"),
                };
                let _ = tell.send(request);
            }
        }
    })
    .await;
    (world, heard)
}

fn question() -> Value {
    json!({"host": "10.0.0.1", "port": 5061, "location": "internet", "transport": "udp"})
}

/// The next request, which must be of this method.
async fn next(heard: &mut UnboundedReceiver<Message>, method: &str) -> Result<Message, String> {
    let request = heard.recv().await.ok_or("the server is gone")?;
    same("the request", request.cseq().map(|(_, method)| method), Some(method.to_owned()))?;
    Ok(request)
}

async fn left(heard: &mut UnboundedReceiver<Message>) -> Result<(), String> {
    let farewell = next(heard, "REGISTER").await?;
    same("the farewell", farewell.headers.first("expires").as_deref(), Some("0"))
}

async fn welcomed((_, gruu, expected): &Welcome, text: &str) -> Result<(), Failed> {
    let unavailable = |request: &Message| Message::reply(request, 503, "Service Unavailable");
    let (world, mut heard) = server(fields(text), unavailable).await;
    let facts = world.facts("sign-in", json!({"host": "10.0.0.1", "port": 5061})).await;
    same("how it ended", &facts["outcome"], &json!("signed-in"))?;
    same("whether it was signed out", &facts["signed_out"], &json!(true))?;
    left(&mut heard).await?;
    for (fact, value) in expected().as_object().ok_or("an object")? {
        same(fact, &facts[fact], value)?;
    }
    // Whoever is signed in so asks by the address that it was given.
    let facts = world.facts("relay", question()).await;
    same("the status", &facts["status"], &json!(503))?;
    for method in ["SUBSCRIBE", "SERVICE"] {
        let request = next(&mut heard, method).await?;
        let contact = request.headers.first("contact").unwrap_or_default().into_owned();
        match gruu {
            Some(gruu) => same(method, contact, format!("<{gruu}>"))?,
            None => same(method, contact.contains("transport=tls") && !contact.contains("gruu"), true)?,
        }
    }
    Ok(left(&mut heard).await?)
}

async fn refused((_, status, reason, id, words): &'static Refusal, text: &str) -> Result<(), Failed> {
    // Some of them have lost the ends of lines; what counts has a line of its own.
    let mut told = fields(text);
    told.retain(|(name, _)| HEADERS.contains(&name.to_ascii_lowercase().as_str()));
    let (world, mut heard) =
        server(Vec::new(), move |request| with(Message::reply(request, *status, *reason), &told)).await;
    let facts = world.facts("relay", question()).await;
    same("the status", &facts["status"], &json!(status))?;
    same("whether there are credentials", &facts["granted"], &json!(false))?;
    let first = &facts["diagnostics"][0];
    same("the number", &first["id"], &json!(id))?;
    same("its words", first["reason"].as_str().is_some_and(|reason| reason.contains(words)), true)?;
    let why = facts["why"].as_str().unwrap_or_default();
    same("what people are told", why.contains(&format!("{status} {reason}, {id} (")), true)?;
    for method in ["SUBSCRIBE", "SERVICE"] {
        next(&mut heard, method).await?;
    }
    Ok(left(&mut heard).await?)
}

async fn deregistered(text: &str) -> Result<(), Failed> {
    let (fields, body) = (fields(text), text.trim_end().rsplit('\n').next().unwrap_or_default().to_owned());
    let (world, mut heard) = server(Vec::new(), move |_| {
        let mut end = Message::request("BENOTIFY", "sip:probe1@contoso.com");
        for (name, value) in [
            ("Via", "SIP/2.0/TLS 10.0.0.1:5061"),
            ("From", "<sip:probe1@contoso.com>;tag=1"),
            ("To", "<sip:probe1@contoso.com>;tag=2"),
            ("Call-ID", "of-the-registration"),
            ("CSeq", "1 BENOTIFY"),
        ] {
            end.headers.push(name, value);
        }
        end.body = body.clone().into_bytes();
        with(end, &fields)
    })
    .await;
    let error = world.error("relay", question(), ErrorClass::Protocol).await;
    same("the words", error.contains("signed the account out meanwhile: 4141 ("), true)?;
    for method in ["SUBSCRIBE", "SERVICE"] {
        next(&mut heard, method).await?;
    }
    Ok(left(&mut heard).await?)
}
