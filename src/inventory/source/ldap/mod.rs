//! The directory, over LDAP: users and contacts of several domains, and what the
//! Configuration partition says of pools.
//!
//! Read only, over verified TLS only, from one domain controller for each domain. A domain
//! is searched once and the objects told apart here. What proves nothing says so: a domain
//! that was not read to its end, an account whose right to read was not shown, limits of the
//! server.

mod classify;
mod client;
mod configuration;
mod entry;
mod known;
mod parts;
mod passwords;
mod pools;
mod read;
mod record;
mod search;
mod shown;
mod way;

pub use crate::environment::{DirectoryAccount, DirectoryServer, Encryption, LdapSource};
pub use passwords::Passwords;
pub use read::{Told, read};
pub use way::{Stream, Way};

#[cfg(test)]
mod tests;
