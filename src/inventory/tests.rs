//! Several sources, one inventory.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::expression::{Lookup, Record, Type, Value};

fn part(builder: &mut Builder, source: SourceId, dataset: &str, records: &[serde_json::Value]) {
    let mut manifest = Manifest::new(dataset, "Get-CsThing");
    manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
    manifest.start = "2026-05-02T11:00:00Z".parse().ok();
    manifest.end = manifest.start;
    let mut part = builder.part(source, manifest).expect("a dataset");
    for record in records {
        part.record(record.as_object().expect("an object")).expect("taken");
    }
    builder.end(part);
}

fn finish(builder: Builder) -> Arc<Inventory> {
    Arc::new(builder.finish(&Expectations::at("2026-05-02T12:00:00Z".parse().expect("a time"))))
}

const GUID: &str = "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f11";
const OTHER: &str = "6f1c9d0e-6f5e-4d0b-9a55-0d0b7f3b2f12";

#[test]
fn sources_are_joined_by_guid_though_people_are_renamed() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "./export");
    let ldap = builder.source("ldap", "dc1.contoso.com");
    part(
        &mut builder,
        shell,
        "users",
        &[json!({"Guid": GUID, "SipAddress": "sip:old@contoso.com", "VoicePolicy": "V"})],
    );
    part(&mut builder, ldap, "users", &[json!({"Guid": GUID, "SipAddress": "sip:new@contoso.com", "OwnerUrn": null})]);
    let inventory = finish(builder);
    assert_eq!(inventory.count("users"), 1);
    let row = inventory.rows("users").and_then(|mut rows| rows.next()).expect("a user");
    assert!(matches!(row.field("voice_policy"), Lookup::Known(Value::Name(name)) if &*name == "V"));
    assert!(matches!(row.field("owner_urn"), Lookup::Known(Value::Null)), "what one doesn't know, the other may");
    let Lookup::Known(sources) = row.field("sources") else { panic!("they are known") };
    assert_eq!(sources.to_json(), json!(["export ./export", "ldap dc1.contoso.com"]));
    let [told] = inventory.disagreements() else { panic!("{:?}", inventory.disagreements()) };
    assert_eq!(told.field.as_deref(), Some("sip_address"));
    let said: Vec<(&str, &str)> = told.values.iter().map(|said| (said.source.as_str(), said.value.as_str())).collect();
    assert_eq!(said, [("export ./export", "sip:old@contoso.com"), ("ldap dc1.contoso.com", "sip:new@contoso.com")]);
}

#[test]
fn without_a_guid_the_sip_address_joins_whatever_its_case() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let ldap = builder.source("ldap", "b");
    part(
        &mut builder,
        shell,
        "users",
        &[json!({"SipAddress": "sip:sarad@contoso.com", "RegistrarPool": "Pool02.contoso.com"})],
    );
    part(
        &mut builder,
        ldap,
        "users",
        &[json!({"Guid": GUID, "SipAddress": "SIP:SaraD@Contoso.com", "RegistrarPool": "pool02.contoso.com."})],
    );
    let inventory = finish(builder);
    assert_eq!(inventory.count("users"), 1);
    assert_eq!(inventory.disagreements(), [], "names that differ in case are the same");
}

#[test]
fn two_guids_are_two_objects_though_the_address_is_one() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let ldap = builder.source("ldap", "b");
    let user = |guid: &str| json!({"Guid": guid, "SipAddress": "sip:sarad@contoso.com"});
    part(&mut builder, shell, "users", &[user(GUID)]);
    part(&mut builder, ldap, "users", &[user(OTHER)]);
    let inventory = finish(builder);
    assert_eq!(inventory.count("users"), 2);
    let duplicate = |told: &&Disagreement| told.field.as_deref() == Some("sip_address");
    assert_eq!(inventory.disagreements().iter().filter(duplicate).count(), 1);
}

#[test]
fn what_a_certificate_is_used_for_comes_in_any_order() {
    let mut builder = Builder::default();
    for (name, uses) in [("a", ["Default", "WebServicesInternal"]), ("b", ["WebServicesInternal", "Default"])] {
        let source = builder.source("export", name);
        let record = json!({"Host": "fe21.contoso.com", "Thumbprint": "AB", "Use": uses});
        part(&mut builder, source, "certificates", &[record]);
    }
    let inventory = finish(builder);
    assert_eq!((inventory.count("certificates"), inventory.disagreements().len()), (1, 0));
}

