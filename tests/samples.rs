//! What real cmdlets printed, held against the table of datasets: names, spellings, values.
//! The files lie beside the project.

#[path = "support/peers.rs"]
#[allow(dead_code, reason = "no test needs them all")]
mod peers;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use poolproof::expression::Lookup;
use poolproof::inventory::{Builder, Expectations, Kind, Manifest, dataset};
use serde_json::{Map, Value};

/// A file, the dataset that it is a record of, properties that the table leaves out on purpose,
/// and some values as they must be read.
type Sample = (&'static str, &'static str, &'static [&'static str], &'static [(&'static str, &'static str)]);

const SAMPLES: &[Sample] = &[
    (
        "get-csservice-edgeserver",
        "edge_services",
        &[],
        &[
            ("identity", "EdgeServer:dc.fabrikam.com"),
            ("registrar", "Registrar:LYNC-SE.fabrikam.com"),
            ("access_edge_client_sip_port", "443"),
            ("media_relay_external_turn_tcp_port", "445"),
            ("media_communication_port_count", "10000"),
            ("av_edge_external_fqdn", "none"),
            ("site_id", "Site:fabrikam.com"),
            ("version", "5"),
        ],
    ),
    (
        "get-csservice-webserver",
        "web_services",
        &["AppSharingPortStart", "AppSharingPortCount"],
        &[("external_https_port", "4443"), ("file_store", "FileStore:dc01.contoso.net")],
    ),
    (
        "get-cstrustedapplicationendpoint",
        "trusted_application_endpoints",
        &[],
        &[
            ("owner_urn", "urn:application:helpdesk"),
            ("line_uri", "none"),
            ("primary_language", "0"),
            ("enterprise_voice_enabled", "true"),
        ],
    ),
    (
        "get-cscommonareaphone",
        "common_area_phones",
        &["GroupChatPolicy"],
        &[("registrar_pool", "atl-cs-001.litwareinc.com"), ("conferencing_policy", "none"), ("enabled", "true")],
    ),
    (
        "get-csmeetingroom",
        "meeting_rooms",
        &[
            "ContactOptionFlags",
            "OriginatorSid",
            "FirstName",
            "LastName",
            "WindowsEmailAddress",
            "LineServerURI",
            "AudioVideoDisabled",
            "IPPBXSoftPhoneRoutingEnabled",
            "RemoteCallControlTelephonyEnabled",
            "PrivateLine",
            "AcpInfo",
            "HostedVoiceMail",
        ],
        &[
            ("owner_urn", "urn:device:roomsystem"),
            ("sid", "S-1-5-21-2831376166-2963252556-2165051629-1257"),
            ("display_name", "Room 1219"),
        ],
    ),
    (
        "get-csdialinconferencingaccessnumber",
        "dial_in_access_numbers",
        &[],
        &[("primary_uri", "sip:testnumber@litwareinc.com"), ("pool", "atl-cs-001.litwareinc.com")],
    ),
    ("get-csaccessedgeconfiguration", "access_edge_configurations", &[], &[("allow_outside_users", "true")]),
    (
        "get-csaccessedgeconfiguration-2010-style",
        "access_edge_configurations",
        &[],
        &[("allow_outside_users", "false")],
    ),
    (
        "get-csconferencingpolicy-global",
        "conferencing_policies",
        &[],
        &[("identity", "Global"), ("scope", "global"), ("max_meeting_size", "250")],
    ),
    ("get-csexternalaccesspolicy", "external_access_policies", &[], &[("enable_xmpp_access", "false")]),
    ("get-csvoicepolicy", "voice_policies", &[], &[("name", "DefaultPolicy"), ("allow_pstn_re_routing", "true")]),
    ("get-cstrunkconfiguration", "trunk_configurations", &[], &[("srtp_mode", "Required")]),
    ("get-csmeetingconfiguration", "meeting_configurations", &[], &[("designate_as_presenter", "Company")]),
    ("get-csarchivingconfiguration", "archiving_configurations", &[], &[("enable_archiving", "False")]),
    ("get-csqoeconfiguration", "monitoring_configurations", &[], &[("enable_qo_e", "true")]),
    ("get-cswatchernodeconfiguration", "watcher_nodes", &[], &[("port_number", "5061")]),
    (
        "get-csdatabasemirrorstate",
        "database_mirror_states",
        &[],
        &[("state_on_mirror", "DatabaseInaccessibleOrMirroringNotEnabled"), ("database_name", "lcscdr")],
    ),
    (
        "test-csfederatedpartner-failure-504",
        "synthetic_results",
        &[],
        &[("result", "Failure"), ("latency", "0"), ("error", "504, Server time-out")],
    ),
    ("test-csregistration-success", "synthetic_results", &[], &[("result", "Success"), ("latency", "6.8630376")]),
    (
        "get-csnetworkinterface",
        "network_interfaces",
        &["IPv6Address", "ConfiguredIPv6Address"],
        &[("ip_address", "0.0.0.0"), ("interface_number", "1")],
    ),
    (
        "get-csclientpininfo",
        "client_pin_infos",
        &[],
        &[("last_pin_change_time", "2012-09-25T13:35:03Z"), ("pin_expiration_time", "none")],
    ),
];

