//! What a folder can be, well and badly: what proves nothing says why.

mod abreast;
mod records;

use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::super::super::builder::{Builder, Expectations};
use super::super::super::store::{Inventory, hex};
use crate::diagnostic::{Code, Diagnostic};
use crate::expression::Lookup;

const NOW: &str = "2026-05-02T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

/// Writes a part whose manifest is true, changed by `change`.
fn write(folder: &Path, name: &str, dataset: &str, records: &str, change: impl FnOnce(&mut Json)) {
    let sha256 = hex(ring::digest::digest(&ring::digest::SHA256, records.as_bytes()).as_ref());
    let mut manifest = json!({
        "manifest": 1, "dataset": dataset, "call": "Get-CsThing", "caller": "CONTOSO\\admin",
        "roles": [{"name": "CsViewOnlyAdministrator", "scopes": ["Global"]}],
        "machine": "fe21.contoso.com", "count": records.lines().count(), "start": "2026-05-02T11:00:00Z",
        "end": "2026-05-02T11:01:00Z", "bytes": records.len(), "sha256": sha256,
    });
    change(&mut manifest);
    fs::create_dir_all(folder).expect("a folder");
    fs::write(folder.join(format!("{name}.jsonl")), records).expect("written");
    fs::write(folder.join(format!("{name}.manifest.json")), manifest.to_string()).expect("written");
}

fn expectations() -> Expectations {
    Expectations::at(now())
}

fn load(folder: &Path, expectations: &Expectations) -> Result<Arc<Inventory>, Vec<Diagnostic>> {
    let mut builder = Builder::default();
    super::read(folder, "export", &mut builder, &mut |_| ControlFlow::Continue(()))?;
    Ok(Arc::new(builder.finish(expectations)))
}

fn loaded(folder: &Path) -> Arc<Inventory> {
    load(folder, &expectations()).expect("it can be read")
}

fn doubt(folder: &Path, dataset: &str) -> String {
    loaded(folder).doubt(dataset).expect("it proves nothing")
}

const SARA: &str = r#"{"Identity":"CN=Sara Davis,DC=contoso,DC=com","SipAddress":"sip:sarad@contoso.com","Enabled":true,"RegistrarPool":"pool02.contoso.com","ConferencingPolicy":"Tag:RedmondConf"}"#;
const HAO: &str = r#"{"Identity":"CN=Hao Chen,DC=contoso,DC=com","SipAddress":"sip:haoc@contoso.com","Enabled":true,"RegistrarPool":{"FriendlyName":"pool11.contoso.com"},"ConferencingPolicy":null}"#;

fn users() -> String {
    format!("{SARA}\n{HAO}\n")
}

#[test]
fn a_true_export_is_complete() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    let inventory = loaded(folder.path());
    assert_eq!(inventory.doubt("users"), None);
    assert_eq!(inventory.count("users"), 2);
    let sara = inventory.find("users", "sip_address", "SIP:SaraD@contoso.com").expect("she is there");
    assert!(matches!(sara.field("conferencing_policy"), Lookup::Known(value) if value.to_string() == "RedmondConf"));
    assert_eq!(inventory.on_pool("users", "POOL11.contoso.com.").len(), 1);
    let Lookup::Unknown(reason) = sara.field("voice_policy") else { panic!("it was not delivered") };
    assert!(reason.contains("users.voice_policy") && reason.contains("Get-CsThing"), "{reason}");
    let Lookup::Unknown(reason) = inventory.list("meeting_rooms") else { panic!("nobody read it") };
    assert!(reason.contains("meeting_rooms was not delivered by export"), "{reason}");
}

#[test]
fn nothing_read_whole_is_empty_and_known() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "rooms", "meeting_rooms", "", |_| {});
    let Lookup::Known(list) = loaded(folder.path()).list("meeting_rooms") else { panic!("it is known to be empty") };
    assert_eq!(list.to_json(), json!([]));
}

#[test]
fn a_truncated_file_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    let cut = users().len() - 20;
    fs::write(folder.path().join("users.jsonl"), &users()[..cut]).expect("written");
    let doubt = doubt(folder.path(), "users");
    for part in [
        "users.jsonl, line 2: the file ends in the middle of a record",
        "SHA-256",
        "2 records were written, and 1 were read",
    ] {
        assert!(doubt.contains(part), "{part}: {doubt}");
    }
}

