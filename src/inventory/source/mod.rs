//! Where inventories are read from.

pub mod ldap;
