//! The inventory of a fixture is written as the export script writes it, and read as live.

use std::fmt::Write as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use poolproof::diagnostic::render;
use poolproof::expression::Lookup;
use poolproof::inventory::source::export;
use poolproof::inventory::{Builder, Dataset, Expectations, Inventory};
use poolproof::mock::{Fixture, Mock};

use crate::now;

const ENVIRONMENT: &str = "environment: small\ninventory: { sources: [{ export: ./now }] }\n";

const INVENTORY: &str = r#"
folder: ./now
baseline: { folder: ./before, state: before, age: 60d }
values:
  redmond: pool02.contoso.com
  home: { pool01.contoso.com: "1:1", pool02.contoso.com: "1:2" }
parts:
  default: { environment: small, caller: CONTOSO\export, roles: [{ name: CsViewOnlyAdministrator, scopes: [Global] }], machine: fe21.contoso.com }
defaults:
  users:
    at: contoso.com
    SipAddress: "sip:{key}@{at}"
    Guid: "{guid}"
    DisplayName: "{FirstName} {LastName}"
    Enabled: true
    RegistrarPool: "{redmond}"
    HomeServer: "CN=Lc Services,CN=Microsoft,CN={home:RegistrarPool},CN=Pools,DC=contoso,DC=com"
    ConferencingPolicy: null
  pools: { Identity: "{key}", Fqdn: "{key}", Computers: ["{key}"], Services: ["Registrar:{key}"] }
  windows_services: { Name: "{key}", Status: 4 }
records:
  users:
    sarad: { FirstName: Sara, LastName: Davis, ConferencingPolicy: "Tag:RedmondConf", WhenChanged: "/Date({ms ago 10d})/" }
    haoc: { FirstName: Hao, LastName: Chen, RegistrarPool: { FriendlyName: pool01.contoso.com } }
    nobody: { FirstName: No, LastName: "{{body}}", RegistrarPool: null, Enabled: "{missing}" }
  pools: { fe21.contoso.com: {}, fe22.contoso.com: {} }
  windows_services:
    fe21.contoso.com: &front-end { RTCSRV: {}, REPLICA: { Status: Stopped } }
    fe22.contoso.com: *front-end
  blocked_domains: {}
  directory_objects: { contoso.com: { haoc: { Enabled: false }, nobody: "{missing}", other: { SipAddress: "sip:other@contoso.com" } } }
copies:
  directory_objects: { contoso.com: { of: [users], without: [RegistrarPool] } }
others:
  ./ldap:
    parts: { default: { environment: small, call: "ldap (objectClass=user)", caller: CONTOSO\\ldap } }
    records: { users: { haoc: { Enabled: false } } }
    copies: { users: { all: { of: [users], only: [SipAddress, Guid, Enabled], with: { UserPolicies: ["7={key}"] } } } }
"#;

const BEFORE: &str = "title: before\ninventory: { values: { redmond: pool01.contoso.com } }\n";

fn fixture(inventory: &str, variant: &str) -> (tempfile::TempDir, Fixture) {
    let dir = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(path, text).expect("written");
    };
    write("environment.yaml", ENVIRONMENT);
    write("deployment.yaml", "{}\n");
    write("inventory.yaml", inventory);
    write("states/before.yaml", BEFORE);
    write("variants/v.yaml", &format!("title: v\non: base\n{variant}"));
    let fixture = Fixture::load(dir.path()).unwrap_or_else(|found| panic!("{}", render(&found, false)));
    (dir, fixture)
}

async fn started(state: Option<&str>, variant: Option<&str>, patch: &str) -> Mock {
    let (_dir, fixture) = fixture(INVENTORY, patch);
    let resolved = fixture.resolve(state, variant).unwrap_or_else(|found| panic!("{}", render(&found, false)));
    Mock::start(&resolved.deployment, now()).await.expect("starts")
}

fn folder(mock: &Mock, path: &str) -> PathBuf {
    mock.folders().remove(path).unwrap_or_else(|| panic!("{path} is not among {:?}", mock.folders()))
}

fn read(folder: &Path) -> Arc<Inventory> {
    read_all(&[folder.to_owned()], "small")
}

fn read_all(folders: &[PathBuf], environment: &str) -> Arc<Inventory> {
    let mut builder = Builder::default();
    for folder in folders {
        export::read(folder, "export", &mut builder, &mut |_| ControlFlow::Continue(()))
            .unwrap_or_else(|found| panic!("{}", render(&found, false)));
    }
    let expectations = Expectations { environment: Some(environment.to_owned()), ..Expectations::at(now()) };
    Arc::new(builder.finish(&expectations))
}

