//! A Samba domain controller with the product's schema. It takes fixed ports of 127.0.0.2,
//! so that there is one at a time on a machine.

use std::fs::File;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::authority::Identity;
use crate::peers::ours;
use crate::process::{self, Process};

/// How long it may take until it listens: on a busy machine, much longer than it does.
const PATIENCE: Duration = Duration::from_mins(2);
const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
pub const LDAP: SocketAddr = SocketAddr::new(ADDRESS, 389);
pub const LDAPS: SocketAddr = SocketAddr::new(ADDRESS, 636);

/// The administrator's password. It protects a directory that ends with the test.
pub const PASSWORD: &str = "Passw0rd.Adm1n";

/// The programs.
pub struct Samba {
    daemon: PathBuf,
    tool: PathBuf,
    modify: PathBuf,
}

impl Samba {
    pub fn find() -> Result<Self, String> {
        let package = |package| move |missing| format!("{missing} (Debian: {package})");
        let found = Self {
            daemon: process::find("samba").map_err(package("samba-ad-dc"))?,
            tool: process::find("samba-tool").map_err(package("samba-ad-provision"))?,
            modify: process::find("ldbmodify").map_err(package("ldb-tools"))?,
        };
        if !Path::new("/usr/share/samba/setup").is_dir() {
            return Err("Samba's set-up files are missing (Debian: samba-ad-provision)".to_owned());
        }
        // LDAP's ports are low ones, and Samba has no others.
        let (user, _) = process::output(Command::new("id").arg("-u"));
        if user.trim() != "0" {
            return Err("a Samba domain controller needs root".to_owned());
        }
        Ok(found)
    }

    /// Makes a domain `contoso.test` and serves it. `write` writes what is in it beside
    /// what every domain has, as LDIF of changes.
    pub fn serve(&self, identity: &Identity, root: &str, write: impl FnOnce(&mut dyn Write)) -> Controller {
        let lock = File::create(std::env::temp_dir().join("poolproof-samba.lock")).expect("a lock");
        lock.lock().expect("locked");
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        process::output(
            Command::new(&self.tool)
                .args(["domain", "provision", "--domain=CONTOSO", "--realm=CONTOSO.TEST", "--server-role=dc"])
                .args(["--dns-backend=NONE", "--host-name=dc1", "--host-ip=127.0.0.2"])
                .args(["--option=interfaces=127.0.0.2/8", "--option=bind interfaces only=yes"])
                .arg(format!("--adminpass={PASSWORD}"))
                .arg(format!("--targetdir={}", folder.path().display())),
        );
        for name in ["tls", "run"] {
            std::fs::create_dir_all(at(name)).expect("a folder");
        }
        for (name, text) in [("cert.pem", &*identity.certificate), ("key.pem", &*identity.key), ("ca.pem", root)] {
            std::fs::write(at("tls").join(name), text).expect("a file");
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // Samba refuses a key that others can read.
            std::fs::set_permissions(at("tls").join("key.pem"), PermissionsExt::from_mode(0o600)).expect("permissions");
        }
        let config = std::fs::read_to_string(ours("samba/smb.conf")).expect("a template");
        let config = config.replace("{folder}", &folder.path().display().to_string());
        std::fs::write(at("smb.conf"), config).expect("a configuration");
        for name in ["attributes", "classes", "extensions"] {
            self.change(&folder, &ours(&format!("samba/{name}.ldif")));
        }
        let mut ldif = File::create(at("data.ldif")).expect("a file");
        write(&mut ldif);
        self.change(&folder, &at("data.ldif"));
        let process = Command::new(&self.daemon)
            .arg("-s")
            .arg(at("smb.conf"))
            .args(["-F", "--no-process-group", "-M", "single"])
            .stdin(Stdio::null())
            .stdout(File::create(at("out.log")).expect("a log"))
            .stderr(File::create(at("err.log")).expect("a log"))
            .spawn()
            .expect("samba starts");
        let mut controller = Controller { process: Process(process), folder, _lock: lock };
        let started = Instant::now();
        while TcpStream::connect(LDAPS).is_err() || TcpStream::connect(LDAP).is_err() {
            let ended = controller.process.0.try_wait().expect("a status").is_some();
            assert!(!ended && started.elapsed() < PATIENCE, "samba doesn't start: {}", controller.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        controller
    }

    fn change(&self, folder: &TempDir, ldif: &Path) {
        process::output(
            Command::new(&self.modify)
                .arg("-H")
                .arg(folder.path().join("private/sam.ldb"))
                .arg(format!("--configfile={}", folder.path().join("smb.conf").display()))
                .arg("--option=dsdb:schema update allowed=true")
                .arg(ldif),
        );
    }
}

/// A domain controller, up until it is dropped.
pub struct Controller {
    // Ends before its folder does, and others may start then.
    process: Process,
    folder: TempDir,
    _lock: File,
}

impl Controller {
    fn log(&self) -> String {
        ["out.log", "err.log"]
            .map(|name| std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default())
            .concat()
    }
}

impl Drop for Controller {
    /// Asked politely it ends the processes that it has started; killed it would leave them.
    fn drop(&mut self) {
        let asked = Command::new("kill").arg(self.process.0.id().to_string()).status();
        if asked.is_ok_and(|status| status.success()) {
            drop(self.process.0.wait());
        }
    }
}
