//! `http`, against nginx: what a reverse proxy publishes, and how it can be wrong.

use std::time::Duration;

use libtest_mimic::Trial;
use poolproof::observe::ErrorClass;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::nginx::{Nginx, Server};
use crate::peers;

/// What must hold of a server.
type Held = fn(&Server);

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Held); 11] = [
        ("redirects_are_seen_hop_by_hop", redirects_are_seen_hop_by_hop),
        ("a_redirect_loop", a_redirect_loop),
        ("a_wrong_certificate_is_told", a_wrong_certificate_is_told),
        ("sni_chooses_the_certificate", sni_chooses_the_certificate),
        ("both_versions_by_alpn_and_by_choice", both_versions_by_alpn_and_by_choice),
        ("what_is_sent", what_is_sent),
        ("a_slow_body", a_slow_body),
        ("a_packed_body", a_packed_body),
        ("refusals_and_failures_are_facts", refusals_and_failures_are_facts),
        ("head", head),
        ("every_address", every_address),
    ];
    let trial = |(name, test): (&str, Held)| {
        peers::trial(&format!("http::{name}"), Nginx::find, move |nginx| {
            test(&nginx.serve());
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

/// Where every name leads to the server.
fn here(server: &Server) -> Here {
    Here::new()
        .trusting(server.root.clone())
        .connect("web02.contoso.test:443", &[server.tls])
        .connect("meet.contoso.test:443", &[server.tls])
        .connect("lyncdiscover.contoso.test:443", &[server.tls])
        .connect("lyncdiscover.contoso.test:80", &[server.plain])
}

/// The facts, whether or not the body is JSON.
fn ask(here: &Here, params: Value) -> Value {
    let answer = here.ask("http", params).unwrap_or_else(|error| panic!("facts, not {error:?}"));
    assert!(answer.facts.unknown.keys().all(|fact| fact == "json"), "{:?}", answer.facts.unknown);
    Value::Object(answer.facts.values)
}

fn redirects_are_seen_hop_by_hop(server: &Server) {
    let question = json!({"url": "http://lyncdiscover.contoso.test/?sipuri=probe@contoso.test", "redirects": 3});
    let answer = here(server).ask("http", question).expect("facts");
    let facts = Value::Object(answer.facts.values);
    assert_eq!(facts["url"], "https://web02.contoso.test/autodiscover/root?sipuri=probe@contoso.test");
    assert_eq!((&facts["status"], &facts["server_fqdn"]), (&json!(200), &json!("fe21.contoso.test")));
    assert_eq!(facts["autodiscover"]["user"]["host"], "web02.contoso.test");
    assert_eq!(facts["autodiscover"]["links"][0]["href"], "https://web02.contoso.test/autodiscover/root");
    let hops: Vec<_> = facts["redirects"].as_array().expect("a list").iter().collect();
    let seen: Vec<_> = hops.iter().map(|hop| (&hop["status"], &hop["host"], &hop["tls_verified"])).collect();
    let name = json!("lyncdiscover.contoso.test");
    assert_eq!(seen, [(&json!(302), &name, &Value::Null), (&json!(301), &name, &json!(true))]);
    assert_eq!(hops[0]["location"], "https://lyncdiscover.contoso.test/?sipuri=probe@contoso.test");
    assert_eq!(hops[1]["location"], facts["url"]);
    assert_eq!(answer.connect.len(), 3, "each hop was reached elsewhere: {:?}", answer.connect);
    let requests = answer.evidence.iter().filter(|one| one.label.starts_with("request of ")).count();
    assert_eq!(requests, 3);
    let facts = ask(&here(server), json!({"url": "https://lyncdiscover.contoso.test/"}));
    assert_eq!((&facts["status"], &facts["redirects"]), (&json!(301), &json!([])));
    assert_eq!(facts["location"], "https://web02.contoso.test/autodiscover/root");
}

fn a_redirect_loop(server: &Server) {
    let question = json!({"url": "https://web02.contoso.test/loop", "redirects": 9});
    let error = here(server).ask("http", question).expect_err("a loop");
    assert_eq!(error.class, ErrorClass::Protocol);
    let way = "https://web02.contoso.test/loop → https://web02.contoso.test/loop/ → https://web02.contoso.test/loop";
    assert!(error.message.contains(way), "{error}");
}

fn a_wrong_certificate_is_told(server: &Server) {
    let facts = ask(&here(server), json!({"url": "https://meet.contoso.test/"}));
    assert_eq!((&facts["status"], &facts["body"]), (&json!(200), &json!("meet\n")));
    let tls = &facts["tls"];
    assert_eq!((&tls["verified"], &tls["trusted"], &tls["name_matches"]), (&json!(false), &json!(true), &json!(false)));
    assert_eq!(tls["certificate"]["names"], json!(["other.contoso.test"]));
    let stranger = Here::new().connect("web02.contoso.test:443", &[server.tls]);
    let tls = &ask(&stranger, json!({"url": "https://web02.contoso.test/seen"}))["tls"];
    assert_eq!((&tls["trusted"], &tls["name_matches"]), (&json!(false), &json!(true)));
}

fn sni_chooses_the_certificate(server: &Server) {
    let names = |sni: &str| {
        let facts = ask(&here(server), json!({"url": "https://web02.contoso.test/seen", "sni": sni, "version": "1.1"}));
        facts["tls"]["certificate"]["names"].as_array().expect("a list").len()
    };
    assert_eq!((names("web02.contoso.test"), names("none"), names("meet.contoso.test")), (3, 1, 1));
}

fn both_versions_by_alpn_and_by_choice(server: &Server) {
    let url = "https://web02.contoso.test/seen";
    for (version, told, line) in [
        (Value::Null, "HTTP/2", "HTTP/2.0 "),
        (json!("2"), "HTTP/2", "HTTP/2.0 "),
        (json!("1.1"), "HTTP/1.1", "HTTP/1.1 "),
    ] {
        let mut question = json!({"url": url});
        if !version.is_null() {
            question["version"] = version;
        }
        let facts = ask(&here(server), question);
        assert_eq!(facts["version"], told);
        assert!(facts["body"].as_str().is_some_and(|body| body.starts_with(line)), "{facts}");
    }
    let old = Here::new().trusting(server.root.clone()).connect("web02.contoso.test:443", &[server.old]);
    let facts = ask(&old, json!({"url": url}));
    assert_eq!((&facts["version"], &facts["tls"]["verified"]), (&json!("HTTP/1.1"), &json!(true)));
    let error = old.ask("http", json!({"url": url, "version": "2"})).expect_err("no HTTP/2");
    assert!(matches!(error.class, ErrorClass::Protocol | ErrorClass::Tls), "{error:?}");
}

fn what_is_sent(server: &Server) {
    for version in ["1.1", "2"] {
        let mut question = json!({"url": "https://web02.contoso.test/seen", "version": version});
        let agent = concat!("poolproof/", env!("CARGO_PKG_VERSION"));
        let body = |question: &Value| ask(&here(server), question.clone())["body"].as_str().expect("a text").to_owned();
        let found = body(&question);
        assert!(found.ends_with(&format!(" web02.contoso.test web02.contoso.test |identity|{agent}")), "{found}");
        // Published under one name, asked for by another: the front end's own.
        question["headers"] = json!({"accept": "application/json", "host": "web02.contoso.test:4443"});
        question["url"] = json!("https://lyncdiscover.contoso.test/seen");
        let found = body(&question);
        assert!(found.contains(" web02.contoso.test lyncdiscover.contoso.test application/json|"), "{found}");
    }
}

fn a_slow_body(server: &Server) {
    let question = json!({"url": "https://web02.contoso.test/slow.txt"});
    let facts = ask(&here(server), question.clone());
    assert_eq!((&facts["body_bytes"], &facts["body_truncated"]), (&json!(5_000), &json!(false)));
    assert!(facts["elapsed_ms"].as_u64() > facts["first_byte_ms"].as_u64(), "{facts}");
    let error = here(server).waiting(Duration::from_millis(700)).ask("http", question).expect_err("too slow");
    assert_eq!(error.class, ErrorClass::Timeout);
    assert!(error.message.contains("answered, but its body was not complete in time"), "{error}");
}

fn a_packed_body(server: &Server) {
    let facts = here(server).facts("http", json!({"url": "https://web02.contoso.test/packed.json"}));
    assert_eq!((&facts["json"]["packed"], &facts["body_bytes"]), (&json!(true), &json!(16)));
}

fn refusals_and_failures_are_facts(server: &Server) {
    let facts = ask(&here(server), json!({"url": "https://web02.contoso.test/ucwa"}));
    assert_eq!((&facts["status"], &facts["schemes"]), (&json!(401), &json!(["Bearer", "MsRtcOAuth"])));
    let href = json!({"name": "href", "value": "https://web02.contoso.test/WebTicket/oauthtoken"});
    assert_eq!(facts["challenges"][1]["parameters"][0], href);
    let facts = ask(&here(server), json!({"url": "https://web02.contoso.test/nothing/here"}));
    assert_eq!((&facts["status"], &facts["server"]), (&json!(404), &json!("nginx")));
    let facts = ask(&here(server), json!({"url": "https://web02.contoso.test/broken"}));
    assert_eq!((&facts["status"], &facts["autodiscover"]), (&json!(503), &Value::Null));
}

fn head(server: &Server) {
    for version in ["1.1", "2"] {
        let question = json!({"url": "https://web02.contoso.test/slow.txt", "method": "HEAD", "version": version});
        let facts = ask(&here(server), question);
        assert_eq!((&facts["status"], &facts["body"], &facts["body_bytes"]), (&json!(200), &json!(""), &json!(0)));
        let length = json!({"name": "content-length", "value": "5000"});
        assert!(facts["headers"].as_array().is_some_and(|all| all.contains(&length)), "{facts}");
    }
}

fn every_address(server: &Server) {
    let both = |second| {
        let to = [server.tls, second];
        Here::new().trusting(server.root.clone()).connect("web02.contoso.test:443", &to)
    };
    let question = json!({"url": "https://web02.contoso.test/seen", "addresses": "all"});
    let facts = ask(&both(server.second), question.clone());
    let endpoints = facts["endpoints"].as_array().expect("a list");
    let seen: Vec<_> = endpoints.iter().map(|one| (&one["address"], &one["status"], &one["server_fqdn"])).collect();
    let name = json!("fe21.contoso.test");
    assert_eq!(seen, [(&json!("127.0.0.1"), &json!(200), &name), (&json!("127.0.0.2"), &json!(200), &name)]);
    // Nobody listens there.
    let mut dead = server.second;
    dead.set_port(server.old.port());
    let error = both(dead).ask("http", question).expect_err("half of it is dead");
    assert_eq!(error.class, ErrorClass::Connect);
    assert!(error.message.contains("127.0.0.2"), "{error}");
}