/// What each record of a dataset has in a field, one a line.
fn column(inventory: &Arc<Inventory>, dataset: &str, field: &str) -> String {
    let rows = inventory.rows(dataset).into_iter().flatten();
    rows.fold(String::new(), |mut text, row| {
        let _ = match row.field(field) {
            Lookup::Known(value) => writeln!(text, "{value}"),
            Lookup::Unknown(reason) => writeln!(text, "unknown: {reason}"),
            Lookup::Missing => writeln!(text, "no such field"),
        };
        text
    })
}

/// Why a dataset of a variant proves nothing.
async fn doubt(patch: &str, dataset: &str) -> String {
    let mock = started(None, Some("v"), patch).await;
    read(&folder(&mock, "./now")).doubt(dataset).unwrap_or_default()
}

#[tokio::test]
async fn records_are_read_as_from_a_real_export() {
    let mock = started(None, None, "").await;
    let inventory = read(&folder(&mock, "./now"));
    for dataset in ["users", "pools", "windows_services", "blocked_domains"] {
        assert_eq!(inventory.doubt(dataset), None, "{dataset}");
    }
    assert_eq!(inventory.count("blocked_domains"), 0);
    assert!(inventory.doubt("sites").is_some_and(|doubt| doubt.contains("was not delivered")));
    assert_eq!(
        column(&inventory, "users", "sip_address"),
        "sip:sarad@contoso.com\nsip:haoc@contoso.com\nsip:nobody@contoso.com\n"
    );
    assert_eq!(column(&inventory, "users", "display_name"), "Sara Davis\nHao Chen\nNo {body}\n");
    assert_eq!(column(&inventory, "users", "registrar_pool"), "pool02.contoso.com\npool01.contoso.com\nnone\n");
    let homes = column(&inventory, "users", "home_server");
    assert!(homes.starts_with("CN=Lc Services,CN=Microsoft,CN=1:2,CN=Pools") && homes.ends_with("\nnone\n"), "{homes}");
    assert_eq!(column(&inventory, "users", "conferencing_policy"), "RedmondConf\nnone\nnone\n");
    let enabled = column(&inventory, "users", "enabled");
    assert!(enabled.starts_with("true\ntrue\nunknown: "), "{enabled}");
    assert!(column(&inventory, "users", "when_changed").starts_with("2026-05-22T12:00:00Z\n"));
    let services: Vec<String> = ["host", "name", "status"]
        .map(|field| column(&inventory, "windows_services", field).replace('\n', " "))
        .into_iter()
        .collect();
    assert_eq!(
        services,
        [
            "fe21.contoso.com fe21.contoso.com fe22.contoso.com fe22.contoso.com ",
            "RTCSRV REPLICA RTCSRV REPLICA ",
            "Running Stopped Running Stopped "
        ]
    );
}

#[tokio::test]
async fn the_directory_has_copies() {
    let mock = started(None, Some("v"), "inventory: { records: { users: { sarad: { Enabled: false } } } }").await;
    let inventory = read(&folder(&mock, "./now"));
    assert_eq!(
        column(&inventory, "directory_objects", "sip_address"),
        "sip:sarad@contoso.com\nsip:haoc@contoso.com\nsip:other@contoso.com\n"
    );
    let enabled = column(&inventory, "directory_objects", "enabled");
    assert!(enabled.starts_with("false\nfalse\nunknown: "), "a copy follows, unless it says otherwise: {enabled}");
    assert!(column(&inventory, "directory_objects", "registrar_pool").starts_with("unknown: "));
    let guids = |dataset| column(&inventory, dataset, "guid").lines().next().map(str::to_owned);
    assert_eq!(guids("directory_objects"), guids("users"));
}

#[tokio::test]
async fn another_source_knows_the_same_objects() {
    let mock = started(None, None, "").await;
    let inventory = read_all(&[folder(&mock, "./now"), folder(&mock, "./ldap")], "small");
    assert_eq!((inventory.count("users"), inventory.doubt("users")), (3, None));
    assert!(column(&inventory, "users", "user_policies").contains("7=haoc"), "the one fills what the other lacks");
    let [differ] = inventory.disagreements() else { panic!("{:#?}", inventory.disagreements()) };
    assert_eq!((differ.identity.as_str(), differ.field.as_deref()), ("sip:haoc@contoso.com", Some("enabled")));
    let before = read(&folder(&mock, "./before"));
    assert_eq!((before.count("users"), before.doubt("users")), (3, None), "a baseline is of both");
    let unread = started(None, Some("v"), "inventory: { parts: { users: { missing: true } } }").await;
    assert_eq!(read(&folder(&unread, "./ldap")).count("users"), 3, "it has what the first did not read");
    assert!(column(&before, "users", "user_policies").contains("7=sarad"));
}

