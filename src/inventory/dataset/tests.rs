use std::collections::HashSet;

use super::*;

#[test]
fn names_are_the_cmdlets_in_snake_case() {
    for (property, name) in [
        ("AVEdgeExternalFqdn", "av_edge_external_fqdn"),
        ("SIPAddress", "sip_address"),
        ("SipAddress", "sip_address"),
        ("LineURI", "line_uri"),
        ("RegistrarPool", "registrar_pool"),
        ("EnableP2PFileTransfer", "enable_p2p_file_transfer"),
        ("IPPBXSoftPhoneRoutingEnabled", "ippbx_soft_phone_routing_enabled"),
        ("ADDomainNamingContextList", "ad_domain_naming_context_list"),
        ("UpToDate", "up_to_date"),
    ] {
        assert_eq!(snake_case(property), name);
    }
}

#[test]
fn the_table_is_sound() {
    let mut datasets = HashSet::new();
    let mut records = HashSet::new();
    let plain = |name: &str| {
        name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            && name.starts_with(|first: char| first.is_ascii_lowercase())
    };
    for dataset in all() {
        let name = dataset.name;
        assert!(datasets.insert(name), "{name} twice");
        assert!(records.insert(dataset.record), "{name}: another dataset has {} records", dataset.record);
        assert!(plain(name), "{name}");
        assert!(dataset.doc.ends_with('.'), "{name}: tell what it holds");
        assert!(!dataset.identity.is_empty(), "{name}: what identifies a record?");
        assert_eq!(named(name).map(|found| found.number), Some(dataset.number));
        let mut fields = HashSet::new();
        let mut properties = HashSet::new();
        for field in &dataset.fields {
            assert!(fields.insert(field.name.as_str()), "{name}.{} twice", field.name);
            assert!(plain(&field.name), "{name}.{}", field.name);
            assert!(field.doc.ends_with(['.', '…']), "{name}.{}: tell what it says", field.name);
            assert!(![SOURCES, READ_AT].contains(&field.name.as_str()), "{name}.{} is every record's", field.name);
            for property in std::iter::once(&field.property).chain(field.spellings) {
                if field.derived.is_none() {
                    assert!(properties.insert(property.to_ascii_lowercase()), "{name}: {property} twice");
                }
            }
        }
    }
}

#[test]
fn what_a_row_refers_to_exists() {
    for row in model::TABLES.iter().flat_map(|table| table.iter()) {
        let dataset = named(row.name).expect("the dataset");
        for property in row.identity.iter().chain(row.pool.as_ref()) {
            assert!(dataset.property(property).is_some(), "{}: {property}", row.name);
        }
        for field in &dataset.fields {
            if let Some(Derivation::PoolOf(of) | Derivation::ScopeOf(of) | Derivation::BareOf(of)) = field.derived {
                assert!(dataset.property(of).is_some(), "{}: {of}", row.name);
            }
        }
    }
}

#[test]
fn calls_only_look() {
    const VERBS: [&str; 3] = ["Get-", "Test-", "ldap "];
    const PLACES: [&str; 4] = ["{host}", "{domain}", "{pool}", "{user}"];
    for dataset in all() {
        for call in dataset.calls {
            assert!(VERBS.iter().any(|verb| call.starts_with(verb)), "{}: {call}", dataset.name);
            for place in call.split_inclusive('}').filter_map(|piece| piece.find('{').and_then(|at| piece.get(at..))) {
                assert!(PLACES.contains(&place), "{}: {call}", dataset.name);
            }
        }
    }
}
