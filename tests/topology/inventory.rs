//! A document as a source of the inventory.

use std::sync::Arc;

use libtest_mimic::Trial;
use poolproof::expression::{Lookup, Value};
use poolproof::inventory::topology::{deliver, gather};
use poolproof::inventory::{Builder, Expectations, Inventory};

use super::generated::{Deployment, contoso};
use super::{read, trial};

pub fn trials() -> Vec<Trial> {
    vec![
        trial("inventory::properties are the cmdlets'", properties),
        trial("inventory::what a document can't know stays unknown", unknown),
        trial("inventory::what is not known to be named proves nothing by its absence", absence),
        trial("inventory::one name for many clusters costs no more, and proves nothing", shared_name),
        trial("inventory::a file that is none is refused", broken),
    ]
}

fn inventory(text: &str) -> Arc<Inventory> {
    let mut builder = Builder::default();
    let source = builder.source("topology", "topology.xml");
    let written = "2026-11-20T10:00:00Z".parse().expect("a time");
    deliver(&mut builder, source, &read(text).expect("reads"), Some(written));
    Arc::new(builder.finish(&Expectations::at("2026-11-21T10:00:00Z".parse().expect("a time"))))
}

/// A field of the record that has this name, as messages show it.
fn field(inventory: &Arc<Inventory>, dataset: &str, key: &str, name: &str, field: &str) -> String {
    let row = inventory.find(dataset, key, name).unwrap_or_else(|| panic!("no {name} in {dataset}"));
    match row.field(field) {
        Lookup::Known(value) => value.to_string(),
        Lookup::Unknown(_) => "unknown".to_owned(),
        Lookup::Missing => panic!("{dataset} has no {field}"),
    }
}

fn properties() {
    let inventory = inventory(&contoso().published());
    let cases = [
        ("sites", "identity", "Site:Redmond", "site_id", "1"),
        ("sites", "identity", "Site:Dublin", "federation_route", "EdgeServer:edge01.contoso.com"),
        ("sites", "identity", "Site:Dublin", "site_type", "CentralSite"),
        ("sites", "identity", "Site:Dublin", "parent_site", "none"),
        ("sites", "identity", "Site:Portland", "parent_site", "Site:Redmond"),
        ("pools", "fqdn", "pool02.contoso.com", "computers", "[fe21.contoso.com, fe22.contoso.com, fe23.contoso.com]"),
        ("pools", "fqdn", "pool02.contoso.com", "site", "Site:Redmond"),
        ("computers", "fqdn", "fe22.contoso.com", "pool", "pool02.contoso.com"),
        ("clusters", "cluster_id", "1:2", "fqdn", "pool02.contoso.com"),
        ("network_interfaces", "identity", "en11.contoso.com/External/1", "configured_ip_address", "198.51.100.10"),
        ("network_interfaces", "identity", "fe22.contoso.com/Primary/1", "ip_address", "0.0.0.0"),
        ("sip_domains", "name", "contoso.net", "is_default", "false"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "version", "7"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "service_id", "1-Registrar-4"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "edge_server", "EdgeServer:edge01.contoso.com"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "user_server", "UserServer:pool01.contoso.com"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "monitoring_database", "none"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "sip_port", "5061"),
        ("registrar_services", "pool_fqdn", "sba01.contoso.com", "backup_registrar", "Registrar:pool01.contoso.com"),
        ("director_services", "pool_fqdn", "dir01.contoso.com", "role", "Director"),
        ("web_services", "pool_fqdn", "pool02.contoso.com", "external_fqdn", "webext02.contoso.com"),
        ("edge_services", "pool_fqdn", "edge01.contoso.com", "registrar", "Director:dir01.contoso.com"),
        ("edge_services", "pool_fqdn", "edge01.contoso.com", "data_psom_client_port", "444"),
        ("edge_services", "pool_fqdn", "edge01.contoso.com", "media_relay_external_turn_udp_port", "3478"),
        ("edge_services", "pool_fqdn", "edge01.contoso.com", "xmpp_listening_port", "5269"),
        ("edge_services", "pool_fqdn", "edge02.contoso.com", "access_edge_external_sip_port", "none"),
        ("edge_services", "pool_fqdn", "edge02.contoso.com", "av_edge_external_fqdn", "av2.contoso.com"),
        ("user_databases", "pool_fqdn", "sql01.contoso.com", "role", "UserDatabase"),
    ];
    for (dataset, key, name, name_of_field, value) in cases {
        assert_eq!(field(&inventory, dataset, key, name, name_of_field), value, "{dataset} {name} {name_of_field}");
    }
    let edge = inventory.find("edge_services", "pool_fqdn", "edge01.contoso.com").expect("an Edge");
    let Lookup::Known(Value::List(needed_by)) = edge.field("dependent_service_list") else { panic!("no list") };
    assert_eq!(needed_by.len(), 4, "the services that use it");
    for (dataset, count) in
        [("sites", 3), ("pools", 9), ("registrar_services", 4), ("user_services", 3), ("pstn_gateways", 1)]
    {
        assert_eq!(inventory.count(dataset), count, "{dataset}");
        assert_eq!(inventory.doubt(dataset), None, "{dataset}");
    }
}

