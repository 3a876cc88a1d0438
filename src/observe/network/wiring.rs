//! Where addresses really are.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, SocketAddr};

use tokio::net::TcpStream;

use crate::values;

/// Where addresses really are.
#[derive(Clone, Debug, Default)]
pub enum Wiring {
    /// Where they say.
    #[default]
    Direct,
    /// As the maps say, and nowhere else: a mock deployment on loopback.
    Mapped {
        /// TCP listeners.
        tcp: HashMap<SocketAddr, Wire>,
        /// UDP sockets.
        udp: HashMap<SocketAddr, Wire>,
        /// A port of a known host that nothing listens on: connecting is refused.
        closed: SocketAddr,
        /// Hosts that exist: an address that isn't one of them is unreachable.
        hosts: HashSet<IpAddr>,
    },
}

/// One end of a mapped wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Goes there.
    To(SocketAddr),
    /// Swallows everything, as a dropping firewall does.
    Silent,
}

impl Wiring {
    /// Where a TCP connection to the address goes; `None` where no such host exists.
    #[must_use]
    pub fn tcp(&self, address: SocketAddr) -> Option<Wire> {
        match self {
            Self::Direct => Some(Wire::To(address)),
            Self::Mapped { tcp, closed, hosts, .. } => mapped(address, tcp, *closed, hosts),
        }
    }

    /// Where a datagram to the address goes; `None` where no such host exists.
    #[must_use]
    pub fn udp(&self, address: SocketAddr) -> Option<Wire> {
        match self {
            Self::Direct => Some(Wire::To(address)),
            Self::Mapped { udp, closed, hosts, .. } => mapped(address, udp, *closed, hosts),
        }
    }

    /// Connects, and waits for ever where nothing answers: the caller knows how long to.
    pub(super) async fn connect(&self, address: SocketAddr) -> io::Result<TcpStream> {
        somebody_is_at(address)?;
        match self.tcp(address) {
            Some(Wire::To(real)) => {
                let stream = TcpStream::connect(real).await?;
                stream.set_nodelay(true)?;
                Ok(stream)
            }
            Some(Wire::Silent) => std::future::pending().await,
            None => Err(io::ErrorKind::HostUnreachable.into()),
        }
    }
}

/// Whether nobody can be asked there.
pub(crate) fn nobody_is_at(address: SocketAddr) -> bool {
    address.port() == 0 || values::nobody_is_at(address.ip())
}

/// Refuses an address where nobody can be: `0.0.0.0`, which a topology shows for all addresses of a server, would lead
/// to whatever listens on this machine.
pub(super) fn somebody_is_at(address: SocketAddr) -> io::Result<()> {
    if nobody_is_at(address) {
        let words = format!("nobody can be at {address}: name the server's own address");
        return Err(io::Error::new(io::ErrorKind::AddrNotAvailable, words));
    }
    Ok(())
}

fn mapped(
    address: SocketAddr,
    map: &HashMap<SocketAddr, Wire>,
    closed: SocketAddr,
    hosts: &HashSet<IpAddr>,
) -> Option<Wire> {
    let known = map.get(&address).copied();
    known.or_else(|| hosts.contains(&address.ip()).then_some(Wire::To(closed)))
}
