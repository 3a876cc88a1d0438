//! The probes, one folder each with the same parts: `spec` (the question), `facts`
//! (what is learned), `ask` (how).

use super::probe::ProbeKind;

/// Every probe, by name.
pub const PROBES: &[ProbeKind] = &[];
