//! Cases as tests: what `cargo test`, `cargo nextest` and editors list, filter and run.
