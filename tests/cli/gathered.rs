//! Checks over the inventory: read, linked, judged in bulk, and judged again.

use serde_json::{Value, json};

use super::support::{DEPLOYMENT, ENVIRONMENT, Run};

/// One part of an export, as the export script writes it.
fn part(run: Run, folder: &str, dataset: &str, records: &[Value]) -> Run {
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let digest = ring::digest::digest(&ring::digest::SHA256, lines.as_bytes());
    let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = json!({
        "manifest": 1, "dataset": dataset, "call": "Get-Cs…", "environment": "tiny", "caller": "TINY\\reader",
        "roles": [{"name": "CsViewOnlyAdministrator", "scopes": ["Global"]}], "machine": "mgmt.tiny.test",
        "count": records.len(), "bytes": lines.len(), "sha256": hash,
        "start": "2026-11-01T10:00:00Z", "end": "2026-11-01T10:00:05Z",
    });
    run.file(&format!("mock/{folder}/{dataset}.jsonl"), lines)
        .file(&format!("mock/{folder}/{dataset}.manifest.json"), manifest.to_string())
}

fn user(name: &str, guid: u32, pool: &str, policy: Option<&str>) -> Value {
    json!({
        "SipAddress": format!("sip:{name}@tiny.test"), "Identity": format!("CN={name},DC=tiny,DC=test"),
        "Guid": format!("00000000-0000-0000-0000-{guid:012}"), "Enabled": true,
        "RegistrarPool": pool, "ConferencingPolicy": policy,
    })
}

fn policies(hall: u32) -> Vec<Value> {
    vec![
        json!({"Identity": "Global", "MaxMeetingSize": 250}),
        json!({"Identity": "Site:Hall", "MaxMeetingSize": hall}),
        json!({"Identity": "Tag:Large", "MaxMeetingSize": 1000}),
    ]
}

fn site() -> Vec<Value> {
    vec![json!({"Identity": "Site:Hall", "Pools": ["pool01.tiny.test", "pool02.tiny.test"]})]
}

const INVENTORY: &str = "
inventory: { sources: [{ export: ./export }], baseline: { export: ./before } }
waves:
  - { name: pilot, to: pool02.tiny.test, state: moved, users: { file: pilot.csv } }
  - { name: rest, to: pool02.tiny.test, users: { where: 'user.enabled == true' } }
";

const CHECKS: &str = "
  - id: homed
    title: Each user of a moved wave is homed where the wave goes
    for: { user: inventory.users }
    where: user.wave is not none and user.wave.state == 'moved'
    expect:
      - that: user.registrar_pool == user.wave.to
        otherwise: ${user.sip_address} is still homed on ${user.registrar_pool}
    fix: Move-CsUser -Identity \"${user.sip_address}\" -Target \"${user.wave.to}\"
  - id: assigned
    title: The assigned policy is as before
    needs: [homed]
    for: { user: inventory.users }
    where: user.wave is not none and user.wave.state == 'moved'
    expect:
      - that: user.conferencing_policy == user.before.conferencing_policy
        otherwise: ${user.sip_address} had ${user.before.conferencing_policy}, has ${user.conferencing_policy}
  - id: effective
    title: What governs the user is as before
    for: { user: inventory.users }
    where: user.before is not none
    expect:
      - that: user.policy_differences.conferencing_policy is empty
        otherwise: ${user.sip_address} differs in ${user.policy_differences.conferencing_policy | join(', ')}
      - that: user.effective.conferencing_policy.max_meeting_size >= 100
  - id: empty
    title: Nobody is left on a legacy pool
    for: { pool: environment.legacy_pools, user: pool.users }
    expect: none
    otherwise: ${user.sip_address} is homed on ${pool.fqdn}
";

fn tiny(after: &[Value], hall: u32) -> Run {
    let before = [
        user("ann", 1, "pool01.tiny.test", Some("Large")),
        user("bob", 2, "pool01.tiny.test", None),
        user("cy", 3, "pool01.tiny.test", None),
    ];
    let run = Run::tiny(CHECKS)
        .mock(&format!("{ENVIRONMENT}{INVENTORY}"), DEPLOYMENT)
        .file("mock/pilot.csv", b"Name;SIP-Adresse\r\nJ\xfcrgen;Ann@tiny.test\r\nB;sip:bobby@tiny.test\r\n");
    let run = part(run, "before", "users", &before);
    let run = part(run, "before", "sites", &site());
    let run = part(run, "before", "conferencing_policies", &policies(250));
    let run = part(run, "export", "users", after);
    let run = part(run, "export", "sites", &site());
    part(run, "export", "conferencing_policies", &policies(hall))
}

