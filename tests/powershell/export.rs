//! The `powershell` source.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::{Failed, Trial};
use poolproof::environment::PowershellSource;
use poolproof::expression::{Lookup, Record};
use poolproof::inventory::source::powershell::{Report, read};
use poolproof::inventory::source::script::{Options, script};
use poolproof::inventory::{Builder, Expectations, Inventory};
use poolproof::powershell::Shell;
use serde_json::json;

use super::world::{Lifelines, block_on, shell};

pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 22] = [
        ("a-contract-that-is-kept-is-read-to-the-end", kept),
        ("many-users-are-taken-as-they-come", many),
        ("half-an-object-and-silence", half_then_silence),
        ("half-an-object-and-the-end", half_then_end),
        ("a-prompt-ends-in-silence", prompt),
        ("exit-0-with-errors-proves-nothing", exit_0),
        ("a-shell-that-exits-at-once", exits),
        ("errors-of-a-call-are-doubts", errors),
        ("a-lost-line-is-noticed", lost),
        ("a-changed-line-is-noticed", changed),
        ("another-code-page-is-noticed", code_page),
        ("garbage-proves-nothing", garbage),
        ("a-broken-marker-ends-it", broken_marker),
        ("an-endless-line-ends-it", endless_line),
        ("endless-output-ends-in-time", endless),
        ("a-flooded-standard-error-holds-nothing-up", flood),
        ("a-shell-that-ignores-its-end-is-ended", ignores),
        ("a-child-left-behind-is-ended", child),
        ("dropping-it-ends-the-shell-and-its-children", dropped),
        ("what-the-script-cannot-do-is-told", fails),
        ("a-program-that-is-not-there", not_there),
        ("every-part-that-the-script-writes-is-found-in-a-folder", folder),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("export/{name}"), move || -> Result<(), Failed> {
            test();
            Ok(())
        })
    };
    tests.into_iter().map(trial).collect()
}

/// What came of a run: its report, and the inventory.
fn run(shell: &Shell, datasets: &[&str]) -> (Report, Arc<Inventory>) {
    let asked = PowershellSource {
        datasets: datasets.iter().map(ToString::to_string).collect(),
        ..PowershellSource::default()
    };
    block_on(async {
        let mut builder = Builder::default();
        let report = read(shell, &asked, Some("contoso"), &mut builder, |_, _| {}).await;
        let now = "2026-11-20T11:00:00Z".parse().expect("a time");
        (report, Arc::new(builder.finish(&Expectations::at(now))))
    })
}

const ALL: [&str; 3] = ["users", "sip_domains", "allowed_domains"];

/// Why a dataset proves nothing; it must prove nothing.
fn doubt(inventory: &Inventory, dataset: &str) -> String {
    inventory.doubt(dataset).unwrap_or_else(|| panic!("{dataset} is believed"))
}

fn kept() {
    let (report, inventory) = run(&shell(&["keeps-the-contract"]), &ALL);
    assert_eq!(report.failure, None, "{report:?}");
    assert_eq!(report.parts, 3);
    assert_eq!(report.module.as_deref(), Some("SkypeForBusiness 7.0.0.0"));
    for dataset in ALL {
        assert_eq!(inventory.doubt(dataset), None, "{dataset}");
    }
    assert_eq!((inventory.count("users"), inventory.count("allowed_domains")), (2, 0));
    let users: Vec<_> = inventory.rows("users").expect("users").collect();
    let text = |row: usize, field: &str| match users[row].get(field) {
        Lookup::Known(value) => value.to_string(),
        other => panic!("{field}: {other:?}"),
    };
    assert_eq!(text(0, "conferencing_policy"), "RedmondConf");
    assert_eq!(text(1, "sip_address"), "sip:juergen@contoso.com");
    assert_eq!(text(1, "display_name"), "J\u{fc}rgen \"the\n\u{1f600}");
    // What the records don't have is unknown, and not none.
    assert!(matches!(users[0].get("line_uri"), Lookup::Unknown(_)), "{:?}", users[0].get("line_uri"));
    let remarks = report.remarks.join("\n");
    for said in ["WARNING: a word of the product's", "RBAC roles cannot be read", "{not a record of any part}"] {
        assert!(remarks.contains(said), "{remarks}");
    }
    let part = &inventory.parts()[0];
    assert_eq!(part.manifest.caller.as_deref(), Some("CONTOSO\\reader"));
    assert_eq!(part.manifest.count, Some(2));
}

