//! What holds a check back, what it counts, and what nothing can prove.

use serde_json::{Value, json};

use super::support::{DEPLOYMENT, ENVIRONMENT, Ran, Run};

/// A run over an export of these datasets.
pub(crate) fn with(checks: &str, environment: &str, datasets: &[(&str, &[Value])]) -> Run {
    let inventory = "inventory: { sources: [{ export: ./export }] }\n";
    let mut run = Run::tiny(checks).mock(&format!("{environment}{inventory}"), DEPLOYMENT);
    for (dataset, records) in datasets {
        let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
        let digest = ring::digest::digest(&ring::digest::SHA256, lines.as_bytes());
        let hash: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let manifest = json!({
            "manifest": 1, "dataset": dataset, "call": "Get-Cs…", "environment": "tiny", "caller": "TINY\\reader",
            "roles": [{"name": "CsViewOnlyAdministrator", "scopes": ["Global"]}],
            "count": records.len(), "bytes": lines.len(), "sha256": hash,
            "start": "2026-11-01T10:00:00Z", "end": "2026-11-01T10:00:05Z",
        });
        run = run
            .file(&format!("mock/export/{dataset}.jsonl"), lines)
            .file(&format!("mock/export/{dataset}.manifest.json"), manifest.to_string());
    }
    run
}

pub(crate) fn user(name: &str, pool: &str) -> Value {
    json!({"SipAddress": format!("sip:{name}@tiny.test"), "Enabled": true, "RegistrarPool": pool})
}

pub(crate) fn pools() -> Vec<Value> {
    vec![json!({"Fqdn": "pool01.tiny.test"}), json!({"Fqdn": "pool02.tiny.test"})]
}

/// That a case was not judged, since a need of it does not hold.
fn held(ran: &Ran, key: &str) {
    let case = ran.results().case(key).clone();
    assert_eq!(case["verdict"], "skip", "{case}");
    assert!(case["message"].as_str().is_some_and(|told| told.contains("does not hold, and this needs it")), "{case}");
}

const EMPTY: &str = "
  - id: no-users
    title: Nobody is left
    for: { pool: environment.legacy_pools, user: pool.users }
    expect: none
  - id: no-next-hop
    title: Nothing hangs on it
    for: { pool: environment.legacy_pools, edge: inventory.edge_services }
    where: (edge.registrar | pool_of) == pool.fqdn
    expect: none
";

#[test]
fn a_mistyped_legacy_pool_is_not_empty() {
    let edges = [json!({"Identity": "EdgeServer:edge.tiny.test", "Registrar": "Registrar:pool02.tiny.test"})];
    let people = [user("ann", "pool01.tiny.test")];
    let none: [Value; 0] = [];
    let ran = with(EMPTY, ENVIRONMENT, &[("users", &none), ("pools", &pools()), ("edge_services", &edges)]).ok();
    assert_eq!((ran.results().verdict("no-users"), ran.results().verdict("no-next-hop")), ("pass", "pass"));
    let mistyped = ENVIRONMENT.replace("pool01.tiny.test, role", "pool10.tiny.test, role");
    let ran =
        with(EMPTY, &mistyped, &[("users", &people), ("pools", &pools()), ("edge_services", &edges)]).status(3).ok();
    for check in ["no-users", "no-next-hop"] {
        let case = ran.results().case(check).clone();
        assert_eq!(case["verdict"], "error", "{case}");
        assert!(case.to_string().contains("there is no pool pool10.tiny.test among pools"), "{case}");
    }
    // Without any list of pools nobody can tell.
    let ran = with(EMPTY, ENVIRONMENT, &[("users", &none), ("edge_services", &edges)]).status(3).ok();
    for check in ["no-users", "no-next-hop"] {
        assert!(ran.results().case(check).to_string().contains("export pools (Get-CsPool)"), "{check}");
    }
    // Somebody who is left there fails it all the same.
    let ran = with(EMPTY, ENVIRONMENT, &[("users", &people), ("edge_services", &edges)]).status(1).ok();
    assert_eq!(ran.results().verdict("no-users"), "fail");
}

const NEEDS: &str = "
  - id: read
    title: What is homed there is known
    for: { pool: environment.pools, room: pool.meeting_rooms }
    allow_empty: no rooms
    expect: [{ that: room.sip_address is not none }]
  - id: in-bulk
    title: Users are enabled
    needs: [read]
    for: { pool: environment.pools, user: pool.users }
    expect: [{ that: user.enabled == true }]
  - id: one-by-one
    title: The pool has its role
    needs: [read]
    report: each
    for: { pool: environment.pools }
    expect: [{ that: pool.role is not none }]
