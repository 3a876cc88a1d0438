//! No source of an inventory, and nothing that is asked beside it, tells a secret: not as loud
//! as a run can be, not where it is refused, and not in what is made of the run later.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::{Failed, Trial};

use crate::canary::{Text, forms};
use crate::contoso::Contoso;
use crate::forest::{Forest, signing_in};
use crate::generated;
use crate::slapd::{OpenLdap, PASSWORD};
use crate::{peers, shell};

/// The first argument of a program that prints a file; the second is its path.
pub const WORD: &str = "says-a-file";

/// What somebody is asked with, each with the variable that holds it.
const SECRETS: [(&str, &str); 9] = [
    ("CANARY_ACCOUNT_ENV", "c4nary-1 &<env> \"pass\"/+?"),
    ("CANARY_ACCOUNT_FILE", "c4nary-2 &<file> \"pass\"/+?"),
    ("CANARY_ACCOUNT_COMMAND", "c4nary-3 &<command> \"pass\"/+?"),
    // As the authentication service hands them out.
    ("CANARY_RELAY_USER", "YzRuYXJ5LTQtcmVsYXktdXNlcg=="),
    ("CANARY_RELAY_PASSWORD", "YzRuYXJ5LTUtcmVsYXktcGFzcw=="),
    ("CANARY_SIGNING", "c4nary-6-signing &<key>"),
    ("CANARY_HEADER", "Bearer c4nary-7-header"),
    ("CANARY_TOKEN", "c4nary-8-token"),
    ("CANARY_PROXY", "c4nary-9-proxy"),
];
/// What the relay's credentials are.
const DECODED: [&str; 2] = ["c4nary-4-relay-user", "c4nary-5-relay-pass"];
/// A directory's password that is not its own.
const WRONG: &str = "c4nary-0 &<wrong> \"pass\"/+?";

/// How loud it is: as asked for, all that there is, and that for programs.
const LOUDNESS: [&[&str]; 3] = [&["-vv"], &["-vvv"], &["-vv", "--log-format", "json"]];

pub fn trials() -> Vec<Trial> {
    let mut trials = vec![
        Trial::test("secrets/the search finds every form", || {
            every_form_is_found();
            Ok(())
        }),
        Trial::test("secrets/export, shell and topology", files_and_shell),
    ];
    for (name, password) in [("right", PASSWORD), ("wrong", WRONG)] {
        let name = format!("secrets/directory, {name} password");
        trials.push(peers::trial(&name, OpenLdap::find, move |openldap| directory(&openldap, password)));
    }
    trials
}

/// Prints a file.
pub fn print(words: &[String]) {
    let bytes = std::fs::read(words.first().expect("a path")).expect("a file");
    std::io::stdout().lock().write_all(&bytes).expect("somebody reads");
}

/// Else a run would hide what this test looks for.
fn every_form_is_found() {
    for secret in SECRETS.iter().map(|(_, secret)| *secret).chain(DECODED).chain([PASSWORD, WRONG]) {
        for (name, form) in forms(secret) {
            let text = [b"before ".as_slice(), &form, b" behind"].concat();
            assert!(Text::of(&text).forms_of(secret).contains(&name), "{name}: {secret}");
            assert!(form.len() >= 8, "{name} of {secret} is short enough to come by chance");
        }
        assert!(Text::of(b"before and behind, and a password that is another's").forms_of(secret).is_empty());
    }
    // Whatever stands before it.
    for user in ["a", "ab", "abc"] {
        use base64::Engine as _;
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{PASSWORD}"));
        assert!(!Text::of(basic.as_bytes()).forms_of(PASSWORD).is_empty(), "{basic}");
    }
}

fn files_and_shell() -> Result<(), Failed> {
    let contoso = Contoso::in_state("coexistence", None);
    let (export, directory) = (contoso.folder("./export"), contoso.folder("./directory"));
    let documents = tempfile::tempdir().expect("a folder");
    let document = documents.path().join("topology.xml");
    std::fs::write(&document, generated::contoso().published()).expect("written");
    let beside = format!("    - export: '{}'\n    - topology: '{}'", directory.display(), document.display());
    let exported = format!("    - export: '{}'\n{beside}", export.display());
    let asked = format!("    - powershell: {{}}\n{beside}");
    let [asked_for, all, for_programs] = LOUDNESS;
    silent(&contoso, &exported, "", asked_for, &[])?;
    silent(&contoso, &exported, "", for_programs, &[])?;
    silent(&contoso, &asked, &shell::command(&export), asked_for, &[])?;
    silent(&contoso, &asked, &shell::command(&export), all, &[])?;
    Ok(())
}

