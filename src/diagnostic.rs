//! Coded diagnostics: what is wrong in a file, where exactly, and the way out.
//!
//! Every refusal of an input is a [`Diagnostic`]. Codes are stable: people search
//! for them and scripts match on them. `docs/diagnostics.md` explains each one.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident => $code:literal,)*) => {
        /// The stable code of a diagnostic.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)* }

        impl Code {
            /// Every code there is, in the order in which they are documented.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as it is printed.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What it means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+),)* }
            }
        }
    };
}

codes! {
    /// A file or folder that was named can't be read.
    Unreadable => "unreadable-file",
    /// A file is larger than what Poolproof reads of its kind.
    TooLarge => "file-too-large",
    /// A file's bytes are not UTF-8.
    NotUtf8 => "not-utf8",
    /// The YAML itself is broken.
    YamlSyntax => "yaml-syntax",
    /// The YAML is too deep, has too many nodes, or multiplies itself with aliases.
    YamlLimits => "yaml-limits",
    /// YAML that means different things to different readers: tags, merge keys, several documents.
    YamlUnsupported => "yaml-unsupported",
    /// The XML itself is broken, or cut off.
    XmlSyntax => "xml-syntax",
    /// The XML is deeper, or has more elements, than such a document ever has.
    XmlLimits => "xml-limits",
    /// XML with a document type or with entities, which nothing that Poolproof reads has.
    XmlUnsupported => "xml-unsupported",
    /// A file that is no topology document, or one of a version that is not known.
    NotTopology => "not-a-topology",
    /// The topology document contradicts itself, or lacks what it must have.
    InconsistentTopology => "inconsistent-topology",
    /// The JSON itself is broken.
    JsonSyntax => "json-syntax",
    /// A mapping has the same key twice.
    DuplicateKey => "duplicate-key",
    /// A key that this kind of file doesn't know.
    UnknownKey => "unknown-key",
    /// A key that must be there is missing.
    MissingKey => "missing-key",
    /// A value of the wrong kind.
    WrongType => "wrong-type",
    /// A value that is of the right kind and still not possible.
    InvalidValue => "invalid-value",
    /// A number where a duration with a unit is needed.
    BareDuration => "bare-duration",
    /// Two checks, or two suites, have the same id.
    DuplicateId => "duplicate-id",
    /// `needs` names a check that doesn't exist.
    UnknownNeed => "unknown-need",
    /// Checks need one another in a circle.
    CyclicNeeds => "cyclic-needs",
    /// A check that expects nothing proves nothing.
    EmptyExpect => "empty-expect",
    /// A step leaves a trace that its check doesn't declare.
    UndeclaredEffect => "undeclared-effect",
    /// Two steps of one check read each other.
    CyclicSteps => "cyclic-steps",
    /// The expression can't be parsed.
    ExpressionSyntax => "expression-syntax",
    /// A name that the facts don't have.
    UnknownName => "unknown-name",
    /// A filter that doesn't exist.
    UnknownFilter => "unknown-filter",
    /// A test (`is …`) that doesn't exist.
    UnknownTest => "unknown-test",
    /// An operator, filter or test is applied to a type it is not for.
    TypeMismatch => "type-mismatch",
    /// `that` or `where` must be true or false, and this is neither.
    NotBoolean => "not-boolean",
    /// An expectation that nothing at all would fulfil.
    VacuousTruth => "vacuous-truth",
    /// Text that YAML probably read differently from what was meant.
    SuspiciousText => "suspicious-text",
    /// The environment contradicts itself.
    Inconsistent => "inconsistent-environment",
    /// A secret that a selected case needs can't be resolved.
    UnresolvableSecret => "unresolvable-secret",
    /// A waiver for a check that can't be waived.
    NotWaivable => "not-waivable",
    /// A run that a gate, a merge, a replay or a comparison can't rest on: too old, of another
    /// environment, from before the topology was published, made with other check files; or one
    /// whose names can't be hidden.
    UnfitRun => "unfit-run",
    /// A file that is no record of a gate, or was damaged so that it can't be read as one, or one
    /// that would be written over.
    UnfitRecord => "unfit-record",
    /// A check file was found, but no check in it.
    NoChecks => "no-checks",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Whether a diagnostic stops the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// The input is refused.
    Error,
    /// The input is used; somebody should look at it.
    Warning,
}

/// A text that was read, under the name by which people know it.
#[derive(Debug)]
pub struct Source {
    /// The path as it was given, or `builtin:<file>`.
    pub name: String,
    /// The whole text, decoded.
    pub text: String,
    /// Where its lines begin, found when first asked: every case of a run names a line.
    lines: OnceLock<Vec<usize>>,
}

impl Source {
    /// A text and its name.
    #[must_use]
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), lines: OnceLock::new() }
    }

    /// Line and column (both from 1, columns in characters) of a byte offset.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let lines = self.lines();
        let line = lines.partition_point(|start| *start <= offset);
        let start = line.checked_sub(1).and_then(|index| lines.get(index)).copied().unwrap_or(0);
        let column = self.text.get(start..offset).unwrap_or_default().chars().count() + 1;
        (line, column)
    }

    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| {
            let ends = self.text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
            std::iter::once(0).chain(ends.map(|(at, _)| at + 1)).collect()
        })
    }
}

