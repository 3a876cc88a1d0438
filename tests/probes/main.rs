//! The probes through their registry, against servers made here.

mod dns;
mod http;
mod http_hostile;
mod http_sent;
mod schema;
mod sip;
mod sip_hostile;
mod tcp;
mod tls;
mod turn;
mod world;
