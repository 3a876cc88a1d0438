//! `sip`, against Kamailio: requests that it takes, and refusals with their diagnostics.

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::kamailio::{Kamailio, Server};
use crate::peers;

const NAMES: &[&str] = &["pool01.contoso.test", "sip.contoso.test"];

/// What must hold of a server.
type Held = fn(&Server);

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Held); 4] = [
        ("options_are_answered", options_are_answered),
        ("an_unknown_user", an_unknown_user),
        ("a_domain_that_is_not_routed_to", a_domain_that_is_not_routed_to),
        ("a_digest_challenge", a_digest_challenge),
    ];
    let trial = |(name, test): (&str, Held)| {
        peers::trial(&format!("sip::{name}"), Kamailio::find, move |kamailio| {
            test(&kamailio.serve(NAMES));
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

fn ask(server: &Server, uri: &str) -> Value {
    let here = Here::new().trusting(server.root.clone()).connect("pool01.contoso.test:5061", &[server.address]);
    here.facts("sip", json!({"host": "pool01.contoso.test", "port": 5061, "uri": uri}))
}

fn options_are_answered(server: &Server) {
    let facts = ask(server, "sip:contoso.test");
    assert_eq!((&facts["status"], &facts["reason"]), (&json!(200), &json!("OK")));
    assert_eq!(facts["allow"], json!(["INVITE", "ACK", "BYE", "MESSAGE", "OPTIONS"]));
    assert!(facts["server"].as_str().is_some_and(|server| server.contains("kamailio")), "{facts}");
    assert_eq!((&facts["generation"], &facts["faults"]), (&Value::Null, &json!([])));
    assert_eq!(facts["tls"]["certificate"]["names"], json!(NAMES));
    assert_eq!(facts["tls"]["name_matches"], true);
}

fn an_unknown_user(server: &Server) {
    let facts = ask(server, "sip:nobody@contoso.test");
    assert_eq!(facts["status"], 404);
    assert_eq!(
        (&facts["diagnostics"][0]["id"], &facts["diagnostics"][0]["source"]),
        (&json!(1003), &json!("fe11.contoso.test"))
    );
    assert_eq!(facts["diagnostics"][0]["meaning"], "the user doesn't exist");
}

fn a_domain_that_is_not_routed_to(server: &Server) {
    let facts = ask(server, "sip:probe@fabrikam.test");
    assert_eq!(facts["status"], 504);
    let ids: Vec<_> = facts["diagnostics"].as_array().expect("a list").iter().map(|one| &one["id"]).collect();
    assert_eq!(ids, [&json!(1008), &json!(1034)]);
    let domain = json!({"name": "domain", "value": "fabrikam.test"});
    assert!(facts["diagnostics"][0]["parameters"].as_array().is_some_and(|all| all.contains(&domain)), "{facts}");
}

fn a_digest_challenge(server: &Server) {
    let facts = ask(server, "sip:challenged@contoso.test");
    assert_eq!((&facts["status"], &facts["schemes"]), (&json!(401), &json!(["Digest"])));
    assert_eq!(facts["challenges"][0]["realm"], "contoso.test");
    assert_eq!(facts["registrars"], json!([]));
}
