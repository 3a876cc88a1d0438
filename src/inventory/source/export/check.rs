//! Whether a file is what its manifest says.

use super::super::super::dataset::{self, Dataset};
use super::super::super::part::{BadRecord, Part};
use super::folder::Found;

/// Takes a record, or all that one wraps: `{"value":[…],"Count":n}` is what becomes of
/// collections from deserialised objects.
pub(super) fn take(part: &mut Part, record: &[u8]) -> Result<(), BadRecord> {
    if part.records() == 0
        && record
            .trim_ascii_start()
            .strip_prefix(b"{")
            .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"\"value\""))
        && let Ok(serde_json::Value::Object(map)) = serde_json::from_slice(record)
        && map.len() == 2
        && map.contains_key("Count")
        && let Some(serde_json::Value::Array(items)) = map.get("value")
    {
        if map.get("Count").and_then(serde_json::Value::as_u64) != Some(items.len() as u64) {
            part.problem(format!("a collection has {} items, and not as many as its count says", items.len()));
        }
        for item in items {
            match item {
                serde_json::Value::Object(item) => part.record(item)?,
                other => part.problem(format!("`{other}` is no record")),
            }
        }
        return Ok(());
    }
    part.record_json(record)
}

/// Holds length and hash against the manifest's, where there is one.
pub(super) fn whole(part: &mut Part, found: &Found, name: &str, bytes: u64, sha256: &str) {
    if let Some(wanted) = part.manifest.bytes
        && wanted != bytes
    {
        part.problem(format!("{name} has {bytes} bytes, and {wanted} were written"));
    }
    match &part.manifest.sha256 {
        Some(wanted) if !wanted.eq_ignore_ascii_case(sha256) => {
            part.problem(format!("{name} is not what was written: its SHA-256 is {sha256}, and was {wanted}"));
        }
        Some(_) => {}
        None if !found.has_manifest => {}
        None => part.problem(format!("the manifest of {name} has no SHA-256: whether all is there is not known")),
    }
}

/// Tells of records that are another dataset's: by the properties that they have.
pub(super) fn kind(part: &mut Part, name: &str) {
    let keys: Vec<&str> = part.keys().filter(|key| !key.eq_ignore_ascii_case("Identity")).collect();
    if part.records() == 0 || keys.is_empty() {
        return;
    }
    let score = |dataset: &Dataset| keys.iter().filter(|key| dataset.property(key).is_some()).count();
    let own = score(part.dataset());
    let Some(best) = dataset::all().iter().max_by_key(|dataset| score(dataset)) else { return };
    let better = score(best);
    if better >= 3 && better > own * 2 && best.number != part.dataset().number {
        let dataset = part.dataset().name;
        part.problem(format!("{name} should hold {dataset}, and its records look like {}", best.name));
    } else if own == 0 && !part.dataset().keeps_settings {
        let dataset = part.dataset().name;
        part.problem(format!("{name} should hold {dataset}, and its records have no property of theirs"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Builder, Manifest};

    #[test]
    fn a_collection_that_lost_items_proves_nothing() {
        let mut builder = Builder::default();
        let source = builder.source("export", "./export");
        for (count, whole) in [(1, true), (2, false)] {
            let mut part = builder.part(source, Manifest::new("users", "Get-CsUser")).expect("a dataset");
            let text = format!(r#"{{"value":[{{"SipAddress":"sip:a@contoso.com"}}],"Count":{count}}}"#);
            take(&mut part, text.as_bytes()).expect("taken");
            assert_eq!((part.records(), part.problems.is_empty()), (1, whole), "{count}");
        }
    }
}
