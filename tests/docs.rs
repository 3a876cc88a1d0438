//! Reference pages and schemas are made from the code, and this keeps them true.
//!
//! `POOLPROOF_UPDATE_DOCS=1 cargo test --test docs` writes them anew.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use poolproof::commands::SchemaName;
use poolproof::diagnostic::Code;
use poolproof::environment::Environment;
use poolproof::expression::{FILTERS, RecordType, TESTS, Type};
use poolproof::inventory::source::script;
use poolproof::inventory::{Derivation, Sees, dataset};
use poolproof::observe::Limits;
use poolproof::observe::probes::PROBES;
use poolproof::powershell::cmdlets::{CMDLETS, Parameter, ParameterKind};

const GENERATED: &str = "<!-- Made from the code: POOLPROOF_UPDATE_DOCS=1 cargo test --test docs -->\n";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs")
}

fn keep(name: &str, wanted: &str) {
    let path = docs().join(name);
    if std::env::var_os("POOLPROOF_UPDATE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("docs can be written");
        std::fs::write(&path, wanted).expect("docs can be written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == wanted, "docs/{name} is out of date: POOLPROOF_UPDATE_DOCS=1 cargo test --test docs");
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn short(ty: &Type) -> String {
    match ty {
        Type::Any => "any".to_owned(),
        Type::Null => "none".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Int => "whole number".to_owned(),
        Type::Float => "number".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Name => "name".to_owned(),
        Type::Time => "time".to_owned(),
        Type::Choice(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" "),
        Type::List(inner) => format!("list of {}", short(inner)),
        Type::Record(record) => format!("[{0}](#{1})", record.name, record.name.replace(' ', "-")),
        Type::Nullable(inner) => format!("{}, or none", short(inner)),
    }
}

/// The fields of a record and of every record below it, each once.
fn records(out: &mut String, record: &RecordType, level: &str, seen: &mut Vec<String>) {
    if seen.contains(&record.name) {
        return;
    }
    seen.push(record.name.clone());
    let _ = writeln!(out, "{level} {}\n\n| Field | Type | |\n|---|---|---|", record.name);
    for field in &record.fields {
        let _ = writeln!(out, "| `{}` | {} | {} |", field.name, cell(&short(&field.ty)), cell(&field.doc));
    }
    out.push('\n');
    for field in &record.fields {
        let mut ty = &field.ty;
        while let Type::Nullable(inner) | Type::List(inner) = ty {
            ty = inner;
        }
        if let Type::Record(inner) = ty {
            records(out, inner, level, seen);
        }
    }
}

#[test]
fn schemas_are_true() {
    for format in SchemaName::value_variants() {
        let name = format.to_possible_value().expect("a name").get_name().to_owned();
        let schema = format!("{:#}\n", format.schema().to_value());
        keep(&format!("schemas/{name}.schema.json"), &schema);
    }
}

#[test]
fn the_probes_page_is_true() {
    let mut out = format!("# Probes and their facts\n\n{GENERATED}\n");
    out += "A step of `observe` is one probe and its parameters; what it learns is what expressions read. Names (`name`) compare without regard to case and trailing dot. A field that says *or none* may be none as a fact; what could not be learned is never none, but an error.\n";
    for probe in PROBES {
        let _ = writeln!(out, "\n## `{}`\n\n{}\n", probe.name, probe.summary);
        let schema = (probe.spec_schema)().to_value();
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).collect();
        if let Type::Record(spec) = Type::of_schema(&(probe.spec_schema)()) {
            out += "| Parameter | Type | |\n|---|---|---|\n";
            for field in &spec.fields {
                let need = if required.contains(&field.name.as_str()) { " **Required.**" } else { "" };
                let _ = writeln!(
                    out,
                    "| `{}` | {} | {}{need} |",
                    field.name,
                    cell(&short(field.ty.present())),
                    cell(&field.doc)
                );
            }
            out.push('\n');
        }
        if let Type::Record(facts) = Type::of_schema(&(probe.facts_schema)()) {
            records(&mut out, &facts, "###", &mut Vec::new());
        }
    }
    keep("probes.md", &(out.trim_end().to_owned() + "\n"));
}

#[test]
fn the_cmdlets_page_is_true() {
    let mut out = format!("# Cmdlets\n\n{GENERATED}\n");
    out += "What a `cmdlet` step may call, and with what. Nothing else is ever called, beside what [exports](export.md) read. What leaves a trace needs the named `effects` in its check, and `--allow` when it runs. Without credentials, which no parameter takes, a synthetic transaction uses the test users that its pool is configured with. Who else gets a message or a call has to be one of the environment's `accounts` or a partner's `probe`.\n\n| Cmdlet | Parameters | Leaves |\n|---|---|---|\n";
    for cmdlet in CMDLETS {
        let parameter = |one: &Parameter| match one.kind {
            ParameterKind::Switch => format!("`{}`", one.name),
            kind => format!("`{}` ({})", one.name, kind.in_words()),
        };
        let parameters: Vec<String> = cmdlet.parameters.iter().map(parameter).collect();
        let effects: Vec<String> = cmdlet.effects.iter().map(|effect| format!("`{}`", effect.as_str())).collect();
        let _ = writeln!(out, "| `{}` | {} | {} |", cmdlet.name, parameters.join(", "), effects.join(", "));
    }
    keep("cmdlets.md", &out);
}

#[test]
fn the_expressions_page_is_true() {
    let mut out = format!("# Expressions: filters, tests, and what `environment` holds\n\n{GENERATED}\n");
    out += "[Writing checks](writing-checks.md) tells how they are used.\n\n## Filters\n\n`value | filter`. They bind tighter than comparisons.\n\n| Filter | Example | |\n|---|---|---|\n";
    for filter in FILTERS {
        let _ =
            writeln!(out, "| `{}` | `{}` | {} |", filter.about.name, cell(filter.about.usage), cell(filter.about.doc));
    }
    out += "\n## Tests\n\n`value is test`, `value is not test`.\n\n| Test | Example | |\n|---|---|---|\n";
    for test in TESTS {
        let _ = writeln!(out, "| `{}` | `{}` | {} |", test.about.name, cell(test.about.usage), cell(test.about.doc));
    }
    out += "\n## What `environment` holds\n\nThe environment file, and what follows from it.\n\n";
    if let Type::Record(environment) = Environment::ty() {
        records(&mut out, &environment, "###", &mut Vec::new());
    }
    keep("expressions.md", &(out.trim_end().to_owned() + "\n"));
}

/// Its numbers and lists; what it says of rights and ports is the product's.
#[test]
fn before_you_run_it_is_true() {
    let page = std::fs::read_to_string(docs().join("before-you-run.md")).expect("the page");
    let (inside, outside) = (Limits::default(), Limits::outside());
    let limits = format!(
        "At most {} questions are in flight and {} at one host; from anywhere but inside {}, {}, and {} starts a second and host.",
        inside.concurrency, inside.per_host, outside.concurrency, outside.per_host, outside.starts_per_second
    );
    let usual: Vec<&str> = script::usual().map(|dataset| dataset.name).collect();
    let by_user = dataset::all().iter().filter(|dataset| script::calls(dataset) > 0 && !usual.contains(&dataset.name));
    let mut by_user: Vec<String> = by_user.map(|dataset| format!("`{}`", dataset.name)).collect();
    by_user.sort();
    let (last, first) = by_user.split_last().expect("some cost a call a user");
    let asked = format!("{} and {last} cost one call a user and are read only where they are named", first.join(", "));
    for said in [limits, asked] {
        assert!(page.contains(&said), "docs/before-you-run.md doesn't say: {said}");
    }
    for probe in PROBES {
        assert!(page.contains(&format!("`{}`", probe.name)), "docs/before-you-run.md has no rights for {}", probe.name);
    }
}

#[test]
fn the_diagnostics_page_is_true() {
    let mut out = format!("# Diagnostics\n\n{GENERATED}\n");
    out += "What is wrong with a file is told with a code, the place, and the way out. Codes are stable.\n\n| Code | Meaning |\n|---|---|\n";
    for code in Code::ALL {
        let _ = writeln!(out, "| `{code}` | {} |", cell(code.meaning().trim()));
    }
    keep("diagnostics.md", &out);
}

#[test]
fn the_datasets_page_is_true() {
    let mut out = format!("# Datasets of the inventory\n\n{GENERATED}\n");
    out += "What `inventory` holds in expressions, and what fills it. [The inventory](inventory.md) tells how it is read. Any field may be none. A property marked *unconfirmed* is named by no source that we know: it is read when it comes under that name, and unknown otherwise. Every record also has `sources`, the sources that had it, and `read_at`.\n";
    for dataset in dataset::all() {
        let _ = writeln!(out, "\n## {}\n\n{}", dataset.name, dataset.doc);
        let calls: Vec<String> = dataset.calls.iter().map(|call| format!("`{}`", cell(call))).collect();
        let sees = match dataset.sees {
            Sees::Deployment => "",
            Sees::Host => ", host by host",
            Sees::Domain => ", domain by domain",
            Sees::Pool => ", pool by pool",
        };
        let by: Vec<String> =
            dataset.identity.iter().map(|field| format!("`{}`", dataset.fields[*field].name)).collect();
        let by = by.join(if dataset.identity_together { " and " } else { ", else " });
        let _ = writeln!(out, "\n{}{sees}. A record is known by {by}.\n", calls.join(", "));
        out += "| Field | Property | Type | |\n|---|---|---|---|\n";
        for field in &dataset.fields {
            let property = match field.derived {
                Some(Derivation::Settings) => "all".to_owned(),
                Some(Derivation::PoolOf(of) | Derivation::ScopeOf(of) | Derivation::BareOf(of)) => {
                    format!("from `{of}`")
                }
                None => {
                    let names = std::iter::once(&field.property).chain(field.spellings);
                    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" ")
                }
            };
            let attribute = field.attribute.map(|name| format!(" LDAP: `{name}`.")).unwrap_or_default();
            let unconfirmed = if field.confirmed { "" } else { " *Unconfirmed.*" };
            let _ = writeln!(
                out,
                "| `{}` | {property} | {} | {}{attribute}{unconfirmed} |",
                field.name,
                cell(&short(field.ty().present())),
                cell(field.doc)
            );
        }
    }
    keep("datasets.md", &(out.trim_end().to_owned() + "\n"));
}
