//! What an object is, and which datasets it belongs to: the filters of one search for each
//! kind (users, rooms, phones, …), told apart here, so that a domain is read once.

use super::entry::Entry;

/// What domains hold.
pub(super) const OF_DOMAINS: [&str; 7] = [
    OBJECTS,
    "users",
    "unassigned_users",
    "meeting_rooms",
    "common_area_phones",
    "analog_devices",
    "exchange_um_contacts",
];

/// What the Configuration partition holds.
pub(super) const OF_CONFIGURATION: [&str; 9] = [
    OBJECTS,
    "application_endpoints",
    "dial_in_access_numbers",
    "trusted_application_endpoints",
    "directory_pools",
    "directory_edges",
    "directory_trusted_servers",
    "directory_trusted_services",
    "directory_settings",
];

/// Every object with a SIP address or a home server, whatever it is.
pub(super) const OBJECTS: &str = "directory_objects";

/// Classes of the Configuration partition, and where their objects go.
pub(super) const CLASSES: [(&str, &str); 5] = [
    ("msRTCSIP-Pool", "directory_pools"),
    ("msRTCSIP-EdgeProxy", "directory_edges"),
    ("msRTCSIP-TrustedServer", "directory_trusted_servers"),
    ("msRTCSIP-TrustedService", "directory_trusted_services"),
    ("msRTCSIP-GlobalTopologySetting", "directory_settings"),
];

/// What makes an object one of the product's: any of them.
pub(super) const MARKS: [&str; 3] =
    ["msRTCSIP-PrimaryUserAddress", "msRTCSIP-PrimaryHomeServer", "msRTCSIP-TargetHomeServer"];

const OWNER: &str = "msRTCSIP-OwnerUrn";

/// The datasets that an object of a domain belongs to.
pub(super) fn of_domain(entry: &Entry) -> Vec<&'static str> {
    let mut datasets = vec![OBJECTS];
    let is_contact = entry.has("objectClass", "contact");
    let is_user = entry.has("objectClass", "user");
    let owner = entry.text(OWNER).map(str::to_lowercase);
    match owner.as_deref() {
        Some("urn:device:roomsystem") if is_user => datasets.push("meeting_rooms"),
        Some("urn:device:commonareaphone") if is_contact => datasets.push("common_area_phones"),
        Some("urn:device:analogphone" | "urn:device:analogfax") if is_contact => datasets.push("analog_devices"),
        Some(_) => {}
        // `Get-CsUser` lists what has a SIP address, enabled or not.
        None if is_user || (is_contact && entry.bytes("msRTCSIP-OriginatorSid").is_some()) => {
            let addressed = entry.bytes("msRTCSIP-PrimaryUserAddress").is_some();
            let unassigned = addressed && entry.bytes("msRTCSIP-PrimaryHomeServer").is_none() && !is_hosted(entry);
            datasets.extend(addressed.then_some("users"));
            datasets.extend(unassigned.then_some("unassigned_users"));
        }
        // A heuristic: nothing but their lacking an owner tells them from other contacts.
        None if is_contact && entry.has("msRTCSIP-UserEnabled", "TRUE") => datasets.push("exchange_um_contacts"),
        None => {}
    }
    datasets
}

/// The datasets that an object of the Configuration partition belongs to.
pub(super) fn of_configuration(entry: &Entry) -> Vec<&'static str> {
    let mut datasets = Vec::new();
    if MARKS.iter().any(|mark| entry.bytes(mark).is_some()) {
        datasets.push(OBJECTS);
    }
    if entry.has("objectClass", "contact") {
        let owner = entry.text(OWNER).map(str::to_lowercase).unwrap_or_default();
        if !owner.is_empty() {
            datasets.push("application_endpoints");
        }
        match owner.as_str() {
            "urn:application:caa" => datasets.push("dial_in_access_numbers"),
            "urn:application:rgs" => {}
            other if other.starts_with("urn:application:") => datasets.push("trusted_application_endpoints"),
            _ => {}
        }
    }
    // A subclass is listed with its parents: the first class of the table that fits is not
    // enough, all are.
    datasets.extend(CLASSES.iter().filter(|(class, _)| entry.has("objectClass", class)).map(|(_, dataset)| *dataset));
    datasets
}

