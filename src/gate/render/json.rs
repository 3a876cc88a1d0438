//! The answer as a file for programs.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::gate::GateAnswer;
use crate::report::text::printable;

/// Writes an answer.
///
/// # Errors
/// What the writer says.
pub fn write(answer: &GateAnswer, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    plain(answer, out)
}

/// Writes JSON without a character that could repaint a terminal.
///
/// # Errors
/// What the writer says.
pub(in crate::gate) fn plain(value: &impl Serialize, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    let mut out = BufWriter::new(out);
    for line in text.lines() {
        // Outside of strings JSON has no such character, and inside any may be escaped.
        for character in line.chars() {
            let mut own = [0; 4];
            let plain = character.encode_utf8(&mut own);
            if printable(plain) == *plain {
                out.write_all(plain.as_bytes())?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}")?;
                }
            }
        }
        out.write_all(b"\n")?;
    }
    out.flush()
}

/// Reads an answer.
///
/// # Errors
/// That it is none, or that a newer Poolproof wrote it.
pub fn read(bytes: &[u8]) -> Result<GateAnswer, String> {
    let answer: GateAnswer =
        serde_json::from_slice(bytes).map_err(|error| format!("this is not the answer of a gate: {error}"))?;
    match answer.version.split_once('.').and_then(|(major, _)| major.parse::<u32>().ok()) {
        Some(..=1) => Ok(answer),
        Some(_) => Err(format!("a newer Poolproof wrote this answer (version {})", answer.version)),
        None => Err(format!("`{}` is not a version of an answer", answer.version)),
    }
}
