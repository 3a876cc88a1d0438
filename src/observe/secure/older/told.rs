//! Without OpenSSL: a `ClientHello` by hand, and what the server says to it.

use std::io;

use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::watching::Watching;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::observe::secure::channel::Secured;
use crate::observe::secure::handshake::{Handshake, Offer};
use crate::observe::secure::place::Place;
use crate::protocol::hello::client_hello;

/// Whether this build speaks older TLS.
pub(in crate::observe::secure) const SPEAKS: bool = false;

const BUILD: &str = "a build with the feature `legacy-tls` (cargo build --release --features legacy-tls; it needs \
                     OpenSSL) speaks that";

/// Finds out what the server seems to offer, and says how to get a build that speaks it.
///
/// # Errors
/// Always: no handshake is completed.
pub(in crate::observe::secure) async fn open(
    stream: TcpStream,
    offer: &Offer,
    place: &Place<'_>,
) -> Result<(Secured, Handshake), ProbeError> {
    let mut watching = Watching::new(stream);
    let ended = timeout_at(place.deadline, ask(&mut watching, offer)).await;
    let words = match (watching.flight.hello(), watching.flight.alert(), watching.malformed, ended) {
        (Some(hello), ..) => format!("It seems to offer {}, {}: {BUILD}", hello.version, hello.suite),
        (None, Some(alert), ..) => {
            format!("Asked by TLS 1.0 to 1.2 with older cipher suites, it refuses too ({alert})")
        }
        (None, None, Some(malformed), _) => format!("Asked by older TLS, it answers what can't be read: {malformed}"),
        (None, None, None, Err(_)) => "Asked by older TLS, it doesn't answer in time".to_owned(),
        (None, None, None, Ok(Ok(()))) => {
            "Asked by TLS 1.0 to 1.2 with older cipher suites, it ends the connection too".to_owned()
        }
        (None, None, None, Ok(Err(error))) => format!("Asked by older TLS, it breaks the connection ({error})"),
    };
    Err(ProbeError::new(ErrorClass::Tls, words))
}

/// Sends a `ClientHello` and listens until all is said that matters.
async fn ask(watching: &mut Watching, offer: &Offer) -> io::Result<()> {
    let mut random = [0; 32];
    SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("the system has no random numbers"))?;
    let name = offer.send_name.then_some(offer.expected.as_str());
    watching.stream.write_all(&client_hello(&random, name)).await?;
    let mut buffer = vec![0; 8 << 10];
    loop {
        let count = watching.stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        watching.hear(buffer.get(..count).unwrap_or_default());
        if watching.flight.hello().is_some() || watching.flight.alert().is_some() || watching.malformed.is_some() {
            return Ok(());
        }
    }
}
