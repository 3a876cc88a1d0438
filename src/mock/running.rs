//! A deployment that is up.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hickory_server::Server;
use jiff::Timestamp;
use tokio::net::{TcpListener, TcpSocket, UdpSocket};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::budget::Budget;
use super::certificates::{CertificateError, Root, Store};
use super::deployment::{ClientCertificate, Deployment, FaultKind, Port};
use super::dns::{self, NameError, View};
use super::export::{ExportError, Written};
use super::listener::{Listener, Tls};
use super::notation::{PortKey, Transport};
use super::services::{Registry, Relay, Service};
use super::shell;
use super::tls;
use crate::observe::{Network, OlderTls, Trust, Vantage, Wire, Wiring};
use crate::powershell::Shell;

/// Where everything listens: a port that the system chooses.
const LOOPBACK: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
/// The port of name servers.
const DNS: u16 = 53;
/// How long a name server may take to finish what it is doing.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a deployment can't be served.
#[derive(Debug, thiserror::Error)]
pub enum MockError {
    /// No socket.
    #[error("can't listen for {what} on loopback: {source}")]
    Bind {
        /// What should have listened.
        what: String,
        /// What the system says.
        source: io::Error,
    },
    /// No certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// No zone.
    #[error(transparent)]
    Name(#[from] NameError),
    /// No export folder.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A port answers for web services that the deployment doesn't have: it was not checked.
    #[error("{what} answers for web services that don't exist")]
    NoWebServices {
        /// The host and port.
        what: String,
    },
    /// No TLS configuration.
    #[error("can't speak TLS on {what}: {source}")]
    Tls {
        /// The host and port.
        what: String,
        /// What the TLS library says.
        source: rustls::Error,
    },
    /// A port presents what the deployment doesn't have: it was not checked.
    #[error("{what} presents a certificate that doesn't exist")]
    NoCertificate {
        /// The host and port.
        what: String,
    },
}

/// A deployment that is up: real servers on loopback. It ends when it is dropped.
pub struct Mock {
    networks: BTreeMap<Vantage, Network>,
    /// One line a socket: vantage, what it stands for, where it is, what it is called.
    lines: Vec<String>,
    roots: BTreeMap<String, Root>,
    listeners: JoinSet<()>,
    name_servers: Vec<Server<View>>,
    /// Sockets that are bound and silent: closed ports, and UDP that nobody answers.
    held: Vec<Held>,
    exports: Written,
    registry: Arc<Registry>,
}

/// A socket that only has to exist.
#[expect(dead_code, reason = "holding it is all that is wanted")]
enum Held {
    Tcp(TcpSocket),
    Udp(UdpSocket),
}

/// The maps of one vantage while they are made.
#[derive(Default)]
struct Wires {
    tcp: HashMap<SocketAddr, Wire>,
    udp: HashMap<SocketAddr, Wire>,
    hosts: HashSet<IpAddr>,
    resolvers: Vec<SocketAddr>,
}

impl Mock {
    /// Makes the certificates, valid as seen at `now`, and starts every server.
    ///
    /// # Errors
    /// What could not be made or bound. Nothing is left running then.
    pub async fn start(deployment: &Deployment, now: Timestamp) -> Result<Self, MockError> {
        let store = Store::make(deployment, now)?;
        let mut mock = Self {
            networks: BTreeMap::new(),
            lines: Vec::new(),
            roots: store.roots.clone(),
            listeners: JoinSet::new(),
            name_servers: Vec::new(),
            held: Vec::new(),
            exports: Written::make(&deployment.exports, now)?,
            registry: Arc::new(Registry::of(deployment)),
        };
        let mut wires: BTreeMap<&Vantage, Wires> =
            deployment.vantages().into_iter().map(|vantage| (vantage, Wires::default())).collect();
        for (vantage, view) in &deployment.dns {
            let logical = SocketAddr::new(view.server.0, DNS);
            let what = format!("the name server of `{vantage}`");
            let (udp, tcp) = (udp(&what).await?, tcp(&what).await?);
            let (udp_at, tcp_at) = (address(udp.local_addr(), &what)?, address(tcp.local_addr(), &what)?);
            mock.name_servers.push(dns::server(view, udp, tcp)?);
            let wires = wires.entry(vantage).or_default();
            wires.hosts.insert(logical.ip());
            wires.resolvers.push(logical);
            wires.udp.insert(logical, Wire::To(udp_at));
            wires.tcp.insert(logical, Wire::To(tcp_at));
            mock.line(vantage, &format!("{logical}/udp"), Wire::To(udp_at), "name server");
            mock.line(vantage, &format!("{logical}/tcp"), Wire::To(tcp_at), "name server");
        }
        for (host_address, host) in &deployment.hosts {
            for vantage in &host.from {
                wires.entry(vantage).or_default().hosts.insert(host_address.0);
            }
            for (key, port) in &host.ports {
                let logical = SocketAddr::new(host_address.0, key.number);
                let Some(wire) = mock.listen((&host.name, logical), *key, port, deployment, &store).await? else {
                    continue;
                };
                for vantage in &host.from {
                    let wires = wires.entry(vantage).or_default();
                    match key.transport {
                        Transport::Tcp => wires.tcp.insert(logical, wire),
                        Transport::Udp => wires.udp.insert(logical, wire),
                    };
                    mock.line(vantage, &format!("{}:{key}", shown(host_address.0)), wire, &host.name);
                }
            }
        }
        let mut shell = None;
        if !deployment.shell.is_empty() {
            let what = "the management shell";
            let socket = tcp(what).await?;
            shell = Some(address(socket.local_addr(), what)?);
            mock.listeners.spawn(shell::serve(socket, deployment.shell.values().cloned().collect()));
        }
        mock.connect(wires, shell)?;
        Ok(mock)
    }

