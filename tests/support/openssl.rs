//! The `openssl` command: a certificate authority, TLS servers of every age, and a second
//! opinion about both.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, OnceLock};

use tempfile::TempDir;

use crate::peers::ours;
use crate::process::{self, Process};

/// The program.
#[derive(Clone)]
pub struct OpenSsl(PathBuf);

impl OpenSsl {
    pub fn find() -> Result<Self, String> {
        let program = process::find("openssl")?;
        let (version, _) = process::output(Command::new(&program).arg("version"));
        if version.starts_with("OpenSSL 3.") {
            Ok(Self(program))
        } else {
            Err(format!("{} is not OpenSSL 3", version.trim()))
        }
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.0);
        command.env("OPENSSL_CONF", ours("openssl.cnf"));
        command
    }

    /// The name that IANA gave to a cipher suite.
    pub fn iana_name(&self, suite: &str) -> String {
        let (out, _) = process::output(self.command().args(["ciphers", "-stdname", "ALL:@SECLEVEL=0"]));
        let found = out.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            let (iana, theirs) = (words.next()?, words.nth(1)?);
            (theirs == suite).then(|| iana.to_owned())
        });
        found.unwrap_or_else(|| panic!("openssl doesn't know {suite}"))
    }

    /// One line that `openssl x509` prints of a certificate, without its label: `-enddate`, `-serial`.
    pub fn x509(&self, certificate: &Path, print: &[&str]) -> String {
        let (out, _) = process::output(self.command().args(["x509", "-noout", "-in"]).arg(certificate).args(print));
        out.trim().split_once('=').unwrap_or_else(|| panic!("{print:?}: {out}")).1.to_owned()
    }

    /// What `openssl s_client` says of a server, whatever its certificate is worth.
    pub fn client(&self, server: SocketAddr, arguments: &[&str]) -> Seen {
        let mut command = self.command();
        command.args(["s_client", "-brief", "-connect", &server.to_string()]).args(arguments);
        let (out, err) = process::output(&mut command);
        let all = format!("{out}{err}");
        let line =
            |label: &str| all.lines().find_map(|line| line.strip_prefix(label)).map(|text| text.trim().to_owned());
        Seen {
            version: line("Protocol version:").unwrap_or_else(|| panic!("no handshake: {all}")),
            suite: line("Ciphersuite:").unwrap_or_else(|| panic!("no handshake: {all}")),
            complaint: line("Verification error:"),
        }
    }

    /// An RSA key, as PEM. Making one takes a while, so that servers of the usual length share theirs.
    fn key(&self, wanted: &Wanted) -> String {
        static USUAL: OnceLock<String> = OnceLock::new();
        let make = || {
            let length = format!("rsa_keygen_bits:{}", wanted.bits);
            process::output(self.command().args(["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", &length])).0
        };
        if wanted.bits == 2048 && !wanted.authority { USUAL.get_or_init(make).clone() } else { make() }
    }

    /// A certificate authority, thrown away with its last certificate.
    pub fn authority(&self) -> Authority {
        let authority = Authority::in_folder(self);
        let path = |name: &str| authority.path(name);
        process::output(
            self.command()
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "rsa:2048",
                    "-nodes",
                    "-days",
                    "3650",
                    "-subj",
                    "/CN=Contoso Test CA",
                ])
                .args([
                    "-addext",
                    "basicConstraints=critical,CA:TRUE",
                    "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign",
                ])
                .arg("-keyout")
                .arg(path("ca.key"))
                .arg("-out")
                .arg(path("ca.pem")),
        );
        authority
    }

    /// A server that shows the certificate, with more arguments of `openssl s_server`.
    pub fn serve(&self, identity: &Identity, arguments: &[&str]) -> Server {
        let errors = tempfile::NamedTempFile::new().expect("a file");
        let mut command = self.command();
        // The system gives the port. It answers HTTP, so that it asks its own standard input for nothing.
        command.args(["s_server", "-www", "-accept", "127.0.0.1:0", "-cert"]).arg(&identity.certificate);
        command.arg("-key").arg(&identity.key).args(arguments);
        if let Some(chain) = &identity.chain {
            command.arg("-cert_chain").arg(chain);
        }
        let stderr = File::create(errors.path()).expect("a file");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(stderr).spawn().expect("openssl starts");
        let mut process = Process(child);
        let mut lines = BufReader::new(process.0.stdout.take().expect("a pipe")).lines();
        let accepts = lines.by_ref().map_while(Result::ok).find_map(|line| {
            line.strip_prefix("ACCEPT ").map(|address| address.parse().unwrap_or_else(|_| panic!("no address: {line}")))
        });
        let said = || std::fs::read_to_string(errors.path()).unwrap_or_default();
        let address = accepts.unwrap_or_else(|| panic!("openssl s_server doesn't start: {}", said()));
        // Until it ends, so that it never waits for a reader.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Server { address, _process: process }
    }
}