/// Whether the object is homed in the cloud, and so needs no pool.
fn is_hosted(entry: &Entry) -> bool {
    entry.has("msRTCSIP-DeploymentLocator", "sipfed.online.lync.com")
}

#[cfg(test)]
mod tests {
    use ldap3_proto::proto::LdapPartialAttribute;

    use super::*;

    /// Attributes, and the datasets that an object with them belongs to.
    type Case<'c> = (&'c [(&'c str, &'c str)], &'c [&'c str]);

    fn entry(attributes: &[(&str, &str)]) -> Entry {
        let attributes = attributes.iter().map(|(name, value)| LdapPartialAttribute {
            atype: (*name).to_owned(),
            vals: value.split('|').map(|value| value.as_bytes().to_vec()).collect(),
        });
        Entry::of("CN=a,DC=contoso,DC=com".to_owned(), attributes.collect())
    }

    const SIP: (&str, &str) = ("msRTCSIP-PrimaryUserAddress", "sip:a@contoso.com");
    const HOME: (&str, &str) = ("msRTCSIP-PrimaryHomeServer", "CN=Lc Services,CN=Microsoft,CN=1:2");
    const USER: (&str, &str) = ("objectClass", "top|person|organizationalPerson|user");
    const CONTACT: (&str, &str) = ("objectclass", "top|person|organizationalPerson|Contact");

    fn owned(by: &str) -> (&'static str, &str) {
        ("msrtcsip-ownerurn", by)
    }

    #[test]
    fn objects_of_domains_are_told_apart() {
        let enabled = ("msRTCSIP-UserEnabled", "TRUE");
        let online = ("msRTCSIP-DeploymentLocator", "SipFed.online.lync.com");
        let cases: [Case; 11] = [
            (&[USER, SIP, HOME], &["users"]),
            (&[USER, SIP, HOME, ("msRTCSIP-UserEnabled", "FALSE")], &["users"]),
            (&[USER, SIP], &["users", "unassigned_users"]),
            (&[USER, SIP, online], &["users"]),
            // Homed, but without an address: only the directory shows it.
            (&[USER, HOME], &[]),
            (&[USER, SIP, HOME, owned("urn:device:RoomSystem")], &["meeting_rooms"]),
            (&[CONTACT, SIP, HOME, owned("URN:device:commonareaphone")], &["common_area_phones"]),
            (&[CONTACT, SIP, HOME, owned("urn:device:analogfax")], &["analog_devices"]),
            (&[CONTACT, SIP, HOME, ("msRTCSIP-OriginatorSid", "x")], &["users"]),
            (&[CONTACT, SIP, HOME, enabled], &["exchange_um_contacts"]),
            (&[CONTACT, SIP, HOME, owned("urn:device:unheard-of")], &[]),
        ];
        for (attributes, expected) in cases {
            let datasets = of_domain(&entry(attributes));
            assert_eq!(datasets, [&[OBJECTS], expected].concat(), "{attributes:?}");
            assert!(datasets.iter().all(|dataset| OF_DOMAINS.contains(dataset)));
        }
    }

    #[test]
    fn objects_of_the_configuration_are_told_apart() {
        let cases: [Case; 6] = [
            (
                &[CONTACT, SIP, HOME, owned("urn:application:Caa")],
                &[OBJECTS, "application_endpoints", "dial_in_access_numbers"],
            ),
            (&[CONTACT, SIP, HOME, owned("urn:application:RGS")], &[OBJECTS, "application_endpoints"]),
            (
                &[CONTACT, SIP, owned("urn:application:helpdesk")],
                &[OBJECTS, "application_endpoints", "trusted_application_endpoints"],
            ),
            (&[("objectClass", "top|container|msRTCSIP-Pool")], &["directory_pools"]),
            (&[("objectClass", "top|msRTCSIP-EdgeProxy")], &["directory_edges"]),
            (&[("objectClass", "container")], &[]),
        ];
        for (attributes, expected) in cases {
            let datasets = of_configuration(&entry(attributes));
            assert_eq!(datasets, expected, "{attributes:?}");
            assert!(datasets.iter().all(|dataset| OF_CONFIGURATION.contains(dataset)));
        }
    }
}
