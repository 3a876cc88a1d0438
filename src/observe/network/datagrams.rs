//! Datagrams to one address, wherever the wiring says it is.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::view::Network;
use super::wiring::{Wire, somebody_is_at};

/// A socket that sends to one address and hears from no other.
#[derive(Debug)]
pub struct Datagrams {
    /// `None` where nothing that is sent arrives.
    socket: Option<UdpSocket>,
}

impl Network {
    /// A socket for datagrams to exactly this address; `connect` is not applied.
    ///
    /// # Errors
    /// There is no such host, or this machine has no socket for it.
    pub async fn datagrams(&self, address: SocketAddr) -> io::Result<Datagrams> {
        somebody_is_at(address)?;
        match self.wiring.udp(address) {
            Some(Wire::To(real)) => Ok(Datagrams { socket: Some(connected(real).await?) }),
            Some(Wire::Silent) => Ok(Datagrams { socket: None }),
            None => Err(io::ErrorKind::HostUnreachable.into()),
        }
    }
}

impl Datagrams {
    /// Sends one.
    ///
    /// # Errors
    /// The system doesn't, or an earlier one was refused.
    pub async fn send(&self, bytes: &[u8]) -> io::Result<()> {
        match &self.socket {
            Some(socket) => socket.send(bytes).await.map(drop),
            None => Ok(()),
        }
    }

    /// Sends one if that is possible without waiting.
    pub fn send_at_once(&self, bytes: &[u8]) {
        if let Some(socket) = &self.socket {
            // Who calls this has nobody left to tell.
            let _ = socket.try_send(bytes);
        }
    }

    /// Waits for the next one; what of it doesn't fit is lost.
    ///
    /// # Errors
    /// The host says that nobody listens there.
    pub async fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.socket {
            Some(socket) => receive(socket, buffer).await,
            None => std::future::pending().await,
        }
    }
}

/// A connected socket hears that its port is closed; an unconnected one would wait in vain.
pub(super) async fn connected(server: SocketAddr) -> io::Result<UdpSocket> {
    let local: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(local).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// Also wakes for an error alone, which says that the port is closed.
pub(super) async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        let ready = socket.ready(Interest::READABLE | Interest::ERROR).await?;
        let received = if ready.is_error() {
            let error = || Err(socket.take_error()?.unwrap_or(io::ErrorKind::WouldBlock.into()));
            socket.try_io(Interest::ERROR, error)
        } else {
            socket.try_recv(buffer)
        };
        match received {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            received => return received,
        }
    }
}
