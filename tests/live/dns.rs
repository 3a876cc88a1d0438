//! `dns`, against Knot DNS; what `kdig` reads in the same server's answers must agree.

use libtest_mimic::Trial;
use poolproof::observe::ErrorClass;
use serde_json::{Value, json};

use crate::ask::Here;
use crate::knot::{Knot, NameServer, View};
use crate::peers;

pub fn trials() -> Vec<Trial> {
    let trial = |name: &str, test: fn(&Knot)| {
        peers::trial(&format!("dns::{name}"), Knot::find, move |knot| {
            test(&knot);
            Ok(())
        })
    };
    vec![
        trial("the_inside_is_seen_as_it_is", the_inside_is_seen_as_it_is),
        trial("the_outside_is_seen_as_it_is", the_outside_is_seen_as_it_is),
        trial("records_have_all_their_fields", records_have_all_their_fields),
        trial("a_long_answer_comes_over_tcp", a_long_answer_comes_over_tcp),
        trial("a_circle_of_aliases_is_an_error", a_circle_of_aliases_is_an_error),
        trial("connections_follow_the_view", connections_follow_the_view),
    ]
}

/// Name, type, status, the names that aliases led to, and addresses or targets.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str], &'static [&'static str]);

fn the_inside_is_seen_as_it_is(knot: &Knot) {
    let rows: &[Row] = &[
        ("sip.contoso.test", "A", "noerror", &[], &["10.0.0.11"]),
        ("sip.contoso.test", "AAAA", "noerror", &[], &["fd00::11"]),
        ("SIP.Contoso.TEST", "A", "noerror", &[], &["10.0.0.11"]),
        ("pool02.contoso.test", "A", "noerror", &[], &["10.0.0.21", "10.0.0.22", "10.0.0.23"]),
        ("pool02.contoso.test", "AAAA", "nodata", &[], &[]),
        ("_sipinternaltls._tcp.contoso.test", "SRV", "noerror", &[], &["pool02.contoso.test"]),
        ("_sipinternal._tcp.contoso.test", "SRV", "noerror", &[], &["."]),
        ("_sipfederationtls._tcp.contoso.test", "SRV", "nxdomain", &[], &[]),
        ("dialin.contoso.test", "A", "noerror", &["meet.contoso.test", "web02.contoso.test"], &["10.0.0.20"]),
        ("dialin.contoso.test", "AAAA", "nodata", &["meet.contoso.test", "web02.contoso.test"], &[]),
        ("dialin.contoso.test", "CNAME", "noerror", &[], &["meet.contoso.test"]),
        ("web02.contoso.test", "CNAME", "nodata", &[], &[]),
        // The server leaves the second zone's record out of its first answer.
        ("partner.contoso.test", "A", "noerror", &["sip.fabrikam.test"], &["198.51.100.7"]),
        ("elsewhere.contoso.test", "A", "refused", &["sip.northwind.test"], &[]),
        ("dangling.contoso.test", "A", "nxdomain", &["no-such-host.contoso.test"], &[]),
        ("sip.northwind.test", "A", "refused", &[], &[]),
        ("sip.unloaded.test", "A", "servfail", &[], &[]),
        ("sip.branch.contoso.test", "A", "referral", &[], &[]),
    ];
    agreed(&knot.serve(View::Internal), rows);
}

fn the_outside_is_seen_as_it_is(knot: &Knot) {
    let rows: &[Row] = &[
        ("sip.contoso.test", "A", "noerror", &[], &["203.0.113.20"]),
        ("sip.contoso.test", "AAAA", "noerror", &[], &["2001:db8::20"]),
        ("_sip._tls.contoso.test", "SRV", "noerror", &[], &["sip.contoso.test"]),
        ("_sipfederationtls._tcp.contoso.test", "SRV", "noerror", &[], &["sip.contoso.test"]),
        ("_sipinternaltls._tcp.contoso.test", "SRV", "nxdomain", &[], &[]),
        ("lyncdiscoverinternal.contoso.test", "A", "nxdomain", &[], &[]),
        ("pool02.contoso.test", "A", "nxdomain", &[], &[]),
        ("_tcp.contoso.test", "A", "nodata", &[], &[]),
        ("meet.contoso.test", "A", "noerror", &["webext02.contoso.test"], &["203.0.113.80"]),
        ("_sipfederationtls._tcp.fabrikam.test", "SRV", "noerror", &[], &["sip.fabrikam.test"]),
        ("fabrikam.test", "TXT", "nodata", &[], &[]),
    ];
    agreed(&knot.serve(View::External), rows);
}

