//! `tls`, against `openssl s_server`: what is reached, and what is said of servers that
//! this build can't reach.

use libtest_mimic::Trial;
use poolproof::observe::ErrorClass;
use serde_json::json;

use crate::ask::Here;
use crate::openssl::{Authority, OpenSsl, Seen, Server};
use crate::peers;

/// What must hold of a server.
type Held = fn(&OpenSsl);

const NAME: &str = "sip.contoso.test";

/// Parameters of a server, what `openssl s_client` needs to reach it, and what they agree on.
struct Age {
    name: &'static str,
    server: &'static [&'static str],
    client: &'static [&'static str],
    version: &'static str,
    suite: Option<&'static str>,
}

/// Servers that rustls shares parameters with.
const MODERN: &[Age] = &[
    tls13("TLS_AES_128_GCM_SHA256", &["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"]),
    tls13("TLS_AES_256_GCM_SHA384", &["-tls1_3", "-ciphersuites", "TLS_AES_256_GCM_SHA384"]),
    tls13("TLS_CHACHA20_POLY1305_SHA256", &["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"]),
    tls12("ECDHE-RSA-AES128-GCM-SHA256", &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]),
    tls12("ECDHE-RSA-AES256-GCM-SHA384", &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-GCM-SHA384"]),
    tls12("ECDHE-RSA-CHACHA20-POLY1305", &["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"]),
];

/// Servers that it does not: Windows Server 2012 R2 and older with an RSA certificate offer
/// nothing else.
const OLD: &[Age] = &[
    old("TLSv1", &["-tls1", "-cipher", "DEFAULT@SECLEVEL=0"]),
    old("TLSv1.1", &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]),
    tls12("AES128-SHA", &["-tls1_2", "-cipher", "AES128-SHA"]),
    tls12("ECDHE-RSA-AES256-SHA384", &["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA384"]),
    tls12("DHE-RSA-AES256-GCM-SHA384", &["-tls1_2", "-cipher", "DHE-RSA-AES256-GCM-SHA384"]),
    tls12("AES256-GCM-SHA384", &["-tls1_2", "-cipher", "AES256-GCM-SHA384"]),
];

const fn tls13(suite: &'static str, server: &'static [&'static str]) -> Age {
    Age { name: suite, server, client: &[], version: "TLSv1.3", suite: Some(suite) }
}

const fn tls12(suite: &'static str, server: &'static [&'static str]) -> Age {
    Age { name: suite, server, client: &[], version: "TLSv1.2", suite: Some(suite) }
}

const fn old(version: &'static str, arguments: &'static [&'static str]) -> Age {
    Age { name: version, server: arguments, client: arguments, version, suite: None }
}

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: Box<dyn FnOnce(&OpenSsl) + Send>| {
        peers::trial(&format!("tls::{name}"), OpenSsl::find, move |openssl| {
            test(&openssl);
            Ok(())
        })
    };
    let modern =
        MODERN.iter().map(|age| trial(&format!("reaches_{}", age.name), Box::new(|openssl| reached(openssl, age))));
    let old =
        OLD.iter().map(|age| trial(&format!("is_too_new_for_{}", age.name), Box::new(|openssl| too_old(openssl, age))));
    let others: [(&str, Held); 4] = [
        ("the_name_asked_for_chooses_the_certificate", the_name_asked_for_chooses_the_certificate),
        ("application_protocols_are_agreed_on", application_protocols_are_agreed_on),
        (
            "a_server_that_wants_a_certificate_is_seen_without_one",
            a_server_that_wants_a_certificate_is_seen_without_one,
        ),
        ("ports_are_open_or_refused", ports_are_open_or_refused),
    ];
    let others = others.into_iter().map(|(name, test)| trial(name, Box::new(test)));
    modern.chain(old).chain(others).collect()
}

/// Reaches a server by its name, past DNS.
fn here(server: &Server, authority: &Authority) -> Here {
    Here::new().trusting(authority.der()).connect("sip.contoso.test:5061", &[server.address])
}

/// What OpenSSL's client sees of a server: that it is up and well, whatever we can reach.
fn second_opinion(openssl: &OpenSsl, server: &Server, authority: &Authority, age: &Age) -> Seen {
    let root = authority.root().display().to_string();
    let mut arguments = vec!["-CAfile", &root, "-servername", NAME, "-verify_hostname", NAME];
    arguments.extend(age.client);
    let seen = openssl.client(server.address, &arguments);
    assert_eq!(seen.complaint, None, "{}", age.name);
    assert_eq!(seen.version, age.version, "{}", age.name);
    if let Some(suite) = age.suite {
        assert_eq!(seen.suite, suite);
    }
    seen
}

fn reached(openssl: &OpenSsl, age: &Age) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), age.server);
    let seen = second_opinion(openssl, &server, &authority, age);
    let answer = here(&server, &authority).ask("tls", json!({"host": NAME, "port": 5061})).expect("facts");
    let facts = &answer.facts.values;
    assert_eq!(facts["version"], seen.version.replace("TLSv", "TLS "), "{facts:?}");
    assert_eq!(facts["suite"], openssl.iana_name(&seen.suite), "{facts:?}");
    assert_eq!(facts["verify_error"], json!(null), "{facts:?}");
    assert_eq!(facts["verified"], true, "{facts:?}");
    assert_eq!(facts["client_certificate_requested"], false, "{facts:?}");
    assert_eq!(answer.connect, [format!("sip.contoso.test:5061 → {}", server.address)]);
}