/// What a client saw.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    /// `TLSv1.2`.
    pub version: String,
    /// By OpenSSL's own name.
    pub suite: String,
    /// Why it doesn't trust the server.
    pub complaint: Option<String>,
}

/// A TLS server, up until it is dropped.
pub struct Server {
    pub address: SocketAddr,
    _process: Process,
}

/// A certificate authority.
pub struct Authority {
    openssl: OpenSsl,
    folder: Arc<TempDir>,
    /// Its own certificate, where it is no root.
    chain: Option<PathBuf>,
}

impl Authority {
    fn in_folder(openssl: &OpenSsl) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("index.txt"), "").expect("an empty database");
        Self { openssl: openssl.clone(), folder: Arc::new(folder), chain: None }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Its certificate, as PEM.
    pub fn root(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// Its certificate, as DER.
    pub fn der(&self) -> Vec<u8> {
        let der = self.path("ca.der");
        let mut command = self.openssl.command();
        process::output(command.args(["x509", "-outform", "DER", "-in"]).arg(self.root()).arg("-out").arg(&der));
        std::fs::read(der).expect("a certificate")
    }

    /// An authority below this one.
    pub fn intermediate(&self) -> Self {
        let below = Self::in_folder(&self.openssl);
        let identity = self.sign(&Wanted { authority: true, ..Wanted::server(&[]) });
        std::fs::copy(&identity.certificate, below.path("ca.pem")).expect("copied");
        std::fs::copy(&identity.key, below.path("ca.key")).expect("copied");
        Self { chain: Some(below.path("ca.pem")), ..below }
    }

    /// A certificate for a server.
    pub fn issue(&self, names: &[&str]) -> Identity {
        self.sign(&Wanted::server(names))
    }

    /// A certificate as it is wanted.
    pub fn sign(&self, wanted: &Wanted) -> Identity {
        let folder = tempfile::tempdir_in(self.folder.path()).expect("a folder").keep();
        let path = |name: &str| folder.join(name);
        self.request(wanted, &[], &path("key.pem"), &path("request.pem"));
        let mut command = self.openssl.command();
        command.current_dir(self.folder.path());
        command.args(["ca", "-batch", "-notext", "-config"]).arg(ours("openssl.cnf"));
        command.args(["-cert", "ca.pem", "-keyfile", "ca.key", "-md", wanted.digest]);
        command.arg("-in").arg(path("request.pem")).arg("-out").arg(path("certificate.pem"));
        match wanted.dates {
            Some((from, until)) => command.args(["-startdate", from, "-enddate", until]),
            None => command.args(["-days", "90"]),
        };
        process::output(&mut command);
        Identity {
            certificate: path("certificate.pem"),
            key: path("key.pem"),
            chain: self.chain.clone(),
            _folder: Arc::clone(&self.folder),
        }
    }

    /// A certificate that nobody but itself stands for.
    pub fn self_signed(&self, names: &[&str]) -> Identity {
        let folder = tempfile::tempdir_in(self.folder.path()).expect("a folder").keep();
        let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
        self.request(&Wanted::server(names), &["-x509", "-days", "90"], &key, &certificate);
        Identity { certificate, key, chain: None, _folder: Arc::clone(&self.folder) }
    }

    fn request(&self, wanted: &Wanted, arguments: &[&str], key: &Path, out: &Path) {
        let subject = format!("/CN={}", wanted.names.first().unwrap_or(&"Contoso Issuing CA"));
        std::fs::write(key, self.openssl.key(wanted)).expect("written");
        let mut command = self.openssl.command();
        command.args(["req", "-new", "-subj", &subject, "-key"]).arg(key);
        if wanted.authority {
            command.args(["-addext", "basicConstraints=critical,CA:TRUE"]);
        } else {
            let names: Vec<String> = wanted.names.iter().map(|name| format!("DNS:{name}")).collect();
            command.args(["-addext", &format!("subjectAltName={}", names.join(","))]);
            command.args(["-addext", "extendedKeyUsage=serverAuth,clientAuth"]);
            command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
        }
        process::output(command.args(arguments).arg("-out").arg(out));
    }
}

/// How a certificate shall be.
pub struct Wanted<'a> {
    pub names: &'a [&'a str],
    /// The length of its RSA key.
    pub bits: u32,
    pub digest: &'a str,
    /// From and until, as `20200101000000Z`; 90 days from now on else.
    pub dates: Option<(&'a str, &'a str)>,
    /// Whether it may issue others.
    pub authority: bool,
}

impl<'a> Wanted<'a> {
    /// As it should be.
    pub fn server(names: &'a [&'a str]) -> Self {
        Self { names, bits: 2048, digest: "sha256", dates: None, authority: false }
    }
}

/// A certificate and its key.
pub struct Identity {
    pub certificate: PathBuf,
    pub key: PathBuf,
    /// What is sent with it.
    chain: Option<PathBuf>,
    _folder: Arc<TempDir>,
}

impl Identity {
    /// The same, sent alone.
    pub fn without_chain(self) -> Self {
        Self { chain: None, ..self }
    }
}