fn many() {
    const USERS: u32 = 20_000;
    let shell = shell(&["many-users", &USERS.to_string()]);
    let asked = PowershellSource { datasets: vec!["users".into()], ..PowershellSource::default() };
    let mut told = Vec::new();
    let inventory = block_on(async {
        let mut builder = Builder::default();
        let report =
            read(&shell, &asked, Some("contoso"), &mut builder, |name, count| told.push((name.to_owned(), count)))
                .await;
        assert_eq!(report.failure, None);
        builder.finish(&Expectations::at("2026-11-20T11:00:00Z".parse().expect("a time")))
    });
    assert_eq!(inventory.doubt("users"), None);
    assert_eq!(inventory.count("users"), 20_000);
    // Every thousand, and at the end.
    assert_eq!(told.len(), 21);
    assert_eq!(told[6], ("users".to_owned(), 7000));
}

fn half_then_silence() {
    let shell = Shell { silence: Duration::from_secs(5), ..shell(&["half-an-object-then-silence"]) };
    let (report, inventory) = run(&shell, &ALL);
    let failure = report.failure.expect("a failure");
    assert!(failure.contains("said nothing for 5s"), "{failure}");
    // What came whole before it is as good as ever.
    assert_eq!(inventory.doubt("sip_domains"), None);
    assert_eq!(inventory.count("users"), 1);
    assert!(doubt(&inventory, "users").contains("said nothing"));
    assert!(doubt(&inventory, "allowed_domains").contains("said nothing"));
}

fn half_then_end() {
    let (report, inventory) = run(&shell(&["half-an-object-then-the-end"]), &ALL);
    let failure = report.failure.expect("a failure");
    assert!(failure.contains("ended in the middle, with exit code 0"), "{failure}");
    assert_eq!(inventory.count("users"), 1, "a line without its end may have been cut");
    assert!(doubt(&inventory, "users").contains("ended in the middle"));
}

fn prompt() {
    let shell = Shell { silence: Duration::from_secs(5), ..shell(&["prompts"]) };
    let (report, inventory) = run(&shell, &ALL);
    assert!(report.failure.expect("a failure").contains("said nothing"));
    assert!(report.remarks.join("\n").contains("Confirm"), "{:?}", report.remarks);
    assert!(doubt(&inventory, "users").contains("said nothing"));
}

fn exit_0() {
    let (report, inventory) = run(&shell(&["exit-0-with-errors"]), &ALL);
    assert!(report.failure.expect("a failure").contains("exit code 0"));
    assert!(report.remarks.join("\n").contains("Import-Module : the module broke"), "{:?}", report.remarks);
    let doubt = doubt(&inventory, "users");
    assert!(doubt.contains("the module broke"), "{doubt}");
}

fn exits() {
    let (report, inventory) = run(&shell(&["exits-at-once"]), &ALL);
    assert!(report.failure.expect("a failure").contains("exit code 3"));
    assert!(doubt(&inventory, "users").contains("exit code 3"));
}

fn errors() {
    let (report, inventory) = run(&shell(&["errors-in-a-part"]), &["users", "sip_domains"]);
    assert_eq!(report.failure, None);
    assert!(doubt(&inventory, "users").contains("LDAP server is unavailable"));
    assert_eq!(inventory.doubt("sip_domains"), None);
}