    /// The world as each vantage sees it.
    #[must_use]
    pub fn networks(&self) -> BTreeMap<Vantage, Network> {
        let copy = |network: &Network| Network {
            vantage: network.vantage.clone(),
            resolvers: network.resolvers.clone(),
            connect: network.connect.clone(),
            wiring: network.wiring.clone(),
            trust: network.trust.clone(),
            older_tls: network.older_tls.clone(),
            shell: network.shell.clone(),
        };
        self.networks.iter().map(|(vantage, network)| (vantage.clone(), copy(network))).collect()
    }

    /// Where the export folders are, by the path by which the environment file names them.
    /// They are removed when the mock is dropped.
    #[must_use]
    pub fn folders(&self) -> BTreeMap<String, PathBuf> {
        self.exports.folders.clone()
    }

    /// Where everything is, for other clients: one line a socket or folder.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut lines = self.lines.clone();
        lines.sort();
        let folders = self.exports.folders.iter();
        lines.extend(folders.map(|(path, at)| format!("{:<10} {path:<24} {}", "export", at.display())));
        lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
    }

    /// How many credentials have come to its registrars, by logon name in lower case.
    #[must_use]
    pub fn credentials(&self) -> BTreeMap<String, usize> {
        self.registry.attempts()
    }

    /// Who is signed in at this moment: an address for each endpoint, sorted.
    #[must_use]
    pub fn signed_in(&self) -> Vec<String> {
        self.registry.present()
    }

    /// The trusted authorities, as PEM.
    #[must_use]
    pub fn authorities_pem(&self) -> String {
        self.roots.values().map(|root| root.pem.as_str()).collect()
    }

    /// Stops every server. When this returns, nothing listens any more.
    pub async fn stop(mut self) {
        for server in &mut self.name_servers {
            let _ = timeout(FAREWELL, server.shutdown_gracefully()).await;
        }
        self.listeners.shutdown().await;
    }

