//! The way to a domain controller. Names, connections and trust are the caller's: the
//! inventory itself knows no network.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use futures::future::BoxFuture;

use crate::values::HostPort;

/// A connection in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for S {}

/// How a domain controller is reached, and whom to trust.
pub trait Way: Send + Sync {
    /// Connects.
    ///
    /// # Errors
    /// Why there is no connection, in one sentence that names the target.
    fn connect<'a>(&'a self, target: &'a HostPort, deadline: Instant) -> BoxFuture<'a, Result<TcpStream, String>>;

    /// Encrypts a connection, and makes sure that the certificate is the target's: by a
    /// trusted authority, for its name, within its dates.
    ///
    /// # Errors
    /// Why it is not to be trusted with a password, in one sentence that names the target.
    fn secure<'a>(
        &'a self,
        stream: TcpStream,
        target: &'a HostPort,
        deadline: Instant,
    ) -> BoxFuture<'a, Result<Box<dyn Stream>, String>>;
}
