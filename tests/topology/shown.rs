//! What a real shell showed, as records of the inventory: every property that a dataset
//! knows is read, whatever the console made of it. The files lie beside the project.

use std::sync::Arc;

use libtest_mimic::{Failed, Trial};
use poolproof::expression::Lookup;
use poolproof::inventory::{Builder, Expectations, Manifest, dataset};
use serde_json::{Map, Value as Json};

use super::peers;

/// File, dataset, how many of its properties the dataset knows, and one of them: field, value.
type Shown = (&'static str, &'static str, usize, &'static str, &'static str);

const SHOWN: &[Shown] = &[
    ("get-csservice-edgeserver", "edge_services", 24, "media_relay_external_turn_tcp_port", "445"),
    ("get-csservice-webserver", "web_services", 20, "internal_fqdn", "internalweb.contoso.net"),
    ("get-csnetworkinterface", "network_interfaces", 7, "interface_number", "1"),
    ("get-cscommonareaphone", "common_area_phones", 9, "line_uri", "tel:+14255550712"),
    ("get-csaccessedgeconfiguration", "access_edge_configurations", 14, "allow_outside_users", "true"),
    ("get-csexternalaccesspolicy", "external_access_policies", 5, "enable_outside_access", "false"),
    ("get-csconferencingpolicy-global", "conferencing_policies", 10, "identity", "Global"),
    ("get-csdialinconferencingaccessnumber", "dial_in_access_numbers", 7, "pool", "atl-cs-001.litwareinc.com"),
    ("get-csclientpininfo", "client_pin_infos", 4, "is_pin_set", "false"),
];

pub fn trials() -> Vec<Trial> {
    let trial = |shown: &'static Shown| {
        let path = format!("samples/powershell/{}.txt", shown.0);
        let find = move || peers::shared(&path);
        peers::trial(&format!("shown::{}", shown.0), find, move |path| read(shown, &std::fs::read_to_string(path)?))
    };
    SHOWN.iter().map(trial).collect()
}

fn read((_, name, least, field, value): &Shown, text: &str) -> Result<(), Failed> {
    let record = record(text);
    let mut builder = Builder::default();
    let source = builder.source("export", "sample");
    let mut part = builder.part(source, Manifest::new(*name, "sample"))?;
    part.record(&record)?;
    builder.end(part);
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::now())));
    let row = inventory.rows(name).and_then(|mut rows| rows.next()).ok_or("no record")?;
    let of = dataset::named(name).ok_or("no dataset")?;
    let mut known = 0;
    for property in record.keys() {
        let Some(known_as) = of.property(property).and_then(|index| of.fields.get(index)) else { continue };
        match row.field(&known_as.name) {
            Lookup::Known(_) => known += 1,
            other => return Err(format!("{property}: {:?} became {other:?}", record.get(property)).into()),
        }
    }
    assert!(known >= *least, "{known} of {} properties are known", record.len());
    match row.field(field) {
        Lookup::Known(found) => assert_eq!(found.to_string(), *value),
        other => return Err(format!("{field}: {other:?}").into()),
    }
    Ok(())
}

/// `Name : value`, wrapped lines put together. The console has no types: what is nothing is
/// null, what is in braces a list.
fn record(text: &str) -> Map<String, Json> {
    let mut pairs: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let name =
            line.split(" : ").next().or_else(|| line.split(" :").next()).unwrap_or_default().trim_end_matches(" :");
        let is_name = !name.is_empty() && name.trim_end().bytes().all(|byte| byte.is_ascii_alphanumeric());
        match line.split_once(':') {
            Some((_, value)) if is_name && !line.starts_with(' ') => {
                pairs.push((name.trim().to_owned(), value.trim().to_owned()));
            }
            _ => {
                if let Some((_, value)) = pairs.last_mut() {
                    value.push_str(line.trim());
                }
            }
        }
    }
    let value = |text: String| match text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
        Some(items) => items.split(',').map(str::trim).filter(|item| !item.is_empty()).collect(),
        None if text.is_empty() => Json::Null,
        None => text.into(),
    };
    pairs.into_iter().map(|(name, text)| (name, value(text))).collect()
}
