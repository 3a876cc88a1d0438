//! What happens, as it happens, as lines of JSON: for whoever follows a run from outside.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::event::{Event, Listener};
use super::files::Destination;

/// The version of the lines, told by the first one.
const VERSION: &str = "1.0";

/// Writes every event as a line of JSON, each with its name in `event` and its time in `at`.
///
/// A thread of its own writes: a reader that is slow holds nobody up, and one that is gone
/// ends the stream, not the run.
pub struct EventStream {
    lines: Mutex<Option<Sender<String>>>,
    writer: Mutex<Option<JoinHandle<io::Result<()>>>>,
}

impl EventStream {
    /// Begins a stream.
    ///
    /// # Errors
    /// The file can't be made.
    pub fn open(destination: &Destination) -> io::Result<Self> {
        Ok(match destination {
            Destination::Stdout => Self::to(io::stdout()),
            Destination::File(path) => Self::to(BufWriter::new(create(path)?)),
        })
    }

    /// Begins a stream to a writer.
    pub fn to(mut out: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = channel::<String>();
        let writer = std::thread::spawn(move || {
            // Each line is flushed where none waits behind it: whoever follows sees it at once.
            while let Ok(line) = waiting.recv() {
                out.write_all(line.as_bytes())?;
                for line in waiting.try_iter() {
                    out.write_all(line.as_bytes())?;
                }
                out.flush()?;
            }
            Ok(())
        });
        Self { lines: Mutex::new(Some(lines)), writer: Mutex::new(Some(writer)) }
    }

    /// Ends the stream and waits until all is written; what went wrong, if anything did.
    pub fn end(&self) -> Option<io::Error> {
        drop(self.lines.lock().ok()?.take());
        let writer = self.writer.lock().ok()?.take()?;
        match writer.join() {
            Ok(Ok(())) => None,
            // A reader that has seen enough is no trouble.
            Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => None,
            Ok(Err(error)) => Some(io::Error::new(error.kind(), format!("writing events: {error}"))),
            Err(_) => Some(io::Error::other("writing events: the writer ended early")),
        }
    }
}

impl Listener for EventStream {
    fn on(&self, event: &Event) {
        let mut line = told(event, Timestamp::now()).to_string();
        line.push('\n');
        if let Ok(lines) = self.lines.lock()
            && let Some(lines) = lines.as_ref()
        {
            // A reader that is gone is told at the end.
            drop(lines.send(line));
        }
    }
}

fn create(path: &Path) -> io::Result<std::fs::File> {
    let told = |error: io::Error| io::Error::new(error.kind(), format!("writing {}: {error}", path.display()));
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(told)?;
    }
    OpenOptions::new().write(true).create(true).truncate(true).open(path).map_err(told)
}

fn told(event: &Event, at: Timestamp) -> Value {
    let at = at.to_string();
    match event {
        Event::RunStarted { cases, questions } => {
            json!({"event": "run-started", "at": at, "version": VERSION, "cases": cases, "questions": questions})
        }
        Event::QuestionStarted { key, text } => {
            json!({"event": "question-started", "at": at, "question": key.0, "text": text})
        }
        Event::Retrying { key, attempt, error, wait } => json!({
            "event": "retrying", "at": at, "question": key.0, "attempt": attempt, "error": error, "wait_ms": ms(*wait)
        }),
        Event::QuestionFinished { key, ok, elapsed } => {
            json!({"event": "question-finished", "at": at, "question": key.0, "ok": ok, "elapsed_ms": ms(*elapsed)})
        }
        Event::Waiting { case, wait, left } => {
            json!({"event": "waiting", "at": at, "case": case, "wait_ms": ms(*wait), "left_ms": ms(*left)})
        }
        Event::CaseFinished(case) => json!({"event": "case-finished", "at": at, "case": **case}),
        Event::Interrupted => json!({"event": "interrupted", "at": at}),
        Event::RunFinished => json!({"event": "run-finished", "at": at}),
    }
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::report::sample::case;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("not poisoned").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Broken(io::ErrorKind);

    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_event_is_a_line_in_its_order() {
        let out = Shared::default();
        let stream = EventStream::to(out.clone());
        stream.on(&Event::RunStarted { cases: 1, questions: 0 });
        stream.on(&Event::CaseFinished(Arc::new(case("a[\u{2028}\n]").fail().0)));
        stream.on(&Event::RunFinished);
        assert!(stream.end().is_none());
        let text = String::from_utf8(out.0.lock().expect("not poisoned").clone()).expect("UTF-8");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let names: Vec<&str> = lines.iter().filter_map(|line| line["event"].as_str()).collect();
        assert_eq!(names, ["run-started", "case-finished", "run-finished"]);
        assert_eq!(lines[0]["version"], "1.0");
        assert_eq!(lines[1]["case"]["verdict"], "fail");
        assert!(lines.iter().all(|line| line["at"].as_str().is_some_and(|at| at.ends_with('Z'))));
    }

    #[test]
    fn a_reader_that_left_is_no_trouble_and_a_full_disk_is() {
        let gone = EventStream::to(Broken(io::ErrorKind::BrokenPipe));
        gone.on(&Event::RunFinished);
        assert!(gone.end().is_none());
        let full = EventStream::to(Broken(io::ErrorKind::StorageFull));
        full.on(&Event::RunFinished);
        assert_eq!(full.end().map(|error| error.kind()), Some(io::ErrorKind::StorageFull));
    }
}
