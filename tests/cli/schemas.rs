//! The printed JSON Schemas, held against what is shipped by a validator that is not ours.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jsonschema::Validator;
use poolproof::yaml::{Limits, parse, read_source};
use serde_json::Value;

use super::support::Run;

fn validator(format: &str) -> Validator {
    let printed = Run::new(["schema", format]).ok().stdout;
    let schema: Value = serde_json::from_str(&printed).expect("JSON");
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{format}: {error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{format}: {error}"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).map(|entries| entries.map(|entry| entry.expect("an entry").path()));
    entries.into_iter().flatten().filter(|path| path.extension().is_some_and(|end| end == "yaml")).collect()
}

fn json(path: &Path) -> Value {
    let source = read_source(path, Limits::default()).expect("read");
    parse(&Arc::clone(&source), Limits::default()).expect("parses").to_json()
}

fn all_fit(format: &str, paths: &[PathBuf]) {
    assert!(!paths.is_empty(), "there is nothing to hold against {format}");
    let validator = validator(format);
    for path in paths {
        let file = json(path);
        let found: Vec<String> =
            validator.iter_errors(&file).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(found.is_empty(), "{}: {found:#?}", path.display());
    }
}

#[test]
fn shipped_suites_fit() {
    all_fit("suite", &files(&root().join("checks")));
    all_fit("gate", &files(&root().join("gates")));
}

#[test]
fn fixtures_fit() {
    let fixtures: Vec<PathBuf> = std::fs::read_dir(root().join("fixtures"))
        .expect("fixtures")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    let each = |name: &str| -> Vec<PathBuf> { fixtures.iter().map(|fixture| fixture.join(name)).collect() };
    all_fit("environment", &each("environment.yaml"));
    all_fit("deployment", &each("deployment.yaml"));
    let inventories = each("inventory.yaml").into_iter().filter(|path| path.is_file());
    all_fit("inventory", &inventories.collect::<Vec<_>>());
    all_fit("state", &each("states").iter().flat_map(|folder| files(folder)).collect::<Vec<_>>());
    let variants: Vec<PathBuf> = each("variants").iter().flat_map(|folder| files(folder)).collect();
    if !variants.is_empty() {
        all_fit("variant", &variants);
    }
}

#[test]
fn results_fit() {
    let ran = Run::tiny(
        "
  - { id: holds, title: T, expect: [{ that: environment.name == 'tiny' }] }
  - id: asks
    title: T
    for: { pool: environment.pools }
    observe: { port: { tcp: { host: \"${pool.fqdn}\", port: 443 } } }
    expect: [{ that: port.open }]
",
    )
    .status(1)
    .ok();
    let results = ran.results().0;
    let validator = validator("results");
    let found: Vec<String> = validator.iter_errors(&results).map(|error| error.to_string()).collect();
    assert!(found.is_empty(), "{found:#?}");
}

/// A schema that accepts everything would let all of the above pass.
#[test]
fn what_is_wrong_does_not_fit() {
    let mut suite = json(&files(&root().join("checks"))[0]);
    suite["chekcs"] = Value::Null;
    assert!(!validator("suite").is_valid(&suite));
    for format in ["environment", "results", "deployment", "state", "variant"] {
        assert!(!validator(format).is_valid(&serde_json::json!({"nonsense": 1})), "{format}");
    }
}
