//! Servers that offer nothing but older TLS, against `openssl s_server` and stunnel. A
//! build with the feature `legacy-tls` reaches them and judges their certificates as it
//! judges all others; one without says what they seem to offer, and how they are reached.

use libtest_mimic::Trial;
use poolproof::observe::ErrorClass;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::openssl::{Authority, Identity, OpenSsl, Wanted};
use crate::peers;
use crate::sipp::Sipp;

/// Whether this build speaks older TLS.
const SPEAKS: bool = cfg!(feature = "legacy-tls");

const NAME: &str = "sip.contoso.test";

/// A server that shares nothing with the modern library, and what is agreed on with it.
struct Age {
    name: &'static str,
    server: &'static [&'static str],
    version: &'static str,
    suite: &'static str,
}

const fn age(name: &'static str, version: &'static str, suite: &'static str, server: &'static [&'static str]) -> Age {
    Age { name, server, version, suite }
}

const AGES: &[Age] = &[
    age("tls_1_0", "TLS 1.0", "AES128-SHA", &["-tls1", "-cipher", "AES128-SHA@SECLEVEL=0"]),
    age("tls_1_0_ecdhe", "TLS 1.0", "ECDHE-RSA-AES256-SHA", &["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"]),
    age("tls_1_1", "TLS 1.1", "AES256-SHA", &["-tls1_1", "-cipher", "AES256-SHA@SECLEVEL=0"]),
    age("aes128_sha", "TLS 1.2", "AES128-SHA", &["-tls1_2", "-cipher", "AES128-SHA"]),
    age("ecdhe_cbc", "TLS 1.2", "ECDHE-RSA-AES256-SHA384", &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"]),
    age("dhe_gcm", "TLS 1.2", "DHE-RSA-AES256-GCM-SHA384", &["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"]),
    age("rsa_gcm", "TLS 1.2", "AES256-GCM-SHA384", &["-tls1_2", "-cipher", "AES256-GCM-SHA384"]),
];

/// What must hold of OpenSSL's servers.
type Held = fn(&OpenSsl);

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: Box<dyn FnOnce(&OpenSsl) + Send>| {
        peers::trial(&format!("older::{name}"), OpenSsl::find, move |openssl| {
            test(&openssl);
            Ok(())
        })
    };
    let ages = AGES.iter().flat_map(|age| {
        let (asked, failed) =
            (move |openssl: &OpenSsl| met(openssl, age, true), move |openssl: &OpenSsl| met(openssl, age, false));
        [
            trial(&format!("{}_where_it_is_known", age.name), Box::new(asked)),
            trial(&format!("{}_after_a_failure", age.name), Box::new(failed)),
        ]
    });
    let others: [(&str, Held); 5] = [
        ("certificates_are_judged_alike", certificates_are_judged_alike),
        ("who_may_not_be_asked_is_not", who_may_not_be_asked_is_not),
        ("a_modern_server_is_not_asked_again", a_modern_server_is_not_asked_again),
        ("a_client_certificate_that_is_wanted_is_told", a_client_certificate_that_is_wanted_is_told),
        ("web_services_answer", web_services_answer),
    ];
    let others = others.into_iter().map(|(name, test)| trial(name, Box::new(test)));
    let sip = peers::trial("older::a_registrar_answers", Sipp::find, |sipp| {
        a_registrar_answers(&sipp);
        Ok(())
    });
    ages.chain(others).chain([sip]).collect()
}

fn here(authority: &Authority, server: std::net::SocketAddr) -> Here {
    Here::new().trusting(authority.der()).connect("sip.contoso.test:5061", &[server])
}

/// The facts where this build speaks older TLS, and else the error that says what is offered.
fn met(openssl: &OpenSsl, age: &Age, known: bool) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), age.server);
    let here = here(&authority, server.address);
    let here = if known { here.asked_by_older_tls(NAME) } else { here.older_tls_after_failure(NAME) };
    let question = json!({"host": NAME, "port": 5061});
    if SPEAKS {
        let facts = here.facts("tls", question);
        assert_eq!(facts["legacy"], format!("{}, {}", age.version, age.suite), "{facts}");
        assert_eq!(facts["version"], age.version, "{facts}");
        assert_eq!(facts["suite"], openssl.iana_name(age.suite), "{facts}");
        assert_eq!((&facts["verified"], &facts["verify_error"]), (&json!(true), &Value::Null), "{facts}");
        assert_eq!(facts["client_certificate_requested"], false, "{facts}");
    } else {
        let error = here.ask("tls", question).expect_err("no handshake");
        assert_eq!(error.class, ErrorClass::Tls, "{error}");
        let offers = format!("It seems to offer {}, {}: a build with the feature `legacy-tls`", age.version, age.suite);
        assert!(error.message.contains(&offers), "{error}");
        assert!(error.message.contains("the server may well be healthy"), "{error}");
    }
}

