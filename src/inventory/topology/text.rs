//! Bytes of a document → text, within a bound: UTF-8, or UTF-16 as Windows PowerShell's
//! `Out-File` writes it.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use super::Limits;
use crate::diagnostic::{Code, Diagnostic, Source};

/// Reads a document's text.
///
/// # Errors
/// [`Code::Unreadable`], [`Code::TooLarge`] or [`Code::NotUtf8`].
pub fn read_source(path: &Path, limits: Limits) -> Result<Arc<Source>, Diagnostic> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| Diagnostic::new(Code::Unreadable, format!("can't read {name}: {error}"));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(limits.bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    decode(&name, &bytes, limits)
}

/// The text of a document's bytes, under the name by which people know it.
///
/// # Errors
/// [`Code::TooLarge`] or [`Code::NotUtf8`].
pub fn decode(name: &str, bytes: &[u8], limits: Limits) -> Result<Arc<Source>, Diagnostic> {
    if bytes.len() as u64 > limits.bytes {
        let message = format!("{name} is larger than {} bytes, and no topology is", limits.bytes);
        return Err(Diagnostic::new(Code::TooLarge, message).hint("check that it is the file you mean"));
    }
    let text = match bytes {
        [0xff, 0xfe, rest @ ..] => utf16(name, rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(name, rest, u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(name, rest)?,
        bytes => utf8(name, bytes)?,
    };
    Ok(Arc::new(Source::new(name, text)))
}

fn utf16(name: &str, bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, Diagnostic> {
    let (units, odd) = bytes.as_chunks::<2>();
    let text = char::decode_utf16(units.iter().map(|pair| unit(*pair))).collect::<Result<String, _>>();
    match text {
        Ok(text) if odd.is_empty() => Ok(text),
        _ => Err(Diagnostic::new(Code::NotUtf8, format!("{name} begins as UTF-16 and is broken further on"))
            .hint("the file is damaged or was cut off: write it again")),
    }
}

fn utf8(name: &str, bytes: &[u8]) -> Result<String, Diagnostic> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| {
        let at = error.valid_up_to();
        let valid = String::from_utf8_lossy(bytes.get(..at).unwrap_or_default()).into_owned();
        let (line, column) = Source::new(name, valid).line_column(at);
        let byte = bytes.get(at).copied().unwrap_or_default();
        Diagnostic::new(Code::NotUtf8, format!("{name}:{line}:{column}: the byte 0x{byte:02x} is not UTF-8"))
            .hint("write it with `Out-File -Encoding UTF8`")
    })
}
