//! A program that keeps the contract of the scripts, or breaks it in one way.
//!
//! It is started as PowerShell is, reads what PowerShell is given, and writes what the
//! scripts would make PowerShell write.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio, exit};

use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

use super::act;

/// The first argument of a stand-in; the second says how it behaves.
pub const WORD: &str = "stand-in";
/// The first argument of what a stand-in starts itself.
pub const CHILD: &str = "stand-in-child";

/// Behaves.
pub fn run(words: &[String]) -> ! {
    let (behaviour, arguments) = words.split_first().expect("a behaviour");
    let mut input = String::new();
    if behaviour != "exits-at-once" {
        std::io::stdin().lock().read_to_string(&mut input).expect("text");
    }
    let request = input.lines().next().map(|line| serde_json::from_str(line).expect("JSON")).unwrap_or_default();
    let stage = Stage { request, input, arguments: arguments.to_vec() };
    act::act(behaviour, &stage);
    exit(0)
}

/// What a stand-in started: it holds a connection as long as it lives.
pub fn linger(words: &[String]) -> ! {
    let _connection = connect(words.first().expect("a port"));
    forever()
}

pub fn forever() -> ! {
    loop {
        std::thread::park();
    }
}

pub fn connect(port: &str) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port.parse().expect("a port"))).expect("the test listens")
}

pub fn say(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    // Whoever stopped listening has ended it.
    if out.write_all(bytes).and_then(|()| out.flush()).is_err() {
        exit(0);
    }
}

pub fn err(bytes: &[u8]) {
    if std::io::stderr().write_all(bytes).is_err() {
        exit(0);
    }
}

pub fn manifest(dataset: &str) -> Value {
    json!({
        "manifest": 1, "dataset": dataset, "call": "Get-CsSomething", "parameters": "",
        "environment": "contoso", "caller": "CONTOSO\\reader",
        "roles": [{"name": "RTCUniversalReadOnlyAdmins", "scopes": []}],
        "machine": "fe21.contoso.com", "version": "SkypeForBusiness 7.0.0.0",
        "start": "2026-11-20T10:00:00.000Z",
    })
}

/// What a stand-in was given, and its ways to speak.
pub struct Stage {
    pub request: Value,
    pub input: String,
    pub arguments: Vec<String>,
}

impl Stage {
    pub fn mark(&self, word: &str, value: &Value) {
        let marker = self.request["marker"].as_str().expect("a marker");
        say(format!("\n@poolproof:{marker}:{word} {value}\n").as_bytes());
    }

    pub fn hello(&self) {
        self.mark(
            "hello",
            &json!({"product": "SkypeForBusiness 7.0.0.0", "shell": "5.1.17763.1", "machine": "fe21.contoso.com"}),
        );
    }

    pub fn done(&self) {
        self.mark("done", &json!({"calls": 1}));
    }

    /// A part as the script writes it, its records given as lines.
    pub fn part(&self, dataset: &str, lines: &[&[u8]]) {
        self.part_with(manifest(dataset), lines, |line| Some(line.to_vec()));
    }

    /// A part whose lines are changed on their way, after they were counted.
    pub fn part_with(&self, manifest: Value, lines: &[&[u8]], way: impl Fn(&[u8]) -> Option<Vec<u8>>) {
        self.mark("part", &manifest);
        let (mut sha, mut bytes) = (Context::new(&SHA256), 0);
        for line in lines {
            sha.update(line);
            sha.update(b"\n");
            bytes += line.len() + 1;
            if let Some(line) = way(line) {
                say(&line);
                say(b"\n");
            }
        }
        let mut end = manifest;
        end["count"] = lines.len().into();
        end["bytes"] = bytes.into();
        end["end"] = "2026-11-20T10:00:05.000Z".into();
        end["sha256"] = sha.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
        self.mark("end", &end);
    }

    /// Starts something that outlives it, and waits until both hold connections to the
    /// port that follows its behaviour.
    pub fn start_child(&self) -> TcpStream {
        let port = self.arguments.first().expect("a port");
        let me = std::env::current_exe().expect("a path");
        // It inherits standard output and error, as a real one's children do.
        let child = Command::new(me).args([CHILD, port]).stdin(Stdio::null()).spawn();
        std::mem::forget(child.expect("a child"));
        let mut connection = connect(port);
        connection.read_exact(&mut [0]).expect("the test sees both");
        connection
    }
}
