//! A file's records, one after another, without holding more than one of them: one a line, in
//! an array, or a single object over many lines.

use std::fmt;
use std::io::BufRead;

use super::super::super::part::Part;

/// Why a file's records end before the file does.
#[derive(Debug)]
pub(super) enum Trouble {
    Io(std::io::Error),
    /// In the middle of a record.
    CutShort {
        line: u64,
    },
    /// What is between records is no white space.
    Strange {
        line: u64,
        text: String,
    },
    TooLong {
        line: u64,
    },
    Record {
        line: u64,
        error: String,
    },
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "{error}"),
            Self::CutShort { line } => write!(f, "line {line}: the file ends in the middle of a record"),
            Self::Strange { line, text } => write!(f, "line {line}: `{text}` is no record"),
            Self::TooLong { line } => {
                write!(f, "line {line}: a record of more than {} MiB", Part::LONGEST >> 20)
            }
            Self::Record { line, error } => write!(f, "line {line}: {error}"),
        }
    }
}

pub(super) struct Splitter<'r, R> {
    text: &'r mut R,
    record: Vec<u8>,
    line: u64,
    starts: u64,
    /// Whether the file is an array, and where in it we are.
    array: Array,
}

#[derive(Clone, Copy, PartialEq)]
enum Array {
    No,
    Open,
    Closed,
}

impl<'r, R: BufRead> Splitter<'r, R> {
    pub(super) fn new(text: &'r mut R) -> Self {
        Self { text, record: Vec::new(), line: 1, starts: 1, array: Array::No }
    }

    /// The line in which the last record began, from 1.
    pub(super) fn began(&self) -> u64 {
        self.starts
    }

    /// What it is read from. Between two records, lines may be taken from it that are passed here.
    pub(super) fn text(&mut self) -> &mut R {
        self.text
    }

    /// Whether records are not in an array: each may be a line.
    pub(super) fn may_be_lines(&self) -> bool {
        self.array == Array::No
    }

    /// Passes so many lines that were taken from the text, and were records.
    pub(super) fn passed(&mut self, lines: u64) {
        self.starts = self.line;
        self.line += lines;
    }

