//! The script's lines → parts.

use ring::digest::{Context, SHA256};
use serde_json::Value;

use super::super::super::builder::{Builder, SourceId};
use super::super::super::manifest::Manifest;
use super::super::super::part::Part;
use crate::powershell::Flow;
use crate::powershell::marks::{Line, Marker, NoiseKept};

/// Most records of one part whose trouble is told one by one.
const MOST_TOLD: usize = 5;
/// Most remarks that are kept.
const MOST_REMARKS: usize = 200;

/// Takes line after line.
pub(super) struct Reading<'a, P> {
    builder: &'a mut Builder,
    source: SourceId,
    marker: Marker,
    progress: P,
    current: Option<Current>,
    module: Option<String>,
    remarks: Vec<String>,
    noise: NoiseKept,
    delivered: Vec<usize>,
    parts: usize,
    /// What the script itself says made it end.
    pub(super) failure: Option<String>,
}

/// The part that is being read.
struct Current {
    part: Part,
    sha: Context,
    bytes: u64,
    count: u64,
    bad: usize,
}

/// What was read.
pub(super) struct Read {
    pub(super) module: Option<String>,
    pub(super) remarks: Vec<String>,
    pub(super) delivered: Vec<usize>,
    pub(super) parts: usize,
}

impl<'a, P: FnMut(&str, u64) + Send> Reading<'a, P> {
    pub(super) fn new(builder: &'a mut Builder, source: SourceId, marker: Marker, progress: P) -> Self {
        Self {
            builder,
            source,
            marker,
            progress,
            current: None,
            module: None,
            remarks: Vec::new(),
            noise: NoiseKept::default(),
            delivered: Vec::new(),
            parts: 0,
            failure: None,
        }
    }

    /// Takes a line of standard output.
    pub(super) fn line(&mut self, line: &[u8], whole: bool) -> Result<Flow, String> {
        // A record that was cut could still be JSON.
        let read = if whole { self.marker.read(line)? } else { Some(Line::Noise(line)) };
        match (read, &mut self.current) {
            (None, _) => {}
            (Some(Line::Record(record)), Some(current)) => {
                current.take(record);
                if current.count.is_multiple_of(1000) {
                    (self.progress)(current.part.dataset().name, current.count);
                }
            }
            (Some(Line::Record(other) | Line::Noise(other)), _) => self.noise.keep(other),
            (Some(Line::Mark(word, value)), _) => {
                let word = word.to_owned();
                return self.mark(&word, value);
            }
        }
        Ok(Flow::More)
    }

    fn mark(&mut self, word: &str, value: Value) -> Result<Flow, String> {
        match word {
            "hello" => self.module = value.get("product").and_then(Value::as_str).map(str::to_owned),
            "part" => {
                self.broken("another part begins before its end");
                let manifest = manifest(value)?;
                let part = self.builder.part(self.source, manifest).map_err(|error| error.to_string())?;
                let sha = Context::new(&SHA256);
                self.current = Some(Current { part, sha, bytes: 0, count: 0, bad: 0 });
            }
            "end" => {
                let manifest = manifest(value)?;
                let Some(current) = self.current.take() else {
                    return Err(format!("a part of {} ends that never began", manifest.dataset));
                };
                self.close(current.whole(manifest));
            }
            "progress" => {
                let count = value.get("count").and_then(Value::as_u64).unwrap_or_default();
                if let Some(name) = value.get("dataset").and_then(Value::as_str) {
                    (self.progress)(name, count);
                }
            }
            "note" => self.remark(value.get("text").and_then(Value::as_str).unwrap_or_default()),
            "done" => {
                self.broken("everything ends before its end");
                return Ok(Flow::Last);
            }
            "failed" => {
                let error = value.get("error").and_then(Value::as_str).unwrap_or_default();
                self.failure = Some(format!("the export script failed: {error}"));
                return Ok(Flow::Last);
            }
            // A later script may tell more.
            _ => {}
        }
        Ok(Flow::More)
    }

    fn remark(&mut self, text: &str) {
        if self.remarks.len() < MOST_REMARKS {
            self.remarks.push(crate::report::text::clip(text, 500).into_owned());
        }
    }

    /// Closes the part that is being read, which has no end of its own.
    fn broken(&mut self, why: &str) {
        if let Some(mut current) = self.current.take() {
            current.part.problem(why);
            self.close(current.part);
        }
    }

    fn close(&mut self, part: Part) {
        (self.progress)(part.dataset().name, part.records() as u64);
        self.delivered.push(part.dataset().number);
        self.parts += 1;
        self.builder.end(part);
    }

    /// Ends it; a part that was cut says why.
    pub(super) fn end(mut self, failure: Option<&str>) -> Read {
        self.broken(failure.unwrap_or("the output ends in its middle"));
        if let Some(noise) = self.noise.text() {
            self.remarks.push(noise);
        }
        let Self { module, remarks, delivered, parts, .. } = self;
        Read { module, remarks, delivered, parts }
    }
}

impl Current {
    fn take(&mut self, record: &[u8]) {
        self.sha.update(record);
        self.sha.update(b"\n");
        self.bytes = self.bytes.saturating_add(record.len() as u64 + 1);
        self.count += 1;
        if let Err(error) = self.part.record_json(record) {
            self.bad += 1;
            if self.bad <= MOST_TOLD {
                self.part.problem(format!("record {}: {error}", self.count));
            }
        }
    }

    /// Holds what came against what the script says that it sent.
    fn whole(mut self, manifest: Manifest) -> Part {
        if manifest.dataset != self.part.dataset().name {
            self.part.problem(format!("it ends as a part of {}", manifest.dataset));
            return self.part;
        }
        if self.bad > MOST_TOLD {
            self.part.problem(format!("{} records can't be read", self.bad));
        }
        let digest: String = self.sha.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let differs = match (manifest.count, manifest.bytes, &manifest.sha256) {
            (Some(count), _, _) if count != self.count => {
                Some(format!("{} records were sent and {} arrived", count, self.count))
            }
            (_, Some(bytes), _) if bytes != self.bytes => {
                Some(format!("{bytes} bytes were sent and {} arrived", self.bytes))
            }
            (_, _, Some(sent)) if !sent.eq_ignore_ascii_case(&digest) => {
                Some("what arrived has another SHA-256 than what was sent".to_owned())
            }
            (None, ..) | (_, None, _) | (.., None) => Some("it doesn't say how much was sent".to_owned()),
            _ => None,
        };
        if let Some(differs) = differs {
            self.part.problem(differs);
        }
        self.part.manifest = manifest;
        self.part
    }
}

fn manifest(value: Value) -> Result<Manifest, String> {
    serde_json::from_value(value).map_err(|error| format!("a part's manifest can't be read: {error}"))
}
