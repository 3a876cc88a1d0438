//! Files that are not what they should be: exit code 2, quickly and in little memory.

use std::io::{Seek, SeekFrom, Write};

use super::support::{DEPLOYMENT, ENVIRONMENT, Run, suite};

const GOOD: &str = "  - { id: a, title: T, expect: [{ that: environment.name == 'tiny' }] }\n";

#[test]
fn a_missing_file() {
    Run::new(["lint", "missing.yaml"]).status(2).stderr("error[unreadable-file]").stderr("missing.yaml").ok();
    Run::new(["run", "--environment", "missing.yaml"]).status(2).stderr("missing.yaml").ok();
    Run::new(["run", "--mock", "missing"]).status(2).stderr("missing").ok();
}

#[test]
fn a_folder_instead_of_a_file() {
    Run::new(["run", "--environment", "folder"])
        .file("folder/x", "")
        .status(2)
        .stderr("folder is a folder")
        .stderr("name the file inside it")
        .ok();
}

#[test]
fn a_file_instead_of_a_folder() {
    Run::new(["run", "--mock", "file"]).file("file", "").status(2).stderr("file").ok();
    Run::new(["report", "file"]).file("file", "").status(2).stderr("file").ok();
}

#[test]
fn a_folder_without_checks() {
    Run::new(["lint", "empty"]).file("empty/readme.txt", "").status(2).stderr("error[no-checks]").ok();
}

#[test]
fn checks_too_deep_to_be_found_are_told() {
    Run::new(["lint", "checks"])
        .file("checks/a.yaml", suite(GOOD))
        .file("checks/1/2/3/4/5/6/7/8/9/b.yaml", suite(GOOD))
        .status(2)
        .stderr("nested deeper")
        .ok();
}

#[test]
fn a_bomb() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
    }
    Run::lint(&bomb).stderr("error[yaml-limits]").stderr("suite.yaml:").stderr("split the file").ok();
}

#[test]
fn a_bomb_of_long_texts() {
    let bomb = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(1 << 20), "*a, ".repeat(10_000));
    Run::lint(&bomb).stderr("error[yaml-limits]").stderr("suite.yaml:2:").ok();
}

#[test]
fn nesting_without_end() {
    for one in ["[", "{a: ", "- "] {
        Run::lint(&one.repeat(100_000)).stderr("error[yaml-limits]").stderr("suite.yaml:1:").stderr("flatten it").ok();
    }
}

#[test]
fn expressions_nested_without_end() {
    for (open, close) in [("(", ")"), ("[", "]"), ("not ", ""), ("-", ""), ("x.", ""), ("a if b else ", "")] {
        let expression = format!("{}1{}", open.repeat(1000), close.repeat(1000));
        Run::lint(&suite(&format!("  - {{ id: a, title: T, expect: [{{ that: '{expression}' }}] }}\n"))).ok();
    }
}

/// A file of a hundred megabytes that takes no room on the disk.
fn huge(run: &Run, path: &str) {
    let mut file = std::fs::File::create(run.path(path)).expect("made");
    file.seek(SeekFrom::Start(100 << 20)).expect("sought");
    file.write_all(b"\n").expect("written");
}

#[test]
fn a_huge_file() {
    for name in ["suite.yaml", "environment.yaml"] {
        let run = Run::new(["lint", "suite.yaml", "--environment", "environment.yaml"])
            .file("suite.yaml", suite(GOOD))
            .file("environment.yaml", ENVIRONMENT)
            .status(2)
            .stderr("error[file-too-large]")
            .stderr(name);
        huge(&run, name);
        run.ok();
    }
}

/// Refused files are not read to their end: with a tenth of the file's size there is room enough.
#[cfg(target_os = "linux")]
#[test]
fn a_huge_file_is_refused_in_little_memory() {
    let run = Run::lint("");
    huge(&run, "suite.yaml");
    let mut child = run.spawn();
    let status = std::path::PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut most = 0;
    while child.try_wait().expect("waited").is_none() {
        let peak = std::fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("VmHWM:"))?.to_owned();
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        most = most.max(peak.unwrap_or(0));
    }
    assert_eq!(child.wait().expect("ended").code(), Some(2));
    assert!(most < 90 << 10, "{most} KiB");
}

#[test]
fn bytes_that_are_not_utf_8() {
    let mut bytes = suite(GOOD).into_bytes();
    let at = bytes.iter().position(|byte| *byte == b'T').expect("a T");
    bytes.splice(at..=at, *b"\xe9t\xe9");
    Run::new(["lint", "suite.yaml"])
        .file("suite.yaml", &bytes)
        .status(2)
        .stderr("error[not-utf8]")
        .stderr("suite.yaml:4:21")
        .stderr("save the file as UTF-8")
        .ok();
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_fine() {
    let windows = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    Run::new(["run", "--mock", "mock", "--checks", "suite.yaml"])
        .mock(&windows(ENVIRONMENT), &windows(DEPLOYMENT))
        .file("suite.yaml", windows(&suite(GOOD)))
        .ok();
    // Places are those that an editor shows.
    Run::new(["lint", "suite.yaml"])
        .file("suite.yaml", windows(&suite("  - { id: a, title: T, expct: [] }\n")))
        .status(2)
        .stderr("suite.yaml:4:24")
        .ok();
}

const ASKING: &str = "  - { id: a, title: T, account: 'sip:probe1@tiny.test', observe: { one: { sign-in: { host: pool02.tiny.test, port: 5061 } } }, expect: [{ that: one.signed_in }] }\n";

fn with_account(password: &str) -> String {
    format!("{ENVIRONMENT}accounts:\n  - {{ sip: 'sip:probe1@tiny.test', user: probe1, password: {password} }}\n")
}

#[test]
fn a_secret_that_is_needed_and_not_there() {
    let environment = with_account("{ env: POOLPROOF_TEST_NOT_SET }");
    Run::tiny(ASKING)
        .mock(&environment, DEPLOYMENT)
        .status(2)
        .stderr("error[unresolvable-secret]")
        .stderr("POOLPROOF_TEST_NOT_SET is not set")
        .stderr("environment.yaml:10:")
        .stderr("a needs it")
        .ok();
    Run::tiny(ASKING).status(2).stderr("no such account").stderr("suite.yaml:4:11").stderr("add it to `accounts`").ok();
}

#[test]
fn a_secret_that_is_not_needed_is_not_asked_for() {
    Run::tiny(GOOD).mock(&with_account("{ env: POOLPROOF_TEST_NOT_SET }"), DEPLOYMENT).ok();
}

#[test]
fn what_is_wrong_with_an_environment_is_told_with_its_place() {
    Run::new(["lint", "--environment", "environment.yaml"])
        .file("environment.yaml", ENVIRONMENT.replace("moves_to: pool02", "moves_to: pool03"))
        .status(2)
        .stderr("error[inconsistent-environment]")
        .stderr("environment.yaml:7:")
        .stderr("did you mean `pool02.tiny.test`?")
        .ok();
}
