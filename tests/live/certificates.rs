//! Certificates that OpenSSL made, shown by `openssl s_server`: what is read in them, and
//! what is said of those that a client should not accept. `openssl x509` and
//! `openssl s_client` are the second opinion.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::openssl::{Authority, Identity, OpenSsl, Wanted};
use crate::peers;

const NAME: &str = "sip.contoso.test";
/// Lets OpenSSL work with what it finds too weak.
const WEAK: &[&str] = &["-cipher", "DEFAULT@SECLEVEL=0"];

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn(&OpenSsl)| {
        peers::trial(&format!("certificates::{name}"), OpenSsl::find, move |openssl| {
            test(&openssl);
            Ok(())
        })
    };
    vec![
        trial("a_good_one_is_verified", a_good_one_is_verified),
        trial("expired", expired),
        trial("not_yet_valid", not_yet_valid),
        trial("self_signed", self_signed),
        trial("of_an_unknown_authority", of_an_unknown_authority),
        trial("for_another_name", for_another_name),
        trial("with_a_short_key", with_a_short_key),
        trial("signed_with_sha_1", signed_with_sha_1),
        trial("with_and_without_its_intermediate", with_and_without_its_intermediate),
        trial("several_servers_behind_one_name", several_servers_behind_one_name),
    ]
}

/// Shows a certificate to us and to OpenSSL, and compares all that both can read in it.
/// Our facts, and OpenSSL's complaint.
fn shown(openssl: &OpenSsl, trusted: &Authority, identity: &Identity, arguments: &[&str]) -> (Value, Option<String>) {
    let server = openssl.serve(identity, arguments);
    let here = Here::new().trusting(trusted.der()).connect("sip.contoso.test:443", &[server.address]);
    let answer = here.ask("tls", json!({"host": NAME, "port": 443})).expect("facts, whatever it is worth");
    assert!(answer.facts.unknown.is_empty(), "{:?}", answer.facts.unknown);
    let facts = Value::Object(answer.facts.values);
    let root = trusted.root().display().to_string();
    let client = ["-CAfile", &root, "-servername", NAME, "-verify_hostname", NAME];
    let complaint = openssl.client(server.address, &client).complaint;
    assert_eq!(facts["verified"], json!(complaint.is_none()), "OpenSSL says {complaint:?}, we say {facts}");

    let certificate = &facts["certificate"];
    let theirs = |print: &[&str]| openssl.x509(&identity.certificate, print);
    let hex = |text: String| text.replace(':', "");
    assert_eq!(certificate["sha256"], hex(theirs(&["-fingerprint", "-sha256"])), "{certificate}");
    assert_eq!(certificate["sha1"], hex(theirs(&["-fingerprint", "-sha1"])), "{certificate}");
    let serial = |text: &str| text.trim_start_matches('0').to_owned();
    let ours = certificate["serial"].as_str().expect("digits");
    assert_eq!(serial(ours), serial(&theirs(&["-serial"])), "{certificate}");
    let iso = |label: &str| theirs(&[label, "-dateopt", "iso_8601"]).replace(' ', "T");
    assert_eq!(certificate["not_before"], iso("-startdate"), "{certificate}");
    assert_eq!(certificate["not_after"], iso("-enddate"), "{certificate}");
    assert_eq!(certificate["subject"], theirs(&["-subject", "-nameopt", "RFC2253"]), "{certificate}");
    assert_eq!(certificate["issuer"], theirs(&["-issuer", "-nameopt", "RFC2253"]), "{certificate}");
    (facts, complaint)
}

/// What stands in `verify_error`.
fn reason(facts: &Value) -> &str {
    facts["verify_error"].as_str().unwrap_or_else(|| panic!("a reason: {facts}"))
}

fn a_good_one_is_verified(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let (facts, _) = shown(openssl, &authority, &authority.issue(&[NAME, "sip.fabrikam.test", "*.example.test"]), &[]);
    assert_eq!(facts["verify_error"], json!(null), "{facts}");
    let certificate = &facts["certificate"];
    assert_eq!(certificate["names"], json!([NAME, "sip.fabrikam.test", "*.example.test"]));
    assert_eq!(certificate["key"], json!({"algorithm": "RSA", "bits": 2048}));
    assert_eq!(certificate["signature_algorithm"], "sha256WithRSAEncryption");
    assert_eq!((&certificate["expired"], &certificate["self_signed"]), (&json!(false), &json!(false)));
    // Made for 90 days, a moment ago.
    assert!([json!(89), json!(90)].contains(&certificate["days_left"]), "{certificate}");
    assert_eq!(facts["chain"].as_array().map(Vec::len), Some(1), "as it was sent: {facts}");
}

fn expired(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let dates = Some(("20200101000000Z", "20210101000000Z"));
    let identity = authority.sign(&Wanted { dates, ..Wanted::server(&[NAME]) });
    let (facts, complaint) = shown(openssl, &authority, &identity, &[]);
    assert_eq!(complaint.as_deref(), Some("certificate has expired"));
    assert!(reason(&facts).starts_with("expired at 2021-01-01T00:00:00Z, "), "{facts}");
    assert!(facts["certificate"]["days_left"].as_i64().expect("days") < -365, "{facts}");
    assert_eq!(facts["certificate"]["expired"], true);
    // Its dates are all that is wrong with it.
    assert_eq!((&facts["trusted"], &facts["name_matches"]), (&json!(true), &json!(true)), "{facts}");
}

