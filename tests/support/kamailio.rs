//! Kamailio, a SIP server, over TLS on loopback.

use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{CertificateParams, KeyPair};
use tempfile::TempDir;

use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// How long it may take until it listens: on a busy machine, much longer than it does.
const PATIENCE: Duration = Duration::from_mins(1);

/// The program and its modules.
pub struct Kamailio {
    program: PathBuf,
    modules: PathBuf,
}

impl Kamailio {
    pub fn find() -> Result<Self, String> {
        let program = process::find("kamailio").map_err(|missing| format!("{missing} (Debian: kamailio)"))?;
        let modules = modules().ok_or("Kamailio's TLS module is missing (Debian: kamailio-tls-modules)")?;
        Ok(Self { program, modules })
    }

    /// Serves `contoso.test` with a certificate for these names.
    pub fn serve(&self, names: &[&str]) -> Server {
        until_ports_are_free(|| self.try_serve("kamailio.cfg", names, free_port(), &[]))
    }

    /// Serves two domains that are federated.
    #[allow(dead_code, reason = "a benchmark needs one")]
    pub fn federate(&self, domains: [&str; 2]) -> [Server; 2] {
        until_ports_are_free(|| {
            let (first, second) = (free_port(), free_port());
            let serve = |domain: &str, port: u16, peer: &str, peer_port: u16| {
                let peer_port = peer_port.to_string();
                let values = [("{domain}", domain), ("{peer}", peer), ("{peer_port}", peer_port.as_str())];
                self.try_serve("federated.cfg", &[&format!("sip.{domain}")], port, &values)
            };
            let [one, other] = domains;
            Ok([serve(one, first, other, second)?, serve(other, second, one, first)?])
        })
    }

    fn try_serve(
        &self,
        configuration: &str,
        names: &[&str],
        port: u16,
        values: &[(&str, &str)],
    ) -> Result<Server, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let key = KeyPair::generate().expect("a key");
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let certificate = CertificateParams::new(names).expect("names").self_signed(&key).expect("a certificate");
        std::fs::write(at("key.pem"), key.serialize_pem()).expect("a key's file");
        std::fs::write(at("cert.pem"), certificate.pem()).expect("a certificate's file");
        for name in [configuration, "tls.cfg"] {
            let template = std::fs::read_to_string(ours("kamailio").join(name)).expect("a template");
            let text = template
                .replace("{folder}", &folder.path().display().to_string())
                .replace("{port}", &port.to_string())
                .replace("{modules}", &self.modules.display().to_string());
            let text = values.iter().fold(text, |text, (name, value)| text.replace(name, value));
            std::fs::write(at(name), text).expect("a configuration");
        }
        let process = Command::new(&self.program)
            .args(["-DD", "-E", "-m", "64", "-M", "8"])
            .arg("-f")
            .arg(at(configuration))
            .arg("-Y")
            .arg(folder.path())
            .arg("-w")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(at("log")).expect("a log"))
            .spawn()
            .expect("Kamailio starts");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut server = Server { process: Process(process), folder, address, root: certificate.der().to_vec() };
        let started = Instant::now();
        loop {
            let ended = server.process.0.try_wait().expect("a status").is_some();
            if ended || started.elapsed() > PATIENCE {
                return Err(std::fs::read_to_string(server.folder.path().join("log")).unwrap_or_default());
            }
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What was free a moment ago may be taken when it is wanted.
fn until_ports_are_free<T>(serve: impl Fn() -> Result<T, String>) -> T {
    loop {
        match serve() {
            Ok(served) => return served,
            Err(log) if log.contains("Address already in use") => {}
            Err(log) => panic!("Kamailio doesn't start: {log}"),
        }
    }
}

/// Where Debian and others keep the modules.
fn modules() -> Option<PathBuf> {
    let libraries = ["/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64"].map(Path::new);
    let inner = libraries.iter().filter_map(|library| std::fs::read_dir(library).ok()).flatten().flatten();
    let folders = libraries.iter().map(|library| library.to_path_buf()).chain(inner.map(|entry| entry.path()));
    folders.map(|folder| folder.join("kamailio/modules")).find(|modules| modules.join("tls.so").is_file())
}

/// A server, up until it is dropped.
pub struct Server {
    // Ends before its folder does.
    process: Process,
    folder: TempDir,
    pub address: SocketAddr,
    /// Its certificate, in DER: self-signed, so its own root.
    pub root: Vec<u8>,
}

impl Drop for Server {
    /// Asked politely it ends the processes that it has started; killed it would leave them.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.process.0.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            drop(self.process.0.wait());
        }
    }
}
