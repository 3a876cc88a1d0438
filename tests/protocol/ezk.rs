//! A second opinion: ezk's parser.

use bytes::Bytes;
use ezk_sip_types::msg::{Line, MessageLine, PullParser};
use ezk_sip_types::parse::Parse;

/// The values of the header fields as ezk reads them, or why it doesn't read the message.
pub fn values(message: &[u8]) -> Result<Vec<String>, String> {
    let source = Bytes::copy_from_slice(message);
    let mut lines = PullParser::new(&source, 0);
    let text = |line: Option<Result<_, _>>| -> Result<Option<String>, String> {
        let Some(line) = line else { return Ok(None) };
        let line: &[u8] = line.map_err(|_| "incomplete".to_owned())?;
        std::str::from_utf8(line).map(|line| Some(line.to_owned())).map_err(|error| error.to_string())
    };
    let first = text(lines.next())?.ok_or("empty")?;
    let first = Bytes::from(first);
    let start = std::str::from_utf8(&first).map_err(|error| error.to_string())?;
    let (rest, _) = MessageLine::parse(&first)(start).map_err(|error| error.to_string())?;
    if !rest.is_empty() {
        return Err(format!("`{rest}` is left of the first line"));
    }
    let mut values = Vec::new();
    while let Some(line) = text(lines.next())? {
        let line = Bytes::from(line);
        let text = std::str::from_utf8(&line).map_err(|error| error.to_string())?;
        let (_, read) = Line::parse(&line, text).map_err(|error| error.to_string())?;
        values.push(read.value.to_string());
    }
    Ok(values)
}
