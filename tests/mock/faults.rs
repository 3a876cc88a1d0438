//! Each thing that goes wrong with accounts, media relays and partners: its own verdict, and words that no other has.
//!
//! The faults are variants of Contoso, so that this is what whoever runs the shipped checks is told. What else such a
//! variant breaks, `cargo test --test checks -- variants` holds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use poolproof::accounts::Accounts;
use poolproof::check::{Effect, Selection};
use poolproof::mock::{Fixture, Mock};
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Context, ErrorClass, Facts, ProbeError, Vantage};
use poolproof::report::{CaseResult, Verdict};
use poolproof::{Options, Prepared, Refusal, Stop, Target};
use serde_json::{Value, json};

use crate::accounts::People;
use crate::now;

/// A variant, the case that it must show in, how that ends, and what it says then.
type Fault = (&'static str, &'static str, Verdict, &'static [&'static str]);

const FAULTS: [Fault; 13] = [
    (
        "probe-account-has-another-password",
        "internal-sign-in[pool11.contoso.com,probe11@contoso.com]",
        Verdict::Fail,
        &["the credential was not accepted"],
    ),
    (
        "probe-account-is-disabled",
        "internal-sign-in[pool01.contoso.com,probe1@contoso.com]",
        Verdict::Fail,
        &["the account is disabled"],
    ),
    (
        "probe-account-password-has-expired",
        "internal-sign-in[pool11.contoso.com,probe11@contoso.com]",
        Verdict::Fail,
        &["the password has expired"],
    ),
    (
        "probe-account-still-at-legacy-pool",
        "internal-sign-in[pool02.contoso.com,probe2@contoso.com]",
        Verdict::Fail,
        &["has registered the user", "the home pool is pool02.contoso.com"],
    ),
    (
        "client-version-filter-lets-us-in-nowhere",
        "internal-sign-in[pool12.contoso.com,probe12@contoso.com]",
        Verdict::Error,
        &["client version policy"],
    ),
    (
        "legacy-front-end-clock-is-fast",
        "internal-sign-in[pool11.contoso.com,probe11@contoso.com]",
        Verdict::Fail,
        &["1013", "clocks"],
    ),
    (
        "front-end-signs-nothing",
        "internal-sign-in[pool12.contoso.com,probe12@contoso.com]",
        Verdict::Fail,
        &["not signed"],
    ),
    (
        "front-end-repeats-an-earlier-signature",
        "internal-sign-in[pool11.contoso.com,probe11@contoso.com]",
        Verdict::Fail,
        &["replay"],
    ),
    (
        "pilot-pool-certificate-from-unknown-authority",
        "internal-sign-in[pool12.contoso.com,probe12@contoso.com]",
        Verdict::Error,
        &["nothing secret is sent"],
    ),
    (
        "media-relay-authentication-silent",
        "av-edge-connectivity[pool12.contoso.com,probe12@contoso.com,udp]",
        Verdict::Error,
        &["credentials for media relays, asked of"],
    ),
    (
        "media-relay-nonce-always-stale",
        "av-edge-connectivity[pool02.contoso.com,probe2@contoso.com,udp]",
        Verdict::Fail,
        &["was stale, twice"],
    ),
    (
        "partner-refuses-connections",
        "federation-partner-message[pool02.contoso.com,probe2@contoso.com,fabrikam.com]",
        Verdict::Fail,
        &["504", "1046"],
    ),
    (
        "partner-rejects-our-certificate",
        "federation-partner-message[pool01.contoso.com,probe1@contoso.com,fabrikam.com]",
        Verdict::Fail,
        &["504", "1047"],
    ),
];

fn fixture() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/contoso"))
}

