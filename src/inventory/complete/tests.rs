//! What proves nothing, though every call came to its end.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::super::{Builder, Expectations, Inventory, Manifest, Role, SourceId};
use crate::expression::{Lookup, Value};

fn part(builder: &mut Builder, source: SourceId, dataset: &str, records: &[Json], change: impl FnOnce(&mut Manifest)) {
    let mut manifest = Manifest::new(dataset, "Get-CsThing");
    manifest.roles = Some(vec![Role { name: "RTCUniversalReadOnlyAdmins".to_owned(), scopes: Vec::new() }]);
    manifest.start = "2026-05-02T11:00:00Z".parse().ok();
    manifest.end = manifest.start;
    change(&mut manifest);
    let mut part = builder.part(source, manifest).expect("a dataset");
    for record in records {
        part.record(record.as_object().expect("an object")).expect("taken");
    }
    builder.end(part);
}

fn expectations() -> Expectations {
    Expectations {
        environment: Some("contoso".to_owned()),
        sip_domains: vec!["contoso.com".to_owned()],
        ..Expectations::at("2026-05-02T12:00:00Z".parse().expect("a time"))
    }
}

fn finish(builder: Builder) -> Arc<Inventory> {
    Arc::new(builder.finish(&expectations()))
}

fn sip_domain(name: &str) -> [Json; 1] {
    [json!({"Identity": name, "Name": name, "IsDefault": true})]
}

#[test]
fn an_export_that_nothing_ties_to_the_deployment_proves_nothing() {
    let read = |environment: Option<&str>, domains: Option<&str>, kind: &str| {
        let mut builder = Builder::default();
        let source = builder.source(kind, "./export");
        let name = |manifest: &mut Manifest| manifest.environment = environment.map(str::to_owned);
        part(&mut builder, source, "users", &[], name);
        if let Some(domain) = domains {
            part(&mut builder, source, "sip_domains", &sip_domain(domain), name);
        }
        finish(builder).doubt("users")
    };
    let told = read(None, None, "export").expect("it may be anybody's");
    assert!(told.contains("names no environment") && told.contains("`-Environment contoso`"), "{told}");
    assert_eq!(read(Some("Contoso"), None, "export"), None);
    assert_eq!(read(None, Some("Contoso.com"), "export"), None);
    assert_eq!(read(None, None, "ldap"), None, "the environment file says where to ask");
    for environment in [None, Some("contoso")] {
        let told = read(environment, Some("fabrikam.com"), "export").expect("foreign");
        assert!(told.contains("its SIP domains are fabrikam.com"), "{told}");
    }
}

#[test]
fn the_domains_of_one_source_speak_for_no_other() {
    let mut builder = Builder::default();
    let ours = builder.source("export", "./ours");
    let theirs = builder.source("export", "./theirs");
    part(&mut builder, ours, "sip_domains", &sip_domain("contoso.com"), |_| {});
    part(&mut builder, theirs, "sip_domains", &sip_domain("fabrikam.com"), |_| {});
    part(&mut builder, theirs, "users", &[], |_| {});
    let told = finish(builder).doubt("users").expect("another deployment's users");
    assert!(told.contains("export ./theirs") && told.contains("fabrikam.com"), "{told}");
}

#[test]
fn what_the_directory_alone_found_rests_on_the_shell_too() {
    let read = |shell: &[&str], about: Option<&str>, kind: &str, call: &str| {
        let mut builder = Builder::default();
        let export = builder.source("export", "./export");
        let ldap = builder.source(kind, "dc1.contoso.com");
        for dataset in shell {
            part(&mut builder, export, dataset, &[], |manifest| {
                manifest.environment = Some("contoso".to_owned());
                manifest.about = about.map(str::to_owned);
            });
        }
        part(&mut builder, ldap, "users", &[], |manifest| {
            manifest.environment = Some("contoso".to_owned());
            manifest.call = call.to_owned();
        });
        finish(builder).doubt("users")
    };
    let read = |shell: &[&str], about: Option<&str>| {
        let told = read(shell, about, "ldap", "search");
        // The same, where an export holds what a directory answered.
        let exported = read(shell, about, "export", "ldap (&(objectClass=user))");
        assert_eq!(exported.is_some(), told.is_some(), "{exported:?}");
        told
    };
    let told = read(&["sip_domains"], None).expect("the export has no users");
    assert!(told.contains("export ./export: it has no users"), "{told}");
    assert_eq!(read(&["sip_domains", "users"], None), None);
    assert_eq!(read(&["certificates"], Some("edge01.contoso.com")), None, "an Edge's folder was asked for no users");
}

