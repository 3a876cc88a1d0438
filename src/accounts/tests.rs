use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::folder::{Standing, rearm, remembered};
use super::*;

const USER: &str = "CONTOSO\\probe1";

/// What another process has: nothing of it is shared but the folder.
fn run(folder: &Path, id: &str) -> Accounts {
    Accounts::remembering(Ok(folder.to_owned()), "contoso", id)
}

fn file(folder: &Path) -> PathBuf {
    folder.join(AccountName::named(USER, "contoso").file())
}

async fn refused(accounts: &Accounts, user: &str) -> String {
    accounts.turn(user).await.err().unwrap_or_else(|| panic!("{user} may sign in"))
}

#[tokio::test]
async fn one_rejection_stops_an_account_until_it_is_rearmed() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = run(folder.path(), "run-1");
    first.turn(USER).await.expect("the first time").over();
    first.turn("contoso\\PROBE1").await.expect("it was accepted").rejected("dc1: the password is wrong");
    let again = refused(&first, " CONTOSO\\probe1").await;
    assert!(again.contains("dc1: the password is wrong") && again.contains("not used again"), "{again}");
    first.turn("CONTOSO\\probe2").await.expect("another account").over();

    let later = run(folder.path(), "run-2");
    let told = refused(&later, USER).await;
    for part in ["dc1: the password is wrong", "run-1", "poolproof accounts rearm \"CONTOSO\\probe1\""] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let all = remembered(folder.path()).expect("read");
    assert!(
        matches!(all.as_slice(), [one] if matches!(&one.standing, Standing::Rejected { run, why, .. }
            if run == "run-1" && why == "dc1: the password is wrong")),
        "{all:?}"
    );

    let name = AccountName::named(USER, "");
    rearm(folder.path(), &name).expect("re-armed");
    assert_eq!(remembered(folder.path()), Ok(Vec::new()));
    assert!(rearm(folder.path(), &name).is_err_and(|why| why.contains("nothing stands against")));
    run(folder.path(), "run-3").turn(USER).await.expect("re-armed").over();
}

/// Runs at once, each with the wrong password: the account sees one attempt.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn runs_at_once_send_one_wrong_credential() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sent, under_way) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let mut all = tokio::task::JoinSet::new();
    for number in 0..8 {
        // Two signers in each of four runs.
        let accounts = run(folder.path(), &format!("run-{number}"));
        for accounts in [accounts.clone(), accounts] {
            let (sent, under_way) = (Arc::clone(&sent), Arc::clone(&under_way));
            all.spawn(async move {
                let Ok(turn) = accounts.turn(USER).await else { return };
                assert_eq!(under_way.fetch_add(1, Ordering::SeqCst), 0, "two sign in at once");
                sent.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                under_way.fetch_sub(1, Ordering::SeqCst);
                turn.rejected("the password is wrong");
            });
        }
    }
    while let Some(ended) = all.join_next().await {
        ended.expect("no panic");
    }
    assert_eq!(sent.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_was_sent_and_never_answered_is_not_sent_again_in_the_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = run(folder.path(), "run-1");
    let mut turn = first.turn(USER).await.expect("free");
    turn.sent("fe21.contoso.com");
    drop(turn);
    let told = refused(&first, USER).await;
    assert!(told.contains("fe21.contoso.com") && told.contains("not sent again in this run"), "{told}");
    let mut turn = run(folder.path(), "run-2").turn(USER).await.expect("another run may try once");
    turn.sent("fe21.contoso.com");
    turn.over();
}

#[tokio::test]
async fn a_run_waits_for_another_and_not_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let turn = run(folder.path(), "run-1").turn(USER).await.expect("the first");
    let name = AccountName::named(USER, "");
    assert!(rearm(folder.path(), &name).is_err_and(|why| why.contains("at this moment")));
    assert!(matches!(remembered(folder.path()).as_deref(), Ok([one]) if one.standing == Standing::InUse));
    let hasty = Accounts::of(Some(Ok(folder.path().to_owned())), "contoso", "run-2", Duration::ZERO);
    let told = refused(&hasty, USER).await;
    assert!(told.contains("another run"), "{told}");
    turn.over();
    // That was nobody's fault.
    hasty.turn(USER).await.expect("it is free").over();
}

#[tokio::test]
async fn what_is_not_understood_stops_an_account() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = {
        run(folder.path(), "run-1").turn(USER).await.expect("free").rejected("wrong");
        std::fs::read_to_string(file(folder.path())).expect("a file")
    };
    let newer = whole.replace("\"version\":1", "\"version\":2");
    let cut: String = whole.chars().take(whole.len() / 2).collect();
    let long = format!("{whole}{}", " ".repeat(1 << 17));
    for text in ["{}", "\0\0\0", "null", &cut, &newer, &long] {
        std::fs::write(file(folder.path()), text).expect("written");
        let told = refused(&run(folder.path(), "run-2"), USER).await;
        assert!(told.contains("can't be read") && told.contains("rearm"), "{told}");
        let all = remembered(folder.path()).expect("read");
        assert!(matches!(all.as_slice(), [one] if matches!(one.standing, Standing::Unreadable(_))), "{all:?}");
    }
    rearm(folder.path(), &AccountName::named(USER, "")).expect("re-armed");
    run(folder.path(), "run-3").turn(USER).await.expect("re-armed").over();
}

/// A process that is killed in the middle of a sign-in doesn't come to say how it ended.
#[tokio::test]
async fn a_sign_in_whose_end_nobody_knows_stops_an_account() {
    let folder = tempfile::tempdir().expect("a folder");
    let turn = run(folder.path(), "run-1").turn(USER).await.expect("free");
    let left = std::fs::read(file(folder.path())).expect("a file");
    drop(turn);
    assert_eq!(std::fs::read(file(folder.path())).expect("a file"), b"", "a turn that is dropped is over");
    std::fs::write(file(folder.path()), left).expect("written");
    let told = refused(&run(folder.path(), "run-2"), USER).await;
    assert!(told.contains("run-1 was ended in the middle of a sign-in") && told.contains("rearm"), "{told}");
}

#[tokio::test]
async fn where_nothing_can_be_remembered_nobody_signs_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let in_the_way = folder.path().join("file");
    std::fs::write(&in_the_way, "").expect("written");
    for (state, word) in [(Ok(in_the_way.join("accounts")), "can't be made"), (Err("no home".to_owned()), "no home")] {
        let told = refused(&Accounts::remembering(state, "contoso", "run"), USER).await;
        assert!(told.contains(word) && told.contains("nobody signs in as"), "{told}");
    }
    // A mock deployment's accounts are nobody's.
    let mock = Accounts::of_this_run("contoso");
    mock.turn(USER).await.expect("free").rejected("wrong");
    assert!(refused(&mock, USER).await.contains("wrong"));
}
