//! A small world on loopback: hosts with logical addresses, their ports wired to sockets
//! that the system chose.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, SOA, SRV, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record};
use hickory_server::Server;
use hickory_server::store::in_memory::InMemoryZoneHandler;
use hickory_server::zone_handler::{AxfrPolicy, Catalog, ZoneType};
use jiff::Timestamp;
use poolproof::observe::probes::PROBES;
use poolproof::observe::{Answer, Context, ErrorClass, Facts, Network, OlderTls, ProbeError, Trust, Wire, Wiring};
use poolproof::values::HostPort;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::task::JoinSet;

use super::accounts::People;

/// The name server of every world.
pub const RESOLVER: &str = "10.0.0.53:53";
/// Long enough for a busy machine; nothing waits for it.
const PATIENT: Duration = Duration::from_mins(1);
/// What a busy machine may be late.
const SLACK: Duration = Duration::from_secs(10);
/// For what is silent for ever.
const SHORT: Duration = Duration::from_millis(400);
/// For silence beside which something answers.
const FAIR: Duration = Duration::from_secs(4);

pub fn address(text: &str) -> SocketAddr {
    text.parse().expect(text)
}

pub fn name(text: &str) -> Name {
    Name::from_str(text).expect(text)
}

/// Under construction: fill it, then ask.
pub struct World {
    tcp: HashMap<SocketAddr, Wire>,
    udp: HashMap<SocketAddr, Wire>,
    hosts: HashSet<IpAddr>,
    connect: BTreeMap<HostPort, Vec<HostPort>>,
    trust: Trust,
    older_tls: OlderTls,
    timeout: Duration,
    signing_in: Option<(People, String)>,
    closed: TcpSocket,
    resolvers: Vec<SocketAddr>,
    records: Vec<Record>,
    tasks: JoinSet<()>,
}

impl World {
    pub fn new() -> Self {
        // Bound and not listening: nobody else gets the port, and connecting is refused.
        let closed = TcpSocket::new_v4().expect("a socket");
        closed.bind(address("127.0.0.1:0")).expect("a port");
        Self {
            tcp: HashMap::new(),
            udp: HashMap::new(),
            hosts: HashSet::new(),
            connect: BTreeMap::new(),
            trust: Trust::Roots(Vec::new()),
            older_tls: OlderTls::default(),
            timeout: PATIENT,
            signing_in: None,
            closed,
            resolvers: vec![address(RESOLVER)],
            records: Vec::new(),
            tasks: JoinSet::new(),
        }
    }

    /// With accounts, one of which asks.
    pub fn signing_in(mut self, people: People, account: &str) -> Self {
        self.signing_in = Some((people, account.to_owned()));
        self
    }

    /// For questions that get no answer.
    pub fn impatient(mut self) -> Self {
        self.timeout = SHORT;
        self
    }

    /// For questions of which a part gets no answer.
    pub fn half_patient(mut self) -> Self {
        self.timeout = FAIR;
        self
    }

    pub fn trusting(mut self, root: &[u8]) -> Self {
        self.trust = Trust::Roots(vec![root.to_vec()]);
        self
    }

    /// With a host that may be asked by older TLS.
    pub fn older_tls_after_failure(mut self, host: &str) -> Self {
        self.older_tls.after_failure.insert(host.to_owned());
        self
    }

    pub fn trust_in(&mut self, trust: Trust) {
        self.trust = trust;
    }

    pub fn host(mut self, ip: &str) -> Self {
        self.hosts.insert(ip.parse().expect(ip));
        self
    }

    pub fn wire(mut self, tcp: &str, wire: Wire) -> Self {
        self.tcp.insert(address(tcp), wire);
        self
    }

    pub fn closed(mut self, tcp: &str) -> Self {
        self.tcp.remove(&address(tcp));
        self.hosts.insert(address(tcp).ip());
        self
    }

