//! Attributes → the cmdlets' properties, as the table of datasets says.

use serde_json::{Map, Value};

use super::entry::Entry;
use super::pools::Pools;
use super::shown;
use crate::inventory::{Dataset, Field, Kind};
use crate::protocol::ldap::{file_time, generalized_time, guid, sid};

pub(super) const HOME: &str = "msRTCSIP-PrimaryHomeServer";
const TARGET: &str = "msRTCSIP-TargetHomeServer";
const OPTIONS: &str = "msRTCSIP-OptionFlags";
/// The bit of `msRTCSIP-OptionFlags` for UC, which the shell calls Enterprise Voice.
const ENTERPRISE_VOICE: i64 = 128;

/// The attributes that datasets are made of.
pub(super) fn attributes<'d>(datasets: impl IntoIterator<Item = &'d Dataset>) -> Vec<String> {
    let own = datasets.into_iter().flat_map(|dataset| dataset.fields.iter().filter_map(|field| field.attribute));
    let mut all: Vec<String> = own
        .chain(["objectClass", HOME, TARGET, OPTIONS, "msRTCSIP-OwnerUrn", "msRTCSIP-OriginatorSid", "dNSHostName"])
        .filter(|attribute| *attribute != "distinguishedName")
        .map(str::to_owned)
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The record of an object in a dataset.
///
/// What the directory holds no attribute for is left out, and so unknown; an attribute that
/// the object doesn't have is null; a value that can't be understood is left out and noted.
pub(super) fn record(
    dataset: &Dataset,
    entry: &Entry,
    pools: &mut Pools,
    note: &mut dyn FnMut(String),
) -> Map<String, Value> {
    let mut record = Map::new();
    for field in dataset.asked() {
        match value(field, entry, pools) {
            Some(Ok(value)) => {
                record.insert(field.property.to_owned(), value);
            }
            Some(Err(why)) => note(format!("{} of `{}`: {why}", field.property, shown::name(&entry.dn))),
            None => {}
        }
    }
    record
}

fn value(field: &Field, entry: &Entry, pools: &mut Pools) -> Option<Result<Value, String>> {
    let pool = |attribute: &str, pools: &mut Pools| match entry.text(attribute) {
        Some(home) => pools.of(home).map(Value::String),
        None if entry.bytes(attribute).is_some() => Err("its home server is no text".to_owned()),
        None => Ok(Value::Null),
    };
    match (field.attribute, field.property) {
        (Some("distinguishedName"), _) | (None, "Identity") => Some(Ok(Value::String(entry.dn.clone()))),
        (Some(attribute), _) => Some(match entry.broken(attribute) {
            Some(why) => Err(why.to_owned()),
            None => typed(&field.kind, entry.values(attribute)),
        }),
        (None, "RegistrarPool" | "Pool") => Some(pool(HOME, pools)),
        (None, "TargetRegistrarPool") => Some(pool(TARGET, pools)),
        (None, "EnterpriseVoiceEnabled") => {
            let flags = entry.text(OPTIONS)?;
            Some(number(flags).map(|flags| Value::Bool(flags & ENTERPRISE_VOICE != 0)))
        }
        (None, _) => None,
    }
}

fn typed(kind: &Kind, values: &[Vec<u8>]) -> Result<Value, String> {
    let Some(first) = values.first() else {
        // An attribute without values is a list of none, as the shell says it too.
        return Ok(if matches!(kind, Kind::List(_)) { Value::Array(Vec::new()) } else { Value::Null });
    };
    match kind {
        Kind::List(_) => {
            values.iter().map(|value| text(value).map(Value::String)).collect::<Result<_, _>>().map(Value::Array)
        }
        Kind::Guid => guid(first).map(Value::String).ok_or_else(|| format!("{} bytes are no GUID", first.len())),
        Kind::Sid => sid(first).map(Value::String).ok_or_else(|| format!("{} bytes are no SID", first.len())),
        Kind::Bool => match text(first)?.as_str() {
            "TRUE" => Ok(Value::Bool(true)),
            "FALSE" => Ok(Value::Bool(false)),
            other => Err(format!("`{}` is neither TRUE nor FALSE", shown::text(other))),
        },
        Kind::Int => number(&text(first)?).map(Value::from),
        Kind::Time => {
            let text = text(first)?;
            if text.bytes().all(|one| one.is_ascii_digit()) {
                return Ok(file_time(&text).map_or(Value::Null, |time| Value::String(time.to_string())));
            }
            let time = generalized_time(&text).ok_or_else(|| format!("`{}` is no time", shown::text(&text)))?;
            Ok(Value::String(time.to_string()))
        }
        _ => text(first).map(Value::String),
    }
}

fn text(value: &[u8]) -> Result<String, String> {
    std::str::from_utf8(value).map(str::to_owned).map_err(|_| "it is no text".to_owned())
}

fn number(text: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("`{}` is no number", shown::text(text)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ldap3_proto::proto::LdapPartialAttribute;
    use serde_json::json;

    use super::*;
    use crate::inventory::dataset;

    const POOL: &str = "CN=1:2,CN=Pools,CN=RTC Service,CN=Services,CN=Configuration,DC=contoso,DC=com";

    fn entry(dn: &str, attributes: &[(&str, &[u8])]) -> Entry {
        let attributes = attributes
            .iter()
            .map(|(name, value)| LdapPartialAttribute { atype: (*name).to_owned(), vals: vec![value.to_vec()] });
        Entry::of(dn.to_owned(), attributes.collect())
    }

    fn made(dataset: &str, object: &Entry) -> (Map<String, Value>, Vec<String>) {
        let mut pools = Pools::new(&BTreeMap::new());
        pools.learn(&entry(POOL, &[("dNSHostName", b"pool02.contoso.com")])).expect("a pool");
        let mut notes = Vec::new();
        let dataset = dataset::named(dataset).expect("a dataset");
        let record = record(dataset, object, &mut pools, &mut |note| notes.push(note));
        (record, notes)
    }

    #[test]
    fn a_user_gets_the_shells_names() {
        let home = format!("CN=Lc Services,CN=Microsoft,{POOL}");
        let user = entry(
            "CN=Davis\\, Sara,OU=Redmond,DC=contoso,DC=com",
            &[
                ("objectguid", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]),
                ("objectSid", &[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]),
                ("msRTCSIP-PrimaryUserAddress", b"sip:sarad@contoso.com"),
                ("msRTCSIP-UserEnabled", b"FALSE"),
                ("msRTCSIP-PrimaryHomeServer", home.as_bytes()),
                ("msRTCSIP-OptionFlags", b"385"),
                ("msRTCSIP-DeploymentLocator", b"SRV:"),
                ("msRTCSIP-UserPolicies", b"7=5"),
                ("whenChanged", b"20240502091433.0Z"),
            ],
        );
        let (record, notes) = made("users", &user);
        for (property, value) in [
            ("DistinguishedName", json!("CN=Davis\\, Sara,OU=Redmond,DC=contoso,DC=com")),
            ("Identity", json!("CN=Davis\\, Sara,OU=Redmond,DC=contoso,DC=com")),
            ("Guid", json!("03020100-0504-0706-0809-0a0b0c0d0e0f")),
            ("Sid", json!("S-1-5-32-544")),
            ("SipAddress", json!("sip:sarad@contoso.com")),
            ("Enabled", json!(false)),
            ("RegistrarPool", json!("pool02.contoso.com")),
            ("TargetRegistrarPool", Value::Null),
            ("TargetServerIfMoving", Value::Null),
            ("EnterpriseVoiceEnabled", json!(true)),
            ("HostingProvider", json!("SRV:")),
            ("LineURI", Value::Null),
            ("UserPolicies", json!(["7=5"])),
            ("WhenChanged", json!("2024-05-02T09:14:33Z")),
        ] {
            assert_eq!(record.get(property), Some(&value), "{property}");
        }
        // What the directory can't know stays unknown: it is no null.
        for property in ["ConferencingPolicy", "DialPlan", "HostedVoiceMail", "AudioVideoDisabled"] {
            assert_eq!(record.get(property), None, "{property}");
        }
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn what_cant_be_understood_is_left_out_and_noted() {
        let user = entry(
            "CN=a",
            &[
                ("objectGUID", b"short"),
                ("objectSid", b"\x01\x05"),
                ("msRTCSIP-UserEnabled", b"maybe"),
                ("msRTCSIP-OptionFlags", b"many"),
                ("msRTCSIP-Line", b"\xff\xfe"),
                ("whenChanged", b"yesterday"),
                ("msRTCSIP-PrimaryHomeServer", b"CN=Lc Services,CN=Microsoft,CN=9:9,CN=Pools"),
                ("msRTCSIP-TargetHomeServer", b"\xff"),
            ],
        );
        let (record, notes) = made("users", &user);
        for property in [
            "Guid",
            "Sid",
            "Enabled",
            "EnterpriseVoiceEnabled",
            "LineURI",
            "WhenChanged",
            "RegistrarPool",
            "TargetRegistrarPool",
            "TargetServerIfMoving",
        ] {
            assert_eq!(record.get(property), None, "{property}");
            assert!(notes.iter().any(|note| note.starts_with(property)), "{property}: {notes:?}");
        }
        assert_eq!(record["HomeServer"], "CN=Lc Services,CN=Microsoft,CN=9:9,CN=Pools");
    }

    #[test]
    fn without_option_flags_nothing_is_said_of_enterprise_voice() {
        let (record, _) = made("users", &entry("CN=a", &[]));
        assert_eq!(record.get("EnterpriseVoiceEnabled"), None);
    }

    #[test]
    fn every_attribute_of_the_datasets_is_asked_for() {
        let asked = attributes(["users", "directory_pools"].map(|name| dataset::named(name).expect("a dataset")));
        for attribute in
            ["msRTCSIP-PrimaryUserAddress", "objectGUID", "msRTCSIP-PoolType", "objectClass", "msRTCSIP-OptionFlags"]
        {
            assert!(asked.iter().any(|one| one == attribute), "{attribute}");
        }
        assert!(!asked.iter().any(|one| one == "distinguishedName" || one == "userPassword"));
    }
}