fn directory(openldap: &OpenLdap, password: &'static str) -> Result<(), Failed> {
    let contoso = Contoso::in_state("coexistence", None);
    let beside = format!("    - export: '{}'", contoso.folder("./export").display());
    let forest = Forest::of(&contoso, openldap);
    let me = std::env::current_exe().expect("a path");
    let file = forest.kept(password);
    let ways = [
        format!("{{ file: '{}' }}", file.display()),
        "{ env: CANARY_DIRECTORY }".to_owned(),
        format!("{{ command: ['{}', {WORD}, '{}'] }}", me.display(), file.display()),
    ];
    for (reference, how) in ways.iter().zip(LOUDNESS) {
        let sources = format!("{beside}\n{}", signing_in(reference));
        let told = silent(&contoso, &sources, &forest.way(), how, &[("CANARY_DIRECTORY", password)])?;
        let refused = told.contains("the name or the password is wrong");
        assert_eq!(refused, password == WRONG, "it signs in with {reference}: {told}");
    }
    Ok(())
}

/// Runs with all that is secret, as loud as that, and looks for it in all that was written.
/// Returns what was said.
fn silent(
    contoso: &Contoso,
    sources: &str,
    more: &str,
    how: &[&str],
    secrets: &[(&str, &'static str)],
) -> Result<String, Failed> {
    let folder = tempfile::tempdir().expect("a folder");
    let nobody = Nobody::listens();
    let mut command = contoso.aloud(&folder, sources, more);
    with_accounts(&folder.path().join("environment.yaml"), folder.path());
    let suite = folder.path().join("secrets.yaml");
    std::fs::write(&suite, suite_of(&nobody)).expect("written");
    let gate = "gate: open\nquestion: May we?\nphases: [plan, pilot, edge]\nchecks: [signs-in, is-relayed]\n";
    std::fs::write(folder.path().join("gate.yaml"), gate).expect("written");
    command.args(how).args(["--checks", "builtin", "--checks"]).arg(&suite).args(["signs-in", "is-relayed"]);
    for (argument, file) in [
        ("--events", "written/events.ndjson"),
        ("--markdown", "written/report.md"),
        ("--junit", "written/junit.xml"),
        ("--html", "written/report.html"),
        ("--json", "written/results.json"),
    ] {
        command.args([argument, file]);
    }
    std::fs::create_dir(folder.path().join("written")).expect("a folder");
    command.args(["--notify", "env:CANARY_HOOK", "--notify-secret", "env:CANARY_SIGNING", "--notify-within", "200ms"]);
    command.args(["--notify-header", "Authorization=env:CANARY_HEADER", "--notify-proxy", "env:CANARY_PROXY_URL"]);
    let held: Vec<(&str, &str)> = SECRETS.iter().chain(secrets).copied().collect();
    let named: BTreeMap<&str, &str> = held.iter().copied().collect();
    command.envs(named.iter());
    command.env("CANARY_HOOK", format!("http://{}/{}", nobody.tcp, named["CANARY_TOKEN"]));
    command.env("CANARY_PROXY_URL", format!("http://proxy:{}@{}", named["CANARY_PROXY"], nobody.tcp));
    let ran = command.output()?;
    let told = said(&ran);
    assert!(matches!(ran.status.code(), Some(0 | 1 | 3)), "{}: {told}", ran.status);

    let mut written = vec![("what the run said".to_owned(), told.clone().into_bytes())];
    for arguments in [
        &[
            "gate",
            "open",
            "--gates",
            "gate.yaml",
            "--from",
            "reports/latest",
            "--checks",
            "builtin",
            "--checks",
            "secrets.yaml",
            "--record",
            "written/record",
            "-vv",
        ][..],
        &["accounts", "-vv"],
        &["capture", "reports/latest", "--output", "written/captured", "-vv"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
        command.args(arguments).current_dir(folder.path()).envs(named.iter());
        let ran = command.env("POOLPROOF_STATE", folder.path().join("state")).output()?;
        assert!(!matches!(ran.status.code(), Some(2 | 70) | None), "{arguments:?}: {}", said(&ran));
        written.push((format!("what {} said", arguments[0]), said(&ran).into_bytes()));
    }
    for below in ["reports", "state", "written"] {
        collect(&folder.path().join(below), &mut written);
    }
    let about = |part: &str| written.iter().filter(|(_, bytes)| contains(bytes, part)).count();
    for used in ["signs-in[probe1@contoso.com]", "signs-in[probe11@contoso.com]", "is-relayed"] {
        assert!(about(used) >= 3, "{used} is not told of: {told}");
    }
    assert!(told.contains("was not told"), "the webhook was to be told: {told}");
    assert!(written.iter().any(|(name, _)| name.ends_with("record.json")), "the gate leaves a record");
    assert!(written.iter().any(|(name, _)| name.contains("captured") && name.ends_with("evidence.ndjson")));
    assert!(written.iter().any(|(name, _)| name.ends_with("notification.json")), "the webhook's answer is kept");
    let mut leaks = Vec::new();
    for (name, bytes) in &written {
        let text = Text::of(bytes);
        for secret in held.iter().map(|(_, secret)| *secret).chain(DECODED) {
            leaks.extend(text.forms_of(secret).into_iter().map(|form| format!("{name} has {secret} {form}")));
        }
    }
    if leaks.is_empty() { Ok(told) } else { Err(leaks.join("\n").into()) }
}

fn suite_of(nobody: &Nobody) -> String {
    let (tcp, udp) = (nobody.tcp.port(), nobody.udp.port());
    format!(
        "suite: secrets
title: Who is asked with secrets
checks:
  - id: signs-in
    title: An account signs in
    for: {{ account: environment.accounts }}
    account: ${{account.sip_address}}
    observe: {{ one: {{ sign-in: {{ host: 127.0.0.1, port: {tcp} }} }} }}
    expect: [{{ that: one.signed_in }}]
    timeout: 2s
  - id: is-relayed
    title: There is a relay
    observe:
      one:
        turn:
          host: 127.0.0.1
          port: {udp}
          transport: udp
          credentials: {{ username: {{ env: CANARY_RELAY_USER }}, password: {{ env: CANARY_RELAY_PASSWORD }} }}
    expect: [{{ that: one.allocation is not none }}]
    timeout: 300ms
"
    )
}

/// Lets the fixture's accounts have passwords of every kind of place.
fn with_accounts(environment: &Path, folder: &Path) {
    let at = |name: &str| folder.join(name);
    std::fs::create_dir(at("passwords")).expect("a folder");
    let named: BTreeMap<&str, &str> = SECRETS.into_iter().collect();
    std::fs::write(at("passwords/file"), named["CANARY_ACCOUNT_FILE"]).expect("written");
    std::fs::write(at("passwords/command"), named["CANARY_ACCOUNT_COMMAND"]).expect("written");
    let me = std::env::current_exe().expect("a path");
    let command = format!("{{ command: ['{}', {WORD}, '{}'] }}", me.display(), at("passwords/command").display());
    let text = std::fs::read_to_string(environment).expect("written a moment ago");
    let told = text
        .replace("{ file: passwords/probe1 }", "{ env: CANARY_ACCOUNT_ENV }")
        .replace("{ file: passwords/probe2 }", "{ file: passwords/file }")
        .replace("{ file: passwords/probe11 }", &command)
        .replace("{ file: passwords/probe12 }", "{ env: CANARY_ACCOUNT_ENV }");
    assert!(!told.contains("passwords/probe") && told.contains(WORD), "{told}");
    std::fs::write(environment, told).expect("written");
}

/// Who takes what comes and says nothing that anybody expects.
struct Nobody {
    tcp: SocketAddr,
    udp: SocketAddr,
    _silent: UdpSocket,
}

impl Nobody {
    fn listens() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let tcp = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                // What it is sent first it says again, as a server that is not well may.
                std::thread::spawn(move || {
                    let mut heard = [0; 4096];
                    if let Ok(count) = stream.read(&mut heard) {
                        drop(stream.write_all(&heard[..count]));
                    }
                });
            }
        });
        let silent = UdpSocket::bind("127.0.0.1:0").expect("a port");
        Self { tcp, udp: silent.local_addr().expect("an address"), _silent: silent }
    }
}

/// Every file below a folder, with what is in it.
fn collect(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    // Where no account was used, nothing is remembered.
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    for path in paths {
        if path.is_dir() {
            collect(&path, into);
        } else {
            into.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes.windows(part.len()).any(|window| window == part.as_bytes())
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
