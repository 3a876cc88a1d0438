use poolproof::observe::{Wire, Wiring};
use tokio::net::{TcpStream, UdpSocket};

use crate::{Client, contoso, serve, set};

#[tokio::test]
async fn every_port_of_contoso_is_open_once_it_has_started() {
    let mock = contoso(None).await;
    let mut targets = Vec::new();
    for network in mock.networks().into_values() {
        let Wiring::Mapped { tcp, .. } = network.wiring else { panic!("mapped") };
        targets.extend(tcp.into_values());
    }
    assert!(targets.len() > 80, "{}", targets.len());
    for wire in targets {
        let Wire::To(address) = wire else { panic!("nothing in the base is silent") };
        TcpStream::connect(address).await.expect("every port of the base accepts");
    }
}

const SMALL: &str = "\
authorities: { ca: { subject: CA } }
certificates: { web: { subject: a.b, names: [a.b], issuer: ca } }
dns: { internal: { server: 10.0.0.53, zones: [contoso.com] } }
hosts:
  10.0.0.1: { name: web, from: [internal], ports: { 80: {}, 443: { tls: web }, 3478/udp: {} } }";

/// A free port may be taken by another test, or another program, in the very moment it
/// is looked at; not so five times in a row.
#[tokio::test]
async fn when_it_has_stopped_nothing_listens() {
    let mut still = Vec::new();
    for _ in 0..5 {
        still = listening_after_stop().await;
        if still.is_empty() {
            return;
        }
    }
    panic!("still there: {still:?}");
}

async fn listening_after_stop() -> Vec<(Wire, &'static str)> {
    let mock = serve(SMALL).await;
    let client = Client::at(&mock, "internal");
    let Wiring::Mapped { tcp, udp, .. } = &client.network.wiring else { panic!("mapped") };
    // A client in the middle of something is no reason to stay.
    let mut held = Vec::new();
    for wire in tcp.values() {
        let Wire::To(address) = wire else { panic!("nothing is silent") };
        held.push(TcpStream::connect(address).await.expect("connects"));
    }
    mock.stop().await;
    for mut client in held {
        let left = tokio::io::AsyncReadExt::read(&mut client, &mut [0; 1]).await;
        assert!(matches!(left, Ok(0) | Err(_)), "connections end too");
    }
    let mut still = Vec::new();
    for wire in tcp.values() {
        let Wire::To(address) = *wire else { panic!("nothing is silent") };
        if TcpStream::connect(address).await.is_ok() {
            still.push((*wire, "tcp"));
        }
    }
    for wire in udp.values() {
        let Wire::To(address) = *wire else { panic!("nothing is silent") };
        if UdpSocket::bind(address).await.is_err() {
            still.push((*wire, "udp"));
        }
    }
    still
}

#[tokio::test]
async fn dropping_it_stops_it() {
    let mock = serve(SMALL).await;
    let client = Client::at(&mock, "internal");
    let mut held = client.connect("10.0.0.1:80").await;
    let listener = client.listener("10.0.0.1:80");
    drop(mock);
    let left = tokio::io::AsyncReadExt::read(&mut held, &mut [0; 1]).await;
    assert!(matches!(left, Ok(0) | Err(_)), "connections end");
    // Whoever gets the port next leaves it too.
    while TcpStream::connect(listener).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_at_once_do_not_disturb_each_other() {
    let (before, after) = (contoso(None).await, contoso(Some("cut-over")).await);
    let (first, second) = (Client::at(&before, "external"), Client::at(&after, "external"));
    assert_eq!(first.addresses("sip.contoso.com").await, set(["198.51.100.10"]));
    assert_eq!(second.addresses("sip.contoso.com").await, set(["198.51.100.20"]));
    before.stop().await;
    assert_eq!(second.addresses("sip.contoso.com").await, set(["198.51.100.20"]));
    assert_ne!(first.roots(), second.roots(), "each run has authorities of its own");
}

#[tokio::test]
async fn it_tells_other_clients_where_everything_is() {
    let mock = serve(
        "authorities: { a: { subject: A }, b: { subject: B, trusted: false } }
dns: { internal: { server: 10.0.0.53, zones: [contoso.com] } }
hosts:
  10.0.0.1: { name: web, from: [internal], ports: { 80: {}, 81: { fault: { kind: drop } }, 3478/udp: {} } }
  '2001:db8::1': { name: six, from: [internal], ports: { 80: {} } }",
    )
    .await;
    let client = Client::at(&mock, "internal");
    let text = mock.describe();
    let line = |start: &str| {
        text.lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .find(|words| words.get(1) == Some(&start))
            .unwrap_or_else(|| panic!("{start} in\n{text}"))
    };
    assert_eq!(line("10.0.0.1:80/tcp")[2..], [client.listener("10.0.0.1:80").to_string().as_str(), "web"]);
    assert_eq!(line("10.0.0.1:81/tcp")[2], "(silent)");
    assert_eq!(line("[2001:db8::1]:80/tcp")[2], client.listener("[2001:db8::1]:80").to_string());
    for other in ["10.0.0.53:53/udp", "10.0.0.53:53/tcp", "10.0.0.1:3478/udp"] {
        line(other);
    }
    let bundle = mock.authorities_pem();
    assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 1, "only who is trusted:\n{bundle}");
}
