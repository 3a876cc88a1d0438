//! The answer as a file for programs.

use std::io::{self, Write};

use crate::gate::GateAnswer;
use crate::report::json::write_indented;

/// Writes an answer, a member of what stops the gate to a line, without a character that could
/// repaint a terminal.
///
/// # Errors
/// What the writer says.
pub fn write(answer: &GateAnswer, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    // The root, `blockers`, one of them, its `members`.
    write_indented(answer, 4, out)
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
