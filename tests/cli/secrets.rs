//! Nothing secret reaches anything that a run writes, in whatever form.

use std::path::Path;

use super::support::{DEPLOYMENT, ENVIRONMENT, Run};

const PASSWORD: &str = "tr0ub4dor&3";
/// What the service for media relays gives, as a deployment has it.
const OF_RELAY: &str = "{ username: relay-user-0815, password: 'c4nary&relay' }";

/// What passwords are, and what can be made of them and be as good: compared in any case.
const FORMS: &[(&str, &str)] = &[
    ("as it is", "tr0ub4dor&3"),
    ("in hexadecimal", "747230756234646f722633"),
    ("in Base64", "dHIwdWI0ZG9yJjM"),
    ("in Base64 of UTF-16", "dAByADAAdQBiADQAZABvAHIAJgAzAA"),
    ("in hexadecimal of UTF-16", "74007200300075006200340064006f00720026003300"),
    ("URL-encoded", "tr0ub4dor%263"),
    ("its hash", "de6e2a1f5515cca1b2ee5106f42bad9d"),
    ("its hash in Base64", "3m4qH1UVzKGy7lEG9CutnQ"),
    ("the key that it makes for this user", "112dc27f98a30e250f48222bb36c7018"),
    ("that key in Base64", "ES3Cf5ijDiUPSCIrs2xwGA"),
    ("the relay's password", "c4nary&relay"),
    ("the relay's password in Base64", "YzRuYXJ5JnJlbGF5"),
    ("the relay's password in hexadecimal", "63346e6172792672656c6179"),
    ("the relay's password URL-encoded", "c4nary%26relay"),
    ("the relay's password as XML", "c4nary&amp;relay"),
    ("the relay's user name", "relay-user-0815"),
    ("the relay's user name in Base64", "cmVsYXktdXNlci0wODE1"),
    ("the relay's user name in hexadecimal", "72656c61792d757365722d30383135"),
    ("the relay's key", "9b7865434b359dff152bddf1fd4e42b0"),
    ("the relay's key in Base64", "m3hlQ0s1nf8VK93x/U5CsA"),
];

/// What every NTLM message begins with, in Base64 and as it is, and what stands before the
/// parts that were made with a key; and what credentials for a relay stand in.
const MADE: [&str; 8] =
    ["<username>", "<password>", "TlRMTVNTUA", "NTLMSSP", "gssapi-data=", "response=", "rspauth=", "crand="];

fn environment() -> String {
    let account = "{ sip: 'sip:probe1@tiny.test', user: 'TINY\\probe1', password: { env: POOLPROOF_TEST_SECRET } }";
    format!("{ENVIRONMENT}accounts:\n  - {account}\n")
}

fn deployment(password: &str) -> String {
    let user = format!("{{ user: 'TINY\\probe1', password: '{password}', pool: pool02.tiny.test }}");
    let port = "3478/udp: { turn: { edge: pool02.tiny.test } }, 5061: { tls: pool02, sip: { server: pool02.tiny.test, version: '7.0', pool: pool02.tiny.test } }";
    let served = DEPLOYMENT.replace("443: { tls: pool02 }, 5061: {}", &format!("443: {{ tls: pool02 }}, {port}"));
    assert_ne!(served, DEPLOYMENT);
    let media = format!("{{ edge: pool02.tiny.test, external: pool02.tiny.test, credentials: {OF_RELAY} }}");
    format!("{served}users: {{ probe1@tiny.test: {user} }}\nmedia: {{ pool02.tiny.test: {media} }}\n")
}

const CHECKS: &str = "  - id: nobody-signs-in
    title: It is expected that nobody can
    for: { account: environment.accounts }
    account: ${account.sip_address}
    observe: { one: { sign-in: { host: pool02.tiny.test, port: 5061 } } }
    expect: [{ that: one.outcome == 'not-offered', otherwise: '${one.why} ${one.registrar} ${one.schemes}' }]
  - id: nobody-is-relayed
    title: It is expected that there is no relay
    for: { account: environment.accounts }
    account: ${account.sip_address}
    observe:
      # One question with the check before, and asked first: a rejected account is not used again.
      before: { sign-in: { host: pool02.tiny.test, port: 5061 } }
      one: { relay: { host: '${before.host}', port: 5061, location: internet, transport: udp } }
    expect: [{ that: not one.allocated, otherwise: 'relayed by ${one.service}: ${one.relays} ${one.allocation}' }]
";

/// Every file below a folder: its name, and what is in it.
fn files(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else {
            let bytes = std::fs::read(&entry).expect("readable");
            found.push((entry.display().to_string(), String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
}

/// A run that fails, as loud as it can be, and all that it wrote.
fn all_of_a_failing_run(served: &str) -> Vec<(String, String)> {
    let ran = Run::tiny(CHECKS)
        .mock(&environment(), &deployment(served))
        .env("POOLPROOF_TEST_SECRET", PASSWORD)
        .args(["-vvv", "--events", "events.ndjson", "--markdown", "report.md"])
        .status(1)
        .ok();
    let mut all = vec![("stdout".to_owned(), ran.stdout.clone()), ("stderr".to_owned(), ran.stderr.clone())];
    files(&ran.folder.path().join("reports"), &mut all);
    for name in ["events.ndjson", "report.md"] {
        all.push((name.to_owned(), ran.read(name)));
    }
    all
}

#[test]
fn a_run_that_signs_in_tells_nobody_how() {
    for (served, outcome) in [(PASSWORD, "signed-in"), ("another", "rejected")] {
        let all = all_of_a_failing_run(served);
        let told = all.iter().filter(|(_, text)| text.contains(outcome)).count();
        assert!(told >= 3, "it signed in, and {told} of {} files say so", all.len());
        assert!(all.iter().any(|(_, text)| text.contains("Authorization: (hidden)")), "the exchange is shown");
        let relayed = all.iter().filter(|(_, text)| text.contains("srvr:MRAS:mock")).count();
        assert_eq!(relayed >= 3, served == PASSWORD, "{relayed} files tell of the relay's credentials");
        for (name, text) in &all {
            let folded = text.to_lowercase();
            for (form, secret) in FORMS {
                assert!(!folded.contains(&secret.to_lowercase()), "{name} has the password {form}");
            }
            for made in MADE {
                assert!(!text.contains(made), "{name} has {made}");
            }
        }
    }
}
