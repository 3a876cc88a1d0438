//! How it is asked.

use std::time::Duration;

use tokio::time::Instant;

use super::facts::{TcpFacts, TcpState};
use super::spec::TcpSpec;
use crate::observe::network::{DialError, DialFailure, Dialed, Network, Route};
use crate::observe::observation::ProbeError;
use crate::observe::probe::{Answer, Context};
use crate::values::{HostPort, millis};

pub(super) async fn ask(spec: TcpSpec, context: Context) -> Result<Answer<TcpFacts>, ProbeError> {
    let started = Instant::now();
    let network = &*context.network;
    let (dialed, control) = dial(network, &spec, context.patience()).await;
    let (route, state, closed) = match dialed {
        Ok(dialed) => (Route { address: dialed.address, connect: dialed.connect }, TcpState::Open, Ok(false)),
        Err(error) => {
            let judged = judge(&error, &spec, control);
            let (Some((state, closed)), Some(route)) = (judged, error.route.clone()) else { return Err(error.into()) };
            (route, state, closed)
        }
    };
    let facts = TcpFacts {
        host: spec.host,
        port: spec.port,
        address: route.address.ip(),
        state,
        open: state == TcpState::Open,
        closed: closed.as_ref().copied().unwrap_or(false),
        elapsed_ms: millis(started.elapsed()),
    };
    let unknown = closed.err().map(|reason| ("closed", reason));
    Ok(Answer {
        unknown: unknown.into_iter().collect(),
        connect: route.connect.into_iter().collect(),
        ..Answer::of(facts)
    })
}

/// What a failed dial says of the port: its state, and whether it is closed or why that
/// can't be told. `None` where it says nothing.
fn judge(
    error: &DialError,
    spec: &TcpSpec,
    control: Option<Result<Dialed, DialError>>,
) -> Option<(TcpState, Result<bool, String>)> {
    match error.failure {
        DialFailure::Refused => Some((TcpState::Refused, Ok(true))),
        DialFailure::Unreachable => Some((
            TcpState::Unreachable,
            Err(format!("whether the port is closed can't be told from here: {}", error.message)),
        )),
        DialFailure::Silent => {
            let silence = format!("silence proves nothing of {}", spec.target());
            let closed = match (control, &spec.control) {
                (Some(Ok(_)), _) => Ok(true),
                (Some(Err(control)), Some(name)) => Err(format!(
                    "{silence} while the control target {name} accepts no connection either: {}",
                    control.message
                )),
                _ => Err(format!("{silence} without a control target that answers from here")),
            };
            Some((TcpState::NoAnswer, closed))
        }
        DialFailure::Local | DialFailure::Unresolved => None,
    }
}

/// Dials the target; once it has been silent for half of the time, the control target too.
async fn dial(
    network: &Network,
    spec: &TcpSpec,
    within: Duration,
) -> (Result<Dialed, DialError>, Option<Result<Dialed, DialError>>) {
    let target = spec.target();
    let dial = std::pin::pin!(network.dial(&target, within));
    let Some(control) = &spec.control else { return (dial.await, None) };
    let late = std::pin::pin!(control_late(network, control, Instant::now() + within / 2, Instant::now() + within));
    match futures::future::select(dial, late).await {
        futures::future::Either::Left((dialed, late)) => {
            let silent = matches!(&dialed, Err(error) if error.failure == DialFailure::Silent);
            let control = if silent { Some(late.await) } else { None };
            (dialed, control)
        }
        futures::future::Either::Right((control, dial)) => (dial.await, Some(control)),
    }
}

async fn control_late(
    network: &Network,
    control: &HostPort,
    start: Instant,
    deadline: Instant,
) -> Result<Dialed, DialError> {
    tokio::time::sleep_until(start).await;
    network.dial(control, deadline.saturating_duration_since(Instant::now())).await
}
