//! Writes directories, as LDIF (RFC 2849).

use std::fmt::Write as _;
use std::io::Write;

/// Where everything is.
pub const DOMAIN: &str = "DC=contoso,DC=test";
pub const CONFIGURATION: &str = "CN=Configuration,DC=contoso,DC=test";
pub const SERVICE: &str = "CN=RTC Service,CN=Services,CN=Configuration,DC=contoso,DC=test";

/// The home server of a pool.
pub fn home(place: &str) -> String {
    format!("CN=Lc Services,CN=Microsoft,CN={place},CN=Pools,{SERVICE}")
}

/// Writes an object. Values that begin with `b64:` are written as they are.
pub fn object(out: &mut dyn Write, dn: &str, attributes: &[(&str, &str)]) {
    let mut text = line("dn", dn);
    for (name, value) in attributes {
        text.push_str(&line(name, value));
    }
    text.push('\n');
    out.write_all(text.as_bytes()).expect("written");
}

fn line(name: &str, value: &str) -> String {
    let plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !value.starts_with([' ', ':', '<'])
        && !value.ends_with(' ');
    match value.strip_prefix("b64:") {
        Some(encoded) => format!("{name}:: {encoded}\n"),
        None if plain => format!("{name}: {value}\n"),
        None => format!("{name}:: {}\n", base64(value.as_bytes())),
    }
}

/// Bytes as a value.
pub fn bytes(bytes: &[u8]) -> String {
    format!("b64:{}", base64(bytes))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let shown = if digit > chunk.len() { '=' } else { DIGITS[group >> (18 - 6 * digit) & 63] as char };
            let _ = write!(text, "{shown}");
        }
    }
    text
}

/// What every directory of the tests begins with: the partitions, two pools, an Edge, six
/// application contacts, and an account that may read.
pub fn frame(out: &mut dyn Write) {
    object(
        out,
        DOMAIN,
        &[("objectClass", "dcObject"), ("objectClass", "organization"), ("o", "contoso"), ("dc", "contoso")],
    );
    let reader =
        [("objectClass", "person"), ("cn", "reader"), ("sn", "reader"), ("userPassword", crate::slapd::PASSWORD)];
    object(out, crate::slapd::READER, &reader);
    object(out, CONFIGURATION, &[("objectClass", "container"), ("cn", "Configuration")]);
    for name in ["Services", "Partitions"] {
        object(out, &format!("CN={name},{CONFIGURATION}"), &[("objectClass", "container"), ("cn", name)]);
    }
    domain(out, "CONTOSO", DOMAIN, "contoso.test");
    object(out, SERVICE, &[("objectClass", "msRTCSIP-Service"), ("cn", "RTC Service")]);
    service(out, &|_| Vec::new());
    object(out, &format!("OU=Staff,{DOMAIN}"), &[("objectClass", "organizationalUnit"), ("ou", "Staff")]);
}

/// A domain of the forest.
pub fn domain(out: &mut dyn Write, short: &str, dn: &str, dns: &str) {
    let attributes =
        [("objectClass", "crossRef"), ("cn", short), ("nCName", dn), ("dnsRoot", dns), ("nETBIOSName", short)];
    object(out, &format!("CN={short},CN=Partitions,{CONFIGURATION}"), &attributes);
}