    /// Binds a port; none where nothing shall listen.
    async fn listen(
        &mut self,
        (host, here): (&str, SocketAddr),
        key: PortKey,
        port: &Port,
        deployment: &Deployment,
        store: &Store,
    ) -> Result<Option<Wire>, MockError> {
        let what = format!("{host} ({here}), {key}");
        let fault = port.fault.as_ref();
        let always = fault.filter(|fault| fault.times.is_none()).and_then(|fault| fault.kind);
        match (always, key.transport) {
            (Some(FaultKind::Refuse), _) => return Ok(None),
            (Some(FaultKind::Drop), _) => return Ok(Some(Wire::Silent)),
            (_, Transport::Udp) => {
                let socket = udp(&what).await?;
                let wire = Wire::To(address(socket.local_addr(), &what)?);
                match &port.turn {
                    Some(server) => {
                        let relay = Relay::of(server, here, &self.registry);
                        self.listeners.spawn(async move { relay.serve_datagrams(socket).await });
                    }
                    None => self.held.push(Held::Udp(socket)),
                }
                return Ok(Some(wire));
            }
            (_, Transport::Tcp) => {}
        }
        let listener = Listener {
            tls: speaks_tls(port, store, &what)?,
            service: Service::of(port, here, deployment, &self.registry)
                .ok_or_else(|| MockError::NoWebServices { what: what.clone() })?,
            broken: fault.map(|fault| (fault.clone(), Budget::of(fault.times))),
        };
        let socket = tcp(&what).await?;
        let wire = Wire::To(address(socket.local_addr(), &what)?);
        self.listeners.spawn(listener.run(socket));
        Ok(Some(wire))
    }

    /// Turns the maps into networks.
    fn connect(&mut self, wires: BTreeMap<&Vantage, Wires>, shell: Option<SocketAddr>) -> Result<(), MockError> {
        let trust: Vec<Vec<u8>> = self.roots.values().map(|root| root.der.clone()).collect();
        let closed = self.closed()?;
        let shell = shell.map(|address| Shell { wired: Some(address), ..Shell::default() });
        for (vantage, Wires { tcp, udp, hosts, resolvers }) in wires {
            let network = Network {
                vantage: Some(vantage.clone()),
                resolvers,
                connect: BTreeMap::new(),
                wiring: Wiring::Mapped { tcp, udp, closed, hosts },
                trust: Trust::Roots(trust.clone()),
                older_tls: OlderTls::default(),
                shell: shell.clone(),
            };
            self.networks.insert(vantage.clone(), network);
        }
        Ok(())
    }

    /// A port that is bound and doesn't listen: the system refuses connections to it.
    fn closed(&mut self) -> Result<SocketAddr, MockError> {
        let failed = |source| MockError::Bind { what: "nothing".to_owned(), source };
        let socket = TcpSocket::new_v4().map_err(failed)?;
        socket.bind(LOOPBACK).map_err(failed)?;
        let closed = socket.local_addr().map_err(failed)?;
        self.held.push(Held::Tcp(socket));
        Ok(closed)
    }

    fn line(&mut self, vantage: &Vantage, logical: &str, wire: Wire, name: &str) {
        let place = match wire {
            Wire::To(address) => address.to_string(),
            Wire::Silent => "(silent)".to_owned(),
        };
        self.lines.push(format!("{vantage:<10} {logical:<24} {place:<21} {name}"));
    }
}

fn speaks_tls(port: &Port, store: &Store, what: &str) -> Result<Option<Tls>, MockError> {
    let Some(name) = &port.tls else { return Ok(None) };
    let certificate =
        store.certificates.get(&name.value).ok_or_else(|| MockError::NoCertificate { what: what.to_owned() })?;
    let config = tls::config(port, Arc::clone(certificate))
        .map_err(|source| MockError::Tls { what: what.to_owned(), source })?;
    let client_certificate_required = port.client_certificate == ClientCertificate::Required;
    Ok(Some(Tls { config: Arc::new(config), client_certificate_required }))
}

async fn tcp(what: &str) -> Result<TcpListener, MockError> {
    TcpListener::bind(LOOPBACK).await.map_err(|source| MockError::Bind { what: what.to_owned(), source })
}

async fn udp(what: &str) -> Result<UdpSocket, MockError> {
    UdpSocket::bind(LOOPBACK).await.map_err(|source| MockError::Bind { what: what.to_owned(), source })
}

fn address(address: io::Result<SocketAddr>, what: &str) -> Result<SocketAddr, MockError> {
    address.map_err(|source| MockError::Bind { what: what.to_owned(), source })
}

fn shown(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