    pub fn resolver(mut self, server: &str, udp: Wire, tcp: Wire) -> Self {
        self.udp.insert(address(server), udp);
        self.tcp.insert(address(server), tcp);
        self
    }

    pub fn resolvers(mut self, servers: &[&str]) -> Self {
        self.resolvers = servers.iter().map(|text| address(text)).collect();
        self
    }

    pub fn connect(mut self, from: &str, to: &[&str]) -> Self {
        let to = to.iter().map(|text| text.parse().expect(text)).collect();
        self.connect.insert(from.parse().expect(from), to);
        self
    }

    pub fn record(mut self, owner: &str, data: RData) -> Self {
        self.records.push(Record::from_rdata(name(owner), 300, data));
        self
    }

    pub fn a(self, owner: &str, ip: &str) -> Self {
        self.record(owner, RData::A(A(ip.parse().expect(ip))))
    }

    pub fn aaaa(self, owner: &str, ip: &str) -> Self {
        self.record(owner, RData::AAAA(AAAA(ip.parse().expect(ip))))
    }

    pub fn cname(self, owner: &str, to: &str) -> Self {
        self.record(owner, RData::CNAME(CNAME(name(to))))
    }

    pub fn srv(self, owner: &str, priority: u16, weight: u16, port: u16, target: &str) -> Self {
        self.record(owner, RData::SRV(SRV::new(priority, weight, port, name(target))))
    }

    pub fn txt(self, owner: &str, parts: &[&str]) -> Self {
        self.record(owner, RData::TXT(TXT::new(parts.iter().map(ToString::to_string).collect())))
    }

