//! What documentation and the expression engine learn from the schemas.

use poolproof::observe::probes::PROBES;
use serde_json::Value;

/// Every object schema in a schema.
fn objects<'a>(schema: &'a Value, found: &mut Vec<&'a Value>) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object) {
                found.push(schema);
            }
            map.values().for_each(|value| objects(value, found));
        }
        Value::Array(items) => items.iter().for_each(|value| objects(value, found)),
        _ => {}
    }
}

fn schemas() -> Vec<(String, Value)> {
    PROBES
        .iter()
        .flat_map(|kind| {
            [
                (format!("{} spec", kind.name), (kind.spec_schema)().to_value()),
                (format!("{} facts", kind.name), (kind.facts_schema)().to_value()),
            ]
        })
        .collect()
}

#[test]
fn probes_are_in_the_order_of_names() {
    assert!(PROBES.is_sorted_by(|a, b| a.name < b.name));
}

#[test]
fn every_field_is_described_in_one_line() {
    for (name, schema) in schemas() {
        let mut found = Vec::new();
        objects(&schema, &mut found);
        assert!(!found.is_empty(), "{name}");
        for (field, property) in found.iter().flat_map(|object| object["properties"].as_object().expect("an object")) {
            let text = property["description"].as_str().unwrap_or_default();
            assert!(!text.is_empty() && !text.contains('\n'), "{name}: {field}: {text:?}");
        }
    }
}

#[test]
fn specs_accept_no_unknown_field() {
    for (name, schema) in schemas().iter().filter(|(name, _)| name.ends_with("spec")) {
        assert_eq!(schema["additionalProperties"], false, "{name}");
    }
}

#[test]
fn names_addresses_and_times_say_what_they_are() {
    let facts = |probe: &str| {
        let kind = PROBES.iter().find(|kind| kind.name == probe).expect("a probe");
        (kind.facts_schema)().to_value()
    };
    for (probe, pointer, format) in [
        ("dns", "/properties/name", "fqdn"),
        ("dns", "/properties/addresses/items", "ip"),
        ("dns", "/properties/targets/items", "fqdn"),
        ("dns", "/properties/cnames/items", "fqdn"),
        ("dns", "/properties/server", "host-port"),
        ("dns", "/$defs/DnsRecord/properties/address", "ip"),
        ("dns", "/$defs/DnsRecord/properties/target", "fqdn"),
        ("tcp", "/properties/address", "ip"),
        ("tls", "/properties/address", "ip"),
        ("tls", "/$defs/Certificate/properties/names/items", "fqdn"),
        ("tls", "/$defs/Certificate/properties/common_name", "fqdn"),
        ("tls", "/$defs/Certificate/properties/not_after", "date-time"),
        ("tls", "/$defs/TlsEndpoint/properties/address", "ip"),
    ] {
        let schema = facts(probe);
        let field = schema.pointer(pointer).unwrap_or_else(|| panic!("{probe}{pointer} in {schema:#}"));
        assert_eq!(field["format"], format, "{probe}{pointer}: {field}");
    }
}