#[test]
fn the_union_counts_and_a_missing_object_is_told() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let ldap = builder.source("ldap", "b");
    part(&mut builder, shell, "meeting_rooms", &[]);
    part(&mut builder, ldap, "meeting_rooms", &[json!({"Guid": GUID, "SipAddress": "sip:room@contoso.com"})]);
    let inventory = finish(builder);
    assert_eq!(inventory.count("meeting_rooms"), 1, "the shell says 0, LDAP says 1: it is not empty");
    let [told] = inventory.disagreements() else { panic!("{:?}", inventory.disagreements()) };
    assert_eq!((told.identity.as_str(), told.field.as_deref()), ("sip:room@contoso.com", None));
    let said: Vec<&str> = told.values.iter().map(|said| said.value.as_str()).collect();
    assert_eq!(said, ["does not have it", "has it"]);
}

#[test]
fn parts_of_one_source_that_differ_are_told_by_their_calls() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    for (domain, pool) in [("contoso.com", "pool01.contoso.com"), ("eu.contoso.com", "pool02.contoso.com")] {
        let mut manifest = Manifest::new("users", "Get-CsUser");
        manifest.about = Some(domain.to_owned());
        let mut part = builder.part(shell, manifest).expect("a dataset");
        part.record(json!({"Guid": GUID, "RegistrarPool": pool}).as_object().expect("an object")).expect("taken");
        builder.end(part);
    }
    let inventory = finish(builder);
    let [told] = inventory.disagreements() else { panic!("{:?}", inventory.disagreements()) };
    assert_eq!(told.values[1].source, "export a (Get-CsUser, eu.contoso.com)");
}

#[test]
fn one_source_in_doubt_is_enough() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let ldap = builder.source("ldap", "b");
    part(&mut builder, shell, "users", &[]);
    builder.doubt(ldap, None, "the server closed the connection");
    let inventory = finish(builder);
    let Lookup::Unknown(reason) = inventory.list("users") else { panic!("emptiness rests on all sources") };
    assert!(reason.contains("ldap b: the server closed the connection"), "{reason}");
}

#[test]
fn policies_have_scope_name_and_settings() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let policy = |identity: &str| json!({"Identity": identity, "Description": "x", "MaxMeetingSize": 250, "NewThing": true, "Anchor": 5, "PSComputerName": "fe21"});
    let all = ["Global", "Site:Redmond", "Tag:RedmondConf", "RedmondConf2"].map(policy);
    part(&mut builder, shell, "conferencing_policies", &all);
    let inventory = finish(builder);
    let read = |row: &Row, field: &str| match row.field(field) {
        Lookup::Known(value) => value.to_json(),
        other => panic!("{field}: {other:?}"),
    };
    let rows: Vec<Row> = inventory.rows("conferencing_policies").expect("policies").collect();
    let scopes: Vec<_> = rows.iter().map(|row| (read(row, "scope"), read(row, "policy_name"))).collect();
    assert_eq!(scopes[0], (json!("global"), json!("Global")));
    assert_eq!(scopes[1], (json!("site"), json!("Redmond")));
    assert_eq!(scopes[2], (json!("user"), json!("RedmondConf")));
    assert_eq!(scopes[3], (json!("user"), json!("RedmondConf2")));
    assert_eq!(read(&rows[0], "settings"), json!({"max_meeting_size": 250, "new_thing": true}));
}

#[test]
fn what_belongs_to_a_pool_by_its_service_is_found_by_it() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let workflow = json!({"Identity": "service:ApplicationServer:pool01.contoso.com/0f8b", "Name": "Help"});
    part(&mut builder, shell, "response_group_workflows", &[workflow]);
    part(
        &mut builder,
        shell,
        "conference_directories",
        &[json!({"Identity": "3", "ServiceId": "UserServer:pool01.contoso.com"})],
    );
    let inventory = finish(builder);
    for dataset in ["response_group_workflows", "conference_directories"] {
        let rows = inventory.on_pool(dataset, "pool01.contoso.com");
        assert_eq!(rows.len(), 1, "{dataset}");
        assert!(matches!(rows[0].field("pool"), Lookup::Known(Value::Name(pool)) if &*pool == "pool01.contoso.com"));
    }
}

#[test]
fn a_service_that_names_no_pool_leaves_open_what_is_on_one() {
    for (dataset, record) in [
        ("conference_directories", json!({"Identity": "3", "ServiceId": "1-UserServices-1"})),
        ("trunks", json!({"Identity": "PstnGateway:gw.contoso.com", "MediationServer": true})),
    ] {
        let mut builder = Builder::default();
        let shell = builder.source("export", "a");
        part(&mut builder, shell, dataset, &[record]);
        let Lookup::Unknown(reason) = finish(builder).list_on_pool(dataset, "pool01.contoso.com") else {
            panic!("{dataset}: it may be on any pool");
        };
        assert!(reason.contains("is not known"), "{reason}");
    }
}

