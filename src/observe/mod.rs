//! The only part that asks the wire: limits, timeouts, retries, vantage, recording
//! and replay live here and nowhere else.

mod journal;
mod limits;
mod network;
mod observation;
mod observer;
mod probe;
pub mod probes;
mod question;
pub mod secure;
pub(crate) mod sip;

pub use journal::{
    JOURNAL_VERSION, Journal, JournalError, Line, read as read_journal, read_header as read_journal_header,
};
pub use limits::Limits;
pub use network::{Addresses, DialError, DialFailure, Dialed, Network, Older, OlderTls, Route, Trust, Wire, Wiring};
pub use observation::{Attempt, ErrorClass, Evidence, Facts, Observation, Outcome, ProbeError};
pub use observer::{Manner, Observer, Watch};
pub use probe::{Answer, Context, Fault, Probe, ProbeKind, Review, Touched};
pub use question::{Question, QuestionKey, Vantage};
