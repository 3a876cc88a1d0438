//! Connections that may be trusted with a secret.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::channel::{Secured, open};
use super::handshake::Offer;
use super::seen::Seen;
use crate::observe::network::Network;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::probe::Context;
use crate::values::HostPort;

/// Completes a handshake with a target, and goes on only where a client could rely on its
/// certificate at `now`.
///
/// # Errors
/// The handshake fails, or the certificate is not to be relied on, with all the reasons.
pub(crate) async fn verified(
    stream: TcpStream,
    target: &HostPort,
    network: Arc<Network>,
    now: Timestamp,
    deadline: Instant,
) -> Result<Secured, ProbeError> {
    let failed = |error: std::io::Error| ProbeError::new(ErrorClass::Connect, format!("tls {target}: {error}"));
    let address = stream.peer_addr().map_err(failed)?;
    let (offer, peer) = (Offer::to(target, None, Vec::new())?, target.to_string());
    let (secured, handshake) = open(stream, &offer, &peer, deadline).await?;
    let context = Context::new(network, deadline.saturating_duration_since(Instant::now()), now);
    let seen = Seen::of(handshake, &offer, (&peer, address), &context, deadline).await?;
    if let Some(undecided) = seen.undecided() {
        return Err(undecided.clone());
    }
    match seen.endpoint() {
        Some(endpoint) if endpoint.verified => Ok(secured),
        endpoint => {
            let reasons = endpoint.and_then(|endpoint| endpoint.verify_error);
            let reasons = reasons.unwrap_or_else(|| "it shows no certificate".to_owned());
            let message =
                format!("tls with {peer}: its certificate can't be relied on, so nothing secret is sent: {reasons}");
            Err(ProbeError::new(ErrorClass::Tls, message))
        }
    }
}
