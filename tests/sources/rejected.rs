//! No account is ever locked out by us: also not by two runs at once, nor by all the later ones.

use std::process::{Command, Output, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::contoso::Contoso;
use crate::forest::{Forest, READER};
use crate::peers;
use crate::slapd::{OpenLdap, PASSWORD};

pub fn trials() -> Vec<Trial> {
    vec![peers::trial("rejected/runs_at_once_and_later_ones", OpenLdap::find, |openldap| {
        runs_at_once_and_later_ones(&openldap);
        Ok::<(), Failed>(())
    })]
}

fn runs_at_once_and_later_ones(openldap: &OpenLdap) {
    let contoso = Contoso::in_state("ready-to-decommission", None);
    let forest = Forest::of(&contoso, openldap);
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let state = tempfile::tempdir().expect("a folder");
    let run = |folder: &tempfile::TempDir, password: &str| {
        let mut command = contoso.run(folder, &forest.source(password), &forest.way());
        command.env("POOLPROOF_STATE", state.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let [one, other] = &folders;
    let both = [one, other].map(|folder| run(folder, "hunter2 is wrong").spawn().expect("it starts"));
    for (child, folder) in both.into_iter().zip(&folders) {
        let told = said(&child.wait_with_output().expect("it ends"));
        let results = std::fs::read_to_string(folder.path().join("reports/latest/results.json"))
            .unwrap_or_else(|error| panic!("{error}: {told}"));
        assert!(results.contains("the name or the password is wrong"), "{told}");
        assert!(!results.contains("hunter2") && !told.contains("hunter2"), "{told}");
    }
    assert_eq!(forest.directory.sign_ins(), 1);

    // The right password comes too late: somebody has to say so.
    let told = said(&run(one, PASSWORD).output().expect("it runs"));
    let results = std::fs::read_to_string(one.path().join("reports/latest/results.json")).expect("results");
    assert!(results.contains("poolproof accounts rearm"), "{told}");
    assert_eq!(forest.directory.sign_ins(), 1);

    let accounts = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_poolproof"));
        command.arg("accounts").args(arguments).env("POOLPROOF_STATE", state.path()).stdin(Stdio::null());
        command.output().expect("it runs")
    };
    let listed = said(&accounts(&[]));
    assert!(listed.contains(READER) && listed.contains("rejected at"), "{listed}");
    assert!(accounts(&["rearm", READER]).status.success());
    let told = said(&run(one, PASSWORD).output().expect("it runs"));
    let results = std::fs::read_to_string(one.path().join("reports/latest/results.json")).expect("results");
    assert!(!results.contains("not used again"), "{told}");
    assert_eq!(forest.directory.sign_ins(), 2);
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
