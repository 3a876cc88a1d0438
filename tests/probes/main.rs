//! The probes through their registry, against servers made here.

#[path = "../support/accounts.rs"]
mod accounts;
mod dns;
mod http;
mod http_hostile;
mod http_sent;
mod registrar;
mod relay;
mod relay_astray;
mod relay_ended;
mod relay_hostile;
mod schema;
mod sign_in;
mod sip;
mod sip_hostile;
mod tcp;
mod tls;
mod turn;
mod world;
