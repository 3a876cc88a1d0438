use serde_json::{Value as Json, json};

use super::super::{Builder, Expectations, Manifest, Role};
use super::*;

const A: &str = "00000000-0000-0000-0000-00000000000a";
const B: &str = "00000000-0000-0000-0000-00000000000b";

fn inventory(parts: &[(&str, Vec<Json>)]) -> Arc<Inventory> {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    for (dataset, records) in parts {
        let mut manifest = Manifest::new(*dataset, "Get-CsThing");
        manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
        manifest.start = "2026-05-02T11:00:00Z".parse().ok();
        manifest.end = manifest.start;
        let mut part = builder.part(source, manifest).expect("a dataset");
        for record in records {
            part.record(record.as_object().expect("an object")).expect("taken");
        }
        builder.end(part);
    }
    Arc::new(builder.finish(&Expectations::at("2026-05-02T12:00:00Z".parse().expect("a time"))))
}

fn users(records: Vec<Json>) -> Arc<Inventory> {
    inventory(&[("users", records)])
}

fn diff(before: &Arc<Inventory>, after: &Arc<Inventory>, approved: &str) -> Differences {
    let approved: ApprovedFile = serde_json::from_str(approved).expect("a file");
    Differences::of(before, after, &[], approved)
}

fn told(differences: &Differences) -> Vec<String> {
    let all =
        differences.datasets.iter().flat_map(|compared| compared.found.iter().map(move |found| (compared, found)));
    all.map(|(compared, found)| {
        let shown = differences.shown(compared, found);
        let maybe = |text: Option<String>| text.unwrap_or_default();
        let was = shown.was.map(|was| format!(" (was {was})")).unwrap_or_default();
        let line = format!(
            "{:?} {}{was} {} {} {}",
            shown.became,
            shown.identity,
            maybe(shown.field),
            maybe(shown.before),
            maybe(shown.after)
        );
        line.trim_end().to_owned()
    })
    .collect()
}

