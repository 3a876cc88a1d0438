//! The DNS library's view of the network: its sockets go where the wiring says.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hickory_resolver::net::runtime::{DnsUdpSocket, RuntimeProvider, TokioRuntimeProvider, TokioTime};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::datagrams::{connected, receive};
use super::wiring::{Wire, Wiring};

type Tcp = <TokioRuntimeProvider as RuntimeProvider>::Tcp;
type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

/// Tokio's sockets, wired.
#[derive(Clone)]
pub(crate) struct WiredRuntime {
    tokio: TokioRuntimeProvider,
    servers: Arc<[Server]>,
}

#[derive(Clone, Copy)]
struct Server {
    address: SocketAddr,
    tcp: Option<Wire>,
    udp: Option<Wire>,
}

impl WiredRuntime {
    /// Reaches these servers; every other one is unreachable.
    pub(crate) fn new(wiring: &Wiring, servers: &[SocketAddr]) -> Self {
        let wired = |&address| Server { address, tcp: wiring.tcp(address), udp: wiring.udp(address) };
        Self { tokio: TokioRuntimeProvider::new(), servers: servers.iter().map(wired).collect() }
    }

    fn server(&self, address: SocketAddr) -> Option<Server> {
        self.servers.iter().find(|server| server.address == address).copied()
    }
}

impl RuntimeProvider for WiredRuntime {
    type Handle = <TokioRuntimeProvider as RuntimeProvider>::Handle;
    type Timer = TokioTime;
    type Udp = WiredUdp;
    type Tcp = Tcp;

    fn create_handle(&self) -> Self::Handle {
        self.tokio.create_handle()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        bind: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opening<Self::Tcp> {
        match self.server(server).and_then(|server| server.tcp) {
            Some(Wire::To(real)) => self.tokio.connect_tcp(real, bind, timeout),
            Some(Wire::Silent) => Box::pin(std::future::pending()),
            None => Box::pin(async { Err(io::ErrorKind::HostUnreachable.into()) }),
        }
    }

    fn bind_udp(&self, _local: SocketAddr, server: SocketAddr) -> Opening<Self::Udp> {
        let wire = self.server(server).and_then(|server| server.udp);
        Box::pin(async move {
            match wire {
                Some(Wire::To(real)) => Ok(WiredUdp { socket: Some(connected(real).await?), server }),
                Some(Wire::Silent) => Ok(WiredUdp { socket: None, server }),
                None => Err(io::ErrorKind::HostUnreachable.into()),
            }
        })
    }
}

/// A socket that talks to one server, known by the address it goes by.
pub(crate) struct WiredUdp {
    /// `None` where nothing that is sent arrives.
    socket: Option<UdpSocket>,
    server: SocketAddr,
}

impl DnsUdpSocket for WiredUdp {
    type Time = TokioTime;

    fn poll_recv_from(&self, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<(usize, SocketAddr)>> {
        let Some(socket) = &self.socket else { return Poll::Pending };
        let mut buffer = ReadBuf::new(buffer);
        socket.poll_recv(cx, &mut buffer).map_ok(|()| (buffer.filled().len(), self.server))
    }

    /// Also wakes for an error alone, which says that the port is closed.
    fn recv_from<'socket, 'buffer, 'both>(
        &'socket self,
        buffer: &'buffer mut [u8],
    ) -> Pin<Box<dyn Future<Output = io::Result<(usize, SocketAddr)>> + Send + 'both>>
    where
        'socket: 'both,
        'buffer: 'both,
        Self: 'both,
    {
        Box::pin(async move {
            let Some(socket) = &self.socket else { return std::future::pending().await };
            receive(socket, buffer).await.map(|count| (count, self.server))
        })
    }

    fn poll_send_to(&self, cx: &mut Context<'_>, bytes: &[u8], _: SocketAddr) -> Poll<io::Result<usize>> {
        match &self.socket {
            Some(socket) => socket.poll_send(cx, bytes),
            None => Poll::Ready(Ok(bytes.len())),
        }
    }
}
