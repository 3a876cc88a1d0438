//! sipp behind stunnel: a SIP server with the answers of a script, and a SIP client.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::authority::Authority;
use crate::daemon;
use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// Both programs.
pub struct Sipp {
    sipp: PathBuf,
    stunnel: PathBuf,
}

impl Sipp {
    pub fn find() -> Result<Self, String> {
        let sipp = process::find("sipp").map_err(|missing| format!("{missing} (Debian: sip-tester)"))?;
        let stunnel = process::find("stunnel").map_err(|missing| format!("{missing} (Debian: stunnel4)"))?;
        Ok(Self { sipp, stunnel })
    }

    /// Answers OPTIONS over TLS, under these names.
    pub fn answering(&self, answer: &str, names: &[&str]) -> Server {
        self.answering_by("", answer, names)
    }

    /// The same, with stunnel's options for its TLS.
    pub fn answering_by(&self, tls: &str, answer: &str, names: &[&str]) -> Server {
        loop {
            match self.try_answering(tls, answer, names) {
                Ok(server) => return server,
                // What was free a moment ago is taken now.
                Err(log) if is_taken(&log) => {}
                Err(log) => panic!("sipp or stunnel doesn't start: {log}"),
            }
        }
    }

    /// Plays a script of `tests/peers/sipp` over TLS, with these values in it, under these names.
    #[allow(dead_code, reason = "not every test plays one")]
    pub fn playing(&self, script: &str, values: &[(&str, &str)], names: &[&str]) -> Server {
        loop {
            match self.try_playing("", script, values, names) {
                Ok(server) => return server,
                Err(log) if is_taken(&log) => {}
                Err(log) => panic!("sipp or stunnel doesn't start: {log}"),
            }
        }
    }

    fn try_answering(&self, tls: &str, answer: &str, names: &[&str]) -> Result<Server, String> {
        self.try_playing(tls, "answer.xml", &[("answer", answer)], names)
    }

    fn try_playing(&self, tls: &str, name: &str, values: &[(&str, &str)], names: &[&str]) -> Result<Server, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let authority = Authority::new();
        authority.issue(path, "sipp", names);
        let script = daemon::fill(&ours("sipp").join(name), values);
        std::fs::write(path.join(name), script).expect("written");
        let (inner, outer) = (local(free_port()), local(free_port()));
        let mut command = self.command(path, name);
        command.args(["-t", "tn", "-i", "127.0.0.1", "-p", &inner.port().to_string()]);
        let sipp = daemon::start(&mut command, path, "sipp", &[inner])?;
        let service = format!("accept = {outer}\nconnect = {inner}\ncert = sipp.pem\nkey = sipp.key\n{tls}");
        let stunnel = self.tunnel(path, &service, outer)?;
        Ok(Server { address: outer, root: authority.root(), _processes: [stunnel, sipp], _folder: folder })
    }

    /// Asks the server once over TLS; `Err` is what sipp says where no answer has this
    /// status and a line that the expression finds.
    pub fn ask(&self, server: SocketAddr, name: &str, root: &str, status: u16, expected: &str) -> Result<(), String> {
        loop {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path();
            std::fs::write(path.join("root.pem"), root).expect("written");
            let values = [("status", &*status.to_string()), ("expected", expected)];
            let script = daemon::fill(&ours("sipp").join("ask.xml"), &values);
            std::fs::write(path.join("ask.xml"), script).expect("written");
            let inner = local(free_port());
            let service = format!(
                "client = yes\naccept = {inner}\nconnect = {server}\nCAfile = root.pem\nverifyChain = yes\ncheckHost = {name}\nsni = {name}\n"
            );
            let _stunnel = match self.tunnel(path, &service, inner) {
                Ok(stunnel) => stunnel,
                Err(log) if is_taken(&log) => continue,
                Err(log) => panic!("stunnel doesn't start: {log}"),
            };
            let mut command = self.command(path, "ask.xml");
            command.args(["-t", "t1", "-m", "1", "-i", "127.0.0.1", "-p", &free_port().to_string(), "-trace_msg"]);
            // It would end a call that failed by BYE, and wait for the answer.
            command.args(["-default_behaviors", "all,-bye"]);
            command.args(["-message_file", "messages"]).arg(inner.to_string()).current_dir(path);
            let output = command.output().expect("sipp starts");
            if output.status.success() {
                return Ok(());
            }
            let read = |name: &str| std::fs::read_to_string(path.join(name)).unwrap_or_default();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            return Err(format!("{}\n{said}\n{}\n{}", output.status, read("messages"), read("stunnel.log")));
        }
    }

    fn command(&self, folder: &Path, script: &str) -> Command {
        let mut command = Command::new(&self.sipp);
        // Its default wants more files than a user may open.
        command.args(["-nostdin", "-max_socket", "500", "-sf"]).arg(folder.join(script));
        command.args(["-key", "sp", " ", "-key", "tab", "\t", "-key", "lf", "\n", "-key", "crlf", "\r\n"]);
        command
    }

    fn tunnel(&self, folder: &Path, service: &str, at: SocketAddr) -> Result<Process, String> {
        let text = format!("foreground = yes\npid =\nsyslog = no\n[sip]\nsslVersionMin = TLSv1.2\n{service}");
        std::fs::write(folder.join("stunnel.conf"), text).expect("written");
        let mut command = Command::new(&self.stunnel);
        daemon::start(command.arg(folder.join("stunnel.conf")), folder, "stunnel", &[at])
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

fn is_taken(log: &str) -> bool {
    ["Address already in use", "Unable to bind"].iter().any(|words| log.contains(words))
}

/// A server, up until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    /// The root of its certificate, in DER.
    pub root: Vec<u8>,
    // End before their folder does.
    _processes: [Process; 2],
    _folder: TempDir,
}
