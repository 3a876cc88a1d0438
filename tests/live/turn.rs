//! `turn`, against a media relay on libnice's codec, and libnice's client against ours.

use libtest_mimic::Trial;
use poolproof::mock::{Deployment, Document, Mock};
use poolproof::observe::{ErrorClass, Vantage, Wire, Wiring};
use poolproof::yaml::{Limits, parse};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;

use crate::ask::Here;
use crate::nice::Nice;
use crate::peers;

/// What must hold with libnice.
type Held = fn(&Nice);

const NAME: &str = "av.contoso.test";
/// `probe` and `secret`, as the authentication service of media relays hands them out.
const USER: &str = "cHJvYmU=";
const PASSWORD: &str = "c2VjcmV0";

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Held); 3] = [
        ("libnice_gives_us_a_relayed_address", libnice_gives_us_a_relayed_address),
        ("libnice_refuses_a_wrong_password", libnice_refuses_a_wrong_password),
        ("our_mock_gives_libnice_a_relayed_address", our_mock_gives_libnice_a_relayed_address),
    ];
    let trial = |(name, test): (&str, Held)| {
        peers::trial(&format!("turn::{name}"), Nice::find, move |nice| {
            test(&nice);
            Ok(())
        })
    };
    all.into_iter().map(trial).collect()
}

/// A question to a relay that `connect` leads to.
fn question(address: SocketAddr, transport: &str, secrets: Option<(&tempfile::TempDir, &str)>) -> Value {
    let mut question = json!({"host": address.ip().to_string(), "port": address.port(), "transport": transport});
    if let Some((folder, password)) = secrets {
        for (key, secret) in [("username", USER), ("password", password)] {
            let path = folder.path().join(key);
            std::fs::write(&path, secret).expect("written");
            question["credentials"][key] = json!({ "file": path });
        }
    }
    question
}

fn libnice_gives_us_a_relayed_address(nice: &Nice) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = nice.serve("probe", "secret");
    for transport in ["udp", "tcp"] {
        let facts = Here::new().facts("turn", question(relay.address, transport, None));
        assert_eq!((&facts["av_edge"], &facts["code"]), (&json!(true), &json!(401)), "{facts}");
        assert_eq!(facts["realm"], "contoso.test", "{facts}");
        let facts = Here::new().facts("turn", question(relay.address, transport, Some((&folder, PASSWORD))));
        let allocation = &facts["allocation"];
        assert_eq!(allocation["relay"], json!({"address": "127.0.0.1", "port": 50123}), "{facts}");
        assert_eq!(allocation["reflexive"]["address"], "127.0.0.1", "{facts}");
        assert_eq!((&allocation["signed"], &allocation["released"]), (&json!(true), &json!(true)), "{facts}");
        assert_eq!((&allocation["lifetime_seconds"], &allocation["bandwidth_kbps"]), (&json!(600), &json!(750)));
    }
    // By its name, past DNS, as a client finds it.
    let here = Here::new().connect(&format!("{NAME}:3478"), &[relay.address]);
    let answer = here.ask("turn", json!({"host": NAME, "port": 3478, "transport": "udp"})).expect("facts");
    assert_eq!(answer.facts.values["av_edge"], true);
    assert_eq!(answer.connect, [format!("{NAME}:3478 → {}", relay.address)]);
}

fn libnice_refuses_a_wrong_password(nice: &Nice) {
    let folder = tempfile::tempdir().expect("a folder");
    let relay = nice.serve("probe", "secret");
    for transport in ["udp", "tcp"] {
        let wrong = question(relay.address, transport, Some((&folder, "d3Jvbmc=")));
        let error = Here::new().ask("turn", wrong).expect_err("refused");
        assert_eq!(error.class, ErrorClass::Auth, "{error}");
        assert!(error.message.contains("the credentials were rejected (401 Unauthorized)"), "{error}");
    }
}

fn our_mock_gives_libnice_a_relayed_address(nice: &Nice) {
    let turn = format!("turn: {{ public: 127.0.0.1, alternate_server: false, users: {{ {USER}: {PASSWORD} }} }}");
    // The port in a refusal would be the one that the mock stands for, and libnice follows it.
    let text = format!(
        "dns: {{ external: {{ server: 198.51.100.53, zones: [contoso.com] }} }}
hosts: {{ 198.51.100.22: {{ name: av, from: [external], ports: {{ 443: {{ {turn} }}, 3478/udp: {{ {turn} }} }} }} }}
"
    );
    let source = Arc::new(poolproof::diagnostic::Source::new("deployment.yaml", text));
    let node = parse(&source, Limits::default()).expect("YAML");
    let deployment = Deployment::read(&Document { source, node }).unwrap_or_else(|found| panic!("{found:#?}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mock = runtime.block_on(Mock::start(&deployment, jiff::Timestamp::now())).expect("starts");
    let network = mock.networks().remove(&Vantage::named("external")).expect("the vantage");
    let Wiring::Mapped { tcp, udp, .. } = &network.wiring else { panic!("mapped") };
    let at = |wires: &std::collections::HashMap<SocketAddr, Wire>, logical: &str| match wires
        .get(&logical.parse().expect("an address"))
    {
        Some(Wire::To(address)) => *address,
        other => panic!("{logical}: {other:?}"),
    };
    let (tcp, udp) = (at(tcp, "198.51.100.22:443"), at(udp, "198.51.100.22:3478"));
    for (address, way) in [(udp, "udp"), (tcp, "tcp"), (tcp, "tls")] {
        let (given, said) = nice.allocate(address, USER, PASSWORD, way);
        assert!(given && said.contains("relayed 127.0.0.1:500"), "{way}: {said}");
    }
    let (given, said) = nice.allocate(udp, USER, "d3Jvbmc=", "udp");
    assert!(!given, "a wrong password: {said}");
    runtime.block_on(mock.stop());
}
