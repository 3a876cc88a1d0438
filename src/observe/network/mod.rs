//! The world as seen from one vantage: which servers resolve names, where connections
//! really go, and who is trusted.
//!
//! Three layers, each used by the one above: [`Wiring`] says where an address really is,
//! names are resolved by the vantage's own servers, and a dial goes through `connect`,
//! then names, then wiring.

mod datagrams;
mod dial;
mod every;
mod names;
mod older;
mod runtime;
mod view;
mod wiring;

pub use datagrams::Datagrams;
pub(crate) use dial::share;
pub use dial::{DialError, DialFailure, Dialed, Route};
pub use every::Addresses;
pub(crate) use names::{in_words as resolver_in_words, system_servers};
pub use older::{Older, OlderTls};
pub(crate) use runtime::WiredRuntime;
pub use view::{Network, Trust};
pub(crate) use wiring::nobody_is_at;
pub use wiring::{Wire, Wiring};
