//! The lines of a script: markers that are its own, records, and what anybody else wrote.

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;

/// The marker of one run: a word that nothing else on standard output can begin with.
#[derive(Clone, Debug)]
pub struct Marker {
    nonce: String,
    prefix: String,
}

/// What a line is.
#[derive(Debug, PartialEq)]
pub enum Line<'a> {
    /// One of the script's markers: its word and what it holds.
    Mark(&'a str, Value),
    /// One JSON object.
    Record(&'a [u8]),
    /// Anything else: the console host and the product's own words.
    Noise(&'a [u8]),
}

impl Marker {
    /// A marker that nobody can guess.
    ///
    /// # Errors
    /// The system has no random numbers.
    pub fn new() -> Result<Self, String> {
        let mut bytes = [0; 16];
        SystemRandom::new().fill(&mut bytes).map_err(|_| "the system has no random numbers".to_owned())?;
        let nonce: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let prefix = format!("@poolproof:{nonce}:");
        Ok(Self { nonce, prefix })
    }

    /// As requests carry it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.nonce
    }

    /// What a line is; none where it is empty.
    ///
    /// # Errors
    /// It begins as a marker does and is none: the output was cut or mixed.
    pub fn read<'a>(&self, line: &'a [u8]) -> Result<Option<Line<'a>>, String> {
        if line.is_empty() {
            return Ok(None);
        }
        if let Some(rest) = line.strip_prefix(self.prefix.as_bytes()) {
            let broken = || format!("a marker line is broken: {}", noise(line));
            let text = std::str::from_utf8(rest).map_err(|_| broken())?;
            let (word, json) = text.split_once(' ').ok_or_else(broken)?;
            let value = serde_json::from_str(json).map_err(|_| broken())?;
            return Ok(Some(Line::Mark(word, value)));
        }
        Ok(Some(if line.starts_with(b"{") { Line::Record(line) } else { Line::Noise(line) }))
    }
}

/// A line for people, bounded.
#[must_use]
pub fn noise(line: &[u8]) -> String {
    const LONGEST: usize = 400;
    let text = String::from_utf8_lossy(line.get(..line.len().min(LONGEST)).unwrap_or_default()).into_owned();
    if line.len() > LONGEST { format!("{text}… ({} bytes)", line.len()) } else { text }
}

/// What anybody else wrote: the first lines, and how many more.
#[derive(Clone, Debug, Default)]
pub struct NoiseKept {
    lines: Vec<String>,
    more: u64,
}

impl NoiseKept {
    /// Keeps a line, as long as there are not too many.
    pub fn keep(&mut self, line: &[u8]) {
        if self.lines.len() < 40 {
            self.lines.push(noise(line));
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    /// All of it as one text; none where there was nothing.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        if self.lines.is_empty() {
            return None;
        }
        let mut text = self.lines.join("\n");
        if self.more > 0 {
            text.push_str(&format!("\n… {} more lines", self.more));
        }
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn lines_are_told_apart() {
        let marker = Marker::new().expect("a marker");
        let mark = format!("@poolproof:{}:done {{\"count\":1}}", marker.as_str());
        assert_eq!(marker.read(mark.as_bytes()), Ok(Some(Line::Mark("done", json!({"count": 1})))));
        assert_eq!(marker.read(b"{\"a\":1}"), Ok(Some(Line::Record(b"{\"a\":1}"))));
        assert_eq!(marker.read(b"WARNING: x"), Ok(Some(Line::Noise(b"WARNING: x"))));
        assert_eq!(marker.read(b"@poolproof:0000:done {}"), Ok(Some(Line::Noise(b"@poolproof:0000:done {}"))));
        assert_eq!(marker.read(b""), Ok(None));
        assert!(marker.read(mark.replace('}', "").as_bytes()).is_err());
        assert_ne!(marker.as_str(), Marker::new().expect("a marker").as_str());
    }
}
