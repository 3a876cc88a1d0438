use hickory_resolver::proto::rr::RecordType::{A, AAAA, SRV, TXT};
use tokio::time::Instant;

use crate::{Client, contoso, serve, set};

#[tokio::test]
async fn each_view_answers_for_itself() {
    let mock = contoso(None).await;
    let (inside, outside) = (Client::at(&mock, "internal"), Client::at(&mock, "external"));
    assert_eq!(inside.addresses("pool01.contoso.com").await, set(["10.1.0.11", "10.1.0.12"]));
    assert_eq!(inside.addresses("sip.contoso.com").await, set(["10.1.0.11", "10.1.0.12"]));
    assert_eq!(outside.addresses("sip.contoso.com").await, set(["198.51.100.10"]));
    let error = outside.lookup("pool01.contoso.com", A).await.expect_err("pools are not published");
    assert!(error.is_nx_domain(), "{error}");
    let srv = outside.lookup("_sipfederationtls._tcp.contoso.net", SRV).await.expect("published");
    assert_eq!(srv, set(["SRV 0 0 5061 sip.contoso.net."]));
}

#[tokio::test]
async fn names_that_do_not_exist_records_that_do_not_and_foreign_zones_differ() {
    let mock = contoso(None).await;
    let inside = Client::at(&mock, "internal");
    let missing = inside.lookup("nowhere.contoso.com", A).await.expect_err("NXDOMAIN");
    assert!(missing.is_nx_domain(), "{missing}");
    let empty = inside.lookup("pool01.contoso.com", AAAA).await.expect_err("NODATA");
    assert!(empty.is_no_records_found() && !empty.is_nx_domain(), "{empty}");
    let between = inside.lookup("_tcp.contoso.com", A).await.expect_err("an empty non-terminal has NODATA");
    assert!(between.is_no_records_found() && !between.is_nx_domain(), "{between}");
    let foreign = inside.lookup("sip.fabrikam.com", A).await.expect_err("REFUSED");
    assert!(!foreign.is_no_records_found() && foreign.to_string().contains("Refused"), "{foreign}");
}

#[tokio::test]
async fn aliases_are_followed_across_zones_and_to_their_end() {
    let mock = contoso(None).await;
    let outside = Client::at(&mock, "external");
    let found = outside.lookup("meet.contoso.net", A).await.expect("resolves");
    assert_eq!(found, set(["CNAME webext01.contoso.com.", "A 198.51.100.30"]));

    let mock = serve(
        "dns: { internal: { server: 10.0.0.53, zones: [contoso.com], records: {
           a.contoso.com: { CNAME: b.contoso.com }, b.contoso.com: { CNAME: a.contoso.com },
           c.contoso.com: { CNAME: gone.contoso.com },
           t.contoso.com: { TXT: [hello], AAAA: ['2001:db8::1'], ttl: 5m } } } }",
    )
    .await;
    let inside = Client::at(&mock, "internal");
    for name in ["a.contoso.com", "c.contoso.com"] {
        let found = inside.lookup(name, A).await;
        let addresses = found.map(|records| records.iter().filter(|record| record.starts_with("A ")).count());
        assert!(!matches!(addresses, Ok(1..)), "{name} has no address");
    }
    assert_eq!(inside.lookup("t.contoso.com", TXT).await.expect("resolves"), set(["TXT hello"]));
    let answer = inside.resolver.lookup("t.contoso.com.", AAAA).await.expect("resolves");
    assert_eq!(answer.answers().first().map(|record| record.ttl), Some(300));
}