#[test]
fn joiners_leavers_moved_renamed_and_changed_are_told_apart() {
    let before = users(vec![
        json!({"Guid": A, "SipAddress": "sip:sara@contoso.com", "RegistrarPool": "pool01.contoso.com", "VoicePolicy": "V"}),
        json!({"SipAddress": "sip:leaver@contoso.com", "RegistrarPool": "pool01.contoso.com", "VoicePolicy": null}),
        json!({"SipAddress": "sip:same@contoso.com", "RegistrarPool": "pool01.contoso.com", "VoicePolicy": "Tag:X"}),
    ]);
    let after = users(vec![
        json!({"SipAddress": "SIP:Same@Contoso.com", "RegistrarPool": "POOL01.contoso.com", "VoicePolicy": "x"}),
        json!({"Guid": A, "SipAddress": "sip:sara.davis@contoso.com", "RegistrarPool": "pool02.contoso.com", "VoicePolicy": null}),
        json!({"SipAddress": "sip:joiner@contoso.com", "RegistrarPool": "pool02.contoso.com", "VoicePolicy": null}),
    ]);
    let differences = diff(&before, &after, r#"{"approved":[]}"#);
    let new = "sip:sara.davis@contoso.com (was sip:sara@contoso.com)";
    assert_eq!(
        told(&differences),
        [
            "Appeared sip:joiner@contoso.com".to_owned(),
            "Vanished sip:leaver@contoso.com".to_owned(),
            format!("Moved {new} registrar_pool pool01.contoso.com pool02.contoso.com"),
            format!("Renamed {new} sip_address sip:sara@contoso.com sip:sara.davis@contoso.com"),
            format!("Changed {new} voice_policy V none"),
        ]
    );
    assert_eq!((differences.open(), differences.is_doubtful()), (5, false));
}

#[test]
fn another_guid_is_another_object() {
    let before = users(vec![json!({"Guid": A, "SipAddress": "sip:sara@contoso.com"})]);
    let after = users(vec![json!({"Guid": B, "SipAddress": "sip:sara@contoso.com"})]);
    let differences = diff(&before, &after, r#"{"approved":[]}"#);
    assert_eq!(told(&differences), ["Appeared sip:sara@contoso.com", "Vanished sip:sara@contoso.com"]);
    let again = after.rows("users").and_then(|mut rows| rows.next()).expect("a user");
    assert!(matches!(before.counterpart(&again), Lookup::Known(Value::Null)), "she was made anew");
}

#[test]
fn approved_changes_are_no_damage() {
    let before = users(vec![
        json!({"Guid": A, "SipAddress": "sip:sara@contoso.com", "VoicePolicy": "V", "LineURI": "tel:+1"}),
        json!({"Guid": B, "SipAddress": "sip:hao@contoso.com", "VoicePolicy": "V", "LineURI": "tel:+2"}),
    ]);
    let after = users(vec![
        json!({"Guid": A, "SipAddress": "sip:sara@contoso.com", "VoicePolicy": "W", "LineURI": "tel:+9"}),
        json!({"Guid": B, "SipAddress": "sip:hao@contoso.com", "VoicePolicy": "W", "LineURI": "tel:+2"}),
    ]);
    let open = |approved: &str| diff(&before, &after, approved).open();
    assert_eq!(open(r#"{"approved":[]}"#), 3);
    assert_eq!(open(r#"{"approved":[{"reason":"V was W's old name","field":"voice_policy","from":"v","to":"w"}]}"#), 1);
    assert_eq!(
        open(r#"{"approved":[{"reason":"new number","identity":"SIP:Sara@contoso.com","field":"line_uri"}]}"#),
        2
    );
    assert_eq!(open(r#"{"approved":[{"reason":"x","change":"moved"}]}"#), 3);
    assert_eq!(open(r#"{"approved":[{"reason":"x","dataset":"sites"}]}"#), 3);
    let all = r#"{"approved":[{"reason":"all of it","identity":"sara@contoso.com"}]}"#;
    let differences = diff(&before, &after, all);
    assert_eq!(differences.open(), 1);
    let mut text = Vec::new();
    differences.write_text(false, |text| text.into(), &mut text).expect("written");
    let text = String::from_utf8(text).expect("text");
    for part in [
        "changed: 1\n    sip:hao@contoso.com: voice_policy V → W\n",
        "changed, approved: 2",
        "tel:+1 → tel:+9 (all of it)",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn what_one_side_does_not_know_is_counted_not_compared() {
    let before = users(vec![json!({"SipAddress": "sip:a@b.c", "VoicePolicy": "V"})]);
    let after = users(vec![json!({"SipAddress": "sip:a@b.c", "Enabled": true})]);
    let differences = diff(&before, &after, r#"{"approved":[]}"#);
    assert_eq!(told(&differences), [""; 0]);
    let [users] = differences.datasets.as_slice() else { panic!("{differences:?}") };
    assert_eq!(users.uncompared, BTreeMap::from([("enabled", 1), ("voice_policy", 1)]));
}

#[test]
fn policies_are_compared_over_what_both_know() {
    let policy = |extra: Json| {
        let mut policy =
            json!({"Identity": "Tag:RedmondConf", "Description": "x", "MaxMeetingSize": 250, "AllowPolls": true});
        if let (Some(policy), Json::Object(extra)) = (policy.as_object_mut(), extra) {
            policy.extend(extra);
        }
        policy
    };
    let before = inventory(&[("conferencing_policies", vec![policy(json!({}))])]);
    let newer = json!({"ApplicationSharingMode": "RDP", "Description": "y", "Anchor": 9});
    let same = inventory(&[("conferencing_policies", vec![policy(newer)])]);
    assert_eq!(told(&diff(&before, &same, r#"{"approved":[]}"#)), [""; 0], "newer modules show more");
    let other = inventory(&[("conferencing_policies", vec![policy(json!({"MaxMeetingSize": 100}))])]);
    assert_eq!(
        told(&diff(&before, &other, r#"{"approved":[]}"#)),
        ["Changed Tag:RedmondConf settings max_meeting_size: 250 max_meeting_size: 100"]
    );
}

#[test]
fn lists_compare_in_any_order() {
    let site = |pools: &[&str]| inventory(&[("sites", vec![json!({"Identity": "Site:Redmond", "Pools": pools})])]);
    let before = site(&["a.contoso.com", "b.contoso.com"]);
    assert_eq!(told(&diff(&before, &site(&["B.contoso.com", "a.contoso.com"]), r#"{"approved":[]}"#)), [""; 0]);
    assert_eq!(told(&diff(&before, &site(&["a.contoso.com"]), r#"{"approved":[]}"#)).len(), 1);
}

#[test]
fn what_several_fields_identify_together_is_found_again() {
    let certificate = |host: &str, not_after: &str| json!({"Host": host, "Use": ["Default"], "Thumbprint": "AB", "NotAfter": not_after});
    let before =
        inventory(&[("certificates", vec![certificate("a.b", "2027-01-01"), certificate("c.d", "2027-01-01")])]);
    let after =
        inventory(&[("certificates", vec![certificate("C.D", "2027-01-01"), certificate("a.b", "2028-01-01")])]);
    let differences = diff(&before, &after, r#"{"approved":[]}"#);
    assert_eq!(told(&differences).len(), 1, "{:?}", told(&differences));
}

#[test]
fn json_is_json_also_with_thousands_of_differences() {
    let user = |number: usize, pool: &str| json!({"SipAddress": format!("sip:u{number}@b.c"), "RegistrarPool": pool});
    let before = users((0..5000).map(|number| user(number, "pool01.contoso.com")).collect());
    let after = users((0..5000).map(|number| user(number, "pool02.contoso.com")).collect());
    let differences = diff(&before, &after, r#"{"approved":[]}"#);
    let mut out = Vec::new();
    differences.write_json(&mut out).expect("written");
    let json: Json = serde_json::from_slice(&out).expect("it is JSON");
    assert_eq!(json["datasets"][0]["differences"].as_array().map(Vec::len), Some(5000));
    assert_eq!(json["datasets"][0]["differences"][0]["became"], "moved");
    let mut out = Vec::new();
    differences.write_text(false, |text| text.into(), &mut out).expect("written");
    assert!(String::from_utf8_lossy(&out).contains("and 4980 more"));
}