#[test]
fn a_gigabyte_of_one_string_is_given_up_early() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &(users() + "{\"DisplayName\":\""), |_| {});
    let file = fs::OpenOptions::new().write(true).open(folder.path().join("users.jsonl")).expect("opened");
    // Without a byte of it on the disk.
    file.set_len(1 << 30).expect("grown");
    let doubt = doubt(folder.path(), "users");
    assert!(doubt.contains("line 3: a record of more than 4 MiB"), "{doubt}");
}

#[test]
fn another_hash_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    fs::write(folder.path().join("users.jsonl"), users().replace("pool11", "pool99")).expect("written");
    assert!(doubt(folder.path(), "users").contains("is not what was written: its SHA-256"));
    write(folder.path(), "users", "users", &users(), |manifest| manifest["sha256"] = Json::Null);
    assert!(doubt(folder.path(), "users").contains("has no SHA-256"));
    // Whatever else it lacks: half of a file is a file.
    for kept in [&["manifest", "dataset", "roles", "start", "end"][..], &["manifest", "dataset"]] {
        write(folder.path(), "users", "users", &format!("{SARA}\n"), |manifest| {
            manifest.as_object_mut().expect("an object").retain(|name, _| kept.contains(&name.as_str()));
        });
        assert!(doubt(folder.path(), "users").contains("has no SHA-256"), "{kept:?}");
    }
}

#[test]
fn another_count_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |manifest| manifest["count"] = json!(3));
    assert!(doubt(folder.path(), "users").contains("3 records were written, and 2 were read"));
}

#[test]
fn the_wrong_dataset_in_a_file_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let sites =
        r#"{"Identity":"Site:Redmond","SiteId":"1","Pools":[],"FederationRoute":null,"SiteType":"CentralSite"}"#;
    write(folder.path(), "users", "users", sites, |_| {});
    let doubt = doubt(folder.path(), "users");
    assert!(doubt.contains("should hold users, and its records look like sites"), "{doubt}");
}

#[test]
fn two_manifests_of_one_call_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    write(folder.path(), "users-old", "users", &users(), |_| {});
    let doubt = doubt(folder.path(), "users");
    assert!(doubt.contains("users-old.manifest.json and users.manifest.json answer the same call"), "{doubt}");
}

#[test]
fn two_files_of_one_manifest_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    fs::write(folder.path().join("users.json"), users()).expect("written");
    assert!(doubt(folder.path(), "users").contains("both belong to users.manifest.json"));
}

#[test]
fn a_manifest_without_records_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    fs::remove_file(folder.path().join("users.jsonl")).expect("removed");
    assert!(doubt(folder.path(), "users").contains("there is no file with the records of users.manifest.json"));
}

#[test]
fn records_without_a_manifest_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("users.json"), users()).expect("written");
    let inventory = loaded(folder.path());
    assert_eq!(inventory.count("users"), 2);
    assert!(inventory.doubt("users").expect("a doubt").contains("has no manifest"));
}

#[test]
fn errors_of_the_call_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |manifest| {
        manifest["errors"] = json!(["The server is not operational.", "another"]);
    });
    let doubt = doubt(folder.path(), "users");
    assert!(doubt.contains("2 errors, the first of them: The server is not operational."), "{doubt}");
}

#[test]
fn a_call_without_end_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |manifest| manifest["end"] = Json::Null);
    assert!(doubt(folder.path(), "users").contains("did not come to its end"));
}

#[test]
fn limited_roles_prove_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let limited = json!([{"name": "RedmondAdministrator", "scopes": ["Site:Redmond"]}]);
    write(folder.path(), "users", "users", &users(), |manifest| manifest["roles"] = limited.clone());
    let doubt1 = doubt(folder.path(), "users");
    assert!(doubt1.contains("CONTOSO\\admin are limited to Site:Redmond"), "{doubt1}");
    let half = json!([{"name": "CsHelpDesk", "scopes": ["Global", "OU:ou=Redmond,dc=contoso,dc=com"]}]);
    write(folder.path(), "users", "users", &users(), |manifest| manifest["roles"] = half);
    assert!(doubt(folder.path(), "users").contains("OU:ou=Redmond"), "one kind of scope without limits is not enough");
    let both = json!([limited[0], {"name": "CsViewOnlyAdministrator", "scopes": ["Global"]}]);
    write(folder.path(), "users", "users", &users(), |manifest| manifest["roles"] = both);
    assert!(doubt(folder.path(), "users").contains("Site:Redmond"), "how scopes combine is nowhere documented");
    write(folder.path(), "users", "users", &users(), |manifest| manifest["roles"] = json!([]));
    assert!(doubt(folder.path(), "users").contains("no role of CONTOSO\\admin was found"));
    write(folder.path(), "users", "users", &users(), |manifest| manifest["roles"] = Json::Null);
    assert!(doubt(folder.path(), "users").contains("which roles"));
}

