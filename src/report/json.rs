//! `results.json`: the whole result, versioned, as its JSON Schema says.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

use super::blocks::blocks;
use super::result::{RunResult, VERSION};
use super::text::find_unsafe;

/// The largest file that is read: some hundred times the largest that is written.
const LARGEST: u64 = 1 << 30;

/// Why a `results.json` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It can't be read.
    #[error("reading {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no result of a run, or is damaged.
    #[error("this is not a results.json: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Its version is no version.
    #[error("`{0}` is not a version of results.json, such as {VERSION}")]
    NoVersion(String),
    /// A newer Poolproof wrote it.
    #[error(
        "this results.json has version {found}, which a newer Poolproof wrote; this one reads up to {VERSION}: \
         use the newer one"
    )]
    Newer {
        /// Its version.
        found: String,
    },
    /// It is larger than anything that Poolproof writes.
    #[error("{} is larger than {LARGEST} bytes", .0.display())]
    TooLarge(PathBuf),
}

/// Writes a result, or what was made of results: a case to a line, so that it can be searched,
/// compared and shown, and without a character that could repaint a terminal.
///
/// # Errors
/// What the writer says.
pub fn write(value: &(impl Serialize + Sync), out: &mut (impl Write + ?Sized)) -> io::Result<()> {
    // The root, `suites`, a suite, its `cases`.
    write_indented(value, 4, out)
}

/// Writes JSON likewise: indented down to a depth (the root's is 1), and an item to a line below.
/// Flushed at the end.
///
/// # Errors
/// What the writer says.
pub(crate) fn write_indented(
    value: &(impl Serialize + Sync),
    indented: usize,
    out: &mut (impl Write + ?Sized),
) -> io::Result<()> {
    blocks(value, Layout::indented(indented), |block| out.write_all(&block))?;
    out.flush()
}

/// Reads a result.
///
/// # Errors
/// That it is newer than this build, or is no result.
pub fn read(bytes: &[u8]) -> Result<RunResult, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        version: String,
    }
    let Head { version } = serde_json::from_slice(bytes)?;
    match (major(&version), major(VERSION)) {
        (None, _) => Err(ReadError::NoVersion(version)),
        (found, known) if found > known => Err(ReadError::Newer { found: version }),
        _ => Ok(serde_json::from_slice(bytes)?),
    }
}

/// Reads a result from a file.
///
/// # Errors
/// That it can't be read, is newer than this build, or is no result.
pub fn read_file(path: &Path) -> Result<RunResult, ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(ReadError::TooLarge(path.to_owned()));
    }
    read(&bytes)
}

/// The major of `major.minor`.
fn major(version: &str) -> Option<u64> {
    let (major, minor) = version.split_once('.')?;
    minor.parse::<u64>().ok()?;
    major.parse().ok()
}

/// Indented down to a depth, compact below.
pub(crate) struct Layout {
    pretty: PrettyFormatter<'static>,
    indented: usize,
    depth: usize,
}

impl Layout {
    /// The root's depth is 1.
    pub(crate) fn indented(indented: usize) -> Self {
        Self { pretty: PrettyFormatter::new(), indented, depth: 0 }
    }

    fn is_indented(&self) -> bool {
        self.depth <= self.indented
    }
}

/// Forwards to the one or the other layout.
macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*);)*) => {$(
        fn $name<W: ?Sized + Write>(&mut self, writer: &mut W $(, $argument: $type)*) -> io::Result<()> {
            if self.is_indented() {
                self.pretty.$name(writer $(, $argument)*)
            } else {
                CompactFormatter.$name(writer $(, $argument)*)
            }
        }
    )*};
}

/// Forwards likewise, one level deeper or shallower.
macro_rules! forward_nesting {
    ($($begin:ident, $end:ident;)*) => {$(
        fn $begin<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            self.depth += 1;
            if self.is_indented() { self.pretty.$begin(writer) } else { CompactFormatter.$begin(writer) }
        }

        fn $end<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
            let done = if self.is_indented() { self.pretty.$end(writer) } else { CompactFormatter.$end(writer) };
            self.depth -= 1;
            done
        }
    )*};
}