    /// A TCP port at which each connection is handed to the peer.
    pub async fn listen<F>(
        mut self,
        at: &str,
        peer: impl Fn(tokio::net::TcpStream) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        self.tcp.insert(address(at), Wire::To(listener.local_addr().expect("an address")));
        self.tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(peer(stream));
            }
        });
        self
    }

    /// A UDP port at which each datagram gets what the peer says to it.
    pub async fn datagrams(mut self, at: &str, mut peer: impl FnMut(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
        self.udp.insert(address(at), Wire::To(socket.local_addr().expect("an address")));
        self.tasks.spawn(async move {
            let mut buffer = vec![0; 64 << 10];
            while let Ok((count, from)) = socket.recv_from(&mut buffer).await {
                for said in peer(&buffer[..count]) {
                    drop(socket.send_to(&said, from).await);
                }
            }
        });
        self
    }

    /// Serves the records as the zone `contoso.test`, at the resolver's address.
    pub async fn zone(mut self) -> Self {
        let origin = name("contoso.test.");
        let mut zone =
            InMemoryZoneHandler::<TokioRuntimeProvider>::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny);
        let soa = SOA::new(name("ns.contoso.test."), name("admin.contoso.test."), 1, 60, 60, 60, 60);
        zone.upsert_mut(Record::from_rdata(origin.clone(), 60, RData::SOA(soa)), 1);
        for record in self.records.drain(..) {
            assert!(zone.upsert_mut(record, 1), "a record of this zone");
        }
        let mut catalog = Catalog::new();
        catalog.upsert(origin.into(), vec![Arc::new(zone)]);
        let (udp, tcp) = sockets().await;
        let wires = (Wire::To(udp.local_addr().expect("udp")), Wire::To(tcp.local_addr().expect("tcp")));
        let mut server = Server::new(catalog);
        server.register_socket(udp);
        server.register_listener(tcp, PATIENT, 32);
        self.tasks.spawn(async move {
            let _ = server.block_until_done().await;
        });
        self.resolver(RESOLVER, wires.0, wires.1)
    }

    /// A name server that says what the script says; `true` where it was asked over TCP.
    pub async fn scripted(mut self, script: impl Fn(Message, bool) -> Message + Send + Sync + 'static) -> Self {
        let script = Arc::new(script);
        let (udp, tcp) = sockets().await;
        let wires = (Wire::To(udp.local_addr().expect("udp")), Wire::To(tcp.local_addr().expect("tcp")));
        let over_udp = Arc::clone(&script);
        self.tasks.spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok((length, from)) = udp.recv_from(&mut buffer).await {
                let answer = over_udp(Message::from_vec(&buffer[..length]).expect("a question"), false);
                udp.send_to(&answer.to_vec().expect("an answer"), from).await.expect("sent");
            }
        });
        self.tasks.spawn(async move {
            while let Ok((mut stream, _)) = tcp.accept().await {
                let length = stream.read_u16().await.expect("a length");
                let mut question = vec![0; usize::from(length)];
                stream.read_exact(&mut question).await.expect("a question");
                let answer =
                    script(Message::from_vec(&question).expect("a question"), true).to_vec().expect("an answer");
                stream.write_u16(u16::try_from(answer.len()).expect("short")).await.expect("sent");
                stream.write_all(&answer).await.expect("sent");
            }
        });
        self.resolver(RESOLVER, wires.0, wires.1)
    }

    /// Asks, now.
    pub async fn ask(&self, probe: &str, params: Value) -> Result<Answer<Facts>, ProbeError> {
        self.ask_at(probe, params, Timestamp::now()).await
    }

    /// Asks, with the run's clock at a moment.
    pub async fn ask_at(&self, probe: &str, params: Value, now: Timestamp) -> Result<Answer<Facts>, ProbeError> {
        let mut context = Context::new(Arc::new(self.network()), self.timeout, now);
        if let Some((people, account)) = &self.signing_in {
            (context.roster, context.account) = (Arc::clone(&people.roster), Some(account.clone()));
        }
        let kind = PROBES.iter().find(|kind| kind.name == probe).expect("a probe");
        // The probe keeps to its time by itself; a busy machine may need some more to tell.
        tokio::time::timeout(self.timeout + SLACK, (kind.ask)(params, context)).await.expect("a verdict in time")
    }

    /// Asks, and expects facts.
    pub async fn facts(&self, probe: &str, params: Value) -> Value {
        let answer = self.ask(probe, params).await.unwrap_or_else(|error| panic!("facts, not {error:?}"));
        assert!(answer.facts.unknown.is_empty(), "{:?}", answer.facts.unknown);
        Value::Object(answer.facts.values)
    }

    /// Asks, and expects facts of which some could not be determined: them, and those.
    pub async fn partial(&self, probe: &str, params: Value) -> (Value, Vec<String>) {
        let answer = self.ask(probe, params).await.unwrap_or_else(|error| panic!("facts, not {error:?}"));
        (Value::Object(answer.facts.values), answer.facts.unknown.into_keys().collect())
    }

    /// Asks, and expects an error of a class.
    pub async fn error(&self, probe: &str, params: Value, class: ErrorClass) -> String {
        match self.ask(probe, params).await {
            Ok(answer) => panic!("an error, not {:?}", answer.facts),
            Err(error) => {
                assert_eq!(error.class, class, "{error}");
                error.message
            }
        }
    }

    pub fn network(&self) -> Network {
        Network {
            vantage: None,
            resolvers: self.resolvers.clone(),
            connect: self.connect.clone(),
            wiring: Wiring::Mapped {
                tcp: self.tcp.clone(),
                udp: self.udp.clone(),
                closed: self.closed.local_addr().expect("an address"),
                hosts: self.hosts.clone(),
            },
            trust: self.trust.clone(),
            older_tls: self.older_tls.clone(),
            shell: None,
        }
    }
}

/// Two ports that have nothing in common.
async fn sockets() -> (UdpSocket, TcpListener) {
    (
        UdpSocket::bind("127.0.0.1:0").await.expect("a UDP port"),
        TcpListener::bind("127.0.0.1:0").await.expect("a TCP port"),
    )
}
