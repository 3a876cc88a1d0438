//! Shipped suites with a part cut out, doubled or replaced: compiled or refused, never a
//! panic, and what is refused can be shown.

use std::sync::{Arc, LazyLock};

use poolproof::check::{BUILTIN, compile};
use poolproof::diagnostic::{Source, render};
use proptest::prelude::*;

static SUITES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let suites: Vec<&str> = BUILTIN.files().filter_map(|file| file.contents_utf8()).collect();
    assert!(!suites.is_empty());
    suites
});

/// What is put in: pieces that YAML and expressions are made of, and pieces that they are not.
const PIECES: [&str; 24] = [
    "",
    "${",
    "}",
    "\"",
    "'",
    "\n",
    "  ",
    "- ",
    ": ",
    "[",
    "{",
    "&a ",
    "*a",
    "<<: ",
    "!!",
    "|\n",
    "#x",
    "| join(",
    " in ",
    "0",
    "\u{1f600}",
    "\u{202e}",
    "\u{0}",
    "\t",
];

fn compiles_or_is_refused(text: String) {
    let source = Arc::new(Source::new("mutated.yaml", text));
    match compile(&source) {
        Ok((_, warnings)) => drop(render(&warnings, true)),
        Err(found) => {
            assert!(found.iter().any(poolproof::diagnostic::Diagnostic::is_error), "refused without a reason");
            assert!(!render(&found, true).is_empty());
        }
    }
}

/// A boundary of a character near a share of a text.
fn at(text: &str, share: f64) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share")]
    let mut at = (text.len() as f64 * share) as usize;
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_suite_that_was_tampered_with(
        suite in any::<prop::sample::Index>(),
        edits in prop::collection::vec((0.0..1.0, 0_usize..40, prop::sample::select(&PIECES[..])), 1..4),
    ) {
        let mut text = (*suite.get(&SUITES)).to_owned();
        for (share, length, piece) in edits {
            let start = at(&text, share);
            let mut end = (start + length).min(text.len());
            while !text.is_char_boundary(end) {
                end += 1;
            }
            text.replace_range(start..end, piece);
        }
        compiles_or_is_refused(text);
    }

    #[test]
    fn any_text_at_all(text in "\\PC*") {
        compiles_or_is_refused(text);
    }

    #[test]
    fn any_expression_at_all(text in "[a-z0-9 .|()\\[\\]\"'<>=!~+*/%,-]{0,80}") {
        let quoted = text.replace('\'', "''");
        compiles_or_is_refused(format!("suite: s\ntitle: T\nchecks:\n  - {{ id: a, title: '${{{quoted}}}', expect: [{{ that: '{quoted}' }}] }}\n"));
    }
}

/// A half of each shipped suite, cut at every line.
#[test]
fn a_suite_that_ends_too_early() {
    let suite = SUITES.iter().min_by_key(|suite| suite.len()).expect("a suite");
    for (end, _) in suite.match_indices('\n') {
        compiles_or_is_refused(suite[..end].to_owned());
    }
}
