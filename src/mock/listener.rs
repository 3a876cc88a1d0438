//! One TCP port: accepts, suffers its fault, speaks TLS, serves.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::budget::Budget;
use super::deployment::{Fault, FaultKind};
use super::services::{Service, Stream};
use super::slow::Slow;

/// Connections at one time; the next one waits.
const CONNECTIONS: usize = 256;
/// How long one connection may take in all.
const LIFETIME: Duration = Duration::from_mins(10);
/// How long a client may take to begin, where the fault waits for that.
const PATIENCE: Duration = Duration::from_secs(30);
/// Before the next attempt to accept, after one that failed (no descriptor is free).
const PAUSE: Duration = Duration::from_millis(50);

/// What a port does with a connection.
pub(super) struct Listener {
    pub(super) tls: Option<Tls>,
    pub(super) service: Service,
    pub(super) broken: Option<(Fault, Budget)>,
}

/// How a port speaks TLS.
pub(super) struct Tls {
    pub(super) config: Arc<ServerConfig>,
    /// Hangs up on clients that presented no certificate.
    pub(super) client_certificate_required: bool,
}

impl Listener {
    /// Accepts until it is dropped, and with it every connection.
    pub(super) async fn run(self, socket: TcpListener) {
        let listener = Arc::new(self);
        let mut connections = JoinSet::new();
        loop {
            while connections.try_join_next().is_some() {}
            if connections.len() >= CONNECTIONS {
                connections.join_next().await;
            }
            match socket.accept().await {
                Ok((stream, from)) => {
                    let listener = Arc::clone(&listener);
                    connections.spawn(async move {
                        // What a client does to its connection is its own affair.
                        let _ = timeout(LIFETIME, listener.connection(stream, from)).await;
                    });
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn connection(&self, mut stream: TcpStream, from: SocketAddr) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let fault = self.broken.as_ref().filter(|(_, budget)| budget.take()).map(|(fault, _)| fault);
        if let Some(delay) = fault.and_then(|fault| fault.delay) {
            tokio::time::sleep(delay.0).await;
        }
        match fault.and_then(|fault| fault.kind) {
            None => self.speak(stream, from).await,
            Some(FaultKind::Slow) => self.speak(Slow::new(stream), from).await,
            Some(FaultKind::Refuse) => stream.set_zero_linger(),
            Some(FaultKind::Drop) => std::future::pending().await,
            Some(FaultKind::Reset) => {
                self.hear(&mut stream).await?;
                stream.set_zero_linger()
            }
            Some(FaultKind::Close) => {
                self.hear(&mut stream).await?;
                leave(stream).await
            }
            Some(FaultKind::Garbage) => {
                stream.write_all(b"220 this is not the protocol that you expect\r\n").await?;
                leave(stream).await
            }
        }
    }

    async fn speak(&self, stream: impl Stream + 'static, from: SocketAddr) -> io::Result<()> {
        let Some(tls) = &self.tls else { return self.service.serve(Box::new(stream), from).await };
        let mut stream = TlsAcceptor::from(Arc::clone(&tls.config)).accept(stream).await?;
        let (_, session) = stream.get_ref();
        if tls.client_certificate_required && session.peer_certificates().is_none_or(<[_]>::is_empty) {
            return stream.shutdown().await;
        }
        self.service.serve(Box::new(stream), from).await
    }

    /// Waits for the client's first record, where the client begins.
    async fn hear(&self, stream: &mut TcpStream) -> io::Result<()> {
        if self.tls.is_none() {
            return Ok(());
        }
        let first = async {
            let mut header = [0; 5];
            stream.read_exact(&mut header).await?;
            let [.., high, low] = header;
            let mut record = vec![0; usize::from(u16::from_be_bytes([high, low]))];
            stream.read_exact(&mut record).await.map(drop)
        };
        timeout(PATIENCE, first).await?
    }
}

/// Ends a connection in order: unread bytes would make it a reset.
async fn leave(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let mut rest = [0; 1024];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