impl Formatter for Layout {
    forward_nesting! {
        begin_array, end_array;
        begin_object, end_object;
    }

    forward! {
        begin_array_value(first: bool);
        end_array_value();
        begin_object_key(first: bool);
        begin_object_value();
        end_object_value();
    }

    /// JSON allows more in a string than a terminal should be shown.
    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut rest = fragment;
        while let Some(at) = find_unsafe(rest) {
            let (clean, from) = rest.split_at(at);
            writer.write_all(clean.as_bytes())?;
            let mut chars = from.chars();
            if let Some(char) = chars.next() {
                for unit in char.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = chars.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{case, observation, run};
    use super::super::{Named, Severity, SkipReason, Verdict};
    use super::*;

    fn everything() -> RunResult {
        let many = case("many").fail().with(|case| {
            case.ranged_over = Some(400);
            case.members = vec![Named {
                key: "many[a]".into(),
                verdict: Verdict::Fail,
                message: "x".into(),
                group: Some("Dublin".into()),
                fix: None,
                waived: None,
            }];
        });
        let mut result = run([
            case("a[x]"),
            case("b[\u{202e}\u{1b}\u{fffe}\u{e0041}]").fail().fix("Set-CsX"),
            case("c").error("timeout").severity(Severity::Minor),
            case("d").skip(SkipReason::NotDue),
            case("e").skip(SkipReason::NeedFailed("a[x]".into())),
            case("f").flaky(7),
            many,
        ]);
        result.observations.insert(7, observation(7).into());
        result.warnings.push("the baseline is 3 days old".into());
        result
    }

    fn written(result: &RunResult) -> String {
        let mut bytes = Vec::new();
        write(result, &mut bytes).expect("memory can be written");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn what_is_written_is_read_again() {
        let result = everything();
        assert_eq!(read(written(&result).as_bytes()).expect("it is ours"), result);
    }

    #[test]
    fn what_is_written_fits_its_schema() {
        let schema = serde_json::to_value(schemars::schema_for!(RunResult)).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("a valid schema");
        let mut value: serde_json::Value = serde_json::from_str(&written(&everything())).expect("JSON");
        let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        value["suites"][0]["cases"][0]["verdict"] = "maybe".into();
        assert!(!validator.is_valid(&value), "the schema must not accept everything");
    }

    #[test]
    fn a_case_has_a_line() {
        let text = written(&everything());
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("\"check\":")).collect();
        assert_eq!(lines.len(), 7, "{text}");
        assert!(text.starts_with("{\n  \"version\": \"1.1\",\n  \"run\": {\n    \"id\": "), "{text}");
        assert!(text.ends_with("\n}\n"));
    }

    #[test]
    fn no_character_can_repaint_a_terminal() {
        let text = written(&everything());
        assert!(find_unsafe(&text.replace('\n', "")).is_none(), "{text}");
        assert!(text.contains("\\u202e\\u001b\\ufffe\\udb40\\udc41"), "{text}");
    }

    #[test]
    fn a_newer_major_is_refused_with_words_and_a_newer_minor_is_read() {
        let mut result = everything();
        result.version = "2.0".into();
        let error = read(written(&result).as_bytes()).expect_err("newer");
        assert!(matches!(&error, ReadError::Newer { found } if found == "2.0"));
        assert!(error.to_string().contains("version 2.0") && error.to_string().contains("up to 1.1"), "{error}");
        result.version = "1.7".into();
        assert_eq!(read(written(&result).as_bytes()).expect("same major"), result);
    }

    #[test]
    fn what_is_no_result_is_refused() {
        for (text, part) in [
            ("", "not a results.json"),
            ("[]", "not a results.json"),
            ("{\"version\": \"1.0\"}", "missing field"),
            ("{\"version\": \"one\"}", "`one` is not a version"),
            ("{\"version\": 1}", "not a results.json"),
        ] {
            let error = read(text.as_bytes()).expect_err(text).to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        let deep = "[".repeat(100_000);
        assert!(matches!(read(deep.as_bytes()), Err(ReadError::Malformed(_))));
        let missing = read_file(Path::new("no/such/results.json")).expect_err("no file").to_string();
        assert!(missing.contains("results.json"), "{missing}");
    }
}