";

#[test]
fn a_need_that_erred_before_it_named_a_subject_holds_all_of_them_back() {
    let users = [user("ann", "pool01.tiny.test"), user("bob", "pool02.tiny.test")];
    for need in [NEEDS.to_owned(), NEEDS.replacen("    for:", "    report: each\n    for:", 1)] {
        // Meeting rooms were not read: the need knows the pool alone.
        let ran = with(&need, ENVIRONMENT, &[("users", &users), ("pools", &pools())]).status(3).ok();
        held(&ran, "in-bulk");
        held(&ran, "one-by-one[pool01.tiny.test]");
        // It does not even know the pool.
        let need = need.replace(
            "pool: environment.pools, room: pool.meeting_rooms",
            "room: inventory.meeting_rooms, pool: environment.pools",
        );
        let ran = with(&need, ENVIRONMENT, &[("users", &users), ("pools", &pools())]).status(3).ok();
        held(&ran, "in-bulk");
        held(&ran, "one-by-one[pool02.tiny.test]");
    }
}

#[test]
fn a_need_that_ranged_over_too_few_holds_its_dependents_back() {
    let users = [user("ann", "pool01.tiny.test"), user("bob", "pool02.tiny.test")];
    let rooms = [user("room", "pool01.tiny.test")];
    let need = NEEDS.replacen("    allow_empty: no rooms", "    at_least: 2", 1);
    let ran =
        with(&need, ENVIRONMENT, &[("users", &users), ("pools", &pools()), ("meeting_rooms", &rooms)]).status(3).ok();
    assert!(ran.results().case("read").to_string().contains("at least 2 were expected"));
    held(&ran, "in-bulk");
    held(&ran, "one-by-one[pool01.tiny.test]");
}

#[test]
fn a_need_without_subjects_tells_so_itself() {
    let users = [user("ann", "pool01.tiny.test"), user("bob", "pool02.tiny.test")];
    let none: [Value; 0] = [];
    let need = NEEDS.replacen("    allow_empty: no rooms\n", "", 1);
    for need in [need.clone(), need.replacen("    for:", "    report: each\n    for:", 1)] {
        let ran = with(&need, ENVIRONMENT, &[("users", &users), ("pools", &pools()), ("meeting_rooms", &none)])
            .status(3)
            .ok();
        assert!(ran.results().case("read").to_string().contains("ranges over nothing"));
        assert_eq!(ran.results().verdict("in-bulk"), "pass");
        assert_eq!(ran.results().verdict("one-by-one[pool01.tiny.test]"), "pass");
    }
}

#[test]
fn what_is_not_due_does_not_count_as_enough() {
    let check = "
  - id: enough
    title: Pools have their roles
    applies: { from: edge }
    at_least: 2
    for: { pool: environment.pools }
    expect: [{ that: pool.role is not none }]
";
    assert_eq!(Run::tiny(check).ok().results().verdict("enough"), "pass");
    let later = ENVIRONMENT.replace("moves_to:", "phase: pilot, moves_to:");
    let ran = Run::tiny(check).mock(&later, DEPLOYMENT).status(3).ok();
    let case = ran.results().case("enough").clone();
    assert!(case.to_string().contains("ranges over 1, and at least 2 were expected"), "{case}");
}

#[test]
fn what_the_environment_file_does_not_state_is_not_gone() {
    let check = "
  - id: gone
    title: No replica of its servers is left
    for: { pool: environment.legacy_pools, server: pool.front_ends, replica: inventory.replicas }
    where: replica.replica_fqdn == server.fqdn
    expect: none
";
    let replicas = [json!({"ReplicaFqdn": "fe02.tiny.test"})];
    let datasets: [(&str, &[Value]); 2] = [("replicas", &replicas), ("pools", &pools())];
    assert_eq!(with(check, ENVIRONMENT, &datasets).ok().results().verdict("gone"), "pass");
    let none = ENVIRONMENT.replacen("role: legacy", "role: target", 1).replace(", moves_to: pool02.tiny.test", "");
    let ran = with(check, &none, &datasets).status(3).ok();
    let case = ran.results().case("gone").clone();
    assert!(case.to_string().contains("the environment file states no pool to look for"), "{case}");
    let approved = check.replace("    expect: none", "    allow_empty: nothing is left\n    expect: none");
    with(&approved, &none, &datasets).ok();
}
