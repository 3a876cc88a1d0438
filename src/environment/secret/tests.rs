use super::*;
use secrecy::ExposeSecret;

fn file(path: &Path) -> SecretReference {
    SecretReference::File(path.display().to_string())
}

#[tokio::test]
async fn a_secret_is_read_and_never_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("password");
    std::fs::write(&path, "hunter2\r\nsecond line").expect("written");
    let secret = file(&path).resolve().await.expect("read");
    assert_eq!(secret.0.expose_secret(), "hunter2");
    assert!(!format!("{secret:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_file_that_is_no_secret_is_not_swallowed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("image");
    std::fs::write(&path, vec![b'x'; 1 << 20]).expect("written");
    let error = file(&path).resolve().await.expect_err("too long");
    assert!(error.contains("longer than"), "{error}");
}

#[tokio::test]
async fn what_is_missing_is_named() {
    let error = SecretReference::Env("POOLPROOF_NO_SUCH_VARIABLE".into()).resolve().await.expect_err("not set");
    assert!(error.contains("POOLPROOF_NO_SUCH_VARIABLE"));
    let nothing = SecretCommand { words: Vec::new(), within: None };
    assert!(SecretReference::Command(nothing).resolve().await.is_err());
}

#[test]
fn a_command_is_written_as_words_or_with_its_time() {
    let read = |text: &str| serde_json::from_str::<SecretReference>(text);
    for text in [r#"{"command":["pass","probe1"]}"#, r#"{"command":{"run":["pass","probe1"],"within":"2m"}}"#] {
        let reference = read(text).expect("a reference");
        assert_eq!(serde_json::to_string(&reference).expect("JSON"), text);
    }
    for wrong in [
        r#"{"command":{"run":["pass"],"within":"0s"}}"#,
        r#"{"command":"pass"}"#,
        r#"{"command":{"run":["pass"],"wihtin":"2m"}}"#,
        r#"{"command":{}}"#,
    ] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}

#[cfg(unix)]
mod commands {
    use std::time::{Duration as Time, Instant};

    use super::*;

    /// Nothing here waits for it, and a busy machine doesn't reach it.
    const PATIENT: Time = Time::from_mins(5);
    const SHORT: Time = Time::from_millis(200);

    async fn told(script: &str, within: Time) -> Result<String, String> {
        super::command::run(&["sh", "-c", script].map(str::to_owned), within).await
    }

    #[tokio::test]
    async fn a_command_gives_its_first_line() {
        let words = ["printf", "hunter2\\nmore\\n"].map(str::to_owned).to_vec();
        let secret = SecretReference::Command(SecretCommand { words, within: None }).resolve().await.expect("read");
        assert_eq!(secret.0.expose_secret(), "hunter2");
    }

    #[tokio::test]
    async fn its_complaints_are_told_nobody_and_its_end_is() {
        let failed = told("echo hunter2; echo the password is hunter2 >&2; exit 3", PATIENT).await;
        let failed = failed.expect_err("it failed");
        assert!(failed.contains("ended with exit status: 3: run it by hand"), "{failed}");
        assert!(!failed.contains("hunter2"), "{failed}");
    }

    #[tokio::test]
    async fn one_that_prints_without_end_is_ended() {
        let endless = told("exec yes hunter2", PATIENT).await.expect_err("too long");
        assert!(endless.contains("was ended: it printed more than 65536 bytes"), "{endless}");
        assert!(!endless.contains("hunter2"), "{endless}");
    }

    #[tokio::test]
    async fn one_that_asks_is_answered_by_nobody() {
        let read = told("read -r line && echo \"$line\"", PATIENT).await.expect_err("no input");
        assert!(read.contains("ended with exit status: 1"), "{read}");
        // What has a terminal would wait there for somebody who does not look.
        let asked = told("read -r line < /dev/tty && echo \"$line\"", PATIENT).await.expect_err("no terminal");
        assert!(asked.contains("no input and no terminal"), "{asked}");
    }

    /// Whether a process of this number is there and is no corpse.
    #[cfg(target_os = "linux")]
    fn lives(process: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
    }

    #[cfg(not(target_os = "linux"))]
    fn lives(process: &str) -> bool {
        let shown = std::process::Command::new("ps").args(["-o", "stat=", "-p", process]).output().expect("ps");
        let state = String::from_utf8_lossy(&shown.stdout).trim().to_owned();
        !state.is_empty() && !state.starts_with('Z')
    }

    /// Waits until it is gone.
    fn gone(file: &Path) {
        let process = std::fs::read_to_string(file).expect("it said who it is");
        let since = Instant::now();
        while lives(process.trim()) {
            assert!(since.elapsed() < PATIENT, "{process} lives");
            std::thread::sleep(Time::from_millis(5));
        }
    }

    /// A script that starts something, says who that is, and does the rest.
    fn starting(folder: &Path, rest: &str) -> (std::path::PathBuf, String) {
        let file = folder.join("child");
        let script = format!("sleep 1000 & echo $! > '{0}.new' && mv '{0}.new' '{0}'; {rest}", file.display());
        (file, script)
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_what_it_started() {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, script) = starting(folder.path(), "wait");
        // Long enough to have started it; else it is tried again with more.
        let mut within = SHORT;
        loop {
            let silent = told(&script, within).await.expect_err("it hangs");
            let wanted = format!("sh was ended: it gave no secret within {}", Duration(within));
            assert!(silent.contains(&wanted) && silent.contains("`within` gives it longer"), "{silent}");
            if child.exists() {
                break gone(&child);
            }
            within *= 4;
        }
    }

    #[tokio::test]
    async fn what_it_left_behind_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, script) = starting(folder.path(), "echo hunter2");
        assert_eq!(told(&script, PATIENT).await.as_deref(), Ok("hunter2\n"));
        gone(&child);
    }

    #[tokio::test]
    async fn it_ends_when_nobody_waits_for_it_any_more() {
        let folder = tempfile::tempdir().expect("a folder");
        let (child, script) = starting(folder.path(), "wait");
        let waiting = tokio::spawn(async move { told(&script, PATIENT).await });
        while !child.exists() {
            tokio::time::sleep(Time::from_millis(5)).await;
        }
        waiting.abort();
        assert!(waiting.await.is_err_and(|error| error.is_cancelled()));
        gone(&child);
    }

    #[tokio::test]
    async fn a_pipe_that_nobody_writes_to_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
        let error = read_within(&pipe.display().to_string(), Duration(SHORT)).await.expect_err("nobody writes");
        assert!(error.contains("there was no end of it within 200ms"), "{error}");
        // Lets the thread go.
        drop(std::fs::OpenOptions::new().write(true).open(&pipe).expect("it is read"));
    }
}
