//! Exports become snapshots, and snapshots are compared.

use serde_json::{Value, json};

use crate::support::Run;

/// The files of an export with users, each as `name pool policy`.
pub(super) fn export(run: Run, folder: &str, people: &[&str], change: impl FnOnce(&mut Value)) -> Run {
    let records: String = people
        .iter()
        .map(|person| {
            let mut words = person.split(' ');
            let [name, pool, policy] = [(); 3].map(|()| words.next().expect("three words"));
            let policy = if policy == "-" { Value::Null } else { json!({"FriendlyName": policy}) };
            json!({"SipAddress": format!("sip:{name}@contoso.com"), "RegistrarPool": format!("{pool}.contoso.com"), "ConferencingPolicy": policy}).to_string() + "\n"
        })
        .collect();
    let digest = ring::digest::digest(&ring::digest::SHA256, records.as_bytes());
    let sha256: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut manifest = json!({
        "manifest": 1, "dataset": "users", "call": "Get-CsUser", "count": people.len(),
        "roles": [{"name": "CsViewOnlyAdministrator", "scopes": ["Global"]}],
        "start": "2026-05-02T11:00:00Z", "end": "2026-05-02T11:01:00Z", "sha256": sha256,
    });
    change(&mut manifest);
    run.file(&format!("{folder}/users.jsonl"), records)
        .file(&format!("{folder}/users.manifest.json"), manifest.to_string())
}

const BEFORE: [&str; 3] = ["sara pool01 RedmondConf", "hao pool01 -", "lee pool01 -"];
const AFTER: [&str; 3] = ["sara pool02 -", "hao pool02 -", "ann pool02 -"];

#[test]
fn a_snapshot_is_compared_with_a_later_export() {
    let run = Run::new(["snapshot", "--from", "before", "--output", "before.snapshot"]);
    let run = export(run, "before", &BEFORE, |_| {});
    let ran = run.stdout("users").stdout("3").ok();
    let run = export(ran.then(["diff", "before.snapshot", "after"]), "after", &AFTER, |_| {});
    let ran = run
        .status(1)
        .stdout("users: 3 before, 3 after")
        .stdout("appeared: 1\n    sip:ann@contoso.com")
        .stdout("vanished: 1\n    sip:lee@contoso.com")
        .stdout("moved: 2")
        .stdout("sip:sara@contoso.com: conferencing_policy RedmondConf → none")
        .ok();
    let ran = ran.then(["diff", "before.snapshot", "before"]).stdout("no difference: users").ok();
    let json = ran.then(["diff", "before.snapshot", "after", "--format", "json"]).status(1).ok().stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["datasets"][0]["differences"].as_array().map(Vec::len), Some(5));
}

#[test]
fn approved_changes_do_not_count() {
    let run = Run::new(["diff", "before", "after", "--approved", "approved.yaml"]);
    let run = export(run, "before", &BEFORE, |_| {});
    let run = export(run, "after", &AFTER, |_| {});
    let approved = "approved:
  - { reason: wave 1, change: moved }
  - { reason: left, identity: 'sip:lee@contoso.com' }
  - { reason: came, identity: 'sip:ann@contoso.com' }
  - { reason: by the helpdesk, field: conferencing_policy, from: RedmondConf, to: none }
";
    let ran = run.file("approved.yaml", approved).stdout("moved, approved: 2").ok();
    let wrong = "approved:\n  - { reason: x, filed: line_uri }\n";
    ran.then(["diff", "before", "after", "--approved", "approved.yaml"])
        .file("approved.yaml", wrong)
        .status(2)
        .stderr("approved.yaml:2")
        .stderr("did you mean `field`?")
        .ok();
}

#[test]
fn what_is_not_whole_is_kept_and_undetermined() {
    let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot"]);
    let run = export(run, "export", &BEFORE, |manifest| manifest["errors"] = json!(["The server is not operational."]));
    let ran = run.status(3).stdout("The server is not operational.").stderr("not all of it is proven whole").ok();
    ran.then(["diff", "it.snapshot", "export"]).status(3).stdout("these may not be all").ok();
}

#[test]
fn a_wave_can_be_kept_alone() {
    let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot", "--users", "wave.txt"]);
    let run = export(run, "export", &BEFORE, |_| {}).file("wave.txt", "# pilot\nsip:Sara@contoso.com\n");
    run.status(3).stdout("only the users of wave.txt were kept").ok();
    let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot", "--users", "wave.txt"]);
    let run = export(run, "export", &BEFORE, |_| {}).file("wave.txt", "nobody@contoso.com\n");
    run.status(2).stderr("names users that the inventory does not have: nobody@contoso.com").ok();
    // As Excel and `Export-Csv` write it.
    for list in [
        "\u{feff}Name;SIP-Adresse\r\nSara;sip:Sara@contoso.com\r\n",
        "#TYPE A\r\n\"SipAddress\"\r\n\"sip:sara@contoso.com\"\r\n",
    ] {
        let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot", "--users", "wave.csv"]);
        let run = export(run, "export", &BEFORE, |_| {}).file("wave.csv", list);
        run.status(3).stdout("only the users of wave.csv were kept").ok();
    }
    // A list of nobody is a mistake, not a wave.
    let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot", "--users", "wave.txt"]);
    let run = export(run, "export", &BEFORE, |_| {}).file("wave.txt", "# later\n");
    run.status(2).stderr("the list names nobody").ok();
    let run = Run::new(["snapshot", "--from", "export", "--output", "it.snapshot", "--users", "wave.txt"]);
    let run = export(run, "export", &BEFORE, |_| {}).file("wave.txt", "SipAddress\nsara@contoso.com\nHao Chen\n");
    run.status(2).stderr("wave.txt:3:1").ok();
}

#[test]
fn what_is_no_inventory_is_refused() {
    Run::new(["diff", "a", "b"]).status(2).stderr("a can't be read").ok();
    Run::new(["diff", "a", "b"])
        .file("a", "not a snapshot")
        .status(2)
        .stderr("neither a snapshot nor a folder with an export")
        .ok();
    Run::new(["diff", "a", "b"])
        .file("a", "poolproof inventory snapshot 1\ncut")
        .status(2)
        .stderr("damaged or cut short")
        .ok();
    Run::new(["diff", "a", "b", "--dataset", "usres"]).status(2).stderr("did you mean `users`?").ok();
    let run = export(Run::new(["snapshot", "--from", "e", "--output", "x"]), "e", &BEFORE, |_| {});
    run.file("e/users.manifest.json", "{\n  \"dataset\": \"users\",\n  \"count\": many\n}")
        .status(2)
        .stderr("error[json-syntax]")
        .stderr("e/users.manifest.json:3:12")
        .ok();
}