fn lost() {
    let (_, inventory) = run(&shell(&["loses-a-line"]), &["users"]);
    assert!(doubt(&inventory, "users").contains("2 records were sent and 1 arrived"));
}

fn changed() {
    let (_, inventory) = run(&shell(&["changes-a-line"]), &["users"]);
    assert!(doubt(&inventory, "users").contains("SHA-256"));
}

fn code_page() {
    let (_, inventory) = run(&shell(&["code-page-1252"]), &["users"]);
    assert_eq!(inventory.count("users"), 1);
    assert!(doubt(&inventory, "users").contains("record 2"), "{}", doubt(&inventory, "users"));
}

fn garbage() {
    let (report, inventory) = run(&shell(&["garbage"]), &ALL);
    assert!(report.failure.expect("a failure").contains("exit code 1"));
    assert!(report.remarks.iter().map(String::len).sum::<usize>() < 64 * 1024);
    doubt(&inventory, "users");
}

fn broken_marker() {
    let (report, inventory) = run(&shell(&["a-broken-marker"]), &ALL);
    assert!(report.failure.expect("a failure").contains("a marker line is broken"));
    doubt(&inventory, "users");
}

fn endless_line() {
    let (report, inventory) = run(&shell(&["an-endless-line"]), &ALL);
    let failure = report.failure.expect("a failure");
    assert!(failure.contains("a line of its output is longer than 4194304 bytes"), "{failure}");
    assert!(doubt(&inventory, "users").contains("longer than"));
}

fn endless() {
    let shell = Shell { timeout: Duration::from_secs(5), ..shell(&["endless-output"]) };
    let (report, inventory) = run(&shell, &ALL);
    let failure = report.failure.expect("a failure");
    assert!(failure.contains("took longer than 5s"), "{failure}");
    assert!(report.remarks.iter().map(String::len).sum::<usize>() < 64 * 1024);
    doubt(&inventory, "users");
}

fn flood() {
    let (report, inventory) = run(&shell(&["floods-standard-error"]), &["sip_domains"]);
    assert_eq!(report.failure, None);
    assert_eq!(inventory.doubt("sip_domains"), None);
    assert!(report.remarks.iter().any(|text| text.contains("bytes are left out")), "{}", report.remarks.len());
    assert!(report.remarks.iter().map(String::len).sum::<usize>() < 64 * 1024);
}

fn ignores() {
    let lifelines = Lifelines::of(2);
    let (report, inventory) = run(&shell(&["ignores-its-end", &lifelines.port()]), &["sip_domains"]);
    assert_eq!(report.failure, None, "everything came");
    assert_eq!(inventory.doubt("sip_domains"), None);
    lifelines.all_end();
}

fn child() {
    let lifelines = Lifelines::of(2);
    let (report, inventory) = run(&shell(&["leaves-a-child", &lifelines.port()]), &["sip_domains"]);
    assert_eq!(report.failure, None);
    assert_eq!(inventory.doubt("sip_domains"), None);
    lifelines.all_end();
}

fn dropped() {
    let lifelines = Lifelines::of(2);
    let shell = shell(&["reads-for-ever", &lifelines.port()]);
    let asked = PowershellSource { datasets: vec!["users".into()], ..PowershellSource::default() };
    block_on(async {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let reading = tokio::spawn(async move {
            let mut builder = Builder::default();
            read(&shell, &asked, Some("contoso"), &mut builder, |name, count| {
                drop(sender.send((name.to_owned(), count)));
            })
            .await
        });
        assert_eq!(receiver.recv().await, Some(("users".to_owned(), 1)), "it is under way");
        reading.abort();
        assert!(reading.await.expect_err("it was dropped").is_cancelled());
    });
    lifelines.all_end();
}