fn main() -> ExitCode {
    let trials = SAMPLES.iter().map(|sample| {
        peers::trial(
            &format!("powershell::{}", sample.0),
            || peers::shared(&format!("samples/powershell/{}.txt", sample.0)),
            |path| read(sample, &std::fs::read_to_string(path)?),
        )
    });
    libtest_mimic::run(&Arguments::from_args(), trials.collect::<Vec<Trial>>()).exit_code()
}

/// `Name : value`, values over several lines put together.
fn printed(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        let named = line.split_once(" : ").or_else(|| Some((line.strip_suffix(" :")?, "")));
        match named.filter(|(name, _)| !name.starts_with(' ') && !name.trim_end().contains([' ', ',', '{'])) {
            Some((name, value)) => fields.push((name.trim().to_owned(), value.trim().to_owned())),
            None => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push_str(line.trim());
                }
            }
        }
    }
    fields
}

fn read((file, name, left_out, expected): &Sample, text: &str) -> Result<(), Failed> {
    let dataset = dataset::named(name).ok_or("no such dataset")?;
    let fields = printed(text);
    assert!(fields.len() > 3, "{file} was not understood: {fields:?}");
    for (property, _) in &fields {
        let known = dataset.property(property).is_some() || dataset.keeps_settings;
        if left_out.contains(&property.as_str()) {
            assert!(!known, "{name}: {property} is known after all");
        } else {
            // Web services have three dozen addresses, of which the table has three.
            assert!(known || property.ends_with("Uri"), "{name}: {property} is neither known nor left out");
        }
    }
    let record: Map<String, Value> =
        fields.iter().map(|(property, value)| (property.clone(), Value::from(value.as_str()))).collect();
    let mut builder = Builder::default();
    let source = builder.source("export", "samples");
    let mut part = builder.part(source, Manifest::new(*name, "Get-CsThing"))?;
    part.record(&record)?;
    builder.end(part);
    let inventory = Arc::new(builder.finish(&Expectations::at(jiff::Timestamp::UNIX_EPOCH)));
    let row = inventory.rows(name).and_then(|mut rows| rows.next()).ok_or("no record")?;
    for (property, value) in &fields {
        let Some(field) = dataset.property(property).and_then(|field| dataset.fields.get(field)) else { continue };
        // What the console makes of a list is not what any source delivers.
        let is_list = matches!(field.kind, Kind::List(_)) || value.starts_with('{');
        let is_number_of_a_pool = field.kind == Kind::Pool && value.parse::<i64>().is_ok();
        if is_list || is_number_of_a_pool {
            continue;
        }
        match row.field(&field.name) {
            Lookup::Known(_) => {}
            other => return Err(format!("{name}.{}: {value:?} was read as {other:?}", field.name).into()),
        }
    }
    for (field, wanted) in *expected {
        match row.field(field) {
            Lookup::Known(value) if value.to_string() == *wanted => {}
            other => return Err(format!("{name}.{field} should be {wanted}, and is {other:?}").into()),
        }
    }
    Ok(())
}
