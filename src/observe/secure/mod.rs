//! TLS, for every probe that speaks it: handshakes that complete whatever a certificate
//! is worth, what they show, and what it is worth.
//!
//! The chain is witnessed first and judged afterwards; no client certificate is ever shown.

mod certificate;
mod channel;
mod facts;
mod failure;
mod handshake;
mod older;
mod place;
mod reach;
mod seen;
mod sni;
mod verdict;
mod verified;
mod witness;

pub(crate) use channel::Secured;
pub use facts::{Certificate, KeyAlgorithm, PublicKey, TlsEndpoint, TlsVersion};
pub(crate) use failure::failure;
pub(crate) use handshake::{Broken, HEAD, Handshake, Offer, config, is_refusal, is_tls};
pub(crate) use place::Place;
pub(crate) use reach::{begins_with_older, by_older, reach};
pub(crate) use seen::Seen;
pub use sni::Sni;
pub(crate) use verified::verified;
pub(crate) use witness::Witness;
