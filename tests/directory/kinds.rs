//! One of every kind of object, and names that do their worst.

use std::io::Write;

use crate::ldif::{DOMAIN, home, object};

/// Common names, and how a directory writes them.
pub const HOSTILE: [(&str, &str); 4] = [
    ("Davis, \"Sara\" <x>; a+b=c \\", "Davis\\, \\\"Sara\\\" \\<x\\>\\; a\\+b=c \\\\"),
    ("line\nbreak", "line\\0Abreak"),
    ("right\u{202e}tfel", "right\\E2\\80\\AEtfel"),
    ("# edge ", "\\# edge\\ "),
];

/// Writes them, below an organisational unit of their own.
pub fn write(out: &mut dyn Write) {
    let unit = format!("OU=Kinds,{DOMAIN}");
    object(out, &unit, &[("objectClass", "organizationalUnit"), ("ou", "Kinds")]);
    let mut put = |name: &str, class: &str, attributes: &[(&str, &str)]| {
        let surname = if class == "user" { vec![("sn", name)] } else { Vec::new() };
        let first = [("objectClass", class), ("cn", name)].into_iter().chain(surname);
        let all: Vec<(&str, &str)> = first.chain(attributes.iter().copied()).collect();
        let written = HOSTILE.iter().find(|(raw, _)| *raw == name).map_or(name, |(_, written)| written);
        object(out, &format!("CN={written},{unit}"), &all);
    };
    let (first, second) = (home("1:1"), home("1:2"));
    let (sip, server, owner) = ("msRTCSIP-PrimaryUserAddress", "msRTCSIP-PrimaryHomeServer", "msRTCSIP-OwnerUrn");
    let enabled = ("msRTCSIP-UserEnabled", "TRUE");
    put("room", "user", &[(sip, "sip:room@contoso.test"), (server, &first), (owner, "urn:device:roomsystem"), enabled]);
    for number in 1..=3 {
        let address = format!("sip:lobby{number}@contoso.test");
        let attributes = [(sip, address.as_str()), (server, &first), (owner, "urn:device:commonareaphone"), enabled];
        put(&format!("lobby{number}"), "contact", &attributes);
    }
    for (name, kind) in [("door", "analogphone"), ("gate", "analogphone"), ("fax", "analogfax")] {
        let (address, urn) = (format!("sip:{name}@contoso.test"), format!("urn:device:{kind}"));
        put(name, "contact", &[(sip, &address), (server, &second), (owner, &urn), enabled]);
    }
    for name in ["attendant", "subscriber"] {
        let address = format!("sip:{name}@contoso.test");
        put(name, "contact", &[(sip, &address), (server, &first), enabled]);
    }
    let sid = crate::ldif::bytes(&[1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0]);
    let attributes =
        [(sip, "sip:guest@contoso.test"), (server, first.as_str()), ("msRTCSIP-OriginatorSid", &sid), enabled];
    put("guest", "contact", &attributes);
    put("unassigned", "user", &[(sip, "sip:unassigned@contoso.test"), enabled]);
    let online = ("msRTCSIP-DeploymentLocator", "sipfed.online.lync.com");
    put("online", "user", &[(sip, "sip:online@contoso.test"), online, enabled]);
    let moving = ("msRTCSIP-TargetHomeServer", second.as_str());
    put("moving", "user", &[(sip, "sip:moving@contoso.test"), (server, &first), moving, enabled]);
    put("nameless", "user", &[(server, &first)]);
    // Its pool was removed; nobody moved it.
    put("left", "user", &[(sip, "sip:left@contoso.test"), (server, &home("1:9")), enabled]);
    for (number, (name, _)) in HOSTILE.iter().enumerate() {
        let address = format!("sip:hostile{number}@contoso.test");
        put(name, "user", &[(sip, &address), (server, &second), enabled]);
    }
}