fn too_old(openssl: &OpenSsl, age: &Age) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), age.server);
    let here = here(&server, &authority);
    let error = here.ask("tls", json!({"host": NAME, "port": 5061})).expect_err("no handshake");
    assert_eq!(error.class, ErrorClass::Tls, "{error}");
    let words = "no common TLS parameters, or refused. What was offered is TLS 1.3, and TLS 1.2 with ECDHE and AES-GCM";
    assert!(error.message.contains(words), "{error}");
    assert!(error.message.contains("the server may well be healthy"), "{error}");
    assert!(!error.message.to_lowercase().contains("down"), "{error}");
    // And so it is: others reach it, before us and after us.
    second_opinion(openssl, &server, &authority, age);
    let port = here.facts("tcp", json!({"host": NAME, "port": 5061}));
    assert_eq!(port["state"], "open", "{port}");
}

fn the_name_asked_for_chooses_the_certificate(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let (sip, conferencing) = (authority.issue(&[NAME]), authority.issue(&["wc.contoso.test"]));
    let path = |path: &std::path::Path| path.display().to_string();
    let second = [path(&conferencing.certificate), path(&conferencing.key)];
    let arguments = ["-servername", "wc.contoso.test", "-cert2", &second[0], "-key2", &second[1]];
    let server = openssl.serve(&sip, &arguments);
    let here = here(&server, &authority);
    let shown = |sni: &str| {
        let facts = here.facts("tls", json!({"host": NAME, "port": 5061, "sni": sni}));
        (facts["certificate"]["common_name"].clone(), facts["verify_error"].clone())
    };
    assert_eq!(shown(NAME), (json!(NAME), json!(null)));
    assert_eq!(shown("wc.contoso.test"), (json!("wc.contoso.test"), json!(null)));
    assert_eq!(shown("none"), (json!(NAME), json!(null)));
}

fn application_protocols_are_agreed_on(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), &["-alpn", "http/1.1"]);
    let here = here(&server, &authority);
    let agreed = |offer: &[&str]| here.facts("tls", json!({"host": NAME, "port": 5061, "alpn": offer}))["alpn"].clone();
    assert_eq!(agreed(&["h2", "http/1.1"]), "http/1.1");
    assert_eq!(agreed(&[]), json!(null));
}

/// The Access Edge asks partners for a certificate; we have none to show, and none to need.
fn a_server_that_wants_a_certificate_is_seen_without_one(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let identity = authority.issue(&[NAME]);
    let root = authority.root().display().to_string();
    for version in ["-tls1_2", "-tls1_3"] {
        for (demand, why) in [("-verify", "would like one"), ("-Verify", "insists on one")] {
            let server = openssl.serve(&identity, &[version, demand, "1", "-CAfile", &root]);
            let facts = here(&server, &authority).facts("tls", json!({"host": NAME, "port": 5061}));
            assert_eq!(facts["client_certificate_requested"], true, "{version}, {why}: {facts}");
            assert_eq!(facts["verify_error"], json!(null), "{version}, {why}: {facts}");
            assert_eq!(facts["certificate"]["common_name"], NAME, "{version}, {why}");
        }
    }
}

fn ports_are_open_or_refused(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let server = openssl.serve(&authority.issue(&[NAME]), &[]);
    let port = |here: &Here| here.facts("tcp", json!({"host": NAME, "port": 5061}));
    let open = port(&here(&server, &authority));
    assert_eq!((&open["state"], &open["open"], &open["closed"]), (&json!("open"), &json!(true), &json!(false)));
    assert_eq!(open["address"], server.address.ip().to_string());

    // Bound and not listening: nobody else gets the port, and connecting is refused.
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let nobody = Here::new().connect("sip.contoso.test:5061", &[socket.local_addr().expect("an address")]);
    let refused = port(&nobody);
    let states = (&refused["state"], &refused["open"], &refused["closed"]);
    assert_eq!(states, (&json!("refused"), &json!(false), &json!(true)));
    let error = nobody.ask("tls", json!({"host": NAME, "port": 5061})).expect_err("nobody is there");
    assert_eq!(error.class, ErrorClass::Connect, "{error}");
}
