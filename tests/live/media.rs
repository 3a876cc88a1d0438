//! From signing in to a relayed address, with libnice at either end: our `relay` at a media relay
//! on its codec, and its client with credentials that the mock's service gave to ours.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::{Failed, Trial};
use poolproof::accounts::Accounts;
use serde_json::{Value, json};

use crate::accounts::People;
use crate::ask::Here;
use crate::mock::Served;
use crate::nice::Nice;
use crate::peers;

const SIP: &str = "sip:probe1@contoso.com";
const POOL: &str = "pool02.contoso.com";
const FRONT_END: [u8; 4] = [10, 0, 0, 2];
const EDGE: [u8; 4] = [198, 51, 100, 22];
/// Bytes that are no ASCII among them, as those of a real service are.
const GIVEN: [&str; 2] = ["\u{e9}\u{1}of-the-relay\u{fc}", "kept-by-the-edge\u{20ac}"];

/// A pool whose service gives these credentials, for a relay at a port that its name leads to.
fn deployment([user, password]: [&str; 2], port: u16) -> String {
    let turn = "turn: { edge: edge02.contoso.com, public: 127.0.0.1, alternate_server: false }";
    let credentials = json!({ "username": user, "password": password });
    // JSON writes what it must of these as YAML reads it.
    format!(
        "\
authorities: {{ ca: {{ subject: CA }} }}
certificates: {{ fe21: {{ subject: {POOL}, names: [{POOL}], issuer: ca }} }}
dns: {{ internal: {{ server: 10.0.0.53, zones: [contoso.com] }} }}
users: {{ probe1@contoso.com: {{ user: 'CONTOSO\\probe1', password: 'Pa$$word', pool: {POOL} }} }}
media: {{ {POOL}: {{ edge: edge02.contoso.com, external: av2.contoso.com, udp_port: {port}, tcp_port: {port}, credentials: {credentials} }} }}
hosts:
  10.0.0.2: {{ name: fe21, from: [internal], ports: {{ 5061: {{ tls: fe21, sip: {{ server: fe21.contoso.com, version: '7.0', pool: {POOL} }} }} }} }}
  198.51.100.22: {{ name: av, from: [internal], ports: {{ 443: {{ {turn} }}, 3478/udp: {{ {turn} }} }} }}
"
    )
}

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn(&Nice) -> Result<(), Failed>| {
        peers::trial(&format!("media::{name}"), Nice::find, move |nice| test(&nice))
    };
    vec![
        trial("libnice_takes_the_credentials_that_our_service_gave", libnice_takes_the_credentials),
        trial("libnice_gives_us_an_address_for_credentials_of_our_service", libnice_gives_an_address),
        trial("libnice_refuses_credentials_of_another_service", libnice_refuses),
    ]
}

/// Our client signs in at the mock's pool, and asks the relay that it is told of there, which stands
/// at an address.
fn relay(mock: &Served, transport: &str, port: u16, at: std::net::SocketAddr) -> Value {
    let people = People::of(&[[SIP, "CONTOSO\\probe1", "Pa$$word", ""]], Accounts::of_this_run("test"));
    let here = Here::new()
        .trusting(mock.authority())
        .connect(&format!("{POOL}:5061"), &[mock.address(FRONT_END, 5061)])
        .connect(&format!("av2.contoso.com:{port}"), &[at])
        .signing_in(&people, SIP);
    let question = json!({"host": POOL, "port": 5061, "location": "internet", "transport": transport});
    here.facts("relay", question)
}

fn libnice_takes_the_credentials(nice: &Nice) -> Result<(), Failed> {
    let mock = Served::of(&deployment(GIVEN, 3478));
    let (udp, tcp) = (mock.datagrams(EDGE, 3478), mock.address(EDGE, 443));
    let [user, password] = GIVEN.map(|text| STANDARD.encode(text));
    let (given, said) = nice.allocate(udp, &user, &password, "udp");
    if given {
        return Err(format!("nobody was given these yet: {said}").into());
    }
    let facts = relay(&mock, "udp", 3478, udp);
    if facts["allocated"] != true || facts["signed_out"] != true {
        return Err(facts.to_string().into());
    }
    for (address, way) in [(udp, "udp"), (tcp, "tcp"), (tcp, "tls")] {
        let (given, said) = nice.allocate(address, &user, &password, way);
        if !given || !said.contains("relayed 127.0.0.1:500") {
            return Err(format!("{way}: {said}").into());
        }
    }
    let (given, said) = nice.allocate(udp, &user, &STANDARD.encode("another"), "udp");
    if given { Err(format!("another password: {said}").into()) } else { Ok(()) }
}

fn libnice_gives_an_address(nice: &Nice) -> Result<(), Failed> {
    let server = nice.serve("probe", "secret");
    let port = server.address.port();
    let mock = Served::of(&deployment(["probe", "secret"], port));
    for transport in ["udp", "tcp"] {
        let facts = relay(&mock, transport, port, server.address);
        let allocation = &facts["allocation"];
        let held = facts["granted"] == true
            && facts["allocated"] == true
            && allocation["relay"] == json!({"address": "127.0.0.1", "port": 50123})
            && allocation["signed"] == true
            && allocation["released"] == true
            && facts["signed_out"] == true;
        if !held {
            return Err(format!("{transport}: {facts}").into());
        }
    }
    Ok(())
}

fn libnice_refuses(nice: &Nice) -> Result<(), Failed> {
    let server = nice.serve("probe", "secret");
    let port = server.address.port();
    let mock = Served::of(&deployment(["probe", "of another Edge"], port));
    for transport in ["udp", "tcp"] {
        let facts = relay(&mock, transport, port, server.address);
        let told = facts["why"].as_str().is_some_and(|why| why.contains("the credentials were rejected (401"));
        if !told || facts["granted"] != true || facts["allocated"] != false || facts["signed_out"] != true {
            return Err(format!("{transport}: {facts}").into());
        }
    }
    Ok(())
}