#[test]
fn the_root_of_expressions_knows_every_dataset() {
    let Type::Record(ty) = Inventory::ty() else { panic!("a record") };
    let inventory = finish(Builder::default());
    let Value::Record(root) = inventory.value() else { panic!("a record") };
    for field in &ty.fields {
        match root.get(&field.name) {
            Lookup::Unknown(reason) => {
                let told = ["no source was asked", "nothing was read that could differ"];
                assert!(told.iter().any(|told| reason.contains(told)), "{reason}");
            }
            Lookup::Known(value) => assert_eq!(value.to_json(), json!([]), "{}", field.name),
            Lookup::Missing => panic!("{} is in the type and not in the root", field.name),
        }
    }
    assert!(matches!(root.get("usres"), Lookup::Missing));
}

#[test]
fn values_fit_their_types() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    part(
        &mut builder,
        shell,
        "users",
        &[json!({"SipAddress": "sip:a@b.c", "Enabled": "True", "WhenChanged": "/Date(0)/"})],
    );
    let inventory = finish(builder);
    let row = inventory.find("users", "sip_address", "a@b.c").expect("found without its scheme");
    for (name, value) in row.fields() {
        let ty = dataset::named("users").and_then(|users| users.ty().field(&name).map(|field| field.ty.clone()));
        let fits = matches!(
            (ty.as_ref().map(Type::present), &value),
            (Some(Type::Name), Value::Name(_))
                | (Some(Type::Bool), Value::Bool(_))
                | (Some(Type::Time), Value::Time(_))
                | (Some(Type::List(_)), Value::List(_))
        );
        assert!(fits, "{name}: {value:?}");
    }
}

/// What is said in two ways, or can't be read, is not what was left out: the home server is not asked.
#[test]
fn only_pools_that_were_left_out_come_from_the_home_server() {
    let home = "CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools,DC=contoso,DC=com";
    let pool = |user: serde_json::Value| {
        let mut builder = Builder::default();
        let shell = builder.source("export", "a");
        part(&mut builder, shell, "clusters", &[json!({"ClusterId": "1:2", "Fqdn": "pool02.contoso.com"})]);
        let mut user = user;
        user["SipAddress"] = json!("sip:ann@contoso.com");
        user["HomeServer"] = json!(home);
        part(&mut builder, shell, "users", &[user]);
        let row = finish(builder).row("users", 0).expect("a user");
        row.field("registrar_pool")
    };
    let known = |lookup: &Lookup| matches!(lookup, Lookup::Known(Value::Name(name)) if &**name == "pool02.contoso.com");
    assert!(known(&pool(json!({}))));
    assert!(known(&pool(json!({"RegistrarPool": 487_279_971}))));
    for unreadable in [
        json!({"RegistrarPool": "pool01.contoso.com", "registrarPool": "pool03.contoso.com"}),
        json!({"RegistrarPool": ["pool01.contoso.com"]}),
        json!({"RegistrarPool": "@{FriendlyName=pool01.contoso.com}"}),
        json!({"RegistrarPool": true}),
        // On no pool, with a home server: which of the two is true, is not known.
        json!({"RegistrarPool": null}),
        json!({"RegistrarPool": ""}),
    ] {
        let said = pool(unreadable.clone());
        assert!(matches!(said, Lookup::Unknown(_)), "{unreadable}: {said:?}");
    }
}

/// Hashes are seeded anew each time: what hangs on them shows up once in a hundred times.
#[test]
fn a_second_sip_is_part_of_an_address_each_time() {
    for _ in 0..500 {
        let mut builder = Builder::default();
        let shell = builder.source("export", "a");
        let users = ["sip:sip:ann@contoso.com", "sip:ann@contoso.com"].map(|address| json!({"SipAddress": address}));
        part(&mut builder, shell, "users", &users);
        let inventory = finish(builder);
        assert!(inventory.disagreements().is_empty(), "{:?}", inventory.disagreements());
        let ann = inventory.find("users", "sip_address", "ann@contoso.com").expect("she is there");
        assert_eq!(ann.number(), 1);
    }
}

impl Inventory {
    /// The same for inventories that are alike in all that was read.
    pub(crate) fn hash(&self) -> String {
        snapshot::write(self, &mut std::io::sink()).expect("written")
    }
}

#[test]
fn hashes_tell_inventories_apart() {
    let with = |pool: &str| {
        let mut builder = Builder::default();
        let shell = builder.source("export", "a");
        part(&mut builder, shell, "users", &[json!({"SipAddress": "sip:a@b.c", "RegistrarPool": pool})]);
        finish(builder).hash()
    };
    assert_eq!(with("pool01.contoso.com"), with("pool01.contoso.com"));
    assert_ne!(with("pool01.contoso.com"), with("pool02.contoso.com"));
}

