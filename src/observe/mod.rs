//! The only part that asks the wire: limits, timeouts, retries, vantage, recording
//! and replay live here and nowhere else.

mod network;
mod observation;
mod probe;
pub mod probes;
mod question;

pub use network::{DialError, DialFailure, Dialed, Network, Route, Trust, Wire, Wiring};
pub use observation::{Attempt, ErrorClass, Evidence, Facts, Observation, Outcome, ProbeError};
pub use probe::{Answer, Context, Probe, ProbeKind};
pub use question::{Question, QuestionKey, Vantage};
