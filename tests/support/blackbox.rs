//! The blackbox exporter, which asks servers for a monitoring system.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::daemon;
use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// The program.
pub struct Blackbox(PathBuf);

impl Blackbox {
    pub fn find() -> Result<Self, String> {
        let debian = "prometheus-blackbox-exporter";
        let found = process::find(debian).or_else(|_| process::find("blackbox_exporter"));
        found.map(Self).map_err(|_| format!("blackbox_exporter is missing (Debian: {debian})"))
    }

    /// Started with `tests/peers/blackbox/blackbox.yml`, its places filled, and this root to trust, in PEM.
    pub fn start(&self, root: &str, values: &[(&str, &str)]) -> Exporter {
        loop {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path();
            std::fs::write(path.join("root.pem"), root).expect("written");
            let mut all = vec![("folder", path.to_str().expect("text"))];
            all.extend(values);
            let config = daemon::fill(&ours("blackbox").join("blackbox.yml"), &all);
            std::fs::write(path.join("blackbox.yml"), config).expect("written");
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            let mut command = Command::new(&self.0);
            command.arg("--config.file=blackbox.yml").arg(format!("--web.listen-address={address}"));
            match daemon::start(&mut command, path, "blackbox", &[address]) {
                Ok(process) => return Exporter { address, _process: process, _folder: folder },
                Err(log) if log.contains("address already in use") => {}
                Err(log) => panic!("the blackbox exporter doesn't start: {log}"),
            }
        }
    }
}

/// An exporter, up until it is dropped.
pub struct Exporter {
    pub address: SocketAddr,
    // Ends before its folder does.
    _process: Process,
    _folder: TempDir,
}

impl Exporter {
    /// Probes once; `Err` is what it has to say, where it is not content.
    pub fn probe(&self, module: &str, target: &str) -> Result<(), String> {
        let mut stream = TcpStream::connect(self.address).expect("it listens");
        let request = format!("GET /probe?module={module}&target={target}&debug=true HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        if answer.lines().any(|line| line == "probe_success 1") { Ok(()) } else { Err(answer) }
    }
}
