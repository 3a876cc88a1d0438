//! `OpenLDAP` with the product's schema, on loopback: over LDAPS and `StartTLS`, with as many
//! users as a test wants.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::authority::Identity;
use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// How long it may take until it listens: on a busy machine, much longer than it does.
const PATIENCE: Duration = Duration::from_mins(1);

/// Who reads: the account of the tests.
pub const READER: &str = "CN=reader,DC=contoso,DC=test";
pub const PASSWORD: &str = "a password of the tests";
/// As a domain controller has it: a thousand at once, more in pages.
pub const AS_USUAL: &str = "size.soft=1000 size.hard=1000 size.pr=1000 size.prtotal=unlimited";

/// The programs.
#[derive(Clone)]
pub struct OpenLdap {
    slapd: PathBuf,
    slapadd: PathBuf,
    ldapsearch: PathBuf,
}

impl OpenLdap {
    pub fn find() -> Result<Self, String> {
        let package = |package| move |missing| format!("{missing} (Debian: {package})");
        if !Path::new("/etc/ldap/schema/core.schema").is_file() {
            return Err("OpenLDAP's schemas are missing (Debian: slapd)".to_owned());
        }
        Ok(Self {
            slapd: process::find("slapd").map_err(package("slapd"))?,
            slapadd: process::find("slapadd").map_err(package("slapd"))?,
            ldapsearch: process::find("ldapsearch").map_err(package("ldap-utils"))?,
        })
    }

    /// Serves a directory. `write` writes what is in it, as LDIF, below `suffix`.
    pub fn serve(&self, suffix: &str, identity: &Identity, limits: &str, write: impl Fn(&mut dyn Write)) -> Directory {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("db")).expect("a folder");
        std::fs::write(at("cert.pem"), &identity.certificate).expect("a certificate");
        std::fs::write(at("key.pem"), &identity.key).expect("a key");
        let config = std::fs::read_to_string(ours("slapd/slapd.conf")).expect("a template");
        let config = config
            .replace("{folder}", &folder.path().display().to_string())
            .replace("{schema}", &ours("slapd/directory.schema").display().to_string())
            .replace("{suffix}", suffix)
            .replace("{sizelimit}", limits);
        std::fs::write(at("slapd.conf"), config).expect("a configuration");
        let mut ldif = BufWriter::new(File::create(at("data.ldif")).expect("a file"));
        write(&mut ldif);
        ldif.flush().expect("written");
        process::output(
            Command::new(&self.slapadd).arg("-q").arg("-f").arg(at("slapd.conf")).arg("-l").arg(at("data.ldif")),
        );
        loop {
            match self.try_serve(&folder) {
                Ok((process, ldap, ldaps)) => {
                    return Directory { process, folder, ldap, ldaps, ldapsearch: self.ldapsearch.clone() };
                }
                // What was free a moment ago is taken now.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("slapd doesn't start: {log}"),
            }
        }
    }

    fn try_serve(&self, folder: &TempDir) -> Result<(Process, SocketAddr, SocketAddr), String> {
        let [ldap, ldaps] = [free_port(), free_port()].map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        let log = folder.path().join("log");
        let process = Command::new(&self.slapd)
            .args(["-d", "stats", "-f"])
            .arg(folder.path().join("slapd.conf"))
            .args(["-h", &format!("ldap://{ldap} ldaps://{ldaps}")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).expect("a log"))
            .spawn()
            .expect("slapd starts");
        let (mut process, started) = (Process(process), Instant::now());
        loop {
            if process.0.try_wait().expect("a status").is_some() || started.elapsed() > PATIENCE {
                return Err(std::fs::read_to_string(&log).unwrap_or_default());
            }
            if [ldap, ldaps].iter().all(|address| TcpStream::connect(address).is_ok()) {
                return Ok((process, ldap, ldaps));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// A directory, up until it is dropped.
pub struct Directory {
    // Ends before its folder does.
    process: Process,
    folder: TempDir,
    pub ldap: SocketAddr,
    pub ldaps: SocketAddr,
    ldapsearch: PathBuf,
}

impl Directory {
    /// Kills it, in the middle of whatever it does.
    pub fn kill(&mut self) {
        drop(self.process.0.kill());
        drop(self.process.0.wait());
    }

    /// How many times anybody has signed in, or tried to.
    pub fn sign_ins(&self) -> usize {
        let log = std::fs::read_to_string(self.folder.path().join("log")).expect("a log");
        log.lines().filter(|line| line.contains(" BIND dn=") && line.contains("method=128")).count()
    }

    /// How many objects `ldapsearch` finds below a base: a second opinion.
    pub fn count(&self, base: &str, filter: &str) -> usize {
        let mut command = Command::new(&self.ldapsearch);
        command.args(["-x", "-LLL", "-o", "ldif-wrap=no", "-E", "pr=1000/noprompt", "-D", READER, "-w", PASSWORD]);
        command.args(["-H", &format!("ldaps://{}", self.ldaps), "-b", base, filter, "1.1"]);
        // Whom to trust is not this program's question.
        command.env("LDAPTLS_REQCERT", "never").current_dir(self.folder.path());
        let (out, _) = process::output(&mut command);
        out.lines().filter(|line| line.starts_with("dn:")).count()
    }
}