#[test]
fn a_stale_dataset_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |manifest| manifest["start"] = json!("2026-04-29T11:00:00Z"));
    let mut expectations = expectations();
    assert_eq!(load(folder.path(), &expectations).expect("read").doubt("users"), None, "no age was asked for");
    expectations.max_age.default = Some("24h".parse().expect("a duration"));
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("stale");
    assert!(doubt.contains("3 days old, and at most 24 h"), "{doubt}");
    expectations.max_age.by_dataset.insert("users".to_owned(), "7d".parse().expect("a duration"));
    assert_eq!(load(folder.path(), &expectations).expect("read").doubt("users"), None);
    expectations.now = "2026-04-01T00:00:00Z".parse().expect("a time");
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("early");
    assert!(doubt.contains("in the future"), "{doubt}");
}

#[test]
fn another_environment_proves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |manifest| manifest["environment"] = json!("fabrikam"));
    let mut expectations = expectations();
    expectations.environment = Some("contoso".to_owned());
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("another");
    assert!(doubt.contains("the environment `fabrikam`, not of `contoso`"), "{doubt}");

    write(folder.path(), "users", "users", &users(), |_| {});
    write(folder.path(), "domains", "sip_domains", "{\"Name\":\"fabrikam.com\",\"IsDefault\":true}\n", |_| {});
    expectations.sip_domains = vec!["contoso.com".to_owned()];
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("another");
    assert!(doubt.contains("its SIP domains are fabrikam.com") && doubt.contains("another deployment"), "{doubt}");
}

const POOLS: &str = r#"{"Identity":"pool02.contoso.com","Fqdn":"pool02.contoso.com","Computers":["fe21.contoso.com","FE22.contoso.com"],"Services":["Registrar:pool02.contoso.com","UserServer:pool02.contoso.com"]}
{"Identity":"sql01.contoso.com","Fqdn":"sql01.contoso.com","Computers":["sql01.contoso.com"],"Services":["UserDatabase:sql01.contoso.com"]}
"#;

#[test]
fn parts_of_several_machines_merge_against_the_topology() {
    let folder = tempfile::tempdir().expect("a folder");
    let service = |host: &'static str| move |manifest: &mut Json| manifest["about"] = json!(host);
    let record = "{\"Name\":\"RTCSRV\",\"Status\":4}\n";
    write(&folder.path().join("fe21"), "windows_services", "windows_services", record, service("fe21.contoso.com"));
    assert!(doubt(folder.path(), "windows_services").contains("which hosts there are is not known"));

    write(folder.path(), "pools", "pools", POOLS, |_| {});
    let left = doubt(folder.path(), "windows_services");
    assert!(left.contains("windows_services has no part about the host fe22.contoso.com"), "{left}");
    assert!(!left.contains("sql01"), "a database server has none of our services: {left}");

    write(&folder.path().join("fe22"), "windows_services", "windows_services", record, service("fe22.contoso.com"));
    let inventory = loaded(folder.path());
    assert_eq!(inventory.doubt("windows_services"), None);
    assert_eq!(inventory.count("windows_services"), 2, "equal services of two hosts are two");
    let row = inventory.find("windows_services", "host", "fe22.contoso.com").expect("named by its part");
    assert!(matches!(row.field("status"), Lookup::Known(value) if value.to_string() == "Running"));
}

