//! Files as text, and what they may cost.

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Source};

/// What a file may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of the file.
    pub bytes: u64,
    /// Nodes of the tree, aliases expanded.
    pub nodes: usize,
    /// Bytes of text that aliases repeat.
    pub repeated: usize,
    /// Nesting.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 8 << 20, nodes: 500_000, repeated: 8 << 20, depth: 64 }
    }
}

/// Reads a file as text: UTF-8, with or without a byte-order mark.
///
/// # Errors
/// [`Code::Unreadable`], [`Code::TooLarge`] or [`Code::NotUtf8`].
pub fn read_source(path: &Path, limits: Limits) -> Result<Arc<Source>, Diagnostic> {
    let name = path.display().to_string();
    let unreadable = |error: std::io::Error| Diagnostic::new(Code::Unreadable, format!("can't read {name}: {error}"));
    if path.is_dir() {
        return Err(Diagnostic::new(Code::Unreadable, format!("{name} is a folder, and a file is needed"))
            .hint("name the file inside it"));
    }
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(limits.bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > limits.bytes {
        let message = format!("{name} is larger than {} bytes", limits.bytes);
        return Err(Diagnostic::new(Code::TooLarge, message).hint("split it, or check that it is the file you mean"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(error.as_bytes().get(..at).unwrap_or_default()).into_owned();
        let source = Source::new(name.clone(), valid);
        let (line, column) = source.line_column(at);
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        Diagnostic::new(Code::NotUtf8, format!("{name}:{line}:{column}: the byte 0x{byte:02x} is not UTF-8"))
            .hint("save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok(Arc::new(Source::new(name, text)))
}
