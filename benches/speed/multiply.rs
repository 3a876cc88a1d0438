//! Exports with the same records many times over, each under names of its own.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};

/// Writes the records of a dataset so often that there are `count`, in turns, each after an edit.
/// The first of each keeps its names: lists name it. Nothing where the export doesn't have the
/// dataset.
pub fn multiply(folder: &Path, dataset: &str, count: usize, edit: impl Fn(&mut Value)) {
    let path = folder.join(format!("{dataset}.jsonl"));
    if !path.exists() {
        return;
    }
    let records = records(&path);
    assert!(!records.is_empty(), "{dataset} has nobody to multiply");
    let mut file = Counted::create(&path);
    let (alone, many): (Vec<&Value>, Vec<&Value>) = records.iter().partition(|record| is_of_system(record));
    let turns = (0..).flat_map(|turn| many.iter().map(move |record| (turn, *record)));
    let wanted = if many.is_empty() { 0 } else { count.max(records.len()) - alone.len() };
    for (turn, record) in alone.iter().map(|record| (0, *record)).chain(turns.take(wanted)) {
        let mut record = record.clone();
        rename(&mut record, turn);
        edit(&mut record);
        file.write(&record);
    }
    file.finish(&folder.join(format!("{dataset}.manifest.json")));
}

/// The records of a part, in whatever form a Windows machine has written them.
fn records(path: &Path) -> Vec<Value> {
    let bytes = std::fs::read(path).expect("a part");
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => {
            let units = rest.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
            String::from_utf16(&units.collect::<Vec<_>>()).expect("UTF-16")
        }
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).expect("UTF-8"),
        bytes => String::from_utf8(bytes.to_vec()).expect("UTF-8"),
    };
    match serde_json::from_str(&text) {
        Ok(Value::Array(records)) => records,
        Ok(record) => vec![record],
        Err(_) => text.lines().map(|line| serde_json::from_str(line).expect("a record")).collect(),
    }
}

/// Whether it is a contact that the system makes for a pool by itself: of those there are no more.
fn is_of_system(record: &Value) -> bool {
    let is = |name: &str, text: &str| record.get(name).and_then(Value::as_str) == Some(text);
    let named = ["RGS Presence Watcher", "Announcement Service"].iter().any(|name| is("DisplayName", name));
    is("OwnerUrn", "urn:application:ATS") || is("OwnerUrn", "urn:application:RGS") && named
}

/// Gives a record names of its own; the first keeps what it has.
fn rename(record: &mut Value, number: usize) {
    let Some(fields) = record.as_object_mut().filter(|_| number > 0) else { return };
    for (name, value) in fields.iter_mut() {
        match (name.as_str(), value) {
            ("Identity" | "DistinguishedName", Value::String(text)) => {
                let end = text.find(',').unwrap_or(text.len());
                text.insert_str(end, &format!(" {number:06}"));
            }
            ("Name" | "DisplayName", Value::String(text)) => text.push_str(&format!(" {number:06}")),
            ("SamAccountName", Value::String(text)) => text.push_str(&format!("{number:06}")),
            ("SipAddress" | "UserPrincipalName" | "WindowsEmailAddress", Value::String(text)) => {
                if let Some(at) = text.find('@') {
                    text.insert_str(at, &format!(".{number:06}"));
                }
            }
            ("Guid", Value::String(text)) => text.replace_range(..8, &format!("{number:08x}")),
            ("Sid", Value::Object(sid)) => {
                if let Some(Value::String(text)) = sid.get_mut("Value") {
                    text.push_str(&number.to_string());
                }
            }
            ("LineURI" | "DisplayNumber", Value::String(text)) if text.starts_with("tel:") => {
                let end = text.find(';').unwrap_or(text.len());
                text.insert_str(end, &format!("{number:06}"));
            }
            _ => {}
        }
    }
}

/// A part that is counted and hashed while it is written.
struct Counted {
    file: BufWriter<File>,
    hash: ring::digest::Context,
    count: usize,
    bytes: usize,
}

impl Counted {
    fn create(path: &Path) -> Self {
        let file = BufWriter::new(File::create(path).expect("a file"));
        Self { file, hash: ring::digest::Context::new(&ring::digest::SHA256), count: 0, bytes: 0 }
    }

    fn write(&mut self, record: &Value) {
        let line = format!("{record}\n");
        self.hash.update(line.as_bytes());
        self.file.write_all(line.as_bytes()).expect("written");
        self.count += 1;
        self.bytes += line.len();
    }

    /// Says in the manifest what was written.
    fn finish(mut self, manifest: &Path) {
        self.file.flush().expect("written");
        let text = std::fs::read_to_string(manifest).expect("a manifest");
        let mut about: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("a manifest");
        let sha256 = self.hash.finish();
        let sha256: String = sha256.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        for (name, value) in [("count", json!(self.count)), ("bytes", json!(self.bytes)), ("sha256", json!(sha256))] {
            about[name] = value;
        }
        std::fs::write(manifest, about.to_string()).expect("written");
    }
}
