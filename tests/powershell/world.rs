//! How the tests run the stand-in.

use std::future::Future;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use poolproof::powershell::Shell;

use super::stand_in::WORD;

/// Long enough for a busy machine; nothing waits for it.
pub const PATIENT: Duration = Duration::from_mins(2);

/// A shell that is a stand-in.
pub fn shell(words: &[&str]) -> Shell {
    let me = std::env::current_exe().expect("a path").display().to_string();
    let command = [me.as_str(), WORD].into_iter().chain(words.iter().copied()).map(str::to_owned).collect();
    Shell { command, timeout: PATIENT, silence: PATIENT, ..Shell::default() }
}

/// Runs a test's future.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(future)
}

/// Where processes hold connections as long as they live.
pub struct Lifelines {
    port: u16,
    thread: JoinHandle<()>,
}

impl Lifelines {
    /// For so many processes. Each is told when all of them are there.
    pub fn of(count: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let thread = std::thread::spawn(move || {
            let mut held: Vec<_> = (0..count).map(|_| listener.accept().expect("a connection").0).collect();
            for connection in &mut held {
                connection.write_all(b"!").expect("it lives");
                connection.set_read_timeout(Some(PATIENT)).expect("a limit");
            }
            for mut connection in held {
                // A process that is ended hard may reset it.
                match connection.read(&mut [0]) {
                    Ok(0) => {}
                    Ok(_) => panic!("it speaks"),
                    Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "{error}"),
                }
            }
        });
        Self { port, thread }
    }

    pub fn port(&self) -> String {
        self.port.to_string()
    }

    /// Waits until each has ended.
    pub fn all_end(self) {
        self.thread.join().expect("all ended");
    }
}