fn fails() {
    let (report, inventory) = run(&shell(&["fails"]), &ALL);
    let failure = report.failure.expect("a failure");
    assert!(failure.contains("neither the module SkypeForBusiness"), "{failure}");
    assert!(doubt(&inventory, "users").contains("neither the module"));

    // One host came whole; whether it was the last one nobody knows.
    let (_, inventory) = run(&shell(&["fails-between-hosts"]), &["windows_services", "users"]);
    assert_eq!(inventory.count("windows_services"), 1);
    assert!(doubt(&inventory, "windows_services").contains("the second host was too much"));

    let (report, inventory) = run(&shell(&["another-dataset"]), &ALL);
    assert!(report.failure.expect("a failure").contains("no dataset `usrs`"));
    doubt(&inventory, "users");

    let (report, inventory) = run(&shell(&["somebody-elses-marker"]), &["sip_domains"]);
    assert_eq!(report.failure, None, "a marker that nobody could know counts alone");
    assert_eq!(inventory.doubt("sip_domains"), None);
}

fn not_there() {
    let shell = Shell { command: vec!["no-such-program-anywhere".into()], ..Shell::default() };
    let (report, inventory) = run(&shell, &ALL);
    assert!(report.failure.expect("a failure").contains("can't be started here"));
    assert!(doubt(&inventory, "users").contains("can't be started here"));
    let (report, _) = run(&shell, &["no_such_dataset"]);
    assert!(report.failure.expect("a failure").contains("there is no dataset"));
}

/// The files as the script names them, each part empty: what the `export` source makes of
/// them.
fn folder() {
    let script = script(&Options::default()).expect("a script");
    let value = |line: &str, key: &str| {
        let (_, after) = line.split_once(&format!("{key} = '")).unwrap_or_else(|| panic!("{key} in {line}"));
        after.split('\'').next().expect("a value").to_owned()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<&str> = script.lines().collect();
    let mut expected = Vec::new();
    for pair in lines.windows(2).filter(|pair| pair[0].trim_start().starts_with("Dataset = '")) {
        let (dataset, cmdlet) = (value(pair[0], "Dataset"), value(pair[0], "Cmdlet"));
        let about = match value(pair[1], "Sees").as_str() {
            "deployment" => None,
            "host" => Some("fe21.contoso.com"),
            "pool" => Some("pool02.contoso.com"),
            _ => Some("contoso.com"),
        };
        let suffix = about.map_or(String::new(), |about| format!("@{about}"));
        let name = format!("{}{suffix}", value(pair[0], "Part"));
        let mut manifest = json!({
            "manifest": 1, "dataset": dataset, "call": cmdlet, "parameters": "", "caller": "CONTOSO\\reader",
            "roles": [{"name": "RTCUniversalReadOnlyAdmins", "scopes": []}], "machine": "fe21.contoso.com",
            "version": "SkypeForBusiness 7.0.0.0", "start": "2026-11-20T10:00:00.000Z", "count": 0,
            "end": "2026-11-20T10:00:01.000Z", "bytes": 0,
            "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        });
        if let Some(about) = about {
            manifest["about"] = about.into();
        }
        std::fs::write(folder.path().join(format!("{name}.jsonl")), "").expect("written");
        std::fs::write(folder.path().join(format!("{name}.manifest.json")), format!("{manifest}\n")).expect("written");
        if about.is_none() {
            expected.push(dataset);
        }
    }
    std::fs::write(folder.path().join("poolproof-export.log"), "2026 remark\r\n").expect("written");
    std::fs::write(folder.path().join("users.jsonl.partial"), "{").expect("written");
    let mut builder = Builder::default();
    let read = poolproof::inventory::source::export::read(folder.path(), "export", &mut builder, &mut |_| {
        ControlFlow::Continue(())
    });
    read.unwrap_or_else(|found| panic!("{found:?}"));
    let inventory = builder.finish(&Expectations::at("2026-11-20T11:00:00Z".parse().expect("a time")));
    assert!(expected.len() > 50, "{}", expected.len());
    for dataset in expected {
        assert_eq!(inventory.doubt(&dataset), None, "{dataset}");
    }
}
