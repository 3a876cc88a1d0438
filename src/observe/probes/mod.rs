//! The probes, one folder each with the same parts: `spec` (the question), `facts`
//! (what is learned), `ask` (how).

pub mod cmdlet;
pub mod dns;
pub mod http;
pub mod im;
pub mod relay;
pub mod sign_in;
pub mod sip;
pub mod tcp;
pub mod tls;
pub mod turn;

use super::probe::ProbeKind;

/// Every probe, in the order of names.
pub const PROBES: &[ProbeKind] = &[
    ProbeKind::of::<cmdlet::Cmdlet>(),
    ProbeKind::of::<dns::Dns>(),
    ProbeKind::of::<http::Http>(),
    ProbeKind::of::<im::Im>(),
    ProbeKind::of::<relay::Relay>(),
    ProbeKind::of::<sign_in::SignIn>(),
    ProbeKind::of::<sip::Sip>(),
    ProbeKind::of::<tcp::Tcp>(),
    ProbeKind::of::<tls::Tls>(),
    ProbeKind::of::<turn::Turn>(),
];