#[tokio::test]
async fn the_baseline_is_another_states_inventory_and_old() {
    let mock = started(None, Some("v"), "inventory: { records: { users: { sarad: null } } }").await;
    let (after, before) = (read(&folder(&mock, "./now")), read(&folder(&mock, "./before")));
    assert_eq!((after.count("users"), before.count("users")), (2, 3));
    assert!(column(&before, "users", "registrar_pool").starts_with("pool01.contoso.com\n"));
    assert_eq!(
        column(&before, "users", "guid").lines().nth(1),
        column(&after, "users", "guid").lines().next(),
        "an object keeps its GUID"
    );
    assert!(column(&before, "users", "read_at").starts_with("2026-04-02T11:00:00Z"), "60 days and an hour before");
    let mock = started(None, Some("v"), "baseline: { records: { users: { sarad: { Enabled: false } } } }").await;
    let (after, before) = (read(&folder(&mock, "./now")), read(&folder(&mock, "./before")));
    assert!(column(&after, "users", "enabled").starts_with("true"));
    assert!(column(&before, "users", "enabled").starts_with("false"));
}

#[tokio::test]
async fn what_is_wrong_with_a_part_is_seen() {
    let of = |how: &str| format!("inventory: {{ parts: {{ users: {how} }} }}");
    for (how, reason) in [
        ("{ errors: [Access denied] }", "the call reported an error: Access denied"),
        ("{ truncated: true }", "the file ends in the middle of a record"),
        ("{ missing: true }", "users was not delivered by export"),
        ("{ environment: other }", "it is of the environment `other`, not of `small`"),
        ("{ hash: wrong }", "is not what was written: its SHA-256 is"),
        ("{ count: 7 }", "7 records were written, and 3 were read"),
        ("{ without: [end] }", "the call did not come to its end"),
        ("{ without: [roles] }", "it does not say which roles"),
        ("{ roles: [{ name: CsHelpDesk, scopes: ['Site:Redmond'] }] }", "are limited to Site:Redmond"),
    ] {
        let found = doubt(&of(how), "users").await;
        assert!(found.contains(reason), "{how}: {found}");
    }
    let gone = "inventory: { records: { windows_services: { fe22.contoso.com: null } } }";
    let found = doubt(gone, "windows_services").await;
    assert!(found.contains("has no part about the host fe22.contoso.com"), "{found}");
    let failed = "inventory: { parts: { windows_services: { about: { fe22.contoso.com: { errors: [no RPC] } } } } }";
    let found = doubt(failed, "windows_services").await;
    assert!(found.contains("fe22.contoso.com") && found.contains("no RPC") && !found.contains("fe21"), "{found}");
    for how in ["{ encoding: utf-16, form: array }", "{ encoding: utf-8-bom, form: wrapped }"] {
        let mock = started(None, Some("v"), &of(how)).await;
        let inventory = read(&folder(&mock, "./now"));
        assert_eq!((inventory.doubt("users"), inventory.count("users")), (None, 3), "{how}");
    }
}

#[tokio::test]
async fn an_old_part_is_old() {
    let mock = started(None, Some("v"), "inventory: { parts: { users: { age: 3d } } }").await;
    let inventory = read(&folder(&mock, "./now"));
    assert!(column(&inventory, "users", "read_at").starts_with("2026-05-29T12:00:00Z"));
    assert!(column(&inventory, "pools", "read_at").starts_with("2026-06-01T11:00:00Z"));
}

#[tokio::test]
async fn the_folders_go_with_the_mock() {
    let mock = started(None, None, "").await;
    let folder = folder(&mock, "./before");
    assert!(mock.describe().contains("./before"));
    assert!(folder.join("users.jsonl").is_file() && folder.join("windows_services@fe21.contoso.com.jsonl").is_file());
    mock.stop().await;
    assert!(!folder.exists());
}

