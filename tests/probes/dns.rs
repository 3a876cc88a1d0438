//! `dns`.

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, CNAME, NS};
use hickory_resolver::proto::rr::{RData, Record};
use poolproof::observe::{ErrorClass, Wire};
use serde_json::json;

use super::world::{RESOLVER, World, address, name};

fn reply(question: &Message) -> Message {
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.add_queries(question.queries.clone());
    answer.metadata.authoritative = true;
    answer
}

#[tokio::test]
async fn addresses_in_order() {
    let world = World::new()
        .a("pool01.contoso.test.", "10.0.0.21")
        .a("pool01.contoso.test.", "10.0.0.3")
        .aaaa("pool01.contoso.test.", "2001:db8::1")
        .zone()
        .await;
    let facts = world.facts("dns", json!({"name": "Pool01.contoso.test", "type": "A"})).await;
    assert_eq!(facts["status"], "noerror");
    assert_eq!(facts["exists"], true);
    assert_eq!(facts["addresses"], json!(["10.0.0.3", "10.0.0.21"]));
    assert_eq!(facts["records"][0]["ttl"], 300);
    assert_eq!(facts["records"][0]["target"], json!(null));
    assert_eq!(facts["server"], RESOLVER);
    let facts = world.facts("dns", json!({"name": "pool01.contoso.test.", "type": "AAAA"})).await;
    assert_eq!(facts["addresses"], json!(["2001:db8::1"]));
}

#[tokio::test]
async fn services_by_priority() {
    let owner = "_sipfederationtls._tcp.contoso.test.";
    let world = World::new()
        .srv(owner, 20, 0, 5061, "b.contoso.test.")
        .srv(owner, 10, 5, 5061, "c.contoso.test.")
        .srv(owner, 10, 5, 5061, "a.contoso.test.")
        .zone()
        .await;
    let facts = world.facts("dns", json!({"name": owner, "type": "SRV"})).await;
    assert_eq!(facts["targets"], json!(["a.contoso.test", "c.contoso.test", "b.contoso.test"]));
    let first = &facts["records"][0];
    assert_eq!((&first["priority"], &first["weight"], &first["port"]), (&json!(10), &json!(5), &json!(5061)));
    assert_eq!(facts["addresses"], json!([]));
}

#[tokio::test]
async fn text_is_joined() {
    let world = World::new().txt("contoso.test.", &["MS=ms1", "2345"]).zone().await;
    let facts = world.facts("dns", json!({"name": "contoso.test", "type": "TXT"})).await;
    assert_eq!(facts["records"][0]["text"], "MS=ms12345");
}

#[tokio::test]
async fn a_chain_is_kept() {
    let world = World::new()
        .cname("lyncdiscover.contoso.test.", "web.contoso.test.")
        .cname("web.contoso.test.", "web02.contoso.test.")
        .a("web02.contoso.test.", "10.0.0.22")
        .zone()
        .await;
    let facts = world.facts("dns", json!({"name": "lyncdiscover.contoso.test", "type": "A"})).await;
    assert_eq!(facts["cnames"], json!(["web.contoso.test", "web02.contoso.test"]));
    assert_eq!(facts["addresses"], json!(["10.0.0.22"]));
    assert_eq!(facts["records"][0]["name"], "web02.contoso.test");
    let facts = world.facts("dns", json!({"name": "lyncdiscover.contoso.test", "type": "CNAME"})).await;
    assert_eq!((&facts["targets"], &facts["cnames"]), (&json!(["web.contoso.test"]), &json!([])));
}

#[tokio::test]
async fn what_is_not_there_is_a_fact() {
    let world = World::new().a("sip.contoso.test.", "10.0.0.1").zone().await;
    for (name, kind, status) in [("gone.contoso.test", "A", "nxdomain"), ("sip.contoso.test", "AAAA", "nodata")] {
        let facts = world.facts("dns", json!({"name": name, "type": kind})).await;
        assert_eq!((&facts["status"], &facts["exists"]), (&json!(status), &json!(false)), "{name}");
    }
}

/// What a server that didn't answer leaves open.
const OPEN: [&str; 5] = ["addresses", "exists", "longest_ttl", "records", "targets"];