/// What we say, what is expected, and what `kdig` says are the same.
fn agreed(server: &NameServer, rows: &[Row]) {
    let here = Here::new().resolver(server.address);
    for (name, kind, status, cnames, values) in rows {
        let answer = here.ask("dns", json!({"name": name, "type": kind})).unwrap_or_else(|error| panic!("{error}"));
        let unknown = answer.facts.unknown;
        let facts = Value::Object(answer.facts.values);
        assert_eq!(facts["status"], *status, "{name} {kind}: {facts}");
        assert_eq!(facts["cnames"], json!(cnames), "{name} {kind}: {facts}");
        assert_eq!(facts["server"], server.address.to_string());
        if ["noerror", "nodata", "nxdomain"].contains(status) {
            assert!(unknown.is_empty(), "{name} {kind}: {unknown:?}");
            let found = if ["A", "AAAA"].contains(kind) { &facts["addresses"] } else { &facts["targets"] };
            assert_eq!(*found, json!(values), "{name} {kind}: {facts}");
            assert_eq!(facts["exists"], json!(*status == "noerror"), "{name} {kind}: {facts}");
        } else {
            // A server that doesn't say what there is hasn't said that there is nothing.
            for fact in ["addresses", "exists", "records", "targets", "longest_ttl"] {
                assert!(unknown.contains_key(fact) && facts.get(fact).is_none(), "{name} {kind}: {facts}");
            }
        }
        second_opinion(server, kind, &facts);
    }
}

/// Holds status, aliases, records and their lifetimes against what `kdig` reads.
fn second_opinion(server: &NameServer, kind: &str, facts: &Value) {
    let name = facts["name"].as_str().expect("a name").to_ascii_lowercase();
    let mut replies = vec![server.dig(&name, kind)];
    let aliases: Vec<String> = replies[0].of_kind("CNAME").map(|record| bare(&record.data)).collect();
    let cut = replies[0].of_kind(kind).next().is_none();
    if let (Some(end), true) = (aliases.last(), cut) {
        replies.push(server.dig(end, kind));
    }
    let reply = replies.last().expect("there is one");
    let mut theirs: Vec<_> =
        reply.of_kind(kind).map(|record| (bare(&record.name), record.data.clone(), record.ttl)).collect();
    let status = match reply.status.as_str() {
        "noerror" if theirs.is_empty() && !reply.authoritative => "referral",
        "noerror" if theirs.is_empty() => "nodata",
        other => other,
    };
    assert_eq!(facts["status"], status, "{name} {kind}: kdig reads {reply:?}");
    let authoritative = replies.iter().all(|reply| reply.authoritative);
    assert_eq!(facts["authoritative"], authoritative, "{name} {kind}: kdig reads {replies:?}");
    if kind != "CNAME" {
        assert_eq!(facts["cnames"], json!(aliases), "{name} {kind}: kdig reads {replies:?}");
    }
    let mut ours: Vec<_> = facts["records"].as_array().into_iter().flatten().map(written).collect();
    theirs.sort();
    ours.sort();
    assert_eq!(ours, theirs, "{name} {kind}");
    if let Some(longest) = facts.get("longest_ttl") {
        let longest_read = replies.iter().flat_map(|reply| &reply.answers).map(|record| record.ttl).max();
        assert_eq!(*longest, json!(longest_read), "{name} {kind}: kdig reads {replies:?}");
    }
}

