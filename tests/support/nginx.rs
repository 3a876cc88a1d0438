//! nginx, a web server and reverse proxy, on loopback.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;
use tempfile::TempDir;

use crate::authority::Authority;
use crate::daemon;
use crate::peers::ours;
use crate::ports::free_port;
use crate::process::{self, Process};

/// The program.
pub struct Nginx(PathBuf);

impl Nginx {
    pub fn find() -> Result<Self, String> {
        process::find("nginx").map(Self).map_err(|missing| format!("{missing} (Debian: nginx)"))
    }

    /// Serves what `tests/peers/nginx/nginx.conf` says.
    pub fn serve(&self) -> Server {
        loop {
            match self.try_serve() {
                Ok(server) => return server,
                // What was free a moment ago is taken now.
                Err(log) if log.contains("Address already in use") => {}
                Err(log) => panic!("nginx doesn't start: {log}"),
            }
        }
    }

    fn try_serve(&self) -> Result<Server, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let authority = Authority::new();
        authority.issue(
            folder.path(),
            "web",
            &["web02.contoso.test", "lyncdiscover.contoso.test", "meet.contoso.test"],
        );
        authority.issue(folder.path(), "other", &["other.contoso.test"]);
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        packed.write_all(br#"{"packed": true}"#).expect("packed");
        std::fs::write(at("packed.json"), packed.finish().expect("packed")).expect("a file");
        std::fs::write(at("slow.txt"), "slow\n".repeat(1_000)).expect("a file");
        let (tls, plain, old) = (free_port(), free_port(), free_port());
        let text = [tls, plain, old].map(|port| port.to_string());
        let values = [
            ("folder", &*folder.path().display().to_string()),
            ("tls", &text[0]),
            ("plain", &text[1]),
            ("old", &text[2]),
        ];
        std::fs::write(at("nginx.conf"), daemon::fill(&ours("nginx").join("nginx.conf"), &values)).expect("written");
        let mut command = Command::new(&self.0);
        command.arg("-p").arg(folder.path()).arg("-c").arg(at("nginx.conf")).arg("-e").arg("stderr");
        let address = |host: &str, port| SocketAddr::new(host.parse().expect(host), port);
        let (first, second) = (address("127.0.0.1", tls), address("127.0.0.2", tls));
        let (plain, old) = (address("127.0.0.1", plain), address("127.0.0.1", old));
        let process = daemon::start(&mut command, folder.path(), "nginx", &[first, second, plain, old])?;
        let root = authority.root();
        Ok(Server { tls: first, second, plain, old, root, _process: process, _folder: folder })
    }
}

/// A server, up until it is dropped.
pub struct Server {
    /// HTTPS, HTTP/2 and 1.1.
    pub tls: SocketAddr,
    /// The same at another address.
    pub second: SocketAddr,
    /// HTTP.
    pub plain: SocketAddr,
    /// HTTPS, HTTP/1.1 alone.
    pub old: SocketAddr,
    /// The root of its certificates, in DER.
    pub root: Vec<u8>,
    // Ends before its folder does.
    _process: Process,
    _folder: TempDir,
}
