//! Commands that give a secret, and those that don't: said with the place and the way out,
//! before anything is asked.

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

const SIGNS_IN: &str = "  - id: signs-in
    title: An account signs in
    for: { account: environment.accounts }
    account: ${account.sip_address}
    observe: { one: { sign-in: { host: pool02.tiny.test, port: 5061 } } }
    expect: [{ that: one.signed_in }]
";

const IN_BULK: &str = "  - id: in-bulk
    title: Nobody is there
    for: { user: inventory.users }
    expect: none
    otherwise: somebody is
";

/// Never in anything that is said; and how a shell is told to say it, which the line shows.
const CANARY: &str = "c4nary-42";
const SAYS: &str = "c4nary-$((40+2))";

fn account(command: &str) -> String {
    let account =
        format!("sip: 'sip:probe1@tiny.test', user: 'TINY\\probe1',\n      password: {{ command: {command} }}");
    format!("{ENVIRONMENT}accounts:\n  - {{ {account} }}\n")
}

fn directory(command: &str) -> String {
    format!(
        "{ENVIRONMENT}inventory:
  sources:
    - ldap:
        servers: [{{ host: dc1.tiny.test }}]
        account:
          user: reader@tiny.test
          password: {{ command: {command} }}
"
    )
}

/// A run with an environment is refused, at the line of the command.
fn refused(environment: &str, checks: &str, parts: &[&str]) -> Ran {
    let line = 1 + environment.lines().position(|line| line.contains("password:")).expect("a password");
    let run = Run::tiny(checks).mock(environment, DEPLOYMENT).status(2).stderr("error[unresolvable-secret]");
    let run = parts.iter().fold(run, |run, part| run.stderr(part));
    let ran = run.stderr(&format!("environment.yaml:{line}:")).stderr("nothing was run").args(["-vvv"]).ok();
    assert!(!ran.stderr.contains(CANARY), "{}", ran.stderr);
    assert!(!ran.path("reports").exists());
    ran
}

#[test]
fn one_that_gives_none_is_told_with_its_place_and_the_way_out() {
    let script = |script: &str| format!("[sh, -c, {script}]");
    for (command, parts) in [
        (
            "{ run: [sleep, '1000'], within: 200ms }".to_owned(),
            ["the secret's command sleep was ended: it gave no secret within 200ms", "`within` gives it longer"],
        ),
        (script(&format!("'exec yes {SAYS}'")), ["was ended: it printed more than 65536 bytes", "its first line"]),
        (script(&format!("'echo {SAYS}; echo {SAYS} >&2; exit 3'")), ["ended with exit status: 3", "by hand"]),
        (script("'read -r line && echo $line'"), ["ended with exit status: 1", "no input and no terminal"]),
        (script("'read -r line < /dev/tty && echo $line'"), ["ended with exit status", "no input and no terminal"]),
        (script("'true'"), ["the command sh gives an empty secret", "needs it"]),
        ("[poolproof-no-such-program]".to_owned(), ["poolproof-no-such-program can't be run", "needs it"]),
    ] {
        refused(&account(&command), SIGNS_IN, &[parts[0], parts[1], "signs-in[probe1@tiny.test] needs it"]);
        refused(&directory(&command), IN_BULK, &[parts[0], "a selected check, or a wave, needs the inventory"]);
    }
}

#[test]
fn a_secret_that_nobody_needs_is_not_asked_for() {
    let nobody = "[poolproof-no-such-program]";
    let check = "  - { id: simple, title: t, for: { pool: environment.pools }, expect: [{ that: pool.fqdn != '' }] }\n";
    for environment in [account(nobody), directory(nobody)] {
        drop(Run::tiny(check).mock(&environment, DEPLOYMENT).ok());
    }
}

#[test]
fn a_command_is_words_or_words_with_a_time() {
    for (command, part) in [
        ("pass probe1", "where"),
        ("{ run: [pass], wihtin: 2m }", "did you mean `within`?"),
        ("{ run: [pass], within: 30 }", "write `30s`"),
        ("{ within: 30s }", "run"),
        ("[]", "at least 1"),
    ] {
        let run = Run::tiny(SIGNS_IN).mock(&account(command), DEPLOYMENT).status(2);
        let ran = run.stderr("environment.yaml:").ok();
        assert!(ran.stderr.contains(part), "{command}: {}", ran.stderr);
    }
}