/// What is said of a certificate doesn't depend on the library that got it.
fn certificates_are_judged_alike(openssl: &OpenSsl) {
    let (authority, other) = (openssl.authority(), openssl.authority());
    let intermediate = authority.intermediate();
    let names: &[&str] = &[NAME];
    let wanted = |change: &dyn Fn(&mut Wanted)| {
        let mut wanted = Wanted::server(names);
        change(&mut wanted);
        authority.sign(&wanted)
    };
    let identities: [(&str, Identity); 8] = [
        ("good", authority.issue(names)),
        ("of an unknown authority", other.issue(names)),
        ("for another name", authority.issue(&["wc.contoso.test"])),
        ("expired", wanted(&|one| one.dates = Some(("20200101000000Z", "20210101000000Z")))),
        ("signed with SHA-1", wanted(&|one| one.digest = "sha1")),
        ("with a short key", wanted(&|one| one.bits = 1024)),
        ("without its intermediate", intermediate.issue(names).without_chain()),
        ("self-signed", authority.self_signed(names)),
    ];
    // Both at one moment: days are counted from it.
    let now = jiff::Timestamp::now();
    for (what, identity) in identities {
        let facts = |arguments: &[&str], older: bool| {
            let server = openssl.serve(&identity, arguments);
            let here = here(&authority, server.address).at(now);
            let here = if older { here.asked_by_older_tls(NAME) } else { here };
            here.ask("tls", json!({"host": NAME, "port": 5061}))
        };
        let modern = facts(&["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256@SECLEVEL=0"], false).expect("facts");
        let older = facts(&["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384@SECLEVEL=0"], true);
        if !SPEAKS {
            assert!(older.expect_err("no handshake").message.contains("ECDHE-RSA-AES256-SHA384"), "{what}");
            continue;
        }
        let (modern, older) = (modern.facts, older.expect("facts").facts);
        assert_eq!(older.values["legacy"], "TLS 1.2, ECDHE-RSA-AES256-SHA384", "{what}");
        assert_eq!(modern.values["legacy"], Value::Null, "{what}");
        assert_eq!(modern.unknown, older.unknown, "{what}");
        for fact in ["verified", "verify_error", "trusted", "name_matches", "certificate", "chain"] {
            assert_eq!(modern.values[fact], older.values[fact], "{what}: {fact}");
        }
        assert_eq!(older.values["verified"], what == "good", "{what}: {:?}", older.values);
    }
}

/// Edges, and whoever the environment doesn't name.
fn who_may_not_be_asked_is_not(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), &["-tls1_2", "-cipher", "AES128-SHA"]);
    let unnamed = here(&authority, server.address);
    let edge = here(&authority, server.address).older_tls_after_failure(NAME).spared(server.address.ip());
    for here in [unnamed, edge] {
        let error = here.ask("tls", json!({"host": NAME, "port": 5061})).expect_err("no handshake");
        assert!(error.message.contains("no common TLS parameters, or refused"), "{error}");
        assert!(error.message.contains("By older TLS it was not asked"), "{error}");
        assert!(!error.message.contains("AES128-SHA"), "asked once more: {error}");
    }
}

fn a_modern_server_is_not_asked_again(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), &[]);
    let here = here(&authority, server.address).older_tls_after_failure(NAME);
    let facts = here.facts("tls", json!({"host": NAME, "port": 5061}));
    assert_eq!((&facts["version"], &facts["legacy"]), (&json!("TLS 1.3"), &Value::Null), "{facts}");
}

fn a_client_certificate_that_is_wanted_is_told(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let root = authority.root().display().to_string();
    let identity = authority.issue(&[NAME]);
    let ask = |demand: &str| {
        let arguments = ["-tls1_2", "-cipher", "AES128-SHA", demand, "1", "-CAfile", &root];
        let server = openssl.serve(&identity, &arguments);
        here(&authority, server.address).asked_by_older_tls(NAME).ask("tls", json!({"host": NAME, "port": 5061}))
    };
    let (asked, insisted) = (ask("-verify"), ask("-Verify"));
    if SPEAKS {
        assert_eq!(asked.expect("facts").facts.values["client_certificate_requested"], true);
        let error = insisted.expect_err("no handshake");
        assert!(error.message.contains("it insists on a client certificate, and none is shown"), "{error}");
    } else {
        assert!(asked.is_err() && insisted.is_err());
    }
}

fn web_services_answer(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), &["-tls1_2", "-cipher", "AES256-SHA256", "-www"]);
    let here = here(&authority, server.address).older_tls_after_failure(NAME);
    let answer = here.ask("http", json!({"url": "https://sip.contoso.test:5061/"}));
    if SPEAKS {
        let facts = answer.expect("facts").facts.values;
        assert_eq!((&facts["status"], &facts["tls"]["legacy"]), (&json!(200), &json!("TLS 1.2, AES256-SHA256")));
        assert_eq!(facts["tls"]["verified"], true);
    } else {
        let error = answer.expect_err("no handshake");
        assert!(error.message.contains("It seems to offer TLS 1.2, AES256-SHA256"), "{error}");
    }
}

fn a_registrar_answers(sipp: &Sipp) {
    let answer = "SIP/2.0 401 Unauthorized\n[last_Via:]\n[last_From:]\n[last_To:];tag=[call_number]\n[last_Call-ID:]\n\
                  [last_CSeq:]\nContent-Length: 0";
    let server = sipp.answering_by("sslVersionMax = TLSv1.2\nciphers = ECDHE-ECDSA-AES128-SHA\n", answer, &[NAME]);
    let here = Here::new().trusting(server.root.clone()).connect("sip.contoso.test:5061", &[server.address]);
    let here = here.older_tls_after_failure(NAME);
    let answer = here.ask("sip", json!({"host": NAME, "port": 5061}));
    if SPEAKS {
        let facts = answer.expect("facts").facts.values;
        assert_eq!(
            (&facts["status"], &facts["tls"]["legacy"]),
            (&json!(401), &json!("TLS 1.2, ECDHE-ECDSA-AES128-SHA"))
        );
        assert_eq!(facts["tls"]["verified"], true);
    } else {
        let error = answer.expect_err("no handshake");
        assert!(error.message.contains("It seems to offer TLS 1.2, ECDHE-ECDSA-AES128-SHA"), "{error}");
    }
}
