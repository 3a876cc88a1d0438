//! What is spoken on a connection once it is made, below TLS or without it: one module
//! for each service.

mod http;
mod idle;
mod sip;
mod turn;

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncWrite};

use super::deployment::{Deployment, Port};
use http::Web;
pub(super) use sip::Registry;
use sip::SipPort;
pub(super) use turn::Relay;

/// A connection, whatever is below it.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// What a port serves.
#[derive(Clone, Debug)]
pub(super) enum Service {
    /// Nothing that would be said first, nor answered.
    Idle,
    /// SIP.
    Sip(Arc<SipPort>),
    /// HTTP.
    Http(Arc<Web>),
    /// MS-TURN.
    Turn(Arc<Relay>),
}

impl Service {
    /// What stands behind a port that clients reach at `here`; none where it is web services that the deployment
    /// doesn't have.
    pub(super) fn of(port: &Port, here: SocketAddr, deployment: &Deployment, registry: &Arc<Registry>) -> Option<Self> {
        if let Some(server) = &port.turn {
            return Some(Self::Turn(Arc::new(Relay::of(server, here, registry))));
        }
        match (&port.sip, &port.http) {
            (Some(server), _) => Some(Self::Sip(Arc::new(SipPort::new(server.clone(), Arc::clone(registry))))),
            (None, Some(server)) => Web::of(server, port.tls.is_some(), deployment).map(Arc::new).map(Self::Http),
            (None, None) => Some(Self::Idle),
        }
    }

    /// Serves one connection, `from` a client, to its end.
    pub(super) async fn serve(&self, stream: Box<dyn Stream>, from: SocketAddr) -> std::io::Result<()> {
        match self {
            Self::Idle => idle::serve(stream).await,
            Self::Sip(port) => port.serve(stream).await,
            Self::Http(web) => http::serve(stream, web).await,
            Self::Turn(relay) => relay.serve(stream, from).await,
        }
    }
}