fn unknown() {
    let published = inventory(&contoso().published());
    for (dataset, key, name, name_of_field) in [
        ("pools", "fqdn", "pool01.contoso.com", "backup_pool_fqdn"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "backup_registrar"),
        ("registrar_services", "pool_fqdn", "pool01.contoso.com", "enable_automatic_failover"),
        ("sites", "identity", "Site:Portland", "site_type"),
        ("sites", "identity", "Site:Portland", "federation_route"),
    ] {
        assert_eq!(field(&published, dataset, key, name, name_of_field), "unknown", "{name_of_field}");
    }
    assert!(matches!(published.list("users"), Lookup::Unknown(_)));
    assert!(matches!(published.list("simple_url_configurations"), Lookup::Unknown(_)));

    // A file of Topology Builder's knows no numbers, and proves nothing of what is published.
    let saved = inventory(&contoso().builder());
    assert_eq!(field(&saved, "registrar_services", "pool_fqdn", "pool01.contoso.com", "service_id"), "unknown");
    let Lookup::Unknown(reason) = saved.list("pools") else { panic!("a file of Topology Builder's proves nothing") };
    assert!(reason.contains("Topology Builder") && reason.contains("topology.xml"), "{reason}");
    assert_eq!(saved.count("pools"), 9);

    let text = contoso().published();
    let gone = text
        .replace("RoleName=\"EdgeServer\" Instance=\"14\"/></Dep", "RoleName=\"EdgeServer\" Instance=\"99\"/></Dep");
    let dangling = inventory(&gone);
    assert_eq!(
        field(&dangling, "registrar_services", "pool_fqdn", "pool01.contoso.com", "edge_server"),
        "unknown",
        "a Registrar that uses what is not there"
    );
}

fn absence() {
    let empty = inventory(&Deployment::default().published());
    assert!(matches!(empty.list("edge_services"), Lookup::Known(Value::List(list)) if list.is_empty()));
    for dataset in ["persistent_chat_services", "video_interop_services", "pstn_gateways", "archiving_services"] {
        assert!(matches!(empty.list(dataset), Lookup::Unknown(_)), "{dataset}");
    }
}

fn shared_name() {
    const MANY: usize = 3_000;
    let name = "Fqdn=\"pool01.contoso.com\"";
    let text = contoso().published();
    let twins: String = (0..MANY)
        .map(|number| format!("<Cluster {name}><ClusterId SiteId=\"1\" Number=\"{}\"/></Cluster>", 1_000 + number))
        .collect();
    let services: String = (0..MANY)
        .map(|number| {
            format!(
                "<Service><ServiceId SiteId=\"1\" RoleName=\"ApplicationServer\" Instance=\"{}\"/>\
                 <InstalledOn><ClusterId SiteId=\"1\" Number=\"1000\"/></InstalledOn></Service>",
                1_000 + number
            )
        })
        .collect();
    let text = text.replacen("</Clusters>", &(twins + "</Clusters>"), 1);
    let text = text.replacen("</Services>", &(services + "</Services>"), 1);
    let inventory = inventory(&text);
    let named: usize = inventory
        .rows("pools")
        .expect("a dataset")
        .map(|row| match row.field("services") {
            Lookup::Known(Value::List(list)) => list.iter().count(),
            other => panic!("{other:?}"),
        })
        .sum();
    assert!(named < 2 * MANY, "{named} names of services in all pools");
    let Lookup::Unknown(reason) = inventory.list("pools") else { panic!("pools are proven") };
    assert!(reason.contains("have the name of another one"), "{reason}");
}

fn broken() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("topology.xml");
    for text in [None, Some("<html/>".to_owned()), Some(contoso().published().replace("Port=\"5061\"", "Port=\"x\""))] {
        if let Some(text) = &text {
            std::fs::write(&path, text).expect("written");
        }
        let mut builder = Builder::default();
        let found = gather(&path, "topology.xml", &mut builder).expect_err("refused");
        assert!(found[0].to_string().contains("topology.xml"), "{found:?}");
        let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::now())));
        let Lookup::Unknown(reason) = inventory.list("pools") else { panic!("{text:?}") };
        assert!(reason.contains("topology.xml"), "{reason}");
    }
    std::fs::write(&path, contoso().published()).expect("written");
    let mut builder = Builder::default();
    assert_eq!(gather(&path, "topology.xml", &mut builder).expect("reads").warnings.len(), 0);
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::now())));
    assert!(matches!(inventory.list("pools"), Lookup::Known(_)));
    let part = inventory.parts().first().expect("parts");
    assert!(part.manifest.start.is_some(), "its age is the file's");
}
