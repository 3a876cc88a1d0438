//! Names of policies, pools, services and sites: null, a text, `Tag:Name`, an object, a number.

use std::borrow::Cow;
use std::net::IpAddr;

use super::super::dataset::Kind;
use super::super::store::cell;
use super::{Raw, is_flattened, said, strange, text_of, trimmed};

/// The text after a prefix, whatever its case.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let start = text.get(..prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then(|| text.get(prefix.len()..).unwrap_or_default().trim_start())
}

/// The text that names something. Numbers, yes and no, and what a shell printed instead of writing it name
/// nothing, which is told.
fn naming<'r>(raw: Raw<'r>, wanted: &str, out: &mut Vec<u8>) -> Option<Cow<'r, str>> {
    let text = match raw {
        Raw::Bool(_) | Raw::Int(_) | Raw::Float(_) => None,
        _ => text_of(raw),
    };
    match text {
        Some(text) if is_flattened(trimmed(&text)) => strange(Raw::Text(&text), wanted, out),
        None => strange(raw, wanted, out),
        named => return named,
    }
    None
}

pub(super) fn policy(raw: Raw<'_>, out: &mut Vec<u8>) {
    let raw = said(raw);
    if let Raw::Int(number) = raw {
        return cell::unknown(&format!("the number {number} where a policy's name was asked for"), out);
    }
    let Some(text) = naming(raw, "a policy's name", out) else { return };
    let text = trimmed(&text);
    let bare = after(text, "Tag:").unwrap_or(text);
    if bare.is_empty() { cell::null(out) } else { cell::name(bare, out) }
}

pub(super) fn pool(raw: Raw<'_>, out: &mut Vec<u8>) {
    let raw = said(raw);
    if let Raw::Int(number) = raw {
        return cell::pool_number(number, out);
    }
    let Some(text) = naming(raw, "a pool", out) else { return };
    let bare = trimmed(&text);
    let bare = bare.strip_suffix('.').unwrap_or(bare);
    if bare.is_empty() {
        return cell::null(out);
    }
    if let Some(number) = bare.parse().ok().filter(|_| !bare.contains('.')) {
        return cell::pool_number(number, out);
    }
    // A service names its pool, and an identity may be one.
    let service = after(bare, "service:").unwrap_or(bare);
    let fqdn = pool_of_service(service).filter(|_| !is_address(service)).unwrap_or(service);
    if is_host(fqdn) && !is_service_id(fqdn) { cell::name(fqdn, out) } else { strange(Raw::Text(&text), "a pool", out) }
}

/// Whether a text may name a host: not what else stands where a pool's name was asked for, such as a
/// distinguished name or a cluster's number. What it is named, nobody is to know better.
fn is_host(text: &str) -> bool {
    let fits = |letter: char| letter.is_alphanumeric() || matches!(letter, '.' | '-' | '_');
    let is_word = ["true", "false"].iter().any(|word| text.eq_ignore_ascii_case(word));
    is_address(text) || (!is_word && text.chars().all(fits) && text.chars().any(char::is_alphabetic))
}

/// Gateways are named by addresses too.
fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}

pub(super) fn guid(raw: Raw<'_>, out: &mut Vec<u8>) {
    let text = text_of(raw);
    let Some(text) = text.as_deref().map(trimmed) else { return strange(raw, "a GUID", out) };
    if text.is_empty() {
        return cell::null(out);
    }
    match parse_guid(text) {
        // The empty GUID names nobody: two records that have it are not one object.
        Some(guid) if guid == [0; 16] => cell::null(out),
        Some(guid) => cell::guid(guid, out),
        None => strange(raw, "a GUID", out),
    }
}

const NO_DIGIT: u8 = u8::MAX;

