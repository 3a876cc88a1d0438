//! Where an inventory is read from. Each source fills the same names through one [`Builder`].
//!
//! [`Builder`]: super::Builder

pub mod export;
pub mod ldap;
pub mod powershell;
pub mod script;