#[test]
fn users_who_moved_are_held_against_wave_and_baseline() {
    let after = [
        user("ann", 1, "pool02.tiny.test", Some("Large")),
        // Renamed since: the same object by its GUID.
        user("bobby", 2, "pool02.tiny.test", None),
        user("cy", 3, "pool02.tiny.test", None),
    ];
    let ran = tiny(&after, 250).ok();
    let results = ran.results();
    assert_eq!(results.case("homed")["ranged_over"], 2);
    assert_eq!(results.case("effective")["ranged_over"], 3);
    assert_eq!(results.verdict("empty"), "pass");
    let before = ran.read("reports/latest/results.json");
    // Who moves lies beside the journal, not in it.
    assert!(!ran.read("reports/latest/evidence.ndjson").contains("bobby@tiny.test"));
    assert!(ran.read("reports/latest/waves.json").contains("bobby@tiny.test"));
    std::fs::remove_dir_all(ran.path("mock/export")).expect("removed");
    let ran = ran.then(["report"]).ok();
    assert_eq!(before, ran.read("reports/latest/results.json"));
    // A snapshot that is whole, but another one.
    let inventory = ran.path("reports/latest/inventory.snapshot");
    let kept = std::fs::read(&inventory).expect("kept");
    std::fs::copy(ran.path("reports/latest/baseline.snapshot"), &inventory).expect("copied");
    let ran = ran.then(["report"]).status(2).stderr("inventory.snapshot is not what this run was judged on").ok();
    std::fs::write(&inventory, kept).expect("put back");
    let other = ran.then(["report"]).file("reports/latest/waves.json", r#"{"pilot":[]}"#).status(2);
    let ran = other.stderr("waves.json is not what this run was judged on").ok();
    std::fs::remove_file(ran.path("reports/latest/waves.json")).expect("removed");
    ran.then(["report"]).status(2).stderr("waves.json can't be read").ok();
}

#[test]
fn what_did_not_move_and_what_changed_with_it_is_named() {
    let after = [
        user("ann", 1, "pool01.tiny.test", None),
        user("bobby", 2, "pool02.tiny.test", Some("Large")),
        user("cy", 3, "pool02.tiny.test", None),
    ];
    let ran = tiny(&after, 50).status(1).ok();
    let results = ran.results();
    let homed = results.case("homed");
    assert_eq!(homed["members"][0]["key"], "homed[ann@tiny.test]");
    assert_eq!(homed["fix"], "Move-CsUser -Identity \"sip:ann@tiny.test\" -Target \"pool02.tiny.test\"");
    let assigned = results.case("assigned");
    // Ann is held back by the check that she did not move.
    assert_eq!(
        (&assigned["ranged_over"], &assigned["message"]),
        (&json!(1), &json!("sip:bobby@tiny.test had none, has Large"))
    );
    let effective = results.case("effective").to_string();
    for told in ["ann@tiny.test differs in max_meeting_size", "cy@tiny.test differs in max_meeting_size"] {
        assert!(effective.contains(told), "{told}: {effective}");
    }
    assert_eq!(results.case("empty")["members"][0]["key"], "empty[pool01.tiny.test,ann@tiny.test]");
}

#[test]
fn what_was_not_read_proves_nothing() {
    let run = tiny(&[user("ann", 1, "pool02.tiny.test", Some("Large"))], 250);
    // Cut short on its way: the hash and the count no longer fit.
    let ran = run.file("mock/export/users.jsonl", "").status(3).ok();
    let results = ran.results();
    for check in ["homed", "assigned", "effective", "empty"] {
        let case = results.case(check);
        assert_eq!(case["verdict"], "error", "{case}");
        assert!(case["message"].as_str().is_some_and(|text| text.contains("users")), "{case}");
    }
}

#[test]
fn a_list_that_is_none_and_an_expression_that_is_none_are_refused() {
    let after = [user("ann", 1, "pool02.tiny.test", None)];
    tiny(&after, 250)
        .file("mock/pilot.csv", "SipAddress\nAnn Miller\n")
        .status(2)
        .stderr("pilot.csv:2:1")
        .stderr("`Ann Miller` in column 1 is no SIP address")
        .ok();
    let environment = format!("{ENVIRONMENT}{}", INVENTORY.replace("user.enabled", "user.enabeld"));
    tiny(&after, 250).file("mock/environment.yaml", environment).status(2).stderr("did you mean `enabled`?").ok();
}

/// A run with one more check, on users who all moved.
fn with(check: &str) -> Run {
    let after = [
        user("ann", 1, "pool02.tiny.test", Some("Large")),
        user("bobby", 2, "pool02.tiny.test", None),
        user("cy", 3, "pool02.tiny.test", None),
    ];
    let run = tiny(&after, 250);
    if check.is_empty() {
        return run;
    }
    run.file("checks/more.yaml", format!("suite: more\ntitle: More\nchecks:\n{check}"))
}

#[test]
fn a_pool_in_two_sites_or_in_none_leaves_open_what_governs_its_users() {
    let after = [user("ann", 1, "pool02.tiny.test", None), user("bobby", 2, "pool02.tiny.test", None)];
    let sites = |second: &str| {
        [
            json!({"Identity": "Site:Hall", "Pools": ["pool01.tiny.test"]}),
            json!({"Identity": "Site:Barn", "Pools": [second]}),
            json!({"Identity": "Site:Yard", "Pools": [second]}),
        ]
    };
    for (second, told) in [("pool02.tiny.test", "is in more than one site"), ("pool03.tiny.test", "is in no site")] {
        let ran = part(tiny(&after, 250), "export", "sites", &sites(second)).status(1).ok();
        let case = ran.results().case("effective").clone();
        assert_eq!(case["verdict"], "error", "{case}");
        assert!(case.to_string().contains(told), "{case}");
    }
}

#[test]
fn sites_without_their_pools_leave_open_what_governs_users() {
    let after = [user("ann", 1, "pool02.tiny.test", None)];
    let ran = part(tiny(&after, 250), "export", "sites", &[json!({"Identity": "Site:Hall"})]).status(1).ok();
    let case = ran.results().case("effective").clone();
    assert!(case.to_string().contains("the pools of site:hall are not known"), "{case}");
}

#[test]
fn policies_without_a_common_setting_are_not_alike() {
    let bare = [json!({"Identity": "Global"}), json!({"Identity": "Site:Hall"}), json!({"Identity": "Tag:Large"})];
    let ran = part(with(""), "before", "conferencing_policies", &bare).status(3).ok();
    let case = ran.results().case("effective").clone();
    assert!(case.to_string().contains("have no setting in common"), "{case}");
}

#[test]
fn that_nothing_differs_is_not_known_while_something_was_not_read() {
    let check = "  - id: agree
    title: Sources agree
    for: { disagreement: inventory.disagreements }
    expect: none
    otherwise: ${disagreement.identity} differs
";
    assert_eq!(with(check).ok().results().verdict("agree"), "pass");
    let ran = with(check).file("mock/export/users.jsonl", "").status(3).ok();
    assert_eq!(ran.results().verdict("agree"), "error");
}

#[test]
fn who_is_on_a_list_and_not_in_the_inventory_is_named() {
    let check = "  - id: listed
    title: Everybody on a list exists
    for: { wave: environment.waves, member: wave.members }
    where: wave.name == 'pilot'
    expect:
      - that: member.user is not none
        otherwise: nobody has ${member.sip_address}
";
    let ran = with(check).ok();
    assert_eq!(ran.results().verdict("listed"), "pass");
    let ran = with(check).file("mock/pilot.csv", "SipAddress\nann@tiny.test\nbob@tiny.test\n").status(1).ok();
    let case = ran.results().case("listed").clone();
    assert_eq!(case["members"][0]["key"], "listed[pilot,bob@tiny.test]");
    assert!(case.to_string().contains("nobody has bob@tiny.test"), "{case}");
}

#[test]
fn a_baseline_that_is_not_what_was_written_proves_nothing() {
    let lines = [user("ann", 1, "pool01.tiny.test", Some("Large")), user("bobby", 2, "pool01.tiny.test", None)];
    let lines: String = lines.iter().map(|user| format!("{user}\n")).collect();
    let ran = with("").file("mock/before/users.jsonl", lines).status(3).ok();
    let case = ran.results().case("assigned").clone();
    assert_eq!(case["verdict"], "error", "{case}");
    assert!(case.to_string().contains("not to be relied on"), "{case}");
}

#[test]
fn a_baseline_that_is_the_source_or_of_another_environment_is_refused() {
    let environment = format!("{ENVIRONMENT}{}", INVENTORY.replace("./before", "./before/../export"));
    with("").file("mock/environment.yaml", environment).status(2).stderr("held against itself").ok();
    let environment = format!("{ENVIRONMENT}{INVENTORY}").replacen("environment: tiny", "environment: other", 1);
    with("").file("mock/environment.yaml", environment).status(2).stderr("it is of the environment `tiny`").ok();
}

/// A mock writes its exports wherever there is room; a doubt names them as the environment file does.
#[test]
fn a_doubt_names_the_source_as_the_environment_file_does() {
    let contoso = format!("{}/fixtures/contoso", env!("CARGO_MANIFEST_DIR"));
    let state = ["--state", "ready-to-decommission", "--variant", "inventory-exported-with-errors"];
    let room = tempfile::tempdir().expect("a folder");
    let temporary = room.path().display().to_string();
    let run = || {
        let run = Run::new(["run", "legacy-pool-no-persistent-chat"]).args(["--mock", &contoso]).args(state);
        run.env("TMPDIR", &temporary).env("TMP", &temporary).status(3).ok()
    };
    let (first, second) = (run(), run());
    let told = |ran: &super::support::Ran| -> Vec<String> {
        ran.results().cases().iter().map(|case| format!("{}: {}", case["key"], case["message"])).collect()
    };
    assert!(told(&first).iter().any(|text| text.contains("export ./export")), "{:?}", told(&first));
    assert_eq!(told(&first), told(&second));
    let before = first.read("reports/latest/results.json");
    assert!(!before.contains(&temporary), "{temporary} is in results.json");
    let ran = first.then(["report"]).status(3).ok();
    assert_eq!(before, ran.read("reports/latest/results.json"));
}