#[test]
fn what_hosts_say_of_themselves_needs_no_roles() {
    let read = |dataset: &str| {
        let mut builder = Builder::default();
        let source = builder.source("export", "./export");
        part(&mut builder, source, dataset, &[], |manifest| {
            manifest.environment = Some("contoso".to_owned());
            manifest.about = Some("edge01.contoso.com".to_owned());
            manifest.roles = Some(Vec::new());
        });
        let hosts = vec!["edge01.contoso.com".to_owned()];
        builder.finish(&Expectations { hosts, ..expectations() }).doubt(dataset)
    };
    assert_eq!(read("certificates"), None);
    assert!(read("users").is_some_and(|told| told.contains("no role of the caller was found")));
}

#[test]
fn only_what_could_differ_leaves_open_where_sources_differ() {
    let read = |doubted: &str| {
        let mut builder = Builder::default();
        let export = builder.source("export", "./export");
        let ldap = builder.source("ldap", "dc1.contoso.com");
        for dataset in ["sip_domains", "voice_policies", "pools"] {
            part(&mut builder, export, dataset, &[], |manifest| {
                manifest.environment = Some("contoso".to_owned());
                if dataset == doubted {
                    manifest.end = None;
                }
            });
        }
        part(&mut builder, ldap, "pools", &[], |_| {});
        finish(builder).undecided()
    };
    assert_eq!(read(""), None);
    assert_eq!(read("voice_policies"), None, "one source alone says nothing against itself");
    assert!(read("pools").is_some_and(|told| told.contains("did not come to its end")));
}

#[test]
fn two_values_of_one_property_are_none() {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    let records = [
        json!({"SipAddress": "sip:a@contoso.com", "SIPAddress": "sip:b@contoso.com", "sipaddress": "sip:a@contoso.com"}),
        json!({"SipAddress": "sip:c@contoso.com", "SIPAddress": "SIP:C@contoso.com"}),
        json!({"SipAddress": null, "SIPAddress": "sip:d@contoso.com"}),
    ];
    part(&mut builder, source, "users", &records, |_| {});
    let policies = [json!({"Identity": "Global", "NewThing": 1, "newThing": 2, "Other": 1, "other": 1})];
    part(&mut builder, source, "voice_policies", &policies, |_| {});
    let inventory = finish(builder);
    let users: Vec<Lookup> = inventory.rows("users").expect("users").map(|user| user.field("sip_address")).collect();
    let Lookup::Unknown(reason) = &users[0] else { panic!("{users:?}") };
    assert!(reason.contains("sip:a@contoso.com and sip:b@contoso.com under two names"), "{reason}");
    assert!(matches!(&users[1], Lookup::Known(Value::Name(_))), "they say the same");
    assert!(matches!(&users[2], Lookup::Known(Value::Name(name)) if &**name == "sip:d@contoso.com"), "one is no value");
    let policy = inventory.rows("voice_policies").and_then(|mut rows| rows.next()).expect("a policy");
    let Lookup::Known(Value::Record(settings)) = policy.field("settings") else { panic!("they came") };
    assert!(matches!(settings.get("new_thing"), Lookup::Unknown(_)), "{:?}", settings.get("new_thing"));
    assert!(matches!(settings.get("other"), Lookup::Known(Value::Int(1))));
}

#[test]
fn that_there_is_nothing_to_ask_is_not_believed() {
    let read = |pool: Json| {
        let mut builder = Builder::default();
        let source = builder.source("export", "./export");
        let ours = |manifest: &mut Manifest| manifest.environment = Some("contoso".to_owned());
        part(&mut builder, source, "pools", &[pool], ours);
        for (dataset, about) in [("certificates", "fe01.contoso.com"), ("database_mirror_states", "pool01.contoso.com")]
        {
            part(&mut builder, source, dataset, &[], |manifest| {
                ours(manifest);
                manifest.about = Some(about.to_owned());
            });
        }
        let inventory = finish(builder);
        ["certificates", "database_mirror_states"].map(|dataset| inventory.doubt(dataset).is_some())
    };
    let services = ["Registrar:pool01.contoso.com", "UserServer:pool01.contoso.com"];
    let pool = |computers: Json, services: &[&str]| json!({"Fqdn": "pool01.contoso.com", "Computers": computers, "Services": services});
    assert_eq!(read(pool(json!(["fe01.contoso.com"]), &services)), [false, false]);
    assert_eq!(read(pool(Json::Null, &services)), [true, false], "a pool without computers");
    assert_eq!(
        read(pool(json!(["fe01.contoso.com"]), &["FileStore:fs01.contoso.com"])),
        [true, true],
        "nothing of the product's"
    );
}

#[test]
fn a_manifest_that_hides_its_call_hides_no_roles() {
    let mut builder = Builder::default();
    let source = builder.source("export", "./export");
    part(&mut builder, source, "users", &[], |manifest| {
        manifest.environment = Some("contoso".to_owned());
        manifest.call = "get-csuser".to_owned();
        manifest.roles = None;
    });
    assert!(finish(builder).doubt("users").is_some_and(|told| told.contains("which roles")));
}
