//! The way to domain controllers, over the network of a vantage.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::inventory::source::ldap::{Stream, Way};
use crate::observe::Network;
use crate::observe::secure;
use crate::values::HostPort;

/// Domain controllers as a vantage reaches them, `connect` included. Every certificate is
/// verified: by a trusted authority, for the server's name, within its dates.
#[derive(Clone, Debug)]
pub struct DirectoryWay {
    network: Arc<Network>,
}

impl DirectoryWay {
    /// Over this network.
    #[must_use]
    pub fn over(network: Arc<Network>) -> Self {
        Self { network }
    }
}

impl Way for DirectoryWay {
    fn connect<'a>(&'a self, target: &'a HostPort, deadline: Instant) -> BoxFuture<'a, Result<TcpStream, String>> {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        async move { self.network.dial(target, left).await.map(|dialed| dialed.stream).map_err(|error| error.message) }
            .boxed()
    }

    fn secure<'a>(
        &'a self,
        stream: TcpStream,
        target: &'a HostPort,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, String>> {
        async move {
            let verified =
                secure::verified(stream, target, Arc::clone(&self.network), Timestamp::now(), deadline).await;
            verified.map(|stream| Box::new(stream) as Box<dyn Stream>).map_err(|error| error.message)
        }
        .boxed()
    }
}
