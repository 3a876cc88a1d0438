//! Connections: `connect` first, then names, then one address after the other.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::view::Network;
use crate::observe::observation::{ErrorClass, ProbeError};
use crate::values::HostPort;

/// One way to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The address, before any wiring.
    pub address: SocketAddr,
    /// `name:port → host:port`, where `connect` redirected it.
    pub connect: Option<String>,
}

/// A connection that was made.
#[derive(Debug)]
pub struct Dialed {
    /// The connection.
    pub stream: TcpStream,
    /// The address it was meant for, before any wiring.
    pub address: SocketAddr,
    /// `name:port → host:port`, where `connect` redirected it.
    pub connect: Option<String>,
}

/// Why no connection was made.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct DialError {
    /// What the peer, or whoever stood in for it, did.
    pub failure: DialFailure,
    /// The kind of trouble.
    pub class: ErrorClass,
    /// The way that was tried last, if a name was resolved at all.
    pub route: Option<Route>,
    /// What happened, in one sentence.
    pub message: String,
}

/// How a connection was not made. The later ones say less of the target: where several
/// addresses were tried, the one that says least speaks for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DialFailure {
    /// The host said no.
    Refused,
    /// The network says that there is no way there.
    Unreachable,
    /// Nothing came back.
    Silent,
    /// This machine could not try.
    Local,
    /// The name doesn't resolve.
    Unresolved,
}

impl From<DialError> for ProbeError {
    fn from(error: DialError) -> Self {
        Self::new(error.class, error.message)
    }
}

impl Network {
    /// Every way to a target, in the order in which they are tried: what `connect` says,
    /// else the target itself, each at all of its addresses.
    ///
    /// # Errors
    /// A name on the way doesn't resolve, or not completely.
    pub async fn routes(&self, target: &HostPort) -> Result<Vec<Route>, ProbeError> {
        let mut routes = Vec::new();
        for (hop, connect) in self.hops(target) {
            let addresses = self.addresses(&hop.host).await?;
            routes.extend(to(addresses, hop.port, connect.as_ref()));
        }
        Ok(routes)
    }

    /// Connects to a target within the time, at the first of its addresses that answers.
    ///
    /// # Errors
    /// It doesn't resolve, or no address could be connected to.
    pub async fn dial(&self, target: &HostPort, within: Duration) -> Result<Dialed, DialError> {
        let deadline = Instant::now() + within;
        let (mut tried, mut unresolved) = (Tried::new(target), None);
        let hops = self.hops(target);
        for (at, (hop, connect)) in hops.iter().enumerate() {
            let hop_deadline = share(deadline, hops.len() - at);
            let found = timeout_at(hop_deadline, self.find(&hop.host)).await.unwrap_or_else(|_| {
                Err(ProbeError::new(ErrorClass::Timeout, format!("resolve {}: no answer in time", hop.host)))
            });
            let found = match found {
                Ok(found) => found,
                Err(error) => {
                    unresolved = unresolved.or(Some(error));
                    continue;
                }
            };
            unresolved = unresolved.or(found.missing);
            let routes: Vec<Route> = to(found.addresses, hop.port, connect.as_ref()).collect();
            for (at, route) in routes.iter().enumerate() {
                match self.open(route, share(hop_deadline, routes.len() - at)).await {
                    Ok(dialed) => return Ok(dialed),
                    Err(cause) => tried.push(route, &cause),
                }
            }
        }
        Err(tried.error(unresolved))
    }

    /// Connects to exactly this address within the time; `connect` is not applied.
    ///
    /// # Errors
    /// It could not be connected to.
    pub async fn dial_address(&self, address: SocketAddr, within: Duration) -> Result<Dialed, DialError> {
        self.dial_route(&Route { address, connect: None }, within).await
    }

