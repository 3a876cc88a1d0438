//! Servers that are not ours: started, waited for, and ended.

use std::fs::File;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::process::Process;

/// How long it may take until it listens: on a busy machine, much longer than it does.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts a server, its output in `<folder>/<name>.log`, and waits until it listens at each
/// address.
///
/// # Errors
/// It ended, or doesn't listen: what it said.
pub fn start(command: &mut Command, folder: &Path, name: &str, addresses: &[SocketAddr]) -> Result<Process, String> {
    let path = folder.join(format!("{name}.log"));
    let log = File::create(&path).expect("a log");
    let output = log.try_clone().expect("the log");
    let child = command.current_dir(folder).stdin(Stdio::null()).stdout(output).stderr(log).spawn();
    let mut process = Process(child.unwrap_or_else(|error| panic!("{command:?}: {error}")));
    let started = Instant::now();
    loop {
        let ended = process.0.try_wait().expect("a status").is_some();
        if ended || started.elapsed() > PATIENCE {
            return Err(std::fs::read_to_string(&path).unwrap_or_default());
        }
        if addresses.iter().all(|address| TcpStream::connect(address).is_ok()) {
            return Ok(process);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Fills a template of `tests/peers`.
pub fn fill(template: &Path, values: &[(&str, &str)]) -> String {
    let text = std::fs::read_to_string(template).unwrap_or_else(|error| panic!("{}: {error}", template.display()));
    values.iter().fold(text, |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}