#[tokio::test]
async fn a_refusal_is_a_fact_and_says_nothing_of_the_name() {
    let world = World::new().a("sip.contoso.test.", "10.0.0.1").zone().await;
    let (facts, unknown) = world.partial("dns", json!({"name": "sip.fabrikam.test", "type": "A"})).await;
    assert_eq!((&facts["status"], unknown), (&json!("refused"), OPEN.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_referral_says_nothing_of_the_name() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            answer.metadata.authoritative = false;
            let server = RData::NS(NS(name("ns.fabrikam.test.")));
            answer.add_authority(Record::from_rdata(name("fabrikam.test."), 60, server));
            answer
        })
        .await;
    let (facts, unknown) = world.partial("dns", json!({"name": "sip.fabrikam.test", "type": "A"})).await;
    assert_eq!((&facts["status"], unknown), (&json!("referral"), OPEN.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_cache_does_not_tell_what_was_published() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            answer.metadata.authoritative = false;
            let asked = question.queries[0].name().clone();
            answer.add_answer(Record::from_rdata(asked, 60, RData::A(A("198.51.100.7".parse().expect("ip")))));
            answer
        })
        .await;
    let (facts, unknown) = world.partial("dns", json!({"name": "sip.contoso.test", "type": "A"})).await;
    assert_eq!((&facts["exists"], unknown), (&json!(true), vec!["longest_ttl".to_owned()]));
}

#[tokio::test]
async fn an_alias_of_nothing_shows_where_it_leads() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            answer.metadata.response_code = ResponseCode::NXDomain;
            let alias = RData::CNAME(CNAME(name("gone.contoso.test.")));
            answer.add_answer(Record::from_rdata(name("sip.contoso.test."), 60, alias));
            answer
        })
        .await;
    let facts = world.facts("dns", json!({"name": "sip.contoso.test", "type": "A"})).await;
    assert_eq!((&facts["status"], &facts["cnames"]), (&json!("nxdomain"), &json!(["gone.contoso.test"])));
}

#[tokio::test]
async fn an_alias_out_of_the_zone_is_asked_for_again() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            let asked = question.queries[0].name().clone();
            if asked == name("sip.contoso.test.") {
                answer.add_answer(Record::from_rdata(asked, 60, RData::CNAME(CNAME(name("edge.fabrikam.test.")))));
            } else {
                answer.add_answer(Record::from_rdata(asked, 60, RData::A(A("198.51.100.7".parse().expect("ip")))));
            }
            answer
        })
        .await;
    let facts = world.facts("dns", json!({"name": "sip.contoso.test", "type": "A"})).await;
    assert_eq!((&facts["cnames"], &facts["addresses"]), (&json!(["edge.fabrikam.test"]), &json!(["198.51.100.7"])));
}

#[tokio::test]
async fn circles_end() {
    let other = |asked: &str| if asked.starts_with('a') { "b.contoso.test." } else { "a.contoso.test." };
    let world = World::new()
        .scripted(move |question, _| {
            let mut answer = reply(&question);
            let asked = question.queries[0].name().clone();
            let to = name(other(&asked.to_ascii()));
            answer.add_answer(Record::from_rdata(asked, 60, RData::CNAME(CNAME(to))));
            answer
        })
        .await;
    let message = world.error("dns", json!({"name": "a.contoso.test", "type": "A"}), ErrorClass::Protocol).await;
    assert!(message.contains("circle: a.contoso.test → b.contoso.test → a.contoso.test"), "{message}");
}

#[tokio::test]
async fn chains_without_end_end() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            let asked = question.queries[0].name().clone();
            let number: u32 = asked.to_ascii().split('.').next().and_then(|label| label.parse().ok()).unwrap_or(0);
            let to = name(&format!("{}.contoso.test.", number + 1));
            answer.add_answer(Record::from_rdata(asked, 60, RData::CNAME(CNAME(to))));
            answer
        })
        .await;
    let message = world.error("dns", json!({"name": "1.contoso.test", "type": "A"}), ErrorClass::Protocol).await;
    assert!(message.contains("more than 16 CNAMEs"), "{message}");
}

#[tokio::test]
async fn what_does_not_fit_is_asked_for_over_tcp() {
    let world = World::new()
        .scripted(|question, tcp| {
            let mut answer = reply(&question);
            answer.metadata.truncation = !tcp;
            if tcp {
                let asked = question.queries[0].name().clone();
                for last in 1..=200 {
                    answer.add_answer(Record::from_rdata(asked.clone(), 60, RData::A(A::new(10, 0, 1, last))));
                }
            }
            answer
        })
        .await;
    let facts = world.facts("dns", json!({"name": "big.contoso.test", "type": "A"})).await;
    assert_eq!(facts["addresses"].as_array().map(Vec::len), Some(200));
    assert_eq!(facts["addresses"][199], "10.0.1.200");
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without() {
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            if question.edns.is_some() {
                answer.metadata.response_code = ResponseCode::FormErr;
            }
            answer
        })
        .await;
    let facts = world.facts("dns", json!({"name": "a.contoso.test", "type": "A"})).await;
    assert_eq!(facts["status"], "nodata");
}

#[tokio::test]
async fn other_codes_are_facts() {
    for (code, status) in [
        (ResponseCode::ServFail, "servfail"),
        (ResponseCode::NotImp, "notimp"),
        (ResponseCode::NotAuth, "notauth"),
        (ResponseCode::YXDomain, "other"),
    ] {
        let world = World::new()
            .scripted(move |question, _| {
                let mut answer = reply(&question);
                answer.metadata.response_code = code;
                answer
            })
            .await;
        let (facts, unknown) = world.partial("dns", json!({"name": "a.contoso.test", "type": "A"})).await;
        assert_eq!((&facts["status"], unknown), (&json!(status), OPEN.map(str::to_owned).to_vec()));
    }
}

