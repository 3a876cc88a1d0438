//! Any bytes as a journal: judged again and written as JUnit and JSON, or refused, never
//! a panic.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use poolproof::report::junit::{self, Dialect};
use poolproof::report::{json, terminal};
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.path().join(format!("{}.ndjson", std::process::id()));
    std::fs::write(&path, bytes).expect("written");
    if let Ok(result) = RUNTIME.block_on(poolproof::judge_again(&path)) {
        for dialect in [Dialect::Jenkins, Dialect::Strict] {
            junit::write(&result, dialect, &mut std::io::sink()).expect("a sink takes all");
        }
        json::write(&result, &mut std::io::sink()).expect("a sink takes all");
        std::hint::black_box(terminal::summary(&result, None, &terminal::Style::default()));
    }
});