    /// Connects by exactly this way within the time.
    ///
    /// # Errors
    /// It could not be connected to.
    pub async fn dial_route(&self, route: &Route, within: Duration) -> Result<Dialed, DialError> {
        let mut tried = Tried::new(&HostPort::new(&route.address.ip().to_string(), route.address.port()));
        self.open(route, Instant::now() + within).await.map_err(|cause| {
            tried.push(route, &cause);
            tried.error(None)
        })
    }

    /// Where to go for a target, and how `connect` puts it.
    fn hops(&self, target: &HostPort) -> Vec<(HostPort, Option<String>)> {
        match self.connect.get(target).map(Vec::as_slice) {
            None | Some([]) => vec![(target.clone(), None)],
            Some(hops) => hops.iter().map(|hop| (hop.clone(), Some(format!("{target} → {hop}")))).collect(),
        }
    }

    async fn open(&self, route: &Route, deadline: Instant) -> Result<Dialed, io::Error> {
        let stream = timeout_at(deadline, self.wiring.connect(route.address))
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))?;
        Ok(Dialed { stream, address: route.address, connect: route.connect.clone() })
    }
}

/// One of `left` equal parts of the time until the deadline: a silent first address must
/// not use up the time of the second.
pub(crate) fn share(deadline: Instant, left: usize) -> Instant {
    let now = Instant::now();
    let parts = u32::try_from(left.max(1)).unwrap_or(u32::MAX);
    now + deadline.saturating_duration_since(now) / parts
}

fn to(addresses: Vec<IpAddr>, port: u16, connect: Option<&String>) -> impl Iterator<Item = Route> {
    let connect = connect.cloned();
    addresses
        .into_iter()
        .map(move |address| Route { address: SocketAddr::new(address, port), connect: connect.clone() })
}

/// What became of each way.
struct Tried {
    target: String,
    failure: Option<DialFailure>,
    last: Option<Route>,
    causes: Vec<String>,
}

impl Tried {
    /// Enough to see the pattern.
    const NAMED: usize = 4;

    fn new(target: &HostPort) -> Self {
        Self { target: target.to_string(), failure: None, last: None, causes: Vec::new() }
    }

    fn push(&mut self, route: &Route, cause: &io::Error) {
        let (failure, words) = read(cause);
        self.failure = self.failure.max(Some(failure));
        self.last = Some(route.clone());
        let address = route.address.to_string();
        self.causes.push(if address == self.target { words } else { format!("{address}: {words}") });
    }

    fn error(self, unresolved: Option<ProbeError>) -> DialError {
        let more = self.causes.len().saturating_sub(Self::NAMED);
        let mut causes: Vec<String> = self.causes.into_iter().take(Self::NAMED).collect();
        if more > 0 {
            causes.push(format!("and {more} more"));
        }
        // Addresses that are not known were not tried: what the known ones did proves little.
        let (failure, class) = match (&unresolved, self.failure) {
            (Some(error), _) => (DialFailure::Unresolved, error.class),
            (None, None) => (DialFailure::Unresolved, ErrorClass::Resolve),
            (None, Some(DialFailure::Silent)) => (DialFailure::Silent, ErrorClass::Timeout),
            (None, Some(failure)) => (failure, ErrorClass::Connect),
        };
        causes.extend(unresolved.map(|error| error.message));
        let redirect = self.last.as_ref().and_then(|route| route.connect.as_deref());
        let redirect = redirect.map(|connect| format!(" ({connect})")).unwrap_or_default();
        let message = format!("connect to {}{redirect}: {}", self.target, causes.join("; "));
        DialError { failure, class, route: self.last, message }
    }
}

fn read(cause: &io::Error) -> (DialFailure, String) {
    use io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable, TimedOut};
    match cause.kind() {
        ConnectionRefused => (DialFailure::Refused, "refused".to_owned()),
        TimedOut => (DialFailure::Silent, "no answer".to_owned()),
        HostUnreachable | NetworkUnreachable | NetworkDown => {
            (DialFailure::Unreachable, format!("unreachable: {cause}"))
        }
        _ => (DialFailure::Local, cause.to_string()),
    }
}
