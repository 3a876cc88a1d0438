//! libnice: a media relay on its codec, and a client of media relays. Both are small
//! programs of ours in C, made where its headers are.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;

use tempfile::TempDir;

use crate::daemon;
use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// Both programs.
#[derive(Clone)]
pub struct Nice(Arc<TempDir>);

impl Nice {
    pub fn find() -> Result<Self, String> {
        let compiler = process::find("cc")?;
        let flags = Command::new("pkg-config").args(["--cflags", "--libs", "nice"]).stdin(Stdio::null()).output();
        let flags = flags.map_err(|error| format!("pkg-config: {error}"))?;
        if !flags.status.success() {
            return Err("the headers of libnice are missing (libnice-dev)".to_owned());
        }
        let flags = String::from_utf8_lossy(&flags.stdout).into_owned();
        let folder = tempfile::tempdir().expect("a folder");
        for program in ["server", "client"] {
            let mut command = Command::new(&compiler);
            command.arg(ours(&format!("nice/{program}.c"))).args(flags.split_whitespace());
            process::output(command.arg("-o").arg(folder.path().join(program)));
        }
        Ok(Self(Arc::new(folder)))
    }

    fn program(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A media relay that knows one user.
    pub fn serve(&self, user: &str, password: &str) -> Relay {
        loop {
            let (port, folder) = (free_port(), tempfile::tempdir().expect("a folder"));
            let mut command = Command::new(self.program("server"));
            command.args([&port.to_string(), user, password]);
            let address = SocketAddr::from(([127, 0, 0, 1], port));
            match daemon::start(&mut command, folder.path(), "relay", &[address]) {
                Ok(process) => return Relay { address, _process: process, _folder: folder },
                // Somebody else was quicker.
                Err(said) if said.contains("Address already in use") => {}
                Err(said) => panic!("{said}"),
            }
        }
    }

    /// Whether the client is given a relayed address, and all that it says.
    pub fn allocate(&self, at: SocketAddr, user: &str, password: &str, way: &str) -> (bool, String) {
        let mut command = Command::new(self.program("client"));
        command.args([&at.ip().to_string(), &at.port().to_string(), user, password, way]);
        let output = command.stdin(Stdio::null()).output().expect("it runs");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A media relay.
pub struct Relay {
    pub address: SocketAddr,
    _process: Process,
    _folder: TempDir,
}
