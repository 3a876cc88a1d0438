//! Parts → files, as the export script writes them.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::file::{Encoding, Form};
use super::parts::Part;
use crate::inventory::{Manifest, Role, Sees};

/// How long ago parts were read that don't say.
const AN_HOUR: Duration = Duration::from_hours(1);
/// How long a call takes.
const CALL: Duration = Duration::from_secs(2);

/// Writes the parts, read by the clock of `now`, into a folder.
pub(super) fn write(folder: &Path, parts: &[Part], now: Timestamp) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // What was not read is still there to be copied by others.
    for part in parts.iter().filter(|part| part.how.missing != Some(true)) {
        let name = match &part.about {
            Some(about) => format!("{}@{about}", part.dataset.name),
            None => part.dataset.name.to_owned(),
        };
        let bytes = encoded(&text(part), part.how.encoding.unwrap_or(Encoding::Utf8));
        let manifest = manifest(part, now, &bytes);
        // What befell the file came after its manifest.
        let kept = if part.how.truncated == Some(true) { bytes.len() * 2 / 3 } else { bytes.len() };
        fs::write(folder.join(format!("{name}.jsonl")), bytes.get(..kept).unwrap_or_default())?;
        fs::write(folder.join(format!("{name}.manifest.json")), format!("{manifest:#}\n"))?;
    }
    Ok(())
}

fn text(part: &Part) -> String {
    let records: Vec<Json> = part.records.iter().map(|(_, record)| Json::Object(record.clone())).collect();
    match part.how.form.unwrap_or(Form::Lines) {
        Form::Lines => records.iter().map(|record| format!("{record}\n")).collect(),
        // ConvertTo-Json writes a single object for one result, and nothing for none.
        Form::Array => match records.as_slice() {
            [] => String::new(),
            [one] => format!("{one:#}\r\n"),
            several => format!("{:#}\r\n", Json::from(several)),
        },
        Form::Wrapped => {
            let count = records.len();
            format!("{:#}\r\n", json!({"value": records, "Count": count}))
        }
    }
}

fn encoded(text: &str, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.as_bytes().to_vec(),
        Encoding::Utf8Bom => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
        Encoding::Utf16 => std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
    }
}

/// Parameters as the export script shows them: `-ResultSize "Unlimited"`, `-EdgeServer true`.
fn shown(parameters: &str) -> String {
    let each = parameters.split(" -").map(|parameter| match parameter.split_once(' ') {
        Some((name, value)) => format!("-{name} {}", Json::from(value.trim_matches('\''))),
        None => format!("-{parameter} true"),
    });
    each.collect::<Vec<_>>().join(" ")
}

fn manifest(part: &Part, now: Timestamp, bytes: &[u8]) -> Json {
    let how = &part.how;
    let call = how.call.clone().unwrap_or_else(|| {
        let about = part.about.as_deref().unwrap_or_default();
        let call = part.dataset.calls.first().copied().unwrap_or_default();
        ["{host}", "{domain}", "{pool}"].iter().fold(call.to_owned(), |call, name| call.replace(name, about))
    });
    let (call, parameters) = match call.split_once(" -") {
        Some((cmdlet, parameters)) if call.starts_with("Get-Cs") => (cmdlet.to_owned(), shown(parameters)),
        _ => (call, String::new()),
    };
    let of_host = (part.dataset.sees == Sees::Host).then(|| part.about.clone()).flatten();
    let start = now.checked_sub(how.age.map_or(AN_HOUR, |age| age.0)).unwrap_or(now);
    let roles = how
        .roles
        .as_ref()
        .map(|roles| roles.iter().map(|role| Role { name: role.name.clone(), scopes: role.scopes.clone() }).collect());
    let hashed = if how.hash.is_some() { b"something else".as_slice() } else { bytes };
    let manifest = Manifest {
        parameters,
        environment: how.environment.clone(),
        caller: how.caller.clone(),
        roles,
        domain_controller: how.domain_controller.clone(),
        machine: of_host.or_else(|| how.machine.clone()),
        about: part.about.clone(),
        version: how.version.clone(),
        count: Some(how.count.unwrap_or(part.records.len() as u64)),
        errors: how.errors.clone().unwrap_or_default(),
        start: Some(start),
        end: start.checked_add(CALL).ok(),
        bytes: Some(bytes.len() as u64),
        sha256: Some(sha256(hashed)),
        ..Manifest::new(part.dataset.name, call)
    };
    let mut written = serde_json::to_value(manifest).unwrap_or_default();
    if let Some(keys) = written.as_object_mut() {
        for key in how.without.iter().flatten() {
            if let Ok(Json::String(name)) = serde_json::to_value(key) {
                keys.shift_remove(&name);
            }
        }
    }
    written
}

fn sha256(bytes: &[u8]) -> String {
    ring::digest::digest(&ring::digest::SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
