//! The probes, one folder each with the same parts: `spec` (the question), `facts`
//! (what is learned), `ask` (how).
