//! Wire formats that no kept crate provides. Nothing here touches the network: bytes in,
//! values out, and every input is bounded.

pub mod autodiscover;
pub mod clixml;
pub mod diagnostics;
pub mod hello;
pub mod ldap;
pub mod mras;
pub mod msturn;
pub mod ntlm;
pub mod parameters;
pub mod sip;