/// What is below the product's container. `first` gives what an object begins with.
pub fn service(out: &mut dyn Write, first: &dyn Fn(&str) -> Vec<(&'static str, &'static str)>) {
    let mut put = |dn: String, attributes: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = first(&dn).into_iter().chain(attributes.iter().copied()).collect();
        object(out, &dn, &all);
    };
    put(format!("CN=Pools,{SERVICE}"), &[("objectClass", "msRTCSIP-Pools"), ("cn", "Pools")]);
    for (place, name, version) in [("1:1", "pool01.contoso.test", "589824"), ("1:2", "pool02.contoso.test", "655360")] {
        let entry = format!("CN={place},CN=Pools,{SERVICE}");
        put(
            entry.clone(),
            &[
                ("objectClass", "msRTCSIP-Pool"),
                ("cn", place),
                ("dNSHostName", name),
                ("msRTCSIP-PoolDisplayName", name),
                ("msRTCSIP-PoolType", "10"),
                ("msRTCSIP-PoolVersion", version),
            ],
        );
        put(format!("CN=Microsoft,{entry}"), &[("objectClass", "container"), ("cn", "Microsoft")]);
        put(home(place), &[("objectClass", "msRTCSIP-PoolService"), ("cn", "Lc Services")]);
    }
    let settings = format!("CN=Global Settings,{SERVICE}");
    put(settings.clone(), &[("objectClass", "msRTCSIP-GlobalContainer"), ("cn", "Global Settings")]);
    let edge =
        [("objectClass", "msRTCSIP-EdgeProxy"), ("cn", "edge01"), ("msRTCSIP-EdgeProxyFQDN", "edge01.contoso.test")];
    put(format!("CN=edge01,{settings}"), &edge);
    let contacts = format!("CN=Application Contacts,{SERVICE}");
    put(contacts.clone(), &[("objectClass", "msRTCSIP-ApplicationContacts"), ("cn", "Application Contacts")]);
    for (number, owner) in ["RGS", "Caa", "helpdesk", "RGS", "Caa", "helpdesk"].iter().enumerate() {
        let name = format!("{{00000000-0000-0000-0000-00000000000{number}}}");
        put(
            format!("CN={name},{contacts}"),
            &[
                ("objectClass", "contact"),
                ("cn", &name),
                ("displayName", &format!("Application {number}")),
                ("msRTCSIP-PrimaryUserAddress", &format!("sip:app{number}@contoso.test")),
                ("msRTCSIP-UserEnabled", "TRUE"),
                ("msRTCSIP-PrimaryHomeServer", &home(if number < 3 { "1:1" } else { "1:2" })),
                ("msRTCSIP-OwnerUrn", &format!("urn:application:{owner}")),
                ("msRTCSIP-Line", &format!("tel:+4930555000{number}")),
            ],
        );
    }
}

/// An `objectGUID` that no other object of the kind has.
pub fn guid(kind: u8, number: u32) -> String {
    let mut guid = [0_u8; 16];
    guid[0] = kind;
    guid[12..].copy_from_slice(&number.to_be_bytes());
    bytes(&guid)
}

/// User number so-and-so: three of four on the first pool, one of fifty disabled, one of ten
/// hosted, one of three with a telephone number.
pub fn user(out: &mut dyn Write, number: u32) {
    let name = format!("user{number:06}");
    let mut attributes = vec![
        ("objectClass", "user".to_owned()),
        ("cn", name.clone()),
        ("sn", name.clone()),
        ("givenName", "Test".to_owned()),
        ("displayName", format!("Test {name}")),
        ("sAMAccountName", name.clone()),
        ("userPrincipalName", format!("{name}@contoso.test")),
        ("mail", format!("{name}@contoso.test")),
        ("objectGUID", guid(1, number)),
        ("proxyAddresses", format!("sip:{name}@contoso.test")),
        ("msRTCSIP-PrimaryUserAddress", format!("sip:{name}@contoso.test")),
        ("msRTCSIP-UserEnabled", if number.is_multiple_of(50) { "FALSE" } else { "TRUE" }.to_owned()),
        ("msRTCSIP-PrimaryHomeServer", home(if number.is_multiple_of(4) { "1:2" } else { "1:1" })),
        (
            "msRTCSIP-DeploymentLocator",
            if number.is_multiple_of(10) { "sipfed.online.lync.com" } else { "SRV:" }.to_owned(),
        ),
        ("msRTCSIP-OptionFlags", if number.is_multiple_of(3) { "385" } else { "257" }.to_owned()),
        ("msRTCSIP-UserPolicies", format!("7={}", number % 5)),
        ("msRTCSIP-UserPolicies", format!("13={}", number % 3)),
        ("msRTCSIP-FederationEnabled", "TRUE".to_owned()),
    ];
    if number.is_multiple_of(3) {
        attributes.push(("msRTCSIP-Line", format!("tel:+4930{};ext={number:06}", 1_000_000 + number)));
    }
    let attributes: Vec<(&str, &str)> = attributes.iter().map(|(name, value)| (*name, value.as_str())).collect();
    object(out, &format!("CN={name},OU=Staff,{DOMAIN}"), &attributes);
}
