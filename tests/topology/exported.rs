//! An export of Contoso's: a Lync Server 2013 pool, a Subscription Edition pool of files that
//! were once 2019's, a branch appliance, an Edge, and a Persistent Chat pool.

use std::path::Path;

use serde_json::{Value as Json, json};

/// Writes a part of an export.
pub fn part(folder: &Path, dataset: &str, call: &str, about: Option<&str>, records: &Json) {
    let name = about.map_or_else(|| dataset.to_owned(), |about| format!("{dataset}-{about}"));
    let records = records.as_array().expect("a list");
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    let hash = ring::digest::digest(&ring::digest::SHA256, lines.as_bytes());
    let hash: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::write(folder.join(format!("{name}.jsonl")), lines).expect("written");
    let manifest = json!({
        "manifest": 1, "dataset": dataset, "call": call, "about": about, "count": records.len(),
        "caller": "CONTOSO\\admin", "roles": [{ "name": "CsViewOnlyAdministrator", "scopes": ["Global"] }],
        "sha256": hash, "start": "2026-11-20T10:00:00Z", "end": "2026-11-20T10:00:05Z",
    });
    std::fs::write(folder.join(format!("{name}.manifest.json")), manifest.to_string()).expect("written");
}

/// Writes all of it.
pub fn write(folder: &Path) {
    topology(folder);
    services(folder);
    settings(folder);
}

fn topology(folder: &Path) {
    let put = |dataset: &str, call: &str, records: Json| part(folder, dataset, call, None, &records);
    put(
        "sip_domains",
        "Get-CsSipDomain",
        json!([
            { "Identity": "contoso.net", "Name": "contoso.net", "IsDefault": false },
            { "Identity": "contoso.com", "Name": "contoso.com", "IsDefault": true },
        ]),
    );
    put(
        "sites",
        "Get-CsSite",
        json!([
            { "Identity": "Site:Redmond", "SiteId": 1, "DisplayName": "Redmond", "SiteType": "CentralSite",
              "ParentSite": null, "FederationRoute": "EdgeServer:edge01.contoso.com" },
            { "Identity": "Site:Portland", "SiteId": 2, "DisplayName": "Portland", "SiteType": "BranchSite",
              "ParentSite": "Site:Redmond" },
        ]),
    );
    let pool = |fqdn: &str, computers: Json| json!({ "Identity": fqdn, "Fqdn": fqdn, "Computers": computers });
    put(
        "pools",
        "Get-CsPool",
        json!([
            pool("pool01.contoso.com", json!(["fe11.contoso.com", "fe12.contoso.com"])),
            pool("pool02.contoso.com", json!(["fe21.contoso.com"])),
            pool("sba01.contoso.com", json!("sba01.contoso.com")),
            pool("edge01.contoso.com", json!(["en11.contoso.com"])),
            { "Identity": "chat01.contoso.com", "Fqdn": "chat01.contoso.com", "Services": ["PersistentChatServer:chat01.contoso.com"] },
        ]),
    );
}

fn services(folder: &Path) {
    let put = |dataset: &str, call: &str, records: Json| part(folder, dataset, call, None, &records);
    let service = |role: &str, pool: &str, version: u32, more: Json| {
        let mut record = json!({
            "Identity": format!("{role}:{pool}"), "PoolFqdn": pool, "Role": role, "Version": version,
            "SiteId": if pool.starts_with("sba") { "Site:Portland" } else { "Site:Redmond" },
        });
        record.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
        record
    };
    put(
        "registrar_services",
        "Get-CsService -Registrar",
        json!([
            service("Registrar", "pool01.contoso.com", 6, json!({ "EdgeServer": "EdgeServer:edge01.contoso.com" })),
            service("Registrar", "pool02.contoso.com", 8, json!({ "EdgeServer": null })),
            service("Registrar", "sba01.contoso.com", 6, json!({ "BackupRegistrar": "Registrar:pool01.contoso.com" })),
        ]),
    );
    put(
        "user_services",
        "Get-CsService -UserServer",
        json!([
            service("UserServer", "pool01.contoso.com", 6, json!({})),
            service("UserServer", "pool02.contoso.com", 8, json!({})),
        ]),
    );
    put("director_services", "Get-CsService -Director", json!([]));
    put(
        "web_services",
        "Get-CsService -WebServer",
        json!([service(
            "WebServer",
            "pool02.contoso.com",
            8,
            json!({ "InternalFqdn": "web02.contoso.com", "ExternalFqdn": "webext02.contoso.com" })
        ),]),
    );
    put(
        "persistent_chat_services",
        "Get-CsService -PersistentChatServer",
        json!([service(
            "PersistentChatServer",
            "chat01.contoso.com",
            6,
            json!({ "Registrar": "Registrar:pool01.contoso.com" })
        ),]),
    );
    put(
        "edge_services",
        "Get-CsService -EdgeServer",
        json!([service(
            "EdgeServer",
            "edge01.contoso.com",
            6,
            json!({
                "Registrar": "Registrar:pool01.contoso.com", "AccessEdgeClientSipPort": 443, "AccessEdgeExternalSipPort": 5061,
                "AccessEdgeExternalFqdn": "sip.contoso.com", "DataEdgeExternalFqdn": "wc.contoso.com", "DataPsomClientPort": 443,
            })
        )]),
    );
}

fn settings(folder: &Path) {
    let put = |dataset: &str, call: &str, records: Json| part(folder, dataset, call, None, &records);
    put(
        "simple_url_configurations",
        "Get-CsSimpleUrlConfiguration",
        json!([{ "Identity": "Global", "SimpleUrl": [
        { "Component": "Meet", "Domain": "contoso.com", "ActiveUrl": "https://meet.contoso.com" },
        { "Component": "Meet", "Domain": "contoso.net", "ActiveUrl": "https://meet.contoso.com/net/meet" },
        { "Component": "Dialin", "Domain": "*", "ActiveUrl": "https://call.contoso.com" },
        { "Component": "Cscp", "Domain": "*", "ActiveUrl": "https://admin.contoso.com" },
    ] }]),
    );
    put(
        "allowed_domains",
        "Get-CsAllowedDomain",
        json!([
            { "Identity": "fabrikam.com", "Domain": "fabrikam.com", "ProxyFqdn": "sip.fabrikam.com" },
        ]),
    );
    put("xmpp_partners", "Get-CsXmppAllowedPartner", json!([]));
    let core = "Skype for Business Server 2019, Core Components";
    let patches = json!([{ "ComponentName": core, "Version": "7.0.2046.825" }]);
    part(folder, "patch_levels", "Get-CsServerPatchVersion", Some("fe21.contoso.com"), &patches);
}