    /// The next record, an object's text.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, Trouble> {
        self.record.clear();
        if !self.begin()? {
            return Ok(None);
        }
        self.starts = self.line;
        let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
        loop {
            let buffer = self.text.fill_buf().map_err(Trouble::Io)?;
            if buffer.is_empty() {
                return Err(Trouble::CutShort { line: self.starts });
            }
            let (mut end, mut at) = (None, 0);
            while let Some(byte) = buffer.get(at) {
                at += 1;
                if quoted {
                    if escaped {
                        escaped = false;
                        continue;
                    }
                    // Most of a record is the inside of texts: only what matters there is looked at.
                    let rest = buffer.get(at - 1..).unwrap_or_default();
                    let Some(skipped) = memchr::memchr3(b'"', b'\\', b'\n', rest) else { break };
                    match rest.get(skipped) {
                        Some(b'\\') => escaped = true,
                        Some(b'"') => quoted = false,
                        _ => self.line += 1,
                    }
                    at += skipped;
                    continue;
                }
                match byte {
                    b'"' => quoted = true,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => {
                        depth -= 1;
                        if depth == 0 {
                            end = Some(at);
                            break;
                        }
                    }
                    b'\n' => self.line += 1,
                    _ => {}
                }
            }
            let take = end.unwrap_or(buffer.len());
            if self.record.len() + take > Part::LONGEST {
                return Err(Trouble::TooLong { line: self.starts });
            }
            self.record.extend_from_slice(buffer.get(..take).unwrap_or_default());
            self.text.consume(take);
            if end.is_some() {
                return Ok(Some(&self.record));
            }
        }
    }

    /// Skips to the next record; false at the end.
    fn begin(&mut self) -> Result<bool, Trouble> {
        loop {
            let buffer = self.text.fill_buf().map_err(Trouble::Io)?;
            let Some(byte) = buffer.first() else {
                return match self.array {
                    Array::Open => Err(Trouble::CutShort { line: self.line }),
                    Array::No | Array::Closed => Ok(false),
                };
            };
            match (byte, self.array) {
                (b'{', Array::No | Array::Open) => return Ok(true),
                (b'\n', _) => self.line += 1,
                (b' ' | b'\t' | b'\r', _) => {}
                (b'[', Array::No) => self.array = Array::Open,
                (b',', Array::Open) => {}
                (b']', Array::Open) => self.array = Array::Closed,
                _ => {
                    let text = buffer.split(|byte| *byte == b'\n').next().unwrap_or_default();
                    let text = String::from_utf8_lossy(text.get(..60).unwrap_or(text));
                    return Err(Trouble::Strange { line: self.line, text: text.trim_end().to_owned() });
                }
            }
            self.text.consume(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Vec<String>, Option<String>) {
        let mut bytes = text.as_bytes();
        let mut splitter = Splitter::new(&mut bytes);
        let mut records = Vec::new();
        loop {
            match splitter.next() {
                Ok(Some(record)) => records.push(String::from_utf8_lossy(record).into_owned()),
                Ok(None) => return (records, None),
                Err(trouble) => return (records, Some(trouble.to_string())),
            }
        }
    }

    #[test]
    fn lines_arrays_and_single_objects_are_records() {
        let wanted = vec![r#"{"a":1}"#.to_owned(), r#"{"b":{"c":"}\"{"}}"#.to_owned()];
        let [one, two] = wanted.as_slice() else { panic!() };
        for text in
            [format!("{one}\n{two}\n"), format!("{one}\r\n{two}"), format!("[{one},\n {two}]\n"), format!("{one}{two}")]
        {
            assert_eq!(split(&text), (wanted.clone(), None), "{text}");
        }
        let pretty = "{\n    \"a\":  [\n        1\n    ]\n}\n";
        assert_eq!(split(pretty).0, [pretty.trim_end()]);
        for empty in ["", "\n\n", "[]", " [ ] \n"] {
            assert_eq!(split(empty), (Vec::new(), None), "{empty:?}");
        }
    }

    #[test]
    fn what_is_cut_short_is_told_with_its_line() {
        assert_eq!(split("{\"a\":1}\n{\"b\":").1.as_deref(), Some("line 2: the file ends in the middle of a record"));
        assert_eq!(split("[{\"a\":1},\n").1.as_deref(), Some("line 2: the file ends in the middle of a record"));
        assert_eq!(split("{\"a\":\"}").1.as_deref(), Some("line 1: the file ends in the middle of a record"));
    }

    #[test]
    fn what_is_no_record_is_told_with_its_line() {
        assert_eq!(split("{}\nWARNING: slow\n{}").1.as_deref(), Some("line 2: `WARNING: slow` is no record"));
        assert_eq!(split("[{}] {}").1.as_deref(), Some("line 1: `{}` is no record"));
        assert_eq!(split("\"text\"").1.as_deref(), Some("line 1: `\"text\"` is no record"));
        assert_eq!(split("}").1.as_deref(), Some("line 1: `}` is no record"));
    }

    /// Gives the same bytes for ever.
    struct Endless(&'static [u8]);

    impl std::io::Read for Endless {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            unreachable!("it is read through its buffer")
        }
    }

    impl BufRead for Endless {
        fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
            Ok(self.0)
        }

        fn consume(&mut self, _: usize) {}
    }

    #[test]
    fn a_record_without_end_is_given_up() {
        let mut endless = Endless(b"{\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
        // The quote that opens in one buffer closes in the next: what matters is that it ends.
        let trouble = Splitter::new(&mut endless).next().expect_err("it has no end").to_string();
        assert!(trouble.contains("more than 4 MiB"), "{trouble}");
    }
}