fn not_yet_valid(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let dates = Some(("20900101000000Z", "20910101000000Z"));
    let identity = authority.sign(&Wanted { dates, ..Wanted::server(&[NAME]) });
    let (facts, complaint) = shown(openssl, &authority, &identity, &[]);
    assert_eq!(complaint.as_deref(), Some("certificate is not yet valid"));
    assert!(reason(&facts).starts_with("not valid before 2090-01-01T00:00:00Z, "), "{facts}");
    assert_eq!(facts["certificate"]["not_yet_valid"], true);
}

fn self_signed(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let (facts, complaint) = shown(openssl, &authority, &authority.self_signed(&[NAME]), &[]);
    assert_eq!(complaint.as_deref(), Some("self-signed certificate"));
    assert_eq!(reason(&facts), "unknown issuer: it is self-signed, and not trusted itself");
    assert_eq!(facts["certificate"]["self_signed"], true);
    assert_eq!((&facts["trusted"], &facts["name_matches"]), (&json!(false), &json!(true)), "{facts}");
}

fn of_an_unknown_authority(openssl: &OpenSsl) {
    let (trusted, other) = (openssl.authority(), openssl.authority());
    let (facts, complaint) = shown(openssl, &trusted, &other.issue(&[NAME]), &[]);
    // OpenSSL takes the other authority for this one, by its name, and finds the signature wrong.
    assert!(complaint.is_some(), "{facts}");
    assert_eq!(facts["trusted"], false, "{facts}");
    assert_eq!(facts["certificate"]["self_signed"], false);
}

fn for_another_name(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let (facts, complaint) =
        shown(openssl, &authority, &authority.issue(&["edge01.contoso.test", "*.fabrikam.test"]), &[]);
    assert_eq!(complaint.as_deref(), Some("hostname mismatch"));
    assert_eq!(reason(&facts), "it is for edge01.contoso.test, *.fabrikam.test, not for sip.contoso.test");
    assert_eq!((&facts["trusted"], &facts["name_matches"]), (&json!(true), &json!(false)), "{facts}");
}

fn with_a_short_key(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let identity = authority.sign(&Wanted { bits: 1024, ..Wanted::server(&[NAME]) });
    for version in ["-tls1_2", "-tls1_3"] {
        let (facts, complaint) = shown(openssl, &authority, &identity, &[&[version], WEAK].concat());
        assert_eq!(complaint.as_deref(), Some("EE certificate key too weak"));
        assert_eq!(facts["certificate"]["key"], json!({"algorithm": "RSA", "bits": 1024}));
        assert!(reason(&facts).contains("its RSA key of 1024 bits is not one that this build accepts"), "{facts}");
    }
}

fn signed_with_sha_1(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let identity = authority.sign(&Wanted { digest: "sha1", ..Wanted::server(&[NAME]) });
    let (facts, complaint) = shown(openssl, &authority, &identity, WEAK);
    assert_eq!(complaint.as_deref(), Some("CA signature digest algorithm too weak"));
    assert_eq!(facts["certificate"]["signature_algorithm"], "sha1WithRSAEncryption");
    assert_eq!(reason(&facts), "its chain is signed in a way that is not accepted (sha1WithRSAEncryption)");
    assert_eq!((&facts["trusted"], &facts["name_matches"]), (&json!(false), &json!(true)), "{facts}");
}

fn with_and_without_its_intermediate(openssl: &OpenSsl) {
    let root = openssl.authority();
    let whole = root.intermediate().issue(&[NAME]);
    let (facts, _) = shown(openssl, &root, &whole, &[]);
    assert_eq!(facts["verify_error"], json!(null), "{facts}");
    let subjects: Vec<&Value> = facts["chain"].as_array().expect("a chain").iter().map(|one| &one["subject"]).collect();
    assert_eq!(json!(subjects), json!(["CN=sip.contoso.test", "CN=Contoso Issuing CA"]));

    let cut = whole.without_chain();
    let (facts, complaint) = shown(openssl, &root, &cut, &[]);
    assert!(complaint.as_deref().is_some_and(|text| text.contains("unable to")), "{complaint:?}");
    let words = "unknown issuer: CN=Contoso Issuing CA leads to no trusted root, or a certificate between is missing";
    assert_eq!(reason(&facts), words);
}

/// One server of a pool was forgotten when the certificate was renewed.
fn several_servers_behind_one_name(openssl: &OpenSsl) {
    let authority = openssl.authority();
    let renewed = authority.issue(&[NAME]);
    let dates = Some(("20200101000000Z", "20210101000000Z"));
    let forgotten = authority.sign(&Wanted { dates, ..Wanted::server(&[NAME]) });
    let servers = [openssl.serve(&renewed, &[]), openssl.serve(&renewed, &[]), openssl.serve(&forgotten, &[])];
    let here = Here::new()
        .trusting(authority.der())
        .connect("sip.contoso.test:443", &servers.each_ref().map(|server| server.address));
    let facts = here.facts("tls", json!({"host": NAME, "port": 443, "addresses": "all"}));
    assert_eq!(facts["verified"], false, "{facts}");
    let endpoints = facts["endpoints"].as_array().expect("a list");
    let mut verified: Vec<bool> = endpoints.iter().map(|one| one["verified"].as_bool().expect("a truth")).collect();
    verified.sort_unstable();
    assert_eq!(verified, [false, true, true], "{facts}");
    let mut prints: Vec<&str> = endpoints.iter().filter_map(|one| one["certificate"]["sha1"].as_str()).collect();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), 2, "{facts}");
}
