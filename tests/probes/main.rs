//! The probes through their registry, against servers made here.

mod dns;
mod http;
mod schema;
mod sip;
mod tcp;
mod tls;
mod world;
