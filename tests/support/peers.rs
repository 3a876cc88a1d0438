//! Programs and files that are not ours, for tests that need a second opinion.
//!
//! Where one is missing, the test is shown as ignored, with the reason; with
//! `POOLPROOF_PEERS=required`, as in CI, it fails.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::{Completion, Failed, Trial};

/// A test that needs peers. `find` says what is there, or what is missing.
pub fn trial<P: 'static>(
    name: &str,
    find: impl FnOnce() -> Result<P, String> + Send + 'static,
    test: impl FnOnce(P) -> Result<(), Failed> + Send + 'static,
) -> Trial {
    Trial::ignorable_test(name, move || match find() {
        Ok(peers) => test(peers).map(|()| Completion::Completed),
        Err(missing) if required() => Err(format!("{missing}, and POOLPROOF_PEERS=required").into()),
        Err(missing) => Ok(Completion::ignored_with(missing)),
    })
}

fn required() -> bool {
    std::env::var_os("POOLPROOF_PEERS").is_some_and(|value| value == "required")
}

/// A file beside the project (or below `POOLPROOF_SHARED`) that is not part of it.
pub fn shared(path: &str) -> Result<PathBuf, String> {
    let root = std::env::var_os("POOLPROOF_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let file = root.join(path);
    if file.exists() { Ok(file) } else { Err(format!("{} is missing (POOLPROOF_SHARED)", file.display())) }
}

/// A Python (`POOLPROOF_PYTHON`, else `python3`) that has some modules.
pub fn python(modules: &[&str]) -> Result<PathBuf, String> {
    let python = std::env::var_os("POOLPROOF_PYTHON").map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let found = Command::new(&python)
        .args(["-c", &format!("import {}", modules.join(", "))])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match found {
        Ok(status) if status.success() => Ok(python),
        Ok(_) => Err(format!("{} lacks one of the modules {}", python.display(), modules.join(", "))),
        Err(error) => Err(format!("{}: {error} (POOLPROOF_PYTHON)", python.display())),
    }
}

/// A script or a file of `tests/peers`.
pub fn ours(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(name)
}
