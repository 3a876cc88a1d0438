//! A program that says what is in an export as the export script says it: the same calls,
//! part by part, between the marks of whoever started it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};
use serde_json::{Value, json};

/// The first argument of the stand-in; the second is the export's folder.
pub const WORD: &str = "says-an-export";

/// The environment's `powershell` that starts it.
pub fn command(folder: &Path) -> String {
    let me = std::env::current_exe().expect("a path");
    format!("powershell: {{ command: ['{}', {WORD}, '{}'] }}", me.display(), folder.display())
}

/// Says it.
pub fn stand_in(words: &[String]) {
    let folder = PathBuf::from(words.first().expect("a folder"));
    let mut input = String::new();
    std::io::stdin().lock().read_to_string(&mut input).expect("text");
    let request: Value = serde_json::from_str(input.lines().next().expect("a request")).expect("JSON");
    let mut out = std::io::stdout().lock();
    let marker = request["marker"].as_str().expect("a marker").to_owned();
    let mut mark = |word: &str, value: &Value| {
        writeln!(out, "\n@poolproof:{marker}:{word} {value}").expect("somebody reads");
    };
    mark(
        "hello",
        &json!({"product": "SkypeForBusiness 7.0.2046.530", "shell": "5.1.17763.1", "machine": "fe21.contoso.com"}),
    );
    let mut calls = 0;
    for (manifest, records) in parts(&folder) {
        let mut manifest: Value = serde_json::from_slice(&std::fs::read(&manifest).expect("a file")).expect("JSON");
        for counted in ["count", "bytes", "sha256"] {
            manifest.as_object_mut().expect("an object").remove(counted);
        }
        let ended = manifest.as_object_mut().expect("an object").remove("end");
        mark("part", &manifest);
        let (mut sha, mut bytes, mut count) = (Context::new(&SHA256), 0, 0);
        for record in read(&records) {
            // As the script does, in ASCII.
            let line = ascii(&record.to_string());
            sha.update(line.as_bytes());
            sha.update(b"\n");
            bytes += line.len() + 1;
            count += 1;
            std::io::stdout().lock().write_all(format!("{line}\n").as_bytes()).expect("somebody reads");
        }
        let object = manifest.as_object_mut().expect("an object");
        object.insert("count".into(), count.into());
        object.insert("bytes".into(), bytes.into());
        object.insert("end".into(), ended.unwrap_or_default());
        let digest: String = sha.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        object.insert("sha256".into(), digest.into());
        mark("end", &manifest);
        calls += 1;
    }
    mark("done", &json!({"calls": calls}));
}

/// The manifests of a folder, each with its records' file.
fn parts(folder: &Path) -> Vec<(PathBuf, PathBuf)> {
    let mut found: Vec<(PathBuf, PathBuf)> = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".manifest.json")?.to_owned();
            Some((path, folder.join(format!("{name}.jsonl"))))
        })
        .collect();
    found.sort();
    found
}

/// The records of a file, in whichever form they are.
pub fn read(path: &Path) -> Vec<Value> {
    let bytes = std::fs::read(path).expect("a file");
    let text = match bytes.strip_prefix(&[0xff, 0xfe]) {
        Some(units) => {
            let units: Vec<u16> = units.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16(&units).expect("UTF-16")
        }
        None => String::from_utf8(bytes).expect("UTF-8").trim_start_matches('\u{feff}').to_owned(),
    };
    let values = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
    let values: Vec<Value> = values.map(|value| value.expect("JSON")).collect();
    values
        .into_iter()
        .flat_map(|value| match value {
            Value::Array(records) => records,
            Value::Object(mut object) if object.contains_key("value") && object.contains_key("Count") => {
                match object.remove("value") {
                    Some(Value::Array(records)) => records,
                    other => panic!("{other:?}"),
                }
            }
            record => vec![record],
        })
        .collect()
}

fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter.is_ascii() {
            text.push(letter);
        } else {
            let mut units = [0; 2];
            text.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    text
}
