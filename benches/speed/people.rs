//! Exports with many users, before and after a wave of moves.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// The policies of a user: what a move must keep.
const POLICIES: [&str; 12] = [
    "ConferencingPolicy",
    "ExternalAccessPolicy",
    "ClientPolicy",
    "ClientVersionPolicy",
    "VoicePolicy",
    "VoiceRoutingPolicy",
    "DialPlan",
    "LocationPolicy",
    "ArchivingPolicy",
    "PresencePolicy",
    "PinPolicy",
    "MobilityPolicy",
];

/// When it was exported.
#[derive(Clone, Copy, PartialEq)]
pub enum When {
    Before,
    After,
}

/// What a comparison of 1,000 users must find.
pub const LOST: usize = 1;
pub const MOVED: usize = 899;
pub const CHANGED: usize = 23;

/// Writes an export with so many users. Of each thousand, one is gone afterwards, 899 have
/// moved, and 23 have lost a policy.
pub fn users(folder: &Path, users: usize, when: When) {
    let after = when == When::After;
    part(folder, "users", (0..users).filter(|number| !(after && number % 1_000 == 0)).map(|number| {
        let of = number % 1_000;
        let moved = after && (1..=MOVED).contains(&of);
        let pool = if moved { "pool02" } else { "pool01" };
        let name = format!("user{number:07}");
        let mut line = format!(
            "{{\"Identity\":\"CN=User {number:07},OU=Site{:02},DC=contoso,DC=com\",\"SipAddress\":\"sip:{name}@contoso.com\",\"Guid\":\"{:032x}\",\"DisplayName\":\"User {number:07}\",\"UserPrincipalName\":\"{name}@contoso.com\",\"Enabled\":true,\"RegistrarPool\":\"{pool}.contoso.com\",\"LineURI\":\"tel:+1425{number:07}\"",
            number % 40,
            number * 7_919
        );
        for (index, policy) in POLICIES.iter().enumerate() {
            let lost = after && index == 0 && of >= 1_000 - CHANGED;
            match (number / 3 + index) % 5 {
                _ if lost => _ = write!(line, ",\"{policy}\":null"),
                0 if index > 0 => _ = write!(line, ",\"{policy}\":null"),
                kind => _ = write!(line, ",\"{policy}\":\"{policy}{kind}\""),
            }
        }
        line + "}\n"
    }));
}

/// Writes contacts of applications and devices beside the users.
pub fn contacts(folder: &Path, dataset: &str, count: usize, urn: &str) {
    part(folder, dataset, (0..count).map(|number| {
        format!("{{\"Identity\":\"CN={{{number:032x}}},CN=Application Contacts,DC=contoso,DC=com\",\"SipAddress\":\"sip:{dataset}{number}@contoso.com\",\"RegistrarPool\":\"pool01.contoso.com\",\"OwnerUrn\":\"{urn}\",\"Enabled\":true}}\n")
    }));
}

fn part(folder: &Path, dataset: &str, lines: impl Iterator<Item = String>) {
    std::fs::create_dir_all(folder).expect("a folder");
    let mut file = BufWriter::new(File::create(folder.join(format!("{dataset}.jsonl"))).expect("a file"));
    let mut hash = ring::digest::Context::new(&ring::digest::SHA256);
    let (mut count, mut bytes) = (0, 0);
    for line in lines {
        hash.update(line.as_bytes());
        file.write_all(line.as_bytes()).expect("written");
        count += 1;
        bytes += line.len();
    }
    file.flush().expect("written");
    let sha256: String = hash.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = format!(
        "{{\"manifest\":1,\"dataset\":\"{dataset}\",\"call\":\"Get-CsThing\",\"roles\":[],\"count\":{count},\"bytes\":{bytes},\"sha256\":\"{sha256}\",\"start\":\"2026-05-02T11:00:00Z\",\"end\":\"2026-05-02T11:30:00Z\"}}\n"
    );
    std::fs::write(folder.join(format!("{dataset}.manifest.json")), manifest).expect("written");
}