/// A record as a zone file writes it: owner, data, lifetime.
fn written(record: &Value) -> (String, String, u32) {
    let text = |name: &str| record[name].as_str().map(str::to_owned);
    let dotted = |target: String| if target == "." { target } else { target + "." };
    let data = match (text("address"), text("target").map(dotted), text("text")) {
        (Some(address), None, None) => address,
        (None, Some(target), None) if record["port"].is_null() => target,
        (None, Some(target), None) => {
            format!("{} {} {} {target}", record["priority"], record["weight"], record["port"])
        }
        (None, None, Some(text)) => format!("{text:?}"),
        _ => panic!("not one kind of data: {record}"),
    };
    let ttl = record["ttl"].as_u64().and_then(|ttl| u32::try_from(ttl).ok()).expect("a lifetime");
    (text("name").expect("an owner").to_ascii_lowercase(), data, ttl)
}

fn bare(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_owned()
}

fn records_have_all_their_fields(knot: &Knot) {
    let server = knot.serve(View::Internal);
    let here = Here::new();
    // The server named in the question goes before those of the vantage.
    let ask = |name: &str, kind: &str| {
        here.facts("dns", json!({"name": name, "type": kind, "server": server.address.to_string()}))
    };
    let times = ask("_ntp._udp.contoso.test", "SRV");
    let fields = ["target", "port", "priority", "weight", "ttl"];
    let rows: Vec<Vec<&Value>> =
        times["records"].as_array().expect("a list").iter().map(|r| fields.map(|f| &r[f]).to_vec()).collect();
    assert_eq!(
        json!(rows),
        json!([
            ["time3.contoso.test", 123, 5, 0, 300],
            ["time2.contoso.test", 123, 10, 5, 300],
            ["time1.contoso.test", 123, 10, 20, 300]
        ])
    );
    // The lifetime is that of the record at the chain's end.
    let dialin = ask("dialin.contoso.test", "A");
    assert_eq!(dialin["records"][0]["ttl"], 50, "{dialin}");
    assert_eq!(dialin["records"][0]["name"], "web02.contoso.test", "{dialin}");
    let text = ask("contoso.test", "TXT");
    assert_eq!(text["records"][0]["text"], "v=spf1 -all", "{text}");
}

fn a_long_answer_comes_over_tcp(knot: &Knot) {
    let server = knot.serve(View::Internal);
    let facts = Here::new().resolver(server.address).facts("dns", json!({"name": "large.contoso.test", "type": "TXT"}));
    assert_eq!(facts["records"].as_array().map(Vec::len), Some(13), "{facts}");
    second_opinion(&server, "TXT", &facts);
}

fn a_circle_of_aliases_is_an_error(knot: &Knot) {
    let server = knot.serve(View::Internal);
    let answer = Here::new().resolver(server.address).ask("dns", json!({"name": "circle.contoso.test", "type": "A"}));
    let error = answer.expect_err("no address");
    assert_eq!(error.class, ErrorClass::Protocol, "{error}");
    assert!(error.message.contains("in a circle"), "{error}");
}

/// Names are resolved by the vantage's own server: the same name leads elsewhere, or nowhere.
fn connections_follow_the_view(knot: &Knot) {
    let (inside, outside) = (knot.serve(View::Internal), knot.serve(View::External));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let addresses = |server: &NameServer, name: &str| {
        let found = runtime.block_on(Here::new().resolver(server.address).network().addresses(name));
        found.map(|all| all.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(addresses(&inside, "sip.contoso.test"), Ok(vec!["10.0.0.11".into(), "fd00::11".into()]));
    assert_eq!(addresses(&outside, "sip.contoso.test"), Ok(vec!["203.0.113.20".into(), "2001:db8::20".into()]));
    assert_eq!(addresses(&inside, "dialin.contoso.test"), Ok(vec!["10.0.0.20".into()]));
    let missing = addresses(&outside, "pool02.contoso.test").expect_err("it is known inside only");
    assert_eq!(missing.class, ErrorClass::Resolve, "{missing}");
}