/// An exact place in a source.
#[derive(Clone, Debug)]
pub struct Place {
    /// The text that the range is of.
    pub source: Arc<Source>,
    /// Bytes, end excluded.
    pub range: Range<usize>,
}

impl Place {
    /// Line and column of the start, both from 1.
    #[must_use]
    pub fn line_column(&self) -> (usize, usize) {
        self.source.line_column(self.range.start)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.name)
    }
}

/// One thing that is wrong with an input.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// What kind of problem, for scripts and for `docs/diagnostics.md`.
    pub code: Code,
    /// Whether it stops the run.
    pub weight: Weight,
    /// One sentence, lower case, no full stop.
    pub message: String,
    /// Where. `None` where there is no text to point into (a file that can't be read).
    pub place: Option<Place>,
    /// The way out, in the imperative.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without a place.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, weight: Weight::Error, message: message.into(), place: None, hint: None }
    }

    /// An error at a place.
    #[must_use]
    pub fn at(code: Code, source: &Arc<Source>, range: Range<usize>, message: impl Into<String>) -> Self {
        let place = Place { source: Arc::clone(source), range };
        Self { place: Some(place), ..Self::new(code, message) }
    }

    /// Adds the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Makes it a warning.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.weight = Weight::Warning;
        self
    }

    /// Whether it stops the run.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.weight == Weight::Error
    }
}

impl fmt::Display for Diagnostic {
    /// One line: `file:line:column: error[code]: message (hint)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        let weight = if self.is_error() { "error" } else { "warning" };
        write!(f, "{weight}[{}]: {}", self.code, self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// Renders diagnostics for people, each with the source line it points at.
#[must_use]
pub fn render(diagnostics: &[Diagnostic], color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    diagnostics.iter().map(|diagnostic| render_one(diagnostic, &renderer) + "\n").collect()
}

fn render_one(diagnostic: &Diagnostic, renderer: &Renderer) -> String {
    let level = if diagnostic.is_error() { Level::ERROR } else { Level::WARNING };
    let title = level.primary_title(diagnostic.message.as_str()).id(diagnostic.code.as_str());
    let excerpt = diagnostic.place.as_ref().map(Excerpt::of);
    let mut group = match &excerpt {
        Some(excerpt) => title.element(excerpt.snippet()),
        None => Group::with_title(title),
    };
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    renderer.render(&[group])
}

/// The few lines around a place: a renderer that sees a megabyte on one line prints it.
struct Excerpt<'a> {
    place: &'a Place,
    text: &'a str,
    first_line: usize,
    range: Range<usize>,
}

impl<'a> Excerpt<'a> {
    const LONGEST: usize = 400;

    fn of(place: &'a Place) -> Self {
        let text = place.source.text.as_str();
        let at = boundary(text, place.range.start);
        let start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        let start = boundary(text, start.max(at.saturating_sub(Self::LONGEST)));
        let line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| at + n);
        let end = boundary(text, line_end.min(at + Self::LONGEST));
        let marked = boundary(text, place.range.end).clamp(at, end);
        let (first_line, _) = place.source.line_column(start);
        Self { place, text: text.get(start..end).unwrap_or_default(), first_line, range: at - start..marked - start }
    }

    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        Snippet::source(self.text)
            .path(self.place.source.name.as_str())
            .line_start(self.first_line)
            .annotation(AnnotationKind::Primary.span(self.range.clone()))
    }
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The candidate nearest to a misspelt name, if one is near enough to be meant.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name: String = name.chars().take(64).collect();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len().max(name.len()) / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?", or the list of what is possible.
#[must_use]
pub fn suggestion<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, candidates.clone()) {
        return format!("did you mean `{near}`?");
    }
    let known: Vec<&str> = candidates.into_iter().collect();
    match known.as_slice() {
        [] => "nothing is known here".to_owned(),
        known if known.len() <= 24 => format!("known here: {}", known.join(", ")),
        known => format!(
            "known here: {}, … ({} in all)",
            known.iter().take(24).copied().collect::<Vec<_>>().join(", "),
            known.len()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_kebab_case() {
        let mut seen = std::collections::HashSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} twice");
            assert!(code.as_str().bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }
    }

    #[test]
    fn columns_count_characters() {
        let source = Source::new("f", "a\näöü: x");
        assert_eq!(source.line_column(2 + 6), (2, 4));
        assert_eq!(source.line_column(3), (2, 1), "inside a character counts as its start");
        assert_eq!(source.line_column(999), (2, 7));
        assert_eq!((source.line_column(0), source.line_column(1)), ((1, 1), (1, 2)), "a line feed ends its line");
        assert_eq!(Source::new("f", "").line_column(0), (1, 1));
        assert_eq!(Source::new("f", "a\n").line_column(2), (2, 1));
    }

    #[test]
    fn a_rendered_diagnostic_shows_line_code_and_hint() {
        let source = Arc::new(Source::new("x.yaml", "suite: a\nchekcs: []\n"));
        let text = render(
            &[Diagnostic::at(Code::UnknownKey, &source, 9..15, "unknown key `chekcs`").hint("did you mean `checks`?")],
            false,
        );
        for part in ["error[unknown-key]", "x.yaml:2:1", "chekcs: []", "did you mean `checks`?"] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }

    #[test]
    fn the_nearest_name_must_be_near() {
        assert_eq!(nearest("days_lft", ["days_left", "names"]), Some("days_left"));
        assert_eq!(nearest("weather", ["days_left", "names"]), None);
    }
}
