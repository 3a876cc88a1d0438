use std::sync::Arc;

use serde_json::json;

use super::super::{Builder, Expectations, Manifest, Role};
use super::*;
use crate::expression::{Lookup, Record};

fn inventory(people: usize) -> Inventory {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let mut manifest = Manifest::new("users", "Get-CsUser");
    manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
    manifest.start = "2026-05-02T11:00:00Z".parse().ok();
    manifest.end = manifest.start;
    let mut part = builder.part(source, manifest).expect("a dataset");
    for number in 0..people {
        let user = json!({
            "SipAddress": format!("sip:user{number}@contoso.com"), "Guid": format!("{number:032x}"),
            "Enabled": number % 7 != 0, "RegistrarPool": if number % 3 == 0 { json!(5) } else { json!("pool01.contoso.com") },
            "WhenChanged": "2026-01-01T00:00:00Z", "UserPolicies": ["7=5"], "ConferencingPolicy": null, "HostedVoiceMail": "?",
        });
        part.record(user.as_object().expect("an object")).expect("taken");
    }
    part.problem("for the test");
    builder.end(part);
    builder.finish(&Expectations::at("2026-05-02T12:00:00Z".parse().expect("a time")))
}

fn bytes(inventory: &Inventory) -> Vec<u8> {
    let mut out = Vec::new();
    write(inventory, &mut out).expect("written");
    out
}

#[test]
fn it_comes_back_as_it_was() {
    // Beyond 32,768 different addresses a column is no longer numbered.
    for people in [0, 1, 300, 70_000] {
        let before = inventory(people);
        let written = bytes(&before);
        let after = of_bytes(&written).expect("read");
        assert_eq!(after.doubt("users"), before.doubt("users"));
        let all = |inventory: Inventory| -> Vec<String> {
            let rows = Arc::new(inventory).rows("users").expect("users");
            rows.step_by(997).map(|row| format!("{:?} {:?}", row.fields(), row.field("registrar_pool"))).collect()
        };
        assert_eq!(bytes(&after), written, "what was not looked at is written as it was");
        assert_eq!(all(after), all(before));
    }
}

#[test]
fn it_is_small() {
    let written = bytes(&inventory(70_000));
    assert!(written.len() < 70_000 * 16, "{} bytes", written.len());
}

#[test]
fn damage_anywhere_is_seen() {
    let good = bytes(&inventory(50));
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x20;
        assert!(of_bytes(&bad).is_err(), "byte {at}");
    }
    for length in 0..good.len() {
        assert!(of_bytes(&good[..length]).is_err(), "cut at {length}");
    }
}

#[test]
fn another_version_is_told() {
    let later = b"poolproof inventory snapshot 2\nwhatever";
    assert!(of_bytes(later).expect_err("later").contains("version 2; this build reads version 1"));
    assert!(of_bytes(b"%PDF").expect_err("something else").contains("no snapshot"));
}

/// A snapshot with a hash that is right, whatever it holds.
fn signed(mut body: Vec<u8>) -> Vec<u8> {
    let hash = ring::digest::digest(&ring::digest::SHA256, &body);
    body.extend_from_slice(hash.as_ref());
    body
}

#[test]
fn a_hostile_header_takes_no_memory() {
    for length in [u64::MAX, 1 << 40, 8] {
        let mut body = MAGIC.to_vec();
        body.extend(length.to_le_bytes());
        // LZ4 that claims to be four gigabytes.
        body.extend([0xFF; 8]);
        assert!(of_bytes(&signed(body)).is_err());
    }
}

/// A snapshot of users with columns of these bytes.
fn hostile(rows: u64, columns: &[(&str, &[u8])]) -> Vec<u8> {
    let lengths: Vec<_> = columns.iter().map(|(name, bytes)| json!([name, bytes.len()])).collect();
    let header = json!({
        "now": "2026-05-02T12:00:00Z", "sources": [], "parts": [], "disagreements": [],
        "tables": [
            {"dataset": "users", "rows": rows, "doubts": [], "columns": lengths},
            {"dataset": "gone", "rows": 0, "doubts": [], "columns": []},
        ],
    });
    let header = lz4_flex::block::compress_prepend_size(header.to_string().as_bytes());
    let mut body = MAGIC.to_vec();
    body.extend((header.len() as u64).to_le_bytes());
    body.extend(header);
    for (_, bytes) in columns {
        body.extend_from_slice(bytes);
    }
    signed(body)
}

#[test]
fn a_hostile_column_is_unknown_not_null() {
    // Twenty bytes that say they are twenty, and are no column.
    let noise = lz4_flex::block::compress_prepend_size(&[0xFF; 20]);
    let written = hostile(3, &[(ORIGIN, &noise), ("enabled", &noise)]);
    let inventory = Arc::new(of_bytes(&written).expect("its form is right"));
    assert_eq!(inventory.count("users"), 3);
    for row in inventory.rows("users").expect("users") {
        assert!(matches!(row.field("enabled"), Lookup::Unknown(_)));
    }
}

#[test]
fn rows_that_no_column_could_hold_are_refused() {
    let noise = lz4_flex::block::compress_prepend_size(&[0xFF; 20]);
    let mut boast = noise.clone();
    boast[..4].copy_from_slice(&u32::MAX.to_le_bytes());
    for (rows, columns) in [
        (1_000_000_000, &[][..]),
        (1_000_000_000, &[(ORIGIN, noise.as_slice())]),
        (1_000_000_000, &[(ORIGIN, boast.as_slice())]),
        (21, &[(ORIGIN, noise.as_slice())]),
        (3, &[("enabled", noise.as_slice())]),
        (3, &[(ORIGIN, noise.as_slice()), ("enabled", b"12")]),
    ] {
        assert!(of_bytes(&hostile(rows, columns)).is_err(), "{rows} {columns:?}");
    }
}

#[test]
fn a_wave_keeps_its_users_and_says_that_it_is_not_all() {
    let wave = inventory(10).only_users(&["SIP:User3@contoso.com".to_owned()], "pilot.txt").expect("kept");
    let wave = Arc::new(of_bytes(&bytes(&wave)).expect("read"));
    assert_eq!(wave.count("users"), 1);
    assert!(wave.doubt("users").expect("a doubt").contains("only the users of pilot.txt"));
    let missing = inventory(10).only_users(&["nobody@contoso.com".to_owned()], "pilot.txt").expect_err("missing");
    assert_eq!(missing, ["nobody@contoso.com"]);

    let now = Arc::new(inventory(10));
    let user = |number: usize| now.find("users", "sip_address", &format!("user{number}@contoso.com")).expect("there");
    assert!(matches!(wave.counterpart(&user(3)), Lookup::Known(crate::expression::Value::Record(_))));
    assert!(matches!(wave.counterpart(&user(4)), Lookup::Unknown(_)), "the wave says nothing of others");
}
