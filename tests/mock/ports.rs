use std::io::ErrorKind;

use poolproof::observe::{Wire, Wiring};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::{Instant, timeout};

use crate::{Client, contoso, serve};

const PORTS: &str = "\
authorities: { ca: { subject: CA } }
certificates: { web: { subject: web.contoso.com, names: [web.contoso.com], issuer: ca } }
dns:
  internal: { server: 10.0.0.53, zones: [contoso.com] }
  external: { server: 10.0.0.54, zones: [contoso.com] }
hosts:
  10.0.0.1:
    name: web
    from: [internal]
    ports:
      80: {}
      81: { fault: { kind: refuse } }
      82: { fault: { kind: drop } }
      83: { fault: { kind: reset, times: 1 } }
      84: { fault: { kind: close } }
      85: { fault: { kind: garbage } }
      86: { fault: { delay: 200ms, kind: close } }
      87: { fault: { kind: drop, times: 1 } }
      88: { fault: { kind: refuse, times: 1 } }
      3478/udp: {}
      3479/udp: { fault: { kind: drop } }
      3480/udp: { fault: { kind: refuse } }
";

async fn read(mut stream: TcpStream) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await?;
    Ok(bytes)
}

/// Whether a connection neither says nor ends anything. There is no event to wait for.
async fn stays(stream: &mut TcpStream) -> bool {
    let mut byte = [0; 1];
    timeout(std::time::Duration::from_millis(100), stream.read(&mut byte)).await.is_err()
}

#[tokio::test]
async fn a_plain_port_accepts_reads_and_stays() {
    let mock = serve(PORTS).await;
    let mut stream = Client::at(&mock, "internal").connect("10.0.0.1:80").await;
    stream.write_all(&vec![b'x'; 100_000]).await.expect("it reads");
    assert!(stays(&mut stream).await);
    stream.shutdown().await.expect("the client leaves");
    assert_eq!(read(stream).await.expect("in order"), b"");
}

#[tokio::test]
async fn faults_of_plain_ports() {
    let mock = serve(PORTS).await;
    let client = Client::at(&mock, "internal");
    assert_eq!(client.tcp("10.0.0.1:81"), None, "nothing listens");
    assert_eq!(client.tcp("10.0.0.1:82"), Some(Wire::Silent));
    let reset = read(client.connect("10.0.0.1:83").await).await.expect_err("reset");
    assert_eq!(reset.kind(), ErrorKind::ConnectionReset);
    assert!(stays(&mut client.connect("10.0.0.1:83").await).await, "only the first connection suffers");
    assert_eq!(read(client.connect("10.0.0.1:84").await).await.expect("in order"), b"");
    assert!(read(client.connect("10.0.0.1:85").await).await.expect("in order").starts_with(b"220 "));
    let begun = Instant::now();
    assert_eq!(read(client.connect("10.0.0.1:86").await).await.expect("in order"), b"");
    assert!(begun.elapsed().as_millis() >= 200);
    assert!(stays(&mut client.connect("10.0.0.1:87").await).await, "a counted drop is a silent connection");
    let refused = read(client.connect("10.0.0.1:88").await).await.expect_err("a counted refusal is a reset");
    assert_eq!(refused.kind(), ErrorKind::ConnectionReset);
    assert!(stays(&mut client.connect("10.0.0.1:88").await).await);
}

#[tokio::test]
async fn udp_ports_are_bound_silent_or_closed() {
    let mock = serve(PORTS).await;
    let client = Client::at(&mock, "internal");
    let Some(Wire::To(bound)) = client.udp("10.0.0.1:3478") else { panic!("bound") };
    assert_eq!(client.udp("10.0.0.1:3479"), Some(Wire::Silent));
    assert_eq!(client.udp("10.0.0.1:3480"), None);
    let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a socket");
    socket.connect(bound).await.expect("connects");
    socket.send(b"x").await.expect("sent");
    socket.send(b"x").await.expect("no refusal came back for the first");
}

#[tokio::test]
async fn hosts_are_seen_from_where_they_say_and_closed_ports_refuse() {
    let mock = contoso(None).await;
    let (inside, outside) = (Client::at(&mock, "internal"), Client::at(&mock, "external"));
    assert!(inside.tcp("10.1.0.21:5061").is_some());
    assert_eq!(outside.tcp("10.1.0.21:5061"), None);
    assert_eq!(inside.tcp("198.51.100.20:443"), outside.tcp("198.51.100.20:443"), "one listener for both");
    let Wiring::Mapped { closed, hosts, .. } = &outside.network.wiring else { panic!("mapped") };
    assert!(hosts.contains(&"198.51.100.20".parse().expect("an address")));
    assert!(hosts.contains(&"198.51.100.53".parse().expect("an address")), "the name server is a host too");
    assert!(!hosts.contains(&"10.1.0.21".parse().expect("an address")));
    let refused = TcpStream::connect(closed).await.expect_err("nothing listens");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}
