//! The answer as a file for programs.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use crate::gate::GateAnswer;
use crate::report::text::find_unsafe;

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
        let mut rest = line;
        while let Some((clean, from)) = find_unsafe(rest).and_then(|at| rest.split_at_checked(at)) {
            out.write_all(clean.as_bytes())?;
            let mut characters = from.chars();
            for unit in characters.next().into_iter().flat_map(|one| one.encode_utf16(&mut [0; 2]).to_vec()) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())?;
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