#[test]
fn what_can_not_be_written_is_refused_with_its_place() {
    let refused = |from: &str, to: &str| {
        let inventory = INVENTORY.replacen(from, to, 1);
        assert_ne!(inventory, INVENTORY, "{from}");
        let (_dir, fixture) = fixture(&inventory, "");
        let found = fixture.resolve(None, None).expect_err(to);
        assert!(found.iter().all(|diagnostic| diagnostic.place.is_some()), "{to}: without a place");
        found.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    for (from, to, message) in [
        ("blocked_domains", "bloked_domains", "there is no dataset `bloked_domains` (did you mean `blocked_domains`?)"),
        ("Enabled: true", "Enabeld: true", "a user has no property `Enabeld` (did you mean `Enabled`?)"),
        ("\"{redmond}\"", "\"{redmont}\"", "there is no `redmont` in `values` (did you mean `redmond`?)"),
        ("{FirstName}", "{FristName}", "the record `sarad` has no property `FristName` (did you mean `FirstName`?)"),
        (
            "pool02.contoso.com: \"1:2\"",
            "pool03.contoso.com: \"1:2\"",
            "`values.home` has nothing for `pool02.contoso.com`",
        ),
        ("{ms ago 10d}", "{ms ago 10}", "`10` is a duration without a unit"),
        ("{ms ago 10d}", "{sometime}", "there is no `sometime` in `values`"),
        ("{ms ago 10d}", "{ago now then}", "`{ago now then}` stands for nothing"),
        ("{key}@", "{about}@", "this dataset's parts are about all of the deployment"),
        ("Guid: \"{guid}\"", "Guid: \"{Guid}\"", "`{Guid}` stands for itself, in a circle"),
        ("\"{guid}\"", "\"{guid\"", "a `{` without its `}` in `{guid`"),
        ("\"{{body}}\"", "\"body}\"", "a `}` without its `{` in `body}`"),
        ("state: before", "state: befor", "there is no state `befor` (did you mean `before`?)"),
        ("parts:\n", "parts:\n  usres: {}\n", "there is no dataset `usres` (did you mean `users`?)"),
        ("parts:\n", "parts:\n  sites: {}\n", "there are no records of `sites`"),
        (
            "parts:\n",
            "parts:\n  windows_services: { about: { fe23.contoso.com: {} } }\n",
            "there is no part about `fe23.contoso.com`",
        ),
        ("fe22.contoso.com: {}", "fe22.contoso.com: x", "a pool is a mapping, and this is a text"),
        ("blocked_domains: {}", "blocked_domains: []", "`blocked_domains` is a mapping, and this is a list"),
        ("of: [users]", "of: [usres]", "there is no dataset `usres`"),
        (
            "directory_objects: { contoso.com: { of",
            "ad_users: { x: { of",
            "there is no part of `ad_users` to copy into",
        ),
        ("machine: fe21", "machin: fe21", "unknown key `machin`"),
    ] {
        let found = refused(from, to);
        assert!(found.contains(message), "{to}: {found}");
    }
}

#[tokio::test]
async fn contosos_inventory_is_whole_in_every_state() {
    assert!(whole_in_every_state("contoso").await > 50);
}

#[tokio::test]
async fn northwinds_inventory_is_whole_in_every_state() {
    assert!(whole_in_every_state("northwind").await > 5);
}

/// Holds that everything was read and could be read, and tells the fewest users of a state.
async fn whole_in_every_state(name: &str) -> usize {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name);
    let mut users = usize::MAX;
    let fixture = Fixture::load(&dir).unwrap_or_else(|found| panic!("{}", render(&found, false)));
    let states = std::iter::once(None).chain(fixture.states().map(|(name, _)| Some(name)));
    for state in states {
        let resolved = fixture.resolve(state, None).unwrap_or_else(|found| panic!("{}", render(&found, false)));
        let mock = Mock::start(&resolved.deployment, now()).await.expect("starts");
        for paths in [["./export", "./directory"].as_slice(), &["./before"]] {
            let what = format!("{state:?} {paths:?}");
            let folders: Vec<PathBuf> = paths.iter().map(|path| folder(&mock, path)).collect();
            let inventory = read_all(&folders, name);
            for dataset in poolproof::inventory::dataset::all() {
                assert_eq!(inventory.doubt(dataset.name), None, "{what}: {}", dataset.name);
                all_readable(&inventory, dataset, &what);
            }
            assert_eq!(inventory.disagreements(), [], "{what}");
            users = users.min(inventory.count("users"));
        }
    }
    users
}

/// What was delivered could be read: nothing is misspelt, and every pool is known.
fn all_readable(inventory: &Arc<Inventory>, dataset: &Dataset, what: &str) {
    for row in inventory.rows(dataset.name).into_iter().flatten() {
        for field in &dataset.fields {
            if let Lookup::Unknown(reason) = row.field(&field.name) {
                let (dataset, field) = (dataset.name, &field.name);
                assert!(reason.contains("did not deliver it"), "{what}: {dataset}.{field}: {reason}");
            }
        }
    }
    if let Some((_, pool)) = dataset.field("registrar_pool") {
        let pools = column(inventory, dataset.name, &pool.name);
        assert!(!pools.contains("unknown: "), "{what}: {}: {pools}", dataset.name);
    }
}
