//! A command that gives a secret: listened to for so long and so much, and ended.

use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use process_wrap::tokio::CommandWrap;
use tokio::io::AsyncReadExt;
use tokio::process::ChildStdout;

use super::LONGEST;
use crate::child::Child;
use crate::values;

/// What whoever has to mend it should know.
const ALONE: &str = "run it by hand to see why; here it has no input and no terminal, so that it can ask nobody";

/// What a command prints. It is ended, with all that it started, when it is done, takes too
/// long or says too much, and when nobody waits for it any more.
///
/// # Errors
/// Why it gave none. What it said is not in it: that may be the secret.
pub(super) async fn run(words: &[String], within: Duration) -> Result<String, String> {
    let (program, arguments) = words.split_first().ok_or("the secret's command is empty")?;
    let told = |why: String| format!("the secret's command {program} {why}");
    let wrapped = CommandWrap::with_new(program, |command| {
        // What it complains of may hold the secret, and is told nobody.
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    });
    let mut child = Child::in_session(wrapped).map_err(|error| told(format!("can't be run: {error}")))?;
    let Some(stdout) = child.stdout() else { return Err(told("was started without its output".to_owned())) };
    // The one that is in trouble first ends the other: nobody listens to a program that is
    // ended, and one that nobody listens to would never end.
    let both = async { tokio::try_join!(listen(stdout), leave(child, within)) };
    let (heard, status) = match tokio::time::timeout(within, both).await {
        Ok(both) => both.map_err(|trouble| told(trouble.in_words(within)))?,
        Err(_) => return Err(told(Trouble::Slow.in_words(within))),
    };
    if !status.success() {
        return Err(told(format!("ended with {status}: {ALONE}")));
    }
    String::from_utf8(heard).map_err(|_| told("printed no UTF-8".to_owned()))
}

/// Why there is no secret.
enum Trouble {
    Slow,
    Long,
    Unreadable(std::io::Error),
}

impl Trouble {
    fn in_words(&self, within: Duration) -> String {
        match self {
            Self::Slow => {
                let within = values::Duration(within);
                format!("was ended: it gave no secret within {within}; {ALONE}. `within` gives it longer")
            }
            Self::Long => {
                format!("was ended: it printed more than {LONGEST} bytes, and its first line is all that counts")
            }
            Self::Unreadable(error) => format!("can't be read: {error}"),
        }
    }
}

/// All that it prints.
async fn listen(stdout: ChildStdout) -> Result<Vec<u8>, Trouble> {
    let mut heard = Vec::new();
    stdout.take(LONGEST + 1).read_to_end(&mut heard).await.map_err(Trouble::Unreadable)?;
    if heard.len() as u64 > LONGEST { Err(Trouble::Long) } else { Ok(heard) }
}

/// Its end. What it left behind and would hold its output open is ended too.
async fn leave(child: Child, within: Duration) -> Result<ExitStatus, Trouble> {
    child.end(within).await.ok_or(Trouble::Slow)
}
