//! Any text as a suite: refused or compiled, never a panic; what is refused can be told.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use poolproof::diagnostic::{Source, render};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let source = Arc::new(Source::new("fuzz.yaml", text));
    let told = match poolproof::check::compile(&source) {
        Ok((_, warnings)) => warnings,
        Err(found) => {
            assert!(found.iter().any(poolproof::diagnostic::Diagnostic::is_error), "refused without a reason");
            found
        }
    };
    let some = told.get(..told.len().min(20)).unwrap_or_default();
    std::hint::black_box(render(some, true));
});