#[tokio::test]
async fn a_server_may_be_named() {
    let world = World::new().a("ns.contoso.test.", "10.0.0.53").a("sip.contoso.test.", "10.0.0.1").zone().await;
    for server in [RESOLVER, "10.0.0.53", "ns.contoso.test"] {
        let question = json!({"name": "sip.contoso.test", "type": "A", "server": server});
        assert_eq!(world.facts("dns", question).await["addresses"], json!(["10.0.0.1"]), "{server}");
    }
}

#[tokio::test]
async fn silence_is_an_error() {
    let world = World::new().impatient().resolver(RESOLVER, Wire::Silent, Wire::Silent);
    let question = json!({"name": "sip.contoso.test", "type": "A"});
    let message = world.error("dns", question.clone(), ErrorClass::Timeout).await;
    assert_eq!(message, "dns sip.contoso.test A: 10.0.0.53:53: no answer");

    let deaf = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let to = Wire::To(deaf.local_addr().expect("an address"));
    World::new().impatient().resolver(RESOLVER, to, to).error("dns", question, ErrorClass::Timeout).await;
}

#[tokio::test]
async fn an_unreachable_server_is_an_error() {
    let question = json!({"name": "sip.contoso.test", "type": "A"});
    let message = World::new().error("dns", question, ErrorClass::Connect).await;
    assert!(message.contains("10.0.0.53:53"), "{message}");
}

#[tokio::test]
async fn a_closed_port_is_heard_of() {
    // A socket that talks to somebody else: nobody gets its port, and for us the system
    // says with an ICMP message that nothing listens.
    let elsewhere = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    elsewhere.connect("127.0.0.1:9").await.expect("a peer");
    let closed = elsewhere.local_addr().expect("an address");
    let world = World::new().resolver(RESOLVER, Wire::To(closed), Wire::To(closed));
    let message = world.error("dns", json!({"name": "sip.contoso.test", "type": "A"}), ErrorClass::Connect).await;
    assert!(message.contains("refused"), "{message}");
}

#[tokio::test]
async fn nonsense_is_no_answer() {
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let to = Wire::To(socket.local_addr().expect("an address"));
    let world = World::new().resolver(RESOLVER, to, to);
    let question = json!({"name": "sip.contoso.test", "type": "A"});
    let ask = world.error("dns", question, ErrorClass::Protocol);
    let serve = async {
        let mut buffer = [0; 512];
        let (_, from) = socket.recv_from(&mut buffer).await.expect("a question");
        // The right id, and a question count that nothing follows.
        let mut nonsense = buffer[..12].to_vec();
        nonsense[4..6].copy_from_slice(&[0xff, 0xff]);
        socket.send_to(&nonsense, from).await.expect("sent");
    };
    tokio::join!(ask, serve);
}

#[tokio::test]
async fn names_resolve_by_the_first_server_that_answers() {
    let world = World::new()
        .a("sip.contoso.test.", "10.0.0.9")
        .a("sip.contoso.test.", "10.0.0.10")
        .aaaa("sip.contoso.test.", "2001:db8::9")
        .cname("alias.contoso.test.", "sip.contoso.test.")
        .zone()
        .await
        .resolvers(&["10.9.9.9:53", RESOLVER]);
    let network = world.network();
    let expected: Vec<std::net::IpAddr> =
        ["10.0.0.9", "10.0.0.10", "2001:db8::9"].iter().map(|text| text.parse().expect(text)).collect();
    assert_eq!(network.addresses("alias.contoso.test").await.expect("addresses"), expected);
    assert_eq!(network.addresses("10.1.2.3").await.expect("itself"), [address("10.1.2.3:1").ip()]);
    let error = network.addresses("gone.contoso.test").await.expect_err("no such name");
    assert_eq!(error.class, ErrorClass::Resolve);
    assert!(error.message.contains("gone.contoso.test"), "{error}");
}

#[tokio::test]
async fn half_an_answer_is_not_all_addresses() {
    use hickory_resolver::proto::rr::RecordType;
    let world = World::new()
        .scripted(|question, _| {
            let mut answer = reply(&question);
            let query = question.queries[0].clone();
            if query.query_type() == RecordType::A {
                answer.add_answer(Record::from_rdata(query.name().clone(), 60, RData::A(A::new(10, 0, 0, 1))));
            } else {
                answer.metadata.response_code = ResponseCode::ServFail;
            }
            answer
        })
        .await;
    let error = world.network().addresses("sip.contoso.test").await.expect_err("half");
    assert_eq!(error.class, ErrorClass::Resolve);
}
