//! Knot DNS, one view of a split horizon to a server, and `kdig` for a second opinion.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// How long a server may take until it answers: on a busy machine, much longer than it does.
const PATIENCE: Duration = Duration::from_mins(1);

/// The programs.
#[derive(Clone)]
pub struct Knot {
    knotd: PathBuf,
    kdig: PathBuf,
}

impl Knot {
    pub fn find() -> Result<Self, String> {
        let package = |package| move |missing| format!("{missing} (Debian: {package})");
        Ok(Self {
            knotd: process::find("knotd").map_err(package("knot"))?,
            kdig: process::find("kdig").map_err(package("knot-dnsutils"))?,
        })
    }

    /// Serves `contoso.test` as it is seen from a side, `fabrikam.test`, and fails to serve `unloaded.test`.
    pub fn serve(&self, view: View) -> NameServer {
        loop {
            match self.try_serve(view, free_port()) {
                Ok(server) => return server,
                // What was free a moment ago is taken now.
                Err(log) if log.contains("cannot bind address") => {}
                Err(log) => panic!("knotd doesn't start: {log}"),
            }
        }
    }

    fn try_serve(&self, view: View, port: u16) -> Result<NameServer, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().display().to_string();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let identity = format!("{view:?} {path}");
        let zone = ours(match view {
            View::Internal => "knot/internal.zone",
            View::External => "knot/external.zone",
        });
        let config = std::fs::read_to_string(ours("knot/knot.conf")).expect("a template");
        let config = [
            ("{folder}", path.as_str()),
            ("{listen}", &format!("127.0.0.1@{port}")),
            ("{identity}", &identity),
            ("{zone}", &zone.display().to_string()),
            ("{partner}", &ours("knot/partner.zone").display().to_string()),
        ]
        .iter()
        .fold(config, |config, (from, to)| config.replace(from, to));
        let file = folder.path().join("knot.conf");
        std::fs::write(&file, config).expect("a configuration");
        let log = folder.path().join("log");
        let process = Command::new(&self.knotd)
            .arg("--config")
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("knotd starts");
        let mut server = NameServer { process: Process(process), _folder: folder, address, kdig: self.kdig.clone() };
        let started = Instant::now();
        loop {
            let ended = server.process.0.try_wait().expect("a status").is_some();
            if ended || started.elapsed() > PATIENCE {
                return Err(std::fs::read_to_string(&log).unwrap_or_default());
            }
            if server.identity() == identity {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A side of the split horizon.
#[derive(Clone, Copy, Debug)]
pub enum View {
    Internal,
    External,
}

/// A name server, up until it is dropped.
pub struct NameServer {
    // Ends before its folder does.
    process: Process,
    _folder: TempDir,
    pub address: SocketAddr,
    kdig: PathBuf,
}

impl NameServer {
    fn identity(&self) -> String {
        let mut kdig = self.kdig();
        // Over TCP, where nobody listening is told at once.
        kdig.args(["+short", "+tcp", "+timeout=1", "+retry=0", "id.server", "CH", "TXT"]);
        // A server that isn't up yet is no answer.
        let output = kdig.stdin(Stdio::null()).output().expect("kdig starts");
        String::from_utf8_lossy(&output.stdout).trim().trim_matches('"').to_owned()
    }

    /// What `kdig` reads in the answer to a question.
    pub fn dig(&self, name: &str, kind: &str) -> Reply {
        let (out, _) = process::output(self.kdig().args(["+noall", "+header", "+answer", name, kind]));
        let status = out.split("status: ").nth(1).and_then(|rest| rest.split(';').next());
        let answers = out.lines().filter(|line| !line.is_empty() && !line.starts_with(";;")).map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [name, ttl, "IN", kind, data @ ..] = fields.as_slice() else { panic!("no record: {line}") };
            let ttl = ttl.parse().unwrap_or_else(|_| panic!("no lifetime: {line}"));
            Record { name: (*name).to_owned(), ttl, kind: (*kind).to_owned(), data: data.join(" ") }
        });
        let flags = out.lines().find_map(|line| line.strip_prefix(";; Flags:")).and_then(|rest| rest.split(';').next());
        Reply {
            answers: answers.collect(),
            authoritative: flags
                .unwrap_or_else(|| panic!("no flags: {out}"))
                .split_whitespace()
                .any(|flag| flag == "aa"),
            status: status.unwrap_or_else(|| panic!("no status: {out}")).to_ascii_lowercase(),
        }
    }

    fn kdig(&self) -> Command {
        let mut kdig = Command::new(&self.kdig);
        kdig.arg(format!("@{}", self.address.ip())).arg("-p").arg(self.address.port().to_string());
        kdig
    }
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: String,
    pub authoritative: bool,
    pub answers: Vec<Record>,
}

impl Reply {
    /// The answer's records of a type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Record> {
        self.answers.iter().filter(move |record| record.kind == kind)
    }
}

/// A record as zone files write it, names with their dot.
#[derive(Debug)]
pub struct Record {
    pub name: String,
    pub ttl: u32,
    pub kind: String,
    pub data: String,
}
