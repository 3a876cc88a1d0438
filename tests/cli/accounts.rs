//! `poolproof accounts`: what stops an account, and what lets it sign in again.

use poolproof::accounts::Accounts;

use crate::support::Run;

fn rejected(state: &std::path::Path, user: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let accounts = Accounts::remembering(Ok(state.join("accounts")), "tiny", "20261125T053000Z-0a1b");
    runtime.block_on(accounts.turn(user)).expect("free").rejected("dc1.tiny.test: the password is wrong");
}

#[test]
fn a_stopped_account_is_listed_and_rearmed() {
    let state = tempfile::tempdir().expect("a folder");
    let at = state.path().display().to_string();
    let run = |more: [&str; 2]| Run::new(["accounts"]).env("POOLPROOF_STATE", &at).args(more);
    let list = || Run::new(["accounts"]).env("POOLPROOF_STATE", &at);
    list().stdout("no account is stopped").ok();
    rejected(state.path(), "TINY\\probe1");
    rejected(state.path(), "reader");
    let listed = list()
        .stdout("TINY\\probe1 of tiny: rejected at 2")
        .stdout("in run 20261125T053000Z-0a1b: dc1.tiny.test: the password is wrong")
        .ok();
    assert_eq!(listed.stdout.lines().count(), 2, "{}", listed.stdout);
    run(["rearm", "TINY\\probe2"]).status(2).stderr("nothing stands against `probe2` of `tiny`").ok();
    run(["rearm", "tiny\\PROBE1"]).stderr("may sign in again").ok();
    run(["rearm", "tiny\\PROBE1"]).status(2).stderr("nothing stands against").ok();
    // A name without a domain needs its authority.
    run(["rearm", "reader"]).status(2).stderr("nothing stands against").ok();
    run(["rearm", "reader"]).args(["--authority", "tiny"]).ok();
    list().stdout("no account is stopped").ok();
}

#[test]
fn a_file_that_is_not_understood_is_named() {
    let state = tempfile::tempdir().expect("a folder");
    rejected(state.path(), "TINY\\probe1");
    let folder = state.path().join("accounts");
    let file = std::fs::read_dir(&folder).expect("a folder").next().expect("a file").expect("a file").path();
    std::fs::write(&file, "{").expect("written");
    let name = file.file_name().expect("a name").to_string_lossy().into_owned();
    let at = state.path().display().to_string();
    Run::new(["accounts"]).env("POOLPROOF_STATE", &at).stdout(&name).stdout("can't be read").ok();
}