/// What a run of one check, and of all that it needs, says of one case.
async fn case(variant: &str, key: &str) -> CaseResult {
    let mut selection = Selection::default();
    selection.pattern(key.split('[').next().unwrap_or(key)).expect("a check's id");
    let target =
        Target::Mock { fixture: fixture().to_owned(), state: None, variant: Some(variant.to_owned()), at: None };
    let options = Options { target, selection, allowed: vec![Effect::SendsIm], ..Options::default() };
    let told = |refusal: Refusal| match refusal {
        Refusal::Input(found) => poolproof::diagnostic::render(&found, false),
        other => other.to_string(),
    };
    let prepared = Prepared::make(options).await.unwrap_or_else(|refusal| panic!("{variant}: {}", told(refusal)));
    let finished = prepared.run(Arc::new(()), &Stop::default()).await;
    let result = finished.unwrap_or_else(|refusal| panic!("{variant}: {}", told(refusal))).result;
    let found = result.cases().find(|case| case.key == key).cloned();
    found.unwrap_or_else(|| panic!("{variant}: there is no {key}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_a_verdict_and_words_of_its_own() {
    let mut messages = Vec::new();
    // One after the other: together they are too much for the time that the fixture gives a question.
    for (variant, key, verdict, words) in FAULTS {
        let mut case = case(variant, key).await;
        // On a busy machine what it needs may not answer in time, which says nothing of the fault.
        for _ in 0..2 {
            if case.verdict == Verdict::Skip {
                case = self::case(variant, key).await;
            }
        }
        assert_eq!(case.verdict, verdict, "{variant}: {key}: {}", case.message);
        for word in words {
            assert!(case.message.contains(word), "{variant}: `{word}` in: {}", case.message);
        }
        messages.push(case.message);
    }
    for ((variant, _, _, words), message) in FAULTS.iter().zip(&messages) {
        let also = FAULTS
            .iter()
            .zip(&messages)
            .filter(|((other, ..), told)| other != variant && words.iter().all(|word| told.contains(word)));
        let also: Vec<&str> = also.map(|((other, ..), _)| *other).collect();
        assert!(also.is_empty(), "{variant} says `{message}`, and so do {also:?}");
    }
}

async fn ask(mock: &Mock, people: &People, probe: &str, params: Value) -> Result<Facts, ProbeError> {
    let network = mock.networks().remove(&Vantage::named("internal")).expect("the vantage");
    let probe = PROBES.iter().find(|one| one.name == probe).expect("a probe");
    let context = Context::new(Arc::new(network), Duration::from_mins(1), now());
    let account = Some("sip:probe11@contoso.com".to_owned());
    let context = Context { roster: Arc::clone(&people.roster), account, ..context };
    (probe.ask)(params, context).await.map(|answer| answer.facts)
}

/// Whoever asks next for the same account, for whatever and wherever, sends nothing any more.
#[tokio::test]
async fn a_wrong_password_reaches_one_server_once_whatever_is_asked() {
    let variant = "probe-account-has-another-password";
    let resolved = Fixture::load(fixture()).expect("loads").resolve(None, Some(variant)).expect("resolves");
    let mock = Mock::start(&resolved.deployment, now()).await.expect("starts");
    let account = ["sip:probe11@contoso.com", "CONTOSO\\probe11", "nobodys-password-11", ""];
    let people = People::of(&[account], Accounts::of_this_run("test"));
    let at = |host: &str, port: u16| json!({"host": host, "port": port});
    let facts = ask(&mock, &people, "sign-in", at("pool11.contoso.com", 5061)).await.expect("facts");
    assert_eq!(facts.values["outcome"], "rejected");
    let with = |mut params: Value, more: Value| {
        params.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        params
    };
    let relay = |host, port, transport| with(at(host, port), json!({"location": "intranet", "transport": transport}));
    for (probe, params) in [
        ("sign-in", at("pool01.contoso.com", 5061)),
        ("sign-in", at("sip.contoso.com", 5061)),
        ("relay", relay("pool11.contoso.com", 5061, "udp")),
        ("relay", relay("pool01.contoso.com", 5061, "tcp")),
        ("im", with(at("pool11.contoso.com", 5061), json!({"to": "sip:probe@fabrikam.com"}))),
    ] {
        let error = ask(&mock, &people, probe, params).await.expect_err("nobody signs in");
        assert!(error.class == ErrorClass::Auth && error.message.contains("not used again"), "{probe}: {error}");
    }
    assert_eq!(mock.credentials(), [("contoso\\probe11".to_owned(), 1)].into());
    assert_eq!(mock.signed_in(), Vec::<String>::new());
}