#[test]
fn hostile_records_are_refused_or_bounded() {
    let builder = &mut Builder::default();
    let source = builder.source("export", "a");
    let mut part = builder.part(source, Manifest::new("users", "x")).expect("a dataset");
    let refused = |part: &mut Part, text: &str| part.record_json(text.as_bytes()).expect_err("refused").to_string();
    let many: String = (0..3000).map(|number| format!("\"k{number}\":1,")).collect();
    assert!(refused(&mut part, &format!("{{{many}\"z\":1}}")).contains("more than 2000 properties"));
    let deep = format!("{{\"OwnerUrn\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(refused(&mut part, &deep).contains("recursion limit"));
    let long = format!("{{\"OwnerUrn\":\"{}\"}}", "x".repeat(Part::LONGEST));
    assert!(refused(&mut part, &long).contains("at most 4194304"));
    assert!(refused(&mut part, "[]").contains("an object"));
    assert!(refused(&mut part, "{} x").contains("trailing"));
    assert_eq!(part.records(), 0, "none of them left a trace");
    let told = part.record_json(b"{\"Ignored\":\"M\xfcller\"}").expect_err("refused").to_string();
    assert!(told.contains("byte 14 is no UTF-8"), "{told}");
    part.record_json(br#"{"SipAddress":"sip:a@b.c"}"#).expect("a good one still is");
}

/// What a million may take is measured elsewhere; what one takes is held here.
#[test]
fn a_hundred_thousand_users_are_small_and_are_found() {
    let mut builder = Builder::default();
    let source = builder.source("export", "a");
    let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
    for number in 0..100_000 {
        let line = format!(
            "{{\"Identity\":\"CN=User {number},OU=Redmond,DC=contoso,DC=com\",\"SipAddress\":\"sip:user{number}@contoso.com\",\"Guid\":\"{number:032x}\",\"Enabled\":true,\"RegistrarPool\":\"pool0{}.contoso.com\",\"LineURI\":\"tel:+1425{number}\",\"ConferencingPolicy\":\"Tag:Policy{}\",\"VoicePolicy\":null}}",
            number % 3,
            number % 50
        );
        part.record_json(line.as_bytes()).expect("taken");
    }
    builder.end(part);
    let inventory = finish(builder);
    assert!(inventory.size() / 100_000 < 180, "{} bytes a user", inventory.size() / 100_000);
    assert_eq!(inventory.on_pool("users", "pool02.contoso.com").len(), 33_333);
    let last = inventory.find("users", "sip_address", "USER99999@contoso.com").expect("there");
    assert!(matches!(last.field("conferencing_policy"), Lookup::Known(Value::Name(name)) if &*name == "Policy49"));
    assert_eq!(inventory.disagreements(), []);
}

#[test]
fn a_copy_of_a_definition_is_no_second_claim_to_its_address() {
    let mut builder = Builder::default();
    for name in ["a", "b"] {
        let source = builder.source("export", name);
        part(
            &mut builder,
            source,
            "response_group_workflows",
            &[
                json!({"Identity": "service:ApplicationServer:pool01.contoso.com/1", "PrimaryUri": "sip:desk@contoso.com"}),
                json!({"Identity": "service:ApplicationServer:pool02.contoso.com/2", "PrimaryUri": "sip:desk@contoso.com"}),
            ],
        );
    }
    let inventory = finish(builder);
    assert_eq!(inventory.count("response_group_workflows"), 2, "joined by identity, not by address");
    assert_eq!(inventory.disagreements(), []);
}

#[test]
fn records_with_the_empty_guid_are_not_one_object() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let ldap = builder.source("ldap", "b");
    let nobody = "00000000-0000-0000-0000-000000000000";
    let user = |name: &str| json!({"Guid": nobody, "SipAddress": format!("sip:{name}@contoso.com")});
    part(&mut builder, shell, "users", &[user("sarad")]);
    part(&mut builder, ldap, "users", &[user("haoc")]);
    assert_eq!(finish(builder).count("users"), 2);
}

#[test]
fn pools_whose_computers_are_not_known_leave_open_which_hosts_there_are() {
    let mut builder = Builder::default();
    let shell = builder.source("export", "a");
    let pools = [
        json!({"Identity": "pool01.contoso.com", "Fqdn": "pool01.contoso.com", "Computers": ["fe01.contoso.com"], "Services": ["Registrar:pool01.contoso.com"]}),
        json!({"Identity": "pool02.contoso.com", "Fqdn": "pool02.contoso.com", "Computers": "System.Collections.Generic.List`1[System.String]", "Services": ["Registrar:pool02.contoso.com"]}),
    ];
    part(&mut builder, shell, "pools", &pools);
    let mut manifest = Manifest::new("certificates", "Get-CsCertificate");
    manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
    manifest.about = Some("fe01.contoso.com".to_owned());
    manifest.end = "2026-05-02T11:00:00Z".parse().ok();
    builder.end(builder.part(shell, manifest).expect("a dataset"));
    let doubt = finish(builder).doubt("certificates").unwrap_or_default();
    assert!(doubt.contains("the computers of a pool are not known"), "{doubt}");
}