/// What each letter is as a hexadecimal digit. Which kind comes next, no processor can guess.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut digit = 0;
    while digit < 16 {
        digits[b"0123456789abcdef"[digit as usize] as usize] = digit;
        digits[b"0123456789ABCDEF"[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
};

fn parse_guid(text: &str) -> Option<[u8; 16]> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let mut guid = [0_u8; 16];
    let mut digits = 0;
    for (at, letter) in bare.bytes().enumerate() {
        if letter == b'-' {
            if !matches!(at, 8 | 13 | 18 | 23) {
                return None;
            }
            continue;
        }
        let digit = DIGITS.get(usize::from(letter)).copied().filter(|digit| *digit != NO_DIGIT)?;
        let byte = guid.get_mut(digits / 2)?;
        *byte = (*byte << 4) | digit;
        digits += 1;
    }
    (digits == 32).then_some(guid)
}

pub(super) fn name(kind: &Kind, raw: Raw<'_>, out: &mut Vec<u8>) {
    // A number may be what something is called: a conference directory. Yes and no are not.
    let names = match said(raw) {
        Raw::Bool(_) | Raw::Float(_) => false,
        Raw::Int(_) => !matches!(kind, Kind::Service | Kind::Sip | Kind::Dn),
        _ => true,
    };
    let text = text_of(raw).filter(|_| names);
    let Some(text) = text.as_deref() else { return strange(raw, "a name", out) };
    let text = trimmed(text);
    if text.is_empty() {
        return cell::null(out);
    }
    if is_flattened(text) {
        return strange(raw, "a name: it lay too deep to be written", out);
    }
    match kind {
        Kind::Sip => match after(text, "sip:") {
            Some(address) => cell::sip(address, out),
            None if text.contains('@') => cell::sip(text, out),
            None => cell::name(text, out),
        },
        Kind::Service => {
            let service = service(text);
            if is_service_id(pool_of_service(&service).unwrap_or(&service)) {
                return strange(raw, "a service with its pool", out);
            }
            cell::name(&service, out);
        }
        Kind::Site => match after(text, "site:") {
            Some(site) => cell::name(&format!("Site:{site}"), out),
            None => cell::name(&format!("Site:{text}"), out),
        },
        Kind::PolicyIdentity => {
            for scope in ["Site", "Service", "Tag"] {
                if let Some(rest) = after(text, scope).and_then(|rest| rest.strip_prefix(':')) {
                    return cell::name(&format!("{scope}:{}", rest.trim_start()), out);
                }
            }
            if text.eq_ignore_ascii_case("global") {
                cell::name("Global", out);
            } else {
                // The prefix is stored, but normally omitted.
                cell::name(&format!("Tag:{text}"), out);
            }
        }
        _ => cell::name(text, out),
    }
}

/// `service:ApplicationServer: pool01.contoso.com/<guid>` → `ApplicationServer:pool01.contoso.com/<guid>`.
fn service(text: &str) -> String {
    let text = after(text, "service:").unwrap_or(text);
    match text.split_once(':') {
        Some((role, pool)) => format!("{}:{}", role.trim(), pool.trim()),
        None => text.to_owned(),
    }
}

/// The pool that a record depends on, where it says so in a field of this kind. A service that came without
/// its role may be the pool itself; what is written otherwise names none.
pub(crate) fn pool_named<'t>(kind: &Kind, letters: &'t str) -> Option<&'t str> {
    match (kind, pool_of_service(letters)) {
        (Kind::Service, Some(pool)) => Some(pool).filter(|pool| is_host(pool)),
        (Kind::Service, None) => Some(letters).filter(|text| text.contains('.') && is_host(text)),
        (_, Some(pool)) if !is_address(letters) => Some(pool),
        _ => Some(letters),
    }
}

/// Whether this is what the topology calls a service: site, role and number, as in `fabrikam.com-EdgeServer-2`.
/// Which pool that is of, only the topology tells; taken for a pool, it would be one that nobody has.
fn is_service_id(text: &str) -> bool {
    let mut parts = text.rsplit('-');
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|letter| letter.is_ascii_digit());
    // A gateway may be called `gw-paris-01`.
    let number = parts.next().is_some_and(is_number);
    let role = parts.next().is_some_and(|role| ROLES.contains(&role));
    number && role && parts.next().is_some()
}

/// Roles as topology documents name them (`RoleName` of a `ServiceId`): those of the samples.
const ROLES: [&str; 18] = [
    "ApplicationServer",
    "ApplicationStore",
    "ArchivingStore",
    "CentralMgmt",
    "CentralMgmtStore",
    "ConfServices",
    "EdgeServer",
    "FileStore",
    "ManagementServices",
    "MediationServer",
    "MonitoringStore",
    "ProvisionServices",
    "PstnGateway",
    "Registrar",
    "UserServices",
    "UserStore",
    "WacService",
    "WebServices",
];

/// The pool in a service's identity.
fn pool_of_service(identity: &str) -> Option<&str> {
    let (_, rest) = identity.split_once(':')?;
    let pool = rest.split_once('/').map_or(rest, |(pool, _)| pool).trim();
    (!pool.is_empty()).then_some(pool)
}