#[tokio::test]
async fn faults_of_names_and_of_views() {
    let mock = serve(
        "dns:
  internal:
    server: 10.0.0.53
    zones: [contoso.com]
    records:
      ok.contoso.com: { A: [10.0.0.1] }
      refused.contoso.com: { A: [10.0.0.1] }
      servfail.contoso.com: { A: [10.0.0.1] }
      gone.contoso.com: { A: [10.0.0.1] }
      silent.contoso.com: { A: [10.0.0.1] }
      late.contoso.com: { A: [10.0.0.1] }
      once.contoso.com: { A: [10.0.0.1] }
    faults:
      refused.contoso.com: { kind: refused }
      SERVFAIL.contoso.com: { kind: servfail }
      gone.contoso.com: { kind: nxdomain }
      silent.contoso.com: { kind: drop }
      late.contoso.com: { delay: 200ms }
      once.contoso.com: { kind: nxdomain, times: 1 }
  lab:
    server: 10.0.0.54
    zones: [contoso.com]
    records: { ok.contoso.com: { A: [10.0.0.1] } }
    fault: { kind: servfail }",
    )
    .await;
    let inside = Client::at(&mock, "internal");
    let error = async |name: &str| inside.lookup(name, A).await.expect_err(name);
    assert_eq!(inside.addresses("ok.contoso.com").await, set(["10.0.0.1"]));
    assert!(error("refused.contoso.com").await.to_string().contains("Refused"));
    let servfail = error("servfail.contoso.com").await;
    assert!(!servfail.is_no_records_found() && servfail.to_string().contains("Server Failure"), "{servfail}");
    assert!(error("gone.contoso.com").await.is_nx_domain());
    let silence = error("silent.contoso.com").await;
    assert!(silence.to_string().contains("timed out") || silence.to_string().contains("timeout"), "{silence}");
    let begun = Instant::now();
    assert_eq!(inside.addresses("late.contoso.com").await, set(["10.0.0.1"]));
    assert!(begun.elapsed().as_millis() >= 200);
    assert!(error("once.contoso.com").await.is_nx_domain());
    assert_eq!(inside.addresses("once.contoso.com").await, set(["10.0.0.1"]), "only the first query suffers");
    assert!(Client::at(&mock, "lab").lookup("ok.contoso.com", A).await.is_err(), "a fault of the whole view");
}

#[tokio::test]
async fn the_states_lead_where_they_say() {
    let mock = contoso(Some("cut-over")).await;
    let outside = Client::at(&mock, "external");
    for name in ["sip.contoso.com", "sip.contoso.net"] {
        assert_eq!(outside.addresses(name).await, set(["198.51.100.20"]));
    }
    assert_eq!((outside.tcp("198.51.100.10:443"), outside.tcp("198.51.100.10:5061")), (None, None));
    assert!(outside.tcp("198.51.100.10:5269").is_some(), "XMPP stays");

    let mock = contoso(Some("ready-to-decommission")).await;
    let (inside, outside) = (Client::at(&mock, "internal"), Client::at(&mock, "external"));
    assert_eq!(inside.addresses("lyncdiscoverinternal.contoso.net").await, set(["10.1.0.20"]));
    assert_eq!(inside.addresses("meet.contoso.net").await, set(["10.1.0.20"]));
    assert_eq!(inside.addresses("sip.contoso.net").await, set(["10.1.0.21", "10.1.0.22"]));
    assert_eq!(outside.addresses("sip.contoso.net").await, set(["198.51.100.20"]), "it is still cut over");
    let xmpp = outside.lookup("_xmpp-server._tcp.contoso.com", SRV).await.expect_err("XMPP has ended");
    assert!(xmpp.is_nx_domain(), "{xmpp}");

    let mock = contoso(Some("removed")).await;
    let inside = Client::at(&mock, "internal");
    assert!(inside.lookup("pool01.contoso.com", A).await.expect_err("removed").is_nx_domain());
    assert_eq!(inside.tcp("10.1.0.11:5061"), None);

    let mock = contoso(Some("before")).await;
    let inside = Client::at(&mock, "internal");
    assert!(inside.lookup("pool02.contoso.com", A).await.expect_err("not deployed").is_nx_domain());
    assert!(inside.tcp("10.1.0.11:5061").is_some());
}