#[test]
fn hosts_of_the_environment_are_expected_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let about = |manifest: &mut Json| manifest["about"] = json!("fe21.contoso.com");
    write(folder.path(), "certificates", "certificates", "{\"Use\":\"Default\",\"Thumbprint\":\"AB\"}\n", about);
    let mut expectations = expectations();
    expectations.hosts = vec!["fe21.contoso.com".to_owned(), "edge02.contoso.com".to_owned()];
    let doubt = load(folder.path(), &expectations).expect("read").doubt("certificates").expect("one is missing");
    assert!(doubt.contains("no part about the host edge02.contoso.com"), "{doubt}");
}

#[test]
fn every_domain_must_have_been_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let domain = |manifest: &mut Json| manifest["about"] = json!("contoso.com");
    write(folder.path(), "users", "users", &users(), domain);
    assert!(doubt(folder.path(), "users").contains("which domains there are is not known"));
    let mut expectations = expectations();
    expectations.domains = vec!["contoso.com".to_owned(), "eu.contoso.com".to_owned()];
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("one is missing");
    assert!(doubt.contains("no part about the domain eu.contoso.com"), "{doubt}");

    write(folder.path(), "users", "users", &users(), |manifest| {
        manifest["domain_controller"] = json!("dc1.contoso.com");
    });
    let doubt = load(folder.path(), &expectations).expect("read").doubt("users").expect("one controller");
    assert!(doubt.contains("one domain controller, dc1.contoso.com, and the forest has 2 domains"), "{doubt}");
}

#[test]
fn a_broken_manifest_is_refused_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    let cases = [
        ("{\n  \"dataset\": \"users\",\n  \"count\": }", Code::JsonSyntax, ":3:"),
        ("{\n  \"dataset\": \"usres\"}", Code::UnknownName, ":2:"),
        ("{\"dataset\": \"users\", \"cuont\": 1}", Code::WrongType, ":1:"),
        ("{\"dataset\": \"users\", \"manifest\": 99}", Code::InvalidValue, ":1:"),
        ("{\"dataset\": \"users\"} {\"dataset\": \"users\"}", Code::JsonSyntax, ":1:"),
        ("{\"data", Code::JsonSyntax, ":1:"),
    ];
    for (text, code, place) in cases {
        fs::write(folder.path().join("users.manifest.json"), text).expect("written");
        let refused = load(folder.path(), &expectations()).expect_err("it can't be read");
        let [diagnostic] = refused.as_slice() else { panic!("{refused:?}") };
        assert_eq!(diagnostic.code, code, "{text}: {diagnostic}");
        assert!(diagnostic.to_string().contains(&format!("users.manifest.json{place}")), "{diagnostic}");
    }
    fs::write(folder.path().join("users.manifest.json"), [0xC3, 0x28]).expect("written");
    let refused = load(folder.path(), &expectations()).expect_err("it is no text");
    assert_eq!(refused.first().map(|diagnostic| diagnostic.code), Some(Code::NotUtf8));
}

#[test]
fn a_folder_without_an_export_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let code = |path: &Path| load(path, &expectations()).expect_err("nothing there").first().map(|first| first.code);
    assert_eq!(code(folder.path()), Some(Code::Unreadable));
    assert_eq!(code(&folder.path().join("nowhere")), Some(Code::Unreadable));
    fs::write(folder.path().join("usres.json"), "[]").expect("written");
    assert_eq!(code(folder.path()), Some(Code::UnknownName));
}

#[test]
fn progress_is_told_and_reading_can_be_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    let mut builder = Builder::default();
    let mut told = Vec::new();
    super::read(folder.path(), "export", &mut builder, &mut |progress| {
        told.push(progress.clone());
        ControlFlow::Continue(())
    })
    .expect("read");
    let last = told.last().expect("something was told");
    assert_eq!((last.dataset, last.records, last.bytes, last.total), ("users", 2, last.total, users().len() as u64));

    let mut builder = Builder::default();
    super::read(folder.path(), "export", &mut builder, &mut |_| ControlFlow::Break(())).expect("stopped, not refused");
    let doubt = builder.finish(&expectations()).doubt("users").expect("it was stopped");
    assert!(doubt.contains("stopped before its end"), "{doubt}");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "users", "users", &users(), |_| {});
    std::os::unix::fs::symlink("/dev/zero", folder.path().join("sites.jsonl")).expect("a link");
    let refused = load(folder.path(), &expectations()).expect_err("refused");
    assert!(refused.iter().any(|one| one.message.contains("sites.jsonl is no file")), "{refused:?}");
}
