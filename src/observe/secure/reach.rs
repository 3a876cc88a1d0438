//! A handshake by whichever library can speak what the server speaks.

use tokio::net::TcpStream;

use super::channel::{self, Secured};
use super::failure::Failure;
use super::handshake::{Handshake, Offer};
use super::older;
use super::place::Place;
use crate::observe::network::Older;
use crate::observe::observation::{ErrorClass, ProbeError};

/// Why an Edge, or a host that nobody named, is left alone.
const SPARED: &str = "By older TLS it was not asked: only pools and Directors of the environment are, and Edges where it \
                      says `tls: legacy`";

/// Completes a handshake over a connection, whatever the certificate is worth. Where the
/// environment allows it, a server that shares nothing with the modern library is asked
/// once more by older TLS, over a connection of its own.
///
/// # Errors
/// No handshake is completed; what the server seems to offer, where that could be found out.
pub(crate) async fn reach(
    stream: TcpStream,
    offer: &Offer,
    place: &Place<'_>,
) -> Result<(Secured, Handshake), ProbeError> {
    if begins_with_older(offer, place) {
        return older::open(stream, offer, place).await;
    }
    match channel::try_open(stream, offer, place.peer, place.deadline).await {
        Ok(opened) => Ok(opened),
        Err(failure) => by_older(failure, offer, place).await,
    }
}

/// Whether the modern library is passed over.
pub(crate) fn begins_with_older(offer: &Offer, place: &Place<'_>) -> bool {
    older::SPEAKS && place.older(offer) == Older::Asked
}

/// After the modern library's failure: once more by older TLS, if that may help and is allowed.
///
/// # Errors
/// It may not or is not, or that fails too.
pub(crate) async fn by_older(
    failure: Failure,
    offer: &Offer,
    place: &Place<'_>,
) -> Result<(Secured, Handshake), ProbeError> {
    if !failure.nothing_in_common {
        return Err(failure.error);
    }
    let modern = failure.error.message;
    let with = |cause: &str| ProbeError::new(ErrorClass::Tls, format!("{modern}. {cause}"));
    if place.older(offer) == Older::Never {
        return Err(with(SPARED));
    }
    let dialed = place.network.dial_address(place.address, place.left()).await;
    let dialed = dialed.map_err(|error| with(&format!("A second connection was not made: {}", error.message)))?;
    older::open(dialed.stream, offer, place).await.map_err(|error| with(&error.message))
}
